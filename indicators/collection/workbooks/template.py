"""Writes the returns workbook: the template, prefilled with what is already answered."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from indicators.collection.workbooks import layout
from indicators.standard.engine import Answer, Item, NotApplicable, Spec
from portal.core.spreadsheets import write

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
class SchoolLine:
    """One school of the template with what it has answered."""

    code: str
    name: str
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """Everything the workbook shows besides the standard."""

    round_code: str
    round_name: str
    district_code: str
    district_name: str
    standard: str
    created: dt.date
    schools: Sequence[SchoolLine]
    district: Mapping[str, Answer] = field(default_factory=dict)


def render(spec: Spec, filled: Filled) -> bytes:
    """Return the workbook as .xlsx; importing it unchanged changes nothing."""
    sheets = [_schools(spec, filled), *(_table(sheet, filled) for sheet in layout.table_sheets(spec))]
    sheets += [_district(spec, filled), _readme(filled)]
    return write.render(write.Workbook(f"{filled.round_name}填报数据", filled.district_name, filled.created, sheets))


def _schools(spec: Spec, filled: Filled) -> write.Sheet:
    items = layout.single_items(spec.items)
    heads = layout.SCHOOL_HEADERS | layout.headers(spec.items)
    columns = [_text_column(14), _text_column(24), *(_column(item) for item in items.values())]
    rows = (
        [line.code, line.name, *(_cell(item, line.answers.get(code)) for code, item in items.items())]
        for line in filled.schools
    )
    return write.Sheet(layout.SCHOOLS, columns, [list(heads.values()), list(heads)], rows, frozen_columns=2)


def _district(spec: Spec, filled: Filled) -> write.Sheet:
    items = layout.single_items(spec.district_items)
    heads = layout.headers(spec.district_items)
    rows = [[_cell(item, filled.district.get(code)) for code, item in items.items()]] if filled.district else []
    return write.Sheet(layout.DISTRICT, [_column(i) for i in items.values()], [list(heads.values()), list(heads)], rows)


def _table(sheet: layout.TableSheet, filled: Filled) -> write.Sheet:
    heads = sheet.headers
    keys = len(heads) - len(sheet.items[0].columns)
    kinds = write.Column(10, choices=tuple(sheet.by_kind))
    columns = ([_text_column(14)] if sheet.of_school else []) + ([kinds] if sheet.by_kind else [])
    columns += [_column(column) for column in sheet.items[0].columns]
    return write.Sheet(
        sheet.name, columns, [list(heads.values()), list(heads)], list(_table_rows(sheet, filled)), frozen_columns=keys
    )


def _table_rows(sheet: layout.TableSheet, filled: Filled) -> Iterator[list[write.Value]]:
    lines = filled.schools if sheet.of_school else [SchoolLine("", "", filled.district)]
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
    return [[_plain(row.get(column.code)) for column in item.columns] for row in rows] or [[layout.NOTHING, *blank]]


def _readme(filled: Filled) -> write.Sheet:
    rows: list[list[write.Value]] = [
        [layout.README_ROUND, filled.round_code],
        ["年度名称", filled.round_name],
        [layout.README_DISTRICT, filled.district_code],
        ["区县", filled.district_name],
        ["评估标准", filled.standard],
        [layout.README_VERSION, layout.VERSION],
        ["导出日期", filled.created.isoformat()],
    ]
    rows += [["填写说明" if number == 0 else "", text] for number, text in enumerate(HOW_TO)]
    return write.Sheet(layout.README, [_text_column(12), _text_column(110)], [["项目", "内容"]], rows)


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


def _text_column(width: float) -> write.Column:
    return write.Column(width, number_format="@")


def _column(field_: Any) -> write.Column:
    if field_.kind == "yes_no":
        return write.Column(_ROOMY, choices=(field_.yes_label, field_.no_label), strict=False)
    if field_.kind == "choice":
        return write.Column(_ROOMY, choices=field_.choices, strict=False)
    return (
        _text_column(30 if field_.kind == "text" else 12) if field_.kind in ("text", "date") else write.Column(_ROOMY)
    )
