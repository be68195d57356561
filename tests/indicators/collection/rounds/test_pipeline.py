"""Where each respondent stands."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from indicators.collection.rounds import queries
from indicators.collection.rounds.forms import PipelineFilter
from indicators.collection.rounds.queries import FillProgress, PipelineStage
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Round, Submission
from indicators.standard.engine import Value, required
from indicators.standard.standards import queries as standards
from schools.directory.models import School, Status
from tests.indicators.collection.reviews.test_pages import UNLIKELY
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.submissions.test_evidence import attach
from tests.shared import shared

S = Submission.State


@shared
def round_(cast) -> Round:
    return opened(cast)


@pytest.mark.parametrize(
    ("state", "started", "handed", "stage"),
    [
        (S.DRAFT, False, False, PipelineStage.NOT_STARTED),
        (S.DRAFT, True, False, PipelineStage.FILLING),
        (S.DRAFT, True, True, PipelineStage.AWAITING_HEAD),
        (S.SUBMITTED, True, True, PipelineStage.SUBMITTED),
        (S.IN_REVIEW, True, True, PipelineStage.IN_REVIEW),
        (S.SENT_BACK, True, False, PipelineStage.SENT_BACK),
        (S.SENT_BACK, True, True, PipelineStage.AWAITING_HEAD),
        (S.APPROVED, True, True, PipelineStage.APPROVED),
    ],
)
def test_the_step_follows_from_state_start_and_handing_over(cast, round_, state, started, handed, stage) -> None:
    now = timezone.now()
    Submission.objects.filter(round=round_, school=cast.school_a).update(
        state=state,
        started_at=now if started else None,
        handed_over_at=now if handed else None,
        handed_over_by=cast.reporter_a if handed else None,
    )
    rows = queries.submissions(cast.admin, round_)
    steps = {step.stage: step for step in queries.pipeline(rows)}
    assert "甲小学" in steps[stage].names
    assert sum(step.count for step in steps.values()) == 4


def test_filters_narrow_by_step_kind_area_lateness_and_name(cast, round_) -> None:
    Submission.objects.filter(round=round_, school=cast.school_a).update(started_at=timezone.now())
    lines = [queries.PipelineRow(row) for row in queries.submissions(cast.admin, round_)]

    def names(**wanted: str) -> list[str]:
        return [line.row.respondent for line in PipelineFilter(wanted).apply(lines)]

    assert names(stage="filling") == ["甲小学"]
    assert names(kind="初级中学") == ["乙初级中学"]
    assert names(area="镇区") == ["乙初级中学"]
    assert names(q="4102020001") == ["甲小学"]
    assert names(q="财政") == ["区财政局"]
    assert names(late="on") == []
    assert len(names(stage="nonsense")) == 4


def test_overdue_counts_only_those_not_handed_in_and_respects_extensions(cast, round_) -> None:
    Round.objects.filter(pk=round_.pk).update(due_at=timezone.now() - timedelta(days=3))
    Submission.objects.filter(round=round_, school=cast.school_a).update(state=S.SUBMITTED)
    late = {row.respondent: queries.PipelineRow(row).late for row in queries.submissions(cast.admin, round_)}
    assert late["甲小学"] == ""
    assert late["乙初级中学"] == "已逾期 3 天"


def test_a_school_closed_since_the_opening_is_expected_no_more_until_it_runs_again(cast, round_) -> None:
    Round.objects.filter(pk=round_.pk).update(due_at=timezone.now() - timedelta(days=3))
    School.objects.filter(pk=cast.school_a.pk).update(status=Status.CLOSED)

    def stand() -> tuple[list[str], dict[str, str], int]:
        rows = list(queries.submissions(cast.admin, round_))
        steps = [step.label for step in queries.pipeline(rows) if "甲小学" in step.names]
        late = {row.respondent: queries.PipelineRow(row).late for row in rows}
        return steps, late, queries.for_list(cast.admin).get(pk=round_.pk).respondents

    steps, late, count = stand()
    assert (steps, late["甲小学"], count) == (["学校已停办"], "", 3)
    assert late["乙初级中学"] == "已逾期 3 天"
    assert "甲小学" not in {row.respondent for row in queries.not_handed_in(round_)}
    School.objects.filter(pk=cast.school_a.pk).update(status=Status.OPEN)
    steps, late, count = stand()
    assert (steps, late["甲小学"], count) == (["未开始"], "已逾期 3 天", 4)
    assert "甲小学" in {row.respondent for row in queries.not_handed_in(round_)}


def test_what_a_school_handed_in_before_it_was_closed_stays_in_its_place(cast, round_) -> None:
    Submission.objects.filter(round=round_, school=cast.school_a).update(state=S.APPROVED)
    School.objects.filter(pk=cast.school_a.pk).update(status=Status.CLOSED)
    assert (
        "甲小学"
        in next(
            s for s in queries.pipeline(queries.submissions(cast.admin, round_)) if s.stage == PipelineStage.APPROVED
        ).names
    )
    assert queries.for_list(cast.admin).get(pk=round_.pk).respondents == 4


def test_another_districts_round_is_not_found(cast, round_) -> None:
    assert list(queries.for_list(cast.foreign_admin)) == []
    assert [row.pk for row in queries.for_list(cast.leader)] == [round_.pk]


@shared
def begun(cast, round_) -> Round:
    """甲小学 has two figures, one waiver and one file; 乙初级中学 has nothing."""
    row = Submission.objects.get(round=round_, school=cast.school_a)
    submissions.save(submission_id=row.pk, values=UNLIKELY | {"teaching_area": Value(Decimal(900))}, by=cast.reporter_a)
    submissions.waive(
        submission_id=row.pk,
        check="per_unit_range",
        field="equipment_value",
        reason="账面原值含捐赠",
        by=cast.reporter_a,
    )
    attach(row, cast.reporter_a)
    return round_


def board(cast, round_) -> dict[str, queries.PipelineRow]:
    rows = list(queries.submissions(cast.admin, round_))
    held = queries.progress_of(round_, rows)
    return {row.respondent: queries.PipelineRow(row, progress=held[row.pk]) for row in rows}


def test_the_board_counts_what_is_filled_waived_and_not_proven(cast, begun) -> None:
    lines = board(cast, begun)
    made = lines["甲小学"].progress
    assert (made.filled, made.waivers) == (3, 1)
    assert 0 < made.percent < 10
    assert made.compulsory == len(required(standards.load_spec(begun.standard), "小学", {"pupils_primary": Value(600)}))
    assert made.unproven == ("在校生数", "教学仪器设备资产值（账面原值）")
    assert made.touched_at is not None
    assert lines["乙初级中学"].progress.touched_at is None
    assert lines["甲小学"].days_left == 20


def test_half_a_percent_short_is_not_yet_everything() -> None:
    assert FillProgress(filled=199, compulsory=200).percent == 99
    assert FillProgress().percent == 0


def test_the_board_is_sorted_by_any_column_and_what_has_no_figure_comes_last(cast, begun) -> None:
    lines = list(board(cast, begun).values())

    def names(sort: str) -> list[str]:
        return [line.row.respondent for line in PipelineFilter({"sort": sort}).apply(lines)]

    assert names("-filled")[0] == names("touched")[0] == names("-touched")[0] == "甲小学"
    assert names("filled")[-1] == "甲小学"
    for name in ("name", "kind", "stage", "left", "waivers", "unproven", "submitted", "reviewer"):
        assert len(names(name)) == len(names(f"-{name}")) == 4
    assert PipelineFilter({"unproven": "on"}).apply(lines) == [board(cast, begun)["甲小学"]] != lines
