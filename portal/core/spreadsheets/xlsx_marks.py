"""A faulty workbook as it was sent, its faulty cells red, what is wrong beside each row in a column 错误说明."""

import io
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange, XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.papers.text import clean
from portal.core.spreadsheets import sheets, xlsx_guard
from portal.core.spreadsheets.sheets import NOTES, NOTES_CODE, Spot
from portal.core.spreadsheets.xlsx_guard import Held

MOST_CELLS = 500_000
_MOST_TEXT = 8_000
_DATES = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss", timedelta: "[h]:mm:ss"}
_RED = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
Place = tuple[int, int]


@dataclass(slots=True)
class _Faults:
    """The faults of one sheet: cells (row, column from 1), messages by row, those of the whole sheet."""

    cells: set[Place] = field(default_factory=set)
    rows: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    whole: list[str] = field(default_factory=list)


def mark(data: bytes, problems: Sequence[Problem], *, plain: Collection[str] = ()) -> bytes | None:
    """Return the workbook with its faults marked; None when none of them lies in one of its sheets.

    Values stay what they were (text stays text, numbers keep the 15 digits Excel
    keeps, an error value stays an error), so that the workbook can be mended and
    imported again; formulas are replaced by their results, looks are not kept.
    `plain` names the sheets without header rows.
    """
    try:
        held = xlsx_guard.read(data)
        found = _sorted_out(problems, [sheet.name for sheet in held])
        return _written(held, found, plain) if found else None
    except (Invalid, XlsxWriterException, OSError, ValueError):
        return None


def _sorted_out(problems: Sequence[Problem], names: list[str]) -> dict[str, _Faults]:
    """Faults by sheet; those of no sheet are shown in the first one that has any."""
    found: dict[str, _Faults] = {}
    homeless = []
    by_shown = {written.folded(name): name for name in names}
    for problem in problems:
        spot = Spot.of(problem.where)
        name = by_shown.get(written.folded(spot.sheet)) if spot else None
        if spot is None or name is None:
            homeless.append(str(problem))
            continue
        faults = found.setdefault(name, _Faults())
        said = str(Problem(problem.what, spot.rest, problem.do))
        if spot.column:
            faults.cells.add((spot.row, spot.column))
        if spot.row:
            faults.rows[spot.row].append(said)
        else:
            faults.whole.append(said)
    if found:
        next(iter(found.values())).whole += homeless
    return found


def _written(held: Sequence[Held], found: dict[str, _Faults], plain: Collection[str]) -> bytes | None:
    package = io.BytesIO()
    left = MOST_CELLS
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(package, options) as book:
        looks = _Looks(book)
        for sheet in held:
            # In per cent as it was shown: the bare number would read as something else when it comes in again.
            grid = sheets.as_shown(sheet)
            left -= sum(value not in ("", None) for row in grid for value in row)
            # Each cell of a merged range is kept as one, too.
            left -= sum((bottom - top + 1) * (right - first + 1) for top, first, bottom, right in sheet.merged)
            if left < 0:
                return None
            writer = _Writer(
                book.add_worksheet(sheet.name), grid, found.get(sheet.name, _Faults()), sheet.faults, looks
            )
            writer.write(sheet.merged, headed=sheet.name.strip() not in plain)
    return package.getvalue()


