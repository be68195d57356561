"""Statistics workbooks as bureaus have them: titles, merged headers of several rows, totals, signatures."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

A, B = "4102020001", "4102020002"


def book(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Make a workbook of plain sheets, cell by cell; names of sheets are keywords."""
    return merged({name: (rows, ()) for name, rows in sheets.items()})


def merged(sheets: Mapping[str, tuple[Sequence[Sequence[Any]], Sequence[str]]]) -> bytes:
    """Make a workbook with merged ranges; the top left cell of each keeps its words."""
    package = io.BytesIO()
    with xlsxwriter.Workbook(package) as made:
        for name, (rows, ranges) in sheets.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("="):
                        sheet.write_formula(number, column, value, None, "#DIV/0!")
                    elif value is not None:
                        sheet.write(number, column, value)
            for cells in ranges:
                top, left, bottom, right = xlsxwriter.utility.xl_cell_to_rowcol(cells.split(":")[0]) + (
                    xlsxwriter.utility.xl_cell_to_rowcol(cells.split(":")[1])
                )
                sheet.merge_range(top, left, bottom, right, rows[top][left] or "")
    return package.getvalue()


def hiding(rows: Sequence[Sequence[Any]], row: int) -> bytes:
    """Make a workbook of one plain sheet with a hidden row, counted from 1."""
    package = io.BytesIO()
    with xlsxwriter.Workbook(package) as made:
        sheet = made.add_worksheet("a")
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
        sheet.set_row(row - 1, options={"hidden": True})
    return package.getvalue()


def pupils(*rows: Sequence[Any], title: str = "教基3112 小学学生数 2026/2027学年初") -> list[list[Any]]:
    """Make the simplest sheet of 教基3112: title, headers, rows of code, name, pupils."""
    return [[title], ["学校标识码", "学校名称", "在校生数"], *map(list, rows)]


def grounds(value: Any, *, header: str = "教学仪器设备资产值（万元）", code: str = A) -> list[list[Any]]:
    """Make 教基5176 with one school: sports ground, multimedia rooms, equipment under `header`."""
    return [
        ["教基5176 办学条件 2026年"],
        ["学校标识码", "学校名称", "运动场地面积（㎡）", "网络多媒体教室（间）", header],
        [code, "甲小学", 6000, 12, value],
    ]


NEW = (
    [
        ["小学学生数"],
        ["填报单位：龙亭区教育局", None, None, None, "表号：教基3112"],
        ["2026/2027学年初", None, None, None, "有效期至：2027年12月", "计量单位：人"],
        ["学校名称", "在校生数", None, "学校（机构）标识码", "其中：随迁子女", "寄宿生"],
        [None, "其中：女", "合计", None, "计", None],
        ["甲", 1, 2, "乙", 3, 4],
        ["合计", 300, 1210, None, 31, 0],
        ["甲小学", 295, " 1，200 ", A, "３０", "-"],
        [None, None, None, None, None, None],
        ["乙初级中学", 5, 10.0, float(B), 1, 0],
        ["单位负责人：", "王某", None, "填表人：李某", None, "报出日期：2026年10月8日"],
    ],
    ["A1:F1", "A4:A5", "B4:C4", "D4:D5", "F4:F5"],
)
OLD = (
    [
        ["基础基424 初中专任教师学历和课程情况（2019年）"],
        ["学校标识码", "学校名称", "专任教师", "按学历分", None, None, None, None, None, "分课程专任教师", None],
        [
            None,
            None,
            "合计",
            "博士研究生",
            "硕士研究生",
            "本科毕业",
            "专科毕业",
            "高中阶段毕业",
            "高中阶段以下毕业",
            "体育与健康",
            "音乐",
        ],
        [B, "乙初级中学", 60, 0, 4, 50, 3, 2, 1, 3, 2],
    ],
    ["A2:A3", "B2:B3", "D2:I2", "J2:K2"],
)
