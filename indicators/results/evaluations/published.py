"""The result of an evaluation in the shape other programs rely on: these keys, no others."""

from collections.abc import Iterable, Mapping
from typing import Any

Told = Mapping[str, Any]
HEAD = ("round", "district", "standard", "engine", "inputs_sha256", "complete")
PART = ("school_code", "school_name", "stage", "pupils", "passes")
# The denominator of every indicator is the part's `pupils`.
INDICATOR = ("numerator", "value", "threshold", "reaches", "reaches_floor", "gap")
COEFFICIENT = ("mean", "sd", "cv", "limit", "passes")
DISTRICT_INDICATOR = ("value", "passes", "why")
VETO = ("code", "name", "happened", "schools", "unanswered")
STAGES = ("primary", "junior")


def published(result: Told) -> dict[str, Any]:
    """Return a kept result (`Evaluation.result`) under the published keys, in a fixed order on every database.

    Formulas, floors, 临界 and the reasons for what cannot be judged stay in the
    kept result, for pages and files.
    """
    return {
        **_only(HEAD, result),
        "parts": [
            {**_only(PART, part), "indicators": _each(INDICATOR, part["indicators"])} for part in result["parts"]
        ],
        "coefficients": {stage: _each(COEFFICIENT, result["coefficients"][stage]) for stage in STAGES},
        "district_indicators": _each(DISTRICT_INDICATOR, result["district_indicators"]),
        "vetoes": _rows(VETO, result["vetoes"]),
        "missing": _rows(("school_code", "item"), result["missing"]),
        "excluded": _rows(("school_code", "reason"), result["excluded"]),
        "verdict": result["verdict"],
    }


def _only(keys: Iterable[str], told: Told) -> dict[str, Any]:
    return {key: told[key] for key in keys}


def _rows(keys: Iterable[str], rows: Iterable[Told]) -> list[dict[str, Any]]:
    return [_only(keys, row) for row in rows]


def _each(keys: Iterable[str], by_code: Mapping[str, Told]) -> dict[str, dict[str, Any]]:
    """By indicator code, B2 before B10: PostgreSQL keeps the keys of JSON in an order of its own."""
    return {code: _only(keys, by_code[code]) for code in sorted(by_code, key=lambda code: (code[0], int(code[1:])))}
