"""Reads the rows of a paper's sheet: which are records, what stands in a column, which stage and class a row is of.

Pure. What is not clear becomes a question, what is wrong a problem; never a guess.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from indicators.collection.rosters.kinds import (
    CLASS,
    GRADE,
    STAGE,
    RosterClass,
    RosterColumn,
    RosterKind,
    class_of,
    plain,
)
from indicators.collection.rosters.layout_workbook import RosterHeader, RosterLayout, Said
from indicators.standard.engine import Item, Value
from portal.core.errors import Invalid, Problem
from portal.core.lib import numbers, written
from portal.core.spreadsheets import read as sheets

ANY = "*"
_MOST_WORDS, _MOST_PROBLEMS = 12, 20
_NOTHING = frozenset({"", "无", "没有", "否", "0", "-", "—", "/", "n", "×"})
_GRAND_TOTAL = re.compile("(合计|总计)")
_STAGE_WORDS = {"primary": "小学", "junior": "初中", "senior": "高中"}


@dataclass(frozen=True, slots=True)
class RosterSetting:
    """The school that is counted for: the items it is asked, its stages with their words, the year its school year begins."""

    items: Mapping[str, Item]
    stages: Mapping[str, str]
    year: int


@dataclass(slots=True)
class RosterQuestion:
    """What a person must say first; `code` names it in the page and in what is remembered."""

    code: str
    text: str
    options: tuple[tuple[str, str], ...]
    seen: set[tuple[str, int]] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """In how many rows it came up; 0 for what is asked of a whole column or sheet."""
        return len(self.seen)


@dataclass(frozen=True, slots=True)
class RosterProposal:
    """A figure as counted, and the sentences that say where it comes from."""

    item: Item
    value: Value
    kind: RosterKind
    sources: tuple[str, ...]


@dataclass(slots=True)
class RosterCount:
    """What came of counting: proposals by item, what must be asked, what is wrong, what was left out."""

    proposals: dict[str, RosterProposal] = field(default_factory=dict)
    questions: dict[str, RosterQuestion] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


class RosterOpen(Exception):
    """What a figure needs is asked or wrong; it is noted, and the figure is not proposed."""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A record and the sheet it stands in."""

    layout: RosterLayout
    number: int

    @property
    def where(self) -> str:
        return f"工作表“{self.layout.grid.name}”第 {self.number} 行"


