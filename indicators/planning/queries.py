"""Reads of a district's programme."""

from datetime import date

from django.db.models import QuerySet

from indicators.planning.models import Phase
from portal.accounts.models import User
from schools.access import scope
from schools.access.permissions import Perm


def phases(user: User, perm: Perm = Perm.REPORT_VIEW) -> QuerySet[Phase]:
    """Return the phases of the programmes within the person's reach, in order."""
    return scope.visible(user, Phase.objects.select_related("programme__district"), perm)


def previous(phase: Phase) -> Phase | None:
    """Return the phase before this one in the same programme."""
    return Phase.objects.filter(programme=phase.programme_id, number__lt=phase.number).order_by("-number").first()


def phase_on(district_id: int, day: date) -> Phase | None:
    """Return the phase of a district's programme that a day falls into."""
    return Phase.objects.filter(programme__district=district_id, starts_on__lte=day, ends_on__gte=day).first()
