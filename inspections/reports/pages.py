"""What the page of a report shows: its sections with figures that lead to the findings they count, as frozen in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from inspections.rectification.models import Finding
from inspections.reports import words
from inspections.reports.document import Draft
from inspections.reports.models import Report
from inspections.reports.stored_facts import ReportFacts, ReportFinding, from_json
from portal.core.accounts.models import User
from portal.core.papers.tree import Block, Figure, Heading, Paragraph, Table, cell, plain
from schools.access.scope import Perm, visible

# Longer tables are folded until they are asked for.
_LONGEST_OPEN = 10
_CSS = {"right": "number", "center": "report-centred"}
# Which of the report's findings a figure counts, by its name in texts, in heads of columns and in first columns.
WHICH = {
    "closed": "已销号",
    "open": "未完成",
    "overdue": "逾期",
    "carried": "结转",
    "raised": "新增",
}
_TESTS: Mapping[str, Callable[[ReportFinding], bool]] = {
    "": lambda item: True,
    "closed": lambda item: item.is_closed,
    "open": lambda item: not item.is_closed,
    "overdue": lambda item: item.overdue_days > 0,
    "carried": lambda item: item.carried,
    "raised": lambda item: not item.carried,
}
_COUNTED = {"应整改": ""} | {label: code for code, label in WHICH.items()}
_FIGURES = _COUNTED | {"销号率": "", "涉及学校": "", "涉及部门": ""}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell with the head of its column, for cards on a phone."""

    label: str
    text: str
    css: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table of the report as the page shows it."""

    caption: str
    note: str
    rows: Sequence[Sequence[ShownCell]]

    @property
    def head(self) -> Sequence[ShownCell]:
        return self.rows[0] if self.rows else ()

    @property
    def is_folded(self) -> bool:
        return len(self.rows) > _LONGEST_OPEN


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """One of a section, in its order: `text` in pieces with the address of what each counts, or a heading, a chart, a table under its heading."""

    kind: str
    text: Sequence[tuple[str, str]] = ()
    heading: str = ""
    table: ShownTable | None = None
    chart: Figure | None = None


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section on the page, and whose text it is."""

    code: str
    heading: str
    pieces: Sequence[ShownPiece]
    is_own: bool
    is_stale: bool

    @property
    def lines(self) -> list[str]:
        return ["".join(words for words, _ in one.text) for one in self.pieces if one.kind == "text"]


def shown(report: Report, draft: Draft) -> list[ShownSection]:
    """stale: the figures have changed since the office wrote its text."""
    facts = from_json(report.context) if report.kind == Report.Kind.PHASED else None
    found = []
    for section in draft.sections:
        own = report.texts.get(section.code)
        lines = (own["text"] if own else section.text).splitlines()
        pieces, heading = [], section.heading
        for line in filter(str.strip, lines):
            linked = [
                (text, findings_url(report, {"which": _FIGURES[name]}) if name in _FIGURES else "")
                for text, name in words.pieces(line, draft.figures)
            ]
            pieces.append(ShownPiece("text", linked))
        for block in section.blocks:
            heading = block.text if isinstance(block, Heading) else heading
            if piece := _piece(report, facts, block, heading):
                pieces.append(piece)
        stale = bool(own) and own["basis"] != section.text
        found.append(ShownSection(section.code, section.heading, pieces, bool(own), stale))
    return found


def _piece(report: Report, facts: ReportFacts | None, block: Block, heading: str) -> ShownPiece | None:
    match block:
        case Heading():
            return ShownPiece("heading", heading=heading)
        case Paragraph():
            return ShownPiece("text", [(plain(block.text), "")])
        case Table():
            labels = [plain(cell(one).text).replace("\n", "") for one in block.header[-1]]
            css = [_CSS.get(column.align, "") for column in block.columns]
            rows = []
            for row in block.rows:
                texts = [plain(cell(one).text) for one in row]
                urls = [_counted(report, facts, labels[0], texts[0], label) if facts else "" for label in labels]
                rows.append([ShownCell(*four) for four in zip(labels, texts, css, urls, strict=False)])
            return ShownPiece("table", heading=heading, table=ShownTable(block.caption, block.note, rows))
        case Figure():
            return ShownPiece("chart", chart=block)
        case _:
            return None


def _counted(report: Report, facts: ReportFacts, what: str, row: str, column: str) -> str:
    """Address of what a cell counts or rests on; "" for neither."""
    if column in ("未达标/参评", "差异系数") and report.evaluation_id and report.scope != "school":
        return reverse("explanations:district", args=[report.evaluation_id])
    if what == "项目":
        name = row.removeprefix("　其中：").partition("（")[0]
        return findings_url(report, {"which": _COUNTED[name]}) if column == "本期" and name in _COUNTED else ""
    if column not in _COUNTED:
        return ""
    chosen = {"which": _COUNTED[column]}
    match what:
        case "指标":
            return findings_url(report, chosen | {"indicator": row})
        case "学校":
            codes = {words.short(one.name, facts): one.code for one in facts.schools}
            return findings_url(report, chosen | {"unit": codes[row]}) if row in codes else ""
        case "单位":
            names = {words.short(one.name, facts): one.name for one in facts.units}
            return findings_url(report, chosen | {"unit": names[row]}) if row in names else ""
    return ""


def findings_url(report: Report, chosen: Mapping[str, str]) -> str:
    asked = {name: value for name, value in chosen.items() if value}
    return reverse("reports:findings", args=[report.pk]) + (f"?{urlencode(asked)}" if asked else "")


def frozen(facts: ReportFacts, asked: Mapping[str, str]) -> list[ReportFinding]:
    """As they were, by `which`, `indicator` and `unit` (a school's code or an office's name)."""
    return [
        item
        for item in facts.items
        if _TESTS[asked.get("which", "")](item)
        and asked.get("indicator", item.indicator) == item.indicator
        and asked.get("unit", item.school_code or item.school) == (item.school_code or item.school)
    ]


def today(user: User, report: Report, items: Sequence[ReportFinding]) -> dict[str, int]:
    """Keys by number, of those the person may open."""
    rows = Finding.objects.filter(ledger=report.district.code, number__in=[item.number for item in items])
    return dict(visible(user, rows, Perm.FINDING_VIEW).values_list("number", "pk"))
