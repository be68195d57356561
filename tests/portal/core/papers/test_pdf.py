"""PDF: the geometry of GB/T 9704-2012, PDF/A, text that is only ever text, nothing that vanishes."""

import io
import itertools
import re
from collections.abc import Iterator

import pytest
from fontTools.ttLib import TTFont
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from portal.core.errors import Refused
from portal.core.papers import pdf, tree
from tests.portal.core.papers.conftest import DATE

MM = 72 / 25.4


def lines_of(page) -> list[tuple[float, float, str]]:
    """The page's lines as (left, baseline above the paper's foot, text)."""
    pieces: list[tuple[float, float, str]] = []

    def visit(text, matrix, text_matrix, font, size):
        if text.strip():
            x = matrix[0] * text_matrix[4] + matrix[4]
            y = matrix[3] * text_matrix[5] + matrix[5]
            pieces.append((round(y, 1), x, text.strip("\n")))

    page.extract_text(visitor_text=visit)
    pieces.sort(key=lambda piece: (-piece[0], piece[1]))
    grouped = itertools.groupby(pieces, key=lambda piece: piece[0])
    return [
        (min(x for _, x, _ in line), y, "".join(text for *_, text in line))
        for y, group in grouped
        for line in [list(group)]
    ]


@pytest.fixture
def body(make, as_pdf):
    """A long text of plain Chinese characters; its second page is full."""
    return as_pdf(make(tree.Paragraph("县域义务教育优质均衡发展督导评估办法规定" * 100, indent=False)))


def test_a_full_page_has_22_lines_of_28_characters(body):
    lines = [text for _, _, text in lines_of(body.pages[1])][:-1]
    assert len(lines) == 22
    assert {len(line) for line in lines} == {28}


def test_the_text_keeps_the_margins_of_the_standard(body):
    page = body.pages[1]
    lines = lines_of(page)[:-1]
    assert (round(page.mediabox.width / MM), round(page.mediabox.height / MM)) == (210, 297)
    assert {round(left / MM, 1) for left, _, _ in lines} == {28.0}
    first, last = lines[0][1], lines[-1][1]
    top, bottom = 297 * MM - first, last
    assert 37 * MM < top < 37 * MM + 28.95
    assert 35 * MM < bottom < 35 * MM + 28.95
    assert (first - last) / 21 == pytest.approx(28.95, abs=0.01)


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(body):
    (odd_x, odd_y, odd), (even_x, _, even) = lines_of(body.pages[0])[-1], lines_of(body.pages[1])[-1]
    assert (odd.replace(" ", ""), even.replace(" ", "")) == ("—1—", "—2—")
    assert even_x == pytest.approx(28 * MM + 14, abs=1)
    assert odd_x > 105 * MM
    assert 35 * MM - odd_y == pytest.approx(7 * MM + 5, abs=3)


NASTY = '#panic("x") $x^2$ *粗* _斜_ @ref <label> [x] {y} \\u{41} \\n `code` // 注 /* c */ "引" = 题 - 项 + 项 ~ ---'


def test_user_text_is_never_read_as_markup(make, as_pdf):
    document = make(
        tree.Heading(NASTY),
        tree.Paragraph(NASTY),
        tree.Table([tree.TableColumn()], [[NASTY]], [[NASTY]], caption=NASTY, note=NASTY),
        title=NASTY,
        issuer=NASTY,
        number=NASTY,
        subtitle=NASTY,
        signed=True,
        annexes=[tree.Annex(NASTY, [])],
        colophon=tree.Colophon(NASTY, DATE, [NASTY]),
    )
    reader = as_pdf(document)
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
    assert text.count(re.sub(r"\s", "", NASTY)) >= 12
    assert reader.metadata.title == NASTY


