"""Reading statistics workbooks: figures by header text in both generations, faults with their cell."""

from decimal import Decimal
from typing import Any

import pytest

from indicators.collection.state_statistics import kinds, workbook
from indicators.collection.state_statistics.workbook import ReadStatistics
from indicators.standard.standards import queries as standards
from tests.indicators.collection.state_statistics import books
from tests.indicators.collection.state_statistics.books import A, B

pytestmark = pytest.mark.django_db


def read(data: bytes, year: int = 2026) -> ReadStatistics:
    return workbook.read(data, kinds.shipped(), standards.load_spec(standards.current()).items, year)


def figures(found: ReadStatistics) -> dict[tuple[str, str], Decimal]:
    assert [str(problem) for problem in found.problems] == []
    return {key: figure.value for key, figure in found.figures.items()}


def said(data: bytes, year: int = 2026) -> str:
    return "\n".join(map(str, read(data, year).problems))


def test_merged_headers_shuffled_columns_totals_and_signatures_are_read_through() -> None:
    found = read(books.merged({"Sheet1": books.NEW}))
    assert figures(found) == {
        (A, "pupils_primary"): 1200,
        (A, "migrant_pupils_primary"): 30,
        (B, "pupils_primary"): 10,
        (B, "migrant_pupils_primary"): 1,
        (B, "boarders_primary"): 0,
    }
    one = found.figures[A, "pupils_primary"]
    assert (one.cells, one.header, one.raw, one.unit) == ("C8", "在校生数/合计", "1，200", "人")
    assert one.form == "教基3112"


def test_the_older_generation_is_read_by_its_own_number_and_adds_columns_up() -> None:
    found = figures(read(books.merged({"424": books.OLD}), 2019))
    assert found[B, "teachers_below_junior"] == 3
    assert found[B, "teachers_bachelor_junior"] == 50
    assert found[B, "pe_teachers_junior"] == 3
    assert read(books.merged({"424": books.OLD}), 2019).figures[B, "teachers_below_junior"].cells == "H4、I4"


def test_several_forms_in_one_workbook_and_unused_sheets_are_distinguished() -> None:
    found = read(books.book(a=books.pupils([A, "甲小学", 600]), b=books.grounds(300), c=[["说明"], ["某某"]]))
    assert figures(found)[A, "equipment_value"] == 300
    assert len(found.forms) == 2
    assert any("“c”不是要核对的报表" in note for note in found.notes)


@pytest.mark.parametrize(
    ("value", "header", "expected"),
    [
        (3000000, "教学仪器设备资产值（元）", "300"),
        ("3,000,000.5", "教学仪器设备资产值（元）", "300.00005"),
        (300.25, "教学仪器设备资产值（万元）", "300.25"),
        (300.25, "教学仪器设备资产值", "300.25"),
    ],
)
def test_money_is_turned_into_the_items_unit_by_its_header(value, header, expected) -> None:
    assert figures(read(books.book(a=books.grounds(value, header=header))))[A, "equipment_value"] == Decimal(expected)


def test_the_sheets_own_unit_counts_where_the_header_names_none() -> None:
    sheet = books.grounds(3000000, header="教学仪器设备资产值")
    sheet[0].append("计量单位：元、平方米")
    assert figures(read(books.book(a=sheet)))[A, "equipment_value"] == 300


def both(wan: Any, yuan: Any) -> bytes:
    sheet = books.grounds(wan)
    sheet[1].append("教学仪器设备资产值（元）")
    sheet[2].append(yuan)
    return books.book(a=sheet)


def test_both_units_side_by_side_must_agree() -> None:
    assert figures(read(both(300, 3000000)))[A, "equipment_value"] == 300
    assert figures(read(both(None, 3000000)))[A, "equipment_value"] == 300
    assert "E 列（万元）和 F 列（元）换算后不相等" in said(both(300, 300))


@pytest.mark.parametrize("header", ["教学仪器设备资产值（㎡）", "教学仪器设备资产值（人）"])
def test_a_unit_that_measures_something_else_is_refused(header) -> None:
    assert "不能换算成“万元”" in said(books.book(a=books.grounds(300, header=header)))


