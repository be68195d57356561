"""The result as published JSON and as Chinese reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from indicators.engine import words
from indicators.engine.coefficients import Coefficient
from indicators.engine.numbers import printed, text
from indicators.engine.parts import IndicatorResult, PartResult
from indicators.engine.spec import Spec

if TYPE_CHECKING:
    from indicators.engine.result import Missing, Result


def as_json(result: Result, round_code: str, district_code: str) -> dict[str, Any]:
    """Everything of a result, in the stable shape other programs read."""
    return {
        "round": round_code,
        "district": district_code,
        "standard": result.spec.code,
        "engine": result.engine,
        "inputs_sha256": result.inputs_sha256,
        "complete": result.complete,
        "parts": [_part(result.spec, part) for part in result.parts],
        "coefficients": {
            stage: {code: _coefficient(c) for code, c in by_code.items()}
            for stage, by_code in result.coefficients.items()
        },
        "district_indicators": {
            d.indicator.code: {"value": d.value, "passes": d.passes, "why": d.why} for d in result.district_indicators
        },
        "vetoes": [
            {
                "code": v.veto.code,
                "name": v.veto.name,
                "happened": v.happened,
                "schools": list(v.schools),
                "unanswered": list(v.unanswered),
            }
            for v in result.vetoes
        ],
        "missing": [_missing(m) for m in result.missing],
        "excluded": [
            {"school_code": e.school_code, "school_name": e.school_name, "reason": e.reason} for e in result.excluded
        ],
        "verdict": result.verdict,
    }


def _part(spec: Spec, part: PartResult) -> dict[str, Any]:
    return {
        "school_code": part.school.code,
        "school_name": part.school.name,
        "stage": part.stage,
        "pupils": text(part.pupils),
        "passes": part.passes,
        "indicators": {r.indicator.code: _indicator(spec, r) for r in part.indicators},
    }


def _indicator(spec: Spec, result: IndicatorResult) -> dict[str, Any]:
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
        "near_limit": result.near_limit(spec.printing["near_value"]),
        "formula": words.formula(spec, result),
    }


def _coefficient(coefficient: Coefficient) -> dict[str, Any]:
    return {
        "mean": text(coefficient.mean),
        "sd": text(coefficient.sd),
        "cv": text(coefficient.cv),
        "limit": text(coefficient.limit),
        "passes": coefficient.passes,
        "near_limit": coefficient.near_limit,
        "reason": coefficient.reason or None,
        "why": coefficient.why,
        "contributions": [{"school_code": c.school_code, "share": text(c.share)} for c in coefficient.contributions],
    }


def _missing(missing: Missing) -> dict[str, str]:
    entry = {"school_code": missing.school_code, "item": missing.item}
    if missing.reason:
        entry["reason"] = missing.reason
    return entry


def failures(result: Result) -> Iterator[str]:
    """Parts that fail, coefficients over their limit and vetoes that happened."""
    spec = result.spec
    for part in result.parts:
        if part.passes is False:
            stage = "" if part.single else spec.stages[part.stage].part_label
            yield f"{part.school.name}{stage}未达标：七项中 {part.reached} 项达标"
    for coefficient in result.all_coefficients():
        if coefficient.passes is False:
            yield _over_limit(spec, coefficient)
    for veto in result.vetoes:
        if veto.happened:
            yield f"一票否决：{veto.veto.name}（{len(veto.schools)} 所学校）"


def _over_limit(spec: Spec, coefficient: Coefficient) -> str:
    stage = spec.stages[coefficient.stage].label
    value = printed(coefficient.cv, spec.printing["cv"])
    near = "（临界）" if coefficient.near_limit else ""
    limit = printed(coefficient.limit, 2)
    name = coefficient.indicator.name
    return f"{stage}“{name}”差异系数 {value}，超过 {limit}{near}"


def reasons(result: Result) -> Iterator[str]:
    """Why the verdict is what it is, most blocking first."""
    if not result.parts:
        yield "没有参加评估的学校，不能得出结论"
    if result.missing:
        schools = len({m.school_code for m in result.missing})
        yield f"待填：{schools} 所学校还缺 {len(result.missing)} 项数据，不能得出结论"
    yield from result.failures
    for coefficient in result.all_coefficients():
        if coefficient.passes is None and coefficient.reason != "missing":
            stage = result.spec.stages[coefficient.stage].label
            yield f"{stage}“{coefficient.indicator.name}”：{coefficient.why}"
    silent = [v.veto.name for v in result.vetoes if v.happened is None]
    if silent:
        yield f"一票否决事项还没有全部确认：{'、'.join(silent)}"
    unjudged = [d.indicator.code for d in result.district_indicators if d.passes is None]
    if unjudged:
        yield f"还没有评定的指标：{'、'.join(unjudged)}"
    if result.verdict:
        yield "各项均达到标准"
