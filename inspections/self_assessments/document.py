"""A county self-assessment as stored, with its annexes, as blocks of a paper, and what a reviewer of the city would object to in it."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from indicators.collection.submissions import queries as submissions
from indicators.results.board import board
from indicators.results.board.queries import BoardContent
from indicators.results.evaluations import judging
from indicators.results.official_forms.facts import FormBasis
from indicators.standard.engine import Item, figure
from inspections.rectification.models import Finding
from portal.core.errors import Problem
from portal.core.lib import dates, digests, numbers
from portal.core.papers import tree
from portal.core.spreadsheets.write import PrintedForm
from schools.directory.models import Department

FILE = Path(__file__).parent / "sections.toml"
KIND, FORMAT = "self_assessment", 2


class CellText(TypedDict):
    """A cell as printed."""

    text: str
    colspan: int
    rowspan: int
    align: tree.Align | None


class TableText(TypedDict):
    """A table as printed; `size` in pt."""

    caption: str
    widths: list[float]
    heads: list[list[CellText]]
    rows: list[list[CellText]]
    notes: list[str]
    size: int


class PartText(TypedDict):
    """A sub-section: its heading (blank for none), its paragraphs, then its tables."""

    title: str
    paragraphs: list[str]
    tables: list[TableText]


class SectionText(TypedDict):
    """A section as the portal wrote it."""

    code: str
    title: str
    parts: list[PartText]


class Content(TypedDict):
    """A report's own text and figures, frozen as printed."""

    kind: str
    format: int
    title: str
    addressed_to: str
    issuer: str
    as_of: str
    sections: list[SectionText]
    forms: list[TableText]
    tasks: TableText | None
    # Since format 2: the plan of each school, the index of evidence.
    schools: TableText | None
    evidence: TableText | None
    passes: bool | None
    waiting: int
    composites: list[str]
    repeated: list[str]


@dataclass(frozen=True, slots=True)
class SectionRule:
    """A section of the report: what the office writes there, and whether it must."""

    code: str
    title: str
    office: str
    required: bool = False


@cache
def wording() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def read(stored: Any) -> Content:
    """Raises ValueError for a format this version does not know."""
    if stored.get("kind") != KIND:
        raise ValueError(f"no self-assessment: {stored.get('kind')!r}")
    content: Content = digests.upgraded(stored, FORMAT, _UPGRADES)  # type: ignore[assignment]
    return content


_UPGRADES: digests.Upgrades = {1: lambda content: dict(content) | {"format": 2, "schools": None, "evidence": None}}


def sections() -> tuple[SectionRule, ...]:
    return tuple(SectionRule(**row) for row in wording()["sections"])


def say(sentence: str, **blanks: object) -> str:
    text: str = wording()["sentences"][sentence]
    return text.format(**blanks)


def part_text(title: str = "", *paragraphs: str, tables: Sequence[TableText] = ()) -> PartText:
    return {"title": title, "paragraphs": [text for text in paragraphs if text], "tables": list(tables)}


def cell_text(text: str, colspan: int = 1, rowspan: int = 1, align: tree.Align | None = None) -> CellText:
    return {"text": text, "colspan": colspan, "rowspan": rowspan, "align": align}


def table_text(code: str, widths: list[float], rows: list[list[CellText]], size: int, **blanks: object) -> TableText:
    heads = [cell_text(text) for text in wording()["tables"][f"{code}_heads"].format(**blanks).split("｜")]
    caption = wording()["tables"].get(code, "")
    return {"caption": caption, "widths": widths, "heads": [heads], "rows": rows, "notes": [], "size": size}


def blocks(section: SectionText) -> Iterator[tree.Block]:
    for part in section["parts"]:
        if part["title"]:
            yield tree.Heading(part["title"], 2)
        yield from map(tree.Paragraph, part["paragraphs"])
        yield from map(_as_table, part["tables"])


def annexes(content: Content) -> list[tree.Annex]:
    """表Ⅰ–Ⅵ with their annexes, open tasks, a plan for each school and the index of evidence, landscape."""
    named: list[tuple[str, list[TableText]]] = [("forms", content["forms"])]
    for name in ("tasks", "schools", "evidence"):
        table: TableText | None = content[name]  # type: ignore[literal-required]
        named.append((name, [table] if table else []))
    return [
        tree.Annex(wording()["tables"][name], [tree.Landscape([_as_table(table) for table in tables])])
        for name, tables in named
        if tables
    ]


def _as_table(given: TableText) -> tree.Table:
    def lines(rows: Iterable[Iterable[CellText]]) -> list[list[tree.TableCell]]:
        return [[tree.TableCell(**one) for one in row] for row in rows]

    columns = [tree.TableColumn(width, "center") for width in given["widths"]]
    note = "\n".join(given["notes"])
    return tree.Table(columns, lines(given["heads"]), lines(given["rows"]), given["caption"], note, size=given["size"])


