"""When two figures agree, what a difference is called, and what there is to compare at all."""

from decimal import Decimal
from typing import Any

import pytest

from indicators.collection.state_statistics import actions, queries
from indicators.collection.state_statistics.queries import ComparedItem, State, agree, state_of
from indicators.collection.submissions import actions as submissions
from indicators.standard.engine import NotApplicable, Value
from tests.indicators.collection.rounds.test_actions import of, opened
from tests.indicators.collection.state_statistics import books
from tests.indicators.collection.state_statistics.books import A

COUNT = ComparedItem("pupils_primary", "小学在校生数", "人", True, "primary")
AREA = ComparedItem("teaching_area", "教学及辅助用房面积", "㎡", False, "")
HALF = Decimal("0.5")


@pytest.mark.parametrize(
    ("item", "reported", "statistics", "same"),
    [
        (COUNT, "600", "600", True),
        (COUNT, "601", "600", False),
        (COUNT, "60000", "60001", False),
        (AREA, "1005", "1000", True),
        (AREA, "995", "1000", True),
        (AREA, "1005.0001", "1000", False),
        (AREA, "994.99", "1000", False),
        (AREA, "0", "0", True),
        (AREA, "0.01", "0", False),
    ],
)
def test_counts_agree_exactly_and_measures_within_the_bound(item, reported, statistics, same) -> None:
    assert agree(item, Decimal(reported), Decimal(statistics), HALF) is same


@pytest.mark.parametrize(
    ("same", "has_report", "has_reason", "is_editable", "expected"),
    [
        (True, True, False, True, State.SAME),
        (False, True, False, True, State.DIFFERENT),
        (False, True, False, False, State.WITHOUT_REASON),
        (False, True, True, False, State.WITH_REASON),
        (False, True, True, True, State.WITH_REASON),
        (None, True, False, True, State.NO_STATISTICS),
        (None, False, False, True, State.NO_REPORT),
    ],
)
def test_a_difference_waits_for_a_reason_once_handed_in(same, has_report, has_reason, is_editable, expected) -> None:
    assert state_of(same, has_report=has_report, has_reason=has_reason, is_editable=is_editable) == expected


def compared(cast: Any, statistics: int | None, **values: Any) -> dict[str, State]:
    """What is compared of 甲小学 with 教基3115 (junior pupils) and what it answered."""
    round_ = opened(cast)
    sheets = {"a": books.pupils([A, "甲小学", 40])}
    if statistics is not None:
        sheets["b"] = books.pupils([A, "甲小学", statistics], title="教基3115 初中学生数 2026/2027学年初")
    actions.import_statistics(round_id=round_.pk, data=books.book(**sheets), name="统计.xlsx", by=cast.admin)
    row = of(round_, cast.school_a)
    submissions.save(submission_id=row.pk, values=values, by=cast.reporter_a)
    return {line.item.code: line.state for line in queries.lines(round_, [row])}


CLASSES = Value(({"stage": "小学", "grade": "1年级", "number": "1班", "pupils": 40},))
NONE = NotApplicable("本校没有初中")


@pytest.mark.parametrize("statistics", [None, 0])
@pytest.mark.parametrize("junior", [Value(0), NONE])
def test_nothing_of_a_stage_the_school_does_not_run_is_no_gap(cast, statistics, junior) -> None:
    """Its class list has no junior class, it has no junior pupils: neither is 统计缺."""
    found = compared(cast, statistics, class_list=CLASSES, pupils_junior=junior)
    assert found == {"pupils_primary": State.SAME, "classes_primary": State.NO_STATISTICS}


@pytest.mark.parametrize(
    ("junior", "expected"), [(NONE, State.DIFFERENT), (Value(30), State.SAME), (None, State.NO_REPORT)]
)
def test_pupils_of_another_stage_in_the_statistics_are_compared(cast, junior, expected) -> None:
    found = compared(cast, 30, class_list=CLASSES, **({"pupils_junior": junior} if junior else {}))
    assert found["pupils_junior"] == expected


def test_an_attached_class_without_statistics_is_a_gap(cast) -> None:
    assert compared(cast, None, pupils_junior=Value(12))["pupils_junior"] == State.NO_STATISTICS


def test_not_applicable_put_in_place_of_a_prefilled_zero_is_no_prefilled_answer(cast) -> None:
    round_ = opened(cast)
    data = books.book(a=books.pupils([A, "甲小学", 0]))
    actions.import_statistics(round_id=round_.pk, data=data, name="统计.xlsx", by=cast.admin)
    actions.prefill(round_id=round_.pk, by=cast.admin)
    row = of(round_, cast.school_a)
    assert queries.line(row, "pupils_primary").prefilled
    submissions.save(submission_id=row.pk, values={"pupils_primary": NotApplicable("停办待批")}, by=cast.reporter_a)
    line = queries.line(row, "pupils_primary")
    assert (line.prefilled, line.reported, line.state) == (False, "不适用", State.SAME)
