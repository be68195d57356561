"""Self-assessments stored by every release are read and printed, each with the annexes it had."""

import json
from pathlib import Path
from typing import Any

import pytest

from indicators.results.evaluations.models import Evaluation
from inspections.reports import document
from inspections.reports.models import Report
from inspections.self_assessments import queries
from inspections.self_assessments.document import FORMAT, read
from portal.core.papers.tree import Paper
from tests.samples import shape

# Real ones with their tables cut short.
SAMPLES = Path(__file__).parent / "contents"
# The plan of each school and the index of evidence came with format 2.
LATER = {"schools": None, "evidence": None}


def stored(number: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / f"{number}.json").read_text(encoding="utf-8"))
    assert content["format"] == number
    return content


def paper(content: dict[str, Any]) -> Paper:
    return document.draft(Report(kind=Report.Kind.SELF_ASSESSMENT, context=content)).paper({}, "")


def test_the_first_format_is_read_and_printed_without_the_annexes_of_the_second() -> None:
    first, second = stored(1), stored(2)
    assert not LATER.keys() & first.keys()
    assert read(first) == read(second) | LATER
    assert paper(first) == paper(second | LATER)
    assert len(paper(first).annexes) < len(paper(second).annexes)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        read(stored(FORMAT) | {"format": 99})


@pytest.mark.django_db
def test_a_new_one_has_the_keys_of_the_sample(evaluation: Evaluation) -> None:
    content, sample = queries.build(evaluation), stored(FORMAT)
    assert content.keys() == sample.keys()
    assert shape(content["forms"]) == shape(sample["forms"])
