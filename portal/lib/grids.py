"""Reads workbooks nobody made for us: every sheet as it stands, with its merged ranges and unusable cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import python_calamine

from portal.errors import Invalid
from portal.lib import hidden, sheets, xlsx_guard
from portal.lib.hidden import Hidden
from portal.lib.xlsx_guard import Look

Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its rows of raw values, merged ranges (top, left, bottom, right), faults by (row, column); all from 1."""

    name: str
    rows: Sequence[Sequence[sheets.Raw]]
    merged: tuple[Range, ...]
    faults: Mapping[tuple[int, int], str]
    hidden: Hidden

    def value(self, row: int, column: int) -> sheets.Raw:
        """Return a cell's value; None beyond the edges."""
        inside = 0 < row <= len(self.rows) and 0 < column <= len(self.rows[row - 1])
        return self.rows[row - 1][column - 1] if inside else None

    def cell(self, row: int, column: int, header: str = "") -> sheets.Cell:
        """Return a cell with its place, for readers and their problems."""
        letter = xlsx_guard.column_letter(column)
        return sheets.Cell(self.name, row, letter, header, letter, self.value(row, column))

    @property
    def width(self) -> int:
        """The number of columns of the widest row."""
        return max((len(row) for row in self.rows), default=0)


def read(source: sheets.Source) -> list[Grid]:
    """Return all sheets of a workbook in their order. Raises Invalid for what is none or is unsafe to open."""
    data = sheets.content(source)
    looks, unseen = xlsx_guard.look(data), hidden.find(data)
    with sheets.opened(data) as book:
        return [_grid(book, name, looks.get(name, Look()), unseen.get(name, Hidden())) for name in book.sheet_names]


def _grid(book: python_calamine.CalamineWorkbook, name: str, look: Look, unseen: Hidden) -> Grid:
    try:
        sheet = book.get_sheet_by_name(name)
        shown = sheets.as_shown(sheet.to_python(skip_empty_area=False), look)
        rows = [[sheets.cleaned(value) for value in row] for row in shown]
        merged = sheet.merged_cell_ranges or []
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Invalid(f"工作表“{name}”已损坏，无法读取。请用 Excel 打开并另存为 .xlsx 后再上传。") from error
    ranges = tuple((top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in merged)
    return Grid(name, rows, ranges, look.faults, unseen)
