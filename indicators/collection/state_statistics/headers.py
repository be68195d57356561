"""Finds the table on a statistics sheet: its header rows, the way down to each column, the lines above."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indicators.collection.state_statistics import units
from portal.core.lib import written
from portal.core.spreadsheets import read
from portal.core.spreadsheets.guard import column_letter
from portal.core.spreadsheets.read import Grid

_SEARCHED_ROWS = 30
_MAX_HEADER_ROWS = 6
_ALIKE = str.maketrans("（）：／【】", "():/[]")
_UNIT = re.compile(r"\((?:单位:)?([^()]+)\)$")
_ABOUT_SHEET = re.compile(r":|年|表号|文号|机关")
_ORDINALS = frozenset("甲乙丙丁戊己庚辛")


@dataclass(frozen=True, slots=True)
class Header:
    """A column with the header words above it, from the top down, and the unit they name ("" = none)."""

    column: int
    parts: tuple[str, ...]
    unit: str

    @property
    def text(self) -> str:
        """The words as one: 在校生数/合计."""
        return "/".join(self.parts)

    @property
    def letter(self) -> str:
        """The column's letters."""
        return column_letter(self.column)


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a sheet: the column of school codes, its headers, the first row below them, the lines above."""

    key: int
    headers: tuple[Header, ...]
    first: int
    above: tuple[str, ...]


def plain(text: str) -> str:
    """Return words as they are compared: no blanks, half-width brackets, no 其中."""
    return re.sub(r"\s", "", written.bare(text)).translate(_ALIKE).removeprefix("其中:").removeprefix("#")


def find(grid: Grid, key_words: Sequence[str]) -> Table | None:
    """Return the table whose header holds one of the key words; None when the sheet has no such header."""
    wanted = {plain(word) for word in key_words}
    for row in range(1, min(len(grid.rows), _SEARCHED_ROWS) + 1):
        for column in range(1, len(grid.rows[row - 1]) + 1):
            if plain(read.shown(grid.value(row, column))) in wanted:
                return _table(grid, row, column)
    return None


def _table(grid: Grid, row: int, key: int) -> Table:
    spread = _spread(grid)
    top, bottom = row, max([row, *(b for t, left, b, right in grid.merged if t == row and left <= key <= right)])
    while bottom - row < _MAX_HEADER_ROWS and _is_header(grid, bottom + 1, key):
        bottom += 1
    while top > 1 and row - top < _MAX_HEADER_ROWS and _is_group(grid, spread, top - 1, key):
        top -= 1
    headers = tuple(_headers(grid, spread, top, bottom))
    above = tuple(read.shown(value) for line in grid.rows[: top - 1] for value in line if value is not None)
    return Table(key, headers, bottom + 1, above)


def _spread(grid: Grid) -> dict[tuple[int, int], tuple[int, int]]:
    """Map every cell of the merged ranges among the headers to the cell that holds their words."""
    return {
        (row, column): (top, left)
        for top, left, bottom, right in grid.merged
        if top <= _SEARCHED_ROWS
        for row in range(top, min(bottom, _SEARCHED_ROWS + _MAX_HEADER_ROWS) + 1)
        for column in range(left, min(right, grid.width) + 1)
    }


def _filled(grid: Grid, row: int) -> list[read.Raw]:
    return [value for value in grid.rows[row - 1] if value is not None] if row <= len(grid.rows) else []


def _is_header(grid: Grid, row: int, key: int) -> bool:
    """Whether a row below the key word still is a header: words only, nothing in the column of codes."""
    filled = _filled(grid, row)
    return bool(filled) and grid.value(row, key) is None and not any(map(is_number, filled))


def _is_group(grid: Grid, spread: dict[tuple[int, int], tuple[int, int]], row: int, key: int) -> bool:
    """Whether a row above the key word is a header: several words, none about the sheet, nothing over the codes."""
    filled = _filled(grid, row)
    if len(filled) < 2 or grid.value(*spread.get((row, key), (row, key))) is not None:
        return False
    return not any(is_number(value) or _ABOUT_SHEET.search(plain(read.shown(value))) for value in filled)


def is_number(value: read.Raw) -> bool:
    """Whether a cell holds digits, as a number or as text."""
    try:
        written.number(read.shown(value), is_rate=True)
    except ValueError:
        return False
    return True


def _headers(grid: Grid, spread: dict[tuple[int, int], tuple[int, int]], top: int, bottom: int) -> Iterator[Header]:
    for column in range(1, grid.width + 1):
        parts: list[str] = []
        unit = ""
        for row in range(top, bottom + 1):
            word = plain(read.shown(grid.value(*spread.get((row, column), (row, column)))))
            in_brackets = _UNIT.search(word)
            if in_brackets and (named := units.named(in_brackets[1])):
                word, unit = word[: in_brackets.start()], named
            if word and (not parts or parts[-1] != word):
                parts.append(word)
        if parts:
            yield Header(column, tuple(parts), unit)


def match(headers: Sequence[Header], written: Sequence[str]) -> list[Header]:
    """Return the columns under the first way of writing that is there: the whole way down, else its end."""
    for words in written:
        parts = tuple(plain(word) for word in words.split("/"))
        whole = [header for header in headers if header.parts == parts]
        if found := whole or [header for header in headers if header.parts[-len(parts) :] == parts]:
            return found
    return []


def is_numbering(values: Sequence[read.Raw]) -> bool:
    """Whether a row only numbers the columns: 甲 乙 1 2 3 …."""
    words = [read.shown(value) for value in values if value is not None]
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 4]
    others = [word for word in words if word not in _ORDINALS]
    return bool(words) and len(others) == len(numbers) and numbers == list(range(1, len(numbers) + 1))
