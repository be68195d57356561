"""三个增长: each condition by stage and two years, next to the verdict and never part of it."""

from dataclasses import replace
from fractions import Fraction

import pytest

from indicators.standard.engine.district import growth
from tests.indicators.standard.engine import builders
from tests.indicators.standard.engine.builders import answers, departments, sound

YEARS = {
    "fiscal_education": ("52400.5", "50000"),
    "fiscal_revenue_regular": ("104000", "100000"),
    "per_pupil_cost_primary": ("14270", "13850"),
    "per_pupil_cost_junior": ("18410", "17900"),
    "teacher_wage_total": ("40080", "38600"),
    "per_pupil_public_funds_primary": ("735", "720"),
    "per_pupil_public_funds_junior": ("958", "940"),
}


def both_years(**changes):
    shown = {}
    for code, (now, before) in (YEARS | changes).items():
        base, _, stage = code.rpartition("_") if code.endswith(("_primary", "_junior")) else (code, "", "")
        shown |= {code: now, f"{base}_last_year" + (f"_{stage}" if stage else ""): before}
    return shown


def passes(spec, **changes):
    return {grown.growth.code: grown.passes for grown in growth(spec, answers(both_years(**changes)))}


def test_all_three_hold_when_everything_rises(spec):
    assert passes(spec) == {"G1": True, "G2": True, "G3": True}
    funds = growth(spec, answers(both_years()))[0].lines[0]
    assert (funds.rate, funds.against) == (Fraction("4.801"), Fraction(4))
    assert funds.why == (
        "义务教育财政拨款 上年 50000 万元，本年 52400.5 万元，增长 4.8%；财政经常性收入 上年 100000 万元，本年 104000 万元，增长 4.0%"
    )


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        ({"fiscal_education": ("52000", "50000")}, "G1"),  # as fast as the revenue is not faster
        ({"per_pupil_cost_junior": ("17900", "17900")}, "G2"),  # as much as last year is no growth
        ({"teacher_wage_total": ("38000", "38600")}, "G3"),
        ({"per_pupil_public_funds_primary": ("719.99", "720")}, "G3"),
    ],
)
def test_one_figure_of_one_stage_that_does_not_rise_fails_its_condition(spec, changed, failing):
    assert passes(spec, **changed) == {code: code != failing for code in ("G1", "G2", "G3")}


def test_a_missing_year_leaves_the_condition_open_and_a_fall_decides(spec):
    assert passes(spec, per_pupil_cost_primary=("14270", None))["G2"] is None
    assert passes(spec, fiscal_revenue_regular=("104000", None))["G1"] is None
    assert passes(spec, per_pupil_cost_primary=("14270", None), per_pupil_cost_junior=("1", "2"))["G2"] is False


def test_it_stands_next_to_the_verdict(spec):
    falling = departments() | both_years(teacher_wage_total=("1", "2"))
    result = builders.judge(spec, sound(spec, "1"), sound(spec, "2"), **falling)
    assert result.verdict is True
    shown = result.as_json(round="2026", district="410202")["growth"]
    assert [(one["code"], one["passes"]) for one in shown] == [("G1", True), ("G2", True), ("G3", False)]


def test_a_standard_that_names_none_keeps_nothing(spec):
    older = replace(spec, growths=())
    assert "growth" not in builders.judge(older, sound(older)).as_json(round="2026", district="410202")


def why(spec, condition, **changes):
    grown = next(one for one in growth(spec, answers(both_years(**changes))) if one.growth.code == condition)
    return grown.lines[0].why


def test_a_fall_is_called_one(spec):
    assert why(spec, "G2", per_pupil_cost_primary=("13000", "13850")).endswith("本年 13000 元，下降 6.1%")


def test_growth_from_nothing_says_why_it_has_no_rate(spec):
    changes = {"fiscal_revenue_regular": ("104000", "0")}
    assert passes(spec, **changes)["G1"] is None
    assert why(spec, "G1", **changes).endswith("本年 104000 万元，上年为 0，算不出增长率")


def test_growth_that_rounding_makes_equal_is_marked(spec):
    changes = {"fiscal_education": ("52010", "50000")}
    assert passes(spec, **changes)["G1"] is True
    assert why(spec, "G1", **changes).endswith("增长 4.0%（临界，以未四舍五入的数为准）")
    assert "临界" not in why(spec, "G1")
