"""The workbook of a round: sheets, codes and headers by the standard, how it is written, and read into answers."""

import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from indicators.collection.submissions.models import Round
from indicators.standard.engine import Answer, BadValue, Item, NotApplicable, Spec, Value, parse_cell, parse_value
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.lib.verdicts import NOT_APPLICABLE
from portal.core.spreadsheets import read as sheets, write
from portal.core.spreadsheets.read import ReadCell, ReadRow, ReadSheet, Wanted

VERSION = "1"
SCHOOLS, DISTRICT, README = "学校数据", "区县数据", "说明"
SCHOOL_CODE, SCHOOL_NAME, KIND = "school_code", "school_name", "kind"
SCHOOL_HEADERS = {SCHOOL_CODE: "学校标识码", SCHOOL_NAME: "学校名称"}
README_ROUND, README_DISTRICT, README_VERSION = "评估年度", "区划代码", "模板版本"
NOTHING, BUREAU = "无", ""
_EXACT_DIGITS, _EXACT = 15, 10**15
_ROOMY = 14
HOW_TO = (
    "第 1 行是项目名称和单位，第 2 行是代码，请勿改动；从第 3 行起填写，列的先后可以调整，用不到的列可以删除。",
    "空白：表示还没有填。导入时空白不会改动系统里已填的内容。",
    "0：表示确实为零。没有的项目请填 0，不要留空。",
    "不适用：写成“不适用：原因”，例如“不适用：本校没有初中”。",
    "学校标识码是 10 位文本，请勿改成数字。数字只填阿拉伯数字，不带单位；单位见第 1 行。",
    "班级名册、音乐美术教室等表：每行一条，用学校标识码说明是哪所学校；导入时以表中该校的全部行替换原有内容。",
    "没有音乐教室、没有荣誉等情况：写一行学校标识码（和类别），在名称等第一个空格里填“无”。",
    "区县数据、质量监测：由教育局填写，不填可以删除整张表。",
)


@dataclass(frozen=True, slots=True)
class SchoolAnswers:
    """One school of the template with what it has answered."""

    code: str
    name: str
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Everything the workbook shows that the standard does not hold."""

    round_code: str
    round_name: str
    district_code: str
    district_name: str
    standard: str
    created: dt.date
    schools: Sequence[SchoolAnswers]
    district: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet of table rows; several items may share it, distinguished by the column `kind`."""

    name: str
    items: tuple[Item, ...]
    of_school: bool

    @property
    def by_kind(self) -> Mapping[str, Item]:
        """By the word in column `kind`; empty when the sheet has one item."""
        return {item.sheet_kind: item for item in self.items if item.sheet_kind}

    @property
    def headers(self) -> dict[str, str]:
        head = {SCHOOL_CODE: SCHOOL_HEADERS[SCHOOL_CODE]} if self.of_school else {}
        if self.by_kind:
            head[KIND] = "类别"
        return head | {column.code: titled(column.label, column.unit) for column in self.items[0].columns}

    def filled(self, lines: Iterable[SchoolAnswers]) -> write.Sheet:
        heads = self.headers
        columns = ([text_column(14)] if self.of_school else []) + (
            [write.SheetColumn(10, choices=tuple(self.by_kind))] if self.by_kind else []
        )
        keys = len(columns)
        columns += [_column(column) for column in self.items[0].columns]
        rows = [
            [*([line.code] if self.of_school else []), *([item.sheet_kind] if item.sheet_kind else []), *cells]
            for line in lines
            for item in self.items
            for cells in _answer_rows(item, line.answers.get(item.code))
        ]
        return write.Sheet(self.name, columns, [list(heads.values()), list(heads)], rows, frozen_columns=keys)


def titled(label: str, unit: str) -> str:
    """A header with its unit: 小学在校生数(人)."""
    return f"{label}（{unit}）" if unit else label


def single_items(items: Mapping[str, Item]) -> dict[str, Item]:
    return {code: item for code, item in items.items() if item.kind != "table"}


def table_sheets(spec: Spec) -> list[TableSheet]:
    return [*sheets_of(spec.items.values(), of_school=True), *sheets_of(spec.district_items.values(), of_school=False)]


