"""Writes .xlsx: sheets of typed cells, and forms as an authority prints them; text stays text, never a formula."""

import datetime
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Literal

import xlsxwriter
from xlsxwriter.exceptions import DuplicateWorksheetName, InvalidWorksheetName
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from portal.core.errors import Refused
from portal.core.files import zips
from portal.core.lib.static_files import colour
from portal.core.papers.tree import Placed, clean, place

Value = str | int | Decimal | bool | datetime.date | None
Style = Literal["", "good", "warning", "bad", "muted"]
MAX_ROWS, MAX_TEXT = 1_048_576, 32_767
_PRINTED = re.compile(r"-?\d{1,15}(?:\.(\d+))?")
_EXACT = 15  # significant digits of an Excel number
# Besides formulas, XlsxWriter would turn text that looks like a link or a number into one.
_TEXT_STAYS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# Excel measures heights in pt; one line of 10 pt 宋体 with its leading.
_LINE_PT, _PAD_PT = 13.5, 5
_FACE, _SIZE, _TITLE_SIZE = "宋体", 10, 16


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column: width in characters, number format for figures, `choices` a reader may pick from.

    Where other words are possible too (不适用:原因), `strict=False` lets Excel warn instead of refusing.
    """

    width: float = 12
    number_format: str = "General"
    align: Literal["left", "center", "right", ""] = ""
    choices: Sequence[str] = ()
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Head:
    """A header cell; spans as in the printed table."""

    text: str
    colspan: int = 1
    rowspan: int = 1


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A value with a look (a colour next to words, never instead of them), a number format or choices of its own.

    Other words than its choices are possible: Excel warns.
    """

    value: Value
    style: Style = ""
    number_format: str = ""
    choices: Sequence[str] = ()


def figure(printed: str) -> SheetCell:
    """A printed figure becomes a number with the same decimals; words stay words."""
    if found := _PRINTED.fullmatch(printed):
        return SheetCell(Decimal(printed), number_format=f"0.{'0' * len(found[1])}" if found[1] else "0")
    return SheetCell(printed)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: title and notes above, header rows, data. `rows` may be a generator; a value's column is its
    place. `count` adds a closing line with the number of rows; leave it off in files that are read back."""

    name: str
    columns: Sequence[SheetColumn]
    header: Sequence[Sequence[str | Head]]
    rows: Iterable[Sequence[Value | SheetCell]]
    title: str = ""
    notes: Sequence[str] = ()
    frozen_columns: int = 0
    count: bool = False
    filter: bool = False


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook; `created` is the only date in it, so that equal sheets give equal bytes."""

    title: str
    author: str
    created: datetime.date
    sheets: Sequence[Sheet]


def render(workbook: Workbook, constant_memory: bool = False) -> bytes:
    """`constant_memory`: through a temporary file, for very many rows.

    Raises Refused when a sheet or text is longer than Excel can hold.
    """
    package = io.BytesIO()
    options = {"constant_memory": constant_memory, "in_memory": not constant_memory, **_TEXT_STAYS}
    with xlsxwriter.Workbook(package, options) as book:
        _set_properties(book, workbook.title, workbook.author, workbook.created)
        formats = _SheetFormats(book)
        for sheet in workbook.sheets:
            try:
                target = book.add_worksheet(sheet.name)
            except (InvalidWorksheetName, DuplicateWorksheetName) as error:
                raise ValueError(f"{sheet.name!r} is no name for a sheet here: {error}") from error
            _write_sheet(target, sheet, formats)
    # The temporary files of constant memory bring their hour into the zip.
    return zips.normalised(package.getvalue()) if constant_memory else package.getvalue()


def _set_properties(book: xlsxwriter.Workbook, title: str, author: str, created: datetime.date) -> None:
    noon = datetime.datetime.combine(created, datetime.time(12))
    book.set_properties({"title": clean(title), "author": clean(author), "created": noon})


def _write_sheet(target: Worksheet, sheet: Sheet, formats: "_SheetFormats") -> None:
    for index, column in enumerate(sheet.columns):
        target.set_column(index, index, column.width, formats.get(number_format=column.number_format))
    top = 0
    if sheet.title:
        target.set_row(top, 28)
        target.write_string(top, 0, clean(sheet.title), formats.title)
        top += 1
    for note in sheet.notes:
        target.write_string(top, 0, clean(note), formats.note)
        top += 1
    first = row = _write_header(target, sheet, top, formats)
    target.freeze_panes(first, sheet.frozen_columns)
    # Printed, the header repeats on every page.
    target.repeat_rows(top, max(first - 1, top))
    target.set_landscape()
    target.set_paper(9)
    target.fit_to_pages(1, 0)
    for row, values in enumerate(sheet.rows, first):
        if row >= MAX_ROWS - 1:
            raise Refused(f"工作表“{sheet.name}”超过 Excel 的 {MAX_ROWS} 行上限；请缩小范围后分批导出")
        for index, (value, column) in enumerate(zip(values, sheet.columns, strict=True)):
            _write_value(target, (row, index), value, column, formats, sheet.name)
        row += 1
    if sheet.filter and row > first:
        target.autofilter(first - 1, 0, row - 1, len(sheet.columns) - 1)
    # Choices also for rows a person adds.
    for index, column in enumerate(sheet.columns):
        if column.choices:
            _offer(target, (first, index, max(row, first) + 2000, index), column.choices, strict=column.strict)
    if sheet.count:
        target.write_string(row, 0, f"共 {row - first} 行", formats.note)


