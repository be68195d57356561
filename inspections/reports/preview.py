"""What the pages show of a report: the very sentences and tables of its files."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspections.reports import document, tables, words
from inspections.reports.facts import Facts
from inspections.reports.models import Report
from portal.core.papers.tree import Paragraph, Table, cell, plain

_TONES = {Report.State.READY: "ok", Report.State.COMPILING: "info", Report.State.FAILED: "bad"}
_CSS = {"right": "number", "center": "text-center"}


@dataclass(frozen=True, slots=True)
class Badge:
    """A report with its state in words and tone."""

    report: Report
    state: Report.State
    tone: str

    @classmethod
    def of(cls, report: Report) -> "Badge":
        """The badge of a report read through `queries`, which add `shown`."""
        state = Report.State(report.shown)  # type: ignore[attr-defined]
        return cls(report, state, _TONES[state])

    @property
    def is_ready(self) -> bool:
        return self.state == Report.State.READY

    @property
    def is_failed(self) -> bool:
        return self.state == Report.State.FAILED


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell with the head of its column, for cards on a phone."""

    label: str
    text: str
    css: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table of the report as the page shows it."""

    caption: str
    note: str
    rows: Sequence[Sequence[ShownCell]]

    @property
    def head(self) -> Sequence[ShownCell]:
        return self.rows[0] if self.rows else ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The figures of a report, section by section."""

    facts: Facts
    summary: str
    comparison: str
    overall: Sequence[ShownTable]
    standing: Sequence[str]
    standing_tables: Sequence[ShownTable]
    schools: Sequence[ShownTable]
    unfinished: Sequence[ShownTable]


def of(facts: Facts) -> Preview:
    """The preview of kept facts."""
    standing = document.standing(facts)
    return Preview(
        facts=facts,
        summary=words.summary(facts),
        comparison=words.comparison(facts),
        overall=_tables(document.overall(facts)),
        standing=[plain(block.text) for block in standing if isinstance(block, Paragraph)],
        standing_tables=_tables(standing),
        schools=_tables([tables.schools(facts)] if facts.schools else []),
        unfinished=_tables(document.unfinished(facts)),
    )


def _tables(blocks: Sequence[object]) -> list[ShownTable]:
    return [_shown(block) for block in blocks if isinstance(block, Table)]


def _shown(table: Table) -> ShownTable:
    labels = [plain(cell(one).text).replace("\n", "") for one in table.header[-1]]
    css = [_CSS.get(column.align, "") for column in table.columns]
    rows = [
        [ShownCell(label, plain(cell(one).text), name) for label, one, name in zip(labels, row, css, strict=True)]
        for row in table.rows
    ]
    return ShownTable(table.caption, table.note, rows)
