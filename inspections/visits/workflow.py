"""The life of a visit: its states and verbs as one table, how one is made and every step begins, who is notified."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from inspections.visits import rights
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotFound
from portal.core.notices.actions import notify
from schools.access.scope import Perm, users_with
from schools.access.workflow import Right, StateRow, VerbRow, Workflow
from schools.directory.models import School

S = Visit.State
PLAN = Right((Perm.VISIT_PLAN,))
RECORD = Right((Perm.VISIT_RECORD,), rights.ensure_record)
SUPPLEMENT = Right((Perm.VISIT_RECORD,), rights.ensure_supplement)

TABLE = Workflow(
    "这次督导",
    S,
    {
        S.PLANNED: StateRow("info", "入校督导"),
        S.UNDERWAY: StateRow("warn", "完成督导记录"),
        S.DONE: StateRow("ok"),
        S.CANCELLED: StateRow("muted"),
    },
    (
        VerbRow(code="start", name="开始", at=(S.PLANNED,), to=S.UNDERWAY, right=RECORD, audit="开始督导"),
        VerbRow(code="record", name="记录", at=(S.UNDERWAY,), right=RECORD),
        VerbRow(code="finish", name="完成", at=(S.UNDERWAY,), to=S.DONE, right=RECORD, audit="完成督导"),
        # The record stays as it is: what is added stands behind it.
        VerbRow(code="supplement", name="补记", at=(S.DONE,), right=SUPPLEMENT, audit="补记督导记录"),
        VerbRow(code="cancel", name="取消", at=(S.PLANNED,), to=S.CANCELLED, right=PLAN, audit="取消督导"),
        VerbRow(code="reschedule", name="改期", at=(S.PLANNED,), right=PLAN, audit="督导改期"),
        VerbRow(code="change_team", name="调整督导小组", at=(S.PLANNED, S.UNDERWAY), right=PLAN, audit="调整督导小组"),
        VerbRow(code="move", name="改到另一所学校", at=(S.PLANNED,), right=PLAN, audit="督导改到另一所学校"),
    ),
)


def new(school: School, leader: User, members: Iterable[User], by: User, **facts: Any) -> Visit:
    """`members` include the leader; the school is notified (督导条例 §17).

    The caller has checked the right and the team.
    """
    visit = Visit.objects.create(school=school, leader=leader, created_by=by, updated_by=by, **facts)
    visit.team.set(members)
    number = f"（通知文号 {visit.notice_no}）" if visit.notice_no else ""
    about = f"{visit.get_kind_display()}：{visit.subject}{number}"
    notify_school(visit, "planned", f"{visit.planned_on.month}月{visit.planned_on.day}日将到校开展{about}", by)
    return visit


def begin(code: str, visit_id: int, by: User) -> Visit:
    return TABLE.begin(code, locked(visit_id), by)


def locked(visit_id: int) -> Visit:
    """State and answers change only under this lock. Raises NotFound."""
    visits = Visit.objects.select_for_update(of=("self",), no_key=True).select_related("school__district__parent")
    visit = visits.filter(pk=visit_id).first()
    if visit is None:
        raise NotFound("没有这次督导，或不在您可以查看的范围内。")
    return visit


def write(row: Any, content: Mapping[str, Any], *, version: int, stale: str, by: User) -> dict[str, Any] | None:
    """An answer: one on the checklist, in a rehearsal, on an earlier finding. `version` is what the person looked at, 0 = none.

    Returns what it said before; None where the content changes nothing. Raises Conflict (`stale`) when somebody saved
    meanwhile.
    """
    before = {} if row.pk is None else {name: getattr(row, name) for name in content}
    if before == content:
        return None
    if version != row.version:
        raise Conflict(stale)
    for name, value in content.items():
        setattr(row, name, value)
    row.version, row.updated_by = row.version + 1, by
    row.save()
    return before


def notify_school(visit: Visit, what: str, text: str, by: User, page: str = "visits:detail") -> None:
    notify_people(visit, users_with(Perm.FINDING_RECTIFY, visit.school), what, text, by, page)


def notify_people(
    visit: Visit, people: Iterable[User], what: str, text: str, by: User, page: str = "visits:detail"
) -> None:
    notify(people, text=text, url=reverse(page, args=[visit.pk]), key=f"visit:{visit.pk}:{what}", by=by)
