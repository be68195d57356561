"""The register as a workbook: empty as a template, filled as an export; both can be imported again."""

from collections.abc import Iterable

from django.utils import timezone

from portal.core.spreadsheets.write import Column, Sheet, Value, Workbook, render
from schools.directory.facts import Facts
from schools.directory.models import Area, Kind, School, Sponsor, Status
from schools.directory.workbook import COLUMNS, SHEET

_WIDTHS = {"school_code": 14, "school_name": 28, "kind": 18, "group": 22, "successor": 14, "township": 16}
_CHOICES = {"kind": Kind.values, "area": Area.values, "boarding": ["是", "否"], "status": Status.values}
_TEXT = {"school_code", "district_code", "successor"}
_HOW = (
    ("school_code", "学校标识码，10 位数字，文本格式。再次导入时按它找到学校并更新。必填"),
    ("school_name", "学校规范名称。必填"),
    ("district_code", "6 位区划代码，文本格式，如 410202。必填"),
    ("kind", f"可填：{'、'.join(Kind.values)}。必填"),
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


def workbook(schools: Iterable[School] = ()) -> bytes:
    """Return the workbook 学校名录 with these schools."""
    columns = [
        Column(
            width=_WIDTHS.get(code, 12),
            number_format="@" if code in _TEXT else "General",
            choices=_CHOICES.get(code, ()),
            strict=True,
        )
        for code in COLUMNS
    ]
    register = Sheet(SHEET, columns, [list(COLUMNS.values()), list(COLUMNS)], map(_row, schools), frozen_columns=2)
    notes = Sheet(
        "填写说明",
        [Column(16), Column(16), Column(100)],
        [["列名", "字段代码", "怎么填"]],
        [[COLUMNS[code], code, how] for code, how in _HOW],
        notes=["第 1、2 行请勿删除；各列顺序可以调整，不填的选填列可以整列删除。名录中没有列出的学校不受影响。"],
    )
    return render(Workbook("学校名录", "优衡", timezone.localdate(), [register, notes]))


def _row(school: School) -> list[Value]:
    facts = Facts.of(school)
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
