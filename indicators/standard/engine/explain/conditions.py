"""B1–D1 explained: an indicator, what its conditions demand and look at, and one school under them."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial

from indicators.standard.engine import conditions as c, numbers
from indicators.standard.engine.district import DistrictIndicator
from indicators.standard.engine.explain.tree import WORST_FIRST, Bound, Case, ConclusionPlace, Explanation, Input
from indicators.standard.engine.respondents import Respondent
from indicators.standard.engine.spec import COMPULSORY

ZERO = Fraction(0)
# What one can add of a thing: people and schools whole, 万元 to 0.01.
_STEPS = {"万元": Fraction(1, 100)}
_FORMULAS = {
    "a": "（毕业 － 转入 ＋ 转出）÷（初一 － 死亡）",
    "b": "毕业 ÷（初一 ＋ 转入 － 转出 － 死亡）",
    "c": "毕业 ÷（初一 ＋ 转入 － 转出）",
}
# Quotation marks inside quotation marks.
_INNER = str.maketrans("“”", "‘’")


def condition_based(case: Case, code: str) -> Explanation:
    """KeyError when there is none such."""
    judged = case.indicators[code]
    inputs: tuple[Input, ...] = ()
    if not judged.outcomes:
        # The district's fields of an indicator its standard has no conditions for.
        bases = [reference.removeprefix("district.") for reference in judged.indicator.items]
        inputs = case.of_district(code for code, item in case.spec.district_items.items() if item.base in bases)
    return Explanation(
        place=ConclusionPlace("condition", code),
        subject="全区",
        title=f"{code} {judged.indicator.name}",
        verdict=judged.passes,
        applicable=judged.applicable,
        near_limit=judged.near_limit,
        rule=judged.indicator.definition,
        clause=judged.indicator.clause,
        why="" if judged.outcomes else judged.why,
        inputs=inputs,
        reasons=lambda: (_condition(case, judged, outcome) for outcome in judged.outcomes),
    )


def _condition(case: Case, judged: DistrictIndicator, outcome: c.Outcome) -> Explanation:
    condition = outcome.condition
    return Explanation(
        place=ConclusionPlace("condition", judged.indicator.code),
        subject="全区",
        title=condition.label,
        verdict=outcome.passes,
        applicable=outcome.applicable,
        judged=condition.judged,
        near_limit=outcome.near_limit,
        attested=isinstance(condition, c.Holds),
        rule=demand(condition),
        clause=judged.indicator.clause,
        expression=_expression(condition, outcome),
        value=outcome.value,
        places=_places(case, condition),
        unit=_unit(condition),
        bounds=_bounds(condition, outcome),
        why=outcome.why,
        inputs=case.of_district(dict.fromkeys(district_fields(condition))),
        reasons=partial(_schools, case, judged, outcome),
    )


def _places(case: Case, condition: c.Condition) -> int:
    if isinstance(condition, c.Monitoring):
        return case.spec.printing["near_value"]
    return case.spec.printing["percent" if _unit(condition) == "%" else "value"]


def _unit(condition: c.Condition) -> str:
    if isinstance(condition, c.Retention):
        return "%"
    if isinstance(condition, c.Some):
        return condition.source.unit
    return condition.unit if isinstance(condition, c.Ratio) else ""


def _bounds(condition: c.Condition, outcome: c.Outcome) -> tuple[Bound, ...]:
    value, limit = outcome.value, outcome.limit
    if limit is None or not outcome.applicable:
        return ()
    if isinstance(condition, c.Monitoring):
        return (Bound("上限", "＜", limit, None if value is None else value < limit),)
    distance = ""
    if isinstance(condition, c.Ratio) and value is not None:
        # What the numerator lacks, in its own unit.
        top, bottom = (outcome.figures[f"{condition.code}_{side}"] for side in ("numerator", "denominator"))
        lacking = condition.limit * bottom / condition.factor - top
        unit = condition.numerator[0].unit
        least = numbers.ceil_to(lacking, _STEPS.get(unit, Fraction(1)))
        distance = f"还差 {numbers.text(least)} {unit}".strip() if lacking > 0 else "已达到"
    return (Bound("标准", "≥", limit, None if value is None else value >= limit, distance),)


def _expression(condition: c.Condition, outcome: c.Outcome) -> str:
    if outcome.value is None:
        return ""
    if isinstance(condition, c.Ratio):
        sides = []
        for side in (condition.numerator, condition.denominator):
            amounts = [sum((outcome.figures.get(code, ZERO) for code in source.codes), ZERO) for source in side]
            terms = [(s.sign, numbers.text(amount)) for s, amount in zip(side, amounts, strict=True)]
            sides.append(numbers.signed_sum(terms))
        scale = "" if condition.factor == 1 else f" × {numbers.text(condition.factor)}"
        return f"{' ÷ '.join(sides)}{scale}"
    if isinstance(condition, c.Retention):
        sources = (condition.graduated, condition.entered, condition.arrived, condition.left, condition.died)
        out, began, came, went, died = (numbers.text(outcome.figures[source.code]) for source in sources)
        written = {
            "a": f"（{out} － {came} ＋ {went}）÷（{began} － {died}）",
            "b": f"{out} ÷（{began} ＋ {came} － {went} － {died}）",
            "c": f"{out} ÷（{began} ＋ {came} － {went}）",
        }
        return f"{written[condition.formula]} × 100"
    return ""


def _schools(case: Case, judged: DistrictIndicator, outcome: c.Outcome) -> Iterator[Explanation]:
    """Those judged one by one, the failing first; else those whose figures were added up."""
    condition = outcome.condition
    # The group of schools it asks; empty when it asks the district.
    who = "compulsory" if isinstance(condition, c.SmallSchoolFunds) else getattr(condition, "who", "")
    if outcome.schools:
        for school in sorted(outcome.schools, key=lambda s: (WORST_FIRST.index(s.passes), s.school_code)):
            yield Explanation(
                place=ConclusionPlace("school", judged.indicator.code, school.school_code),
                subject=school.school_name,
                title=condition.label,
                verdict=school.passes,
                judged=condition.judged,
                attested=isinstance(condition, c.Holds),
                rule=demand(condition),
                clause=judged.indicator.clause,
                value=school.value if isinstance(condition, c.Ratio) else None,
                places=_places(case, condition),
                unit=_unit(condition),
                why=school.why,
                inputs=case.of_school(
                    school.school_code, dict.fromkeys(school_fields(condition, case.asked[school.school_code]))
                ),
            )
    elif who and outcome.applicable:
        for asked in case.everyone.schools[who]:
            yield Explanation(
                place=ConclusionPlace("school", judged.indicator.code, asked.code),
                subject=asked.name,
                title=condition.label,
                judged=False,
                rule="本校数据计入全区合计，不单独判定",
                clause=judged.indicator.clause,
                inputs=case.of_school(asked.code, dict.fromkeys(school_fields(condition, asked))),
            )


def school_condition(case: Case, code: str, school_code: str) -> Explanation:
    """KeyError when the indicator asks nothing of this school."""
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
        place=ConclusionPlace("school", code, school_code),
        subject=case.asked[school_code].name,
        title=f"{code} {judged.indicator.name}",
        verdict=c.together(counted),
        judged=bool(counted),
        rule=judged.indicator.definition,
        clause=judged.indicator.clause,
        reasons=lambda: own,
    )


def school_fields(condition: c.Condition, asked: Respondent) -> Iterator[str]:
    pupils = (f"pupils_{stage}" for stage in asked.pupils if stage in COMPULSORY)
    match condition:
        case c.Ratio():
            for source in (*condition.numerator, *condition.denominator):
                yield from asked.asked(source)
        case c.Holds():
            for source in condition.sources:
                yield from asked.asked(source)
        case c.Rooms():
            yield from (condition.classes, *(kind.item for kind in condition.kinds))
        case c.ClassSize():
            yield condition.classes
        case c.Size():
            yield from pupils
        case c.SmallSchoolFunds():
            yield from (*pupils, *asked.asked(condition.funds))
        case c.Agrees():
            for _, theirs in condition.pairs:
                yield from asked.asked(theirs)


def district_fields(condition: c.Condition) -> list[str]:
    sources: Sequence[c.FigureSource] = ()
    match condition:
        case c.Ratio() if not condition.who:
            sources = (*condition.numerator, *condition.denominator)
        case c.Holds() if not condition.who:
            sources = condition.sources
        case c.Some():
            sources = (condition.source,)
        case c.SmallSchoolFunds():
            sources = (condition.standard,)
        case c.Retention():
            sources = (condition.graduated, condition.entered, condition.arrived, condition.left, condition.died)
        case c.Monitoring():
            return [condition.table]
        case c.Agrees():
            sources = [own for own, _ in condition.pairs]
    return [code for source in sources for code in source.codes]


def demand(condition: c.Condition) -> str:
    match condition:
        case c.Ratio():
            sides = (condition.numerator, condition.denominator)
            top, bottom = (numbers.signed_sum([(s.sign, s.label) for s in side]) for side in sides)
            scale = "" if condition.factor in (1, 100) else f" × {numbers.text(condition.factor)}"
            unit = "%" if condition.unit == "%" else f" {condition.unit}"
            limit = f"，不低于 {numbers.text(condition.limit)}{unit}" if condition.judged else "（只列出，不判定）"
            return f"{top} ÷ {bottom}{scale}{limit}{'；每所学校都须达到' if condition.each else ''}"
        case c.Holds():
            wanted = "或".join(f"“{choice}”" for choice in condition.accepted) or "“是”"
            named = "、".join(dict.fromkeys(source.label for source in condition.sources)).translate(_INNER)
            return f"{'各校' if condition.who else ''}对“{named}”作出书面结论，结论应为{wanted}"
        case c.Some():
            return f"有{condition.area}学校时，{condition.source.label}应大于 0"
        case c.Rooms():
            areas = (f"{kind.label}教室每间不小于 {numbers.text(kind.min_area)} ㎡" for kind in condition.kinds)
            every = f"每 {condition.every} 个班各配 1 间，不足 {condition.every} 个班按 1 间"
            return f"{every}：{'，'.join(areas)}；两类不相加，面积不合并"
        case c.Size():
            combined = f"一贯制学校不超过 {condition.combined} 人"
            return f"义务教育阶段在校生不超过 {condition.single} 人，{combined}，按学校判定"
        case c.ClassSize():
            limits = "，".join(f"{stage}每班不超过 {limit} 人" for stage, limit in condition.limits.items())
            return f"{limits}，按班级名册逐班判定"
        case c.SmallSchoolFunds():
            return f"{condition.label}，拨付的公用经费总额不低于 {condition.under} 人 × 基准定额"
        case c.Retention():
            return f"{_FORMULAS[condition.formula]}，不低于 {numbers.text(condition.limit)}%"
        case c.Monitoring():
            limits = f"学业水平{condition.level}级以上，校际差异率低于 {numbers.text(condition.limit)}（不含）"
            subjects = "、".join(f"{s.name}（{s.since}年起）" for s in condition.subjects)
            return f"每个学科取最近一次监测：{limits}" + (f"；应有的学科：{subjects}" if subjects else "")
    return "区县填报数与各校合计核对，不一致时提醒，不参与判定"
