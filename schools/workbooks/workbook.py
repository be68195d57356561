"""The register as a workbook: read into checked rows, written as template or export; its school names compared with the register."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from django.utils import timezone

from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.read import ReadCell, ReadRow, Source, Wanted
from portal.core.spreadsheets.write import Sheet, SheetColumn, Value, Workbook, render
from schools.directory import queries
from schools.directory.facts import (
    Fault,
    SchoolFacts,
    check_built_year,
    check_choice,
    check_coordinates,
    check_name,
    check_opened_on,
)
from schools.directory.models import Area, InstitutionKind, School, Sponsor, Status

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
_KINDS, _AREAS = InstitutionKind.values, Area.values
_SPONSORS = {word: sponsor.value for sponsor in Sponsor for word in (str(sponsor.value), sponsor.label)}


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row: its sound `facts` by name, `complete` if none is wrong.

    A fact whose column is absent is left out; so is a blank 寄宿制, 办学状态, 并入学校 or 所在乡镇、街道, which cannot be cleared.
    """

    row: ReadRow
    code: str
    facts: Mapping[str, object]
    complete: bool

    @classmethod
    def of(cls, row: ReadRow, problems: list[Problem]) -> "RegisterRow":
        """Faults go to `problems`."""
        before = len(problems)
        facts: dict[str, object] = {}
        for code, check in _CHECKS.items():
            if code in row.cells:
                found = _checked(row[code], check, problems)
                if found is not None or code in ("built_year", "opened_on"):
                    facts[_FACTS.get(code, code)] = found
        if {"latitude", "longitude"} <= row.cells.keys():
            faults = len(problems)
            both = [_checked(row[code], sheets.number, problems) for code in ("latitude", "longitude")]
            try:
                if len(problems) == faults:
                    facts |= zip(("latitude", "longitude"), check_coordinates(*both), strict=True)
            except Fault as fault:
                problems.append(row[fault.field].problem(fault.what, fault.do))
        school_code = str(facts.pop("school_code", ""))
        return cls(row, school_code, facts, row.cells.keys() >= REQUIRED and len(problems) == before)

    def over(self, base: SchoolFacts | None) -> SchoolFacts:
        """For a new school over 在办, 非寄宿, nothing else known."""
        start = base.as_values() if base else _UNKNOWN
        return SchoolFacts(**{**start, **self.facts})  # type: ignore[arg-type]


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


def read(source: Source, notes: list[str] | None = None) -> tuple[list[RegisterRow], list[Problem]]:
    """The lines with a sound school code, and every problem; hidden parts go to `notes`.

    Raises Invalid for what is no workbook.
    """
    problems: list[Problem] = []
    sheet = sheets.workbook(source, [WANTED], problems=problems, notes=notes).get(SHEET)
    lines: list[RegisterRow] = []
    seen: dict[str, int] = {}
    if sheet is not None and not sheet.rows and not problems:
        problems.append(Problem("没有任何学校", f"工作表“{SHEET}”", "请从第 3 行起每行填写一所学校。"))
    if sheet and len({"latitude", "longitude"} & set(sheet.codes)) == 1:
        problems.append(Problem("纬度、经度只有一列", f"工作表“{SHEET}”", "请补上另一列，或两列都删除。"))
    for row in sheet or ():
        line = RegisterRow.of(row, problems)
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


def _checked(cell: ReadCell, check: Callable[[ReadCell], T], problems: list[Problem]) -> T | None:
    try:
        return check(cell)
    except Fault as fault:
        problems.append(cell.problem(fault.what, fault.do))
    except Invalid as error:
        problems.append(sheets.problem_of(error))
    return None


def _sponsor(cell: ReadCell) -> int:
    value = sheets.text(cell)
    if chosen := written.chosen(value, _SPONSORS):
        return _SPONSORS[chosen]
    listed = "；".join(f"{sponsor.value} {sponsor.label}" for sponsor in Sponsor)
    raise Fault(f"举办者类型“{value[:20]}”不在规定的代码中" if value else "举办者类型未填写", f"请填写代码：{listed}。")


