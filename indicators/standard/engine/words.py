"""Plain Chinese for results: the formula filled in, the gap in whole teachers or rooms."""

from fractions import Fraction

from indicators.standard.engine import numbers, scope
from indicators.standard.engine.parts import IndicatorResult, Shortfall
from indicators.standard.engine.spec import Spec


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
        # What was answered 不适用 is not shown as left blank.
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


def lacking(spec: Spec, result: IndicatorResult) -> str:
    """What is lacking for the threshold, in words; "" once it is reached or while it cannot be judged."""
    return _lacking(spec, result, result.gap, result.short)


def lacking_for_floor(spec: Spec, result: IndicatorResult) -> str:
    """What is lacking for the 85 % floor, in words; "" as in ``lacking``."""
    return _lacking(spec, result, result.gap_to_floor, result.short_of_floor)


def _lacking(spec: Spec, result: IndicatorResult, gap: Fraction | None, short: Shortfall | None) -> str:
    """「还差 3 名骨干教师」; of what stages share 「全校还需 5 间网络多媒体教室（小学部、初中部都达标）」.

    Rounded up to what can be added: whole people and rooms, ㎡ to 0.1, 万元 to 0.01.
    """
    if not gap:
        return ""
    rule = result.indicator.rule
    amount = f"{number(numbers.ceil_to(short.amount if short else gap, rule.gap_step))} {rule.gap_unit}"
    if short is None:
        return f"还差 {amount}"
    named = "、".join(spec.stages[stage].part_label for stage in short.stages)
    return f"全校还需 {amount}" + (f"（{named}都达标）" if len(short.stages) > 1 else "")


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
    floor = f"{spec.floor_text} 底线 {number(result.floor)}"
    end = f"{floor} 已过"
    if not result.reaches_floor:
        end = f"{floor} 未过，到底线{lacking_for_floor(spec, result)}"
    return f"{head}，{standard}，{lacking(spec, result)}；{end}{near}"
