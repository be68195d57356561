"""The register of departments as a workbook: read into checked lines, written as a template or an export."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from portal.core.errors import Invalid, Problem
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.write import Sheet, SheetColumn, Workbook, render
from schools.directory.facts import Fault, check_choice, check_name
from schools.directory.models import Department

SHEET = "部门名录"
COLUMNS = {"district_code": "区划代码", "code": "编号", "name": "名称", "kind": "类型", "status": "状态"}
WANTED = sheets.Wanted(SHEET, COLUMNS, frozenset({"district_code", "code", "name", "kind"}), "code")
CODE_LENGTH, NAME_LENGTH = 20, 60
_HOW = (
    ("district_code", "6 位区划代码，文本格式，如 410202。必填"),
    ("code", f"部门编号，由本区自定，最多 {CODE_LENGTH} 个字，如 CZ、01。再次导入时按它找到部门并更新。必填"),
    ("name", f"部门全称，如 龙亭区财政局、北郊乡人民政府。最多 {NAME_LENGTH} 个字。必填"),
    ("kind", f"可填：{'、'.join(Department.Kind.values)}。必填"),
    ("status", f"可填：{'、'.join(Department.Status.values)}。留空时新部门按“在用”登记，已登记的不变"),
)


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """One row of the sheet: where it is, and its sound facts by column (status absent when blank)."""

    where: str
    facts: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """District code and number."""
        return self.facts["district_code"], self.facts["code"]


def read(source: sheets.Source, notes: list[str]) -> tuple[list[DepartmentRow], list[Problem]]:
    """Raises Invalid for no workbook; what is hidden or filtered in it goes to `notes`."""
    problems: list[Problem] = []
    sheet = sheets.workbook(source, [WANTED], problems=problems, notes=notes).get(SHEET)
    if sheet is not None and not sheet.rows and not problems:
        problems.append(Problem("没有任何部门", f"工作表“{SHEET}”", "请从第 3 行起每行填写一个部门。"))
    lines: dict[tuple[str, str], DepartmentRow] = {}
    for row in sheet or ():
        facts: dict[str, str] = {}
        before = len(problems)
        for code, check in _CHECKS.items():
            if code not in row.cells or (code == "status" and not sheets.text(row[code])):
                continue
            try:
                facts[code] = check(row[code])
            except Fault as fault:
                problems.append(row[code].problem(fault.what, fault.do))
            except Invalid as error:
                problems.append(sheets.problem_of(error))
        if len(problems) > before or not row.cells.keys() >= WANTED.required:
            continue
        line = DepartmentRow(row["code"].where, facts)
        if line.key in lines:
            problems.append(row["code"].problem(f"编号 {facts['code']} 重复", "每个部门只保留一行。"))
        lines.setdefault(line.key, line)
    return list(lines.values()), problems


def write(departments: Iterable[Department] = ()) -> bytes:
    choices = {"kind": Department.Kind.values, "status": Department.Status.values}
    columns = [
        SheetColumn(width=30 if code == "name" else 12, number_format="@", choices=choices.get(code, ()), strict=True)
        for code in COLUMNS
    ]
    rows = ([row.district.code, row.code, row.name, row.kind, row.status] for row in departments)
    register = Sheet(SHEET, columns, [list(COLUMNS.values()), list(COLUMNS)], rows, frozen_columns=2)
    notes = [[COLUMNS[code], code, how] for code, how in _HOW]
    how = Sheet(
        "填写说明", [SheetColumn(16), SheetColumn(16), SheetColumn(100)], [["列名", "字段代码", "怎么填"]], notes
    )
    return render(Workbook(SHEET, "优衡", timezone.localdate(), [register, how]))


_CHECKS: Mapping[str, Callable[[sheets.ReadCell], str]] = {
    "district_code": lambda cell: sheets.digits(cell, 6, "区划代码"),
    "code": lambda cell: check_name(sheets.text(cell), "编号", CODE_LENGTH),
    "name": lambda cell: check_name(sheets.text(cell), "名称", NAME_LENGTH),
    "kind": lambda cell: check_choice(sheets.text(cell), Department.Kind.values, "类型"),
    "status": lambda cell: check_choice(sheets.text(cell), Department.Status.values, "状态"),
}
