"""Word: the numbers of GB/T 9704-2012 in the XML, nothing lost, equal bytes."""

import io
import re
import time
import zipfile

import pytest
from docx.oxml.ns import qn
from lxml import etree

from portal.core.papers import docx, tree

NASTY = '<w:b/>&amp; "引" \' = {{ x }} ${y} \\n'


def texts(element) -> str:
    return "".join(node.text or "" for node in element.iter(qn("w:t")))


def paragraph(word, text):
    return next(one for one in word.paragraphs if one.text.startswith(text))


def face(one) -> str:
    return one.runs[-1]._r.rPr.rFonts.get(qn("w:eastAsia"))


def test_page_and_grid_are_those_of_the_standard(make, as_word):
    section = as_word(make(tree.Paragraph("正文"))).sections[0]
    lengths = [section.page_width, section.page_height, section.top_margin, section.bottom_margin]
    lengths += [section.left_margin, section.right_margin]
    assert [round(length.mm) for length in lengths] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")


def test_22_lines_and_28_characters_fit_the_text_area(make, as_word):
    one = paragraph(as_word(make(tree.Paragraph("正文"))), "正文")
    run = one.runs[0]
    spacing = int(run._r.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert run.font.size.pt == 16
    assert 28 * (run.font.size.pt + spacing) <= 156 / 25.4 * 72 < 29 * (run.font.size.pt + spacing)
    assert one.paragraph_format.line_spacing.pt == 28.95
    assert 22 * 28.95 <= 225 / 25.4 * 72 < 23 * 28.95
    assert one.paragraph_format.first_line_indent.pt == pytest.approx(2 * 15.79, abs=0.05)


def test_each_level_of_heading_has_its_number_its_face_and_its_place_in_the_outline(make, as_word):
    word = as_word(make(*(tree.Heading("甲", level) for level in (1, 2, 3, 4))))
    seen = [(one.text, face(one), one.style.name) for one in word.paragraphs if "甲" in one.text]
    assert seen == [
        ("一、甲", "黑体", "Heading 1"),
        ("（一）甲", "楷体_GB2312", "Heading 2"),
        ("1.甲", "仿宋_GB2312", "Heading 3"),
        ("（1）甲", "仿宋_GB2312", "Heading 4"),
    ]


def test_title_is_22_pt_song_and_centred(make, as_word):
    one = paragraph(as_word(make()), "阶段整改报告")
    assert (face(one), one.runs[0].font.size.pt, one.alignment) == ("方正小标宋简体", 22, 1)


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(make, as_word):
    word = as_word(make())
    section = word.sections[0]
    assert word.settings.odd_and_even_pages_header_footer
    for footer, align in ((section.footer, 2), (section.even_page_footer, 0)):
        one = footer.paragraphs[0]
        assert one.alignment == align
        assert one.text == "—  —"
        assert "PAGE" in [node.text for node in one._p.iter(qn("w:instrText"))]
        assert one.runs[0].font.size.pt == 14
        assert face(one) == "宋体"


def test_date_keeps_four_characters_free_on_the_right(make, as_word):
    one = paragraph(as_word(make(signed=True)), "2026年3月5日")
    assert one.alignment == 2
    assert one.paragraph_format.right_indent.pt == pytest.approx(4 * 15.79, abs=0.05)


def test_header_rows_repeat_rows_stay_whole_and_cells_leave_the_grid(make, table, as_word):
    rows = [[str(n), f"第{n}小学", "4.21", "4.05"] for n in range(500)]
    word = as_word(make(tree.Table(table.columns, table.header, rows)))
    lines = word.tables[0]._tbl.tr_lst
    assert len(lines) == 502
    assert [line.trPr.find(qn("w:tblHeader")) is not None for line in lines[:3]] == [True, True, False]
    assert all(line.trPr.find(qn("w:cantSplit")) is not None for line in lines)
    assert all(
        one.find(qn("w:pPr")).find(qn("w:snapToGrid")).get(qn("w:val")) == "0" for one in lines[9].iter(qn("w:p"))
    )
    assert texts(lines[501]) == "499第499小学4.214.05"


def test_spans_become_merged_cells_of_the_right_widths(make, table, as_word):
    merged = as_word(make(table)).tables[0]
    assert [cell.text for cell in merged.rows[0].cells] == ["序号", "学校", "指标 A1", "指标 A1"]
    assert [cell.text for cell in merged.rows[1].cells] == ["序号", "学校", "本期", "上期"]
    first, last = (sum(cell.width for cell in row._tr.tc_lst) for row in (merged.rows[0], merged.rows[5]))
    assert first == last
    assert round(first / 36000) == 156


def test_user_text_is_never_read_as_xml(make, as_word):
    parts = {"title": NASTY, "number": NASTY, "subtitle": NASTY, "addressed_to": NASTY, "signed": True}
    word = as_word(
        make(tree.Paragraph(NASTY), tree.Table([tree.TableColumn()], [[NASTY]], [[NASTY]], NASTY, NASTY), **parts)
    )
    assert texts(word.element).count(NASTY) == 9


def test_control_characters_do_not_stop_the_writing(make, as_word):
    assert paragraph(as_word(make(tree.Paragraph("甲\x00乙\ud800丙"))), "甲").text == "甲乙丙"


def test_line_breaks_stay(make, as_word):
    assert paragraph(as_word(make(tree.Paragraph("甲\r\n乙"))), "甲").text == "甲\n乙"


def test_figures_carry_their_description(full, as_word):
    pictures = list(as_word(full).element.iter(qn("wp:docPr")))
    assert [one.get("descr") for one in pictures] == ["一个字"]


def test_wide_tables_lie_in_a_landscape_section_and_the_text_goes_on_upright(full, as_word):
    sections = as_word(full).sections
    assert [section.page_width > section.page_height for section in sections] == [False, True, False]
    assert [round(sections[1].top_margin.mm), round(sections[1].right_margin.mm)] == [28, 37]


def test_annexes_and_breaks_start_new_pages(full, as_word):
    new = [one.text for one in as_word(full).paragraphs if one.paragraph_format.page_break_before]
    assert new == ["", "附件1", "附件2"]


def test_a_break_right_before_a_turned_page_gives_no_empty_page(make, table, as_word):
    blocks = [tree.Paragraph("甲"), tree.PageBreak(), tree.Landscape([table])]
    word = as_word(make(*blocks))
    assert [one.text for one in word.paragraphs if one.paragraph_format.page_break_before] == []
    assert len(word.sections) == 2


def test_the_frame_of_an_official_document_is_there(full, as_word):
    word = as_word(full)
    head = word.paragraphs[0]
    assert (head.text, str(head.runs[0].font.color.rgb)) == ("区督导办文件", "FF0000")
    assert "龙政教督〔2026〕3号" in texts(word.element)
    assert "附件：1. 问题台账" in texts(word.element)
    foot = word.tables[-1]
    assert foot._tbl.tblPr.find(qn("w:tblpPr")).get(qn("w:tblpYSpec")) == "bottom"
    assert [cell.text.strip("　") for cell in foot.rows[1].cells] == ["区督导办", "2026年3月5日印发"]
    assert "抄送：区委办，区政府办。" in foot.rows[0].cells[0].text


def test_properties_name_the_document_in_chinese_with_its_one_date(full, as_word):
    core = as_word(full).core_properties
    assert (core.title, core.author, core.language) == ("阶段整改报告", "区督导办", "zh-CN")
    assert core.created == core.modified
    assert core.created.date() == full.date


def test_equal_trees_give_equal_bytes_whenever_they_are_made(full, monkeypatch):
    first = docx.render(full)
    later = time.localtime(time.time() + 86400)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    assert docx.render(full) == first


def test_every_part_is_well_formed_and_properties_stand_in_the_order_of_the_schema(full):
    order = ["pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "pBdr", "tabs"]
    order += ["autoSpaceDE", "autoSpaceDN", "snapToGrid", "spacing", "ind", "jc", "outlineLvl", "rPr", "sectPr"]
    with zipfile.ZipFile(io.BytesIO(docx.render(full))) as package:
        parts = {name: etree.fromstring(package.read(name)) for name in package.namelist() if name.endswith(".xml")}
    for part in (parts["word/document.xml"], parts["word/footer1.xml"]):
        for properties in part.iter(qn("w:pPr")):
            names = [child.tag.rpartition("}")[2] for child in properties]
            assert names == sorted(names, key=order.index), names
    names = [one.get(qn("w:name")) for one in parts["word/fontTable.xml"]]
    assert {"仿宋_GB2312", "方正小标宋简体", "楷体_GB2312", "黑体", "宋体"} <= set(names)


def test_figures_are_latin_text_so_that_no_line_ends_inside_them(full, as_word):
    language = as_word(full).styles.element.find(f".//{qn('w:rPrDefault')}").find(f".//{qn('w:lang')}")
    assert (language.get(qn("w:val")), language.get(qn("w:eastAsia"))) == ("en-US", "zh-CN")


@pytest.mark.parametrize(("span", "joined"), [(1, 0), (4, 3), (7, 0)])
def test_rows_under_one_cell_stay_on_one_page_unless_they_are_many(make, as_word, span, joined):
    rows = [[*([tree.TableCell("小学", rowspan=span)] if not n else []), str(n)] for n in range(span)]
    word = as_word(make(blocks=[tree.Table([tree.TableColumn()] * 2, [], [*rows, ["初中", "9"]])]))
    stored = [bool(row._tr.xpath(".//w:keepNext")) for row in word.tables[0].rows]
    assert stored == [True] * joined + [False] * (span + 1 - joined)


def test_the_last_paragraph_keeps_to_the_signature(make, as_word):
    annexes = (tree.Annex("问题台账", (tree.Paragraph("共 5 项。"),)),)
    word = as_word(make(tree.Paragraph("前文。"), tree.Paragraph("末段。"), signed=True, annexes=annexes))
    stored = {one.text: one.paragraph_format.keep_with_next for one in word.paragraphs}
    assert (stored["前文。"], stored["末段。"], stored["附件：问题台账"], stored["区督导办"]) == (
        None,
        True,
        True,
        True,
    )


def test_contents_name_the_annexes(make, as_word):
    annexes = (tree.Annex("问题台账", (tree.Heading("台账"),)), tree.Annex("清单", (tree.Paragraph("共 5 项。"),)))
    paper = make(tree.Heading("甲"), contents=True, annexes=annexes)
    assert tree.headings(paper) == [(1, "一、甲"), (1, "附件1　问题台账"), (1, "一、台账"), (1, "附件2　清单")]
    paragraphs = as_word(paper).paragraphs
    assert [paragraph.text for paragraph in paragraphs].count("附件1　问题台账") == 1
    xml = "".join(paragraph._p.xml for paragraph in paragraphs)
    assert re.findall(r'TC "([^"]+)" \\l 1', xml) == ["附件1　问题台账", "附件2　清单"]
    assert re.search(r"TOC [^<]*\\f", xml)


def test_contents_are_a_field_word_works_out_when_the_file_is_opened(make, as_word):
    blocks = [tree.Heading("甲"), tree.Heading("乙", 2), tree.Heading("丙", 3)]
    paragraphs = as_word(make(*blocks, contents=True)).paragraphs
    xml = "".join(paragraph._p.xml for paragraph in paragraphs)
    assert 'TOC \\o "1-2"' in xml
    assert 'w:dirty="true"' in xml
    kinds = re.findall(r'fldCharType="(\w+)"', xml)
    assert kinds == ["begin", "separate", "end"]
    assert [paragraph.text for paragraph in paragraphs].count("（一）乙") == 2


def test_each_table_stands_where_it_was_put_whatever_the_words_say(make, as_word):
    one, two = (tree.Table([tree.TableColumn()], (), [[name]]) for name in ("<?table ?>", "乙"))
    word = as_word(make(tree.Paragraph("前<?table ?>"), one, tree.Paragraph("中"), two, tree.Paragraph("后")))
    found = [
        texts(part) for part in word.element.body if texts(part) in ("前<?table ?>", "<?table ?>", "中", "乙", "后")
    ]
    assert found == ["前<?table ?>", "<?table ?>", "中", "乙", "后"]
    assert not list(word.element.body.iter(etree.ProcessingInstruction))
