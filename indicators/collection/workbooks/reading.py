"""Reads a workbook of submissions into answers per respondent; every fault is listed with its cell."""

import difflib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from indicators.collection.submissions.models import Round
from indicators.collection.workbooks import workbook
from indicators.standard.engine import (
    Answer,
    BadValue,
    Item,
    NotApplicable,
    Spec,
    Value,
    parse_value,
)
from indicators.standard.engine.parsing import parse_cell
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.read import ReadCell, ReadRow, ReadSheet

BUREAU = ""
_EXACT = 10**15
_NO_SHEET = Problem("没有填报工作表", "工作簿", f"请使用系统导出的模板，填报数据写在工作表“{workbook.SCHOOLS}”")


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

    def put(self, code: str, item: Item, answer: Answer, where: str) -> None:
        self.answers[code][item.code] = answer
        self.places[code, item.code] = where

    def where(self, code: str, field_code: str) -> str:
        return self.places.get((code, field_code)) or self.rows.get(code, "工作簿")


def read(source: sheets.Source, spec: Spec, round_: Round) -> ReadWorkbook:
    """Read a workbook for a round. Raises Invalid when it is none; everything else is in `Read.problems`.

    A blank cell is no answer and is left out; so is an absent column or sheet. A
    sheet of another name is left out with a remark in `Read.notes`.
    """
    found = ReadWorkbook()
    wanted, others = workbook.wanted(spec), list[str]()
    held = sheets.workbook(source, wanted, problems=found.problems, others=others, notes=found.notes)
    found.notes += [_other_sheet(name, [want.name for want in wanted if want.name not in held]) for name in others]
    if not (held.keys() - {workbook.README}) and not found.problems:
        raise Invalid("工作簿里没有可以导入的工作表。", [Problem(note) for note in found.notes] or [_NO_SHEET])
    if workbook.README in held:
        _check_readme(held[workbook.README], found, round_)
    if workbook.SCHOOLS in held:
        _schools(held[workbook.SCHOOLS], spec, found)
    if workbook.DISTRICT in held:
        _district(held[workbook.DISTRICT], spec, found)
    for table in workbook.table_sheets(spec):
        if table.name in held:
            _table(held[table.name], table, found)
    if not found.rows and not found.problems:
        raise Invalid("工作簿里没有任何填报数据。请从第 3 行起每行填写一所学校，填好保存后重新导入。")
    return found


def _other_sheet(name: str, absent: list[str]) -> str:
    close = difflib.get_close_matches(name, absent, 1, 0.5)
    hint = (
        f"是否应为“{close[0]}”？如是，请改名后重新导入。" if close else "如其中有填报数据，请按模板的工作表名称填写。"
    )
    return f"工作表“{name}”不是模板中的工作表，没有导入。{hint}"


def _check_readme(sheet: ReadSheet, found: ReadWorkbook, round_: Round) -> None:
    """Refuse the workbook of another year or district; another template's version is only remarked."""
    district = round_.district
    expected = {
        workbook.README_ROUND: (round_.code, round_.name, "请下载本年度的模板"),
        workbook.README_DISTRICT: (district.code, district.name, "请下载本区县的模板"),
    }
    for row in sheet:
        key, cell = sheets.text(row.cells.get("A")), row.cells.get("B")
        said = sheets.text(cell)
        if key == workbook.README_VERSION and said and said != workbook.VERSION:
            found.notes.append(
                f"工作簿写明的模板版本是“{said}”，现行版本是“{workbook.VERSION}”；各列已按代码逐一核对。"
            )
        if key == workbook.README_ROUND:
            found.year = said
        if key not in expected or not cell or not said:
            continue
        code, name, do = expected[key]
        if code not in said and said != name:
            found.problems.append(cell.problem(f"{key}是“{said}”，而这里是“{code}”", f"{do}，或核对导入的年度。"))


def _school_code(row: ReadRow, found: ReadWorkbook) -> str | None:
    try:
        return sheets.digits(row[workbook.SCHOOL_CODE], 10, "学校标识码")
    except Invalid as error:
        found.problems += error.problems
        return None


def _schools(sheet: ReadSheet, spec: Spec, found: ReadWorkbook) -> None:
    items = workbook.single_items(spec.items)
    if workbook.SCHOOL_CODE not in sheet.codes:
        return
    for row in sheet:
        code = _school_code(row, found)
        if code is None:
            continue
        if code in found.rows:
            problem = row[workbook.SCHOOL_CODE].problem(
                f"学校标识码 {code} 重复", f"与{found.rows[code]}是同一所学校，请只保留一行。"
            )
            found.problems.append(problem)
            continue
        found.rows[code] = f"工作表“{sheet.name}”第 {row.number} 行"
        found.answers[code]  # a row without figures still names its school
        found.names[code] = (sheets.text(row.cells.get(workbook.SCHOOL_NAME)), found.rows[code])
        _single(row, items, code, found)