def sheets_of(items: Iterable[Item], *, of_school: bool) -> list[TableSheet]:
    grouped: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.kind == "table":
            grouped[item.sheet].append(item)
    return [TableSheet(name, tuple(held), of_school) for name, held in grouped.items()]


def headers(items: Mapping[str, Item]) -> dict[str, str]:
    return {code: titled(item.label, item.unit) for code, item in single_items(items).items()}


def wanted(spec: Spec) -> list[Wanted]:
    """The reader says which must be there."""
    code = frozenset({SCHOOL_CODE})
    tables = [
        Wanted(
            sheet.name,
            ({SCHOOL_NAME: SCHOOL_HEADERS[SCHOOL_NAME]} if sheet.of_school else {}) | sheet.headers,
            (code if sheet.of_school else frozenset()) | (frozenset({KIND}) if sheet.by_kind else frozenset()),
            SCHOOL_CODE if sheet.of_school else "",
            optional=True,
        )
        for sheet in table_sheets(spec)
    ]
    return [
        Wanted(SCHOOLS, SCHOOL_HEADERS | headers(spec.items), code, SCHOOL_CODE, optional=True),
        *tables,
        Wanted(DISTRICT, headers(spec.district_items), optional=True),
        Wanted(README, optional=True, plain=True),
    ]


def render(spec: Spec, filled: Prefilled) -> bytes:
    """.xlsx; importing it unchanged changes nothing."""
    readme: list[list[write.Value]] = [
        [README_ROUND, filled.round_code],
        ["年度名称", filled.round_name],
        [README_DISTRICT, filled.district_code],
        ["区县", filled.district_name],
        ["评估标准", filled.standard],
        [README_VERSION, VERSION],
        ["导出日期", filled.created.isoformat()],
    ]
    readme += [["填写说明" if number == 0 else "", text] for number, text in enumerate(HOW_TO)]
    heads, own = SCHOOL_HEADERS | headers(spec.items), headers(spec.district_items)
    items, own_items = single_items(spec.items), single_items(spec.district_items)
    columns = [text_column(14), text_column(24), *map(_column, items.values())]
    schools = ([line.code, line.name, *_cells(items, line.answers)] for line in filled.schools)
    bureau = [_cells(own_items, filled.district)] if filled.district else []
    own_lines = [SchoolAnswers("", "", filled.district)]
    made = [
        write.Sheet(SCHOOLS, columns, [list(heads.values()), list(heads)], schools, frozen_columns=2),
        *(sheet.filled(filled.schools if sheet.of_school else own_lines) for sheet in table_sheets(spec)),
        write.Sheet(DISTRICT, [*map(_column, own_items.values())], [list(own.values()), list(own)], bureau),
        write.Sheet(README, [text_column(12), text_column(110)], [["项目", "内容"]], readme),
    ]
    return write.render(write.Workbook(f"{filled.round_name}填报数据", filled.district_name, filled.created, made))


def _answer_rows(item: Item, answer: Answer | None) -> Iterable[list[write.Value]]:
    blank: list[write.Value] = [None] * (len(item.columns) - 1)
    if answer is None:
        return []
    if isinstance(answer, NotApplicable):
        return [[f"不适用：{answer.reason}", *blank]]
    rows: Any = answer.value
    return [[_plain(row.get(column.code)) for column in item.columns] for row in rows] or [[NOTHING, *blank]]


def _cells(items: Mapping[str, Item], given: Mapping[str, Answer]) -> list[write.Value]:
    return [cell_of(item, given.get(code)) for code, item in items.items()]


def cell_of(item: Item, answer: Answer | None) -> write.Value:
    if answer is None:
        return None
    if isinstance(answer, NotApplicable):
        return f"不适用：{answer.reason}"
    if item.kind == "yes_no":
        return item.yes_label if answer.value else item.no_label
    return _plain(answer.value)


def _plain(value: Any) -> write.Value:
    # A spreadsheet keeps 15 digits of a number: longer ones travel as text, which the import reads exactly.
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > _EXACT_DIGITS:
        return f"{value:f}"
    return value


def text_column(width: float) -> write.SheetColumn:
    return write.SheetColumn(width, number_format="@")


