"""An evaluation's outcome: parts, coefficients, what is missing, the verdict with what blocks it, and all as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from indicators.standard.engine import numbers, words
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.conditions import DISTRICT
from indicators.standard.engine.district import DistrictIndicator, GrowthResult, VetoResult
from indicators.standard.engine.parts import JudgedIndicator, JudgedPart
from indicators.standard.engine.relaxations import Granted
from indicators.standard.engine.spec import Spec

# Part of every fingerprint: raise it whenever the same inputs could be judged otherwise.
ENGINE_VERSION = "2.5"


@dataclass(frozen=True, slots=True)
class Missing:
    """A field A1–A7 need and do not have; ``reason`` when it was marked 不适用."""

    school_code: str
    item: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A school that takes no part in A1–A7, and why."""

    school_code: str
    school_name: str
    reason: str


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

    def as_json(self) -> dict[str, Any]:
        found = {"kind": self.kind, "code": self.code, "stage": self.stage, "schools": list(self.schools)}
        return found | {"fails": self.fails, "text": self.text}


@dataclass(frozen=True, eq=False)
class Result:
    """The outcome of one evaluation. Immutable; the same inputs give an equal JSON.

    Strict, always; ``relaxed`` is the same judgement with the relaxations granted, None without
    any. ``granted`` says of a relaxed result what it was judged with.
    """

    spec: Spec
    inputs_sha256: str
    parts: tuple[JudgedPart, ...]
    coefficients: Mapping[str, Mapping[str, Coefficient]]
    district_indicators: tuple[DistrictIndicator, ...]
    vetoes: tuple[VetoResult, ...]
    missing: tuple[Missing, ...]
    excluded: tuple[Excluded, ...]
    engine: str = ENGINE_VERSION
    relaxed: Result | None = None
    granted: tuple[Granted, ...] = ()
    growth: tuple[GrowthResult, ...] = ()

    @cached_property
    def complete(self) -> bool:
        """Whether every part could be judged on all of A1–A7."""
        return bool(self.parts) and not self.missing

    @cached_property
    def verdict(self) -> bool | None:
        """None while undecided or while a submission is missing."""
        if not self.complete:
            return None
        if self.failures:
            return False
        undecided = any(d.passes is None and d.applicable for d in self.district_indicators)
        undecided |= any(c.passes is None for c in self.all_coefficients())
        undecided |= any(v.happened is None for v in self.vetoes)
        return None if undecided else True

    @cached_property
    def blocking(self) -> tuple[Blocker, ...]:
        """Each once: what is missing, then what fails, then what nobody has decided."""
        found = []
        if not self.parts:
            found.append(Blocker("scope", "没有参加评估的学校，不能得出结论", fails=False))
        if self.missing:
            schools = tuple(dict.fromkeys(m.school_code for m in self.missing))
            text = f"待填：{len(schools)} 所学校还缺 {len(self.missing)} 项数据，不能得出结论"
            found.append(Blocker("missing", text, fails=False, schools=schools))
        return (*found, *_failing(self), *_undecided(self))

    @cached_property
    def failures(self) -> tuple[str, ...]:
        return tuple(blocker.text for blocker in self.blocking if blocker.fails)

    @cached_property
    def why(self) -> tuple[str, ...]:
        """In Chinese."""
        return tuple(blocker.text for blocker in self.blocking) or ("各项均达到标准",)

    def all_coefficients(self) -> Iterator[Coefficient]:
        """Primary before junior, without stages that have no school."""
        for by_code in self.coefficients.values():
            yield from (c for c in by_code.values() if c.reason != "no_parts")

    def composite(self, stage: str) -> Decimal | None:
        """Mean of the stage's coefficients: shown in 表Ⅲ, never judged."""
        coefficients = self.coefficients[stage].values()
        values = [c.cv for c in coefficients if c.cv is not None]
        return numbers.mean(values) if len(values) == len(coefficients) else None

    def as_json(self, *, round: str, district: str) -> dict[str, Any]:
        """Stable, for other programs: exact decimal strings, null if it cannot be judged.

        "relaxed" only where relaxations were granted.
        """
        found = {
            "round": round,
            "district": district,
            "standard": self.spec.code,
            "engine": self.engine,
            "inputs_sha256": self.inputs_sha256,
            **_judgement(self),
        }
        if self.relaxed is not None:
            grants = [
                {
                    "code": one.grant.code,
                    "school_code": one.grant.school_code,
                    "indicator": one.relaxation.indicator,
                    "label": one.relaxation.label,
                    "basis": one.grant.basis or one.relaxation.clause,
                    "until": one.grant.until.isoformat() if one.grant.until else None,
                    "applied": one.applied,
                    "why": one.why,
                }
                for one in self.relaxed.granted
            ]
            found["relaxed"] = {"grants": grants, **_judgement(self.relaxed)}
        return found


