"""The district's verdict explained: what blocks it first, then everything it rests on."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from indicators.standard.engine.conditions import DISTRICT, tally, together
from indicators.standard.engine.district import VetoResult
from indicators.standard.engine.explain import conditions, resources
from indicators.standard.engine.explain.tree import WORST_FIRST, Case, ConclusionPlace, Explanation
from indicators.standard.engine.respondents import reporting
from indicators.standard.engine.result import Blocker

RULE = (
    "参加评估的学校（部）全部达标，各学段各项差异系数都不超过上限，政府保障程度、教育质量、社会认可度各项都达到，"
    "且没有一票否决事项，才能认定；数据不全时不下结论。本标准没有加权总分"
)


def district(case: Case) -> Explanation:
    result = case.result
    return Explanation(
        place=ConclusionPlace("district"),
        subject="全区",
        title="义务教育优质均衡",
        verdict=result.verdict,
        rule=RULE,
        clause=case.spec.paper,
        why="；".join(result.why),
        points=result.why if len(result.why) > 1 else (),
        reasons=partial(_district, case),
    )


def _district(case: Case) -> Iterator[Explanation]:
    result = case.result
    if result.blocking:
        blockers = [
            Explanation(
                place=ConclusionPlace("district"),
                subject="全区",
                title=one.text,
                verdict=False if one.fails else None,
                reasons=partial(_about, case, one),
            )
            for one in result.blocking
        ]
        yield _group("阻碍结论的事项", lambda: blockers)
    yield from (stage(case, code) for code in case.spec.judged_stages if any(p.stage == code for p in result.parts))
    yield _group(
        "政府保障程度、教育质量、社会认可度",
        lambda: (conditions.condition_based(case, code) for code in case.indicators),
        together(j.passes for j in result.district_indicators if j.applicable),
    )
    happened = together(None if v.happened is None else not v.happened for v in result.vetoes)
    yield _group("一票否决事项", lambda: (veto(case, one.veto.code) for one in result.vetoes), happened)
    if result.excluded:
        left_out = [
            Explanation(
                place=ConclusionPlace("excluded", school=excluded.school_code),
                subject=excluded.school_name,
                title="不参加资源配置指标评估",
                judged=False,
                why=excluded.reason,
            )
            for excluded in result.excluded
        ]
        yield _group("不参加资源配置指标评估的学校", lambda: left_out)


def _group(title: str, reasons: Callable[[], Iterable[Explanation]], verdict: bool | None = None) -> Explanation:
    return Explanation(
        ConclusionPlace("district"), title, verdict, subject="全区", judged=verdict is not None, reasons=reasons
    )


def stage(case: Case, code: str) -> Explanation:
    """KeyError for a stage the standard does not have."""
    result, label = case.result, case.spec.stages[code].label
    parts = [part for part in result.parts if part.stage == code]
    coefficients = {i: c for i, c in result.coefficients[code].items() if c.reason != "no_parts"}
    passing, within = (tally(one.passes for one in judged) for judged in (parts, coefficients.values()))

    def reasons() -> Iterator[Explanation]:
        for part in sorted(parts, key=lambda p: WORST_FIRST.index(p.passes)):
            yield resources.part(case, part.school.code, code)
        for indicator in coefficients:
            yield resources.coefficient(case, code, indicator)

    return Explanation(
        place=ConclusionPlace("stage", stage=code),
        subject=f"全区{label}",
        title="学校达标和校际差异",
        verdict=together((*(part.passes for part in parts), *(c.passes for c in coefficients.values()))),
        rule="各校（部）全部达标，且各项差异系数都不超过上限",
        clause=case.spec.clause,
        arithmetic=f"{passing.total} 所（部）：{passing.words}；{within.total} 项差异系数：{within.words}",
        reasons=reasons,
    )


def _about(case: Case, one: Blocker) -> Iterator[Explanation]:
    result = case.result
    if one.kind == "missing":
        for code in one.schools:
            fields = [m.item for m in result.missing if m.school_code == code]
            school = case.schools[code]
            yield Explanation(
                place=ConclusionPlace("missing", school=code),
                subject=school.name,
                title=f"待填 {len(fields)} 项" if school.has_submission else "还没有审核通过的填报",
                judged=False,
                inputs=case.of_school(code, fields),
            )
    elif one.kind == "part":
        [code] = one.schools
        yield resources.part(case, code, one.stage)
    elif one.kind == "coefficient":
        unknown = [code for code, c in result.coefficients[one.stage].items() if c.passes is None]
        yield from (resources.coefficient(case, one.stage, code) for code in ([one.code] if one.code else unknown))
    elif one.kind == "veto":
        unknown = [v.veto.code for v in result.vetoes if v.happened is None]
        yield from (veto(case, code) for code in ([one.code] if one.code else unknown))
    elif one.kind == "indicator":
        unknown = [code for code, j in case.indicators.items() if j.passes is None and j.applicable]
        yield from (conditions.condition_based(case, code) for code in ([one.code] if one.code else unknown))


def veto(case: Case, code: str) -> Explanation:
    """KeyError when there is none such."""
    judged = next((v for v in case.result.vetoes if v.veto.code == code), None)
    if judged is None:
        raise KeyError(code)
    why = [f"{len(judged.schools)} 所学校发生"] if judged.schools else []
    if judged.unanswered:
        why.append(f"{len(judged.unanswered)} 所学校还没有确认")
    if not why:
        why = ["各校均确认没有发生" if reporting(case.spec, case.data.schools) else "没有学校填报"]
    rule = f"{judged.veto.definition}任何一所学校发生，全区不能认定；没有确认不等于没有"
    if judged.is_asked:
        rule += "；教育局对全区逐项声明，各校的“无”不能代替"
        why.append({True: "教育局声明有", False: "教育局声明没有", None: "教育局还没有声明"}[judged.bureau])

    def statements() -> Iterator[Explanation]:
        if judged.is_asked:
            yield Explanation(
                place=ConclusionPlace("veto", code, DISTRICT),
                subject="教育局",
                title=judged.veto.name,
                verdict=None if judged.bureau is None else not judged.bureau,
                attested=True,
                clause=judged.veto.clause,
                inputs=case.of_district([judged.veto.item]),
            )
        codes = [school.code for school in reporting(case.spec, case.data.schools)]
        for school in sorted(codes, key=lambda code: (WORST_FIRST.index(_stated(judged, code)), code)):
            yield veto_at(case, code, school)

    return Explanation(
        place=ConclusionPlace("veto", code),
        subject="全区",
        title=f"{code} {judged.veto.name}",
        verdict=None if judged.happened is None else not judged.happened,
        attested=True,
        rule=rule,
        clause=judged.veto.clause,
        why="；".join(why),
        reasons=statements,
    )


def _stated(judged: VetoResult, school_code: str) -> bool | None:
    """Whether it did not happen; None while the school has not stated it."""
    return False if school_code in judged.schools else None if school_code in judged.unanswered else True


def veto_at(case: Case, code: str, school_code: str) -> Explanation:
    """KeyError when the school was not asked."""
    judged = next(v for v in case.result.vetoes if v.veto.code == code)
    asked = case.asked[school_code]
    return Explanation(
        place=ConclusionPlace("veto", code, school_code),
        subject=asked.name,
        title=judged.veto.name,
        verdict=_stated(judged, school_code),
        attested=True,
        clause=judged.veto.clause,
        inputs=case.of_school(school_code, [judged.veto.item]),
    )
