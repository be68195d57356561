"""The workbook of a round: sheets, codes and headers by the standard, and how it is written."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from indicators.standard.engine import Answer, Item, NotApplicable, Spec
from portal.core.spreadsheets import write
from portal.core.spreadsheets.read import Wanted

VERSION = "1"
SCHOOLS, DISTRICT, README = "学校数据", "区县数据", "说明"
SCHOOL_CODE, SCHOOL_NAME, KIND = "school_code", "school_name", "kind"
SCHOOL_HEADERS = {SCHOOL_CODE: "学校标识码", SCHOOL_NAME: "学校名称"}
README_ROUND, README_DISTRICT, README_VERSION = "评估年度", "区划代码", "模板版本"
NOTHING = "无"


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet of table rows; several items may share it, distinguished by the column `kind`."""

    name: str
    items: tuple[Item, ...]
    of_school: bool

    @property
    def by_kind(self) -> Mapping[str, Item]:
        """The items by the word in the column `kind`; empty when the sheet holds one item."""
        return {item.sheet_kind: item for item in self.items if item.sheet_kind}

    @property
    def headers(self) -> dict[str, str]:
        head = {SCHOOL_CODE: SCHOOL_HEADERS[SCHOOL_CODE]} if self.of_school else {}
        if self.by_kind:
            head[KIND] = "类别"
        return head | {column.code: titled(column.label, column.unit) for column in self.items[0].columns}


def titled(label: str, unit: str) -> str:
    """A header with its unit: 小学在校生数(人)."""
    return f"{label}（{unit}）" if unit else label


def single_items(items: Mapping[str, Item]) -> dict[str, Item]:
    return {code: item for code, item in items.items() if item.kind != "table"}


def table_sheets(spec: Spec) -> list[TableSheet]:
    sheets = []
    for items, of_school in ((spec.items, True), (spec.district_items, False)):
        grouped: dict[str, list[Item]] = defaultdict(list)
        for item in items.values():
            if item.kind == "table":
                grouped[item.sheet].append(item)
        sheets += [TableSheet(name, tuple(held), of_school) for name, held in grouped.items()]
    return sheets


def headers(items: Mapping[str, Item]) -> dict[str, str]:
    return {code: titled(item.label, item.unit) for code, item in single_items(items).items()}


def wanted(spec: Spec) -> list[Wanted]:
    """What a workbook of submissions may hold; the reader says which of it must be there."""
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


_EXACT_DIGITS = 15
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
    """Everything the workbook shows besides the standard."""

    round_code: str
    round_name: str
    district_code: str
    district_name: str
    standard: str
    created: dt.date
    schools: Sequence[SchoolAnswers]
    district: Mapping[str, Answer] = field(default_factory=dict)


def render(spec: Spec, filled: Prefilled) -> bytes:
    """The workbook as .xlsx; importing it unchanged changes nothing."""
    sheets = [_schools(spec, filled), *(_table(sheet, filled) for sheet in table_sheets(spec))]
    sheets += [_district(spec, filled), _readme(filled)]
    return write.render(write.Workbook(f"{filled.round_name}填报数据", filled.district_name, filled.created, sheets))


def _schools(spec: Spec, filled: Prefilled) -> write.Sheet:
    items = single_items(spec.items)
    heads = SCHOOL_HEADERS | headers(spec.items)
    columns = [_text_column(14), _text_column(24), *(_column(item) for item in items.values())]
    rows = (
        [line.code, line.name, *(_cell(item, line.answers.get(code)) for code, item in items.items())]
        for line in filled.schools
    )
    return write.Sheet(SCHOOLS, columns, [list(heads.values()), list(heads)], rows, frozen_columns=2)


def _district(spec: Spec, filled: Prefilled) -> write.Sheet:
    items = single_items(spec.district_items)
    heads = headers(spec.district_items)
    rows = [[_cell(item, filled.district.get(code)) for code, item in items.items()]] if filled.district else []
    return write.Sheet(DISTRICT, [_column(i) for i in items.values()], [list(heads.values()), list(heads)], rows)


def _table(sheet: TableSheet, filled: Prefilled) -> write.Sheet:
    heads = sheet.headers
    keys = len(heads) - len(sheet.items[0].columns)
    kinds = write.SheetColumn(10, choices=tuple(sheet.by_kind))
    columns = ([_text_column(14)] if sheet.of_school else []) + ([kinds] if sheet.by_kind else [])
    columns += [_column(column) for column in sheet.items[0].columns]
    return write.Sheet(
        sheet.name, columns, [list(heads.values()), list(heads)], list(_table_rows(sheet, filled)), frozen_columns=keys
    )


def _table_rows(sheet: TableSheet, filled: Prefilled) -> Iterator[list[write.Value]]:
    lines = filled.schools if sheet.of_school else [SchoolAnswers("", "", filled.district)]
    for line in lines:
        for item in sheet.items:
            head = ([line.code] if sheet.of_school else []) + ([item.sheet_kind] if item.sheet_kind else [])
            for cells in _answer_rows(item, line.answers.get(item.code)):
                yield [*head, *cells]


def _answer_rows(item: Item, answer: Answer | None) -> Iterable[list[write.Value]]:
    blank: list[write.Value] = [None] * (len(item.columns) - 1)
    if answer is None:
        return []
    if isinstance(answer, NotApplicable):
        return [[f"不适用：{answer.reason}", *blank]]
    rows: Any = answer.value
    return [[_plain(row.get(column.code)) for column in item.columns] for row in rows] or [[NOTHING, *blank]]


def _readme(filled: Prefilled) -> write.Sheet:
    rows: list[list[write.Value]] = [
        [README_ROUND, filled.round_code],
        ["年度名称", filled.round_name],
        [README_DISTRICT, filled.district_code],
        ["区县", filled.district_name],
        ["评估标准", filled.standard],
        [README_VERSION, VERSION],
        ["导出日期", filled.created.isoformat()],
    ]
    rows += [["填写说明" if number == 0 else "", text] for number, text in enumerate(HOW_TO)]
    return write.Sheet(README, [_text_column(12), _text_column(110)], [["项目", "内容"]], rows)


def _cell(item: Item, answer: Answer | None) -> write.Value:
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


def _text_column(width: float) -> write.SheetColumn:
    return write.SheetColumn(width, number_format="@")


def _column(field_: Any) -> write.SheetColumn:
    if field_.kind == "yes_no":
        return write.SheetColumn(_ROOMY, choices=(field_.yes_label, field_.no_label), strict=False)
    if field_.kind == "choice":
        return write.SheetColumn(_ROOMY, choices=field_.choices, strict=False)
    return (
        _text_column(30 if field_.kind == "text" else 12)
        if field_.kind in ("text", "date")
        else write.SheetColumn(_ROOMY)
    )
