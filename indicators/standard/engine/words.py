"""Plain Chinese for results: formulas filled in, what is lacking, which schools fail."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from indicators.standard.engine import numbers, scope
from indicators.standard.engine.conditions import DISTRICT, FigureSource, Need, SchoolOutcome, tally
from indicators.standard.engine.data import NOT_SUBMITTED
from indicators.standard.engine.parts import JudgedIndicator, Shortfall
from indicators.standard.engine.spec import Spec

NAMED = 5
VERDICT = {True: "达到", False: "未达到", None: "不能判定"}


def number(value: Fraction | int | None) -> str:
    """Without trailing zeros; "未填" when blank."""
    return numbers.text(value) or "未填"


def formula(spec: Spec, result: JudgedIndicator) -> str:
    """Ends in the printed value."""
    end = numbers.printed(result.value, spec.printing["value"])
    return f"{arithmetic(spec, result)} ＝ {end} {result.indicator.unit}"


def arithmetic(spec: Spec, result: JudgedIndicator) -> str:
    rule = result.indicator.rule
    terms = []
    for term, value in zip(rule.terms[result.stage], result.figures, strict=True):
        # What was answered 不适用 is not shown as left blank.
        shown = "不适用" if term.code in result.waived else number(value)
        terms.append((term.sign, f"{term.label} {shown}"))
    split, pupils = "", result.all_pupils
    if len(pupils) > 1:
        # The school's total is split over its stages.
        weighted = {
            stage: number(pupils[stage]) + ("" if weight == 1 else f" × {number(weight)}")
            for stage, weight in scope.split_weights(spec, pupils).items()
        }
        whole = " ＋ ".join(f"{spec.stages[stage].label} {weighted[stage]}" for stage in pupils)
        split = f" × [{weighted[result.stage]} ÷（{whole}）]"
    scale = "" if rule.factor == 1 else f" × {number(rule.factor)}"
    return f"{numbers.signed_sum(terms)}{split} ÷ 在校生 {number(result.pupils)}{scale}"


def lacking(spec: Spec, result: JudgedIndicator) -> str:
    """For the threshold; "" if reached or not judged."""
    return _lacking(spec, result, result.gap, result.short)


def lacking_for_floor(spec: Spec, result: JudgedIndicator) -> str:
    return _lacking(spec, result, result.gap_to_floor, result.short_of_floor)


def _lacking(spec: Spec, result: JudgedIndicator, gap: Fraction | None, short: Shortfall | None) -> str:
    """「还差 3 名骨干教师」; shared between stages 「全校还需 5 间网络多媒体教室（小学部、初中部都达标）」.

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


def sentence(spec: Spec, result: JudgedIndicator) -> str:
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


def amount(value: Fraction, unit: str) -> str:
    """345 人."""
    return f"{numbers.text(value)} {unit}".strip()


def names(found: Sequence[str]) -> str:
    """甲、乙、丙; from six on 甲、乙、丙、丁、戊等 7 所."""
    shown = "、".join(found[:NAMED])
    return shown if len(found) <= NAMED else f"{shown}等 {len(found)} 所"


def ratio_side(terms: Iterable[tuple[FigureSource, Fraction]]) -> str:
    shown = [(source.sign, f"{source.label} {amount(value, source.unit)}") for source, value in terms]
    return numbers.signed_sum(shown, gap=" ")


def failing_schools(outcomes: Sequence[SchoolOutcome]) -> str:
    """And those not judged; empty when every one passes."""
    failing = [o.school_name for o in outcomes if o.passes is False]
    unknown = [o.school_name for o in outcomes if o.passes is None]
    found = [f"未达到的学校 {len(failing)} 所：{names(failing)}"] if failing else []
    if unknown:
        found.append(f"还不能判定的学校 {len(unknown)} 所：{names(unknown)}")
    return "；".join(found)


def schools_tally(outcomes: Sequence[SchoolOutcome]) -> str:
    """学校 42 所，达标 40，未达标 1，待定 1."""
    return f"学校 {len(outcomes)} 所，{tally(o.passes for o in outcomes).words}"


def needed(spec: Spec, needs: Sequence[Need]) -> str:
    """Fields of the district by name, and how many schools lack one."""
    own = [_field(spec, need) for need in needs if need.respondent == DISTRICT]
    schools = {need.respondent for need in needs if need.respondent != DISTRICT}
    found = [f"待填：{'、'.join(own)}"] if own else []
    if schools:
        found.append(f"{len(schools)} 所学校的数据不全")
    return "；".join(found)


def needed_of_school(spec: Spec, needs: Sequence[Need]) -> str:
    fields = [_field(spec, need) for need in needs if need.item]
    return f"待填：{'、'.join(fields)}" if fields else NOT_SUBMITTED


def _field(spec: Spec, need: Need) -> str:
    items = spec.district_items if need.respondent == DISTRICT else spec.items
    label = items[need.item].label
    return f"{label}（填了不适用：{need.reason}）" if need.reason else label
