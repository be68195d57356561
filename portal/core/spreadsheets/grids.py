"""Reads workbooks nobody made for us: every sheet as it stands, with its merged ranges and unusable cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.spreadsheets import sheets, xlsx_guard
from portal.core.spreadsheets.hidden import Hidden
from portal.core.spreadsheets.xlsx_guard import Range


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
    return [
        Grid(held.name, sheets.grid_of(held), held.merged, held.faults, held.hidden)
        for held in xlsx_guard.read(sheets.content(source))
    ]
