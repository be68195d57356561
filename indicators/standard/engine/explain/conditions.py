"""B1–D1 explained: an indicator, its conditions, and one school under them."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial

from indicators.standard.engine import conditions as kinds
from indicators.standard.engine import numbers
from indicators.standard.engine.district import DistrictIndicator
from indicators.standard.engine.explain import demands
from indicators.standard.engine.explain.case import Case
from indicators.standard.engine.explain.tree import WORST_FIRST, Bound, Explanation, Input, Place
from indicators.standard.engine.outcomes import Outcome, SchoolOutcome, together

ZERO = Fraction(0)
# What one can add of a thing: people and schools whole, 万元 to 0.01.
_STEPS = {"万元": Fraction(1, 100)}


def condition_based(case: Case, code: str) -> Explanation:
    """One of B1–D1; KeyError when there is none such."""
    judged = case.indicators[code]
    return Explanation(
        place=Place("condition", code),
        subject="全区",
        title=f"{code} {judged.indicator.name}",
        verdict=judged.passes,
        applicable=judged.applicable,
        near_limit=judged.near_limit,
        rule=judged.indicator.definition,
        clause=judged.indicator.clause,
        why="" if judged.outcomes else judged.why,
        inputs=() if judged.outcomes else _entered(case, judged),
        reasons=lambda: (_condition(case, judged, outcome) for outcome in judged.outcomes),
    )


def _entered(case: Case, judged: DistrictIndicator) -> tuple[Input, ...]:
    """The district's fields of an indicator its standard has no conditions for."""
    bases = [base for who, base in (reference.split(".") for reference in judged.indicator.items) if who == "district"]
    return case.of_district(code for code, item in case.spec.district_items.items() if item.base in bases)


def _condition(case: Case, judged: DistrictIndicator, outcome: Outcome) -> Explanation:
    condition = outcome.condition
    ratio = isinstance(condition, kinds.Ratio)
    return Explanation(
        place=Place("condition", judged.indicator.code),
        subject="全区",
        title=condition.label,
        verdict=outcome.passes,
        applicable=outcome.applicable,
        judged=condition.judged,
        near_limit=outcome.near_limit,
        attested=isinstance(condition, kinds.Holds),
        rule=demands.rule(condition),
        clause=judged.indicator.clause,
        expression=_expression(condition, outcome),
        value=outcome.value,
        places=_places(case, condition),
        unit=_unit(condition),
        bounds=_bounds(condition, outcome, ratio),
        why=outcome.why,
        inputs=case.of_district(demands.of_district(condition)),
        reasons=partial(_schools, case, judged, outcome),
    )


def _places(case: Case, condition: kinds.Condition) -> int:
    if isinstance(condition, kinds.Monitoring):
        return case.spec.printing["near_value"]
    percent = isinstance(condition, kinds.Retention) or _unit(condition) == "%"
    return case.spec.printing["percent" if percent else "value"]


def _unit(condition: kinds.Condition) -> str:
    if isinstance(condition, kinds.Retention):
        return "%"
    if isinstance(condition, kinds.Some):
        return condition.source.unit
    return condition.unit if isinstance(condition, kinds.Ratio) else ""


def _bounds(condition: kinds.Condition, outcome: Outcome, ratio: bool) -> tuple[Bound, ...]:
    if outcome.limit is None or not outcome.applicable:
        return ()
    below = isinstance(condition, kinds.Monitoring)
    met = None if outcome.value is None else _meets(outcome.value, outcome.limit, below=below)
    distance = _distance(condition, outcome) if ratio else ""
    return (Bound("上限" if below else "标准", "＜" if below else "≥", outcome.limit, met, distance),)


def _meets(value: Fraction, limit: Fraction, *, below: bool) -> bool:
    return value < limit if below else value >= limit


def _distance(condition: kinds.Condition, outcome: Outcome) -> str:
    """What the numerator lacks for the limit, in its own unit."""
    if not isinstance(condition, kinds.Ratio) or outcome.value is None:
        return ""
    top, bottom = (outcome.figures[f"{condition.code}_{side}"] for side in ("numerator", "denominator"))
    lacking = condition.limit * bottom / condition.factor - top
    if lacking <= 0:
        return "已达到"
    unit = condition.numerator[0].unit
    return f"还差 {numbers.text(numbers.ceil_to(lacking, _STEPS.get(unit, Fraction(1))))} {unit}".strip()


