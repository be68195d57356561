"""A1–A7 explained: a part, one of its indicators, the split of shared figures, and the coefficients over all parts."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial

from indicators.standard.engine import numbers, scope, words
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.conditions import tally
from indicators.standard.engine.explain import tree
from indicators.standard.engine.explain.tree import Bound, Case, ConclusionPlace, Explanation
from indicators.standard.engine.parts import JudgedIndicator, JudgedPart
from indicators.standard.engine.spec import Spec

COEFFICIENT_RULE = (
    "差异系数 ＝ 标准差 S ÷ 全区均值 X̄；X̄ ＝ 各校（部）总量之和 ÷ 在校生之和；"
    "S ＝ √[Σ 在校生占比 ×（本校数值 － X̄）²]，按在校生加权"
)
# Digits of an intermediate figure that are shown; it is cut off, never rounded.
_SHOWN = 8


def part(case: Case, school_code: str, stage: str) -> Explanation:
    """KeyError when it takes no part."""
    judged = case.parts[school_code, stage]
    spec, results = case.spec, judged.indicators
    at_floor = sum(bool(result.reaches_floor) for result in results)
    groups = (
        ("缺数据", [r for r in results if r.value is None]),
        (f"低于标准的 {spec.floor_text}", [r for r in results if r.reaches_floor is False]),
        ("未达到标准但已过底线", [r for r in results if r.reaches is False and r.reaches_floor]),
    )
    why = [f"{'、'.join(r.indicator.code for r in found)} {name}" for name, found in groups if found]
    return Explanation(
        place=ConclusionPlace("part", school=school_code, stage=stage),
        subject=case.name_of(judged),
        title="资源配置指标",
        verdict=judged.passes,
        near_limit=any(result.near_limit(spec.printing["near_value"]) for result in results),
        rule=(
            f"{len(results)} 项指标中至少 {spec.min_reached} 项达到标准，"
            f"其余各项不低于标准的 {spec.floor_text}；一贯制学校、完全中学按学段分别判定"
        ),
        clause=spec.clause,
        arithmetic=f"{len(results)} 项：{tally(r.reaches for r in results).words}；不低于底线 {at_floor} 项",
        why="；".join(why) or "各项都达到标准",
        reasons=lambda: (indicator(case, school_code, stage, result.indicator.code) for result in results),
    )


def indicator(case: Case, school_code: str, stage: str, code: str) -> Explanation:
    """KeyError when there is none such."""
    judged = case.parts[school_code, stage]
    result, spec = judged.indicator(code), case.spec
    known = result.value is not None
    reached = "已达到" if known else ""
    to_floor = words.lacking_for_floor(spec, result) or reached
    rule, expression = result.indicator.rule, ""
    if known:
        terms = zip(rule.terms[stage], result.figures, strict=True)
        body = numbers.signed_sum([(term.sign, numbers.text(value)) for term, value in terms])
        split = f" ×（{_share(spec, result, named=False)}）" if len(result.all_pupils) > 1 else ""
        scale = "" if rule.factor == 1 else f" × {numbers.text(rule.factor)}"
        expression = f"{body}{split} ÷ {result.pupils}{scale}"
    fields = [*(term.code for term in rule.terms[stage]), *(f"pupils_{s}" for s in result.all_pupils)]
    return Explanation(
        place=ConclusionPlace("indicator", code, school_code, stage),
        subject=case.name_of(judged),
        title=f"{code} {result.indicator.name}",
        verdict=result.reaches,
        near_limit=bool(result.near_limit(spec.printing["near_value"])),
        rule=result.indicator.definition,
        clause=result.indicator.clause,
        arithmetic=words.arithmetic(spec, result),
        expression=expression,
        value=result.value,
        places=spec.printing["value"],
        unit=result.indicator.unit,
        bounds=(
            Bound("标准", "≥", result.threshold, result.reaches, words.lacking(spec, result) or reached),
            Bound(f"{spec.floor_text} 底线", "≥", result.floor, result.reaches_floor, to_floor),
        ),
        why="" if known else "数据不全，还不能计算",
        inputs=case.of_school(school_code, fields),
        reasons=partial(_split, case, judged, result),
    )


def _share(spec: Spec, result: JudgedIndicator, *, named: bool) -> str:
    """wᵢPᵢ ÷ Σ wⱼPⱼ in numbers, or with the stages' names."""
    weights = scope.split_weights(spec, result.all_pupils)
    weighted = {}
    for stage, count in result.all_pupils.items():
        pupils = f"{spec.stages[stage].label} {words.number(count)}" if named else f"{count}"
        weighted[stage] = f"{pupils} × {numbers.text(weights[stage])}"
    return f"{weighted[result.stage]} ÷（{' ＋ '.join(weighted.values())}）"