def _either(allowed: list[str], label: str) -> Callable[[ReadCell], str | None]:
    def check(cell: ReadCell) -> str | None:
        value = sheets.text(cell)
        return check_choice(value, allowed, label) if value else None

    return check


def _day(cell: ReadCell) -> date | None:
    value = cell.value
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return check_opened_on(value)
    text = sheets.text(cell)
    try:
        return check_opened_on(written.day(text)) if text else None
    except ValueError as error:
        raise Fault(f"设立日期应为一个日期，填的是“{text[:20]}”", "请按 2026-09-01 的格式填写；不详请留空。") from error


_CHECKS: Mapping[str, Callable[[ReadCell], object]] = {
    "school_code": lambda cell: sheets.digits(cell, 10, "学校标识码"),
    "school_name": lambda cell: check_name(sheets.text(cell)),
    "district_code": lambda cell: sheets.digits(cell, 6, "区划代码"),
    "kind": lambda cell: check_choice(sheets.text(cell), _KINDS, "学校类型"),
    "area": lambda cell: check_choice(sheets.text(cell), _AREAS, "城乡类型"),
    "sponsor": _sponsor,
    "boarding": lambda cell: _YES_NO.get(_either(list(_YES_NO), "寄宿制")(cell) or ""),
    "built_year": lambda cell: check_built_year(sheets.number(cell)),
    "opened_on": _day,
    "status": _either(Status.values, "办学状态"),
    "successor": lambda cell: sheets.digits(cell, 10, "并入学校") if sheets.text(cell) else None,
    "township": lambda cell: check_name(value, "所在乡镇、街道", 60) if (value := sheets.text(cell)) else None,
    "group": lambda cell: check_name(value, "教育集团") if (value := sheets.text(cell)) else "",
}


_WIDTHS = {"school_code": 14, "school_name": 28, "kind": 18, "group": 22, "successor": 14, "township": 16}
_CHOICES = {"kind": InstitutionKind.values, "area": Area.values, "boarding": ["是", "否"], "status": Status.values}
_TEXT = {"school_code", "district_code", "successor"}
_HOW = (
    ("school_code", "学校标识码，10 位数字，文本格式。再次导入时按它找到学校并更新。必填"),
    ("school_name", "学校规范名称。必填"),
    ("district_code", "6 位区划代码，文本格式，如 410202。必填"),
    ("kind", f"可填：{'、'.join(InstitutionKind.values)}。必填"),
    ("area", f"可填：{'、'.join(Area.values)}。必填"),
    ("sponsor", "填代码：" + "；".join(f"{s.value} {s.label}" for s in Sponsor) + "。必填"),
    ("boarding", "是否寄宿制：是 或 否。留空时新学校按“否”登记，已登记的学校不变"),
    ("built_year", "四位年份；不详请留空"),
    (
        "status",
        "在办 或 停办。留空时新学校按“在办”登记，已登记的学校不变。已停办的学校不能用导入改回在办，请在学校页办理“恢复办学”",
    ),
    ("latitude", "十进制度数，如 34.797；与经度同时填写或同时留空"),
    ("longitude", "十进制度数，如 114.348"),
    ("group", "教育集团名称；没有的会新建，留空表示不属于任何集团"),
    (
        "opened_on",
        "批准设立、开始办学的日期，如 2026-09-01。设立日期晚于学年初基准日的学校，不计入那一年度；不详请留空",
    ),
    ("successor", "停办学校并入了哪所学校，填那所学校的 10 位标识码；在办学校和没有并入的留空。留空不改动已登记的"),
    ("township", "部门名录中登记的乡镇或街道，填名称或编号，如 北郊乡。留空不改动已登记的"),
)


