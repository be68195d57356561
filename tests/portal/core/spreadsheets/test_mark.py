"""A faulty workbook handed back: same values, faults red, a column 错误说明 that the import ignores."""

import datetime as dt
import zipfile
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
import python_calamine
import xlsxwriter

from portal.core.errors import Problem
from portal.core.spreadsheets import mark, read
from portal.core.spreadsheets.mark import Spot
from portal.core.spreadsheets.read import Wanted
from tests.portal.core.spreadsheets.books import workbook

HEADS = [["学校标识码", "人数", "日期"], ["code", "pupils", "day"]]
WANTED = [Wanted("数据", {"code": "学校标识码", "pupils": "人数", "day": "日期"})]


def grid(data: bytes, name: str = "数据") -> list[list[Any]]:
    return python_calamine.load_workbook(BytesIO(data)).get_sheet_by_name(name).to_python(skip_empty_area=False)


def marked(rows: list[list[Any]], *problems: Problem) -> bytes:
    made = mark.faults(workbook({"数据": [*HEADS, *rows]}), problems)
    assert made is not None
    return made


def reds(data: bytes) -> set[str]:
    """The addresses of the cells whose format has the red ground."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(BytesIO(data)) as package:
        styles = ElementTree.fromstring(package.read("xl/styles.xml"))
        sheet = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))
    fills = [node.find(".//m:fgColor", space) is not None for node in styles.findall("m:fills/m:fill", space)]
    looks = [fills[int(node.get("fillId") or 0)] for node in styles.findall("m:cellXfs/m:xf", space)]
    return {c.get("r") or "" for c in sheet.iter(f"{{{space['m']}}}c") if looks[int(c.get("s") or 0)]}


@pytest.mark.parametrize(
    ("where", "spot"),
    [
        (read.ReadCell("数据", 5, "AB", "人数", "pupils", None).where, Spot("数据", 5, 28, "AB 列（人数）")),
        ("工作表“数据”第 5 行（甲小学）", Spot("数据", 5, 0, "（甲小学）")),
        ("工作表“数据”", Spot("数据")),
        ("工作簿", None),
        ("", None),
    ],
)
def test_the_words_of_a_problem_name_its_place(where: str, spot: Spot | None) -> None:
    assert Spot.of(where) == spot


def test_values_stay_what_they_were_and_codes_stay_text() -> None:
    rows = [
        ["0123456789", 123456789.012345, dt.date(2026, 9, 1)],
        [" 前后有空格 ", -0.1, dt.datetime(2026, 9, 1, 8, 30)],
        ["=1+1", True, dt.timedelta(hours=30)],
    ]
    package = BytesIO()
    with xlsxwriter.Workbook(package, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("数据")
        looks = ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "[h]:mm"]
        for number, row in enumerate([*HEADS, *rows]):
            sheet.write_row(number, 0, row[:2])
            if number < 2:
                sheet.write(number, 2, row[2])
            else:
                sheet.write_datetime(number, 2, row[2], book.add_format({"num_format": looks[number - 2]}))
    data = package.getvalue()
    assert [row[2] for row in grid(data)[2:]] == [row[2] for row in rows]
    made = mark.faults(data, [Problem("坏", "工作表“数据”第 3 行 B 列（人数）", "改")])
    assert made is not None
    assert [row[:3] for row in grid(made)] == grid(data)


def test_the_faulty_cell_is_red_and_the_message_stands_at_the_right_of_its_row() -> None:
    problems = [
        Problem("应为数字", "工作表“数据”第 4 行 B 列（人数）", "请填写数字。"),
        Problem("不在名录中", "工作表“数据”第 4 行（乙小学）"),
    ]
    data = marked([["1", 1], ["2", "二"]], *problems)
    values = grid(data)
    assert values[0][3:] == ["错误说明"]
    assert values[3][3] == "B 列（人数）：应为数字；请填写数字。\n（乙小学）：不在名录中"
    assert values[2][3] == ""
    assert reds(data) == {"B4", "D1", "D2", "D4"}


def test_a_blank_faulty_cell_is_red_too() -> None:
    assert "B3" in reds(marked([["1", None]], Problem("未填写", "工作表“数据”第 3 行 B 列（人数）")))


def test_what_concerns_a_whole_sheet_or_no_sheet_is_reported_in_the_first_row() -> None:
    problems = [
        Problem("缺少“区县”一列", "工作表“数据”", "请补上。"),
        Problem("缺少工作表“班级”", "工作簿"),
        Problem("不认识的字段代码“x”", "工作表“数据”第 2 行 B 列（人数）", "请改正。"),
    ]
    values = grid(marked([["1", 1]], *problems))
    assert values[2][3].split("\n") == [
        "整张表：缺少“区县”一列；请补上。",
        "整张表：工作簿：缺少工作表“班级”",
        "第 2 行 B 列（人数）：不认识的字段代码“x”；请改正。",
    ]


def test_a_corrected_workbook_is_read_without_a_word_about_the_new_column() -> None:
    data = marked([["1", 1]], Problem("坏", "工作表“数据”第 3 行 B 列（人数）"))
    problems: list[Problem] = []
    again = read.workbook(data, WANTED, problems=problems)["数据"]
    assert problems == []
    assert again.codes == ("code", "pupils", "day")


def test_a_row_that_holds_only_a_message_is_no_record() -> None:
    data = marked([], Problem("没有任何学校", "工作表“数据”"))
    assert read.workbook(data, WANTED)["数据"].rows == ()


def test_an_unknown_column_of_another_name_is_still_an_error() -> None:
    rows = [[*HEADS[0], "错误"], [*HEADS[1], "error"], ["1", 1, None, "x"]]
    problems: list[Problem] = []
    read.workbook(workbook({"数据": rows}), WANTED, problems=problems)
    assert ["不认识的字段代码“error”" in problem.what for problem in problems] == [True]


def test_marking_again_replaces_the_messages_of_before() -> None:
    first = marked([["1", "二"], ["2", 2]], Problem("旧的错误", "工作表“数据”第 3 行 B 列（人数）"))
    second = mark.faults(first, [Problem("新的错误", "工作表“数据”第 4 行 B 列（人数）")])
    assert second is not None
    assert [row[3] for row in grid(second)] == ["错误说明", "import_errors", "", "B 列（人数）：新的错误"]
    assert "旧的错误" not in str(grid(second))


def test_error_values_stay_errors_so_that_nothing_is_taken_over_uncorrected() -> None:
    data = workbook({"数据": [*HEADS, ["1", ("=1/0", "#DIV/0!")], ["2", ("=1+1", "")]]})
    found: list[Problem] = []
    read.workbook(data, WANTED, problems=found)
    made = mark.faults(data, found)
    assert made is not None
    again: list[Problem] = []
    read.workbook(made, WANTED, problems=again)
    assert [problem.where for problem in again] == [problem.where for problem in found]
    assert len(again) == 2


def test_a_calculated_formula_becomes_its_result() -> None:
    made = mark.faults(workbook({"数据": [*HEADS, ["1", ("=1+1", 2)]]}), [Problem("坏", "工作表“数据”第 3 行 A 列")])
    assert made is not None
    assert grid(made)[2][1] == 2


def test_sheets_without_headers_carry_their_message_next_to_the_row() -> None:
    data = workbook({"说明": [["评估年度", "2025"], ["区划代码", "410202"]]})
    made = mark.faults(data, [Problem("是去年的", "工作表“说明”第 1 行 B 列")], plain={"说明"})
    assert made is not None
    assert grid(made, "说明") == [["评估年度", "2025", "错误说明：B 列：是去年的"], ["区划代码", "410202", ""]]


def test_merged_cells_stay_merged_so_that_the_fault_stays_reported() -> None:
    package = BytesIO()
    with xlsxwriter.Workbook(package) as book:
        sheet = book.add_worksheet("数据")
        for number, row in enumerate(HEADS):
            sheet.write_row(number, 0, row)
        sheet.merge_range("B3:B4", 5)
        sheet.write("A3", "1")
        sheet.write("A4", "2")
    found: list[Problem] = []
    read.workbook(package.getvalue(), WANTED, problems=found)
    made = mark.faults(package.getvalue(), found)
    assert made is not None
    again: list[Problem] = []
    read.workbook(made, WANTED, problems=again)
    assert again == found
    assert grid(made)[2][1] == 5


@pytest.mark.parametrize(
    "problems", [[], [Problem("缺少工作表", "工作簿")], [Problem("坏", "工作表“别的”第 3 行 A 列")]]
)
def test_nothing_to_mark_makes_no_workbook(problems: list[Problem]) -> None:
    assert mark.faults(workbook({"数据": HEADS}), problems) is None


@pytest.mark.parametrize("data", [b"", b"MZ", b"PK\x03\x04" + b"x" * 50])
def test_what_cannot_be_read_makes_no_workbook(data: bytes) -> None:
    assert mark.faults(data, [Problem("坏", "工作表“数据”第 3 行 A 列")]) is None


def test_too_large_a_workbook_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mark, "MOST_CELLS", 5)
    data = workbook({"数据": [*HEADS, ["1", 1]]})
    assert mark.faults(data, [Problem("坏", "工作表“数据”第 3 行 A 列")]) is None
