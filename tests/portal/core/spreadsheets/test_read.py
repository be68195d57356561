"""Workbooks with headers and codes are read whole, or every fault is named with its place."""

import random
import struct
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO

import pytest
import xlsxwriter

from portal.core.errors import Invalid, Problem
from portal.core.spreadsheets import guard, mark, read
from portal.core.spreadsheets.read import Wanted
from tests.portal.core.spreadsheets.books import ods, workbook, xls

NAME = "学校名录"
WANT = Wanted(NAME, {"code": "学校标识码", "name": "学校名称", "year": "建校年份"}, frozenset({"code", "name"}))
HEAD = [["学校标识码", "学校名称", "建校年份"], ["code", "name", "year"]]


def _read(rows, want: Wanted = WANT) -> read.ReadSheet:
    return read.workbook(workbook({NAME: rows}), [want])[NAME]


def _problems(rows, want: Wanted = WANT) -> list[str]:
    with pytest.raises(Invalid) as caught:
        _read(rows, want)
    return [str(problem) for problem in caught.value.problems]


def _repacked(data: bytes, **parts: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, parts.get(member, old.read(member)))
        for member in parts.keys() - set(old.namelist()):
            new.writestr(member, parts[member])
    return out.getvalue()


def _with_sheet_xml(body: str) -> bytes:
    xml = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{body}</worksheet>'
    return _repacked(workbook({NAME: HEAD}), **{"xl/worksheets/sheet1.xml": xml.encode()})


def _cell(rows, code: str) -> read.ReadCell:
    return _read([*HEAD, rows]).rows[0][code]


def test_rows_carry_their_number_column_letter_and_header() -> None:
    sheet = _read([*HEAD, ["4102020001", " 甲小学 ", 1998]])
    cell = sheet.rows[0]["name"]
    assert (cell.row, cell.column, cell.header, cell.code, cell.value) == (3, "B", "学校名称", "name", "甲小学")
    assert cell.where == "工作表“学校名录”第 3 行 B 列（学校名称）"
    assert sheet.rows[0].value("year") == 1998


def test_a_sheet_is_found_although_its_name_ends_in_a_blank() -> None:
    others: list[str] = []
    held = read.workbook(
        workbook({"备注": [["x"]], f"{NAME} ": [*HEAD, ["4102020001", "甲", 1]]}), [WANT], others=others
    )
    assert held[NAME].rows[0].value("name") == "甲"
    assert others == ["备注"]


def test_columns_may_come_in_any_order_and_optional_ones_may_be_absent() -> None:
    sheet = _read([["学校名称", "学校标识码"], ["name", "code"], ["甲小学", "4102020001"]])
    assert sheet.codes == ("name", "code")
    assert sheet.rows[0].value("code") == "4102020001"
    assert sheet.rows[0].value("year") is None


def test_blank_rows_are_left_out_without_shifting_row_numbers() -> None:
    sheet = _read([*HEAD, ["4102020001", "甲小学"], [None, " "], ["4102020002", "乙小学"], ["", "\u3000"]])
    assert [row.number for row in sheet] == [3, 5]


def test_rows_keep_their_numbers_when_the_sheet_starts_further_down_and_right() -> None:
    shifted = [[None, *row] for row in [*HEAD, ["4102020001", "甲小学"]]]
    assert _read(shifted).rows[0]["code"].where == "工作表“学校名录”第 3 行 B 列（学校标识码）"


def test_zero_is_not_blank() -> None:
    assert _cell(["4102020001", "甲小学", 0], "year").value == 0
    assert _cell(["4102020001", "甲小学"], "year").value is None


def test_all_faults_of_the_columns_are_named_at_once() -> None:
    rows = [["名称", "年份", "年份", "备注", "?"], ["nmae", "year", "year", "", ""], ["甲", 1, 2, "随手写的"]]
    text = _problems(rows)
    assert any("第 2 行 A 列（名称）" in line and "是否应为 name（学校名称）" in line for line in text)
    assert any("第 2 行 C 列（年份）" in line and "重复" in line for line in text)
    assert any("第 2 行 D 列（备注）" in line and "缺少字段代码" in line for line in text)
    assert any("缺少“学校标识码”一列" in line and "第 2 行写 code" in line for line in text)
    assert any("缺少“学校名称”一列" in line for line in text)


def test_a_sheet_without_the_row_of_codes_says_so() -> None:
    assert "第 2 行没有字段代码" in _problems([HEAD[0], ["4102020001", "甲小学", 1998]])[0]
    assert "第 2 行没有字段代码" in _problems([])[0]


