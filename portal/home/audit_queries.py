"""Which part of the audit trail a person may read."""

from django.db.models import Q, QuerySet

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from schools.access import scope
from schools.access.models import Membership
from schools.access.permissions import Perm
from schools.directory.models import District


def for_user(user: User) -> QuerySet[AuditEvent]:
    """Return the events of the person's districts, newest first.

    Events without a district (signing in, own password) count to the districts
    in which the account holds or held a role.
    """
    districts = scope.visible(user, District.objects.all(), Perm.AUDIT_VIEW)
    codes = list(districts.values_list("code", flat=True))
    people = _people(districts)
    own = Q(actor_id__in=people) | Q(object_type="portal.user", object_id__in=[str(pk) for pk in people])
    return AuditEvent.objects.filter(Q(district_code__in=codes) | Q(district_code="") & own)


def _people(districts: QuerySet[District]) -> list[int]:
    place = Q(district__in=districts) | Q(school__district__in=districts) | Q(department__district__in=districts)
    return list(Membership.objects.filter(place).order_by().values_list("user_id", flat=True).distinct())
