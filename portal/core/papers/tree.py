"""The document tree: what a report says, without how Word or PDF say it. Plain frozen values."""

import base64
import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from typing import Generic, Literal, Protocol, TypeVar

from portal.core.lib.static_files import token

# XML 1.0 §2.2 allows no control characters but tab and line feed, no lone surrogates, no U+FFFE/FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; `bold` is set in 黑体, the emphasis of official documents."""

    text: str
    bold: bool = False


Text = str | Sequence[Run]


def runs(text: Text) -> tuple[Run, ...]:
    return (Run(text),) if isinstance(text, str) else tuple(text)


def plain(text: Text) -> str:
    return "".join(run.text for run in runs(text))


def clean(text: str) -> str:
    """Without characters Word, Excel or PDF cannot hold."""
    return _FORBIDDEN.sub("", _LINE_BREAKS.sub("\n", text))


Align = Literal["left", "center", "right", "justify"]


class Spanning(Protocol):
    """What can be placed in a table: it covers so many columns and rows."""

    @property
    def colspan(self) -> int: ...

    @property
    def rowspan(self) -> int: ...


C = TypeVar("C", bound=Spanning)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A table column: its share of the table's width and how its cells align."""

    width: float = 1
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class TableCell:
    """A table cell that spans, or aligns unlike its column; `align` None means the column's."""

    text: Text = ""
    colspan: int = 1
    rowspan: int = 1
    align: Align | None = None


CellValue = str | TableCell
Row = Sequence[CellValue]