def _write_header(target: Worksheet, sheet: Sheet, top: int, formats: "_SheetFormats") -> int:
    """Spans are placed left to right around those from above. Returns the first data row."""
    taken: set[tuple[int, int]] = set()
    for row, heads in enumerate(sheet.header, top):
        column = 0
        for head in (Head(item) if isinstance(item, str) else item for item in heads):
            while (row, column) in taken:
                column += 1
            # With constant memory a row is gone once the next begins, so cells over several rows stay unmerged.
            if head.colspan * head.rowspan > 1 and not (target.constant_memory and head.rowspan > 1):
                last = (row + head.rowspan - 1, column + head.colspan - 1)
                target.merge_range(row, column, *last, "", formats.header)
            target.write_string(row, column, clean(head.text), formats.header)
            taken |= {(row + down, column + right) for down in range(head.rowspan) for right in range(head.colspan)}
            column += head.colspan
    if taken != {(top + row, column) for row in range(len(sheet.header)) for column in range(len(sheet.columns))}:
        raise ValueError(f"the header of {sheet.name!r} does not fill its {len(sheet.columns)} columns")
    return top + len(sheet.header)


def _offer(target: Worksheet, area: tuple[int, int, int, int], choices: Sequence[str], *, strict: bool) -> None:
    rule = {"validate": "list", "source": list(choices), "error_title": "内容有误"}
    rule["error_message"] = "请从下拉列表中选择" if strict else "不在下拉列表中，确定要这样填吗？"
    rule["error_type"] = "stop" if strict else "warning"
    if target.data_validation(*area, rule) != 0:
        raise ValueError(f"{target.name!r}, column {area[1]}: too many choices for a drop-down list")


def _write_value(
    target: Worksheet,
    place: tuple[int, int],
    value: Value | SheetCell,
    column: SheetColumn,
    formats: "_SheetFormats",
    sheet: str,
) -> None:
    cell = value if isinstance(value, SheetCell) else SheetCell(value)
    number_format = cell.number_format or column.number_format
    if cell.choices:
        _offer(target, (*place, *place), cell.choices, strict=False)
    match cell.value:
        case None:
            target.write_blank(*place, None, formats.get(cell.style, number_format, column.align))
        case bool():
            target.write_string(*place, "是" if cell.value else "否", formats.get(cell.style, "@", column.align))
        case datetime.date():
            look = formats.get(cell.style, cell.number_format or "yyyy-mm-dd", column.align)
            target.write_datetime(*place, datetime.datetime(*cell.value.timetuple()[:6]), look)
        # A whole number beyond 15 digits would be changed silently.
        case int() | Decimal() if (
            cell.value.is_finite() if isinstance(cell.value, Decimal) else abs(cell.value) < 10**_EXACT
        ):
            target.write_number(*place, float(cell.value), formats.get(cell.style, number_format, column.align))
        case _:
            text = clean(str(cell.value))
            if len(text) > MAX_TEXT:
                where = f"工作表“{sheet}”第 {place[0] + 1} 行第 {place[1] + 1} 列"
                raise Refused(f"{where}的文字有 {len(text)} 字，超过 Excel 单元格 {MAX_TEXT} 字的上限；请精简后再导出")
            target.write_string(*place, text, formats.get(cell.style, "@", column.align))


