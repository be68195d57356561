"""Which questions come first, and why."""

import datetime as dt

import pytest
from django.db.models import QuerySet

from indicators.collection.submissions.models import Revision, Round
from indicators.results.evaluations.models import IndicatorResult
from inspections.checklists.questions import Question
from inspections.rectification.models import Finding
from inspections.visits import actions, queries
from tests.inspections.making import approved_revision, content, dispatched, make_round, planned, underway
from tests.inspections.rectification.test_raising import evaluated
from tests.permissions.world import World

pytestmark = pytest.mark.django_db


def asked(visit) -> list[Question]:
    return queries.frozen_questions(visit)


def kinds(visit, indicator: str) -> list[str]:
    return [one.kind for question in asked(visit) if question.indicator == indicator for one in question.priorities]


def test_without_data_the_order_is_that_of_the_standard(cast) -> None:
    questions = asked(underway(cast))
    assert not any(question.priorities for question in questions)
    assert [question.indicator for question in questions][:7] == [f"A{n}" for n in range(1, 8)]


def test_what_is_missed_and_near_comes_first_with_its_year(cast) -> None:
    evaluation = evaluated(cast, {"A7": "2.2"})
    # Results are never updated by the application.
    QuerySet.update(IndicatorResult.objects.filter(part__evaluation=evaluation, code="A5"), value="4.25")
    questions = asked(underway(cast))
    assert [question.indicator for question in questions][:3] == ["A7", "A5", "A1"]
    (missed,), (near,) = questions[0].priorities, questions[1].priorities
    assert (missed.kind, near.kind) == ("missed", "near")
    assert "2026 年度" in missed.text
    assert "2.20" in missed.text
    assert "高 1.2%" in near.text


def test_an_open_finding_asks_even_about_what_is_seen_from_papers(cast) -> None:
    finding = dispatched(cast, indicator="B6")
    visit = underway(cast)
    assert kinds(visit, "B6") == ["open"]
    assert str(finding.pk) in asked(visit)[0].priorities[0].url


def test_what_comes_again_after_closing_is_repeated_and_a_closed_or_void_finding_alone_says_nothing(cast) -> None:
    again, reopened, closed, void = (dispatched(cast, indicator=code) for code in ("C7", "C3", "C8", "C5"))
    Finding.objects.filter(pk=again.pk).update(repeat_count=1)
    Finding.objects.filter(pk=reopened.pk).update(reopened=2)
    Finding.objects.filter(pk=closed.pk).update(state="closed", closed_at=closed.created_at, closed_by=cast.reviewer)
    Finding.objects.filter(pk=void.pk).update(state="void")
    visit = underway(cast)
    assert [kinds(visit, code) for code in ("C7", "C3")] == [["repeated", "open"]] * 2
    assert [kinds(visit, code) for code in ("C8", "C5")] == [[], []]


def test_what_the_school_does_not_know_yet_is_not_said(cast) -> None:
    first = underway(cast)
    actions.raise_finding(visit_id=first.pk, content=content(), by=cast.inspector_a)
    assert kinds(underway(cast), "A7") == []


def test_figures_speak_for_themselves(cast) -> None:
    earlier = make_round(cast.district, cast.admin)
    Round.objects.filter(pk=earlier.pk).update(code="2025", name="2025 年度", school_year_start=dt.date(2024, 9, 1))
    before = {"backbone_teachers_primary": "14", "teaching_area": "2100"}
    approved_revision(earlier, cast.school_a, _given(before), cast.admin, "R-0")
    now = {"backbone_teachers_primary": "14", "teaching_area": "4500", "multimedia_rooms": "13"}
    revision = approved_revision(make_round(cast.district, cast.admin), cast.school_a, _given(now), cast.admin)
    visit = underway(cast)
    # A jump nobody explained, a round figure and no paper; the same number of teachers and no paper; no paper.
    assert kinds(visit, "A4") == ["warned", "unproven", "odd"]
    assert kinds(visit, "A2") == ["unproven", "odd"]
    assert kinds(visit, "A7") == ["unproven"]
    assert asked(visit)[0].indicator == "A4"
    claimed = next(question for question in asked(visit) if question.key == "a7-multimedia")
    assert (claimed.year, claimed.dated) == ("2026 年度", "网络多媒体教室 13 间（2026 年度）")
    assert all(str(revision.pk) in one.url for one in asked(visit)[0].priorities)


def test_a_waived_warning_is_shown_with_the_reason_given(cast) -> None:
    earlier = make_round(cast.district, cast.admin)
    Round.objects.filter(pk=earlier.pk).update(code="2025", school_year_start=dt.date(2024, 9, 1))
    approved_revision(earlier, cast.school_a, _given({"teaching_area": "2100"}), cast.admin, "R-0")
    round_ = make_round(cast.district, cast.admin)
    revision = approved_revision(round_, cast.school_a, _given({"teaching_area": "4501"}), cast.admin)
    said = asked(underway(cast))[0].priorities[0].text
    message = said.removeprefix("2026 年度填报：").removesuffix("（没有说明）")
    waiver = {"check": "change_warning", "field": "teaching_area", "reason": "新楼启用", "message": message, "by": ""}
    # Revisions are never updated by the application.
    QuerySet.update(Revision.objects.filter(pk=revision.pk), content=revision.content | {"waivers": [waiver]})
    visit = underway(cast)
    assert kinds(visit, "A4") == ["waived", "unproven"]
    assert "新楼启用" in asked(visit)[0].priorities[0].text


def test_a_past_year_filled_in_later_claims_nothing_for_today(cast) -> None:
    now = make_round(cast.district, cast.admin)
    approved_revision(now, cast.school_a, _given({"multimedia_rooms": "24"}), cast.admin, "R-1")
    earlier = Round.objects.get(pk=now.pk)
    earlier.pk, earlier.code, earlier.school_year_start = None, "2024", dt.date(2023, 9, 1)
    earlier.save()
    approved_revision(earlier, cast.school_a, _given({"multimedia_rooms": "9"}), cast.admin, "R-2")
    assert underway(cast).checklist["receipt"] == "R-1"


def test_a_visit_of_an_earlier_release_still_reads(cast) -> None:
    visit = underway(cast)
    old = {"key": "a1-degrees", "indicator": "A1", "text": "人数", "look": "名册", "claimed": "3 人"}
    visit.checklist = {"receipt": "R", "questions": [old]}
    (question,) = asked(visit)
    assert (question.dated, question.priorities) == ("3 人", ())


def test_starting_asks_no_more_for_more_findings(cast, django_assert_max_num_queries) -> None:
    for indicator in ("A1", "A7", "C7", "C8", "B5"):
        dispatched(cast, indicator=indicator)
    visit = planned(cast)
    with django_assert_max_num_queries(45):
        actions.start(visit_id=visit.pk, by=cast.inspector_a)


def test_every_reason_leads_to_a_page_the_inspector_may_open(world: World, sign_in) -> None:
    visit = planned(world.cast)
    visit = actions.start(visit_id=visit.pk, by=world.cast.inspector_a)
    client = sign_in(world.cast.inspector_a)
    urls = {one.url for question in asked(visit) for one in question.priorities}
    assert len(urls) > 2
    assert {client.get(url).status_code for url in urls} == {200}
    page = client.get(f"/visits/{visit.pk}/checklist/")
    kinds = [{one.kind for one in question.priorities} for question in asked(visit)]
    assert page.context["marked"]["没有销号"] == sum("open" in own for own in kinds)


def _given(figures: dict[str, str]) -> dict[str, dict[str, str]]:
    return {code: {"value": value} for code, value in figures.items()}