def test_a_missing_sheet_names_those_that_are_there() -> None:
    with pytest.raises(Invalid) as caught:
        read.workbook(workbook({"Sheet1": HEAD, "说明": []}), [WANT])
    assert "缺少工作表“学校名录”" in str(caught.value.problems[0])
    assert "“Sheet1”、“说明”" in str(caught.value.problems[0])


def test_an_optional_sheet_may_be_absent_but_a_misspelt_one_is_refused_on_request() -> None:
    book = workbook({NAME: HEAD, "班级名策": HEAD})
    optional = Wanted("班级名册", WANT.columns, optional=True)
    assert set(read.workbook(book, [WANT, optional])) == {NAME}
    with pytest.raises(Invalid) as caught:
        read.workbook(book, [WANT, optional], refuse_other_sheets=True)
    assert "不认识的工作表“班级名策”" in str(caught.value.problems[0])


@pytest.mark.parametrize(
    "row",
    [[None, "合计", 46.0], [None, "全区总计"], ["", "注：数据截至 9 月 1 日"], [None, "填表人：张三　审核人：李四"]],
)
def test_a_total_or_a_remark_below_the_table_is_left_out_and_said_to_be(row: list) -> None:
    notes: list[str] = []
    data = workbook({NAME: [*HEAD, ["4102020001", "甲小学", 1998.0], [], row]})
    sheet = read.workbook(data, [replace(WANT, key="code")], notes=notes)[NAME]
    assert [one["code"].value for one in sheet] == ["4102020001"]
    assert notes == [f"工作表“{NAME}”第 5 行像是合计或说明，没有导入。"]


@pytest.mark.parametrize(
    "row", [[None, "乙小学", 1998.0], ["4102020002", "合计", 1998.0], [None, "备注：新校", 1998.0]]
)
def test_a_record_without_its_code_or_with_one_is_not_left_out(row: list) -> None:
    notes: list[str] = []
    sheet = read.workbook(workbook({NAME: [*HEAD, row]}), [replace(WANT, key="code")], notes=notes)[NAME]
    assert (len(sheet.rows), notes) == (1, [])


def test_a_plain_sheet_is_given_by_column_letter() -> None:
    sheet = read.workbook(workbook({"说明": [["评估年度", "2026"]]}), [Wanted("说明", plain=True)])["说明"]
    assert (sheet.rows[0].value("A"), sheet.rows[0].value("B")) == ("评估年度", "2026")


def test_faults_can_be_collected_next_to_the_callers_own() -> None:
    found: list[Problem] = []
    sheets = read.workbook(
        workbook({NAME: [["学校标识码", "x"], ["code", "x"], ["4102020001"]]}), [WANT], problems=found
    )
    assert sheets[NAME].rows[0].value("code") == "4102020001"
    assert len(found) == 2


@pytest.mark.parametrize(
    ("formula", "words"),
    [(("=1/0", "#DIV/0!"), "错误值 #DIV/0!"), (("=A1+1", ""), "公式没有计算结果")],
)
def test_error_values_and_uncalculated_formulas_are_never_read_as_blank(formula, words) -> None:
    lines = _problems([*HEAD, ["4102020001", "甲小学", formula]])
    assert len(lines) == 1
    assert "第 3 行 C 列（建校年份）" in lines[0]
    assert words in lines[0]


def test_calculated_formulas_are_read_as_values() -> None:
    assert _cell(["4102020001", "甲小学", ("=1997+1", 1998)], "year").value == 1998


def test_merged_data_cells_are_refused_with_their_range() -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet(NAME)
        for number, row in enumerate([*HEAD, ["4102020001", "甲小学", 1998]]):
            sheet.write_row(number, 0, row)
        sheet.merge_range("B4:B5", "乙小学")
    with pytest.raises(Invalid) as caught:
        read.workbook(out.getvalue(), [WANT])
    assert "B4:B5 已合并" in str(caught.value.problems[0])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.2e17, "位数已经丢失"),
        (202000100, "只有 9 位，可能丢失了前导零"),
        (4102020001.5, "位数已经丢失"),
        ("41020200O1", "应为 10 位数字"),
        ("410202000²", "应为 10 位数字"),
        ("1.2E+17", "应为 10 位数字"),
        (True, "应为 10 位数字"),
        (None, "未填写"),
    ],
)
def test_a_code_that_may_have_lost_digits_is_refused(value, words) -> None:
    with pytest.raises(Invalid) as caught:
        read.digits(_cell([value, "甲小学"], "code"), 10, "学校标识码")
    assert words in str(read.problem_of(caught.value))
    assert "第 3 行 A 列" in str(read.problem_of(caught.value))