@pytest.mark.parametrize("blank", [None, "", "-", "—"])
def test_blank_is_no_figure_and_zero_is_one(blank) -> None:
    found = figures(read(books.book(a=books.pupils([A, "甲小学", blank], [B, "乙初级中学", 0]))))
    assert found == {(B, "pupils_primary"): 0}


@pytest.mark.parametrize("value", ["６００", "600\u200b", "\u202d600\u202c", "600.0", "＋600"])
def test_a_dressed_figure_is_read_as_in_the_submissions(value) -> None:
    assert figures(read(books.book(表=books.pupils(["４１０２０２０００１", "甲小学", value])))) == {
        (A, "pupils_primary"): 600
    }
    assert figures(read(books.book(a=books.grounds("４５０．５"))))[A, "equipment_value"] == Decimal("450.5")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([A, "甲小学", "六百"], "第 3 行 C 列（在校生数）：应填数字，填的是“六百”"),
        ([A, "甲小学", -3], "是负数（-3）"),
        ([A, "甲小学", 600.5], "应为整数，实为“600.5”"),
        ([A, "甲小学", 10**15], "数字太大"),
        ([None, "甲小学", 600], "学校标识码未填写"),
        (["41020200", "甲小学", 600], "学校标识码应为 10 位数字"),
        ([410202, "甲小学", 600], "可能丢失了前导零"),
    ],
)
def test_a_faulty_cell_is_named_with_row_and_column(row, words) -> None:
    text = said(books.book(表=books.pupils(row)))
    assert words in text
    assert "工作表“表”第 3 行" in text


def test_a_school_twice_is_named_with_both_cells() -> None:
    text = said(books.book(a=books.pupils([A, "甲小学", 600]), b=books.pupils([A, "甲小学", 600])))
    assert "重复" in text
    assert "工作表“a” C3" in text


def test_merged_data_cells_are_refused() -> None:
    rows = books.pupils([A, "甲小学", 600], [B, "乙初级中学", None])
    assert "单元格已合并" in said(books.merged({"a": (rows, ["C3:C4"])}))


def test_error_cells_are_refused() -> None:
    assert "C 列" in said(books.book(a=books.pupils([A, "甲小学", "=1/0"])))


def test_a_missing_column_is_named_with_what_is_there() -> None:
    text = said(books.book(a=[["教基3112 2026年"], ["学校标识码", "学校名称", "学生"], [A, "甲小学", 3]]))
    assert "教基3112没有表头“在校生数/合计”的列" in text
    assert "学生" in text


def test_two_columns_of_the_same_name_are_not_guessed_between() -> None:
    text = said(books.book(a=[["教基3112 2026年"], ["学校标识码", "在校生数", "在校生数"], [A, 3, 4]]))
    assert "不能确定用哪一列" in text


@pytest.mark.parametrize(
    ("title", "year", "words"),
    [
        ("基础基312 小学学生数 2026年", 2026, "2011—2020 年使用的报表"),
        ("教基3112 小学学生数 2019年", 2019, "2021 年起使用的报表"),
        ("教基3112 小学学生数 2025/2026学年初", 2026, "教基3112是 2025 年的报表"),
        ("教基7777 小学图书 2026年", 2026, "没有认出 2026 年的统计报表"),
    ],
)
def test_the_wrong_form_or_year_is_refused(title, year, words) -> None:
    assert words in said(books.book(a=books.pupils([A, "甲小学", 600], title=title)), year)


def test_a_sheet_named_as_one_form_and_titled_as_another_is_refused() -> None:
    assert "不同的表号" in said(books.book(教基3115=books.pupils([A, "甲小学", 600])))


def test_a_sheet_without_a_year_is_read_with_a_remark() -> None:
    found = read(books.book(a=books.pupils([A, "甲小学", 600], title="教基3112")))
    assert len(figures(found)) == 1
    assert any("没有写明年度" in note for note in found.notes)


def test_a_sheet_without_school_codes_is_refused() -> None:
    assert "没有“学校标识码”一列" in said(books.book(教基3112=[["在校生数"], [600]]))


def test_a_form_known_by_its_title_alone_is_read() -> None:
    found = read(books.book(a=books.pupils([A, "甲小学", 600], title="2026年小学学生数")))
    assert figures(found) == {(A, "pupils_primary"): 600}
