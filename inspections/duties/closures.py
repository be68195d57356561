"""What happens to a school's tasks when it ends or is merged into another: none is left with it."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from inspections.duties import actions
from inspections.duties.models import Duty, DutyYear
from portal.core.accounts.models import User
from schools.directory.models import School
from schools.directory.workflow import Consequence, Transition, Verb


def foresee(change: Transition) -> list[Consequence]:
    duties = _open(change)
    if not duties:
        return []
    what = f"{len(duties)} 项目标任务（{'、'.join(duty.code for duty in duties)}）"
    if change.decisions.get("duties") == "withdraw":
        text = f"{what}取消，已报送的留存备查。"
    else:
        taker = _taker(change)
        text = f"{what}转给{taker.name if taker else '教育局（本级）'}继续完成，已报送的不变。"
    return [Consequence("目标任务", text)]


def settle(change: Transition, *, by: User) -> None:
    for duty in _open(change):
        if change.decisions.get("duties") == "withdraw":
            actions.withdraw(duty_id=duty.pk, version=duty.version, reason=change.summary, by=by)
        else:
            taker = _taker(change)
            actions.pass_on(duty_id=duty.pk, school_id=taker.pk if taker else None, reason=change.summary, by=by)


def _taker(change: Transition) -> School | None:
    """None for the bureau itself, as a programme belongs to one district."""
    taker = change.successor if change.decisions.get("duties") == "successor" else None
    return taker if taker and taker.district_id == change.school.district_id else None


def _open(change: Transition) -> Sequence[Duty]:
    """With a year that has no result yet."""
    if change.verb == Verb.REOPEN:
        return []
    unsettled = DutyYear.objects.filter(duty=OuterRef("pk"), result="", is_dropped=False)
    rows = Duty.objects.filter(Exists(unsettled), school=change.school, withdrawn_at=None)
    return list(rows.order_by("programme", "code"))
