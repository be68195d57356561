"""Which part of the audit trail a person may read."""

from collections.abc import Callable

from django.db.models import Q, QuerySet

from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from schools.access import scope
from schools.access.permissions import Perm
from schools.accounts import people
from schools.directory.models import District


def for_user(user: User) -> QuerySet[AuditEvent]:
    """Return the events of the person's districts, newest first.

    Events without a district (signing in, own password) count to the districts
    in which the account holds or held a role.
    """
    placed, unplaced = _conditions(user)
    return AuditEvent.objects.filter(placed | unplaced)


def newest(user: User, narrow: Callable[[QuerySet[AuditEvent]], QuerySet[AuditEvent]], count: int) -> list[AuditEvent]:
    """Return the newest `count` events of those a filter lets through.

    The two kinds are read apart, each by an index of its own: together they would be looked for in everybody's trail.
    """
    found = [event for part in _conditions(user) for event in narrow(AuditEvent.objects.filter(part))[:count]]
    return sorted(found, key=lambda event: -event.seq)[:count]


def _conditions(user: User) -> tuple[Q, Q]:
    """Which events lie in the person's districts, and which lie in none but are of their people."""
    districts = scope.visible(user, District.objects.all(), Perm.AUDIT_VIEW)
    codes = list(districts.values_list("code", flat=True))
    ids = list(people.seen_by(user, Perm.AUDIT_VIEW).values_list("pk", flat=True))
    own = Q(actor_id__in=ids) | Q(object_type="portal.user", object_id__in=[str(pk) for pk in ids])
    return Q(district_code__in=codes), Q(district_code="") & own
