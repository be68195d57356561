"""Reads of recusals: who inspects within reach, which recusals a person may read, which schools somebody steps back from."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from inspections.recusals.models import Recusal
from portal.core.accounts.models import User
from schools.access.scope import Perm, users_within, visible
from schools.directory.models import School


def inspectors(user: User, perm: Perm, *also: Perm) -> QuerySet[User]:
    """In the districts where the person holds `perm`, by name; `also` those with these rights."""
    schools = visible(user, School.objects.all(), perm)
    return users_within(schools, Perm.VISIT_RECORD, *also).order_by("name")


def for_list(user: User) -> QuerySet[Recusal]:
    """The own ones, and those of schools whose recusals the person may read."""
    reach = visible(user, Recusal.objects.all(), Perm.RECUSAL_VIEW)
    rows = Recusal.objects.select_related("school__district", "inspector", "created_by", "decided_by", "ended_by")
    return rows.filter(Q(inspector=user) | Q(pk__in=reach.order_by().values("pk")))


def get(user: User, recusal_id: int) -> Recusal:
    """Raises Http404."""
    return get_object_or_404(for_list(user), pk=recusal_id)


def schools_left_by(user: User, on: dt.date) -> QuerySet[School]:
    """Where the person is staff today, or steps back."""
    recusals = Recusal.objects.filter(Recusal.in_force(on), inspector=user).order_by()
    staff = visible(user, School.objects.all(), Perm.FINDING_RECTIFY)
    return School.objects.filter(Q(pk__in=staff.values("pk")) | Q(pk__in=recusals.values("school")))
