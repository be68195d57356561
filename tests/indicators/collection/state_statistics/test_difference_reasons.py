"""A reason for a difference: by the school, with a reason, holding only while both figures stay."""

from typing import Any

import pytest

from indicators.collection.rounds import actions as rounds
from indicators.collection.state_statistics import actions, queries
from indicators.collection.state_statistics.models import DifferenceReason
from indicators.collection.state_statistics.queries import State
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Answer, Round, Submission
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.indicators.collection.rounds.test_actions import of, opened
from tests.indicators.collection.state_statistics import books
from tests.indicators.collection.state_statistics.books import A
from tests.shared import shared

REASON = "统计上报后转入学生 1 人"


@shared
def round_(cast: Any) -> Round:
    round_ = opened(cast)
    take(round_, cast, 600)
    submissions.save(
        submission_id=of(round_, cast.school_a).pk, values={"pupils_primary": Value(601)}, by=cast.reporter_a
    )
    return round_


def take(round_: Round, cast: Any, pupils: int) -> None:
    data = books.book(a=books.pupils([A, "甲小学", pupils]))
    actions.import_statistics(round_id=round_.pk, data=data, name="统计.xlsx", by=cast.admin)


def give_reason(round_: Round, cast: Any, by: Any, item: str = "pupils_primary", reason: str = REASON) -> None:
    actions.give_difference_reason(submission_id=of(round_, cast.school_a).pk, item=item, reason=reason, by=by)


def state(round_: Round, cast: Any) -> State:
    return queries.line(of(round_, cast.school_a), "pupils_primary").state


def test_a_difference_has_reason_by_name_and_neither_figure_changes(cast, round_) -> None:
    assert state(round_, cast) == State.DIFFERENT
    give_reason(round_, cast, cast.reporter_a)
    line = queries.line(of(round_, cast.school_a), "pupils_primary")
    assert (line.state, line.reported, line.statistics, line.difference) == (State.WITH_REASON, "601", "600", "+1")
    assert line.given is not None
    assert line.given.created_by == cast.reporter_a
    assert Answer.objects.get(field="pupils_primary").number == 601
    event = AuditEvent.objects.get(action="statistics.explain")
    assert event.after["reason"] == REASON
    assert event.school_code == A


def test_handed_in_it_waits_and_may_still_be_given_a_reason(cast, round_) -> None:
    Submission.objects.filter(round=round_).update(state="submitted")
    assert state(round_, cast) == State.WITHOUT_REASON
    give_reason(round_, cast, cast.principal_a)
    assert state(round_, cast) == State.WITH_REASON


def test_another_reported_figure_needs_another_reason(cast, round_) -> None:
    give_reason(round_, cast, cast.reporter_a)
    row = of(round_, cast.school_a)
    submissions.save(submission_id=row.pk, values={"pupils_primary": Value(605)}, by=cast.reporter_a)
    assert state(round_, cast) == State.DIFFERENT


def test_another_statistics_figure_needs_another_reason(cast, round_) -> None:
    give_reason(round_, cast, cast.reporter_a)
    take(round_, cast, 590)
    assert state(round_, cast) == State.DIFFERENT
    take(round_, cast, 601)
    assert state(round_, cast) == State.SAME


def test_the_newest_reason_counts_and_the_older_stay(cast, round_) -> None:
    give_reason(round_, cast, cast.reporter_a)
    give_reason(round_, cast, cast.principal_a, reason="核对学籍系统，以填报为准")
    line = queries.line(of(round_, cast.school_a), "pupils_primary")
    assert line.given is not None
    assert line.given.created_by == cast.principal_a
    assert DifferenceReason.objects.count() == 2


@pytest.mark.parametrize("reason", ["", "   ", "转入", "字" * 301])
def test_a_reason_is_required(cast, round_, reason) -> None:
    with pytest.raises(Invalid, match="5 至 300 字"):
        give_reason(round_, cast, cast.reporter_a, reason=reason)


def test_what_does_not_differ_needs_none(cast, round_) -> None:
    row = of(round_, cast.school_a)
    submissions.save(submission_id=row.pk, values={"pupils_primary": Value(600)}, by=cast.reporter_a)
    with pytest.raises(Conflict, match="没有差异"):
        give_reason(round_, cast, cast.reporter_a)
    with pytest.raises(NotFound):
        give_reason(round_, cast, cast.reporter_a, item="honours")


def test_only_who_fills_the_submission_in_gives_a_reason(cast, round_) -> None:
    for person in (cast.reviewer, cast.inspector_a):
        with pytest.raises(NotAllowed):
            give_reason(round_, cast, person)
    for person in (cast.reporter_b, cast.foreign_admin):
        with pytest.raises(NotFound):
            give_reason(round_, cast, person)


def test_a_closed_round_takes_no_reason(cast, round_) -> None:
    rounds.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    with pytest.raises(Conflict, match="已关闭"):
        give_reason(round_, cast, cast.reporter_a)
