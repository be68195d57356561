"""A faulty workbook as it was sent, its faulty cells red, what is wrong to the right of each row in a column 错误说明.

It waits an hour at most to be fetched by the one person who sent it.
"""

import io
import logging
import re
import time as clock
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from xlsxwriter.exceptions import OverlappingRange, XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import written
from portal.core.lib.static_files import colour
from portal.core.papers.tree import clean
from portal.core.spreadsheets import guard
from portal.core.spreadsheets.read import FIRST_ROW, NOTES, NOTES_CODE

log = logging.getLogger(__name__)
STORED_SECONDS = 3600
MOST_CELLS = 500_000
_MOST_TEXT = 8_000
_DATES = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss", timedelta: "[h]:mm:ss"}
_SPOT = re.compile(r"工作表“(?P<sheet>.+?)”(?:第 (?P<row>\d{1,7}) 行(?: (?P<column>[A-Z]{1,3}) 列)?)?")
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """The place in a workbook that `Problem.where` names: row and column from 1 (0 = none), further words."""

    sheet: str
    row: int = 0
    column: int = 0
    rest: str = ""

    @classmethod
    def of(cls, where: str) -> "Spot | None":
        """None when the words name no sheet."""
        found = _SPOT.match(where)
        if found is None:
            return None
        letters = found["column"] or ""
        # The column is repeated: whoever reads the message next to the row sees no address.
        rest = (f"{letters} 列" if letters else "") + where[found.end() :]
        return cls(found["sheet"], int(found["row"] or 0), guard.column_number(letters), rest)


@dataclass(slots=True)
class _Faults:
    """The faults of one sheet: cells (row, column from 1), messages by row, those of the whole sheet."""

    cells: set[Place] = field(default_factory=set)
    rows: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    whole: list[str] = field(default_factory=list)


def faults(data: bytes, problems: Sequence[Problem], *, plain: Collection[str] = ()) -> bytes | None:
    """None when no fault is in a sheet.

    Values stay, so that it can be imported again; formulas become results. `plain`: sheets without header rows.
    """
    try:
        sheets = guard.load(data)
        found = _by_sheet(problems, [sheet.name for sheet in sheets])
        if not found:
            return None
        package = io.BytesIO()
        left = MOST_CELLS
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(package, options) as book:
            formats = _MarkFormats(book)
            for sheet in sheets:
                # In per cent as it was shown: the bare number would read as something else when it comes in again.
                grid = sheet.as_shown()
                left -= sum(value not in ("", None) for row in grid for value in row)
                # XlsxWriter stores each cell of a merged range, too.
                left -= sum((bottom - top + 1) * (right - first + 1) for top, first, bottom, right in sheet.merged)
                if left < 0:
                    return None
                target, own = book.add_worksheet(sheet.name), found.get(sheet.name, _Faults())
                headed = sheet.name.strip() not in plain
                _SheetWriter(target, grid, own, sheet.faults, formats).write(sheet.merged, headed=headed)
        return package.getvalue()
    except (Invalid, XlsxWriterException, OSError, ValueError):
        return None


def _by_sheet(problems: Sequence[Problem], names: list[str]) -> dict[str, _Faults]:
    """Those of no sheet go to the first with any."""
    found: dict[str, _Faults] = {}
    elsewhere = []
    by_folded = {written.folded(name): name for name in names}
    for problem in problems:
        spot = Spot.of(problem.where)
        name = by_folded.get(written.folded(spot.sheet)) if spot else None
        if spot is None or name is None:
            elsewhere.append(str(problem))
            continue
        own = found.setdefault(name, _Faults())
        message = str(Problem(problem.what, spot.rest, problem.do))
        if spot.column:
            own.cells.add((spot.row, spot.column))
        if spot.row:
            own.rows[spot.row].append(message)
        else:
            own.whole.append(message)
    if found:
        next(iter(found.values())).whole += elsewhere
    return found


