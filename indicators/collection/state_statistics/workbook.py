"""Statistics in and out of Excel: one figure per school and item, each with its cell; the comparison as a workbook."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from indicators.collection.state_statistics import queries, table_workbook as tables
from indicators.collection.state_statistics.kinds import FormCatalogue, StatisticsForm
from indicators.collection.submissions.models import Round
from indicators.standard.engine import Item
from portal.core.errors import Invalid, Problem
from portal.core.lib import numbers, written
from portal.core.lib.verdicts import NOT_APPLICABLE
from portal.core.spreadsheets import read as sheets, write
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Style, Value, Workbook
from schools.access.restricted import Persons

CODE_DIGITS = 10
_NAMES = ("学校名称", "学校（机构）名称", "学校/名称", "机构名称", "单位名称")
_BLANK = frozenset({"", "-", "--", "—", "——", "–", "/", "…"})
_LARGEST = Decimal(10) ** 14
_PLACES = -15
# 100 元: what two decimals of 万元 cannot show.
_TWIN_SLACK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ReadFigure:
    """One figure: `value` in the item's unit, `raw` and `unit` as they stand in the sheet."""

    code: str
    item: str
    value: Decimal
    raw: str
    unit: str
    form: str
    sheet: str
    cells: str
    header: str

    @property
    def where(self) -> str:
        """工作表“教基3112” D7."""
        return f"工作表“{self.sheet}” {self.cells}"

    @property
    def shown(self) -> str:
        return numbers.plain(self.value)


@dataclass(slots=True)
class ReadStatistics:
    """A workbook as read: figures by school and item, where each school first stands, what is wrong or remarkable.

    `names` has the names the rows give a school's code, each with the first place it stands at.
    """

    figures: dict[tuple[str, str], ReadFigure] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    forms: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(data: bytes, catalogue: FormCatalogue, items: Mapping[str, Item], year: int) -> ReadStatistics:
    """All statistics sheets of a year; faults go to `problems`.

    Raises Invalid when the file is no workbook or unsafe to open.
    """
    found = ReadStatistics()
    sorted_ = tables.sort_sheets(sheets.grids(data), catalogue, year)
    found.problems += sorted_.problems
    for grid, form in sorted_.forms:
        read_sheet(grid, form, items, year, found)
    if sorted_.unused and sorted_.forms:
        names = "、".join(f"“{name}”" for name in sorted_.unused)
        found.notes.append(f"工作表{names}不是要核对的报表，没有读取。")
    return found


