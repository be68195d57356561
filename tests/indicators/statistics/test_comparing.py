"""When two figures agree, and what a difference is called."""

from decimal import Decimal

import pytest

from indicators.statistics.comparing import Compared, State, agree, state

COUNT = Compared("pupils_primary", "小学在校生数", "人", True, "primary")
AREA = Compared("teaching_area", "教学及辅助用房面积", "㎡", False, "")
HALF = Decimal("0.5")


@pytest.mark.parametrize(
    ("item", "reported", "statistics", "same"),
    [
        (COUNT, "600", "600", True), (COUNT, "601", "600", False), (COUNT, "60000", "60001", False),
        (AREA, "1005", "1000", True), (AREA, "995", "1000", True), (AREA, "1005.0001", "1000", False),
        (AREA, "994.99", "1000", False), (AREA, "0", "0", True), (AREA, "0.01", "0", False),
    ],
)  # fmt: skip
def test_counts_agree_exactly_and_measures_within_the_bound(item, reported, statistics, same) -> None:
    assert agree(item, Decimal(reported), Decimal(statistics), HALF) is same


@pytest.mark.parametrize(
    ("same", "has_report", "is_explained", "is_editable", "expected"),
    [
        (True, True, False, True, State.SAME), (False, True, False, True, State.DIFFERENT),
        (False, True, False, False, State.UNEXPLAINED), (False, True, True, False, State.EXPLAINED),
        (False, True, True, True, State.EXPLAINED), (None, True, False, True, State.NO_STATISTICS),
        (None, False, False, True, State.NO_REPORT),
    ],
)  # fmt: skip
def test_a_difference_waits_for_an_explanation_once_handed_in(
    same, has_report, is_explained, is_editable, expected
) -> None:
    assert state(same, has_report=has_report, is_explained=is_explained, is_editable=is_editable) == expected
