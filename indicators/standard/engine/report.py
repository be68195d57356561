"""The result as published JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indicators.standard.engine import words
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.district import DistrictIndicator
from indicators.standard.engine.growth import Grown
from indicators.standard.engine.numbers import text
from indicators.standard.engine.outcomes import Outcome, SchoolOutcome
from indicators.standard.engine.parts import IndicatorResult, PartResult
from indicators.standard.engine.spec import Spec

if TYPE_CHECKING:
    from indicators.standard.engine.blocking import Blocker
    from indicators.standard.engine.relaxing import Granted
    from indicators.standard.engine.result import Missing, Result


def as_json(result: Result, round_code: str, district_code: str) -> dict[str, Any]:
    """Everything of a result, in the stable shape other programs read; "relaxed" only beside granted relaxations."""
    told = {
        "round": round_code,
        "district": district_code,
        "standard": result.spec.code,
        "engine": result.engine,
        "inputs_sha256": result.inputs_sha256,
        **_judgement(result),
    }
    if result.relaxed is not None:
        grants = [_granted(one) for one in result.relaxed.granted]
        told["relaxed"] = {"grants": grants, **_judgement(result.relaxed)}
    return told


def _granted(one: Granted) -> dict[str, Any]:
    return {
        "code": one.grant.code,
        "school_code": one.grant.school_code,
        "indicator": one.relaxation.indicator,
        "label": one.relaxation.label,
        "basis": one.grant.basis or one.relaxation.clause,
        "until": one.grant.until.isoformat() if one.grant.until else None,
        "applied": one.applied,
        "why": one.why,
    }


def _judgement(result: Result) -> dict[str, Any]:
    return {
        "complete": result.complete,
        "parts": [_part(result.spec, part) for part in result.parts],
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
            # Where nobody asks the bureau nothing is kept: its silence would read as an open statement.
            | ({"bureau": v.bureau} if v.is_asked else {})
            for v in result.vetoes
        ],
        **({"growth": [_grown(g) for g in result.growth]} if result.growth else {}),
        "missing": [_missing(m) for m in result.missing],
        "excluded": [
            {"school_code": e.school_code, "school_name": e.school_name, "reason": e.reason} for e in result.excluded
        ],
        "verdict": result.verdict,
        "blocking": [_blocker(blocker) for blocker in result.blocking],
    }


def _blocker(blocker: Blocker) -> dict[str, Any]:
    return {
        "kind": blocker.kind,
        "code": blocker.code,
        "stage": blocker.stage,
        "schools": list(blocker.schools),
        "fails": blocker.fails,
        "text": blocker.text,
    }


def _district(judged: DistrictIndicator) -> dict[str, Any]:
    return {
        "value": judged.value,
        "passes": judged.passes,
        "why": judged.why,
        "applicable": judged.applicable,
        "near_limit": judged.near_limit,
        "figures": {name: text(figure) for name, figure in judged.figures.items()},
        "conditions": [_condition(outcome) for outcome in judged.outcomes],
        "schools": [_school(o.condition.code, school) for o in judged.outcomes for school in o.schools],
        "missing": [{"respondent": need.respondent, "item": need.item} for need in judged.missing],
    }


def _condition(outcome: Outcome) -> dict[str, Any]:
    return {
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


def _school(condition: str, school: SchoolOutcome) -> dict[str, Any]:
    entry = {"school_code": school.school_code, "condition": condition, "value": text(school.value)}
    return {**entry, "passes": school.passes, **({"why": school.why} if school.why else {})}


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


def _grown(grown: Grown) -> dict[str, Any]:
    return {
        "code": grown.growth.code,
        "label": grown.growth.label,
        "passes": grown.passes,
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
            for line in grown.lines
        ],
    }


def _missing(missing: Missing) -> dict[str, str]:
    entry = {"school_code": missing.school_code, "item": missing.item}
    if missing.reason:
        entry["reason"] = missing.reason
    return entry
