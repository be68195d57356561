"""Reads workbooks: sheets with Chinese headers in row 1, field codes in row 2 and a record per row after, or as they are."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.spreadsheets import guard
from portal.core.spreadsheets.guard import Hidden, Range, RawSheet, Source as Source, column_letter

Raw = str | float | bool | date | datetime | time | timedelta | None
FIRST_ROW = 3
# The column in which a faulty workbook says what is wrong when it is handed back; the import passes over it.
NOTES, NOTES_CODE = "错误说明", "import_errors"
_EXACT_DIGITS = 15
_LARGEST_EXPONENT = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sheet to read: its name, its columns (code → Chinese header), which of them must be there.

    `required` names columns, not values; `optional` sheets may be absent;
    `plain` sheets have no header rows and are returned as they are. Without a `key` a total or a remark is no record.
    """

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    key: str = ""
    optional: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class ReadCell:
    """One cell. `value`: None = blank, text without outer blanks, a number as the workbook stores it (float)."""

    sheet: str
    row: int
    column: str
    header: str
    code: str
    value: Raw

    @property
    def where(self) -> str:
        named = f"（{self.header}）" if self.header else ""
        return f"工作表“{self.sheet}”第 {self.row} 行 {self.column} 列{named}"

    def problem(self, what: str, do: str) -> Problem:
        return Problem(what, self.where, do)

    def refusal(self, what: str, do: str) -> Invalid:
        return Invalid(what, [self.problem(what, do)])


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One record: its row number and its cells by code (by column letter in a plain sheet)."""

    number: int
    cells: Mapping[str, ReadCell]

    def __getitem__(self, code: str) -> ReadCell:
        return self.cells[code]

    def value(self, code: str) -> Raw:
        """None also where the sheet has no such column."""
        cell = self.cells.get(code)
        return cell.value if cell else None


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A sheet as read: the codes it carries in order, and its records; trailing blank rows are left out."""

    name: str
    codes: tuple[str, ...]
    rows: tuple[ReadRow, ...]

    def __iter__(self) -> Iterator[ReadRow]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet nobody made for us: rows of raw values, merged ranges (top, left, bottom, right), faults by (row, column); all from 1."""

    name: str
    rows: Sequence[Sequence[Raw]]
    merged: tuple[Range, ...]
    faults: Mapping[tuple[int, int], str]
    hidden: Hidden

    def value(self, row: int, column: int) -> Raw:
        """None beyond the edges."""
        inside = 0 < row <= len(self.rows) and 0 < column <= len(self.rows[row - 1])
        return self.rows[row - 1][column - 1] if inside else None

    def cell(self, row: int, column: int, header: str = "") -> ReadCell:
        letter = column_letter(column)
        return ReadCell(self.name, row, letter, header, letter, self.value(row, column))

    @property
    def width(self) -> int:
        return max((len(row) for row in self.rows), default=0)


def grids(source: Source) -> list[Grid]:
    """Raises Invalid for what is no workbook or unsafe to open."""
    sheets = guard.load(guard.content(source))
    return [Grid(sheet.name, _values(sheet), sheet.merged, sheet.faults, sheet.hidden) for sheet in sheets]


def workbook(
    source: Source,
    wanted: Sequence[Wanted],
    *,
    problems: list[Problem] | None = None,
    refuse_other_sheets: bool = False,
    others: list[str] | None = None,
    notes: list[str] | None = None,
) -> dict[str, ReadSheet]:
    """By name; absent optional ones are left out.

    Faults of sheets go to `problems` if given, else raise Invalid all at once; `others`: names of sheets not wanted;
    `notes`: what was left out or is hidden.
    """
    found: list[Problem] = [] if problems is None else problems
    sheets: dict[str, ReadSheet] = {}
    raw_sheets = guard.load(guard.content(source))
    by_name = {written.folded(raw.name): raw for raw in raw_sheets}
    for want in wanted:
        if raw := by_name.get(written.folded(want.name)):
            sheets[want.name] = _read(raw, want, found, notes)
        elif not want.optional:
            listed = "、".join(f"“{raw.name}”" for raw in raw_sheets[:10])
            do = f"文件中现有 {listed}；请把工作表改名为“{want.name}”，或使用模板。"
            found.append(Problem(f"缺少工作表“{want.name}”", "工作簿", do))
    known = {written.folded(want.name) for want in wanted}
    if others is not None:
        others += [raw.name.strip() for folded, raw in by_name.items() if folded not in known]
    if refuse_other_sheets:
        do = f"请改名或删除；可用的工作表有 {'、'.join(f'“{want.name}”' for want in wanted)}。"
        unknown = [raw.name for raw in raw_sheets if written.folded(raw.name) not in known]
        found += [Problem(f"不认识的工作表“{name}”", "工作簿", do) for name in unknown]
    if problems is None and found:
        raise Invalid("工作簿的内容有误，请按下列说明修改后重新上传。", found)
    return sheets


def _read(raw: RawSheet, want: Wanted, found: list[Problem], notes: list[str] | None) -> ReadSheet:
    grid = _values(raw)
    if want.plain:
        width = max((len(row) for row in grid), default=0)
        columns, first = {number: ("", column_letter(number)) for number in range(1, width + 1)}, 1
    else:
        columns, first = _columns(grid, want, found), FIRST_ROW
    rows = []
    for row_number, values in enumerate(grid[first - 1 :], first):
        cells = {}
        for number, (header, code) in columns.items():
            value = values[number - 1] if number <= len(values) else None
            cells[code] = ReadCell(want.name, row_number, column_letter(number), header, code, value)
        if any(cell.value is not None for cell in cells.values()):
            rows.append(ReadRow(row_number, cells))
    if notes is not None:
        nameless = [row for row in rows if want.key in row.cells and row[want.key].value is None]
        aside = [row.number for row in nameless if written.is_aside([cell.value for cell in row.cells.values()])]
        rows = [row for row in rows if row.number not in aside]
        notes += [f"工作表“{want.name}”第 {number} 行像是合计或说明，没有导入。" for number in aside]
        filled = {cell.column for row in rows for cell in row.cells.values() if cell.value is not None}
        notes += raw.hidden.notes(want.name, [row.number for row in rows], map(guard.column_number, filled))
    for (row, column), why in sorted(raw.faults.items()):
        if row >= first and column in columns:
            at = ReadCell(want.name, row, column_letter(column), *columns[column], None)
            found.append(at.problem(why, "请改正公式并保存，或直接填写数值。"))
    for top, left, bottom, right in raw.merged:
        if bottom >= first and any(left <= number <= right for number in columns):
            corner = f"{column_letter(left)}{top}:{column_letter(right)}{bottom}"
            do = "请取消合并，每个单元格分别填写。"
            found.append(Problem(f"单元格 {corner} 已合并", f"工作表“{want.name}”", do))
    return ReadSheet(want.name, tuple(code for _, code in columns.values()), tuple(rows))


def _values(raw: RawSheet) -> list[list[Raw]]:
    return [[cleaned(value) for value in row] for row in raw.as_shown()]


def cleaned(value: Any) -> Raw:
    """Whole numbers as floats like all others."""
    if isinstance(value, str):
        # Line ends within stay: they are what a person wrote.
        return value.strip() if written.bare(value) else None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _columns(grid: list[list[Raw]], want: Wanted, found: list[Problem]) -> dict[int, tuple[str, str]]:
    """To (header, code); faults become problems."""
    columns: dict[int, tuple[str, str]] = {}
    where = f"工作表“{want.name}”"
    headers, codes = (grid[0] if grid else []), (grid[1] if len(grid) > 1 else [])
    if not any(written.folded(shown(code)) in want.columns for code in codes):
        do = "请使用系统提供的模板：第 1 行为中文表头，第 2 行为字段代码，第 3 行起填数据。"
        found.append(Problem("第 2 行没有字段代码", where, do))
        return {}
    for number in range(1, max(len(headers), len(codes)) + 1):
        header = written.bare(shown(headers[number - 1])) if number <= len(headers) else ""
        code = written.folded(shown(codes[number - 1])) if number <= len(codes) else ""
        if code not in want.columns and (header == NOTES or code == NOTES_CODE):
            continue
        taken = {code for _, code in columns.values()}
        filled = any(number <= len(row) and row[number - 1] is not None for row in grid[2:])
        if code in taken or (code not in want.columns and (code or header or filled)):
            found.append(_column_problem(want, number, header, code, is_double=code in taken))
        elif code:
            columns[number] = (header or want.columns[code], code)
    taken = {code for _, code in columns.values()}
    for code, header in want.columns.items():
        if code in want.required and code not in taken:
            do = f"请补上该列：第 1 行写“{header}”，第 2 行写 {code}。"
            found.append(Problem(f"缺少“{header}”一列", where, do))
    return columns


def _column_problem(want: Wanted, number: int, header: str, code: str, *, is_double: bool) -> Problem:
    where = f"工作表“{want.name}”第 2 行 {column_letter(number)} 列" + (f"（{header}）" if header else "")
    if is_double:
        return Problem(f"字段代码 {code} 重复出现", where, "请只保留一列。")
    if not code:
        return Problem("缺少字段代码", where, "请按模板补上该列的代码，或删除该列。")
    close = difflib.get_close_matches(code, want.columns, 1, 0.7)
    hint = f"是否应为 {close[0]}（{want.columns[close[0]]}）？" if close else ""
    return Problem(f"不认识的字段代码“{code[:40]}”", where, f"{hint}请按模板改正，或删除该列。")


def digits(cell: ReadCell, length: int, what: str) -> str:
    """Exactly `length` as text; a number only if no digit can have been lost. Raises Invalid."""
    value = cell.value
    do = f"请把该列设为“文本”格式，重新填写完整的 {length} 位{what}。"
    if value is None:
        raise cell.refusal(f"{what}未填写", f"请填写 {length} 位{what}。")
    if isinstance(value, float):
        if abs(value) >= 10**_EXACT_DIGITS or not value.is_integer():
            raise cell.refusal(f"{what}存成了数字 {value:G}，位数已经丢失", do)
        value = str(int(value))
        if len(value) < length:
            raise cell.refusal(f"{what}存成了数字 {value}，只有 {len(value)} 位，可能丢失了前导零", do)
    if not isinstance(value, str):
        raise cell.refusal(f"{what}应为 {length} 位数字，实为“{shown(value)}”", do)
    plain = written.digits(value)
    if len(plain) != length or not (plain.isascii() and plain.isdigit()):
        raise cell.refusal(f"{what}应为 {length} 位数字，实为“{value[:40]}”", do)
    return plain


def text(cell: ReadCell | None) -> str:
    """A whole number without the decimal point."""
    return "" if cell is None or cell.value is None else written.bare(shown(cell.value))


def number(cell: ReadCell) -> Decimal | None:
    """As Excel shows it in full, also from text. Raises Invalid."""
    value = cell.value
    if value is None:
        return None
    what, do = f"应填数字，填的是“{shown(value)[:40]}”", "请填写数字，不带单位和说明文字。"
    try:
        # Excel stores and shows 15 significant digits; the rest of a float is noise of its arithmetic.
        parsed = Decimal(f"{value:.15g}") if isinstance(value, float) else written.number(shown(value))
    except ValueError as error:
        what, _, do = str(error).partition("；")
        raise cell.refusal(what, do) from error
    if not parsed.is_finite() or abs(parsed.adjusted()) > _LARGEST_EXPONENT:
        raise cell.refusal(what, do)
    return parsed.normalize() + 0


def day(cell: ReadCell) -> date:
    """Stored as a date, or written as people do. Raises ValueError, also when blank."""
    if isinstance(cell.value, datetime):
        return cell.value.date()
    return cell.value if isinstance(cell.value, date) else written.day(text(cell))


def shown(value: Raw) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**_EXACT_DIGITS else repr(value)
    return "" if value is None else str(value)


def problem_of(error: Invalid) -> Problem:
    return error.problems[0]
