"""Applies granted relaxations: which school fulfils which condition, and what then counts or limits otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from indicators.standard.engine import scope
from indicators.standard.engine.conditions import OtherArea, Rooms, Size
from indicators.standard.engine.data import Answers, DistrictData, Grant, SchoolData, UnusableData, Value, figure
from indicators.standard.engine.numbers import text
from indicators.standard.engine.spec import COMPULSORY, RelaxationCase, RelaxationRule, Spec, Term


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant and the relaxation it is of; without ``cases`` it changes nothing and ``why`` says so."""

    grant: Grant
    relaxation: RelaxationRule
    cases: tuple[RelaxationCase, ...]
    why: str

    @property
    def applied(self) -> bool:
        return bool(self.cases)


def granted(spec: Spec, data: DistrictData) -> tuple[Granted, ...]:
    """With its effect, by code and school.

    UnusableData for a relaxation this standard does not have, or one granted to a school twice.
    """
    schools = {school.code: school for school in data.schools}
    found: dict[tuple[str, str], Granted] = {}
    for grant in sorted(data.relaxations, key=lambda g: (g.code, g.school_code)):
        key = grant.code, grant.school_code
        if grant.code not in spec.relaxations:
            raise UnusableData(f"标准“{spec.name}”中没有放宽口径“{grant.code}”")
        if key in found:
            raise UnusableData(f"放宽口径“{grant.code}”对学校 {grant.school_code} 重复")
        relaxation, school = spec.relaxations[grant.code], schools.get(grant.school_code)
        if school is None:
            found[key] = Granted(grant, relaxation, (), "学校不在本区名录中")
            continue
        cases, why = fitting(spec, relaxation, school, grant.built_year)
        if cases and (nothing := nothing_to_count(spec, relaxation, school.given)):
            cases, why = (), nothing
        found[key] = Granted(grant, relaxation, cases, why)
    return tuple(found.values())


def nothing_to_count(spec: Spec, relaxation: RelaxationRule, answers: Answers) -> str:
    """ "" where the school reported something a ``count`` relaxation adds."""
    if relaxation.rule != "count" or any(figure(answers, code) for code in _fields(spec, relaxation)):
        return ""
    labels = {item.base: item.base_label for item in spec.items.values()}
    return f"可以计入的{''.join(f'“{labels[base]}”' for base in relaxation.items)}没有填或都是 0"


def fitting(
    spec: Spec, relaxation: RelaxationRule, school: SchoolData, built_year: int | None
) -> tuple[tuple[RelaxationCase, ...], str]:
    """The cases the school fulfils and, in words, what it fulfils or lacks."""
    if not relaxation.cases:
        return (), f"本版标准没有“{relaxation.label}”的计算规则"
    lacking = [(case, list(_unmet(spec, relaxation, case, school, built_year))) for case in relaxation.cases]
    fits = tuple(case for case, unmet in lacking if not unmet)
    if fits:
        return fits, "；".join(case.label for case in fits)
    return (), "；".join(f"不是{case.label}：{'，'.join(unmet)}" for case, unmet in lacking)


