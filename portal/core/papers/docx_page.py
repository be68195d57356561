"""Word pages: paper, margins, grid, page numbers, default faces, properties."""

import datetime
from decimal import Decimal

from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section, _Footer
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from portal.core.papers import docx_text, layout, tree
from portal.core.papers.text import clean

# A 14 pt page number line whose top lies 4.5 mm under the 版心 ends this far above the paper's edge.
_FOOTER_DISTANCE_MM = layout.MARGIN_BOTTOM_MM - layout.FOOTER_GAP_MM - 14 / layout.PT_PER_MM


def prepare(word: WordDocument, document: tree.Document) -> None:
    """Make python-docx's empty document one of the standard's."""
    _set_properties(word, document)
    _set_styles(word)
    _set_compatibility(word)
    set_page(word.sections[0])
    _set_page_numbers(word)


def _set_properties(word: WordDocument, document: tree.Document) -> None:
    """Title, author and the one date; nothing of the machine or the hour."""
    noon = datetime.datetime.combine(document.date, datetime.time(12))
    core = word.core_properties
    core.title = clean(document.title).replace("\n", " ")[:255]
    core.author = core.last_modified_by = clean(document.issuer)[:255]
    core.keywords = clean("，".join(document.keywords))[:255]
    core.comments = ""
    core.language = "zh-CN"
    core.created = core.modified = noon
    core.revision = 1


def _set_styles(word: WordDocument) -> None:
    """Body face, Chinese text with Latin figures, and headings without the blue of the built-in ones."""
    normal = word.styles["Normal"].element
    for properties in (
        word.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}"),
        normal.get_or_add_rPr(),
    ):
        _set_defaults(properties)
    _set_no_auto_space(normal.get_or_add_pPr())
    names = ["Normal", *(f"Heading {level}" for level in layout.HEADING_FACES)]
    for name in names:
        style = word.styles[name]
        style.paragraph_format.space_before = style.paragraph_format.space_after = 0
        style.paragraph_format.widow_control = False
    for level, face in layout.HEADING_FACES.items():
        _set_heading(word.styles[f"Heading {level}"].element, layout.FACES[face])


def _set_defaults(properties) -> None:
    for name in ("w:rFonts", "w:lang"):
        for old in properties.findall(qn(name)):
            properties.remove(old)
    face = layout.FACES["body"]
    properties.insert(
        0, parse_xml(f'<w:rFonts {nsdecls("w")} w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}"/>')
    )
    # Figures are Latin text: called Chinese, 2000 would be broken into 200 and 0 at the end of a line.
    properties.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))


def _set_no_auto_space(properties) -> None:
    """No extra space between Chinese and figures, which would break the 28 characters to a line."""
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        switch = OxmlElement(name)
        switch.set(qn("w:val"), "0")
        properties.insert_element_before(switch, "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _set_heading(style, face: str) -> None:
    """Replace the look of a built-in heading; its name and outline level stay, Word's navigation needs them."""
    properties = style.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    properties.append(
        parse_xml(f'<w:rFonts {nsdecls("w")} w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}"/>')
    )
    size = OxmlElement("w:sz")
    size.set(qn("w:val"), str(layout.SIZE_3_PT * 2))
    properties.append(size)


def _set_compatibility(word: WordDocument) -> None:
    """Stop Word from stretching a justified line that ends in a line break."""
    compatibility = word.settings.element.find(qn("w:compat"))
    compatibility.insert(0, OxmlElement("w:doNotExpandShiftReturn"))


def font_table() -> bytes:
    """word/fontTable.xml: what to show where an official font is not installed (GB2312 names to Windows' own)."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _OTHER_NAMES.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()


_OTHER_NAMES = {
    "仿宋_GB2312": "仿宋",
    "楷体_GB2312": "楷体",
    "方正小标宋简体": "方正小标宋_GBK",
    "黑体": "SimHei",
    "宋体": "SimSun",
}


def set_page(section: Section, landscape: bool = False) -> None:
    """A4 with the margins and the grid of the standard; turned, the binding edge becomes the top."""
    width, height = Mm(layout.PAGE_WIDTH_MM), Mm(layout.PAGE_HEIGHT_MM)
    top, bottom = Mm(layout.MARGIN_TOP_MM), Mm(layout.MARGIN_BOTTOM_MM)
    left, right = Mm(layout.MARGIN_LEFT_MM), Mm(layout.MARGIN_RIGHT_MM)
    if landscape:
        width, height = height, width
        top, bottom, left, right = left, right, bottom, top
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = width, height
    section.top_margin, section.bottom_margin = top, bottom
    section.left_margin, section.right_margin = left, right
    gap = layout.MARGIN_BOTTOM_MM - layout.MARGIN_RIGHT_MM if landscape else 0
    section.footer_distance = Mm(float(_FOOTER_DISTANCE_MM - gap))
    _set_grid(section)


def _set_grid(section: Section) -> None:
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(int(layout.LINE_PITCH_PT * 20)))
    section._sectPr.append(grid)


def _set_page_numbers(word: WordDocument) -> None:
    """— 1 — in 4号宋体: odd pages right, even pages left, one character in (§7.5)."""
    word.settings.odd_and_even_pages_header_footer = True
    section = word.sections[0]
    _number(_only_paragraph(section.footer), "right")
    _number(_only_paragraph(section.even_page_footer), "left")


def _only_paragraph(footer: _Footer) -> Paragraph:
    footer.is_linked_to_previous = False
    return footer.paragraphs[0]


def _number(paragraph: Paragraph, align: tree.Align) -> None:
    docx_text.off_grid(paragraph, align, layout.SIZE_4_PT)
    side = paragraph.paragraph_format
    side.left_indent = side.right_indent = docx_text.points(layout.SIZE_4_PT)
    before, after = layout.PAGE_NUMBER.split("{}")
    docx_text.add_words(paragraph, before, "song", layout.SIZE_4_PT)
    for kind, code in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        docx_text.set_face(run, "song", layout.SIZE_4_PT)
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = code
        run._r.append(part)
    docx_text.add_words(paragraph, after, "song", layout.SIZE_4_PT)


def text_width(landscape: bool) -> Decimal:
    """Width of the 版心 in pt."""
    millimetres = (
        layout.PAGE_HEIGHT_MM - layout.MARGIN_TOP_MM - layout.MARGIN_BOTTOM_MM if landscape else layout.TEXT_WIDTH_MM
    )
    return millimetres * layout.PT_PER_MM
