"""The document tree: what a report says, without how Word or PDF say it. Plain frozen values."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.core.papers.tables import Align, Cell, Column, Row, Table, cell
from portal.core.papers.text import Run, Text, plain, runs

__all__ = [
    "Align",
    "Annex",
    "Block",
    "BulletList",
    "Cell",
    "Colophon",
    "Column",
    "Document",
    "Figure",
    "Heading",
    "KeyValues",
    "Landscape",
    "PageBreak",
    "Paragraph",
    "Row",
    "Run",
    "Table",
    "Text",
    "annex_label",
    "annex_list",
    "cell",
    "plain",
    "runs",
    "texts",
]


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
        """What stands before each item; past ⑳ Unicode has no consistent circles, so （21） follows."""
        if not self.ordered:
            return ["·"] * len(self.items)
        return [chr(0x245F + n) if n <= 20 else f"（{n}）" for n in range(1, len(self.items) + 1)]


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Labels with their values, in `pairs` label–value pairs to a row, as the head of a form has them."""

    items: Sequence[tuple[str, str]]
    pairs: int = 1

    def as_table(self) -> Table:
        """The same as a ruled table: labels in 黑体, the last row filled up."""
        columns = [Column(1.35, "center"), Column(3 if self.pairs > 1 else 4.2)] * self.pairs
        rows: list[Row] = []
        for start in range(0, len(self.items), self.pairs):
            chunk = list(self.items[start : start + self.pairs])
            chunk += [("", "")] * (self.pairs - len(chunk))
            rows.append([part for label, value in chunk for part in (Cell((Run(label, bold=True),)), value)])
        return Table(columns, (), rows)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture drawn as SVG; `alt` says in words what it shows; `width` is the share of the text width."""

    svg: bytes
    alt: str
    caption: str = ""
    width: float = 1


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
    """An annex: starts on a new page under "附件n"; its heading numbers begin again."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Colophon:
    """版记 at the foot of the last page: 抄送机关, 印发机关, 印发日期."""

    printed_by: str
    printed_on: datetime.date
    copy_to: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `date` is the 成文日期 and the only date in the file's properties, so that equal
    trees give equal bytes; `red_head` switches the red head on (no seal is ever drawn)."""

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


def annex_label(document: Document, index: int) -> str:
    """附件 when it is the only one, else 附件1, 附件2 … (`index` from 0)."""
    return "附件" if len(document.annexes) == 1 else f"附件{index + 1}"


def annex_list(document: Document) -> list[tuple[str, str]]:
    """The 附件说明 under the body (§7.3.4): what each line starts with, and the annex's title."""
    if len(document.annexes) == 1:
        return [("附件：", document.annexes[0].title)]
    heads = [f"{'附件：' if number == 1 else '　　　'}{number}. " for number in range(1, len(document.annexes) + 1)]
    return [(head, annex.title) for head, annex in zip(heads, document.annexes, strict=True)]


def texts(document: Document) -> Iterator[str]:
    """Every text of the document, figures aside: for checks that look at characters."""
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