@pytest.mark.parametrize("value", ["4102020001", 4102020001, " 4102020001 ", "４１０２０２０００１"])
def test_a_whole_code_is_taken_as_text(value) -> None:
    assert read.digits(_cell([value, "甲小学"], "code"), 10, "学校标识码") == "4102020001"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (100, "100"), (0.1 + 0.2, "0.3"), ("1,200.50", "1200.5"), (" 12 ", "12"), (None, None), (-1, "-1")],
)
def test_numbers_are_read_exactly(value, expected) -> None:
    number = read.number(_cell(["4102020001", "甲小学", value], "year"))
    assert (None if number is None else str(number)) == expected


@pytest.mark.parametrize("value", ["一百", "12人", "1,5", "NaN", "Infinity", True, "1e"])
def test_text_in_a_number_cell_is_a_fault_at_that_cell(value) -> None:
    with pytest.raises(Invalid) as caught:
        read.number(_cell(["4102020001", "甲小学", value], "year"))
    assert "第 3 行 C 列（建校年份）：应填数字" in str(read.problem_of(caught.value))


@pytest.mark.parametrize("value", ["1E+999999", "1.2E3"])
def test_scientific_notation_is_refused_as_text_everywhere(value) -> None:
    with pytest.raises(Invalid, match="科学记数法"):
        read.number(_cell(["4102020001", "甲小学", value], "year"))