def test_rare_characters_of_names_are_printed_with_real_glyphs(make, as_pdf):
    reader = as_pdf(make(tree.Paragraph("张堃、李喆、王玥、刘䶮、周𬱖"), tree.Heading("堃喆玥䶮")))
    text = "".join(page.extract_text() for page in reader.pages)
    for char in "堃喆玥䶮𬱖":
        assert char in text
    assert pdf.missing_glyphs(["堃喆玥䶮𬱖"]) == ""
    # Glyph 0 is .notdef, the empty box; PDF/A forbids it and so must we.
    shown = list(shown_glyphs(reader.pages[0]))
    assert sum(map(len, shown)) > 20
    assert all(0 not in glyphs for glyphs in shown)


def shown_glyphs(page: PageObject) -> Iterator[list[int]]:
    """The glyph numbers each text operator of the page shows (two bytes each, as Typst embeds fonts)."""
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator in (b"Tj", b"TJ"):
            parts = operands[0] if operator == b"TJ" else operands
            codes = b"".join(part.original_bytes for part in parts if hasattr(part, "original_bytes"))
            yield [int.from_bytes(codes[start : start + 2], "big") for start in range(0, len(codes), 2)]


@pytest.mark.parametrize("char", ["\U00032100", "\ue000", "😀"])
def test_a_character_without_glyph_is_named_not_lost(make, as_pdf, char):
    text = as_pdf(make(tree.Paragraph(f"王{char}华"))).pages[0].extract_text()
    assert f"王〔缺字U+{ord(char):04X}〕华" in text
    assert pdf.missing_glyphs(["王华", f"{char}王{char}"]) == char


def test_control_characters_and_lone_surrogates_do_not_stop_the_printing(make, as_pdf):
    assert "甲乙丙" in as_pdf(make(tree.Paragraph("甲\x00乙\ud800丙"))).pages[0].extract_text()


def test_it_is_tagged_pdf_a_2b_in_chinese(full, as_pdf):
    reader = as_pdf(full)
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert "/StructTreeRoot" in root


def test_headings_become_bookmarks(full, as_pdf):
    titles = [entry.title for entry in flat(as_pdf(full).outline)]
    assert titles == ["一、总体情况", "（一）小学", "附件1\u3000问题台账", "一、台账", "附件2\u3000责任清单"]


def flat(outline):
    for entry in outline:
        yield from flat(entry) if isinstance(entry, list) else [entry]


def test_equal_trees_give_equal_bytes(full):
    assert pdf.render(full) == pdf.render(full)


def test_the_only_date_in_the_file_is_that_of_the_document(full, as_pdf):
    assert as_pdf(full).metadata["/CreationDate"].startswith("D:20260305")


def test_a_table_of_500_rows_repeats_its_header_on_every_page(make, table, as_pdf):
    rows = [[str(n), f"第{n}小学", "4.21", "4.05"] for n in range(500)]
    pages = [page.extract_text() for page in as_pdf(make(tree.Table(table.columns, table.header, rows))).pages]
    assert len(pages) > 10
    assert all("学校" in page and "本期" in page for page in pages)
    assert len(re.findall(r"第\d+小学", "".join(pages))) == 500


def test_a_cell_longer_than_a_page_goes_on_on_the_next(make, as_pdf):
    words = "，".join(f"［{n}］整改措施" for n in range(900))
    reader = as_pdf(make(tree.Table([tree.TableColumn(1), tree.TableColumn(3)], [["项", "内容"]], [["一", words]])))
    pages = [re.sub(r"\s", "", page.extract_text()) for page in reader.pages]
    assert len(pages) > 1
    assert words in "".join(re.sub("项内容|—[0-9]+—", "", page) for page in pages)


def test_long_codes_wrap_inside_their_cell_and_copy_unchanged(make, as_pdf):
    code = "0123456789abcdef" * 4
    page = as_pdf(make(tree.Table([tree.TableColumn()] * 4, (), [["校验码", code, "甲", "乙"]]))).pages[0]
    assert code in re.sub(r"\s", "", page.extract_text())
    assert all(left < 184 * MM for left, _, _ in lines_of(page))


def test_wide_tables_lie_on_landscape_pages_of_their_own(full, as_pdf):
    turned = [page.mediabox.width > page.mediabox.height for page in as_pdf(full).pages]
    assert any(turned)
    assert not turned[0]
    assert not turned[-1]


