"""Printed forms: boxes where the official form has them, figures as numbers with their decimals."""

import datetime
import io
import zipfile
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from portal.core.spreadsheets import write
from portal.core.spreadsheets.write import Box, PrintedForm

DATE = datetime.date(2026, 3, 5)
HEAD = [[Box("", 1, 2), Box("问卷", 2)], [Box("计"), Box("满意")]]


def form(rows: list[list[Box]], **parts: object) -> PrintedForm:
    given = {"name": "表Ⅵ", "title": "表Ⅵ 调查", "widths": (8, 8, 8), "head": HEAD, "rows": rows} | parts
    return PrintedForm(**given)


def rendered(*forms: PrintedForm) -> bytes:
    return write.render_forms(forms, title="申报表", author="龙亭区", created=DATE)


def cells(package: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(package)).get_sheet_by_index(0).to_python()


def part(package: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(package)) as members:
        return members.read(name).decode()


def test_title_head_body_and_notes_stand_in_order() -> None:
    package = rendered(form([[Box("计"), Box(Decimal(120)), Box(Decimal("95.0"))]], notes=["注：一", "来源"]))
    assert [row[0] for row in cells(package)] == ["表Ⅵ 调查", "", "", "计", "注：一", "来源"]
    xml = part(package, "xl/worksheets/sheet1.xml")
    for merged in ("A1:C1", "A2:A3", "B2:C2", "A5:C5", "A6:C6"):
        assert f'ref="{merged}"' in xml


def test_a_figure_is_a_number_that_shows_the_decimals_it_was_printed_with() -> None:
    package = rendered(form([[Box("计"), Box(Decimal("4.20")), Box(Decimal("0.500"))]]))
    assert cells(package)[3][1:] == [4.2, 0.5]
    styles = part(package, "xl/styles.xml")
    assert 'formatCode="0.000"' in styles
    assert 'formatCode="0.00"' in styles


def test_zero_is_a_figure_and_an_open_box_is_words() -> None:
    row = cells(rendered(form([[Box("计"), Box(Decimal(0)), Box("待填", open=True)]])))[3]
    assert row == ["计", 0.0, "待填"]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "http://x.test/", "0012", "+1"])
def test_text_never_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    package = rendered(form([[Box(text), Box(text), Box(text, align="left")]], notes=[text]))
    assert cells(package)[3] == [text] * 3
    xml = part(package, "xl/worksheets/sheet1.xml")
    assert "<f>" not in xml
    assert "hyperlink" not in xml


def test_a_number_longer_than_excel_keeps_stays_exact_as_text() -> None:
    assert cells(rendered(form([[Box("计"), Box(Decimal(10) ** 17 + 1), Box("")]])))[3][1] == "100000000000000001"


def test_sheets_print_on_a4_landscape_one_page_wide_with_the_head_repeated() -> None:
    package = rendered(form([[Box(""), Box(""), Box("")]]))
    xml = part(package, "xl/worksheets/sheet1.xml")
    assert 'paperSize="9" fitToHeight="0" orientation="landscape"' in xml
    assert "$1:$3" in part(package, "xl/workbook.xml")
    assert "宋体" in part(package, "xl/styles.xml")


def test_a_line_grows_with_its_longest_box_and_a_merged_box_with_its_last_line() -> None:
    package = rendered(
        form([[Box("一二三四五六七八九十" * 3), Box("", 2)], [Box("长" * 40, rowspan=2), Box("", 2)], [Box("", 2)]])
    )
    xml = part(package, "xl/worksheets/sheet1.xml")
    heights = {row: float(xml.split(f'<row r="{row}"')[1].split('ht="')[1].split('"')[0]) for row in (4, 5, 6)}
    assert heights[4] > 100
    assert heights[6] > 100 > heights[5]


@pytest.mark.parametrize("line", [[Box("一"), Box("二")], [Box("一", 4)], [Box("一"), Box("二"), Box("三"), Box("四")]])
def test_a_line_that_does_not_fill_the_columns_is_refused(line: list[Box]) -> None:
    with pytest.raises(ValueError, match="表Ⅵ row"):
        form([line])


def test_equal_forms_give_equal_bytes() -> None:
    assert rendered(form([[Box("a"), Box("b"), Box("c")]])) == rendered(form([[Box("a"), Box("b"), Box("c")]]))