def _unmet(
    spec: Spec, relaxation: RelaxationRule, case: RelaxationCase, school: SchoolData, built_year: int | None
) -> Iterator[str]:
    """What is not fulfilled or not known."""
    if case.areas and school.area not in case.areas:
        yield f"城乡类型是{school.area or '空白'}，应为{'、'.join(case.areas)}"
    if case.built_until is not None:
        if built_year is None:
            yield "名录中没有填建校年份"
        elif built_year > case.built_until:
            yield f"{built_year} 年建成，应在 {case.built_until} 年及以前"
    running = scope.stage_pupils(spec, school.kind, school.given)
    if case.single_stage and len(running) != 1:
        yield "不止一个学段，这些数据没有分学段填报，不能计入"
    if case.only_stage and [stage for stage in running if stage in COMPULSORY] != [case.only_stage]:
        yield f"义务教育阶段不只是{spec.stages[case.only_stage].label}"
    total = scope.compulsory_pupils(running) or None
    low, high = case.min_pupils, case.max_pupils
    if total is None and not (low is None and high is None):
        yield "没有审核通过的在校生数"
    elif total is not None and ((low is not None and total < low) or (high is not None and total > high)):
        bounds = [f"不少于 {low} 人"] * (low is not None) + [f"不多于 {high} 人"] * (high is not None)
        yield f"在校生 {total} 人，应{'、'.join(bounds)}"
    if (until := case.room_built_until) is not None:
        lists = [answer.value for table in case.limits if isinstance(answer := school.given.get(table), Value)]
        years = [row["built_year"] for rows in lists for row in rows if row["built_year"] is not None]
        if not any(year <= until for year in years):
            yield f"填报的教室中没有 {until} 年及以前建成的"
    if (most := case.max_class) is not None:
        classes, labels = school.given.get(relaxation.classes), {spec.stages[stage].label for stage in COMPULSORY}
        rows = classes.value if isinstance(classes, Value) else ()
        sizes = [r["pupils"] for r in rows if r["stage"] in labels and r["pupils"] is not None]
        if not sizes:
            yield "没有审核通过的班级名单"
        elif max(sizes) > most:
            yield f"最大班额 {max(sizes)} 人，应不多于 {most} 人"
    if case.migrants_over is not None:
        figures = [figure(school.given, f"{relaxation.migrants}_{s}") for s in running if s in COMPULSORY]
        migrants = sum((number for number in figures if number is not None), Fraction(0))
        if not total or None in figures:
            yield "没有审核通过的在校生数和随迁子女数"
        elif migrants * 100 <= case.migrants_over * total:
            share = text(case.migrants_over)
            yield f"随迁子女 {text(migrants)} 人、在校生 {total} 人，占比没有超过 {share}%"


def of_school(spec: Spec, school: SchoolData, everything: Sequence[Granted]) -> tuple[Spec, SchoolData]:
    """To judge the school by; both unchanged without a grant."""
    for one in _of(school.code, "count", everything):
        answers, codes = dict(school.answers), _fields(spec, one.relaxation)
        if one.grant.alternative is not None:
            left = one.grant.alternative
            for code in codes:
                reported = figure(answers, code)
                if reported is not None:
                    counted = min(reported, left)
                    answers[code], left = Value(counted), left - counted
        school = replace(school, answers=answers)
        indicator = spec.indicator(one.relaxation.indicator)
        # What the school left blank adds nothing.
        added = [spec.items[code] for code in codes if figure(answers, code) is not None]
        terms = {
            stage: (*own, *(Term(item.code, item.base_label, 1) for item in added if item.stage in ("", stage)))
            for stage, own in indicator.rule.terms.items()
        }
        counting = replace(indicator, formula=replace(indicator.rule, terms=terms))
        spec = replace(spec, indicators=tuple(counting if i is indicator else i for i in spec.indicators))
    return spec, school


def _fields(spec: Spec, relaxation: RelaxationRule) -> list[str]:
    return [code for base in relaxation.items for code, item in spec.items.items() if item.base == base]


def rooms_for(rule: Rooms, school_code: str, everything: Sequence[Granted]) -> Rooms:
    """With the areas granted to the school."""
    for one in _of(school_code, "rooms", everything):
        # Not below what was granted.
        least, kinds = one.grant.alternative or Fraction(0), []
        for kind in rule.kinds:
            limits = [(case.limits[kind.item], case.room_built_until) for case in one.cases if kind.item in case.limits]
            allowed = (OtherArea(max(limit, least), until) for limit, until in limits)
            kinds.append(replace(kind, granted=(*kind.granted, *allowed)))
        rule = replace(rule, kinds=tuple(kinds))
    return rule


def size_for(rule: Size, school_code: str, everything: Sequence[Granted]) -> Size:
    """With the limits granted to the school, never stricter ones."""
    for one in _of(school_code, "size", everything):
        single, combined = _larger("single", rule.single, one), _larger("combined", rule.combined, one)
        rule = replace(rule, single=single, combined=combined)
    return rule


def _of(school_code: str, rule: str, everything: Sequence[Granted]) -> list[Granted]:
    return [g for g in everything if g.applied and g.grant.school_code == school_code and g.relaxation.rule == rule]


def _larger(name: str, strict: int, one: Granted) -> int:
    """Not above what was granted."""
    allowed = max(case.limits.get(name, Fraction(strict)) for case in one.cases)
    if one.grant.alternative is not None:
        allowed = min(allowed, one.grant.alternative)
    return max(strict, int(allowed))
