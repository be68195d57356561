"""The coefficients explained: mean, deviation and coefficient, and the parts they come from."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial

from indicators.standard.engine import numbers
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.explain import resources, tree
from indicators.standard.engine.explain.case import Case
from indicators.standard.engine.explain.tree import Bound, Explanation, Place
from indicators.standard.engine.parts import PartResult

RULE = (
    "差异系数 ＝ 标准差 S ÷ 全区均值 X̄；X̄ ＝ 各校（部）总量之和 ÷ 在校生之和；"
    "S ＝ √[Σ 在校生占比 ×（本校数值 － X̄）²]，按在校生加权"
)

# Digits of an intermediate figure that are shown; it is cut off, never rounded.
_SHOWN = 8


def coefficient(case: Case, stage: str, code: str) -> Explanation:
    """One coefficient of one stage; KeyError when there is none such."""
    judged, spec = case.result.coefficients[stage][code], case.spec
    parts = _parts(case, stage)
    known = judged.cv_squared is not None
    return Explanation(
        place=Place("coefficient", code, stage=stage),
        subject=f"全区{spec.stages[stage].label}",
        title=f"{code} {judged.indicator.short_name}差异系数",
        verdict=judged.passes,
        near_limit=bool(judged.near_limit),
        rule=RULE,
        clause=spec.clause,
        arithmetic=f"标准差 {_short(judged.sd)} ÷ 全区均值 {_short(judged.mean)}" if known else "",
        value=judged.cv,
        places=spec.printing["cv"],
        bounds=(Bound("上限", "≤", judged.limit, judged.passes, _distance(case, judged)),),
        why=_why(judged),
        reasons=partial(_steps, case, judged, parts),
    )


def _parts(case: Case, stage: str) -> list[PartResult]:
    return [part for part in case.result.parts if part.stage == stage]


def _short(number: Fraction | Decimal | None) -> str:
    return "—" if number is None else tree.cut(number, _SHOWN)


def _distance(case: Case, judged: Coefficient) -> str:
    if judged.cv is None:
        return ""
    away, places = Fraction(judged.cv) - judged.limit, case.spec.printing["cv"]
    if not away:
        return "正好等于上限"
    shown = numbers.printed(abs(away), places)
    if not Fraction(shown):
        shown = f"不到 {numbers.text(Fraction(1, 10**places))}"
    return f"低于上限 {shown}" if judged.passes else f"超出 {shown}"


def _why(judged: Coefficient) -> str:
    if judged.cv_squared is None:
        return judged.why
    square, limit = numbers.text(judged.cv_squared), numbers.text(judged.limit * judged.limit)
    sign = "≤" if judged.passes else "＞"
    return f"判定用平方比较，不经开方和四舍五入：差异系数² {square} {sign} 上限² {limit}"


def _steps(case: Case, judged: Coefficient, parts: list[PartResult]) -> Iterator[Explanation]:
    if judged.mean is not None:
        yield _mean(case, judged, parts)
    if judged.cv_squared is not None:
        yield _deviation(case, judged, parts)
    code = judged.indicator.code
    yield from (resources.indicator(case, part.school.code, part.stage, code) for part in parts)


def _mean(case: Case, judged: Coefficient, parts: list[PartResult]) -> Explanation:
    code, rule = judged.indicator.code, judged.indicator.rule
    total = numbers.exact_sum(amount for part in parts if (amount := part.indicator(code).numerator))
    pupils = _pupils(parts)
    scale = "" if rule.factor == 1 else f" × {numbers.text(rule.factor)}"
    plain = _ends(total)
    return Explanation(
        place=Place("mean", code, stage=judged.stage),
        subject=f"全区{case.spec.stages[judged.stage].label}",
        title="全区均值",
        judged=False,
        rule="各校（部）总量之和除以在校生之和，不是各校数值的平均",
        arithmetic=f"{rule.numerator}合计 {numbers.text(total)} ÷ 在校生合计 {pupils}{scale}",
        expression=f"{plain} ÷ {pupils}{scale}",
        value=judged.mean,
        places=case.spec.printing["mean"],
        unit=judged.indicator.unit,
    )


def _pupils(parts: list[PartResult]) -> int:
    return sum(part.pupils for part in parts if part.pupils)


def _ends(total: Fraction) -> str:
    """The total as a decimal where one ends, else as a fraction, so that nothing is rounded."""
    text = numbers.text(total) or "0"
    return text if Fraction(text) == total else f"（{total.numerator} ÷ {total.denominator}）"


def _deviation(case: Case, judged: Coefficient, parts: list[PartResult]) -> Explanation:
    most = sorted(judged.contributions, key=lambda c: (-c.share, c.school_code))[:3]
    named = [f"{case.schools[c.school_code].name} {numbers.printed(c.share * 100, 1)}%" for c in most if c.share]
    return Explanation(
        place=Place("deviation", judged.indicator.code, stage=judged.stage),
        subject=f"全区{case.spec.stages[judged.stage].label}",
        title="标准差",
        judged=False,
        rule="按在校生占比加权的离差平方和再开方，除以总人数，不除以校数",
        arithmetic=f"√[Σ 在校生 ×（本校数值 － {_short(judged.mean)}）² ÷ {_pupils(parts)}]，共 {len(parts)} 所（部）",
        value=judged.sd,
        places=case.spec.printing["cv"],
        unit=judged.indicator.unit,
        why=f"占方差最多的学校：{'、'.join(named)}" if named else "",
    )
