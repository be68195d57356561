"""What happens to planned visits when their school ends or is merged into another."""

from django.db.models import QuerySet

from inspections.visits import actions, rights
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.lib import dates
from schools.directory.workflow import Consequence, Transition, Verb


def foresee(change: Transition) -> list[Consequence]:
    """Planned or under way."""
    found = []
    for visit in _open(change):
        what = f"{dates.day(visit.planned_on)}的{visit.get_kind_display()}（{visit.subject}）"
        if visit.state == Visit.State.UNDERWAY:
            text = f"{what}正在进行，照常完成。"
        elif change.decisions.get("visits") == "cancel":
            text = f"{what}将取消，通知学校和督导小组。"
        elif change.decisions.get("visits") == "move" and change.visited:
            text = f"{what}改到{change.visited.name}，通知两所学校和督导小组。"
            if unfit := rights.unfit(visit, visit.goes_on, change.visited):
                text = f"{what}不能改到{change.visited.name}：{'；'.join(row.what for row in unfit)}。请先换人，或选择取消、照常进行。"
        else:
            text = f"{what}照常进行。"
        found.append(Consequence("督导", text))
    return found


def settle(change: Transition, *, by: User) -> None:
    """Planned ones are cancelled, or moved to another school."""
    decided = change.decisions.get("visits")
    for visit in _open(change).filter(state=Visit.State.PLANNED):
        if decided == "cancel":
            actions.cancel(visit_id=visit.pk, reason=change.summary, by=by)
        elif decided == "move" and change.visited:
            actions.move(visit_id=visit.pk, school_id=change.visited.pk, reason=change.summary, by=by)


def _open(change: Transition) -> QuerySet[Visit]:
    if change.verb == Verb.REOPEN:
        return Visit.objects.none()
    states = (Visit.State.PLANNED, Visit.State.UNDERWAY)
    return Visit.objects.filter(school=change.school, state__in=states).order_by("planned_on", "pk")
