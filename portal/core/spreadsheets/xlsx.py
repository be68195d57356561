"""Excel: sheets of typed cells as .xlsx; what is text stays text and never becomes a formula."""

import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import xlsxwriter
from xlsxwriter.exceptions import DuplicateWorksheetName, InvalidWorksheetName
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from portal.core.errors import Refused
from portal.core.files import zips
from portal.core.papers.text import clean

Value = str | int | Decimal | bool | datetime.date | None
Style = Literal["", "good", "warning", "bad", "muted"]
MAX_ROWS, MAX_TEXT = 1_048_576, 32_767
_EXACT = 15  # significant digits an Excel number keeps


@dataclass(frozen=True, slots=True)
class Column:
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
class Cell:
    """A value with a look (colour beside, never instead of, words) or a number format of its own."""

    value: Value
    style: Style = ""
    number_format: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: title and notes above, header rows, data. `rows` may be a generator; a value's column is its
    place. `count` adds a closing line with the number of rows; leave it off in files that are read back."""

    name: str
    columns: Sequence[Column]
    header: Sequence[Sequence[str | Head]]
    rows: Iterable[Sequence[Value | Cell]]
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
    """The workbook as .xlsx. `constant_memory` writes rows through a temporary file, for very many rows.
    Raises Refused when a sheet or a text is longer than Excel can hold."""
    package = io.BytesIO()
    options = {"constant_memory": constant_memory, "in_memory": not constant_memory}
    # Besides formulas, XlsxWriter would turn text that looks like a link or a number into one.
    options |= {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(package, options) as book:
        noon = datetime.datetime.combine(workbook.created, datetime.time(12))
        book.set_properties({"title": clean(workbook.title), "author": clean(workbook.author), "created": noon})
        formats = _Formats(book)
        for sheet in workbook.sheets:
            _write_sheet(_add_sheet(book, sheet.name), sheet, formats)
    # The temporary files of constant memory bring their hour into the zip.
    return zips.normalised(package.getvalue()) if constant_memory else package.getvalue()


def _add_sheet(book: xlsxwriter.Workbook, name: str) -> Worksheet:
    try:
        return book.add_worksheet(name)
    except (InvalidWorksheetName, DuplicateWorksheetName) as error:
        raise ValueError(f"{name!r} is no name for a sheet here: {error}") from error


def _write_sheet(target: Worksheet, sheet: Sheet, formats: "_Formats") -> None:
    for index, column in enumerate(sheet.columns):
        target.set_column(index, index, column.width, formats.get(number_format=column.number_format))
    row = _write_above(target, sheet, formats)
    first = _write_header(target, sheet, row, formats)
    target.freeze_panes(first, sheet.frozen_columns)
    # Printed, the header repeats on every page.
    target.repeat_rows(row, max(first - 1, row))
    target.set_landscape()
    target.set_paper(9)
    target.fit_to_pages(1, 0)
    row = first
    for row, values in enumerate(sheet.rows, first):
        if row >= MAX_ROWS - 1:
            raise Refused(f"工作表“{sheet.name}”超过 Excel 的 {MAX_ROWS} 行上限；请缩小范围后分批导出")
        for index, (value, column) in enumerate(zip(values, sheet.columns, strict=True)):
            _write_value(target, (row, index), value, column, formats, sheet.name)
        row += 1
    _write_below(target, sheet, first, row, formats)


def _write_above(target: Worksheet, sheet: Sheet, formats: "_Formats") -> int:
    """Title and notes, each a line of its own; the row below them."""
    row = 0
    if sheet.title:
        target.set_row(row, 28)
        target.write_string(row, 0, clean(sheet.title), formats.title)
        row += 1
    for note in sheet.notes:
        target.write_string(row, 0, clean(note), formats.note)
        row += 1
    return row


def _write_header(target: Worksheet, sheet: Sheet, top: int, formats: "_Formats") -> int:
    """The header, spans laid out from left to right around those hanging from above; the first data row."""
    taken: set[tuple[int, int]] = set()
    for row, heads in enumerate(sheet.header, top):
        column = 0
        for head in (Head(item) if isinstance(item, str) else item for item in heads):
            while (row, column) in taken:
                column += 1
            _write_head(target, row, column, head, formats)
            taken |= {(row + down, column + right) for down in range(head.rowspan) for right in range(head.colspan)}
            column += head.colspan
    if taken != {(top + row, column) for row in range(len(sheet.header)) for column in range(len(sheet.columns))}:
        raise ValueError(f"the header of {sheet.name!r} does not fill its {len(sheet.columns)} columns")
    return top + len(sheet.header)


def _write_head(target: Worksheet, row: int, column: int, head: Head, formats: "_Formats") -> None:
    if head.colspan == head.rowspan == 1 or (target.constant_memory and head.rowspan > 1):
        # With constant memory a row is gone once the next begins, so cells over several rows stay unmerged.
        target.write_string(row, column, clean(head.text), formats.header)
        return
    last = (row + head.rowspan - 1, column + head.colspan - 1)
    target.merge_range(row, column, *last, "", formats.header)
    target.write_string(row, column, clean(head.text), formats.header)


def _write_below(target: Worksheet, sheet: Sheet, first: int, end: int, formats: "_Formats") -> None:
    """Filter, choices (also for rows a person adds) and, if asked for, the number of rows."""
    if sheet.filter and end > first:
        target.autofilter(first - 1, 0, end - 1, len(sheet.columns) - 1)
    for index, column in enumerate(sheet.columns):
        if column.choices:
            rule = {"validate": "list", "source": list(column.choices), "error_title": "内容有误"}
            rule["error_message"] = "请从下拉列表中选择" if column.strict else "不在下拉列表中，确定要这样填吗？"
            rule["error_type"] = "stop" if column.strict else "warning"
            if target.data_validation(first, index, max(end, first) + 2000, index, rule) != 0:
                raise ValueError(f"{sheet.name!r}, column {index}: too many choices for a drop-down list")
    if sheet.count:
        target.write_string(end, 0, f"共 {end - first} 行", formats.note)


def _write_value(
    target: Worksheet,
    place: tuple[int, int],
    value: Value | Cell,
    column: Column,
    formats: "_Formats",
    sheet: str,
) -> None:
    cell = value if isinstance(value, Cell) else Cell(value)
    number_format = cell.number_format or column.number_format
    match cell.value:
        case None:
            target.write_blank(*place, None, formats.get(cell.style, number_format, column.align))
        case bool():
            target.write_string(*place, "是" if cell.value else "否", formats.get(cell.style, "@", column.align))
        case datetime.date():
            look = formats.get(cell.style, cell.number_format or "yyyy-mm-dd", column.align)
            target.write_datetime(*place, datetime.datetime(*cell.value.timetuple()[:6]), look)
        case int() | Decimal() if _fits(cell.value):
            target.write_number(*place, float(cell.value), formats.get(cell.style, number_format, column.align))
        case _:
            text = clean(str(cell.value))
            if len(text) > MAX_TEXT:
                where = f"工作表“{sheet}”第 {place[0] + 1} 行第 {place[1] + 1} 列"
                raise Refused(f"{where}的文字有 {len(text)} 字，超过 Excel 单元格 {MAX_TEXT} 字的上限；请精简后再导出")
            target.write_string(*place, text, formats.get(cell.style, "@", column.align))


def _fits(value: int | Decimal) -> bool:
    """Whether Excel can hold the number: a whole number beyond 15 digits would be changed silently."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return abs(value) < 10**_EXACT


_COLOURS = {"good": "#1B7F4B", "warning": "#8A5A00", "bad": "#B42318", "muted": "#667085"}


class _Formats:
    """The workbook's cell formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[str, str, str], Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 16, "valign": "vcenter"})
        self.note = book.add_format({"font_color": _COLOURS["muted"]})
        self.header = book.add_format(
            {
                "bold": True,
                "bg_color": "#EEF2F6",
                "border": 1,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
            }
        )

    def get(self, style: str = "", number_format: str = "General", align: str = "") -> Format:
        """The format with the given look; `bad` is bold as well as red."""
        key = (style, number_format, align)
        if key not in self.made:
            look: dict[str, object] = {"num_format": number_format, "valign": "vcenter"}
            look |= {"align": align} if align else {}
            look |= {"font_color": _COLOURS[style], "bold": style == "bad"} if style else {}
            self.made[key] = self.book.add_format(look)
        return self.made[key]
