"""Reads workbooks whose sheets carry Chinese headers in row 1, field codes in row 2 and one record per row after."""

import difflib
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from portal.core.errors import Invalid, Problem
from portal.core.files.inspection import packages
from portal.core.lib import numbers, written
from portal.core.spreadsheets import xlsx_guard
from portal.core.spreadsheets.xlsx_guard import Held, column_letter

Raw = str | float | bool | date | datetime | time | timedelta | None
Source = str | Path | bytes | IO[bytes]
FIRST_ROW = 3
# What a web request may read: a district's schools, and their tables.
REQUEST_ROWS, REQUEST_BYTES = 400, 8 * 1024 * 1024
_ROW_TAG = re.compile(rb"<(?:\w+:)?row[\s>]")
# The column in which a faulty workbook says what is wrong when it is handed back; sent in again, it says nothing.
NOTES, NOTES_CODE = "错误说明", "import_errors"
_EXACT_DIGITS = 15
_LARGEST_EXPONENT = 20
_SPOT = re.compile(r"工作表“(?P<sheet>.+?)”(?:第 (?P<row>\d{1,7}) 行(?: (?P<column>[A-Z]{1,3}) 列)?)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sheet to read: its name, its columns (code → Chinese header), which of them must be there.

    `required` names columns, not values; `optional` sheets may be absent;
    `plain` sheets have no header rows and are returned as they stand. Without a `key` a total or a remark is no record.
    """

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    key: str = ""
    optional: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `value`: None = blank, text without outer blanks, a number as the workbook stores it (float)."""

    sheet: str
    row: int
    column: str
    header: str
    code: str
    value: Raw

    @property
    def where(self) -> str:
        """Where it is, in words, for `Problem.where`."""
        named = f"（{self.header}）" if self.header else ""
        return f"工作表“{self.sheet}”第 {self.row} 行 {self.column} 列{named}"

    def problem(self, what: str, do: str) -> Problem:
        """Return a problem at this cell."""
        return Problem(what, self.where, do)


@dataclass(frozen=True, slots=True)
class Spot:
    """The place in a workbook that `Problem.where` names: row and column from 1 (0 = none), further words."""

    sheet: str
    row: int = 0
    column: int = 0
    rest: str = ""

    @classmethod
    def of(cls, where: str) -> "Spot | None":
        """Return the place the words name; None when they name no sheet."""
        found = _SPOT.match(where)
        if found is None:
            return None
        letters = found["column"] or ""
        # The column is said again: whoever reads the message beside the row sees no address.
        rest = (f"{letters} 列" if letters else "") + where[found.end() :]
        return cls(found["sheet"], int(found["row"] or 0), xlsx_guard.column_number(letters), rest)


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its row number and its cells by code (by column letter in a plain sheet)."""

    number: int
    cells: Mapping[str, Cell]

    def __getitem__(self, code: str) -> Cell:
        return self.cells[code]

    def value(self, code: str) -> Raw:
        """Return a cell's value; None also where the sheet has no such column."""
        cell = self.cells.get(code)
        return cell.value if cell else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as read: the codes it carries in order, and its records; trailing blank rows are left out."""

    name: str
    codes: tuple[str, ...]
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def filled_columns(self) -> set[int]:
        """The numbers, from 1, of the columns that hold anything."""
        filled = {cell.column for row in self.rows for cell in row.cells.values() if cell.value is not None}
        return set(map(xlsx_guard.column_number, filled))


def read_sheets(
    source: Source,
    wanted: Sequence[Wanted],
    *,
    problems: list[Problem] | None = None,
    refuse_other_sheets: bool = False,
    others: list[str] | None = None,
    notes: list[str] | None = None,
) -> dict[str, Sheet]:
    """Read the wanted sheets of a workbook, by name; absent optional ones are left out.

    What keeps the file from being read at all raises Invalid. Faults of single
    sheets (missing, unknown or double columns, merged or error cells) are
    appended to `problems` if a list is given, so that the caller can report
    them together with its own; without one they raise Invalid, all at once. The
    names of sheets nobody wanted are appended to `others`, and rows left out (totals, remarks) and what of the
    data nobody sees in the workbook (hidden or filtered) to `notes`, if lists are given.
    """
    found: list[Problem] = [] if problems is None else problems
    sheets: dict[str, Sheet] = {}
    book = xlsx_guard.read(content(source))
    names = [sheet.name for sheet in book]
    held = {written.folded(sheet.name): sheet for sheet in book}
    for want in wanted:
        if one := held.get(written.folded(want.name)):
            sheet = sheets[want.name] = _read(one, want, found, notes)
            if notes is not None:
                notes += one.hidden.notes(want.name, [row.number for row in sheet], sheet.filled_columns)
        elif not want.optional:
            found.append(_no_sheet(want.name, names))
    if others is not None:
        known = {written.folded(want.name) for want in wanted}
        others += [sheet.name.strip() for folded, sheet in held.items() if folded not in known]
    if refuse_other_sheets:
        found += _others(names, [want.name for want in wanted])
    if problems is None and found:
        raise Invalid("工作簿的内容有误，请按下列说明修改后重新上传。", found)
    return sheets


def is_large(data: bytes) -> bool:
    """Whether a workbook has more rows than a web request may take: reading and taking it over is a job then.

    What is no package of sheets counts by its size; whether it is one at all is said by whoever reads it.
    """
    rows = read = 0
    try:
        if xlsx_guard.is_older(data):
            return sum(len(sheet.rows or ()) for sheet in xlsx_guard.read(data)) > REQUEST_ROWS
        with zipfile.ZipFile(BytesIO(data)) as package:
            for name in package.namelist():
                if not name.casefold().startswith("xl/worksheets/"):
                    continue
                with package.open(name) as stream:
                    while chunk := stream.read(1 << 20):
                        rows, read = rows + len(_ROW_TAG.findall(chunk)), read + len(chunk)
                        if rows > REQUEST_ROWS or read > REQUEST_BYTES:
                            return True
    except (*packages.DAMAGED, Invalid):
        return len(data) > REQUEST_BYTES
    return False


def digits(cell: Cell, length: int, what: str) -> str:
    """Return a code of exactly `length` digits as text.

    A number is taken only if no digit can have been lost: whole, and of the
    full length; full-width digits (１２) are digits. Raises Invalid with the problem at the cell otherwise.
    """
    value = cell.value
    do = f"请把该列设为“文本”格式，重新填写完整的 {length} 位{what}。"
    if value is None:
        raise _at(cell, f"{what}未填写", f"请填写 {length} 位{what}。")
    if isinstance(value, float):
        if abs(value) >= 10**_EXACT_DIGITS or not value.is_integer():
            raise _at(cell, f"{what}存成了数字 {value:G}，位数已经丢失", do)
        value = str(int(value))
        if len(value) < length:
            raise _at(cell, f"{what}存成了数字 {value}，只有 {len(value)} 位，可能丢失了前导零", do)
    if not isinstance(value, str):
        raise _at(cell, f"{what}应为 {length} 位数字，实为“{shown(value)}”", do)
    plain = written.digits(value)
    if len(plain) != length or not (plain.isascii() and plain.isdigit()):
        raise _at(cell, f"{what}应为 {length} 位数字，实为“{value[:40]}”", do)
    return plain


def text(cell: Cell | None) -> str:
    """Return a cell's text ("" = blank); whole numbers without the decimal point."""
    return "" if cell is None or cell.value is None else written.bare(shown(cell.value))


def number(cell: Cell) -> Decimal | None:
    """Return a cell's number as Excel shows it in full (None = blank), also from text such as “1,200.5”.

    Raises Invalid with the problem at the cell when it is no finite number.
    """
    value = cell.value
    if value is None:
        return None
    what, do = f"应填数字，填的是“{shown(value)[:40]}”", "请填写数字，不带单位和说明文字。"
    try:
        # Excel keeps and shows 15 significant digits; the rest of a float is noise of its arithmetic.
        parsed = Decimal(f"{value:.15g}") if isinstance(value, float) else written.number(shown(value))
    except ValueError as error:
        what, _, do = str(error).partition("；")
        raise _at(cell, what, do) from error
    if not parsed.is_finite() or abs(parsed.adjusted()) > _LARGEST_EXPONENT:
        raise _at(cell, what, do)
    return parsed.normalize() + 0


def shown(value: Raw) -> str:
    """Return a raw value as a person sees it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**_EXACT_DIGITS else repr(value)
    return "" if value is None else str(value)


def problem_of(error: Invalid) -> Problem:
    """Return the one problem an error of `digits` or `number` carries."""
    return error.problems[0]


def _at(cell: Cell, what: str, do: str) -> Invalid:
    return Invalid(what, [cell.problem(what, do)])


def content(source: Source) -> bytes:
    """Return a workbook's bytes. Raises Invalid when it cannot be opened or is too large."""
    limit = settings.WORKBOOK_MAX_BYTES
    if isinstance(source, (str, Path)):
        try:
            with Path(source).open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise Invalid(f"打不开文件“{source}”（{error.strerror or error}）。请检查路径和读取权限。") from error
    else:
        data = source if isinstance(source, bytes) else source.read(limit + 1)
    if len(data) > limit:
        raise Invalid(f"文件超过 {limit // 1024 // 1024} MB，未读取。请删除图片和多余的工作表后重新上传。")
    return data


def _read(held: Held, want: Wanted, found: list[Problem], notes: list[str] | None) -> Sheet:
    grid = grid_of(held)
    columns = _plain_columns(grid) if want.plain else _columns(grid, want, found)
    first = 1 if want.plain else FIRST_ROW
    rows = tuple(_rows(grid, want, columns, first))
    if notes is not None:
        nameless = [row for row in rows if want.key in row.cells and row[want.key].value is None]
        aside = [row.number for row in nameless if written.is_aside([cell.value for cell in row.cells.values()])]
        rows = tuple(row for row in rows if row.number not in aside)
        notes += [f"工作表“{want.name}”第 {number} 行像是合计或说明，没有导入。" for number in aside]
    for (row, column), why in sorted(held.faults.items()):
        if row >= first and column in columns:
            at = Cell(want.name, row, column_letter(column), *columns[column], None)
            found.append(at.problem(why, "请改正公式并保存，或直接填写数值。"))
    found += _merged(want.name, held.merged, columns, first)
    return Sheet(want.name, tuple(code for _, code in columns.values()), rows)


def grid_of(held: Held) -> list[list[Raw]]:
    """Return the cells of a sheet, cleaned. Raises Invalid for one that cannot be read."""
    return [[cleaned(value) for value in row] for row in as_shown(held)]


def as_shown(held: Held) -> list[list[Any]]:
    """Return the cells of a sheet with each number shown in per cent as it is shown: 85.5%, not 0.855.

    Raises Invalid for a sheet that cannot be read.
    """
    if (grid := held.rows) is None:
        raise Invalid(f"工作表“{held.name}”已损坏，无法读取。请用 Excel 打开并另存为 .xlsx 后再上传。")
    for row, column in held.percents:
        if row <= len(grid) and column <= len(grid[row - 1]) and isinstance(value := grid[row - 1][column - 1], float):
            grid[row - 1][column - 1] = f"{numbers.plain(Decimal(f'{value:.15g}') * 100)}%"
    return grid


def cleaned(value: Any) -> Raw:
    """Return a cell without outer blanks (None = blank), whole numbers as floats like all others."""
    if isinstance(value, str):
        # Line ends within stay: they are what a person wrote.
        return value.strip() if written.bare(value) else None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _plain_columns(grid: list[list[Raw]]) -> dict[int, tuple[str, str]]:
    width = max((len(row) for row in grid), default=0)
    return {number: ("", column_letter(number)) for number in range(1, width + 1)}


def _columns(grid: list[list[Raw]], want: Wanted, found: list[Problem]) -> dict[int, tuple[str, str]]:
    """Map column numbers to (header, code); what is unknown, double or missing becomes a problem."""
    columns: dict[int, tuple[str, str]] = {}
    headers, codes = (grid[0] if grid else []), (grid[1] if len(grid) > 1 else [])
    if not any(written.folded(shown(code)) in want.columns for code in codes):
        found.append(
            Problem(
                "第 2 行没有字段代码",
                f"工作表“{want.name}”",
                "请使用系统提供的模板：第 1 行为中文表头，第 2 行为字段代码，第 3 行起填数据。",
            )
        )
        return {}
    for number in range(1, max(len(headers), len(codes)) + 1):
        header = written.bare(shown(headers[number - 1])) if number <= len(headers) else ""
        code = written.folded(shown(codes[number - 1])) if number <= len(codes) else ""
        if code not in want.columns and (header == NOTES or code == NOTES_CODE):
            continue
        filled = any(number <= len(row) and row[number - 1] is not None for row in grid[2:])
        if problem := _column_problem(want, number, header, code, filled, [code for _, code in columns.values()]):
            found.append(problem)
        elif code:
            columns[number] = (header or want.columns[code], code)
    held = {code for _, code in columns.values()}
    for code, header in want.columns.items():
        if code in want.required and code not in held:
            found.append(
                Problem(
                    f"缺少“{header}”一列",
                    f"工作表“{want.name}”",
                    f"请补上该列：第 1 行写“{header}”，第 2 行写 {code}。",
                )
            )
    return columns


def _column_problem(
    want: Wanted, number: int, header: str, code: str, filled: bool, held: Iterable[str]
) -> Problem | None:
    where = f"工作表“{want.name}”第 2 行 {column_letter(number)} 列" + (f"（{header}）" if header else "")
    if code in held:
        return Problem(f"字段代码 {code} 重复出现", where, "请只保留一列。")
    if code in want.columns or not (code or header or filled):
        return None
    if not code:
        return Problem("缺少字段代码", where, "请按模板补上该列的代码，或删除该列。")
    close = difflib.get_close_matches(code, want.columns, 1, 0.7)
    hint = f"是否应为 {close[0]}（{want.columns[close[0]]}）？" if close else ""
    return Problem(f"不认识的字段代码“{code[:40]}”", where, f"{hint}请按模板改正，或删除该列。")


def _rows(grid: list[list[Raw]], want: Wanted, columns: Mapping[int, tuple[str, str]], first: int) -> Iterator[Row]:
    for row_number, values in enumerate(grid[first - 1 :], first):
        cells = {
            code: Cell(
                want.name,
                row_number,
                column_letter(number),
                header,
                code,
                values[number - 1] if number <= len(values) else None,
            )
            for number, (header, code) in columns.items()
        }
        if any(cell.value is not None for cell in cells.values()):
            yield Row(row_number, cells)


def _merged(
    name: str, ranges: Iterable[xlsx_guard.Range], columns: Mapping[int, tuple[str, str]], first: int
) -> Iterator[Problem]:
    for top, left, bottom, right in ranges:
        if bottom >= first and any(left <= number <= right for number in columns):
            corner = f"{column_letter(left)}{top}:{column_letter(right)}{bottom}"
            yield Problem(f"单元格 {corner} 已合并", f"工作表“{name}”", "请取消合并，每个单元格分别填写。")


def _no_sheet(name: str, held: Sequence[str]) -> Problem:
    listed = "、".join(f"“{other}”" for other in held[:10])
    return Problem(f"缺少工作表“{name}”", "工作簿", f"文件中现有 {listed}；请把工作表改名为“{name}”，或使用模板。")


def _others(held: Sequence[str], known: Sequence[str]) -> Iterator[Problem]:
    for name in held:
        if written.folded(name) not in map(written.folded, known):
            listed = "、".join(f"“{other}”" for other in known)
            yield Problem(f"不认识的工作表“{name}”", "工作簿", f"请改名或删除；可用的工作表有 {listed}。")