def read_sheet(
    grid: sheets.Grid, form: StatisticsForm, items: Mapping[str, Item], year: int, found: ReadStatistics
) -> None:
    where = f"工作表“{grid.name}”"
    table = tables.find_table(grid, form.key)
    if table is None:
        do = f"每校一行，并有“{form.key[0]}”一列；汇总到区县的表不能导入"
        found.problems.append(Problem(f"{form.form}没有“{form.key[0]}”一列", where, do))
        return
    stated = tables.stated_year([grid.name, *table.above])
    if stated is None:
        found.notes.append(f"{where}没有写明年度，按 {year} 年读取，请核对。")
    elif stated != year:
        do = f"本评估年度的学年初在 {year} 年，请换成 {year} 年的报表"
        found.problems.append(Problem(f"{form.form}是 {stated} 年的报表", where, do))
        return
    bindings = tables.bind_columns(form, table, grid.name, found.problems)
    if bindings.absent:
        words = "、".join(bindings.absent)
        found.notes.append(f"{where}没有这些表头，相应项目没有统计数：{words}。")
    held = [one for one in bindings.held if one.figure.measure or one.figure.item in items]
    found.forms.append(form.name)
    reader = RowReader(grid, form, items, table, held, found)
    rows = [row for row in range(table.first, len(grid.rows) + 1) if reader.row(row)]
    used = {table.key, *reader.columns}
    for top, left, bottom, right in grid.merged:
        first = bisect_left(rows, top)
        if first < len(rows) and rows[first] <= bottom and any(left <= column <= right for column in used):
            do = "请取消合并，每所学校、每个项目各占一格。"
            found.problems.append(grid.cell(rows[first], left).problem("单元格已合并", do))
    found.notes += grid.hidden.notes(grid.name, rows, used)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one sheet into `found`."""

    grid: sheets.Grid
    form: StatisticsForm
    items: Mapping[str, Item]
    table: tables.StatisticsTable
    held: Sequence[tables.Binding]
    found: ReadStatistics

    @property
    def columns(self) -> list[int]:
        bound = [column for binding in self.held for column in binding.columns]
        return [one.header.column for column in bound for one in (column, column.twin) if one]

    def row(self, row: int) -> bool:
        """Whether it is a school's; totals, numbering and lines below the table are skipped."""
        grid, found, values = self.grid, self.found, self.grid.rows[row - 1]
        key = grid.cell(row, self.table.key, self.form.key[0])
        code = written.digits(sheets.shown(key.value))
        is_code = len(code) == CODE_DIGITS and code.isascii() and code.isdigit()
        words = [tables.plain(value) for value in values if isinstance(value, str)]
        if tables.is_numbering(values) or (not is_code and any(map(written.TOTAL.fullmatch, words))):
            return False
        figures = [grid.value(row, column) for column in self.columns]
        # Who filled it in, when, remarks.
        has_colon = any(":" in tables.plain(sheets.shown(value)) for value in values)
        is_signed = has_colon and not any(map(tables.is_number, figures))
        if not is_code and (is_signed or not any(map(_is_filled, figures))):
            return False
        try:
            code = sheets.digits(key, CODE_DIGITS, "学校标识码")
        except Invalid as error:
            found.problems.append(sheets.problem_of(error))
            return False
        where = f"工作表“{grid.name}”第 {row} 行"
        found.rows.setdefault(code, where)
        for header in tables.match_headers(self.table.headers, _NAMES)[:1]:
            if name := written.bare(sheets.shown(grid.value(row, header.column))):
                found.names.setdefault((code, name), where)
        for binding in self.held:
            self.figure(row, code, binding)
        return True

    def figure(self, row: int, code: str, binding: tables.Binding) -> None:
        """A wholly blank one is no figure; a blank next to others counts nothing and is noted."""
        found, faults = self.found, len(self.found.problems)
        amounts = [self.amount(row, column) for column in binding.columns]
        filled = [(column, amount) for column, amount in amounts if amount is not None]
        if len(found.problems) > faults or not filled:
            return
        cells = [self.grid.cell(row, column.header.column, column.header.text) for column, _ in filled]
        total = sum((amount * column.sign for column, amount in filled), Decimal(0))
        item = self.items.get(binding.figure.item)
        if fault := unusable(total, whole=item is None or item.kind == "number", is_sum=len(cells) > 1):
            found.problems.append(cells[0].problem(*fault))
            return
        if len(filled) < len(amounts):
            blank = "、".join(column.header.text for column, amount in amounts if amount is None)
            found.notes.append(f"工作表“{self.grid.name}”第 {row} 行“{blank}”空白，加总时没有计入，请核对是否为 0。")
        figure = ReadFigure(
            code=code,
            item=binding.figure.item,
            value=total,
            raw="；".join(sheets.shown(cell.value) for cell in cells)[:200],
            unit=filled[0][0].unit,
            form=self.form.form,
            sheet=self.grid.name[:40],
            cells="、".join(f"{cell.column}{cell.row}" for cell in cells),
            header="；".join(column.header.text for column, _ in filled)[:200],
        )
        earlier = found.figures.setdefault((code, figure.item), figure)
        if earlier is not figure:
            what = f"学校标识码 {code} 重复，“{figure.header}”与{earlier.where}是同一项"
            found.problems.append(cells[0].problem(what, "每所学校请只保留一行。"))

    def amount(self, row: int, column: tables.BoundColumn) -> tuple[tables.BoundColumn, Decimal | None]:
        """The column used (its twin where only that is filled in), and the amount in the item's unit."""
        taken = column
        if column.twin and not _is_filled(self.grid.value(row, column.header.column)):
            taken = column.twin
        own = self._number(row, column)
        twin = self._number(row, column.twin) if column.twin else None
        if own is None or twin is None or abs(own - twin) <= _TWIN_SLACK or column.twin is None:
            return taken, own if own is not None else twin
        cell = self.grid.cell(row, column.header.column, column.header.text)
        what = f"{cell.column} 列（{column.unit}）和 {column.twin.header.letter} 列（{column.twin.unit}）换算后不相等"
        self.found.problems.append(cell.problem(what, "请核对哪一列有误，改正或删去另一列。"))
        return taken, None

    def _number(self, row: int, column: tables.BoundColumn) -> Decimal | None:
        cell = self.grid.cell(row, column.header.column, column.header.text)
        if why := self.grid.faults.get((row, column.header.column)):
            self.found.problems.append(cell.problem(why, "请改正公式并保存，或直接填写数值。"))
            return None
        if not _is_filled(cell.value):
            return None
        try:
            value = sheets.number(cell)
        except Invalid as error:
            self.found.problems.append(sheets.problem_of(error))
            return None
        return None if value is None else value * column.factor


