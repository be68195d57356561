"""Filling in blanks with statistics: only blanks, only while the submission may change, traceable to the cell."""

from decimal import Decimal
from typing import Any

import pytest

from indicators.collection.state_statistics import actions
from indicators.collection.state_statistics.models import StatisticsPrefill
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Answer, Round, Submission
from indicators.standard.engine import NotApplicable, Value
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed, NotFound
from tests.indicators.collection.rounds.test_actions import of, opened
from tests.indicators.collection.state_statistics import books
from tests.indicators.collection.state_statistics.books import A, B
from tests.shared import shared


@shared
def round_(cast: Any) -> Round:
    round_ = opened(cast)
    data = books.book(a=books.pupils([A, "甲小学", 600], [B, "乙初级中学", 9]), b=books.grounds(300.25))
    actions.import_statistics(round_id=round_.pk, data=data, name="统计.xlsx", by=cast.admin)
    return round_


def answer(round_: Round, school: Any, field: str) -> Answer:
    return Answer.objects.get(submission=of(round_, school), field=field)


def test_blank_answers_take_the_figure_and_name_the_cell(cast, round_) -> None:
    made = actions.prefill(round_id=round_.pk, by=cast.admin)
    assert {row.item for row in made} == {"pupils_primary", "sports_ground_area", "multimedia_rooms", "equipment_value"}
    assert answer(round_, cast.school_a, "pupils_primary").number == 600
    assert answer(round_, cast.school_a, "equipment_value").number == Decimal("300.25")
    assert StatisticsPrefill.objects.get(item="pupils_primary").figure.source == "教基3112 C3"
    assert AuditEvent.objects.get(action="statistics.prefill").after == {"schools": 1, "items": 4}


@pytest.mark.parametrize("entered", [Value(500), Value(0), NotApplicable("本校没有小学")])
def test_what_a_person_entered_stays(cast, round_, entered) -> None:
    row = of(round_, cast.school_a)
    submissions.save(submission_id=row.pk, values={"pupils_primary": entered}, by=cast.reporter_a)
    made = actions.prefill(round_id=round_.pk, by=cast.admin)
    assert "pupils_primary" not in {row.item for row in made}
    stored = answer(round_, cast.school_a, "pupils_primary")
    assert (stored.updated_by, stored.version) == (cast.reporter_a, 1)


def test_a_field_cleared_again_is_blank(cast, round_) -> None:
    row = of(round_, cast.school_a)
    for value in (Value(500), None):
        submissions.save(submission_id=row.pk, values={"pupils_primary": value}, by=cast.reporter_a)
    actions.prefill(round_id=round_.pk, by=cast.admin)
    assert answer(round_, cast.school_a, "pupils_primary").number == 600


def test_doing_it_again_fills_in_nothing(cast, round_) -> None:
    actions.prefill(round_id=round_.pk, by=cast.admin)
    assert actions.prefill(round_id=round_.pk, by=cast.admin) == []


def test_what_is_handed_in_is_left_alone(cast, round_) -> None:
    Submission.objects.filter(round=round_).update(state="submitted")
    assert actions.prefill(round_id=round_.pk, by=cast.admin) == []
    assert not Answer.objects.exists()


def test_a_stage_the_school_does_not_run_is_not_filled_in(cast, round_) -> None:
    actions.prefill(round_id=round_.pk, by=cast.admin)
    assert not Answer.objects.filter(submission=of(round_, cast.school_b)).exists()


def test_only_who_manages_the_round_may_prefill(cast, round_) -> None:
    for person in (cast.reviewer, cast.principal_a):
        with pytest.raises(NotAllowed):
            actions.prefill(round_id=round_.pk, by=person)
    with pytest.raises(NotFound):
        actions.prefill(round_id=round_.pk, by=cast.foreign_admin)


def test_the_form_names_the_prefilled_answers_until_they_are_changed(sign_in, cast, round_) -> None:
    actions.prefill(round_id=round_.pk, by=cast.admin)
    row, client = of(round_, cast.school_a), sign_in(cast.reporter_a)
    page = f"/submissions/{row.pk}/"
    assert "有 4 项由统计报表预填" in client.get(page, follow=True).content.decode()
    submissions.save(submission_id=row.pk, values={"pupils_primary": Value(601)}, by=cast.reporter_a)
    assert "有 3 项由统计报表预填" in client.get(page, follow=True).content.decode()
