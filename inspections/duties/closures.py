"""What happens to tasks when a school ends or is merged, so that none is left with it, or when the programme they come from changes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import Exists, OuterRef
from django.urls import reverse

from inspections.duties import actions, workflow
from inspections.duties.models import Duty, DutyEntry, DutyYear
from inspections.programmes.queries import PARTS, ProgrammeChange
from portal.core.accounts.models import User
from portal.core.errors import Problem
from portal.core.lib import dates
from portal.core.notices import actions as notices
from schools.access.scope import Perm, people_of
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


_NAMED = 10


def problems(change: ProgrammeChange) -> Iterator[Problem]:
    """A goal with tasks may not vanish, nor a task be outside the days of the programme."""
    rows = change.programme.duties.filter(withdrawn_at=None).select_related("phase").order_by("part", "number", "code")
    duties, moved = list(rows), change.moved
    left: dict[tuple[str, int], list[Duty]] = defaultdict(list)
    for duty in duties:
        if (duty.part, duty.number) not in moved:
            left[duty.part, duty.number].append(duty)
    for key, part, label in PARTS:
        for number, entry in enumerate(change.before.get(key) or [], 1):
            if under := left[part, number]:
                what = f"新的内容里没有这一条，它下面还有 {len(under)} 项任务（{_names(under)}）"
                do = "请保留这一条，或先在“目标任务”里取消这些任务、改到别的目标或措施下"
                yield Problem(what, f"{label}第 {number} 条“{entry['title']}”", do)
    first, last = change.starts_on, dt.date(change.after["goal_year"], 12, 31)
    outside = [duty for duty in duties if duty.due_on > last or (first and duty.starts_on < first)]
    if outside:
        since = f"{dates.day(first)}至" if first else "不晚于"
        what = f"有 {len(outside)} 项任务不在{since}{dates.day(last)}之内（{_names(outside)}）"
        yield Problem(what, "实施步骤、目标年份", "请先修改这些任务的日期，或核对方案的日期")
    for number, phase in enumerate(change.after["phases"], 1):
        of_phase = [duty for duty in duties if duty.phase and duty.phase.number == number]
        if apart := [one for one in of_phase if one.starts_on > phase["ends_on"] or one.due_on < phase["starts_on"]]:
            what = f"属于这个阶段的 {len(apart)} 项任务（{_names(apart)}）不在新的起止之内"
            yield Problem(what, f"实施步骤“{phase['name']}”", "请先给这些任务另选阶段或修改日期，或核对阶段的日期")


def _names(duties: Sequence[Duty]) -> str:
    names = "、".join(duty.code for duty in duties[:_NAMED])
    return f"{names} 等" if len(duties) > _NAMED else names


def carry_along(change: ProgrammeChange, reason: str, *, by: User) -> None:
    """Tasks follow their goal; each person who reports on one is notified once."""
    moved, programme, open_ = change.moved, change.programme, []
    for duty in programme.duties.select_for_update(no_key=True).order_by("pk"):
        was, duty.number = duty.number, moved.get((duty.part, duty.number), 0)
        if duty.withdrawn_at is None:
            open_.append(duty)
        if duty.number == was:
            continue
        duty.version, duty.updated_by = duty.version + 1, by
        duty.save()
        now = f"第 {duty.number} 条" if duty.number else "方案里已没有这一条"
        workflow.write(
            duty, DutyEntry.Kind.EDIT, f"原因：{reason}\n{duty.get_part_display()}：第 {was} 条 → {now}", by=by
        )
    programme.refresh_from_db()
    people = [user for users in people_of(Perm.DUTY_REPORT, open_).values() for user in users]
    said = "；".join(label for label, _, _ in change.words)
    notices.notify(
        people,
        text=f"实施方案{programme}有修改，{reason}：{said}。请看本单位的目标任务",
        url=reverse("duties:list"),
        key=f"programme:{programme.pk}:{programme.updated_at.isoformat()}",
        by=by,
    )
