"""Plain Chinese for results: the formula filled in, the gap in whole teachers or rooms."""

from fractions import Fraction

from indicators.engine import numbers, scope
from indicators.engine.parts import IndicatorResult
from indicators.engine.spec import Spec


def number(value: Fraction | int | None) -> str:
    """A figure as people write it: exact, without trailing zeros; "未填" when blank."""
    return numbers.text(value) or "未填"


def formula(spec: Spec, result: IndicatorResult) -> str:
    """The formula with this school's figures put in, ending in the printed value."""
    end = numbers.printed(result.value, spec.printing["value"])
    return f"{arithmetic(spec, result)} ＝ {end} {result.indicator.unit}"


def arithmetic(spec: Spec, result: IndicatorResult) -> str:
    """The formula with this school's figures put in, every figure by its name."""
    rule = result.indicator.rule
    terms = []
    for term, value in zip(rule.terms[result.stage], result.figures, strict=True):
        # What was answered 不适用 is not told as left blank.
        told = "不适用" if term.code in result.waived else number(value)
        terms.append((term.sign, f"{term.label} {told}"))
    body = numbers.signed_sum(terms)
    scale = "" if rule.factor == 1 else f" × {number(rule.factor)}"
    return f"{body}{_split(spec, result)} ÷ 在校生 {number(result.pupils)}{scale}"


def _split(spec: Spec, result: IndicatorResult) -> str:
    """× 小学部占比, when the school's total was split over stages."""
    pupils = result.all_pupils
    if len(pupils) < 2:
        return ""
    weights = scope.split_weights(spec, pupils)
    part = " ＋ ".join(
        f"{spec.stages[s].label} {number(count)}" + ("" if weights[s] == 1 else f" × {number(weights[s])}")
        for s, count in pupils.items()
    )
    own = number(pupils[result.stage])
    weight = weights[result.stage]
    top = own if weight == 1 else f"{own} × {number(weight)}"
    return f" × [{top} ÷（{part}）]"


def gap(result: IndicatorResult, lacking: Fraction | None) -> str:
    """「3 名骨干教师」: the gap rounded up to whole people or rooms, ㎡ to 0.1, 万元 to 0.01."""
    if lacking is None:
        return "—"
    rule = result.indicator.rule
    return f"{number(numbers.ceil_to(lacking, rule.gap_step))} {rule.gap_unit}"


def sentence(spec: Spec, result: IndicatorResult) -> str:
    """Value, threshold, what is lacking, and how the 85 % floor stands."""
    indicator, places = result.indicator, spec.printing["value"]
    head = f"{indicator.name} {numbers.printed(result.value, places)} {indicator.unit}"
    standard = f"标准 {number(result.threshold)}"
    if result.value is None:
        return f"{indicator.name}：还不能计算，{standard}"
    near = "（临界，以未四舍五入的数为准）" if result.near_limit(spec.printing["near_value"]) else ""
    if result.reaches:
        return f"{head}，{standard}，已达标{near}"
    percent = numbers.printed(spec.floor_ratio * 100, 0)
    floor = f"{percent}% 底线 {number(result.floor)}"
    end = f"{floor} 已过"
    if not result.reaches_floor:
        end = f"{floor} 未过，到底线还差 {gap(result, result.gap_to_floor)}"
    return f"{head}，{standard}，还差 {gap(result, result.gap)}；{end}{near}"