def write(schools: Iterable[School] = ()) -> bytes:
    columns = [
        SheetColumn(
            width=_WIDTHS.get(code, 12),
            number_format="@" if code in _TEXT else "General",
            choices=_CHOICES.get(code, ()),
            strict=True,
        )
        for code in COLUMNS
    ]
    register = Sheet(SHEET, columns, [list(COLUMNS.values()), list(COLUMNS)], map(_cells, schools), frozen_columns=2)
    notes = Sheet(
        "填写说明",
        [SheetColumn(16), SheetColumn(16), SheetColumn(100)],
        [["列名", "字段代码", "怎么填"]],
        [[COLUMNS[code], code, how] for code, how in _HOW],
        notes=["第 1、2 行请勿删除；各列顺序可以调整，不填的选填列可以整列删除。名录中没有列出的学校不受影响。"],
    )
    return render(Workbook("学校名录", "优衡", timezone.localdate(), [register, notes]))


def _cells(school: School) -> list[Value]:
    facts = SchoolFacts.of(school)
    return [
        school.code,
        facts.name,
        facts.district,
        facts.kind,
        facts.area,
        facts.sponsor,
        "是" if facts.boarding else "否",
        facts.built_year,
        facts.status,
        facts.latitude,
        facts.longitude,
        facts.group or None,
        facts.opened_on,
        facts.successor or None,
        school.township.name if school.township else None,
    ]


_IGNORED = re.compile(r"[\s()·・,，.。-]")
# 开封市龙亭区甲小学 is 甲小学 with its district; 第二实验小学 is not 实验小学.
_PLACE = re.compile(r".*[省市区县旗盟州镇乡]|")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class NamedRow:
    """What a row calls the school of a code, and where the row is."""

    code: str
    name: str
    where: str


@dataclass(slots=True)
class NameRemarks:
    """What rows call otherwise: faults that stop an import, notes that do not."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plain_name(name: str) -> str:
    """Without blanks, brackets and dots, full-width like half-width."""
    return _IGNORED.sub("", written.folded(name))


def compare_names(rows: Iterable[NamedRow], names: Mapping[str, str], know_former: bool = True) -> NameRemarks:
    """`names` of the register by 学校标识码; other codes are passed over.

    A code with another school's name means shifted rows or columns: a fault. A former name (`know_former`) or a name of
    no school is noted.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for code, name in names.items():
        owners[plain_name(name)].add(code)
    found = NameRemarks()
    odd = [row for row in rows if row.code in names and row.name and row.code not in _meant(row, names, owners)]
    former = queries.former_names([row.code for row in odd]) if odd and know_former else {}
    for row in odd:
        own, others = names[row.code], sorted(_meant(row, names, owners))
        if any(_ends_with(plain_name(row.name), plain_name(name)) for name in former.get(row.code, ())):
            found.notes.append(
                f"{row.where}：学校名称“{row.name}”是“{own}”的曾用名，已按学校标识码 {row.code} 对应，请核对。"
            )
        elif others:
            what = f"学校标识码 {row.code} 是“{own}”，这一行的学校名称却是“{names[others[0]]}”"
            found.problems.append(Problem(what, row.where, "请核对有没有错行，改正标识码或学校名称"))
        else:
            found.notes.append(
                f"{row.where}：学校名称“{row.name}”与名录中的“{own}”不同，已按学校标识码 {row.code} 对应，请核对有没有错行。"
            )
    return found


def _meant(row: NamedRow, names: Mapping[str, str], owners: Mapping[str, set[str]]) -> set[str]:
    """Codes of the schools so named: exactly, without the places before it, or shortened."""
    written = plain_name(row.name)
    for start in range(len(written) - _SHORTEST + 1):
        if written[start:] in owners and _PLACE.fullmatch(written[:start]):
            return owners[written[start:]]
    return {row.code} if len(written) >= _SHORTEST and _ends_with(plain_name(names[row.code]), written) else set()


def _ends_with(long: str, short: str) -> bool:
    return long.endswith(short) and _PLACE.fullmatch(long[: len(long) - len(short)]) is not None
