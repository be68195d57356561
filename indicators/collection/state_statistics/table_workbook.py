"""Finds the tables of a statistics workbook: which form a sheet is, its header rows, the columns of each figure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from indicators.collection.state_statistics import kinds
from indicators.collection.state_statistics.kinds import ColumnSource, FormCatalogue, FormFigure, StatisticsForm
from portal.core.errors import Problem
from portal.core.lib import written
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.guard import column_letter

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
        return column_letter(self.column)


@dataclass(frozen=True, slots=True)
class StatisticsTable:
    """The table of a sheet: the column of school codes, its headers, the first row below them, the lines above."""

    key: int
    headers: tuple[Header, ...]
    first: int
    above: tuple[str, ...]


def plain(text: str) -> str:
    """For comparing: no blanks, half-width brackets, no 其中."""
    return re.sub(r"\s", "", written.bare(text)).translate(_ALIKE).removeprefix("其中:").removeprefix("#")


def find_table(grid: sheets.Grid, key_words: Sequence[str]) -> StatisticsTable | None:
    """None when no header holds one of the key words."""
    wanted = {plain(word) for word in key_words}
    # Every cell of the merged ranges among the headers, and the cell that holds their words.
    spread = {
        (row, column): (top, left)
        for top, left, bottom, right in grid.merged
        if top <= _SEARCHED_ROWS
        for row in range(top, min(bottom, _SEARCHED_ROWS + _MAX_HEADER_ROWS) + 1)
        for column in range(left, min(right, grid.width) + 1)
    }
    for row in range(1, min(len(grid.rows), _SEARCHED_ROWS) + 1):
        for column in range(1, len(grid.rows[row - 1]) + 1):
            if plain(sheets.shown(grid.value(row, column))) in wanted:
                return HeaderRows(grid, column, spread).table(row)
    return None


@dataclass(frozen=True, slots=True)
class HeaderRows:
    """Reads the header rows of a sheet, around the column of the key word."""

    grid: sheets.Grid
    key: int
    spread: Mapping[tuple[int, int], tuple[int, int]]

    def table(self, row: int) -> StatisticsTable:
        grid, key = self.grid, self.key
        top, bottom = row, max([row, *(b for t, left, b, right in grid.merged if t == row and left <= key <= right)])
        while bottom - row < _MAX_HEADER_ROWS and self.is_header(bottom + 1):
            bottom += 1
        while top > 1 and row - top < _MAX_HEADER_ROWS and self.is_group(top - 1):
            top -= 1
        headers = [header for column in range(1, grid.width + 1) if (header := self.header(column, top, bottom))]
        above = tuple(sheets.shown(value) for line in grid.rows[: top - 1] for value in line if value is not None)
        return StatisticsTable(key, tuple(headers), bottom + 1, above)

    def value(self, row: int, column: int) -> sheets.Raw:
        """Of a merged cell that of the whole range."""
        return self.grid.value(*self.spread.get((row, column), (row, column)))

    def filled(self, row: int) -> list[sheets.Raw]:
        rows = self.grid.rows
        return [value for value in rows[row - 1] if value is not None] if row <= len(rows) else []

    def is_header(self, row: int) -> bool:
        """Still a header below the key word: words only, nothing in the column of codes."""
        filled = self.filled(row)
        return bool(filled) and self.grid.value(row, self.key) is None and not any(map(is_number, filled))

    def is_group(self, row: int) -> bool:
        """A header above the key word: several words, none about the sheet, nothing over the codes."""
        filled = self.filled(row)
        if len(filled) < 2 or self.value(row, self.key) is not None:
            return False
        return not any(is_number(value) or _ABOUT_SHEET.search(plain(sheets.shown(value))) for value in filled)

    def header(self, column: int, top: int, bottom: int) -> Header | None:
        parts: list[str] = []
        unit = ""
        for row in range(top, bottom + 1):
            word = plain(sheets.shown(self.value(row, column)))
            in_brackets = _UNIT.search(word)
            if in_brackets and (named := kinds.unit_named(in_brackets[1])):
                word, unit = word[: in_brackets.start()], named
            if word and (not parts or parts[-1] != word):
                parts.append(word)
        return Header(column, tuple(parts), unit) if parts else None


def is_number(value: sheets.Raw) -> bool:
    """As a number or as text."""
    try:
        written.number(sheets.shown(value), is_rate=True)
    except ValueError:
        return False
    return True


def match_headers(headers: Sequence[Header], written: Sequence[str]) -> list[Header]:
    """The columns under the first way of writing that is there: the whole way down, else its end."""
    for words in written:
        parts = tuple(plain(word) for word in words.split("/"))
        whole = [header for header in headers if header.parts == parts]
        if found := whole or [header for header in headers if header.parts[-len(parts) :] == parts]:
            return found
    return []


def is_numbering(values: Sequence[sheets.Raw]) -> bool:
    """Only numbers the columns: 甲 乙 1 2 3 …."""
    words = [sheets.shown(value) for value in values if value is not None]
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 4]
    others = [word for word in words if word not in _ORDINALS]
    return bool(words) and len(others) == len(numbers) and numbers == list(range(1, len(numbers) + 1))


_TITLE_ROWS = 8
_NUMBERED = re.compile(r"(?:教基|基础基)\d{3,4}续?")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年|学年|[/—–-]\s*(?:20)?\d\d)")
_OTHER_YEARS = re.compile(r"有效期|文号|批准")


@dataclass(slots=True)
class SortedSheets:
    """The sheets of a workbook by form, with what is wrong and what was left aside."""

    forms: list[tuple[sheets.Grid, StatisticsForm]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def sort_sheets(grids: Sequence[sheets.Grid], catalogue: FormCatalogue, year: int) -> SortedSheets:
    """Sheets that are no form we read are in `unused`."""
    found = SortedSheets()
    for grid in grids:
        forms = _named(grid, catalogue, year)
        where = f"工作表“{grid.name}”"
        if not forms:
            found.unused.append(grid.name)
        elif len(forms) > 1:
            names = "、".join(form.form for form in forms)
            found.problems.append(Problem(f"表名和标题写着不同的表号（{names}）", where, "请核对是哪一张表，改成一致"))
        elif forms[0].covers(year):
            found.forms.append((grid, forms[0]))
        else:
            form = forms[0]
            until = f"{form.from_year}—{form.to_year} 年" if form.to_year else f"{form.from_year} 年起"
            now = next((other.name for other in catalogue.of_year(year) if other.title == form.title), "该年的报表")
            do = f"本评估年度的学年初在 {year} 年，请换成{now}"
            found.problems.append(Problem(f"{form.name}是{until}使用的报表", where, do))
    if not found.forms and not found.problems:
        known = "、".join(form.form for form in catalogue.of_year(year))
        what = f"没有认出 {year} 年的统计报表"
        found.problems.append(Problem(what, "工作簿", f"工作表名或标题须写明表号；可以导入的有 {known}"))
    return found


def _named(grid: sheets.Grid, catalogue: FormCatalogue, year: int) -> list[StatisticsForm]:
    top = [plain(sheets.shown(value)) for row in grid.rows[:_TITLE_ROWS] for value in row if isinstance(value, str)]
    texts = [plain(grid.name), *top]
    numbers = {number for text in texts for number in _NUMBERED.findall(text)}
    if numbers:
        known = {form.form: form for form in catalogue.forms if form.form in numbers}
        return [next((f for f in catalogue.forms if f.form == n and f.covers(year)), known[n]) for n in sorted(known)]
    titled = [form for form in catalogue.of_year(year) if any(plain(form.title) in text for text in texts)]
    return sorted(titled, key=lambda form: -len(form.title))[:1]


def stated_year(lines: Sequence[str]) -> int | None:
    """From the lines above a table (2026/2027学年初 → 2026); None for none."""
    for line in lines:
        text = plain(line)
        if not _OTHER_YEARS.search(text) and (named := _YEAR.search(text)):
            return int(named[1])
    return None


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """One column to add up; `factor` turns its figures into the item's unit; `twin` is the same in another unit."""

    header: Header
    sign: int
    unit: str
    factor: Decimal
    twin: "BoundColumn | None" = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A figure with its columns."""

    figure: FormFigure
    columns: tuple[BoundColumn, ...]


@dataclass(frozen=True, slots=True)
class Bindings:
    """What of a form stands on a sheet, and which figures it does not hold."""

    held: tuple[Binding, ...]
    absent: tuple[str, ...]


def bind_columns(form: StatisticsForm, table: StatisticsTable, sheet: str, problems: list[Problem]) -> Bindings:
    """Missing, ambiguous and unusable ones go to `problems`."""
    held: list[Binding] = []
    absent: list[str] = []
    overall = kinds.units_of_sheet([plain(line) for line in table.above])
    seen = "、".join(header.text for header in table.headers[:12])
    for figure in form.figures:
        found = [match_headers(table.headers, source.headers) for source in figure.columns]
        missing = [source.headers[0] for source, hits in zip(figure.columns, found, strict=True) if not hits]
        if missing:
            if figure.optional:
                absent.extend(missing)
                continue
            do = f"请补上该列或改正表头；表中现有 {seen}。表式确有变化的，请管理员在对照文件里补上新的写法"
            where = f"工作表“{sheet}”"
            problems += [Problem(f"{form.form}没有表头“{words}”的列", where, do) for words in missing]
            continue
        pairs = zip(figure.columns, found, strict=True)
        bound = [_bound(source, hits, figure.unit, overall, sheet, problems) for source, hits in pairs]
        if all(bound):
            held.append(Binding(figure, tuple(one for one in bound if one)))
    return Bindings(tuple(held), tuple(absent))


def _bound(
    source: ColumnSource,
    hits: Sequence[Header],
    wanted: str,
    overall: Sequence[str],
    sheet: str,
    problems: list[Problem],
) -> BoundColumn | None:
    """Of one column each in 元 and 万元 the wanted unit leads, the other checks it."""
    # The sheet's own unit where it measures the same; else what the mapping says.
    own = next((unit for unit in overall if kinds.unit_factor(unit, wanted) is not None), wanted)
    given = [header.unit or own for header in hits]
    where = f"工作表“{sheet}”{'、'.join(header.letter for header in hits)} 列（{hits[0].text}）"
    factors = [kinds.unit_factor(unit, wanted) for unit in given]
    if len(set(given)) < len(given) or len(given) > 2:
        problems.append(Problem("有几列是同样的表头，不能确定用哪一列", where, "请只保留一列，或写全上一级表头"))
        return None
    bound = [
        BoundColumn(header, source.sign, unit, factor)
        for header, unit, factor in zip(hits, given, factors, strict=True)
        if factor is not None
    ]
    if len(bound) < len(hits):
        wrong = next(unit for unit, factor in zip(given, factors, strict=True) if factor is None)
        problems.append(Problem(f"单位“{wrong}”不能换算成“{wanted}”", where, f"请换算成{wanted}，并改正表头的单位"))
        return None
    first, *rest = sorted(bound, key=lambda one: one.unit != wanted)
    return BoundColumn(first.header, first.sign, first.unit, first.factor, rest[0] if rest else None)