def _expression(condition: kinds.Condition, outcome: Outcome) -> str:
    """The arithmetic in numbers alone, where there is a value to come to."""
    if outcome.value is None:
        return ""
    if isinstance(condition, kinds.Ratio):
        return _ratio(condition, outcome)
    if isinstance(condition, kinds.Retention):
        return _retention(condition, outcome)
    return ""


def _ratio(condition: kinds.Ratio, outcome: Outcome) -> str:
    top, bottom = (_side(side, outcome) for side in (condition.numerator, condition.denominator))
    scale = "" if condition.factor == 1 else f" × {numbers.text(condition.factor)}"
    return f"{top} ÷ {bottom}{scale}"


def _side(sources: Sequence[kinds.Source], outcome: Outcome) -> str:
    amounts = (sum((outcome.figures.get(code, ZERO) for code in source.codes), ZERO) for source in sources)
    return numbers.signed_sum([(s.sign, numbers.text(amount)) for s, amount in zip(sources, amounts, strict=True)])


def _retention(condition: kinds.Retention, outcome: Outcome) -> str:
    sources = (condition.graduated, condition.entered, condition.arrived, condition.left, condition.died)
    out, began, came, went, died = (numbers.text(outcome.figures[source.code]) for source in sources)
    written = {
        "a": f"（{out} － {came} ＋ {went}）÷（{began} － {died}）",
        "b": f"{out} ÷（{began} ＋ {came} － {went} － {died}）",
        "c": f"{out} ÷（{began} ＋ {came} － {went}）",
    }
    return f"{written[condition.formula]} × 100"


def _schools(case: Case, judged: DistrictIndicator, outcome: Outcome) -> Iterator[Explanation]:
    """Schools judged one by one, those in the way first; else the schools whose figures were added up."""
    if outcome.schools:
        for school in sorted(outcome.schools, key=lambda s: (WORST_FIRST.index(s.passes), s.school_code)):
            yield _judged_school(case, judged, outcome, school)
    elif demands.who(outcome.condition) and outcome.applicable:
        for asked in case.facts.schools(demands.who(outcome.condition)):
            yield _added_school(case, judged, outcome, asked.code)


def _judged_school(case: Case, judged: DistrictIndicator, outcome: Outcome, school: SchoolOutcome) -> Explanation:
    condition, asked = outcome.condition, case.asked[school.school_code]
    return Explanation(
        place=Place("school", judged.indicator.code, school.school_code),
        subject=school.school_name,
        title=condition.label,
        verdict=school.passes,
        judged=condition.judged,
        attested=isinstance(condition, kinds.Holds),
        rule=demands.rule(condition),
        clause=judged.indicator.clause,
        value=school.value if isinstance(condition, kinds.Ratio) else None,
        places=_places(case, condition),
        unit=_unit(condition),
        why=school.why,
        inputs=case.of_school(asked.code, demands.of_school(condition, asked)),
    )


def _added_school(case: Case, judged: DistrictIndicator, outcome: Outcome, code: str) -> Explanation:
    asked = case.asked[code]
    return Explanation(
        place=Place("school", judged.indicator.code, code),
        subject=asked.name,
        title=outcome.condition.label,
        judged=False,
        rule="本校数据计入全区合计，不单独判定",
        clause=judged.indicator.clause,
        inputs=case.of_school(code, demands.of_school(outcome.condition, asked)),
    )


def school_condition(case: Case, code: str, school_code: str) -> Explanation:
    """One school under one of B1–D1; KeyError when the indicator asks nothing of it."""
    judged = case.indicators[code]
    own = [
        below
        for outcome in judged.outcomes
        for below in _schools(case, judged, outcome)
        if below.place.school == school_code
    ]
    if not own:
        raise KeyError(school_code)
    counted = [below.verdict for below in own if below.judged]
    return Explanation(
        place=Place("school", code, school_code),
        subject=case.asked[school_code].name,
        title=f"{code} {judged.indicator.name}",
        verdict=together(counted),
        judged=bool(counted),
        rule=judged.indicator.definition,
        clause=judged.indicator.clause,
        reasons=lambda: own,
    )