def test_dressed_codes_headers_and_sheet_names_are_read() -> None:
    rows = [["学校标识码", "学校名称", "建校年份"], ["\u200bcode", "ｎａｍｅ", "year\ufeff"]]
    rows.append(["41020\u200e 20001", "甲小学", "１９９８"])
    sheet = read.workbook(workbook({f"\u202d{NAME}\u202c": rows}), [WANT])[NAME]
    assert read.digits(sheet.rows[0]["code"], 10, "学校标识码") == "4102020001"
    assert read.number(sheet.rows[0]["year"]) == 1998


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"MZ\x90\x00" * 100, "可执行程序"),
        (b"\x7fELF" * 100, "可执行程序"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "设有打开密码"),
        ("学校，名称\n".encode("gb18030"), "不是 Excel 工作簿"),
        (b"PK\x03\x04" + b"\x00" * 200, "已损坏"),
        (workbook({NAME: HEAD})[:2000], "已损坏"),
    ],
)
def test_what_is_no_workbook_is_refused_in_chinese(data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        read.workbook(data, [WANT])
    assert words in caught.value.message


@pytest.mark.parametrize("make", [ods, xls])
def test_older_workbooks_are_read_and_say_what_cannot_be_seen(make) -> None:
    notes: list[str] = []
    data = make(NAME, [*HEAD, ["4102020001", "甲小学", 1998]])
    sheet = read.workbook(data, [WANT], notes=notes)[NAME]
    assert [sheet.rows[0].value(code) for code in ("code", "name", "year")] == ["4102020001", "甲小学", 1998.0]
    assert "来自 .xls 或 .ods 文件" in notes[0]
    assert read.grids(data)[0].value(3, 2) == "甲小学"
    assert not guard.is_large(data)


def test_a_locked_workbook_and_one_of_wps_get_their_advice() -> None:
    data = xls(NAME, HEAD)[:700]
    with pytest.raises(Invalid, match=r"\.et.*另存为“Excel 工作簿（.xlsx）”"):
        read.workbook(data, [WANT])


@pytest.mark.parametrize(
    ("code", "is_percent"),
    [
        ("0%", True),
        ("0.00%", True),
        ("# ##0.0%;[Red]-0.0%", True),
        ("0.00", False),
        ('0"%"', False),
    ],
)
def test_a_number_shown_in_per_cent_is_read_as_it_is_shown(code: str, is_percent: bool) -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet(NAME)
        for number, row in enumerate([*HEAD, ["4102020001", "甲小学"]]):
            sheet.write_row(number, 0, row)
        sheet.write_number(2, 2, 0.855, book.add_format({"num_format": code}))
    cell = read.workbook(out.getvalue(), [WANT])[NAME].rows[0]["year"]
    assert cell.value == ("85.5%" if is_percent else 0.855)
    if is_percent:
        with pytest.raises(Invalid) as caught:
            read.number(cell)
        assert "“85.5%”带百分号，而这一项不是比率" in str(read.problem_of(caught.value))
        marked = mark.faults(out.getvalue(), [read.problem_of(caught.value)])
        assert marked is not None
        assert read.workbook(marked, [WANT])[NAME].rows[0].value("year") == "85.5%"


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.txt", "x")
    with pytest.raises(Invalid, match="不是 Excel 工作簿"):
        read.workbook(out.getvalue(), [WANT])


def test_a_workbook_with_macros_is_refused() -> None:
    with pytest.raises(Invalid, match="宏"):
        read.workbook(_repacked(workbook({NAME: HEAD}), **{"xl/vbaProject.bin": b"x"}), [WANT])


def test_broken_xml_inside_is_refused() -> None:
    broken = _repacked(workbook({NAME: HEAD}), **{"xl/worksheets/sheet1.xml": b"<worksheet><c"})
    with pytest.raises(Invalid, match="已损坏"):
        read.workbook(broken, [WANT])


def test_entities_inside_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet>&a;</worksheet>'
    with pytest.raises(Invalid, match="已损坏"):
        read.workbook(_repacked(workbook({NAME: HEAD}), **{"xl/worksheets/sheet1.xml": bomb}), [WANT])


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    packed = _repacked(workbook({NAME: HEAD}), **{"xl/media/big.bin": b"\0" * 30_000_000})
    assert len(packed) < 60_000
    with pytest.raises(Invalid, match="解压后过大"):
        read.workbook(packed, [WANT])


def test_a_lone_cell_at_the_far_corner_is_refused() -> None:
    body = '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    far = _with_sheet_xml('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>' + body)
    with pytest.raises(Invalid, match="XFD 列"):
        read.workbook(far, [WANT])


def test_formatting_without_content_far_down_does_not_matter() -> None:
    rows = "".join(
        f'<row r="{n}">'
        + "".join(f'<c r="{c}{n}" t="inlineStr"><is><t>{v}</t></is></c>' for c, v in zip("AB", r, strict=True))
        + "</row>"
        for n, r in enumerate([("码", "名"), ("code", "name"), ("4102020001", "甲小学")], 1)
    )
    book = _with_sheet_xml(f'<sheetData>{rows}<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    assert len(read.workbook(book, [WANT])[NAME].rows) == 1


def test_one_long_text_used_a_thousand_times_is_refused() -> None:
    book = workbook({NAME: [["x" * 32_000]] * 1_000})
    assert len(book) < 40_000
    with pytest.raises(Invalid, match="内容过大"):
        read.workbook(book, [WANT])


@pytest.mark.parametrize("kind", ["inlineStr", "str"])
def test_a_cell_beyond_the_bound_of_excel_is_refused(kind: str) -> None:
    text = f"<is><t>{'多' * 40_000}</t></is>" if kind == "inlineStr" else f"<v>{'多' * 40_000}</v>"
    book = _with_sheet_xml(f'<sheetData><row r="1"><c r="A1" t="{kind}">{text}</c></row></sheetData>')
    with pytest.raises(Invalid, match="32767 字"):
        read.workbook(book, [WANT])


def test_a_part_that_holds_more_than_it_claims_is_refused() -> None:
    book = bytearray(workbook({NAME: HEAD}))
    with zipfile.ZipFile(BytesIO(book)) as package:
        info = package.getinfo("xl/worksheets/sheet1.xml")
        part = package.read(info)[: info.file_size - 20]
    short, check = struct.pack("<I", len(part)), struct.pack("<I", zlib.crc32(part))
    size, crc = info.header_offset + 22, info.header_offset + 14
    book[size : size + 4], book[crc : crc + 4] = short, check
    entry = book.rfind(b"xl/worksheets/sheet1.xml") - 46
    book[entry + 24 : entry + 28], book[entry + 16 : entry + 20] = short, check
    with pytest.raises(Invalid, match="已损坏"):
        read.workbook(bytes(book), [WANT])


def test_a_file_over_the_limit_is_not_read(settings, tmp_path) -> None:
    settings.WORKBOOK_MAX_BYTES = 1024 * 1024
    path = tmp_path / "大.xlsx"
    path.write_bytes(b"\0" * (1024 * 1024 + 1))
    with pytest.raises(Invalid, match="超过 1 MB"):
        read.workbook(path, [WANT])


def test_a_file_that_cannot_be_opened_is_named(tmp_path) -> None:
    with pytest.raises(Invalid, match=r"打不开文件.*没有\.xlsx"):
        read.workbook(tmp_path / "没有.xlsx", [WANT])


def test_a_file_object_is_read_like_a_path() -> None:
    data = workbook({NAME: [*HEAD, ["4102020001", "甲小学"]]})
    assert len(read.workbook(BytesIO(data), [WANT])[NAME].rows) == 1


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_package_is_measured_without_an_error(packing) -> None:
    """The first look at an upload: whether it goes to a job. What is wrong with it is said by whoever reads it."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", packing) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"<row>" * 300 + random.Random(0).randbytes(2000))
    for seed in range(200):
        dice, damaged = random.Random(seed), bytearray(made.getvalue())
        for _ in range(dice.randint(1, 6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        assert guard.is_large(bytes(damaged)) in (True, False)