class _SheetFormats:
    """The workbook's cell formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[str, str, str], Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 16, "valign": "vcenter"})
        self.note = book.add_format({"font_color": colour("sheet-muted")})
        head = {"bold": True, "bg_color": colour("sheet-head"), "border": 1}
        self.header = book.add_format(head | {"align": "center", "valign": "vcenter", "text_wrap": True})

    def get(self, style: str = "", number_format: str = "General", align: str = "") -> Format:
        key = (style, number_format, align)
        if key not in self.made:
            look: dict[str, object] = {"num_format": number_format, "valign": "vcenter"}
            look |= {"align": align} if align else {}
            look |= {"font_color": colour(f"sheet-{style}"), "bold": style == "bad"} if style else {}
            self.made[key] = self.book.add_format(look)
        return self.made[key]


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
        return f"{self.value:f}" if isinstance(self.value, Decimal) else self.value


Line = Sequence[Box]


@dataclass(frozen=True, slots=True)
class PrintedForm:
    """One form: name of its sheet, title, widths of its columns in half-width characters, head, body, notes."""

    name: str
    title: str
    widths: Sequence[float]
    head: Sequence[Line]
    rows: Sequence[Line]
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        """A shifted box would put a figure under the wrong head."""
        place(self.head, len(self.widths), f"{self.name} head")
        place(self.rows, len(self.widths), f"{self.name} row")


def render_forms(forms: Sequence[PrintedForm], *, title: str, author: str, created: datetime.date) -> bytes:
    """A sheet each; equal forms give equal bytes."""
    package = io.BytesIO()
    with xlsxwriter.Workbook(package, {"in_memory": True, **_TEXT_STAYS}) as book:
        _set_properties(book, title, author, created)
        formats = _FormFormats(book)
        for form in forms:
            target = book.add_worksheet(form.name)
            last = len(form.widths) - 1
            for column, width in enumerate(form.widths):
                target.set_column(column, column, width)
            target.set_row(0, 30)
            target.merge_range(0, 0, 0, last, clean(form.title), formats.title)
            head = place(form.head, last + 1, form.name)
            _write_lines(target, 1, head, form.widths, formats, is_head=True)
            _write_lines(target, 1 + len(head), place(form.rows, last + 1, form.name), form.widths, formats)
            for row, note in enumerate(form.notes, 1 + len(form.head) + len(form.rows)):
                target.set_row(row, _height(note, sum(form.widths)))
                target.merge_range(row, 0, row, last, clean(note), formats.note)
            # A4 landscape, one page wide; title and head repeat on every page.
            target.set_landscape()
            target.set_paper(9)
            target.fit_to_pages(1, 0)
            target.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
            target.center_horizontally()
            target.repeat_rows(0, len(form.head))
            target.freeze_panes(1 + len(form.head), 0)
            target.set_footer(f'&C&"{_FACE}"&9第 &P 页，共 &N 页')
    return package.getvalue()


def _write_lines(
    target: Worksheet,
    top: int,
    lines: Sequence[Sequence[Placed[Box]]],
    widths: Sequence[float],
    formats: "_FormFormats",
    *,
    is_head: bool = False,
) -> None:
    # Excel does not fit merged boxes itself. What a tall box needs goes to its last line.
    heights = [float(_LINE_PT + _PAD_PT)] * len(lines)
    spans = [(row, p) for row, line in enumerate(lines) for p in line]
    for row, placed in sorted(spans, key=lambda pair: pair[1].cell.rowspan):
        box = placed.cell
        needed = _height(box.text, sum(widths[placed.column : placed.column + box.colspan]))
        own = slice(row, row + box.rowspan)
        heights[row + box.rowspan - 1] += max(0.0, needed - sum(heights[own]))
    for row, height in enumerate(heights, top):
        target.set_row(row, height)
    for row, line in enumerate(lines, top):
        for placed in line:
            box, look = placed.cell, formats.get(placed.cell, is_head)
            if box.colspan * box.rowspan > 1:
                last = (row + box.rowspan - 1, placed.column + box.colspan - 1)
                target.merge_range(row, placed.column, *last, "", look)
            if isinstance(box.value, Decimal) and len(box.value.as_tuple().digits) <= _EXACT:
                target.write_number(row, placed.column, float(box.value), look)
            else:
                target.write_string(row, placed.column, clean(box.text), look)


def _height(text: str, width: float) -> float:
    """In pt, wrapped at `width` half-width characters."""
    lines = 0
    for part in text.split("\n"):
        columns = sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in part)
        lines += max(1, ceil(columns / max(width - 1, 1)))
    return lines * _LINE_PT + _PAD_PT


class _FormFormats:
    """The cell formats of forms, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[str, str, bool, bool], Format] = {}
        plain = {"font_name": _FACE, "font_size": _SIZE, "text_wrap": True, "valign": "vcenter"}
        self.plain = plain
        self.title = book.add_format(plain | {"font_size": _TITLE_SIZE, "bold": True, "align": "center"})
        self.note = book.add_format(plain | {"valign": "top", "align": "left"})

    def get(self, box: Box, is_head: bool) -> Format:
        exponent = box.value.as_tuple().exponent if isinstance(box.value, Decimal) else None
        decimals = -exponent if isinstance(exponent, int) else None
        form = "@" if decimals is None else "0" + (f".{'0' * decimals}" if decimals else "")
        key = (box.align, form, box.open, is_head)
        if key not in self.made:
            look = self.plain | {"border": 1, "align": box.align, "num_format": form, "bold": is_head}
            look |= {"font_color": colour("sheet-warning"), "italic": True} if box.open else {}
            self.made[key] = self.book.add_format(look)
        return self.made[key]