def _failing(result: Result) -> Iterator[Blocker]:
    spec = result.spec
    for part in result.parts:
        if part.passes is False:
            stage = "" if part.single else spec.stages[part.stage].part_label
            text = f"{part.school.name}{stage}未达标：{len(part.indicators)} 项中 {part.reached} 项达标"
            low = [r.indicator.code for r in part.indicators if r.reaches_floor is False]
            text += f"，{'、'.join(low)} 低于标准的 {spec.floor_text}" if low else ""
            yield Blocker("part", text, fails=True, stage=part.stage, schools=(part.school.code,))
    for one in result.all_coefficients():
        if one.passes is False:
            own, value = spec.stages[one.stage], numbers.printed(one.cv, spec.printing["cv"])
            near = "（临界）" if one.near_limit else ""
            text = f"{own.label}“{one.indicator.name}”差异系数 {value}，超过 {own.limit_text}{near}"
            yield Blocker("coefficient", text, fails=True, code=one.indicator.code, stage=one.stage)
    for veto in result.vetoes:
        if veto.happened:
            where = [f"{len(veto.schools)} 所学校"] if veto.schools else []
            where += ["区县声明有"] if veto.bureau else []
            text = f"一票否决：{veto.veto.name}（{'，'.join(where)}）"
            yield Blocker("veto", text, fails=True, code=veto.veto.code, schools=veto.schools)
    for judged in result.district_indicators:
        if judged.passes is False:
            failing = tuple(o for o in judged.outcomes if o.passes is False and o.condition.judged)
            near = "（临界）" if judged.near_limit else ""
            why = "；".join(o.why for o in failing)
            text = f"{judged.indicator.code} {judged.indicator.short_name}未达标{near}：{why}"
            schools = dict.fromkeys(s.school_code for o in failing for s in o.schools if s.passes is False)
            yield Blocker("indicator", text, fails=True, code=judged.indicator.code, schools=tuple(schools))


def _undecided(result: Result) -> Iterator[Blocker]:
    # One line a stage and reason: a single school leaves them all without a coefficient at once.
    grouped: dict[tuple[str, str], list[Coefficient]] = {}
    for coefficient in result.all_coefficients():
        if coefficient.passes is None and coefficient.reason != "missing":
            grouped.setdefault((coefficient.stage, coefficient.why), []).append(coefficient)
    for (stage, why), found in grouped.items():
        codes = "、".join(c.indicator.code for c in found)
        yield Blocker("coefficient", f"{result.spec.stages[stage].label} {codes}：{why}", fails=False, stage=stage)
    silent = [veto for veto in result.vetoes if veto.happened is None]
    if silent:
        unanswered = dict.fromkeys(code for veto in silent for code in veto.unanswered)
        text = f"一票否决事项还没有全部确认：{'、'.join(veto.veto.name for veto in silent)}"
        text += "（区县还没有逐项声明）" if any(v.is_asked and v.bureau is None for v in silent) else ""
        yield Blocker("veto", text, fails=False, schools=tuple(unanswered))
    undecided = [d for d in result.district_indicators if d.passes is None and d.applicable]
    if undecided:
        text = f"还不能判定的指标：{'、'.join(d.indicator.code for d in undecided)}"
        lacking = dict.fromkeys(n.respondent for d in undecided for n in d.missing if n.respondent != DISTRICT)
        yield Blocker("indicator", text, fails=False, schools=tuple(lacking))


def _judgement(result: Result) -> dict[str, Any]:
    parts = [
        {
            "school_code": part.school.code,
            "school_name": part.school.name,
            "stage": part.stage,
            "pupils": numbers.text(part.pupils),
            "passes": part.passes,
            "indicators": {r.indicator.code: _indicator(result.spec, r) for r in part.indicators},
        }
        for part in result.parts
    ]
    excluded = [
        {"school_code": e.school_code, "school_name": e.school_name, "reason": e.reason} for e in result.excluded
    ]
    return {
        "complete": result.complete,
        "parts": parts,
        "coefficients": {
            stage: {code: c.as_json() for code, c in by_code.items()} for stage, by_code in result.coefficients.items()
        },
        "district_indicators": {d.indicator.code: d.as_json() for d in result.district_indicators},
        "vetoes": [veto.as_json() for veto in result.vetoes],
        **({"growth": [growth.as_json() for growth in result.growth]} if result.growth else {}),
        "missing": [
            {"school_code": m.school_code, "item": m.item} | ({"reason": m.reason} if m.reason else {})
            for m in result.missing
        ],
        "excluded": excluded,
        "verdict": result.verdict,
        "blocking": [blocker.as_json() for blocker in result.blocking],
    }


def _indicator(spec: Spec, result: JudgedIndicator) -> dict[str, Any]:
    text = numbers.text
    return {
        "numerator": text(result.numerator),
        "denominator": text(result.pupils),
        "share": text(result.share),
        "value": text(result.value),
        "threshold": text(result.threshold),
        "floor": text(result.floor),
        "reaches": result.reaches,
        "reaches_floor": result.reaches_floor,
        "gap": text(result.gap),
        "gap_to_floor": text(result.gap_to_floor),
        "lacking": words.lacking(spec, result),
        "near_limit": result.near_limit(spec.printing["near_value"]),
        "formula": words.formula(spec, result),
    }