class _Looks:
    """The few formats of a marked workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[str, bool, bool], Format] = {}

    def get(self, number_format: str, *, red: bool = False, wrap: bool = False) -> Format:
        """The format of a cell: how its number reads, whether it is at fault, whether it is a message."""
        key = (number_format, red, wrap)
        if key not in self.made:
            look: dict[str, object] = {"num_format": number_format, "valign": "top", "text_wrap": wrap}
            self.made[key] = self.book.add_format(look | (_RED if red else {}))
        return self.made[key]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one sheet again; rows and columns count from 1, as a person sees them."""

    target: Worksheet
    grid: list[list[Any]]
    faults: _Faults
    guarded: xlsx_guard.Faults
    looks: _Looks

    def write(self, merged: Sequence[xlsx_guard.Range], *, headed: bool) -> None:
        """Write the cells, then the messages; old messages are dropped first."""
        self._forget_notes()
        texts = {
            column for row in self.grid[2:] for column, value in enumerate(row, 1) if isinstance(value, str) and value
        }
        for column, head in enumerate(self.grid[0] if self.grid else [], 1):
            width = min(30, max(12, 2 * len(str(head))))
            # A column that holds text stays text, so that a code typed anew keeps its zeros.
            self.target.set_column(column - 1, column - 1, width, self.looks.get("@" if column in texts else "General"))
        for top, left, bottom, right in merged:
            # Merged cells in the data are a fault to be mended, so they stay merged.
            with suppress(OverlappingRange):
                if (top, left) != (bottom, right):
                    self.target.merge_range(top - 1, left - 1, bottom - 1, right - 1, "", self.looks.get("General"))
        for number, row in enumerate(self.grid, 1):
            for column, value in enumerate(row, 1):
                self._cell((number, column), value, self.looks)
        for place in self.faults.cells | set(self.guarded):
            if self._value(place) in ("", None):
                self._fault_without_value(place)
        self._notes(headed=headed)

    def _value(self, place: Place) -> Any:
        row = self.grid[place[0] - 1] if place[0] <= len(self.grid) else []
        return row[place[1] - 1] if place[1] <= len(row) else None

    def _cell(self, place: Place, value: Any, looks: "_Looks") -> None:
        row, column = place[0] - 1, place[1] - 1
        red = place in self.faults.cells or place in self.guarded
        if place in self.guarded or value in ("", None):
            return
        if isinstance(value, str):
            self.target.write_string(row, column, clean(value), looks.get("@", red=red))
        elif isinstance(value, bool):
            self.target.write_boolean(row, column, value, looks.get("General", red=red))
        elif isinstance(value, (int, float)):
            self.target.write_number(row, column, value, looks.get("General", red=red))
        else:
            self.target.write_datetime(row, column, value, looks.get(_DATES[type(value)], red=red))

    def _fault_without_value(self, place: Place) -> None:
        row, column = place[0] - 1, place[1] - 1
        look = self.looks.get("General", red=True)
        if place in self.guarded:
            # Left blank, the cell would be taken as nobody's answer when it is not mended.
            self.target.write_formula(row, column, "=NA()", look, "#N/A")
        else:
            self.target.write_blank(row, column, None, look)

    def _forget_notes(self) -> None:
        """Clear a column 错误说明 of an earlier answer, and messages beside rows without headers."""
        heads = [self.grid[row] if row < len(self.grid) else [] for row in (0, 1)]
        old = {c for row, word in zip(heads, (NOTES, NOTES_CODE), strict=True) for c, v in enumerate(row) if v == word}
        for row in self.grid:
            for column, value in enumerate(row):
                if column in old or (isinstance(value, str) and value.startswith(f"{NOTES}：")):
                    row[column] = ""

    def _notes(self, *, headed: bool) -> None:
        used = [column for row in self.grid for column, value in enumerate(row, 1) if value not in ("", None)]
        column = max([*used, *(c for _, c in self.faults.cells), *(c for _, c in self.guarded)], default=0)
        red, first = self.looks.get("@", red=True, wrap=True), sheets.FIRST_ROW if headed else 1
        said: dict[int, list[str]] = defaultdict(list)
        said[first] += [f"整张表：{text}" for text in self.faults.whole]
        for row, texts in sorted(self.faults.rows.items()):
            said[max(row, first)] += texts if row >= first else [f"第 {row} 行 {text}" for text in texts]
        if headed:
            self.target.freeze_panes(2, 0)
            self.target.write_string(0, column, NOTES, red)
            self.target.write_string(1, column, NOTES_CODE, red)
        for row, texts in said.items():
            if texts:
                text = clean("\n".join(texts))[:_MOST_TEXT]
                self.target.write_string(row - 1, column, text if headed else f"{NOTES}：{text}", red)
        if headed or self.faults.rows or self.faults.whole:
            self.target.set_column(column, column, 60)
