"""Excel: text stays text, figures keep their value and format, equal bytes."""

import datetime
import io
import time
import zipfile
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from portal.core.errors import Refused
from portal.core.spreadsheets import write

DATE = datetime.date(2026, 3, 5)
BOTH = pytest.mark.parametrize("constant_memory", [False, True])


def book(*sheets: write.Sheet) -> write.Workbook:
    return write.Workbook("导出", "区督导办", DATE, sheets)


def sheet(rows, columns: int = 2, **parts) -> write.Sheet:
    header = [[f"列{n}" for n in range(columns)]]
    return write.Sheet(
        **({"name": "数据", "columns": [write.SheetColumn()] * columns, "header": header, "rows": rows} | parts)
    )


def read(package: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(package)).get_sheet_by_index(0).to_python()


def part(package: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(package)) as members:
        return members.read(name).decode()


INJECTIONS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "{=1}",
    '=HYPERLINK("http://x")',
    "http://x.test/",
    "0012",
    "1e5",
    "<b>&",
]


@BOTH
@pytest.mark.parametrize("text", INJECTIONS)
def test_text_is_written_as_text_and_never_as_formula_link_or_number(text, constant_memory):
    package = write.render(book(sheet([[text, write.SheetCell(text, "bad")]])), constant_memory)
    assert read(package)[1] == [text, text]
    xml = part(package, "xl/worksheets/sheet1.xml")
    assert "<f>" not in xml
    assert "hyperlink" not in xml


@BOTH
def test_values_keep_their_kind(constant_memory):
    values = [Decimal("4.205"), 7, None, datetime.date(2025, 9, 1), True, "4101020001", Decimal("NaN"), 10**15]
    package = write.render(book(sheet([values], len(values))), constant_memory)
    assert read(package)[1] == [
        4.205,
        7.0,
        "",
        datetime.date(2025, 9, 1),
        "是",
        "4101020001",
        "NaN",
        "1000000000000000",
    ]


def test_figures_have_the_format_of_their_column_or_their_own():
    columns = [write.SheetColumn(number_format="0.00"), write.SheetColumn(number_format="@")]
    row = [Decimal("1.005"), write.SheetCell(Decimal("0.5"), number_format="0.0%")]
    package = write.render(book(write.Sheet("数据", columns, [["甲", "乙"]], [row])))
    styles = part(package, "xl/styles.xml")
    assert 'formatCode="0.0%"' in styles
    assert 'formatCode="0.00"' in styles
    assert 'formatCode="@"' in styles


@pytest.mark.parametrize(
    ("printed", "value", "number_format"),
    [
        ("0.370", Decimal("0.370"), "0.000"),
        ("-5", Decimal(-5), "0"),
        ("96.3%", "96.3%", ""),
        ("", "", ""),
        ("1" * 16, "1" * 16, ""),
    ],
)
def test_a_printed_figure_is_a_number_with_its_decimals(printed, value, number_format):
    assert write.figure(printed) == write.SheetCell(value, number_format=number_format)


def test_title_notes_header_and_count_stand_in_order_and_the_header_is_frozen():
    one = sheet(
        [["a", "b"]] * 3,
        title="差异系数",
        notes=["数据截至 2025年9月1日", "规则 2017 版"],
        count=True,
        frozen_columns=1,
    )
    package = write.render(book(one))
    first = [row[0] for row in read(package)]
    assert first == ["差异系数", "数据截至 2025年9月1日", "规则 2017 版", "列0", "a", "a", "a", "共 3 行"]
    assert '<pane xSplit="1" ySplit="4" topLeftCell="B5"' in part(package, "xl/worksheets/sheet1.xml")
    assert "$4:$4" in part(package, "xl/workbook.xml")


def test_a_template_starts_in_the_first_row():
    one = write.Sheet(
        "学校数据", [write.SheetColumn()] * 2, [["学校标识码", "在校生数（人）"], ["school_code", "pupils_primary"]], []
    )
    assert read(write.render(book(one))) == [["学校标识码", "在校生数（人）"], ["school_code", "pupils_primary"]]


HEADER = [[write.Head("学校", rowspan=2), write.Head("A1", colspan=2)], ["本期", "上期"]]


def test_header_spans_are_merged():
    package = write.render(book(sheet([["甲", 1, 2]], 3, header=HEADER)))
    assert read(package)[:2] == [["学校", "A1", ""], ["", "本期", "上期"]]
    xml = part(package, "xl/worksheets/sheet1.xml")
    assert 'ref="A1:A2"' in xml
    assert 'ref="B1:C1"' in xml


def test_with_constant_memory_no_header_cell_is_lost():
    package = write.render(book(sheet([["甲", 1, 2]], 3, header=HEADER)), constant_memory=True)
    assert read(package) == [["学校", "A1", ""], ["", "本期", "上期"], ["甲", 1.0, 2.0]]


@pytest.mark.parametrize("header", [[["甲"]], [["甲", "乙", "丙"]], [[write.Head("甲", colspan=2)], ["乙"]]])
def test_a_header_that_does_not_fill_the_columns_is_refused(header):
    with pytest.raises(ValueError, match="header"):
        write.render(book(sheet([], 2, header=header)))


def test_a_row_with_a_cell_too_many_is_refused_not_shifted():
    with pytest.raises(ValueError, match="zip"):
        write.render(book(sheet([["a", "b", "c"]])))


def test_choices_become_a_drop_down_list():
    columns = [write.SheetColumn(choices=("是", "否")), write.SheetColumn()]
    package = write.render(book(write.Sheet("表", columns, [["甲", "乙"]], [])))
    xml = part(package, "xl/worksheets/sheet1.xml")
    assert "是,否" in xml
    assert 'sqref="A2:A2002"' in xml


@pytest.mark.parametrize("name", ["一/二", "长" * 32])
def test_a_name_no_sheet_can_have_is_refused(name):
    with pytest.raises(ValueError, match="sheet"):
        write.render(book(sheet([], name=name)))


def test_two_sheets_of_one_name_are_refused():
    with pytest.raises(ValueError, match="sheet"):
        write.render(book(sheet([]), sheet([])))


def test_a_text_longer_than_a_cell_holds_is_refused_with_its_place():
    with pytest.raises(Refused, match="“数据”第 2 行第 2 列") as refusal:
        write.render(book(sheet([["a", "长" * 32768]])))
    assert "32768 字" in str(refusal.value)


def test_control_characters_are_left_out():
    assert read(write.render(book(sheet([["甲\x01乙", "丙\ud800"]]))))[1] == ["甲乙", "丙"]


@BOTH
def test_equal_workbooks_give_equal_bytes_whenever_they_are_made(constant_memory, monkeypatch):
    one = book(sheet([["甲", Decimal("1.5")]]))
    first = write.render(one, constant_memory)
    later = time.localtime(time.time() + 86400)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    assert write.render(one, constant_memory) == first


def test_rows_may_come_from_a_generator():
    package = write.render(book(sheet(([f"第{n}小学", n] for n in range(3000)), count=True)), constant_memory=True)
    rows = read(package)
    assert rows[3000] == ["第2999小学", 2999.0]
    assert rows[3001][0] == "共 3000 行"