def _column(field_: Any) -> write.SheetColumn:
    if field_.kind == "yes_no":
        return write.SheetColumn(_ROOMY, choices=(field_.yes_label, field_.no_label), strict=False)
    if field_.kind == "choice":
        return write.SheetColumn(_ROOMY, choices=field_.choices, strict=False)
    if field_.kind in ("text", "date"):
        return text_column(30 if field_.kind == "text" else 12)
    return write.SheetColumn(_ROOMY)


@dataclass(slots=True)
class ReadWorkbook:
    """What a workbook says: answers by school code ("" = the bureau), where each stands, the year it names."""

    answers: dict[str, dict[str, Answer]] = field(default_factory=lambda: defaultdict(dict))
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    year: str = ""

    def where(self, code: str, field_code: str) -> str:
        return self.places.get((code, field_code)) or self.rows.get(code, "工作簿")

    def put(self, code: str, item: Item, answer: Answer | None, where: str) -> None:
        if answer is not None:
            self.answers[code][item.code] = answer
            self.places[code, item.code] = where

    def _school_code(self, row: ReadRow) -> str | None:
        try:
            return sheets.digits(row[SCHOOL_CODE], 10, "学校标识码")
        except Invalid as error:
            self.problems += error.problems
            return None

    def parsed(self, cell: ReadCell, parse: Callable[[Any], Any]) -> Any:
        # A whole number as a person typed it: -1, where the workbook stores -1.0.
        value: sheets.Raw | int = cell.value
        if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
            value = int(value)
        try:
            return parse(value)
        except BadValue as error:
            what, _, do = str(error).partition("；")
            self.problems.append(cell.problem(what, do or "请按第 1 行的项目和单位改正。"))
            return None

    def _single(self, row: ReadRow, items: Mapping[str, Item], code: str) -> None:
        self.answers[code]  # a row without figures still names who it is of
        for cell in row.cells.values():
            item = items.get(cell.code)
            if item is not None and cell.value is not None:
                self.put(code, item, self.parsed(cell, partial(parse_value, item)), cell.where)

    def read_readme(self, sheet: ReadSheet, expected: Mapping[str, tuple[str, str, str]]) -> None:
        """Refuse a workbook that differs from `expected` (code, name, what to do) by key.

        Another template's version is only noted.
        """
        for row in sheet:
            key, cell = sheets.text(row.cells.get("A")), row.cells.get("B")
            said = sheets.text(cell)
            if key == README_VERSION and said and said != VERSION:
                self.notes.append(f"工作簿写明的模板版本是“{said}”，现行版本是“{VERSION}”；各列已按代码逐一核对。")
            if key == README_ROUND:
                self.year = said
            if key not in expected or not cell or not said:
                continue
            code, name, do = expected[key]
            if code not in said and said != name:
                self.problems.append(cell.problem(f"{key}是“{said}”，而这里是“{code}”", f"{do}，或核对导入到哪里。"))

    def read_schools(self, sheet: ReadSheet, items: Mapping[str, Item]) -> None:
        for row in sheet if SCHOOL_CODE in sheet.codes else ():
            code = self._school_code(row)
            if code is None:
                continue
            if code in self.rows:
                do = f"与{self.rows[code]}是同一所学校，请只保留一行。"
                self.problems.append(row[SCHOOL_CODE].problem(f"学校标识码 {code} 重复", do))
                continue
            self.rows[code] = f"工作表“{sheet.name}”第 {row.number} 行"
            self.names[code] = (sheets.text(row.cells.get(SCHOOL_NAME)), self.rows[code])
            self._single(row, items, code)

    def read_district(self, sheet: ReadSheet, items: Mapping[str, Item]) -> None:
        for number, row in enumerate(sheet):
            where = f"工作表“{sheet.name}”第 {row.number} 行"
            if number:
                do = "请只保留第 3 行，删除其余各行。"
                self.problems.append(Problem("区县数据只能有一行", where, do))
            else:
                self.rows[BUREAU] = where
                self._single(row, items, BUREAU)

    def read_table(self, sheet: ReadSheet, table: TableSheet) -> None:
        needed = ({SCHOOL_CODE} if table.of_school else set()) | ({KIND} if table.by_kind else set())
        gathered: dict[tuple[str, str], list[ReadRow]] = defaultdict(list)
        for row in sheet if needed <= set(sheet.codes) else ():
            code, item = self._school_code(row) if table.of_school else BUREAU, table.items[0]
            if table.by_kind:
                kind = written.chosen(sheets.text(row[KIND]), list(table.by_kind))
                if kind is None:
                    what = f"类别应为“{'、'.join(table.by_kind)}”之一"
                    self.problems.append(row[KIND].problem(what, "请从下拉列表中选择。"))
                    continue
                item = table.by_kind[kind]
            if code is not None:
                gathered[code, item.code].append(row)
        items = {item.code: item for item in table.items}
        for (code, item_code), rows in gathered.items():
            first = f"工作表“{sheet.name}”第 {rows[0].number} 行"
            self.rows.setdefault(code, first)
            self.lines[code, item_code] = [row.number for row in rows]
            self.put(code, items[item_code], self._table_answer(items[item_code], rows), first)

    def _table_answer(self, item: Item, rows: list[ReadRow]) -> Answer | None:
        """A single row 无 is an empty table, 不适用:原因 is not applicable."""
        said = [cell for column in item.columns if (cell := rows[0].cells.get(column.code)) and cell.value is not None]
        if len(rows) == len(said) == 1:
            words = sheets.text(said[0])
            if words in (NOTHING, "没有"):
                return Value(())
            if words.startswith(NOT_APPLICABLE.words):
                if reason := words.removeprefix(NOT_APPLICABLE.words).lstrip(":\uff1a "):
                    return NotApplicable(reason[:200])
                self.problems.append(said[0].problem("“不适用”没有写明原因", "请写成“不适用：原因”。"))
        parsed, before = [], len(self.problems)
        for row in rows:
            cells: dict[str, Any] = {}
            for column in item.columns:
                cell = row.cells.get(column.code)
                is_filled = cell is not None and cell.value is not None
                cells[column.code] = self.parsed(cell, partial(parse_cell, column)) if cell and is_filled else None
            parsed.append(cells)
        return Value(tuple(parsed)) if len(self.problems) == before else None


