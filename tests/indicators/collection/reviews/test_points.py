"""What to look at first: each rule at its bound, on small data."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from indicators.collection.reviews import points
from indicators.collection.reviews.points import ReviewPoint, Surroundings
from indicators.collection.submissions.workflow import Assessment
from indicators.standard.engine import Live, LiveIndicator, LivePart, Value

RULES = points.limits()


def item(code: str, unit: str = "人", kind: str = "number", evidence: str = "") -> Any:
    return SimpleNamespace(
        code=code, base=code, stage="", label=code, base_label=code, unit=unit, kind=kind, evidence=evidence
    )


def facts(now: dict[str, Any], last: dict[str, Any] | None = None, unit: str = "人", evidence: str = "") -> Any:
    return SimpleNamespace(
        items={code: item(code, unit, evidence=evidence) for code in now},
        answers={code: Value(value) for code, value in now.items()},
        last_year={code: Value(value) for code, value in (last or {}).items()},
        waivers={},
        spec=SimpleNamespace(resources=(), items={}),
    )


def part(value: str, above: str, spare: int = 9) -> Live:
    one = LiveIndicator(
        "A7",
        "",
        "多媒体教室",
        "间",
        value,
        "2.3",
        "",
        "reached",
        False,
        "",
        "",
        "",
        (),
        exact=Fraction(value),
        above=Fraction(above),
        spare=Fraction(spare),
    )
    return Live("", (LivePart("primary", "小学", 100, True, "", (one,)),))


SPEC: Any = SimpleNamespace(
    resources=(SimpleNamespace(code="A7", items=("school.pupils", "school.rooms")),),
    items={"rooms": SimpleNamespace(code="rooms", base="rooms", stage="")},
)


@pytest.mark.parametrize(
    ("last", "now", "words"),
    [
        (100, 120, []),
        (100, 121, ["“x”由上年 100 变为 121 人，增加 21.0%"]),
        (100, 79, ["“x”由上年 100 变为 79 人，减少 21.0%"]),
        (10, 19, []),
        (10, 20, ["“x”由上年 10 变为 20 人，增加 100.0%"]),
        (0, 50, []),
    ],
)
def test_a_change_counts_beyond_a_fifth_and_from_ten_on(last, now, words) -> None:
    assert [point.text for point in points.changed(facts({"x": now}, {"x": last}), RULES)] == words
    assert list(points.changed(facts({"x": now}, {"x": last}), RULES, {"x"})) == [], "a check has said so already"


@pytest.mark.parametrize(
    ("value", "last", "unit", "kinds"),
    [
        (37, 37, "人", ["与上年完全相同"]),
        (9, 9, "人", []),
        (37, 37, "间", []),
        (1500, 1400, "㎡", ["是整数，请看是不是估计的"]),
        (1501, 1400, "㎡", []),
        (500, 400, "㎡", []),
    ],
)
def test_figures_copied_from_last_year_or_round_are_odd(value, last, unit, kinds) -> None:
    found = [point.text.partition("，")[2] for point in points.odd(facts({"x": value}, {"x": last}, unit), RULES)]
    assert found == kinds


def test_what_somebody_stated_to_be_as_last_year_is_not_odd() -> None:
    assert list(points.odd(facts({"x": 37}, {"x": 37}), RULES, {"x"})) == []


@pytest.mark.parametrize(("above", "is_near"), [("0", True), ("1.99", True), ("2", False), ("-0.01", False)])
def test_just_above_a_threshold_includes_the_threshold_itself(above, is_near) -> None:
    found = list(points.near(SPEC, part("2.3", above), RULES))
    assert bool(found) is is_near
    assert all(point.items == ("rooms",) for point in found)


@pytest.mark.parametrize(
    ("value", "others", "is_unusual"),
    [("6.1", ["3"] * 5, True), ("6", ["3"] * 5, False), ("1.4", ["3"] * 5, True), ("6.1", ["3"] * 4, False)],
)
def test_unusual_is_beyond_twice_or_half_of_at_least_five_similar_schools(value, others, is_unusual) -> None:
    similar = {("primary", "A7"): [Fraction(other) for other in others]}
    assert bool(list(points.unusual(SPEC, part(value, "9"), similar, RULES))) is is_unusual


def test_points_come_by_kind_and_a_clean_submission_has_none() -> None:
    signed = facts({"x": 121}, {"x": 100}, evidence="名册")
    nothing = Assessment(asked=(), missing=(), errors=(), warnings=(), unchanged=())
    assert points.of(facts({"x": 101}, {"x": 100}), {}, nothing, (), None, Surroundings()) == []
    asked = Assessment(asked=tuple(signed.items.values()), missing=(), errors=(), warnings=(), unchanged=())
    files = {"evidence": [{"item": "y", "sha256": "f", "name": "图.pdf"}]}
    around = Surroundings(copies={"f": ["丁小学（2026 年度）"]})
    found = points.of(signed, files, asked, (), None, around)
    assert [point.kind for point in found] == ["changed", "unproven", "copied"]
    assert found[2].text == "佐证“图.pdf”与丁小学（2026 年度）的是同一个文件"
    assert all(isinstance(point.label, str) and point.tone in ("bad", "warn", "info") for point in found)


def test_the_rules_a_reader_sees_hold_the_limits() -> None:
    rules = points.kinds()
    assert "超过 20%" in rules["changed"]["rule"]
    assert "不到 2%" in rules["near"]["rule"]
    assert not any("{" in rule["rule"] for rule in (*rules.values(), *points.patterns().values()))
    assert ReviewPoint("odd", "x").label == "像是估计或照抄"
