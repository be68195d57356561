"""The shortest list of what blocks the district's verdict: causes, never what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.district import DistrictIndicator, VetoResult
from indicators.standard.engine.numbers import printed
from indicators.standard.engine.outcomes import DISTRICT
from indicators.standard.engine.parts import PartResult
from indicators.standard.engine.spec import Spec

if TYPE_CHECKING:
    from indicators.standard.engine.result import Result


@dataclass(frozen=True, slots=True)
class Blocker:
    """One cause: ``fails`` when it fails the district, else it only keeps it from being judged.

    ``kind`` is scope, missing, part, coefficient, veto or indicator.
    """

    kind: str
    text: str
    fails: bool
    code: str = ""
    stage: str = ""
    schools: tuple[str, ...] = ()


def blockers(result: Result) -> Iterator[Blocker]:
    """Every cause once, what is missing first, then what fails, then what nobody has decided."""
    if not result.parts:
        yield Blocker("scope", "没有参加评估的学校，不能得出结论", fails=False)
    if result.missing:
        schools = tuple(dict.fromkeys(m.school_code for m in result.missing))
        told = f"待填：{len(schools)} 所学校还缺 {len(result.missing)} 项数据，不能得出结论"
        yield Blocker("missing", told, fails=False, schools=schools)
    yield from (_part(result.spec, part) for part in result.parts if part.passes is False)
    over = (c for c in result.all_coefficients() if c.passes is False)
    yield from (_over_limit(result.spec, coefficient) for coefficient in over)
    yield from (_happened(veto) for veto in result.vetoes if veto.happened)
    yield from (_fails(judged) for judged in result.district_indicators if judged.passes is False)
    yield from _undecided(result)


def _part(spec: Spec, part: PartResult) -> Blocker:
    stage = "" if part.single else spec.stages[part.stage].part_label
    total = len(part.indicators)
    told = f"{part.school.name}{stage}未达标：{total} 项中 {part.reached} 项达标"
    low = [r.indicator.code for r in part.indicators if r.reaches_floor is False]
    if low:
        told += f"，{'、'.join(low)} 低于标准的 {spec.floor_text}"
    return Blocker("part", told, fails=True, stage=part.stage, schools=(part.school.code,))


def _over_limit(spec: Spec, coefficient: Coefficient) -> Blocker:
    stage, name = spec.stages[coefficient.stage].label, coefficient.indicator.name
    value, limit = printed(coefficient.cv, spec.printing["cv"]), spec.stages[coefficient.stage].limit_text
    near = "（临界）" if coefficient.near_limit else ""
    told = f"{stage}“{name}”差异系数 {value}，超过 {limit}{near}"
    return Blocker("coefficient", told, fails=True, code=coefficient.indicator.code, stage=coefficient.stage)


def _happened(veto: VetoResult) -> Blocker:
    where = [f"{len(veto.schools)} 所学校"] if veto.schools else []
    where += ["区县声明有"] if veto.bureau else []
    told = f"一票否决：{veto.veto.name}（{'，'.join(where)}）"
    return Blocker("veto", told, fails=True, code=veto.veto.code, schools=veto.schools)


def _fails(judged: DistrictIndicator) -> Blocker:
    failing = tuple(o for o in judged.outcomes if o.passes is False and o.condition.judged)
    near = "（临界）" if judged.near_limit else ""
    told = f"{judged.indicator.code} {judged.indicator.short_name}未达标{near}：{'；'.join(o.why for o in failing)}"
    schools = dict.fromkeys(s.school_code for o in failing for s in o.schools if s.passes is False)
    return Blocker("indicator", told, fails=True, code=judged.indicator.code, schools=tuple(schools))


def _undecided(result: Result) -> Iterator[Blocker]:
    yield from _without_coefficient(result)
    silent = [veto for veto in result.vetoes if veto.happened is None]
    if silent:
        schools = tuple(dict.fromkeys(code for veto in silent for code in veto.unanswered))
        told = f"一票否决事项还没有全部确认：{'、'.join(veto.veto.name for veto in silent)}"
        told += "（区县还没有逐项声明）" if any(v.is_asked and v.bureau is None for v in silent) else ""
        yield Blocker("veto", told, fails=False, schools=schools)
    open_ones = [d for d in result.district_indicators if d.passes is None and d.applicable]
    if open_ones:
        told = f"还不能判定的指标：{'、'.join(d.indicator.code for d in open_ones)}"
        lacking = dict.fromkeys(n.respondent for d in open_ones for n in d.missing if n.respondent != DISTRICT)
        yield Blocker("indicator", told, fails=False, schools=tuple(lacking))


def _without_coefficient(result: Result) -> Iterator[Blocker]:
    """One line a stage and reason: a single school leaves them all without a coefficient at once."""
    grouped: dict[tuple[str, str], list[Coefficient]] = {}
    for coefficient in result.all_coefficients():
        if coefficient.passes is None and coefficient.reason != "missing":
            grouped.setdefault((coefficient.stage, coefficient.why), []).append(coefficient)
    for (stage, why), found in grouped.items():
        codes = "、".join(c.indicator.code for c in found)
        yield Blocker("coefficient", f"{result.spec.stages[stage].label} {codes}：{why}", fails=False, stage=stage)
