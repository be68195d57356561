"""Totals follow from what they add up, so that nobody types a sum."""

import pytest

from indicators.standard.engine import NotApplicable, Value, following, is_total
from tests.indicators.standard.engine.builders import answers

DEGREES = ("doctor", "master", "bachelor", "associate", "below")
TOTAL = "teachers_primary"


def degrees(*counts: int | None) -> dict[str, int | None]:
    return {f"teachers_{degree}_primary": count for degree, count in zip(DEGREES, counts, strict=True)}


def classes(**pupils: int | None):
    rows = [{"stage": stage, "grade": "一年级", "number": "1", "pupils": count} for stage, count in pupils.items()]
    return {"class_list": Value(tuple(rows))}


def follow(spec, before, after, kind="小学"):
    return following(spec, kind, answers(before), answers(after))


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (degrees(0, 1, 5, 0, None), degrees(0, 1, 5, 0, 2), {TOTAL: Value(8)}),
        (degrees(0, 1, 5, 0, None), degrees(0, 1, 6, 0, None), {}),
        (degrees(0, 1, 5, 0, 2) | {TOTAL: 8}, degrees(0, 1, 6, 0, 2) | {TOTAL: 8}, {TOTAL: Value(9)}),
        # What was typed and is not the sum stays: its check says so.
        (degrees(0, 1, 5, 0, 2) | {TOTAL: 7}, degrees(0, 1, 6, 0, 2) | {TOTAL: 7}, {}),
        (degrees(0, 1, 5, 0, None) | {TOTAL: 9}, degrees(0, 1, 5, 0, 2) | {TOTAL: 9}, {}),
        (degrees(0, 1, 5, 0, 2) | {TOTAL: 8}, degrees(0, 1, None, 0, 2) | {TOTAL: 8}, {TOTAL: None}),
        (degrees(0, 1, 5, 0, 2), degrees(0, 1, 5, 0, 2) | {"boarders_primary": 3}, {}),
        (
            degrees(0, 1, 5, 0, None),
            degrees(0, 1, 5, 0, None) | {"teachers_below_primary": NotApplicable("没有")},
            {TOTAL: Value(6)},
        ),
        (
            degrees(0, 1, 5, 0, None) | {TOTAL: NotApplicable("停办")},
            degrees(0, 1, 5, 0, 2) | {TOTAL: NotApplicable("停办")},
            {},
        ),
    ],
)
def test_a_total_follows_while_it_is_blank_or_the_sum(spec, before, after, found):
    assert follow(spec, before, after) == found


def test_pupils_follow_from_the_classes_of_their_stage(spec):
    assert follow(spec, {}, classes(小学=40)) == {"pupils_primary": Value(40)}
    assert follow(spec, {}, classes(小学=None)) == {}
    nine_years = follow(spec, {}, classes(小学=40), kind="九年一贯制学校")
    assert nine_years == {"pupils_primary": Value(40)}, "without classes yet the other stage is blank, not closed"


def test_a_stage_a_school_does_not_run_is_not_opened_by_a_sum(spec):
    assert follow(spec, {}, classes(初中=40)) == {}
    attached = {"pupils_junior": 40}
    assert follow(spec, classes(初中=40) | attached, classes(初中=41) | attached) == {"pupils_junior": Value(41)}


def test_the_standard_has_two_totals(spec):
    assert {item.base for item in spec.items.values() if is_total(item)} == {"pupils", "teachers"}
