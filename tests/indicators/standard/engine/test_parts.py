"""When one part reaches, floors and passes."""

from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.standard.engine import NotApplicable, Value
from tests.indicators.standard.engine.builders import judge, school

THRESHOLDS = {
    "A1": ("4.2", "5.3", "3.57", "4.505"),
    "A2": ("1", "1", "0.85", "0.85"),
    "A3": ("0.9", "0.9", "0.765", "0.765"),
    "A4": ("4.5", "5.8", "3.825", "4.93"),
    "A5": ("7.5", "10.2", "6.375", "8.67"),
    "A6": ("2000", "2500", "1700", "2125"),
    "A7": ("2.3", "2.4", "1.955", "2.04"),
}

# The single figure that moves each indicator of a 小学 of 1000, at its threshold.
LEVERS = {
    "A4": ("teaching_area", "4500"),
    "A5": ("sports_ground_area", "7500"),
    "A6": ("equipment_value", "200"),
    "A7": ("multimedia_rooms", "23"),
}


@pytest.mark.parametrize("code", THRESHOLDS)
def test_thresholds_and_floors_are_the_law(spec, code):
    primary, junior, primary_floor, junior_floor = map(Fraction, THRESHOLDS[code])
    indicator = spec.indicator(code)
    assert indicator.thresholds == {"primary": primary, "junior": junior}
    assert indicator.floors == {"primary": primary_floor, "junior": junior_floor}


def only_part(result):
    (part,) = result.parts
    return part


@pytest.mark.parametrize("code", LEVERS)
def test_exactly_the_threshold_reaches(spec, code):
    item, at = LEVERS[code]
    result = only_part(judge(spec, school(pupils=1000, **{item: at}))).indicator(code)
    assert result.value == result.threshold
    assert result.reaches is True
    assert result.gap == 0


@pytest.mark.parametrize("code", ["A4", "A5", "A6"])
def test_a_hair_below_the_threshold_does_not_reach(spec, code):
    item, at = LEVERS[code]
    below = Decimal(at) - Decimal("0.01")
    result = only_part(judge(spec, school(pupils=1000, **{item: Value(below)}))).indicator(code)
    assert result.reaches is False
    assert result.reaches_floor is True
    assert result.gap == Fraction(1, 100)
    assert result.near_limit(2) is (code != "A6")  # 1999.90 元 does not print as 2000.00


def test_six_of_seven_with_the_other_at_its_floor_passes(spec):
    part = only_part(judge(spec, school(pupils=1000, teaching_area="3825")))
    assert part.reached == 6
    assert part.indicator("A4").value == part.indicator("A4").floor
    assert part.passes is True


def test_six_of_seven_with_the_other_under_its_floor_fails(spec):
    part = only_part(judge(spec, school(pupils=1000, teaching_area="3824.99")))
    assert part.reached == 6
    assert part.passes is False


def test_five_of_seven_fails_even_above_the_floors(spec):
    part = only_part(judge(spec, school(pupils=1000, teaching_area="4400", sports_ground_area="7400")))
    assert part.reached == 5
    assert all(result.reaches_floor for result in part.indicators)
    assert part.passes is False


def test_a_part_with_one_unknown_indicator_is_not_judged(spec):
    part = only_part(judge(spec, school(multimedia_rooms=None)))
    assert part.passes is None
    assert part.indicator("A7").reaches is None
    assert part.indicator("A7").gap is None
    assert part.indicator("A1").reaches is True


def test_each_part_of_a_school_is_judged_by_itself(spec):
    primary, junior = judge(spec, school(kind="九年一贯制学校", backbone_teachers_junior=0)).parts
    assert (primary.stage, primary.passes) == ("primary", True)
    assert (junior.stage, junior.passes) == ("junior", False)


def test_gap_to_the_floor_is_counted_in_the_numerators_unit(spec):
    result = only_part(judge(spec, school(pupils=1000, equipment_value="150"))).indicator("A6")
    assert result.numerator == 150
    assert result.value == 1500
    assert result.gap == 50
    assert result.gap_to_floor == 20


def test_zero_is_a_value(spec):
    part = only_part(judge(spec, school(multimedia_rooms=0)))
    assert part.indicator("A7").value == 0
    assert part.indicator("A7").reaches_floor is False
    assert part.passes is False


def test_not_applicable_on_a_needed_figure_cannot_be_judged(spec):
    result = judge(spec, school(indoor_sports_area=NotApplicable("没有体育馆")))
    assert only_part(result).indicator("A4").value is None
    assert [(m.item, m.reason) for m in result.missing] == [("indoor_sports_area", "没有体育馆")]
    assert result.complete is False


def test_between_the_floor_and_its_printed_form_is_near_the_limit(spec):
    junior = school(kind="初级中学", pupils=100_000, teachers_master_junior=0, teachers_bachelor_junior=4507)
    result = only_part(judge(spec, junior)).indicator("A1")
    assert result.value == Fraction("4.507")
    assert result.reaches_floor is True
    assert result.near_limit(2) is True


def test_at_the_printed_form_of_the_floor_nothing_is_near(spec):
    junior = school(kind="初级中学", pupils=100_000, teachers_master_junior=0, teachers_bachelor_junior=4510)
    result = only_part(judge(spec, junior)).indicator("A1")
    assert result.value == Fraction("4.51")
    assert (result.reaches, result.reaches_floor, result.near_limit(2)) == (False, True, False)
