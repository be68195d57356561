"""Reads of objections: which inspectors a school may object to, and what became of its objections."""

from django.db.models import QuerySet

from inspections.recusals.models import Recusal
from inspections.visits import rights
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from schools.access import scope


def coming(user: User) -> QuerySet[Visit]:
    rows = rights.objectable_by(user).select_related("school", "leader").prefetch_related("team")
    return rows.order_by("planned_on", "pk")


def raised(user: User) -> QuerySet[Recusal]:
    """Of the own school; relations declared or registered by others stay private."""
    own = scope.own(user, scope.Perm.FINDING_RECTIFY, Recusal)
    rows = Recusal.objects.filter(own, origin=Recusal.Origin.OBJECTED, is_own_words=True)
    rows = scope.visible(user, rows, scope.Perm.FINDING_RECTIFY).select_related(
        "school", "inspector", "created_by", "decided_by"
    )
    return rows.order_by("-pk")