class _MarkFormats:
    """The few formats of a marked workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[str, bool, bool], Format] = {}

    def get(self, number_format: str, *, red: bool = False, wrap: bool = False) -> Format:
        key = (number_format, red, wrap)
        if key not in self.made:
            look: dict[str, object] = {"num_format": number_format, "valign": "top", "text_wrap": wrap}
            if red:
                look |= {"bg_color": colour("sheet-wrong-back"), "font_color": colour("sheet-wrong")}
            self.made[key] = self.book.add_format(look)
        return self.made[key]


@dataclass(frozen=True, slots=True)
class _SheetWriter:
    """Writes one sheet again; rows and columns count from 1, as a person sees them."""

    target: Worksheet
    grid: list[list[Any]]
    faults: _Faults
    guarded: guard.Faults
    formats: _MarkFormats

    def write(self, merged: Sequence[guard.Range], *, headed: bool) -> None:
        self._clear_old_notes()
        texts = {
            column for row in self.grid[2:] for column, value in enumerate(row, 1) if isinstance(value, str) and value
        }
        for column, head in enumerate(self.grid[0] if self.grid else [], 1):
            width = min(30, max(12, 2 * len(str(head))))
            # A column that holds text stays text, so that a code typed again has its zeros.
            self.target.set_column(
                column - 1, column - 1, width, self.formats.get("@" if column in texts else "General")
            )
        for top, left, bottom, right in merged:
            # Merged cells in the data are a fault to be corrected, so they stay merged.
            with suppress(OverlappingRange):
                if (top, left) != (bottom, right):
                    self.target.merge_range(top - 1, left - 1, bottom - 1, right - 1, "", self.formats.get("General"))
        for number, row in enumerate(self.grid, 1):
            for column, value in enumerate(row, 1):
                self._cell((number, column), value)
        for place in self.faults.cells | set(self.guarded):
            row = self.grid[place[0] - 1] if place[0] <= len(self.grid) else []
            if place[1] > len(row) or row[place[1] - 1] in ("", None):
                look = self.formats.get("General", red=True)
                if place in self.guarded:
                    # Left blank, the cell would be taken as nobody's answer when it is not corrected.
                    self.target.write_formula(place[0] - 1, place[1] - 1, "=NA()", look, "#N/A")
                else:
                    self.target.write_blank(place[0] - 1, place[1] - 1, None, look)
        self._write_notes(headed=headed)

    def _cell(self, place: Place, value: Any) -> None:
        row, column = place[0] - 1, place[1] - 1
        red = place in self.faults.cells or place in self.guarded
        if place in self.guarded or value in ("", None):
            return
        if isinstance(value, str):
            self.target.write_string(row, column, clean(value), self.formats.get("@", red=red))
        elif isinstance(value, bool):
            self.target.write_boolean(row, column, value, self.formats.get("General", red=red))
        elif isinstance(value, (int, float)):
            self.target.write_number(row, column, value, self.formats.get("General", red=red))
        else:
            self.target.write_datetime(row, column, value, self.formats.get(_DATES[type(value)], red=red))

    def _clear_old_notes(self) -> None:
        """The column 错误说明 of an earlier answer."""
        heads = [self.grid[row] if row < len(self.grid) else [] for row in (0, 1)]
        old = {c for row, word in zip(heads, (NOTES, NOTES_CODE), strict=True) for c, v in enumerate(row) if v == word}
        for row in self.grid:
            for column, value in enumerate(row):
                if column in old or (isinstance(value, str) and value.startswith(f"{NOTES}：")):
                    row[column] = ""

    def _write_notes(self, *, headed: bool) -> None:
        used = [column for row in self.grid for column, value in enumerate(row, 1) if value not in ("", None)]
        column = max([*used, *(c for _, c in self.faults.cells), *(c for _, c in self.guarded)], default=0)
        red, first = self.formats.get("@", red=True, wrap=True), FIRST_ROW if headed else 1
        messages: dict[int, list[str]] = defaultdict(list)
        messages[first] += [f"整张表：{text}" for text in self.faults.whole]
        for row, texts in sorted(self.faults.rows.items()):
            messages[max(row, first)] += texts if row >= first else [f"第 {row} 行 {text}" for text in texts]
        if headed:
            self.target.freeze_panes(2, 0)
            self.target.write_string(0, column, NOTES, red)
            self.target.write_string(1, column, NOTES_CODE, red)
        for row, texts in messages.items():
            if texts:
                text = clean("\n".join(texts))[:_MOST_TEXT]
                self.target.write_string(row - 1, column, text if headed else f"{NOTES}：{text}", red)
        if headed or self.faults.rows or self.faults.whole:
            self.target.set_column(column, column, 60)


def save(content: bytes, *, by: User) -> uuid.UUID | None:
    """Replaces the person's earlier one; the token to fetch it, None when the disk is full."""
    discard(by=by)
    token = uuid.uuid4()
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        _path(token, by).write_bytes(content)
    except OSError:
        log.exception("a marked workbook cannot be stored")
        with suppress(OSError):
            _path(token, by).unlink()
        return None
    return token


def fetch(token: uuid.UUID, *, by: User) -> bytes:
    """Raises NotFound for anybody else's, and after an hour."""
    _delete_old()
    try:
        return _path(token, by).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("标注了错误的工作簿只保留一小时，也只有上传的人能下载。请重新上传检查。") from error


def discard(*, by: User) -> None:
    """The person's, and everybody's after an hour."""
    _delete_old()
    for path in _folder().glob(f"{by.pk}-*.xlsx"):
        path.unlink(missing_ok=True)


def _folder() -> Path:
    # Outside the store: no row points here, so no backup carries it away.
    return Path(settings.FILES_ROOT) / "marked"


def _path(token: uuid.UUID, by: User) -> Path:
    return _folder() / f"{by.pk}-{token}.xlsx"


def _delete_old() -> None:
    for path in list(_folder().glob("*.xlsx")):
        # Another request may delete at the same moment.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < clock.time() - STORED_SECONDS:
                path.unlink()
