"""Registers as a workbook, a sheet each: read into checked rows, written as template or export."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from portal.core.errors import Problem
from portal.core.lib import written
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.write import Sheet, SheetColumn, Value, Workbook, render
from schools.access.restricted import Persons
from schools.directory.models import District
from schools.registers.kinds import KINDS, RegisterKind
from schools.registers.models import RegisterEntry
from schools.registers.rights import Unit

_WIDTHS = {"lines": 40, "text": 24, "school": 24}
_FORMATS = {"date": "yyyy-mm-dd", "int": "General", "decimal": "General"}
_BUREAU = "教育局"
# Of entries that are there already.
_ABOUT_ENTRY = {"entry": "记录编号", "ending": "撤销的原因"}
_NUMBER = re.compile(r"(\d{1,18})-(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One row of a sheet, sound so far as its unit and year."""

    kind: RegisterKind
    row: sheets.ReadRow
    unit: Unit
    year: int
    # Of an entry that was exported: its number and version then; why it is to be withdrawn.
    number: tuple[int, int] | None = None
    ending: str = ""

    @property
    def district_id(self) -> int:
        pk: int = type(self.unit).place.district_of(self.unit).pk
        return pk

    @property
    def typed(self) -> Mapping[str, str]:
        found = {}
        for code, cell in self.row.cells.items():
            value = cell.value.date() if isinstance(cell.value, datetime) else cell.value
            found[code] = value.isoformat() if isinstance(value, date) else sheets.text(cell)
        return found


def columns_of(kind: RegisterKind) -> dict[str, str]:
    fields = {code: one.heading for code, one in kind.fields.items()}
    return {"unit": "单位", "year": kind.clock, **fields, **_ABOUT_ENTRY}


def read(
    source: sheets.Source, units_of: Callable[[RegisterKind], Sequence[Unit]], notes: list[str]
) -> tuple[list[EntryRow], list[Problem]]:
    """Sheets named like a register. Raises Invalid for a file that is no workbook."""
    problems: list[Problem] = []
    wanted = [
        sheets.Wanted(
            kind.name,
            columns_of(kind),
            frozenset({"unit", "year"} | {code for code, one in kind.fields.items() if one.required}),
            "unit",
            optional=True,
        )
        for kind in KINDS.values()
    ]
    found = sheets.workbook(source, wanted, problems=problems, notes=notes)
    if not any(sheet.rows for sheet in found.values()) and not problems:
        do = "工作表要以台账命名，如“交流轮岗与支教”，从第 3 行起填写。请用模板。"
        problems.append(Problem("没有任何记录", "工作簿", do))
    rows = []
    for kind in KINDS.values():
        if kind.name not in found:
            continue
        units = _by_name(units_of(kind))
        for row in found[kind.name]:
            unit = units.get(written.folded(sheets.text(row.cells.get("unit"))))
            if unit is None and "unit" in row.cells:
                do = "请写学校、部门的全称（或学校标识码），教育局写“教育局”；只能导入您登记的单位。"
                what = f"不能为“{sheets.text(row['unit'])[:40]}”登记{kind.name}"
                problems.append(row["unit"].problem(what, do))
            # The first of 2025, 2025-2026 and 2025—2026 学年.
            text, years = written.digits(sheets.text(row.cells.get("year")))[:4], kind.years(timezone.localdate())
            year = int(text) if text.isascii() and text.isdigit() else 0
            if year not in years and "year" in row.cells:
                do = f"请写成 {years[0] - 1} 这样的四位年份，学年写开始的年份。"
                problems.append(row["year"].problem(f"{kind.clock}不对", do))
            if unit is not None and year in years:
                rows.append(_row(kind, row, unit, year, problems))
    return rows, problems


def _row(kind: RegisterKind, row: sheets.ReadRow, unit: Unit, year: int, problems: list[Problem]) -> EntryRow:
    number, ending = (sheets.text(row.cells.get(code)).strip() for code in _ABOUT_ENTRY)
    found = _NUMBER.fullmatch(number)
    if number and not found:
        do = "编号由导出的表带来，不要改；新登记的留空。"
        problems.append(row["entry"].problem(f"“{number[:20]}”不是记录编号", do))
    if ending and not number:
        do = "要撤销的，请用导出的表，保留它的记录编号；新登记的请清空这一格。"
        problems.append(row["ending"].problem("没有记录编号，不知道撤销哪一条", do))
    if len(ending) > written.LONGEST_REASON:
        problems.append(row["ending"].problem(f"超过 {written.LONGEST_REASON} 字", "请缩短。"))
    return EntryRow(kind, row, unit, year, (int(found[1]), int(found[2])) if found else None, ending)


def _by_name(units: Iterable[Unit]) -> dict[str, Unit | None]:
    """None for a name of more than one."""
    found: dict[str, Unit | None] = {}
    for unit in units:
        names = {_BUREAU, f"{unit.name}{_BUREAU}"} if isinstance(unit, District) else {unit.name, unit.code}
        for name in map(written.folded, names):
            found[name] = unit if found.get(name, unit) == unit else None
    return found


def write(
    kinds: Iterable[RegisterKind],
    entries: Iterable[RegisterEntry] = (),
    *,
    names: Mapping[str, str] | None = None,
    persons: Persons | None = None,
) -> bytes:
    """A sheet for each; `names` of schools by code. With full names it can be imported again."""
    kinds, listed = list(kinds), list(entries)
    made = [
        Sheet(
            kind.name,
            [
                SheetColumn(24),
                SheetColumn(12),
                *(
                    SheetColumn(
                        _WIDTHS.get(one.type, 14), _FORMATS.get(one.type, "@"), choices=one.choices, strict=True
                    )
                    for one in kind.fields.values()
                ),
                SheetColumn(12),
                SheetColumn(24),
            ],
            [list(columns_of(kind).values()), list(columns_of(kind))],
            [_cells(one, names or {}, persons or Persons()) for one in listed if one.kind == kind.code],
            frozen_columns=2,
        )
        for kind in kinds
    ]
    how = [
        [kind.name, one.heading, code, "必填" if one.required else "", "、".join(one.choices) or one.help]
        for kind in kinds
        for code, one in kind.fields.items()
    ]
    notes = ["“单位”写学校、部门的全称或学校标识码，教育局写“教育局”；学年写开始的年份，如 2025。第 1、2 行请勿删除。"]
    notes.append("改已登记的：在导出的表里改，保留“记录编号”；要撤销的，在“撤销的原因”里写原因。新登记的两格留空。")
    widths = [SheetColumn(24), SheetColumn(24), SheetColumn(16), SheetColumn(8), SheetColumn(80)]
    heads = [["台账", "列名", "字段代码", "必填", "怎么填"]]
    sheets_made = [*made, Sheet("填写说明", widths, heads, how, notes=notes)]
    return render(Workbook("工作台账", "优衡", timezone.localdate(), sheets_made))


def _cells(entry: RegisterEntry, names: Mapping[str, str], persons: Persons) -> list[Value]:
    cells: list[Value] = [_BUREAU if entry.district_id else entry.unit_name, entry.year]
    for code, one in entry.register.fields.items():
        value = entry.data.get(code, "")
        if not value:
            cells.append(None)
        elif one.type == "date":
            cells.append(date.fromisoformat(value))
        elif one.type in ("int", "decimal"):
            cells.append(Decimal(value))
        else:
            cells.append(persons.name(value) if one.type == "person" else one.shown(value, names))
    return [*cells, f"{entry.pk}-{entry.version}", None]
