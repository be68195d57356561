"""Tasks of a school that ends: passed on with the reason or withdrawn, never left with it."""

import datetime as dt

import pytest
from django.utils import timezone

from inspections.duties import actions, closures, queries
from inspections.duties.models import Duty
from portal.core.audit.models import AuditEvent
from portal.core.notices.models import Notice
from schools.directory import workflow
from schools.directory.models import School
from schools.directory.workflow import Transition, Verb
from tests.cast import make_school
from tests.inspections.duties.giving import content, do, given, quarter
from tests.schools.register import end
from tests.shared import shared

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 1)


@shared
def heir(cast) -> School:
    return make_school("4102020011", "青禾小学", cast.district)


@shared
def duty(cast) -> Duty:
    return given(cast, school=cast.school_a)


def foreseen(school: School, successor: School | None, decided: str) -> list[str]:
    verb = Verb.MERGE if successor else Verb.CLOSE
    change = Transition(verb, school, DAY, successor, "批文", {"duties": decided})
    return [row.text for row in closures.foresee(change)]


def test_a_merger_passes_tasks_on_and_tells_both(cast, heir, duty) -> None:
    row = do("report", quarter(duty), cast.reporter_a)
    Notice.objects.all().delete()
    assert foreseen(cast.school_a, heir, "successor") == ["1 项目标任务（4-1）转给青禾小学继续完成，已报送的不变。"]
    end(cast.school_a, DAY, cast.admin, heir)
    duty.refresh_from_db()
    row.refresh_from_db()
    assert (duty.school, duty.withdrawn_at, row.value) == (heir, None, 4)
    said = queries.conversation(duty)[0].text
    assert "并入青禾小学" in said
    assert "责任单位：甲小学 → 青禾小学" in said
    assert "转给其他单位" in Notice.objects.get(user=cast.reporter_a, text__contains="目标任务").text
    event = AuditEvent.objects.get(action="duty.pass_on")
    assert (event.before["owner"], event.after["owner"]) == ("甲小学", "青禾小学")


@pytest.mark.parametrize("decided", ["withdraw", "bureau"])
def test_a_closing_ends_tasks_or_gives_them_to_the_bureau(cast, duty, decided: str) -> None:
    end(cast.school_a, DAY, cast.admin, duties=decided)
    duty.refresh_from_db()
    assert "停办" in queries.conversation(duty)[0].text
    if decided == "withdraw":
        assert (duty.withdrawn_at is not None, duty.school) == (True, cast.school_a)
    else:
        assert (duty.withdrawn_at, duty.school, duty.owner) == (None, None, "龙亭区教育局（本级）")


def test_what_has_its_results_stays_as_it_is(cast, heir, duty) -> None:
    year = timezone.localdate().year
    only = content(school=cast.school_a, due_on=dt.date(year, 12, 31), years={})
    actions.edit(duty_id=duty.pk, version=1, content=only, reason="缩短", by=cast.admin)
    row = do("report", quarter(duty, last=True), cast.reporter_a)
    do("check", row, cast.reviewer, result="done")
    assert foreseen(cast.school_a, heir, "successor") == []
    end(cast.school_a, DAY, cast.admin, heir)
    duty.refresh_from_db()
    assert duty.school == cast.school_a


def test_every_ending_has_to_say_what_becomes_of_tasks() -> None:
    assert all("duties" in workflow.OPTIONS[verb] for verb in (Verb.MERGE, Verb.CLOSE))


def test_tasks_left_with_a_unit_that_is_no_more_are_found(cast, duty, sign_in) -> None:
    School.objects.filter(pk=cast.school_a.pk).update(status="停办")
    page = sign_in(cast.admin).get("/programmes/tasks/?state=ownerless")
    assert [(row.duty_id, row.standing) for row in page.context["rows"]] == [(duty.pk, "责任单位已停办或撤销")]
    actions.pass_on(duty_id=duty.pk, school_id=None, reason="学校已停办", by=cast.admin)
    assert not sign_in(cast.admin).get("/programmes/tasks/?state=ownerless").context["rows"]
