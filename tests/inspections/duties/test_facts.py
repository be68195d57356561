"""Tasks measured by an indicator: the figure is the newest evaluation's, never typed, and decides whether it is done."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from inspections.duties import queries
from inspections.duties.content_queries import YearTarget
from portal.core.errors import Invalid
from tests.indicators.district import figures, hand_in, open_round
from tests.inspections.duties.giving import do, given, quarter
from tests.inspections.making import this_year
from tests.shared import shared

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 31, 10, 2, tzinfo=UTC)


@shared
def evaluation(cast) -> Evaluation:
    """甲小学 passes, 乙初级中学 lacks one backbone teacher."""
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures())
    hand_in(round_, cast.school_b, figures("初级中学", backbone_teachers_junior=9))
    return actions.record(judged=judging.judge(round_, judging.read(round_), NOW), by=cast.admin)


def measured(cast, indicator: str, target: str | None = None, **owner) -> queries.DutyFigure:
    years = {this_year(): YearTarget(Decimal(target))} if target else {}
    duty = given(cast, measure="indicator", indicator=indicator, unit="", years=years, **owner)
    return queries.measured([duty], {duty.pk: Decimal(target) if target else None})[duty.pk]


@pytest.mark.parametrize(("target", "reaches"), [(None, False), ("50.01", False), ("50", True), ("0", True)])
def test_the_bureaus_task_counts_the_parts_that_reach_the_standard(cast, evaluation, target, reaches) -> None:
    figure = measured(cast, "A2", target)
    assert (figure.words, figure.reaches) == ("达标 1/2 所（部），占 50.0%", reaches)
    assert figure.evaluation == evaluation


@pytest.mark.parametrize(("school", "stage", "reaches"), [("school_a", "小学", True), ("school_b", "初中", False)])
def test_a_schools_task_is_its_own_figure(cast, evaluation, school: str, stage: str, reaches: bool) -> None:
    figure = measured(cast, "A2", school=getattr(cast, school))
    assert figure.words.startswith(stage)
    assert "标准 1 人" in figure.words
    assert figure.reaches is reaches


def test_a_condition_of_the_district_is_its_verdict(cast, evaluation) -> None:
    figure = measured(cast, "C1", department=cast.department)
    assert figure.reaches is None
    assert figure.words


def test_the_report_keeps_the_figure_of_its_day_and_done_asks_the_newest(cast, evaluation) -> None:
    years = {this_year(): YearTarget()}
    duty = given(cast, measure="indicator", indicator="A2", unit="", years=years, department=cast.department)
    row = do("report", quarter(duty), cast.liaison, claim="done", value=None)
    assert (row.evaluation, row.figure) == (evaluation, "达标 1/2 所（部），占 50.0%")
    with pytest.raises(Invalid, match="A2 未达到目标"):
        do("check", row, cast.reviewer, result="done")
    row.year.target = Decimal(50)
    row.year.save()
    assert do("check", row, cast.reviewer, result="done").year.result == "done"
