"""Changing a programme: its words, where goals go, and that tasks below them are carried along or hold it back."""

import datetime as dt

import pytest
from django.urls import reverse

from inspections.duties import actions as duties
from inspections.duties.models import Duty
from inspections.programmes import actions, queries
from inspections.programmes.models import Programme
from inspections.programmes.queries import ProgrammeChange
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid
from portal.core.notices.models import Notice
from tests.inspections.duties.giving import given

pytestmark = pytest.mark.django_db


def entries(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "text": "逐校改造"} for title in titles]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ("甲乙丙", "甲乙丙", {1: 1, 2: 2, 3: 3}),
        ("甲乙丙", "丙甲乙", {1: 2, 2: 3, 3: 1}),
        ("甲乙丙", "甲丁丙", {1: 1, 2: 2, 3: 3}),
        ("甲乙丙", "甲丙", {1: 1, 3: 2}),
        ("甲乙", "丁甲乙", {1: 2, 2: 3}),
        ("甲甲", "甲乙甲", {1: 1, 2: 3}),
        ("甲乙", "", {}),
    ],
)
def test_an_entry_goes_to_its_title_or_is_renamed_in_its_place(before: str, after: str, moved: dict) -> None:
    said = {"title": "方案", "goal_year": 2030, "phases": [], "safeguards": []}
    change = ProgrammeChange(Programme(), said | {"goals": entries(*before)}, said | {"goals": entries(*after)})
    assert change.moved == {("goal", old): new for old, new in moved.items()}


def adopt(cast, duty: Duty, reason: str = "按会议纪要", seen: str = "", **changes) -> Programme:
    said = queries.said(duty.programme) | changes
    return actions.adopt_programme(district=cast.district, content=said, reason=reason, seen=seen, by=cast.admin)


def test_a_change_needs_a_reason_is_in_the_trail_and_is_said_to_the_owners(cast) -> None:
    duty = given(cast, department=cast.department)
    Notice.objects.all().delete()
    goals = duty.programme.goals
    turned = [goals[3], *goals[:3], *goals[4:]]
    with pytest.raises(Invalid, match="原因"):
        adopt(cast, duty, reason=" ", goals=turned)
    adopt(cast, duty, goals=turned, goal_year=2029)
    duty.refresh_from_db()
    assert (duty.number, duty.version) == (1, 2)
    event = AuditEvent.objects.get(action="programme.edit")
    assert event.before["目标年份"] == "2030"
    assert (event.after["reason"], event.after["目标年份"]) == ("按会议纪要", "2029")
    notice = Notice.objects.get(user=cast.liaison)
    assert "按会议纪要" in notice.text
    assert notice.url == reverse("duties:list")
    adopt(cast, duty, reason="")
    assert AuditEvent.objects.filter(action="programme.edit").count() == 1


def test_a_goal_with_tasks_stays_until_they_are_withdrawn(cast) -> None:
    duty = given(cast, department=cast.department)
    fewer = [goal for number, goal in enumerate(duty.programme.goals, 1) if number != 4]
    with pytest.raises(Invalid) as refused:
        adopt(cast, duty, goals=fewer)
    assert "还有 1 项任务（4-1）" in str(refused.value.problems[0])
    assert len(Programme.objects.get().goals) == 7
    duties.withdraw(duty_id=duty.pk, version=1, reason="不再安排", by=cast.admin)
    adopt(cast, duty, goals=fewer)
    duty.refresh_from_db()
    assert duty.number == 0


def test_tasks_may_not_be_left_outside_the_days_of_the_programme(cast) -> None:
    duty = given(cast, department=cast.department)
    with pytest.raises(Invalid) as refused:
        adopt(cast, duty, goal_year=duty.due_on.year - 1)
    assert "（4-1）" in str(refused.value.problems[0])


def test_a_phase_may_not_leave_its_tasks_behind(cast) -> None:
    duty = given(cast)
    duty.phase = duty.programme.phases.get(number=3)
    duty.save()
    phases = queries.said(duty.programme)["phases"]
    ended = dt.date(duty.starts_on.year - 1, 12, 31)
    with pytest.raises(Invalid) as refused:
        adopt(cast, duty, phases=[*phases[:2], phases[2] | {"ends_on": ended}, phases[3]])
    assert "整体推进阶段" in str(refused.value.problems[0])
    assert "（4-1）" in str(refused.value.problems[0])


def test_phases_stay_and_a_stale_page_changes_nothing(cast) -> None:
    duty = given(cast)
    phases = queries.said(duty.programme)["phases"]
    with pytest.raises(Invalid) as refused:
        adopt(cast, duty, phases=phases[:3])
    assert "接受评估验收阶段" in str(refused.value.problems[0])
    seen = queries.fingerprint(duty.programme)
    later = [*phases[:3], phases[3] | {"ends_on": dt.date(2030, 10, 31)}]
    adopt(cast, duty, seen=seen, phases=later)
    with pytest.raises(Conflict, match="他人修改"):
        adopt(cast, duty, seen=seen, phases=phases)