def _single(row: ReadRow, items: Mapping[str, Item], code: str, found: ReadWorkbook) -> None:
    for cell in row.cells.values():
        item = items.get(cell.code)
        if item is None or cell.value is None:
            continue
        answer = _parsed(cell, partial(parse_value, item, _raw(cell)), found)
        if answer is not None:
            found.put(code, item, answer, cell.where)


def _raw(cell: ReadCell) -> sheets.Raw | int:
    """A whole number as a person typed it: -1, where the workbook stores -1.0."""
    value = cell.value
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value


def _parsed(cell: ReadCell, parse: Callable[[], Any], found: ReadWorkbook) -> Any:
    try:
        return parse()
    except BadValue as error:
        what, _, do = str(error).partition("；")
        found.problems.append(cell.problem(what, do or "请按第 1 行的项目和单位改正。"))
        return None


def _district(sheet: ReadSheet, spec: Spec, found: ReadWorkbook) -> None:
    for number, row in enumerate(sheet):
        if number:
            what = f"工作表“{sheet.name}”第 {row.number} 行"
            found.problems.append(Problem("区县数据只能有一行", what, "请只保留第 3 行，删除其余各行。"))
        else:
            found.rows[BUREAU] = f"工作表“{sheet.name}”第 {row.number} 行"
            found.answers[BUREAU]  # an empty line still names the bureau
            _single(row, workbook.single_items(spec.district_items), BUREAU, found)


def _table(sheet: ReadSheet, table: workbook.TableSheet, found: ReadWorkbook) -> None:
    if table.of_school and workbook.SCHOOL_CODE not in sheet.codes:
        return
    if table.by_kind and workbook.KIND not in sheet.codes:
        return
    gathered: dict[tuple[str, str], list[ReadRow]] = defaultdict(list)
    for row in sheet:
        code = _school_code(row, found) if table.of_school else BUREAU
        item = _item_of(row, table, found)
        if code is not None and item is not None:
            gathered[code, item.code].append(row)
    items = {item.code: item for item in table.items}
    for (code, item_code), rows in gathered.items():
        first = f"工作表“{sheet.name}”第 {rows[0].number} 行"
        found.rows.setdefault(code, first)
        found.lines[code, item_code] = [row.number for row in rows]
        answer = _table_answer(items[item_code], rows, found)
        if answer is not None:
            found.put(code, items[item_code], answer, first)


def _item_of(row: ReadRow, table: workbook.TableSheet, found: ReadWorkbook) -> Item | None:
    if not table.by_kind:
        return table.items[0]
    kind = written.chosen(sheets.text(row[workbook.KIND]), list(table.by_kind))
    item = table.by_kind.get(kind or "")
    if item is None:
        words = "、".join(table.by_kind)
        found.problems.append(row[workbook.KIND].problem(f"类别应为“{words}”之一", "请从下拉列表中选择。"))
    return item


def _table_answer(item: Item, rows: list[ReadRow], found: ReadWorkbook) -> Answer | None:
    """The rows as one answer; a single row 无 is an empty table, 不适用:原因 is not applicable."""
    if len(rows) == 1 and (stated := _stated(item, rows[0], found)) is not None:
        return stated
    parsed, before = [], len(found.problems)
    for row in rows:
        cells: dict[str, Any] = {}
        for column in item.columns:
            cell = row.cells.get(column.code)
            if cell is None or cell.value is None:
                cells[column.code] = None
                continue
            cells[column.code] = _parsed(cell, partial(parse_cell, column, _raw(cell)), found)
        parsed.append(cells)
    return Value(tuple(parsed)) if len(found.problems) == before else None


def _stated(item: Item, row: ReadRow, found: ReadWorkbook) -> Answer | None:
    said = [cell for column in item.columns if (cell := row.cells.get(column.code)) and cell.value is not None]
    if len(said) != 1:
        return None
    words = sheets.text(said[0])
    if words in (workbook.NOTHING, "没有"):
        return Value(())
    if words.startswith("不适用"):
        reason = words.removeprefix("不适用").lstrip(":\uff1a ")
        if reason:
            return NotApplicable(reason[:200])
        found.problems.append(said[0].problem("“不适用”没有写明原因", "请写成“不适用：原因”。"))
    return None