def _is_filled(value: sheets.Raw) -> bool:
    return written.bare(sheets.shown(value)) not in _BLANK


def unusable(total: Decimal, *, whole: bool, is_sum: bool) -> tuple[str, str] | None:
    """Why it can be no figure, and what to do; None for a sound one."""
    shown = numbers.plain(total)
    if total < 0:
        return (f"{'加减后' if is_sum else ''}是负数（{shown}）", "请核对原表，数量和面积不会小于 0。")
    if whole and total != total.to_integral_value():
        return (f"应为整数，实为“{shown}”", "请核对原表，人数、间数、班数不会有小数。")
    exponent = total.normalize().as_tuple().exponent
    if total >= _LARGEST or (isinstance(exponent, int) and exponent < _PLACES):
        return (f"数字太大或小数位太多（{shown[:40]}）", "请核对原表和单位。")
    return None


_STYLES: dict[str, Style] = {"ok": "good", "warn": "warning", "bad": "bad", "info": "", "muted": "muted"}
_COLUMNS = {
    "学校标识码": 13,
    "学校名称": 26,
    "项目": 24,
    "单位": 8,
    "填报数": 14,
    "统计数": 14,
    "相差": 14,
    "状态": 10,
    "统计来源": 22,
    "表头": 30,
    "原文": 14,
    "说明": 40,
    "说明人": 12,
    "说明时间": 17,
}


def render(round_: Round, lines: Sequence[queries.StatisticsDifference], persons: Persons, filtered: str = "") -> bytes:
    today = timezone.localdate()
    percent = numbers.plain(queries.tolerance())
    notes = [
        f"与 {queries.year_of(round_)} 年教育事业统计核对；人数、间数、班数须完全相同，面积和资产值相差不超过统计数的 {percent}% 为一致",
        f"导出日期 {today.isoformat()}",
    ]
    sheet = Sheet(
        name="统计核对",
        title=f"{round_.name} 与教育事业统计核对",
        notes=notes + ([f"仅列出：{filtered}"] if filtered else []),
        columns=[
            SheetColumn(width, "@" if number == 0 else "General") for number, width in enumerate(_COLUMNS.values())
        ],
        header=[list(_COLUMNS)],
        rows=[_compared_row(line, persons) for line in lines],
        frozen_columns=2,
        count=True,
        filter=True,
    )
    return write.render(Workbook(f"{round_.name}统计核对", round_.district.signature, today, [sheet]))


def _compared_row(line: queries.StatisticsDifference, persons: Persons) -> list[Value | SheetCell]:
    school, figure, said = line.submission.school, line.figure, line.given
    return [
        school.code if school else "",
        str(school or ""),
        line.item.label,
        line.item.unit,
        _figure_value(line.reported),
        _figure_value(line.statistics),
        _figure_value(line.difference),
        SheetCell(line.label, _STYLES[line.tone]),
        figure.source if figure else "",
        figure.header if figure else "",
        figure.raw if figure else "",
        persons.text(said.reason) if said else "",
        persons.name(said.created_by.name) if said else "",
        f"{timezone.localtime(said.created_at):%Y-%m-%d %H:%M}" if said else "",
    ]


def _figure_value(shown: str) -> Value:
    return shown if shown in ("", NOT_APPLICABLE.words) else Decimal(shown)
