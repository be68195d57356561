"""The seal of a milestone of every format still fits; a new one is sealed in the shape of the newest sample."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import queries
from indicators.results.milestones.models import Milestone
from indicators.standard.standards import files
from indicators.standard.standards.models import Standard
from tests.cast import Cast
from tests.indicators.results.milestones.conftest import Judge

SAMPLES = Path(__file__).parent / "seals"
SEALS = {1: "f9e4c54c257d85c6ee852d97977d33ae165bcd397fb554049084caa21400d2bb"}


def read(number: int) -> dict[str, Any]:
    """What was sealed in the sample of a format."""
    content: dict[str, Any] = json.loads((SAMPLES / f"{number}.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("number", queries.SEALED)
def test_a_seal_of_every_format_fits_what_was_sealed(number: int) -> None:
    sealed = read(number)
    code, _, revision = sealed["standard"]["version"].partition("·")
    standard = Standard(code=code, revision=int(revision), sha256=sealed["standard"]["sha256"])
    own = {name: sealed[name] for name in ("engine", "inputs_sha256", "inputs", "result", "why", "verdict")}
    evaluation = Evaluation(standard=standard, data_as_of=datetime.fromisoformat(sealed["data_as_of"]), **own)
    said = {name: sealed[name] for name in ("kind", "number", "note", "caveats")}
    assert queries.seal(**said, evaluation=evaluation, format=number) == files.content_sha256(sealed) == SEALS[number]


def test_a_milestone_is_verified_by_the_format_it_was_sealed_in(
    cast: Cast, round_a: Round, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = judge(round_a)
    said: dict[str, Any] = {"kind": "self", "number": 1, "note": "", "caveats": []}
    sha256 = queries.seal(**said, evaluation=evaluation)
    Milestone.objects.create(round=round_a, evaluation=evaluation, frozen_by=cast.admin, sha256=sha256, **said)
    older = queries.SEALED[queries.FORMAT]
    later = queries.FORMAT + 1
    monkeypatch.setitem(queries.SEALED, later, lambda *given: older(*given) | {"format": later})
    assert queries.broken_seals(evaluation) == []
    monkeypatch.delitem(queries.SEALED, queries.FORMAT)
    assert len(queries.broken_seals(evaluation)) == 1