def cell(value: CellValue) -> TableCell:
    return TableCell(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Placed(Generic[C]):
    """A cell with the number of its first column, from 0."""

    column: int
    cell: C


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table; header rows repeat on every page, rows are not split. `size` is in pt."""

    columns: Sequence[TableColumn]
    header: Sequence[Row]
    rows: Sequence[Row]
    caption: str = ""
    note: str = ""
    repeat_header: bool = True
    size: Decimal | int = 12

    def __post_init__(self) -> None:
        """A shifted cell would put a figure under the wrong head."""
        if not self.columns:
            raise ValueError("a table needs columns")
        self.placed_header()
        self.placed_rows()

    def placed_header(self) -> list[list[Placed[TableCell]]]:
        return place([list(map(cell, row)) for row in self.header], len(self.columns), "header")

    def placed_rows(self) -> list[list[Placed[TableCell]]]:
        return place([list(map(cell, row)) for row in self.rows], len(self.columns), "row")

    def align(self, placed: Placed[TableCell]) -> Align:
        return placed.cell.align or self.columns[placed.column].align


def place(rows: Sequence[Sequence[C]], width: int, what: str) -> list[list[Placed[C]]]:
    """Raises ValueError, naming the row as `what`, unless rows and spans fill `width` columns exactly."""
    placed: list[list[Placed[C]]] = []
    hanging = [0] * width
    for number, row in enumerate(rows, 1):
        after = [max(left - 1, 0) for left in hanging]
        cells: list[Placed[C]] = []
        column = 0
        for item in row:
            while column < width and hanging[column]:
                column += 1
            end = column + item.colspan
            if item.colspan < 1 or item.rowspan < 1 or end > width or any(hanging[column:end]):
                raise ValueError(f"{what} {number}: the cells do not fit {width} columns")
            cells.append(Placed(column, item))
            after[column:end] = [item.rowspan - 1] * item.colspan
            column = end
        if not all(hanging[column:]):
            raise ValueError(f"{what} {number}: too few cells for {width} columns")
        placed.append(cells)
        hanging = after
    if any(hanging):
        raise ValueError(f"{what} {len(rows)}: a cell spans below the last row")
    return placed


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 4; the renderer puts 一、（一）1.（1） before it unless `numbered` is off."""

    text: str
    level: int = 1
    numbered: bool = True

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3, 4):
            raise ValueError(f"heading level must be 1 to 4, not {self.level}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of body text; `indent` is the first-line indent of two characters."""

    text: Text
    align: Align = "justify"
    indent: bool = True


@dataclass(frozen=True, slots=True)
class BulletList:
    """Short points, marked with a dot or, `ordered`, with ①②③."""

    items: Sequence[Text]
    ordered: bool = False

    def marks(self) -> list[str]:
        """Past ⑳ （21） follows."""
        if not self.ordered:
            return ["·"] * len(self.items)
        return [chr(0x245F + n) if n <= 20 else f"（{n}）" for n in range(1, len(self.items) + 1)]


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Labels with their values, in `pairs` label–value pairs to a row, as the head of a form has them."""

    items: Sequence[tuple[str, str]]
    pairs: int = 1

    def as_table(self) -> Table:
        """Labels in 黑体."""
        columns = [TableColumn(1.35, "center"), TableColumn(3 if self.pairs > 1 else 4.2)] * self.pairs
        rows: list[Row] = []
        for start in range(0, len(self.items), self.pairs):
            chunk = list(self.items[start : start + self.pairs])
            chunk += [("", "")] * (self.pairs - len(chunk))
            rows.append([part for label, value in chunk for part in (TableCell((Run(label, bold=True),)), value)])
        return Table(columns, (), rows)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture drawn as SVG; `alt` says in words what it shows; `width` is the share of the text width; `figures` are
    what it draws, label and value, for pages that show them as a table too, each with its address in `links`; `plot` is
    what static/js/charts.js draws it from, as JSON."""

    svg: bytes
    alt: str
    caption: str = ""
    width: float = 1
    figures: Sequence[tuple[str, str]] = ()
    links: Sequence[str] = ()
    plot: str = ""

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Label, value and address, blank without one."""
        links = self.links or [""] * len(self.figures)
        return [(*figure, link) for figure, link in zip(self.figures, links, strict=True)]

    @property
    def source(self) -> str:
        """As a data: address."""
        faces = escape(token("han"))
        drawing = self.svg.replace(b"<svg ", f'<svg font-family="{faces}" '.encode(), 1)
        return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts on a new page."""


@dataclass(frozen=True, slots=True)
class Landscape:
    """Blocks on landscape pages of their own, for wide tables."""

    blocks: Sequence["Block"]


Block = Heading | Paragraph | BulletList | Table | KeyValues | Figure | PageBreak | Landscape


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex: starts on a new page under "附件n"; its heading numbers begin again. One of wide tables alone lies whole,
    with its title, on landscape pages."""

    title: str
    blocks: Sequence[Block]

    @property
    def is_landscape(self) -> bool:
        return bool(self.blocks) and all(isinstance(block, Landscape) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Colophon:
    """版记 at the foot of the last page: 抄送机关, 印发机关, 印发日期."""

    printed_by: str
    printed_on: datetime.date
    copy_to: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole document. `date` is the 成文日期 and the only date in the file's properties, so that equal
    trees give equal bytes; `red_head` switches the red head on (no seal is ever drawn); `contents` begins with a page
    of contents, its page numbers set in PDF, a field in Word."""

    title: str
    issuer: str
    date: datetime.date
    blocks: Sequence[Block]
    number: str = ""
    subtitle: str = ""
    addressed_to: str = ""
    annexes: Sequence[Annex] = ()
    red_head: bool = False
    signed: bool = True
    colophon: Colophon | None = None
    keywords: Sequence[str] = ()
    contents: bool = False


CONTENTS_DEPTH = 2


def headings(document: Paper) -> list[tuple[int, str]]:
    """Level and words: the numbered headings of the text, then each annex with its own."""
    found = _labelled(document.blocks)
    for index, annex in enumerate(document.annexes):
        found += [(1, annex_heading(document, index)), *_labelled(annex.blocks)]
    return found


def _labelled(blocks: Sequence[Block]) -> list[tuple[int, str]]:
    numbering = Numbering()
    flat = [inner for block in blocks for inner in (block.blocks if isinstance(block, Landscape) else (block,))]
    named = [(block.level, numbering.label(block)) for block in flat if isinstance(block, Heading)]
    return [(level, words) for level, words in named if level <= CONTENTS_DEPTH]


def annex_heading(document: Paper, index: int) -> str:
    """附件1　问题台账."""
    return f"{annex_label(document, index)}　{document.annexes[index].title}".replace("\n", "")


def annex_label(document: Paper, index: int) -> str:
    """附件, or 附件1 …."""
    return "附件" if len(document.annexes) == 1 else f"附件{index + 1}"


def annex_list(document: Paper) -> list[tuple[str, str]]:
    """附件说明 (§7.3.4)."""
    if len(document.annexes) == 1:
        return [("附件：", document.annexes[0].title)]
    heads = [f"{'附件：' if number == 1 else '　　　'}{number}. " for number in range(1, len(document.annexes) + 1)]
    return [(head, annex.title) for head, annex in zip(heads, document.annexes, strict=True)]


def texts(document: Paper) -> Iterator[str]:
    yield from (document.title, document.issuer, document.number, document.subtitle, document.addressed_to)
    if document.colophon:
        yield from (document.colophon.printed_by, *document.colophon.copy_to)
    yield from _block_texts(document.blocks)
    for annex in document.annexes:
        yield annex.title
        yield from _block_texts(annex.blocks)


def _block_texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(text) | Paragraph(text):
                yield plain(text)
            case BulletList(items):
                yield from map(plain, items)
            case KeyValues():
                yield from _block_texts((block.as_table(),))
            case Table():
                yield from (block.caption, block.note)
                yield from (plain(cell(item).text) for row in (*block.header, *block.rows) for item in row)
            case Figure():
                yield from (block.alt, block.caption)
            case Landscape(inner):
                yield from _block_texts(inner)


_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """一百零五, 一百一十."""
    if not 1 <= number <= 999:
        raise ValueError(f"no heading has the number {number}")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


@dataclass(slots=True)
class Numbering:
    """Counts the headings of one text (GB/T 9704-2012 §7.3.3); a higher level starts the lower ones again."""

    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def label(self, heading: Heading) -> str:
        """一、 （一） 1. （1）."""
        if not heading.numbered:
            return heading.text
        index = heading.level - 1
        self.counts[index] += 1
        self.counts[index + 1 :] = [0] * (3 - index)
        return _FORMS[index](self.counts[index]) + heading.text


_FORMS = (
    lambda number: f"{chinese_number(number)}、",
    lambda number: f"（{chinese_number(number)}）",
    lambda number: f"{number}.",
    lambda number: f"（{number}）",
)
