"""Word: the document tree as .docx in the layout of GB/T 9704-2012."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import chain

import docx as python_docx
import typst
from docx.document import Document as WordDocument
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph
from lxml import etree

from portal.core.files import zips
from portal.core.lib import dates
from portal.core.papers import docx_format, layout, pdf, tree

_INDENT_PT = 2 * layout.CHARACTER_PITCH_PT
_TITLE_PITCH_PT = 34
_RESOLUTION = 200  # dots per inch
_TEXT, _PLACE = "word/document.xml", "table"
_PICTURE = b"""
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1pt)
"""


def render(document: tree.Paper, font_set: pdf.FontSet | None = None) -> bytes:
    """Equal trees give equal bytes. Fonts are named, not embedded; `font_set` draws figures. Raises Refused without a Chinese font."""
    word = python_docx.Document()
    docx_format.prepare(word, document)
    writer = _DocxWriter(word, font_set)
    if document.contents:
        writer.contents(document)
    writer.head(document)
    writer.blocks(document.blocks)
    if document.signed and document.blocks and isinstance(document.blocks[-1], tree.Paragraph | tree.BulletList):
        # So that no signature is alone on a page.
        word.paragraphs[-1].paragraph_format.keep_with_next = True
    if document.annexes:
        writer.annex_list(document)
    if document.signed:
        writer.signature(document)
    for index, annex in enumerate(document.annexes):
        # A new page, 附件 in 3号黑体 at the margin, the title in the third line (§7.3.8).
        writer.page_due = True
        writer.turn(landscape=annex.is_landscape)
        label = writer.line(tree.annex_label(document, index), "hei")
        docx_format.add_entry(label, tree.annex_heading(document, index))
        writer.line()
        writer.title(annex.title)
        writer.line()
        writer.blocks(annex.blocks)
    if document.colophon:
        writer.colophon(document.colophon)
    package = io.BytesIO()
    word.save(package)
    with zipfile.ZipFile(package) as written:
        around = written.read(_TEXT).split(etree.tostring(etree.ProcessingInstruction(_PLACE)))
    tables = [*(xml.encode() for xml in writer.tables), b""]
    text = b"".join(chain.from_iterable(zip(around, tables, strict=True)))
    return zips.normalised(package.getvalue(), {"word/fontTable.xml": docx_format.font_table(), _TEXT: text})


class _DocxWriter:
    """Appends blocks to a Word document; remembers which way the page lies and whether a new one is due."""

    def __init__(self, word: WordDocument, font_set: pdf.FontSet | None = None) -> None:
        self.word = word
        self.font_set = font_set
        self.landscape = False
        self.page_due = False
        self.tables: list[str] = []
        self.styles: dict[str, str | None] = {}

    def blocks(self, blocks: Sequence[tree.Block], numbering: tree.Numbering | None = None) -> None:
        numbering = numbering or tree.Numbering()
        for block in blocks:
            match block:
                case tree.Landscape():
                    self.turn(landscape=True)
                    self.blocks(block.blocks, numbering)
                    self.page_due = True
                case tree.PageBreak():
                    self.page_due = True
                case _:
                    self.block(block, numbering)

    def turn(self, landscape: bool) -> None:
        """A new section is a new page."""
        if landscape != self.landscape:
            docx_format.set_page(self.word.add_section(WD_SECTION.NEW_PAGE), landscape)
            self.landscape, self.page_due = landscape, False

    def paragraph(self, style: str = "Normal") -> Paragraph:
        paragraph = self.word.add_paragraph()
        if style not in self.styles:
            # None for the style every paragraph has; asked once, for the answer is looked for through all styles.
            self.styles[style] = self.word.part.get_style_id(style, WD_STYLE_TYPE.PARAGRAPH)
        paragraph._p.style = self.styles[style]
        if self.page_due:
            paragraph.paragraph_format.page_break_before = True
            self.page_due = False
        return paragraph

    def line(
        self, text: tree.Text = "", face: str = "body", align: tree.Align = "left", indent: Decimal | int = 0
    ) -> Paragraph:
        """3号 on the 28.95 pt grid."""
        paragraph = self.paragraph()
        docx_format.on_grid(paragraph, align, indent)
        docx_format.add_words(paragraph, text, face, layout.SIZE_3_PT)
        return paragraph

    def small(self, text: tree.Text, face: str, align: tree.Align, size: Decimal | int) -> Paragraph:
        paragraph = self.paragraph()
        docx_format.off_grid(paragraph, align, float(size) * 1.4)
        docx_format.add_words(paragraph, text, face, size)
        return paragraph

    def title(self, text: str) -> None:
        paragraph = self.paragraph()
        docx_format.off_grid(paragraph, "center", _TITLE_PITCH_PT)
        paragraph.paragraph_format.keep_with_next = True
        docx_format.add_words(paragraph, text, "title", layout.SIZE_2_PT)

    def block(self, block: tree.Block, numbering: tree.Numbering) -> None:
        if self.landscape and self.page_due:
            self.turn(landscape=False)
        match block:
            case tree.Heading():
                paragraph = self.paragraph(f"Heading {block.level}")
                docx_format.on_grid(paragraph, "left", _INDENT_PT)
                face = layout.HEADING_FACES[block.level]
                docx_format.add_words(paragraph, numbering.label(block), face, layout.SIZE_3_PT)
            case tree.Paragraph():
                self.line(block.text, align=block.align, indent=_INDENT_PT if block.indent else 0)
            case tree.BulletList():
                for mark, item in zip(block.marks(), block.items, strict=True):
                    self.line((tree.Run(mark), *tree.runs(item)), align="justify", indent=_INDENT_PT)
            case tree.Table():
                self.table(block)
            case tree.KeyValues():
                self.table(block.as_table())
            case tree.Figure():
                self.figure(block)

    def table(self, table: tree.Table) -> None:
        if table.caption:
            self.small(table.caption, "hei", "center", layout.SIZE_SMALL_4_PT).paragraph_format.keep_with_next = True
        elif self.page_due:
            self.small("", "body", "left", 1)
        width = docx_format.text_width(self.landscape)
        # Only its place: its XML is put there when all is written.
        self.tables.append(docx_format.table_xml(table, width))
        self.word.element.body.sectPr.addprevious(etree.ProcessingInstruction(_PLACE))
        # Word joins tables that touch, so there is always a paragraph between them.
        self.small(table.note, "body", "left", layout.SIZE_5_PT)

    def figure(self, figure: tree.Figure) -> None:
        paragraph = self.paragraph()
        docx_format.off_grid(paragraph, "center")
        width = docx_format.text_width(self.landscape) * Decimal(str(figure.width))
        font_set = self.font_set or pdf.default_fonts()
        # Drawn as PNG: older versions of Word show no SVG.
        drawn = typst.compile(
            _PICTURE,
            format="png",
            ppi=_RESOLUTION,
            font_paths=font_set.book,
            ignore_system_fonts=True,
            sys_inputs={"svg": font_set.legible(figure.svg.decode()), "width": str(width)},
        )
        picture = paragraph.add_run().add_picture(io.BytesIO(drawn), width=docx_format.points(width))
        picture._inline.find(qn("wp:docPr")).set("descr", tree.clean(figure.alt))
        if figure.caption:
            paragraph.paragraph_format.keep_with_next = True
            self.small(figure.caption, "hei", "center", layout.SIZE_SMALL_4_PT)

    def contents(self, document: tree.Paper) -> None:
        """目录: a field that Word fills on opening; until then it names the headings."""
        self.title("目　录")
        self.line()
        paragraph = self.line()
        docx_format.begin_field(paragraph, f'TOC \\o "1-{tree.CONTENTS_DEPTH}" \\f \\h \\z \\u')
        for level, words in tree.headings(document):
            paragraph = self.line(words, indent=(level - 1) * _INDENT_PT)
        docx_format.end_field(paragraph)
        self.page_due = True

    def head(self, document: tree.Paper) -> None:
        if document.red_head:
            mark = f"{document.issuer}文件"
            size = layout.red_head_size(mark)
            paragraph = self.paragraph()
            docx_format.off_grid(paragraph, "center", float(size) * 1.3)
            paragraph.paragraph_format.space_before = Mm(layout.RED_HEAD_GAP_MM)
            docx_format.add_words(paragraph, mark, "title", size, layout.RED)
            self.line()
            self.line()
            numbered = self.line(document.number, align="center")
            # The red rule, 4 mm under the 文号, as wide as the 版心.
            gap = round(layout.RED_RULE_GAP_MM * layout.PT_PER_MM)
            rule = f'<w:bottom w:val="single" w:sz="12" w:space="{gap}" w:color="{layout.RED}"/>'
            numbered._p.get_or_add_pPr().insert_element_before(
                parse_xml(f"<w:pBdr {nsdecls('w')}>{rule}</w:pBdr>"),
                "w:snapToGrid",
                "w:spacing",
                "w:ind",
                "w:jc",
                "w:rPr",
            )
            self.line()
            self.line()
        self.title(document.title)
        if document.number and not document.red_head:
            self.line(document.number, "kai", "center")
        if document.subtitle:
            self.line(document.subtitle, "kai", "center")
        self.line()
        if document.addressed_to:
            self.line(document.addressed_to)

    def annex_list(self, document: tree.Paper) -> None:
        """附件说明 (§7.3.4)."""
        self.turn(landscape=False)
        self.line().paragraph_format.keep_with_next = document.signed
        for head, title in tree.annex_list(document):
            paragraph = self.line(f"{head}{title}")
            paragraph.paragraph_format.keep_with_next = document.signed
            hanging = len(head) * layout.CHARACTER_PITCH_PT
            paragraph.paragraph_format.left_indent = docx_format.points(_INDENT_PT + hanging)
            paragraph.paragraph_format.first_line_indent = docx_format.points(-hanging)

    def signature(self, document: tree.Paper) -> None:
        """发文机关署名 over the 成文日期 (§7.3.5)."""
        self.turn(landscape=False)
        date = dates.day(document.date)
        self.line().paragraph_format.keep_with_next = True
        self.line().paragraph_format.keep_with_next = True
        issuer = self.line(document.issuer, align="right")
        issuer.paragraph_format.keep_with_next = True
        issuer.paragraph_format.right_indent = docx_format.points(layout.issuer_indent(document.issuer, date))
        dated = self.line(date, align="right")
        dated.paragraph_format.right_indent = docx_format.points(
            layout.DATE_INDENT_CHARACTERS * layout.CHARACTER_PITCH_PT
        )

    def colophon(self, colophon: tree.Colophon) -> None:
        """版记 at the foot of the last page (§7.4)."""
        self.turn(landscape=False)
        rows: list[tree.Row] = []
        if colophon.copy_to:
            rows.append([tree.TableCell(f"　抄送：{'，'.join(colophon.copy_to)}。", colspan=2)])
        printed_on = f"{dates.day(colophon.printed_on)}印发　"
        rows.append([f"　{colophon.printed_by}", tree.TableCell(printed_on, align="right")])
        table = tree.Table([tree.TableColumn(3), tree.TableColumn(2)], (), rows, size=layout.SIZE_4_PT)
        xml = docx_format.table_xml(table, docx_format.text_width(landscape=False), f" {nsdecls('w')}")
        element = parse_xml(xml)
        # Floats to the foot of the 版心; rules above and below 1 pt, between 0.75 pt, none upright (§7.4.1).
        place = 'w:vertAnchor="margin" w:horzAnchor="margin" w:tblpXSpec="left" w:tblpYSpec="bottom"'
        element.tblPr.insert(0, parse_xml(f"<w:tblpPr {nsdecls('w')} {place}/>"))
        for side in element.tblPr.find(qn("w:tblBorders")):
            name = side.tag.rpartition("}")[2]
            side.set(qn("w:val"), "nil" if name in ("left", "right", "insideV") else "single")
            side.set(qn("w:sz"), "6" if name == "insideH" else "8")
        self.word.element.body.sectPr.addprevious(element)
        # Word needs a paragraph after the last table.
        self.small("", "body", "left", 1)


# The files a paper is taken away as, by their ending.
RENDERERS: Mapping[str, Callable[[tree.Paper], bytes]] = {"docx": render, "pdf": pdf.render}
