"""Checklists frozen by every release stay readable."""

import json
from pathlib import Path

import pytest

from inspections.checklists import questions as checklist
from inspections.visits import actions, queries
from tests.inspections import making

SAMPLES = Path(__file__).parent / "checklists"


def sample(number: int) -> dict:
    return json.loads((SAMPLES / f"{number}.json").read_text())


@pytest.mark.parametrize("number", range(1, checklist.FORMAT + 1))
def test_every_format_is_read(number: int) -> None:
    frozen = sample(number)
    questions = checklist.thawed(frozen)
    assert [(one.key, one.claimed) for one in questions] == [(q["key"], q["claimed"]) for q in frozen["questions"]]
    assert any(one.figures for one in questions) is (number > 1)


def test_the_format_of_today_is_written_as_its_sample_says() -> None:
    frozen = sample(checklist.FORMAT)
    assert [one.as_dict() for one in checklist.thawed(frozen)] == frozen["questions"]


@pytest.mark.django_db
def test_the_format_of_today_has_the_keys_of_its_sample(cast) -> None:
    round_ = making.make_round(cast.district, cast.admin)
    making.approved_revision(round_, cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin)
    written, frozen = making.underway(cast).checklist, sample(checklist.FORMAT)
    assert written.keys() == frozen.keys()
    of_today, of_sample = (
        next(one for one in frozen["questions"] if one["key"] == "a7-multimedia") for frozen in (written, frozen)
    )
    assert of_today.keys() == of_sample.keys()
    assert of_today["figures"][0].keys() == of_sample["figures"][0].keys()


@pytest.mark.django_db
def test_a_visit_begun_before_figures_is_answered_and_finished_in_words(cast) -> None:
    visit = making.underway(cast)
    visit.checklist = sample(1)
    visit.save()
    said = {"visit_id": visit.pk, "question": "a7-multimedia", "by": cast.inspector_a}
    actions.save_answer(**said, seen="no", found="22 间")
    assert [one.is_different for one in queries.asked(visit) if one.answer] == [True]
    actions.raise_finding(visit_id=visit.pk, content=making.content(), question="a7-multimedia", by=cast.inspector_a)
    actions.finish(visit_id=visit.pk, summary="良好", accept_unanswered=True, by=cast.inspector_a)
    assert not visit.figures.exists()