def test_the_frame_of_an_official_document_is_there(full, as_pdf):
    pages = [page.extract_text() for page in as_pdf(full).pages]
    assert pages[0].startswith("区督导办文件")
    assert "龙政教督〔2026〕3号" in pages[0]
    whole = "".join(pages)
    for part in ("附件：1. 问题台账", "2026年3月5日", "附件2", "抄送：", "区委办，区政府办。", "2026年3月5日印发"):
        assert part in whole
    assert "抄送" in pages[-1]
    assert "附件2" in pages[-1]


def test_without_any_chinese_font_the_refusal_says_what_to_do(make, tmp_path):
    with pytest.raises(Refused, match="make setup"):
        pdf.render(make(), pdf.FontSet((tmp_path,)))


def test_a_bureaus_own_font_goes_first_and_a_broken_one_is_passed_over(make, tmp_path, settings):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    source = next((settings.NODE_MODULES / pdf.OPEN_FONTS[2]).glob("*.ttf"))
    font = TTFont(source)
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = "FangSong_GB2312"
    font.save(tmp_path / "own.ttf")
    font_set = pdf.FontSet((tmp_path, *pdf.default_fonts().folders))
    assert font_set.families["body"][0] == "FangSong_GB2312"
    assert font_set.missing_glyphs("正文\U00032100") == "\U00032100"
    reader = PdfReader(io.BytesIO(pdf.render(make(tree.Paragraph("正文")), font_set)))
    used = {font.get_object()["/BaseFont"] for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert any("NotoSansSC" in name for name in used), used


@pytest.mark.parametrize("annexes", [(), (tree.Annex("问题台账", (tree.Paragraph("共 5 项。"),)),)])
def test_the_signature_never_stands_on_a_page_of_its_own(make, as_pdf, annexes):
    for lines in range(10, 22):
        text = tree.Paragraph("县" * 28 * lines, indent=False)
        made = as_pdf(make(text, tree.Paragraph("长期坚持类问题：没有。"), signed=True, annexes=annexes))
        page = next(one for one in made.pages if "2026年3月5日" in one.extract_text())
        assert "长期坚持类问题：没有。" in page.extract_text(), lines


def test_a_page_of_contents_names_the_headings_with_their_pages(make):
    blocks = [block for n in range(3) for block in (tree.Heading(f"部分{n}"), tree.PageBreak())]
    first = PdfReader(io.BytesIO(pdf.render(make(*blocks, contents=True)))).pages[0].extract_text().replace(" ", "")
    assert "目" in first
    assert re.findall(r"部分(\d)[^\d]*(\d+)", first) == [("0", "2"), ("1", "3"), ("2", "4")]


def test_an_annex_of_wide_tables_lies_whole_on_its_landscape_page(make, as_pdf, as_word, table):
    paper = make(tree.Paragraph("正文。"), annexes=[tree.Annex("问题台账", [tree.Landscape([table])])])
    pages = as_pdf(paper).pages
    (titled,) = [page for page in pages if "问题台账" in page.extract_text() and "附件：" not in page.extract_text()]
    assert titled.mediabox.width > titled.mediabox.height
    assert "第1小学" in titled.extract_text().replace(" ", "")
    wide = [section.page_width > section.page_height for section in as_word(paper).sections]
    assert wide == [False, True]


def test_contents_name_the_annexes_with_their_pages_and_the_page_shows_its_title_once(make, as_pdf):
    annexes = [tree.Annex("问题台账", [tree.Paragraph("共 5 项。")]), tree.Annex("责任清单", [tree.Paragraph("清单")])]
    pages = [page.extract_text().replace(" ", "") for page in as_pdf(make(contents=True, annexes=annexes)).pages]
    assert re.findall(r"附件(\d)　?(问题台账|责任清单)\D*(\d+)", pages[0]) == [
        ("1", "问题台账", "3"),
        ("2", "责任清单", "4"),
    ]
    assert [page.count("问题台账") for page in pages[2:]] == [1, 0]
