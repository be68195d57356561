"""The result as published JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indicators.standard.engine import words
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.district import DistrictIndicator
from indicators.standard.engine.growth import GrowthResult
from indicators.standard.engine.numbers import text
from indicators.standard.engine.parts import JudgedIndicator
from indicators.standard.engine.spec import Spec

if TYPE_CHECKING:
    from indicators.standard.engine.result import Result


def as_json(result: Result, round_code: str, district_code: str) -> dict[str, Any]:
    """The stable shape other programs read; "relaxed" only where relaxations were granted."""
    found = {
        "round": round_code,
        "district": district_code,
        "standard": result.spec.code,
        "engine": result.engine,
        "inputs_sha256": result.inputs_sha256,
        **_judgement(result),
    }
    if result.relaxed is not None:
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
            for one in result.relaxed.granted
        ]
        found["relaxed"] = {"grants": grants, **_judgement(result.relaxed)}
    return found


def _judgement(result: Result) -> dict[str, Any]:
    return {
        "complete": result.complete,
        "parts": [
            {
                "school_code": part.school.code,
                "school_name": part.school.name,
                "stage": part.stage,
                "pupils": text(part.pupils),
                "passes": part.passes,
                "indicators": {r.indicator.code: _indicator(result.spec, r) for r in part.indicators},
            }
            for part in result.parts
        ],
        "coefficients": {
            stage: {code: _coefficient(c) for code, c in by_code.items()}
            for stage, by_code in result.coefficients.items()
        },
        "district_indicators": {d.indicator.code: _district(d) for d in result.district_indicators},
        "vetoes": [
            {
                "code": v.veto.code,
                "name": v.veto.name,
                "happened": v.happened,
                "schools": list(v.schools),
                "unanswered": list(v.unanswered),
            }
            # Where nobody asks the bureau nothing is stored: its silence would read as an open statement.
            | ({"bureau": v.bureau} if v.is_asked else {})
            for v in result.vetoes
        ],
        **({"growth": [_growth(g) for g in result.growth]} if result.growth else {}),
        "missing": [
            {"school_code": m.school_code, "item": m.item} | ({"reason": m.reason} if m.reason else {})
            for m in result.missing
        ],
        "excluded": [
            {"school_code": e.school_code, "school_name": e.school_name, "reason": e.reason} for e in result.excluded
        ],
        "verdict": result.verdict,
        "blocking": [
            {
                "kind": blocker.kind,
                "code": blocker.code,
                "stage": blocker.stage,
                "schools": list(blocker.schools),
                "fails": blocker.fails,
                "text": blocker.text,
            }
            for blocker in result.blocking
        ],
    }


def _indicator(spec: Spec, result: JudgedIndicator) -> dict[str, Any]:
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


def _district(judged: DistrictIndicator) -> dict[str, Any]:
    return {
        "value": judged.value,
        "passes": judged.passes,
        "why": judged.why,
        "applicable": judged.applicable,
        "near_limit": judged.near_limit,
        "figures": {name: text(figure) for name, figure in judged.figures.items()},
        "conditions": [
            {
                "code": outcome.condition.code,
                "label": outcome.condition.label,
                "judged": outcome.condition.judged,
                "value": text(outcome.value),
                "limit": text(outcome.limit),
                "passes": outcome.passes,
                "applicable": outcome.applicable,
                "near_limit": outcome.near_limit,
                "why": outcome.why,
            }
            for outcome in judged.outcomes
        ],
        "schools": [
            {
                "school_code": school.school_code,
                "condition": outcome.condition.code,
                "value": text(school.value),
                "passes": school.passes,
                **({"why": school.why} if school.why else {}),
            }
            for outcome in judged.outcomes
            for school in outcome.schools
        ],
        "missing": [{"respondent": need.respondent, "item": need.item} for need in judged.missing],
    }


def _growth(judged: GrowthResult) -> dict[str, Any]:
    return {
        "code": judged.growth.code,
        "label": judged.growth.label,
        "passes": judged.passes,
        "lines": [
            {
                "item": line.rising.item,
                "stage": line.rising.stage,
                "now": text(line.now),
                "before": text(line.before),
                "rate": text(line.rate),
                "against": text(line.against),
                "passes": line.passes,
                "why": line.why,
            }
            for line in judged.lines
        ],
    }
