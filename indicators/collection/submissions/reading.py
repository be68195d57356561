"""A submission's figures for reading: one line per field, tables in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indicators.collection.submissions import answers
from indicators.collection.submissions.facts import Facts
from indicators.collection.submissions.models import Revision
from indicators.standard.engine import Answer, Item, Spec


@dataclass(frozen=True, slots=True)
class Line:
    """One field as it was answered; `rows` only for tables."""

    item: Item
    text: str
    last_year: str
    rows: Sequence[Sequence[str]]
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section with its lines."""

    label: str
    lines: tuple[Line, ...]


def of_facts(facts: Facts) -> list[Chapter]:
    """Return the answered fields as they stand now."""
    stamps = {code: (row.updated_by.name, row.updated_at) for code, row in facts.stored.items()}
    return _chapters(facts.spec, facts.items, facts.answers, facts.last_year, stamps)


def of_revision(spec: Spec, revision: Revision) -> list[Chapter]:
    """Return the answered fields as they were handed in."""
    content = revision.content
    items = answers.items_of(spec, is_school=content["school"] is not None)
    stamps = {
        code: (_name(data["by"]), datetime.fromisoformat(data["at"])) for code, data in content["answers"].items()
    }
    return _chapters(spec, items, answers.of_content(spec, content), {}, stamps)


def _name(person: str) -> str:
    """The name alone: revisions freeze people as 姓名（账号）."""
    return person.rpartition("（")[0] or person


def _chapters(
    spec: Spec,
    items: Mapping[str, Item],
    given: Mapping[str, Answer],
    last_year: Mapping[str, Answer],
    stamps: Mapping[str, tuple[str, datetime]],
) -> list[Chapter]:
    found = []
    for section in spec.sections:
        fields = [item for item in items.values() if item.section == section.code and item.code in given]
        lines = tuple(_line(item, given, last_year, stamps) for item in fields)
        if lines:
            found.append(Chapter(section.label, lines))
    return found


def _line(item: Item, given: Mapping[str, Answer], last_year: Mapping[str, Answer], stamps: Mapping[str, Any]) -> Line:
    by, at = stamps.get(item.code, ("", None))
    answer = given[item.code]
    frozen = answers.frozen(item, answer)
    rows = (
        [[row.get(c.code, "") for c in item.columns] for row in frozen.get("value", ())] if item.kind == "table" else []
    )
    return Line(item, answers.shown(item, answer), answers.shown(item, last_year.get(item.code)), rows, by, at)
