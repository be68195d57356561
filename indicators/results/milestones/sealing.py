"""The fingerprint of what a milestone froze."""

from typing import Any

from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from indicators.standard.standards import reader

FORMAT = 1


def sha256(*, kind: str, number: int, note: str, caveats: list[str], evaluation: Evaluation) -> str:
    """Return the fingerprint of a milestone: canonical JSON, keys sorted, UTF-8; the same on every database."""
    return reader.content_sha256(_content(kind, number, note, caveats, evaluation))


def _content(kind: str, number: int, note: str, caveats: list[str], evaluation: Evaluation) -> dict[str, Any]:
    """Return everything the fingerprint covers: revisions, register, rules, result and what was said of them."""
    return {
        "format": FORMAT,
        "kind": kind,
        "number": number,
        "note": note,
        "caveats": caveats,
        "standard": {"version": evaluation.standard.version, "sha256": evaluation.standard.sha256},
        "engine": evaluation.engine,
        "inputs_sha256": evaluation.inputs_sha256,
        "inputs": evaluation.inputs,
        "result": evaluation.result,
        "why": evaluation.why,
        "verdict": evaluation.verdict,
        "data_as_of": timezone.localtime(evaluation.data_as_of).isoformat(),
    }
