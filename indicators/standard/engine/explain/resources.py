"""A1–A7 explained: a part, one of its indicators, and the split of what the whole school shares."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial

from indicators.standard.engine import numbers, scope, words
from indicators.standard.engine.explain.case import Case
from indicators.standard.engine.explain.tree import Bound, Explanation, Place
from indicators.standard.engine.outcomes import tally
from indicators.standard.engine.parts import IndicatorResult, PartResult
from indicators.standard.engine.spec import Spec


def part(case: Case, school_code: str, stage: str) -> Explanation:
    """A part's verdict over its indicators; KeyError when it takes no part."""
    judged = case.parts[school_code, stage]
    spec, results = case.spec, judged.indicators
    kept = sum(bool(result.reaches_floor) for result in results)
    return Explanation(
        place=Place("part", school=school_code, stage=stage),
        subject=case.name_of(judged),
        title="资源配置指标",
        verdict=judged.passes,
        near_limit=any(result.near_limit(spec.printing["near_value"]) for result in results),
        rule=(
            f"{len(results)} 项指标中至少 {spec.min_reached} 项达到标准，"
            f"其余各项不低于标准的 {spec.floor_text}；一贯制学校、完全中学按学段分别判定"
        ),
        clause=spec.clause,
        arithmetic=f"{len(results)} 项：{tally(r.reaches for r in results).words}；不低于底线 {kept} 项",
        why=_standing(spec, results),
        reasons=lambda: (indicator(case, school_code, stage, result.indicator.code) for result in results),
    )


def _standing(spec: Spec, results: Sequence[IndicatorResult]) -> str:
    groups = (
        ("缺数据", [r for r in results if r.value is None]),
        (f"低于标准的 {spec.floor_text}", [r for r in results if r.reaches_floor is False]),
        ("未达到标准但已过底线", [r for r in results if r.reaches is False and r.reaches_floor]),
    )
    told = [f"{'、'.join(r.indicator.code for r in found)} {name}" for name, found in groups if found]
    return "；".join(told) or "各项都达到标准"


def indicator(case: Case, school_code: str, stage: str, code: str) -> Explanation:
    """One indicator of one part, from its inputs to its distance; KeyError when there is none such."""
    judged = case.parts[school_code, stage]
    result, spec = judged.indicator(code), case.spec
    known = result.value is not None
    return Explanation(
        place=Place("indicator", code, school_code, stage),
        subject=case.name_of(judged),
        title=f"{code} {result.indicator.name}",
        verdict=result.reaches,
        near_limit=bool(result.near_limit(spec.printing["near_value"])),
        rule=result.indicator.definition,
        clause=result.indicator.clause,
        arithmetic=words.arithmetic(spec, result),
        expression=expression(spec, result) if known else "",
        value=result.value,
        places=spec.printing["value"],
        unit=result.indicator.unit,
        bounds=_bounds(spec, result),
        why="" if known else "数据不全，还不能计算",
        inputs=case.of_school(school_code, fields(result)),
        reasons=partial(_split, case, judged, result),
    )


def fields(result: IndicatorResult) -> list[str]:
    """The fields an indicator is calculated from: its terms, then the pupils."""
    terms = [term.code for term in result.indicator.rule.terms[result.stage]]
    return [*terms, *(f"pupils_{stage}" for stage in result.all_pupils)]


def _bounds(spec: Spec, result: IndicatorResult) -> tuple[Bound, ...]:
    return (
        Bound("标准", "≥", result.threshold, result.reaches, words.lacking(spec, result) or _reached(result)),
        Bound(
            f"{spec.floor_text} 底线",
            "≥",
            result.floor,
            result.reaches_floor,
            words.lacking_for_floor(spec, result) or _reached(result),
        ),
    )


def _reached(result: IndicatorResult) -> str:
    return "" if result.value is None else "已达到"


def expression(spec: Spec, result: IndicatorResult) -> str:
    """The formula in numbers alone, exact."""
    rule = result.indicator.rule
    terms = zip(rule.terms[result.stage], result.figures, strict=True)
    body = numbers.signed_sum([(term.sign, numbers.text(value)) for term, value in terms])
    split = f" ×（{share_expression(spec, result)}）" if len(result.all_pupils) > 1 else ""
    scale = "" if rule.factor == 1 else f" × {numbers.text(rule.factor)}"
    return f"{body}{split} ÷ {result.pupils}{scale}"


def share_expression(spec: Spec, result: IndicatorResult) -> str:
    """wᵢPᵢ ÷ Σ wⱼPⱼ in numbers."""
    weights = scope.split_weights(spec, result.all_pupils)
    weighted = {s: f"{count} × {numbers.text(weights[s])}" for s, count in result.all_pupils.items()}
    return f"{weighted[result.stage]} ÷（{' ＋ '.join(weighted.values())}）"


def _split(case: Case, judged: PartResult, result: IndicatorResult) -> Iterator[Explanation]:
    """The split of what the whole school shares, as a step of its own."""
    if len(result.all_pupils) < 2:
        return
    spec, pupils = case.spec, result.all_pupils
    weights = scope.split_weights(spec, pupils)
    label = spec.stages[result.stage].part_label
    yield Explanation(
        place=Place("split", result.indicator.code, judged.school.code, result.stage),
        subject=case.name_of(judged),
        title=f"{label}分摊比例",
        judged=False,
        rule="全校共用的用房、场地、设备按学段折算人数分摊："
        + "、".join(f"{spec.stages[s].label}权重 {numbers.text(weights[s])}" for s in pupils),
        clause=spec.clause,
        arithmetic=_split_words(spec, result, weights),
        expression=share_expression(spec, result) if result.share is not None else "",
        value=result.share,
        places=4,
        why=_shared(result),
        inputs=case.of_school(judged.school.code, [f"pupils_{stage}" for stage in pupils]),
    )


def _split_words(spec: Spec, result: IndicatorResult, weights: Mapping[str, Fraction]) -> str:
    weighted = {
        s: f"{spec.stages[s].label} {words.number(count)} × {numbers.text(weights[s])}"
        for s, count in result.all_pupils.items()
    }
    return f"{weighted[result.stage]} ÷（{' ＋ '.join(weighted.values())}）"


def _shared(result: IndicatorResult) -> str:
    if result.numerator is None or not result.share:
        return ""
    rule = result.indicator.rule
    whole = result.numerator / result.share
    unit = rule.numerator_unit
    return (
        f"全校{rule.numerator} {numbers.text(whole)} {unit}，本学段分得 {numbers.text(result.numerator)} {unit}，不取整"
    )