def checks(content: Content, texts: Mapping[str, str]) -> list[Problem]:
    """What a reviewer of the city would object to; only a required section without text prevents issuing."""
    rules = wording()["checks"]
    found = []
    if content["waiting"]:
        found.append(Problem(f"申报表还有 {content['waiting']} 处待填", "附件1", "请补齐数据、重新评估后再取数"))
    if content["repeated"]:
        found.append(Problem(f"逐字相同：{'、'.join(content['repeated'])}", "学校说明", "请退回学校重写"))
    written = {code: text.strip() for code, text in texts.items()}
    if written.get("problems") and len(written.get("practice", "")) > rules["praise"] * len(written["problems"]):
        found.append(Problem("成绩写得长，问题写得短", "存在的问题", "请写清每类问题的原因"))
    printed = "".join(_texts(content))
    for rule in sections():
        text = written.get(rule.code, "")
        if rule.required and not text:
            found.append(Problem("还没有写", rule.title, rule.office))
        sentences = [one for one in re.split("[。；\n]", text) if one.strip()]
        for sentence in sentences:
            figures = re.findall(r"\d+(?:\.\d+)?", sentence)
            shares = re.findall(r"(\d+(?:\.\d+)?) ?%", sentence)
            if shares and len(figures) == len(shares):
                found.append(Problem(f"只有比例、没有人数或所数：“{sentence}”", rule.title, "请写明分子和分母"))
            if any(word in sentence for word in rules["sweeping"]) and not content["passes"]:
                found.append(Problem(f"与评估结果不符：“{sentence}”", rule.title, "请按评估结果改写，并写明学校"))
            if set(figures) & set(content["composites"]) and "差异系数" in sentence:
                found.append(Problem(f"引用了差异系数的平均值：“{sentence}”", rule.title, "请改用各项差异系数"))
            strange = [
                f"{figure}{unit}" for figure, unit in re.findall(rules["counted"], sentence) if figure not in printed
            ]
            if strange:
                found.append(Problem(f"{'、'.join(strange)}在申报表和系统数据中没有", rule.title, "请核对，并注明出处"))
    return found


def _texts(content: Content) -> Iterator[str]:
    for section in content["sections"]:
        for part in section["parts"]:
            yield from part["paragraphs"]
            yield from (cell["text"] for table in part["tables"] for row in table["rows"] for cell in row)
    yield from (cell["text"] for form in content["forms"] for row in form["rows"] for cell in row)


def tasks(content: BoardContent, waiting: Sequence[Finding]) -> TableText | None:
    if not waiting:
        return None
    named = content.spec.names
    rows = [
        [
            cell_text(row.number),
            cell_text(row.school.name, align="left"),  # type: ignore[union-attr]
            cell_text(named.get(row.indicator, row.indicator), align="left"),
            cell_text(row.problem, align="left"),
            cell_text(row.requirement, align="left"),
            cell_text(row.responsible or board.NONE),
            cell_text(dates.day(row.due_on)),
        ]
        for row in waiting
    ]
    return table_text("tasks", [1.7, 2.6, 2, 4.4, 3.4, 1.4, 1.7], rows, size=9)


def form(printed: PrintedForm) -> TableText:
    """One of 表Ⅰ–Ⅵ and its annexes; small enough for a landscape page."""

    def lines(given: Iterable[Sequence[Any]]) -> list[list[CellText]]:
        return [[cell_text(box.text, box.colspan, box.rowspan, box.align) for box in line] for line in given]

    return {
        "caption": f"{printed.name}　{printed.title.removeprefix(printed.name).strip()}",
        "widths": list(printed.widths),
        "heads": lines(printed.head),
        "rows": lines(printed.rows),
        "notes": list(printed.notes),
        "size": 7 if len(printed.widths) > 15 else 9,
    }


def schools(content: BoardContent, waiting: Sequence[Finding]) -> TableText | None:
    """一校一案: every gap of every school, with the ledger's plan."""
    planned = {(row.school.code, row.stage, row.indicator): row for row in waiting}  # type: ignore[union-attr]
    found = sorted(
        (
            row.school_code,
            stage.label,
            row.school,
            cell.code,
            cell,
            planned.get((row.school_code, row.stage, cell.code)),
        )
        for stage in content.stages
        for row in stage.rows
        for cell in row.cells
        if cell.reaches is False
    )
    if not found:
        return None
    rows = []
    for _, stage, school, code, cell, finding in found:
        indicator = content.spec.indicator(code)
        rows.append(
            [
                cell_text(f"{school}（{stage}）", align="left"),
                cell_text(content.spec.names[code], align="left"),
                cell_text(cell.value),
                cell_text(cell.figure.threshold),
                cell_text(board.gap(indicator, cell.figure), align="left"),
                cell_text(_measure(finding), align="left"),
                cell_text((finding and finding.responsible) or board.NONE),
                cell_text(dates.day(finding.due_on) if finding else board.NONE),
            ]
        )
    return table_text("school_plans", [3, 2.4, 1.2, 1.2, 2.4, 4.4, 1.4, 1.9], rows, size=9)


