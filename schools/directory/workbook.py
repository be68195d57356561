"""Reads the sheet 学校名录 of a workbook into checked lines; knows nothing of the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.read import Cell, Row, Source, Wanted
from schools.directory import rules
from schools.directory.facts import Facts
from schools.directory.models import Area, Kind, Sponsor, Status

T = TypeVar("T")
SHEET = "学校名录"
COLUMNS: Mapping[str, str] = {
    "school_code": "学校标识码",
    "school_name": "学校名称",
    "district_code": "区划代码",
    "kind": "学校类型",
    "area": "城乡类型",
    "sponsor": "举办者类型",
    "boarding": "寄宿制",
    "built_year": "建校年份",
    "status": "办学状态",
    "latitude": "纬度",
    "longitude": "经度",
    "group": "教育集团",
    "opened_on": "设立日期",
    "successor": "并入学校",
    "township": "所在乡镇、街道",
}
REQUIRED = frozenset({"school_code", "school_name", "district_code", "kind", "area", "sponsor"})
WANTED = Wanted(SHEET, COLUMNS, REQUIRED, "school_code")
_FACTS = {"school_name": "name", "district_code": "district"}
_YES_NO = {"是": True, "否": False}
_KINDS, _AREAS = Kind.values, Area.values
_SPONSORS = {word: sponsor.value for sponsor in Sponsor for word in (str(sponsor.value), sponsor.label)}


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its sound `facts` by name, `complete` if none is wrong.

    A fact whose column is absent is left out; so is a blank 寄宿制, 办学状态, 并入学校 or 所在乡镇、街道, which cannot be cleared.
    """

    row: Row
    code: str
    facts: Mapping[str, object]
    complete: bool

    def over(self, base: Facts | None) -> Facts:
        """Return the line's facts laid over registered ones; for a new school over 在办, 非寄宿, nothing else known."""
        start = base.as_values() if base else _UNKNOWN
        return Facts(**{**start, **self.facts})  # type: ignore[arg-type]


_UNKNOWN: Mapping[str, object] = {
    "boarding": False,
    "built_year": None,
    "status": Status.OPEN.value,
    "latitude": None,
    "longitude": None,
    "group": "",
    "successor": "",
    "opened_on": None,
    "township": "",
}


def read(source: Source, notes: list[str] | None = None) -> tuple[list[Line], list[Problem]]:
    """Return the lines whose school code is sound, and every problem found.

    What is taken though nobody sees it in the workbook (hidden, filtered) is added to `notes`.
    Raises Invalid when the file cannot be read as a workbook at all.
    """
    problems: list[Problem] = []
    sheet = sheets.workbook(source, [WANTED], problems=problems, notes=notes).get(SHEET)
    lines: list[Line] = []
    seen: dict[str, int] = {}
    if sheet is not None and not sheet.rows and not problems:
        problems.append(Problem("没有任何学校", f"工作表“{SHEET}”", "请从第 3 行起每行填写一所学校。"))
    if sheet and len({"latitude", "longitude"} & set(sheet.codes)) == 1:
        problems.append(Problem("纬度、经度只有一列", f"工作表“{SHEET}”", "请补上另一列，或两列都删除。"))
    for row in sheet or ():
        line = _line(row, problems)
        if line.code and line.code in seen:
            problems.append(
                row["school_code"].problem(
                    f"学校标识码 {line.code} 与第 {seen[line.code]} 行重复", "每所学校只保留一行。"
                )
            )
        elif line.code:
            seen[line.code] = row.number
            lines.append(line)
    return lines, problems


def _line(row: Row, problems: list[Problem]) -> Line:
    before = len(problems)
    facts: dict[str, object] = {}
    for code, check in _CHECKS.items():
        if code in row.cells:
            found = _checked(row[code], check, problems)
            if found is not None or code in ("built_year", "opened_on"):
                facts[_FACTS.get(code, code)] = found
    if {"latitude", "longitude"} <= row.cells.keys():
        facts |= _coordinates(row, problems)
    school_code = str(facts.pop("school_code", ""))
    return Line(row, school_code, facts, row.cells.keys() >= REQUIRED and len(problems) == before)


def _checked(cell: Cell, check: Callable[[Cell], T], problems: list[Problem]) -> T | None:
    try:
        return check(cell)
    except rules.Fault as fault:
        problems.append(cell.problem(fault.what, fault.do))
    except Invalid as error:
        problems.append(sheets.problem_of(error))
    return None


def _coordinates(row: Row, problems: list[Problem]) -> dict[str, object]:
    before = len(problems)
    latitude = _checked(row["latitude"], sheets.number, problems)
    longitude = _checked(row["longitude"], sheets.number, problems)
    if len(problems) > before:
        return {}
    try:
        return dict(zip(("latitude", "longitude"), rules.coordinates(latitude, longitude), strict=True))
    except rules.Fault as fault:
        problems.append(row[fault.field].problem(fault.what, fault.do))
        return {}


def _sponsor(cell: Cell) -> int:
    value = sheets.text(cell)
    if chosen := written.chosen(value, _SPONSORS):
        return _SPONSORS[chosen]
    listed = "；".join(f"{sponsor.value} {sponsor.label}" for sponsor in Sponsor)
    raise rules.Fault(
        f"举办者类型“{value[:20]}”不在规定的代码中" if value else "举办者类型未填写", f"请填写代码：{listed}。"
    )


def _either(allowed: list[str], label: str) -> Callable[[Cell], str | None]:
    def check(cell: Cell) -> str | None:
        value = sheets.text(cell)
        return rules.choice(value, allowed, label) if value else None

    return check


def _boarding(cell: Cell) -> bool | None:
    value = _either(list(_YES_NO), "寄宿制")(cell)
    return None if value is None else _YES_NO[value]


def _day(cell: Cell) -> date | None:
    value = cell.value
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return rules.opened_on(value)
    text = sheets.text(cell)
    try:
        return rules.opened_on(written.day(text)) if text else None
    except ValueError as error:
        raise rules.Fault(
            f"设立日期应为一个日期，填的是“{text[:20]}”", "请按 2026-09-01 的格式填写；不详请留空。"
        ) from error


_CHECKS: Mapping[str, Callable[[Cell], object]] = {
    "school_code": lambda cell: sheets.digits(cell, 10, "学校标识码"),
    "school_name": lambda cell: rules.name(sheets.text(cell)),
    "district_code": lambda cell: sheets.digits(cell, 6, "区划代码"),
    "kind": lambda cell: rules.choice(sheets.text(cell), _KINDS, "学校类型"),
    "area": lambda cell: rules.choice(sheets.text(cell), _AREAS, "城乡类型"),
    "sponsor": _sponsor,
    "boarding": _boarding,
    "built_year": lambda cell: rules.built_year(sheets.number(cell)),
    "opened_on": _day,
    "status": _either(Status.values, "办学状态"),
    "successor": lambda cell: sheets.digits(cell, 10, "并入学校") if sheets.text(cell) else None,
    "township": lambda cell: rules.name(value, "所在乡镇、街道", 60) if (value := sheets.text(cell)) else None,
    "group": lambda cell: rules.name(value, "教育集团") if (value := sheets.text(cell)) else "",
}