def read(source: sheets.Source, spec: Spec, round_: Round) -> ReadWorkbook:
    """Raises Invalid for no workbook; all else is in `problems`.

    A blank cell, column or sheet is no answer and left out; so is a sheet of another name, with a note.
    """
    found, asked, others = ReadWorkbook(), wanted(spec), list[str]()
    held = sheets.workbook(source, asked, problems=found.problems, others=others, notes=found.notes)
    absent = [want.name for want in asked if want.name not in held]
    for name in others:
        close = difflib.get_close_matches(name, absent, 1, 0.5)
        hint = (
            f"是否应为“{close[0]}”？如是，请改名后重新导入。"
            if close
            else "如其中有填报数据，请按模板的工作表名称填写。"
        )
        found.notes.append(f"工作表“{name}”不是模板中的工作表，没有导入。{hint}")
    if not (held.keys() - {README}) and not found.problems:
        do = f"请使用系统导出的模板，填报数据写在工作表“{SCHOOLS}”"
        missing = [Problem(note) for note in found.notes] or [Problem("没有填报工作表", "工作簿", do)]
        raise Invalid("工作簿里没有可以导入的工作表。", missing)
    if README in held:
        district = round_.district
        expected = {
            README_ROUND: (round_.code, round_.name, "请下载本年度的模板"),
            README_DISTRICT: (district.code, district.name, "请下载本区县的模板"),
        }
        found.read_readme(held[README], expected)
    if SCHOOLS in held:
        found.read_schools(held[SCHOOLS], single_items(spec.items))
    if DISTRICT in held:
        found.read_district(held[DISTRICT], single_items(spec.district_items))
    for table in table_sheets(spec):
        if table.name in held:
            found.read_table(held[table.name], table)
    if not found.rows and not found.problems:
        raise Invalid("工作簿里没有任何填报数据。请从第 3 行起每行填写一所学校，填好保存后重新导入。")
    return found