def _measure(finding: Finding | None) -> str:
    """The newest measure, else the requirement."""
    if finding is None:
        return say("plan_not_registered")
    texts = [one.text for one in finding.entries.all() if one.kind == "measure"]
    return texts[-1] if texts else finding.requirement or say("plan_no_measure")


def evidence(basis: FormBasis) -> TableText | None:
    """By indicator: each file of the bureau and its departments, and the number of the schools' files."""
    entries, own = judging.respondents(basis.evaluation.inputs), judging.schools(basis.evaluation.inputs)
    of_offices = submissions.contents_of(
        one["revision"] for key, one in entries.items() if key not in own and one["revision"]
    )
    of_schools = submissions.contents_of(one["revision"] for one in own.values() if one["revision"])
    departments = Department.objects.filter(district=basis.evaluation.round.district_id)
    names = dict(departments.values_list("code", "name"))
    rows = []
    for indicator in basis.spec.indicators:
        items = {reference.partition(".")[2] for reference in indicator.items}
        files = [
            (one["name"], names.get(content["department"] or "", say("bureau")))
            for content in of_offices
            for one in content["evidence"]
            if one["item"] in items
        ]
        handed = [sum(one["item"] in items for one in content["evidence"]) for content in of_schools]
        if any(handed):
            files.append(
                (say("evidence_schools", files=sum(handed)), say("schools_count", schools=sum(map(bool, handed))))
            )
        rows += [
            [
                cell_text(f"{indicator.code}-{number}"),
                cell_text(f"{indicator.code} {indicator.short_name}", align="left"),
                cell_text(name, align="left"),
                cell_text(provider, align="left"),
            ]
            for number, (name, provider) in enumerate(dict.fromkeys(files), 1)
        ]
    return table_text("evidence", [1.4, 3.4, 8, 3], rows, size=10) if rows else None


def money(bases: Sequence[FormBasis]) -> TableText | None:
    """三个增长 in this year and the two before, from the newest round (the last basis) and the one before it."""
    newest = bases[-1]
    earlier = bases[-2] if len(bases) > 1 else None
    figures = {
        one.now: one
        for growth in newest.spec.growths
        for one in (*growth.rising, *([growth.faster_than] if growth.faster_than else []))
    }
    rows = []
    for now, rising in figures.items():
        item = newest.spec.district_items[now]
        last = figure(newest.district, rising.before)
        if last is None and earlier:
            last = figure(earlier.district, now)
        cells = [
            _printed(figure(earlier.district, rising.before)) if earlier else say("no_round"),
            _printed(last),
            _printed(figure(newest.district, now)),
        ]
        rows.append(
            [cell_text(_named(item.label, item), align="left"), *(cell_text(text, align="right") for text in cells)]
        )
    return table_text("money", [4.6, 2.4, 2.4, 2.4], rows, size=10) if rows else None


def conditions(bases: Sequence[FormBasis]) -> TableText | None:
    """Sums over the schools of each round, with how many have not reported."""
    newest = bases[-1]
    rows = []
    for base in wording()["years"]["items"]:
        item = next((one for one in newest.spec.items.values() if one.base == base), None)
        if item:
            texts = [_sum(basis, base) for basis in bases]
            rows.append(
                [
                    cell_text(_named(item.base_label, item), align="left"),
                    *(cell_text(text, align="right") for text in texts),
                ]
            )
    if not rows:
        return None
    rounds = "｜".join(basis.evaluation.round.name for basis in bases)
    return table_text("conditions", [3.4, *([2.8] * len(bases))], rows, size=10, rounds=rounds)


def _sum(basis: FormBasis, base: str) -> str:
    judged = {part.school_code for part in basis.result.parts}
    codes = (base, *(f"{base}_{stage}" for stage in basis.spec.stages))
    known, silent = [], 0
    for school in basis.data.schools:
        if school.code in judged:
            own = [number for code in codes if (number := figure(school.given, code)) is not None]
            known += own
            silent += not own
    if not known:
        return basis.say("waiting")
    return _printed(sum(known, Fraction(0))) + (say("years_silent", schools=silent) if silent else "")


def _named(label: str, item: Item) -> str:
    label = label.replace(say("this_year"), "")
    return f"{label}（{item.unit}）" if item.unit else label


def _printed(number: Fraction | None) -> str:
    """With two decimals at most."""
    whole = number is None or number.denominator == 1
    return numbers.text(number, 0 if whole else 2, blank=say("years_blank"))