@dataclass(frozen=True, slots=True)
class RosterReader:
    """Reads the sheets of one kind; questions, problems and notes go into `found`."""

    kind: RosterKind
    setting: RosterSetting
    said: Said
    found: RosterCount
    strange: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    reported: set[tuple[str, int, str]] = field(default_factory=set)

    def rows(self, layout: RosterLayout) -> Iterator[RosterRow]:
        """Without totals, remarks, repeated headers and rows with nothing in the columns that count."""
        grid, aside, empty = layout.grid, 0, 0
        headed = {header.column: header.last for header in layout.headers if header.column in layout.roles}
        hidden, totals, records = [], [], []
        for number in range(layout.first, len(grid.rows) + 1):
            values = grid.rows[number - 1]
            filled = [value for value in values if value is not None]
            if not filled:
                continue
            texts = [plain(value).rstrip(":") for value in filled if isinstance(value, str)]
            again = sum(plain(sheets.shown(layout.value(number, n))).startswith(word) for n, word in headed.items())
            if any(map(written.TOTAL.fullmatch, texts)) or written.is_aside(values) or again > 1:
                aside += 1
                totals += [number] * any(_GRAND_TOTAL.fullmatch(text) for text in texts)
            elif not any(layout.value(number, column) is not None for column in headed):
                empty += 1
            elif not (number == layout.first and _is_numbering(filled)):
                hidden += [number] * grid.hidden.hides_row(number)
                records.append(number)
                yield RosterRow(layout, number)
        where = f"工作表“{grid.name}”"
        if len(totals) == 1:
            self.compare_total(layout, totals[0], records)
        if aside:
            self.found.notes.append(f"{where}有 {aside} 行合计、说明或重复的表头，没有计数。")
        if empty:
            self.found.notes.append(f"{where}有 {empty} 行在要用的列里都是空白，没有计数。")
        if hidden:
            self.found.notes.append(
                f"{where}有 {len(hidden)} 行是隐藏或被筛选的，照样计数；不该有的请删除后重新选择文件。"
            )
        if grid.hidden.is_unknown:
            self.found.notes.append(f"{where}来自 .xls 或 .ods 文件，看不出隐藏的行，请核对行数。")

    def compare_total(self, layout: RosterLayout, total: int, records: Sequence[int]) -> None:
        """With the sheet's own total."""
        for header in layout.headers:
            role = layout.roles.get(header.column, "")
            if role not in self.kind.columns or self.kind.columns[role].type != "number":
                continue
            try:
                stated, *amounts = (sheets.number(layout.grid.cell(row, header.column)) for row in (total, *records))
            except Invalid:
                continue
            added = sum((amount for amount in amounts if amount is not None), Decimal(0))
            if stated is not None and stated != added:
                at = f"工作表“{layout.grid.name}”第 {total} 行写的合计（{header.letter} 列“{header.shown}”）"
                said = f"是 {numbers.plain(stated)}，逐行相加是 {numbers.plain(added)}，请核对。"
                self.found.notes.append(at + said)

    def problem(self, row: RosterRow, role: str, what: str, do: str) -> None:
        """Once for each cell, up to a readable number."""
        mark = (row.layout.key, row.number, role)
        if mark in self.reported:
            return
        self.reported.add(mark)
        if len(self.reported) > _MOST_PROBLEMS:
            return
        header = row.layout.header(role)
        at = f" {header.letter} 列（{header.shown}）" if header else ""
        self.found.problems.append(Problem(what, f"{row.where}{at}", do))

    def refuse_strange(self) -> None:
        """Many unknown words mean another column; they may be names, so none is asked."""
        for (sheet, role), words in self.strange.items():
            if len(words) > _MOST_WORDS:
                column = self.kind.columns[role]
                what = f"“{column.label}”一列有 {len(words)} 种不认识的写法"
                do = "这一列可能指定错了，请在下面核对；没有列出其中的内容。"
                self.found.problems.append(Problem(what, f"工作表“{sheet}”", do))
                for word in words:
                    self.found.questions.pop(self.word_code(column, word), None)

    def meaning(self, row: RosterRow, role: str) -> str:
        """Of a row's cell; ANY for a column that may be absent. Raises RosterOpen."""
        column, header = self.kind.columns[role], row.layout.header(role)
        if header is None:
            return ANY if column.may_be_absent else self.assumed(row.layout, column)
        if column.type == "number":
            return "yes" if (self.number(row, role, blank=Decimal(0)) or 0) >= (column.at_least or 0) else "no"
        word = self.word(row, header)
        if column.type == "filled":
            return "no" if word in _NOTHING else "yes"
        if not word:
            if not column.blank:
                self.problem(row, role, "空白", f"请补填“{column.label}”，或在表里删去不该有的行。")
                raise RosterOpen
            return column.blank
        code = self.word_code(column, word)
        meaning = self.said.chosen(code, {one.code for one in column.meanings}) or column.meaning(word)
        if not meaning:
            self.strange[row.layout.grid.name, role].add(word)
            text = f"{self.kind.label}“{header.shown}”一列写“{word[:20]}”的，算作"
            options = tuple((one.code, one.label) for one in column.meanings)
            self.ask(code, text, options).seen.add((row.layout.key, row.number))
            raise RosterOpen
        return meaning

    def word(self, row: RosterRow, header: RosterHeader) -> str:
        if why := row.layout.grid.faults.get((row.number, header.column)):
            self.problem(row, row.layout.roles[header.column], why, "请改正公式并保存，或直接填写内容。")
            raise RosterOpen
        return plain(sheets.shown(row.layout.value(row.number, header.column)))

    def word_code(self, column: RosterColumn, word: str) -> str:
        return self.said.digest(f"{self.kind.code}:{column.role}:{word}")

    def assumed(self, layout: RosterLayout, column: RosterColumn) -> str:
        """What all rows are where no column says it."""
        headers = "/".join(header.whole for header in layout.headers)
        code = self.said.digest(f"{self.kind.code}:all:{column.role}:{layout.grid.name}:{headers}")
        options = {one.code: one.label for one in column.meanings}
        if held := self.said.chosen(code, options):
            return held
        asked = column.asked_if_absent or f"表里没有“{column.label}”，每一行都是"
        self.ask(code, f"{self.kind.label}工作表“{layout.grid.name}”：{asked}", tuple(options.items()))
        raise RosterOpen

    def ask(self, code: str, text: str, options: tuple[tuple[str, str], ...]) -> RosterQuestion:
        return self.found.questions.setdefault(code, RosterQuestion(code, text, options))

    def number(self, row: RosterRow, role: str, blank: Decimal | None = None) -> Decimal:
        """In the item's unit. Raises RosterOpen."""
        header, column = row.layout.header(role), self.kind.columns[role]
        if header is None:
            raise RosterOpen
        self.word(row, header)
        try:
            value = sheets.number(row.layout.grid.cell(row.number, header.column, header.shown))
        except Invalid as error:
            self.problem(row, role, error.message, "请只填数字，不带单位和文字。")
            raise RosterOpen from error
        if value is None and blank is None:
            self.problem(row, role, "空白", f"请补填“{column.label}”；合并的单元格请拆开，各行分别填写。")
            raise RosterOpen
        if value is not None and value < 0:
            self.problem(row, role, f"是负数（{numbers.plain(value)}）", "请核对原表。")
            raise RosterOpen
        return (value if value is not None else blank or Decimal(0)) * self.factor(row.layout, header, column)

    def factor(self, layout: RosterLayout, header: RosterHeader, column: RosterColumn) -> Decimal:
        if not column.units:
            return Decimal(1)
        code = self.said.digest(f"{self.kind.code}:unit:{header.whole}")
        above = layout.unit_above if layout.unit_above in column.units else ""
        unit = header.unit or above or column.unit_if_silent or self.said.chosen(code, column.units)
        if unit in column.units:
            return column.units[unit]
        if header.unit:
            where = f"工作表“{layout.grid.name}” {header.letter} 列（{header.shown}）"
            problem = Problem(f"单位是“{unit}”，不能换算", where, f"请改用{'、'.join(column.units)}。")
            self.found.problems += [problem] * (problem not in self.found.problems)
        else:
            options = tuple((unit, unit) for unit in column.units)
            self.ask(code, f"{self.kind.label}“{header.shown}”一列（{header.letter} 列）没有写单位，单位是", options)
        raise RosterOpen

    def stage(self, row: RosterRow) -> str:
        """By its column, its grade, the name of the sheet, or the only one the school runs. Raises RosterOpen."""
        layout, stages = row.layout, self.setting.stages
        if layout.header(STAGE):
            found = self.meaning(row, STAGE)
        elif self.kind.classes and (held := self.class_if_clear(row)):
            found = held.stage
        else:
            named = [code for code, word in _STAGE_WORDS.items() if word in plain(layout.grid.name)]
            own = named if len(named) == 1 else list(stages) if len(stages) == 1 else []
            found = own[0] if own else self.assumed(layout, self.kind.columns[STAGE])
        if found not in stages:
            label = self.kind.columns[STAGE].label_of(found)
            do = "请核对；有附设班的，请先在填报页添加附设班的在校生数，再来读取。"
            self.problem(row, STAGE, f"是{label}，本校没有{label}学段", do)
            raise RosterOpen
        return found

    def class_in(self, row: RosterRow) -> RosterClass:
        """By its columns, or by the name of a sheet that is a class. Raises RosterOpen."""
        if found := self.class_if_clear(row):
            return found
        role = GRADE if row.layout.header(GRADE) else CLASS
        do = "请写明年级和班级，例如年级“三年级”、班级“1班”；不是班级的行请删除。"
        self.problem(row, role, "看不出是哪个年级、哪个班", do)
        raise RosterOpen

    def class_if_clear(self, row: RosterRow) -> RosterClass | None:
        layout, year = row.layout, self.setting.year
        grade, name = (
            sheets.shown(layout.value(row.number, header.column)) if (header := layout.header(role)) else ""
            for role in (GRADE, CLASS)
        )
        named = name if layout.header(CLASS) else layout.grid.name
        if layout.header(STAGE):
            stage = self.meaning(row, STAGE)
        else:
            stage = next(iter(self.setting.stages)) if len(self.setting.stages) == 1 else ""
        found = class_of(grade, named, stage, year)
        # A class of another stage than the only one here is not that stage's first grades.
        return found or (class_of(grade, named, "", year) if not layout.header(STAGE) else None)


def _is_numbering(filled: Sequence[sheets.Raw]) -> bool:
    """1, 2, 3 … below a header."""
    return len(filled) > 2 and [sheets.shown(value) for value in filled] == [str(n + 1) for n in range(len(filled))]
