"""Excel forms as an authority prints them: merged heads, ruled boxes, notes, A4 landscape."""

import datetime
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from portal.core.papers.tables import Placed, place
from portal.core.papers.text import clean

# Excel measures heights in pt; one line of 10 pt 宋体 with its leading.
_LINE_PT, _PAD_PT = 13.5, 5
_FACE, _SIZE, _TITLE_SIZE = "宋体", 10, 16
_EXACT = 15  # significant digits an Excel number keeps


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a form. A figure is given as it is to be printed, already rounded: Decimal("4.20") prints 4.20."""

    value: str | Decimal = ""
    colspan: int = 1
    rowspan: int = 1
    align: Literal["center", "left"] = "center"
    open: bool = False

    @property
    def text(self) -> str:
        """What is printed; `open` boxes still wait for a figure."""
        return f"{self.value:f}" if isinstance(self.value, Decimal) else self.value


Line = Sequence[Box]


@dataclass(frozen=True, slots=True)
class Form:
    """One form: name of its sheet, title, widths of its columns in half-width characters, head, body, notes."""

    name: str
    title: str
    widths: Sequence[float]
    head: Sequence[Line]
    rows: Sequence[Line]
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Every line must fill the columns exactly: a shifted box would put a figure under the wrong head."""
        place(self.head, len(self.widths), f"{self.name} head")
        place(self.rows, len(self.widths), f"{self.name} row")


def render(forms: Sequence[Form], *, title: str, author: str, created: datetime.date) -> bytes:
    """The forms as one .xlsx, a sheet each; equal forms give equal bytes. Figures are numbers with their decimals."""
    package = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(package, options) as book:
        noon = datetime.datetime.combine(created, datetime.time(12))
        book.set_properties({"title": clean(title), "author": clean(author), "created": noon})
        looks = _Looks(book)
        for form in forms:
            _write(book.add_worksheet(form.name), form, looks)
    return package.getvalue()


def _write(target: Worksheet, form: Form, looks: "_Looks") -> None:
    last = len(form.widths) - 1
    for column, width in enumerate(form.widths):
        target.set_column(column, column, width)
    target.set_row(0, 30)
    target.merge_range(0, 0, 0, last, clean(form.title), looks.title)
    head = place(form.head, last + 1, form.name)
    _write_lines(target, 1, head, form.widths, looks, is_head=True)
    _write_lines(target, 1 + len(head), place(form.rows, last + 1, form.name), form.widths, looks)
    for row, note in enumerate(form.notes, 1 + len(form.head) + len(form.rows)):
        target.set_row(row, _height(note, sum(form.widths)))
        target.merge_range(row, 0, row, last, clean(note), looks.note)
    _set_page(target, len(form.head))


def _set_page(target: Worksheet, head: int) -> None:
    """A4 landscape, one page wide; title and head repeat on every page."""
    target.set_landscape()
    target.set_paper(9)
    target.fit_to_pages(1, 0)
    target.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    target.center_horizontally()
    target.repeat_rows(0, head)
    target.freeze_panes(1 + head, 0)
    target.set_footer(f'&C&"{_FACE}"&9第 &P 页，共 &N 页')


def _write_lines(
    target: Worksheet,
    top: int,
    lines: Sequence[Sequence[Placed[Box]]],
    widths: Sequence[float],
    looks: "_Looks",
    *,
    is_head: bool = False,
) -> None:
    for row, height in enumerate(_heights(lines, widths), top):
        target.set_row(row, height)
    for row, line in enumerate(lines, top):
        for placed in line:
            box, look = placed.cell, looks.of(placed.cell, is_head)
            if box.colspan * box.rowspan > 1:
                last = (row + box.rowspan - 1, placed.column + box.colspan - 1)
                target.merge_range(row, placed.column, *last, "", look)
            if isinstance(box.value, Decimal) and len(box.value.as_tuple().digits) <= _EXACT:
                target.write_number(row, placed.column, float(box.value), look)
            else:
                target.write_string(row, placed.column, clean(box.text), look)


def _heights(lines: Sequence[Sequence[Placed[Box]]], widths: Sequence[float]) -> list[float]:
    """What each line needs: Excel does not fit merged boxes itself. A tall box's want goes to its last line."""
    heights = [float(_LINE_PT + _PAD_PT)] * len(lines)
    spans = [(row, p) for row, line in enumerate(lines) for p in line]
    for row, placed in sorted(spans, key=lambda pair: pair[1].cell.rowspan):
        box = placed.cell
        needed = _height(box.text, sum(widths[placed.column : placed.column + box.colspan]))
        own = slice(row, row + box.rowspan)
        heights[row + box.rowspan - 1] += max(0.0, needed - sum(heights[own]))
    return heights


def _height(text: str, width: float) -> float:
    """Height in pt of a text wrapped at `width` half-width characters."""
    lines = sum(max(1, ceil(_columns(part) / max(width - 1, 1))) for part in text.split("\n"))
    return lines * _LINE_PT + _PAD_PT


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


class _Looks:
    """The workbook's cell formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[str, str, bool, bool], Format] = {}
        plain = {"font_name": _FACE, "font_size": _SIZE, "text_wrap": True, "valign": "vcenter"}
        self.plain = plain
        self.title = book.add_format(plain | {"font_size": _TITLE_SIZE, "bold": True, "align": "center"})
        self.note = book.add_format(plain | {"valign": "top", "align": "left"})

    def of(self, box: Box, is_head: bool) -> Format:
        """The ruled look of a box; a figure shows the decimals it was given with."""
        exponent = box.value.as_tuple().exponent if isinstance(box.value, Decimal) else None
        decimals = -exponent if isinstance(exponent, int) else None
        form = "@" if decimals is None else "0" + (f".{'0' * decimals}" if decimals else "")
        key = (box.align, form, box.open, is_head)
        if key not in self.made:
            look = self.plain | {"border": 1, "align": box.align, "num_format": form, "bold": is_head}
            look |= {"font_color": "#8A5A00", "italic": True} if box.open else {}
            self.made[key] = self.book.add_format(look)
        return self.made[key]
