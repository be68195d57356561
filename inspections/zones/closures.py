"""What happens to the inspector in charge when a school ends or is merged into another."""

from django.db.models import QuerySet

from inspections.zones import actions
from inspections.zones.models import Charge
from portal.core.accounts.models import User
from schools.directory.workflow import Consequence, Transition, Verb


def foresee(change: Transition) -> list[Consequence]:
    return [
        Consequence("责任区", f"{charge.inspector.name}不再是{change.school.name}的责任督学（{charge.zone}）。")
        for charge in _current(change)
    ]


def settle(change: Transition, *, by: User) -> None:
    for charge in _current(change):
        actions.end(charge_id=charge.pk, reason=change.summary, by=by)


def _current(change: Transition) -> QuerySet[Charge]:
    if change.verb == Verb.REOPEN:
        return Charge.objects.none()
    return Charge.objects.filter(school=change.school, until=None).select_related("inspector", "zone")