def _split(case: Case, judged: JudgedPart, result: JudgedIndicator) -> Iterator[Explanation]:
    if len(result.all_pupils) < 2:
        return
    spec, pupils, rule = case.spec, result.all_pupils, result.indicator.rule
    weights = scope.split_weights(spec, pupils)
    why = ""
    if result.numerator is not None and result.share:
        whole, own = numbers.text(result.numerator / result.share), numbers.text(result.numerator)
        unit = rule.numerator_unit
        why = f"全校{rule.numerator} {whole} {unit}，本学段分得 {own} {unit}，不取整"
    yield Explanation(
        place=ConclusionPlace("split", result.indicator.code, judged.school.code, result.stage),
        subject=case.name_of(judged),
        title=f"{spec.stages[result.stage].part_label}分摊比例",
        judged=False,
        rule="全校共用的用房、场地、设备按学段折算人数分摊："
        + "、".join(f"{spec.stages[s].label}权重 {numbers.text(weights[s])}" for s in pupils),
        clause=spec.clause,
        arithmetic=_share(spec, result, named=True),
        expression=_share(spec, result, named=False) if result.share is not None else "",
        value=result.share,
        places=4,
        why=why,
        inputs=case.of_school(judged.school.code, [f"pupils_{stage}" for stage in pupils]),
    )


def coefficient(case: Case, stage: str, code: str) -> Explanation:
    """KeyError when there is none such."""
    judged, spec = case.result.coefficients[stage][code], case.spec
    parts = [part for part in case.result.parts if part.stage == stage]
    arithmetic, why, distance = "", judged.why, ""
    if judged.cv is not None:
        away, places = Fraction(judged.cv) - judged.limit, spec.printing["cv"]
        shown = numbers.printed(abs(away), places)
        if not Fraction(shown):
            shown = f"不到 {numbers.text(Fraction(1, 10**places))}"
        distance = "正好等于上限" if not away else f"低于上限 {shown}" if judged.passes else f"超出 {shown}"
    if judged.cv_squared is not None:
        square, limit = numbers.text(judged.cv_squared), numbers.text(judged.limit * judged.limit)
        sign = "≤" if judged.passes else "＞"
        arithmetic = f"标准差 {_short(judged.sd)} ÷ 全区均值 {_short(judged.mean)}"
        why = f"判定用平方比较，不经开方和四舍五入：差异系数² {square} {sign} 上限² {limit}"
    return Explanation(
        place=ConclusionPlace("coefficient", code, stage=stage),
        subject=f"全区{spec.stages[stage].label}",
        title=f"{code} {judged.indicator.short_name}差异系数",
        verdict=judged.passes,
        near_limit=bool(judged.near_limit),
        rule=COEFFICIENT_RULE,
        clause=spec.clause,
        arithmetic=arithmetic,
        value=judged.cv,
        places=spec.printing["cv"],
        bounds=(Bound("上限", "≤", judged.limit, judged.passes, distance),),
        why=why,
        reasons=partial(_steps, case, judged, parts),
    )


def _short(number: Fraction | Decimal | None) -> str:
    return "—" if number is None else tree.cut(number, _SHOWN)


def _steps(case: Case, judged: Coefficient, parts: list[JudgedPart]) -> Iterator[Explanation]:
    code, label = judged.indicator.code, case.spec.stages[judged.stage].label
    pupils = sum(part.pupils for part in parts if part.pupils)
    if judged.mean is not None:
        rule = judged.indicator.rule
        total = numbers.exact_sum(amount for part in parts if (amount := part.indicator(code).numerator))
        shown = numbers.text(total) or "0"
        # As a decimal where one ends, else as a fraction, so that nothing is rounded.
        exact = shown if Fraction(shown) == total else f"（{total.numerator} ÷ {total.denominator}）"
        scale = "" if rule.factor == 1 else f" × {numbers.text(rule.factor)}"
        yield Explanation(
            place=ConclusionPlace("mean", code, stage=judged.stage),
            subject=f"全区{label}",
            title="全区均值",
            judged=False,
            rule="各校（部）总量之和除以在校生之和，不是各校数值的平均",
            arithmetic=f"{rule.numerator}合计 {shown} ÷ 在校生合计 {pupils}{scale}",
            expression=f"{exact} ÷ {pupils}{scale}",
            value=judged.mean,
            places=case.spec.printing["mean"],
            unit=judged.indicator.unit,
        )
    if judged.cv_squared is not None:
        most = sorted(judged.contributions, key=lambda c: (-c.share, c.school_code))[:3]
        named = [f"{case.schools[c.school_code].name} {numbers.printed(c.share * 100, 1)}%" for c in most if c.share]
        yield Explanation(
            place=ConclusionPlace("deviation", code, stage=judged.stage),
            subject=f"全区{label}",
            title="标准差",
            judged=False,
            rule="按在校生占比加权的离差平方和再开方，除以总人数，不除以校数",
            arithmetic=f"√[Σ 在校生 ×（本校数值 － {_short(judged.mean)}）² ÷ {pupils}]，共 {len(parts)} 所（部）",
            value=judged.sd,
            places=case.spec.printing["cv"],
            unit=judged.indicator.unit,
            why=f"占方差最多的学校：{'、'.join(named)}" if named else "",
        )
    yield from (indicator(case, part.school.code, part.stage, code) for part in parts)
