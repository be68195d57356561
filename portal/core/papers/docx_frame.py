"""What frames the body of an official document in Word: head, annex list, signature, 版记."""

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.table import CT_Tbl
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from portal.core.lib import dates
from portal.core.papers import docx_page, docx_tables, docx_text, layout, tree
from portal.core.papers.docx_blocks import INDENT_PT, Writer

_TITLE_PITCH_PT = 34


def write_head(writer: Writer, document: tree.Document) -> None:
    """Red head if switched on, title, 文号, subtitle, a blank line, 主送机关."""
    if document.red_head:
        _write_red_head(writer, document)
    _write_title(writer, document.title)
    if document.number and not document.red_head:
        writer.line(document.number, "kai", "center")
    if document.subtitle:
        writer.line(document.subtitle, "kai", "center")
    writer.line()
    if document.addressed_to:
        writer.line(document.addressed_to)


def keep_end(writer: Writer, document: tree.Document) -> None:
    """Keep the last paragraph with what follows, so that no signature stands on a page of its own."""
    if document.signed and document.blocks and isinstance(document.blocks[-1], tree.Paragraph | tree.BulletList):
        writer.word.paragraphs[-1].paragraph_format.keep_with_next = True


def write_annex_list(writer: Writer, document: tree.Document) -> None:
    """附件说明, one blank line under the body (§7.3.4); titles too long for a line hang under themselves."""
    if not document.annexes:
        return
    writer.turn(landscape=False)
    writer.line().paragraph_format.keep_with_next = document.signed
    for head, title in tree.annex_list(document):
        paragraph = writer.line(f"{head}{title}")
        paragraph.paragraph_format.keep_with_next = document.signed
        hanging = len(head) * layout.CHARACTER_PITCH_PT
        paragraph.paragraph_format.left_indent = docx_text.points(INDENT_PT + hanging)
        paragraph.paragraph_format.first_line_indent = docx_text.points(-hanging)


def write_signature(writer: Writer, document: tree.Document) -> None:
    """发文机关署名 centred over the 成文日期, which keeps four characters free on the right (§7.3.5)."""
    if not document.signed:
        return
    writer.turn(landscape=False)
    date = dates.day(document.date)
    writer.line().paragraph_format.keep_with_next = True
    writer.line().paragraph_format.keep_with_next = True
    issuer = writer.line(document.issuer, align="right")
    issuer.paragraph_format.keep_with_next = True
    issuer.paragraph_format.right_indent = docx_text.points(layout.issuer_indent(document.issuer, date))
    dated = writer.line(date, align="right")
    dated.paragraph_format.right_indent = docx_text.points(layout.DATE_INDENT_CHARACTERS * layout.CHARACTER_PITCH_PT)


def write_annex_head(writer: Writer, label: str, title: str) -> None:
    """A new page, 附件 in 3号黑体 at the margin, the title in the third line (§7.3.8)."""
    writer.page_due = True
    writer.turn(landscape=False)
    writer.line(label, "hei")
    writer.line()
    _write_title(writer, title)
    writer.line()


def write_colophon(writer: Writer, document: tree.Document) -> None:
    """版记 in 4号仿宋 at the foot of the last page (§7.4)."""
    colophon = document.colophon
    if colophon is None:
        return
    writer.turn(landscape=False)
    rows: list[tree.Row] = []
    if colophon.copy_to:
        rows.append([tree.Cell(f"　抄送：{'，'.join(colophon.copy_to)}。", colspan=2)])
    printed_on = f"{dates.day(colophon.printed_on)}印发　"
    rows.append([f"　{colophon.printed_by}", tree.Cell(printed_on, align="right")])
    table = tree.Table([tree.Column(3), tree.Column(2)], (), rows, size=layout.SIZE_4_PT)
    element = docx_tables.build(table, docx_page.text_width(landscape=False))
    _pin_to_foot(element)
    writer.word.element.body.sectPr.addprevious(element)
    # Word wants a paragraph behind the last table.
    writer.small("", "body", "left", 1)


def _write_title(writer: Writer, text: str) -> None:
    paragraph = writer.paragraph()
    docx_text.off_grid(paragraph, "center", _TITLE_PITCH_PT)
    paragraph.paragraph_format.keep_with_next = True
    docx_text.add_words(paragraph, text, "title", layout.SIZE_2_PT)


def _write_red_head(writer: Writer, document: tree.Document) -> None:
    mark = f"{document.issuer}文件"
    size = layout.red_head_size(mark)
    paragraph = writer.paragraph()
    docx_text.off_grid(paragraph, "center", float(size) * 1.3)
    paragraph.paragraph_format.space_before = Mm(layout.RED_HEAD_GAP_MM)
    docx_text.add_words(paragraph, mark, "title", size, layout.RED)
    writer.line()
    writer.line()
    _rule_under(writer.line(document.number, align="center"))
    writer.line()
    writer.line()


def _rule_under(paragraph: Paragraph) -> None:
    """The red rule, 4 mm under the 文号, as wide as the 版心."""
    gap = round(layout.RED_RULE_GAP_MM * layout.PT_PER_MM)
    rule = f'<w:bottom w:val="single" w:sz="12" w:space="{gap}" w:color="{layout.RED}"/>'
    paragraph._p.get_or_add_pPr().insert_element_before(
        parse_xml(f"<w:pBdr {nsdecls('w')}>{rule}</w:pBdr>"), "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _pin_to_foot(table: CT_Tbl) -> None:
    """Float the table to the foot of the 版心; rules above and below 1 pt, between 0.75 pt, none upright (§7.4.1)."""
    place = 'w:vertAnchor="margin" w:horzAnchor="margin" w:tblpXSpec="left" w:tblpYSpec="bottom"'
    table.tblPr.insert(0, parse_xml(f"<w:tblpPr {nsdecls('w')} {place}/>"))
    for side in table.tblPr.find(qn("w:tblBorders")):
        name = side.tag.rpartition("}")[2]
        side.set(qn("w:val"), "nil" if name in ("left", "right", "insideV") else "single")
        side.set(qn("w:sz"), "6" if name == "insideH" else "8")
