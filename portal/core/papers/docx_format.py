"""Word in the format of GB/T 9704-2012: pages, styles, page numbers, paragraphs on the 28.95 pt grid, tables."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section, _Footer
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from portal.core.papers import layout, tree

# A 14 pt page number line whose top lies 4.5 mm under the 版心 ends this far above the paper's edge.
_FOOTER_DISTANCE_MM = layout.MARGIN_BOTTOM_MM - layout.FOOTER_GAP_MM - 14 / layout.PT_PER_MM
_ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_CELL_ALIGNMENTS = {"left": "left", "center": "center", "right": "right", "justify": "left"}
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
# What Windows has of the official fonts, under its own names.
_OTHER_NAMES = {
    "仿宋_GB2312": "仿宋",
    "楷体_GB2312": "楷体",
    "方正小标宋简体": "方正小标宋_GBK",
    "黑体": "SimHei",
    "宋体": "SimSun",
}


def prepare(word: WordDocument, document: tree.Paper) -> None:
    noon = datetime.datetime.combine(document.date, datetime.time(12))
    core = word.core_properties
    core.title = tree.clean(document.title).replace("\n", " ")[:255]
    core.author = core.last_modified_by = tree.clean(document.issuer)[:255]
    core.keywords = tree.clean("，".join(document.keywords))[:255]
    core.comments = ""
    core.language = "zh-CN"
    core.created = core.modified = noon
    core.revision = 1
    _set_styles(word)
    # Stops Word from stretching a justified line that ends in a line break.
    word.settings.element.find(qn("w:compat")).insert(0, OxmlElement("w:doNotExpandShiftReturn"))
    section = word.sections[0]
    set_page(section)
    # Page numbers are right on odd pages, left on even ones (§7.5).
    word.settings.odd_and_even_pages_header_footer = True
    _write_page_number(section.footer, "right")
    _write_page_number(section.even_page_footer, "left")


def _set_styles(word: WordDocument) -> None:
    normal = word.styles["Normal"].element
    defaults = word.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for properties in (defaults, normal.get_or_add_rPr()):
        for name in ("w:rFonts", "w:lang"):
            for old in properties.findall(qn(name)):
                properties.remove(old)
        properties.insert(0, _fonts(layout.FACES["body"]))
        # Figures are Latin text: called Chinese, 2000 would be broken into 200 and 0 at the end of a line.
        properties.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))
    # Extra space between Chinese and figures would break the 28 characters to a line.
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        switch = OxmlElement(name)
        switch.set(qn("w:val"), "0")
        normal.get_or_add_pPr().insert_element_before(switch, "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr")
    for name in ("Normal", *(f"Heading {level}" for level in layout.HEADING_FACES)):
        style = word.styles[name]
        style.paragraph_format.space_before = style.paragraph_format.space_after = 0
        style.paragraph_format.widow_control = False
    for level, face in layout.HEADING_FACES.items():
        # The name and outline level of a heading stay: Word's navigation needs them.
        properties = word.styles[f"Heading {level}"].element.get_or_add_rPr()
        for child in list(properties):
            properties.remove(child)
        properties.append(_fonts(layout.FACES[face]))
        size = OxmlElement("w:sz")
        size.set(qn("w:val"), str(layout.SIZE_3_PT * 2))
        properties.append(size)


def _fonts(face: str):
    return parse_xml(f'<w:rFonts {nsdecls("w")} w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}"/>')


def font_table() -> bytes:
    """Replacements for official fonts that are not installed."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _OTHER_NAMES.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()


def set_page(section: Section, landscape: bool = False) -> None:
    """In landscape the binding edge becomes the top."""
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
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(int(layout.LINE_PITCH_PT * 20)))
    section._sectPr.append(grid)


def _write_page_number(footer: _Footer, align: tree.Align) -> None:
    """— 1 — in 4号宋体, one character in."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    off_grid(paragraph, align, layout.SIZE_4_PT)
    side = paragraph.paragraph_format
    side.left_indent = side.right_indent = points(layout.SIZE_4_PT)
    before, after = layout.PAGE_NUMBER.split("{}")
    add_words(paragraph, before, "song", layout.SIZE_4_PT)
    for kind, code in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        set_face(run, "song", layout.SIZE_4_PT)
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = code
        run._r.append(part)
    add_words(paragraph, after, "song", layout.SIZE_4_PT)


def begin_field(paragraph: Paragraph, code: str) -> None:
    """Word works it out on opening; what follows shows until `end_field`."""
    for kind in ("begin", "", "separate"):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = code
        if kind == "begin":
            part.set(qn("w:dirty"), "true")
        paragraph.add_run()._r.append(part)


def end_field(paragraph: Paragraph) -> None:
    part = OxmlElement("w:fldChar")
    part.set(qn("w:fldCharType"), "end")
    paragraph.add_run()._r.append(part)


def add_entry(paragraph: Paragraph, words: str) -> None:
    """A hidden field: the contents name this page in words that are not on it."""
    for kind in ("begin", "", "end"):
        run = paragraph.add_run()
        run.font.hidden = True
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = f'TC "{tree.clean(words).replace(chr(34), "")}" \\l 1'
        run._r.append(part)


def text_width(landscape: bool) -> Decimal:
    millimetres = (
        layout.PAGE_HEIGHT_MM - layout.MARGIN_TOP_MM - layout.MARGIN_BOTTOM_MM if landscape else layout.TEXT_WIDTH_MM
    )
    return millimetres * layout.PT_PER_MM


def points(value: Decimal | int | float) -> Pt:
    return Pt(float(value))


def set_face(target: Run, face: str, size: Decimal | int, colour: str = "") -> None:
    target.font.size = points(size)
    fonts = target._r.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), layout.FACES[face])
    if colour:
        target.font.color.rgb = RGBColor.from_string(colour)
    if size == layout.SIZE_3_PT:
        # Draws the characters together by 0.25 pt: 16 pt alone gives 27 to a line, not 28.
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(int(layout.CHARACTER_SPACING_PT * 20)))
        # CT_RPr wants its children in order; w:spacing comes before w:w … w:sz.
        target._r.get_or_add_rPr().find(qn("w:sz")).addprevious(spacing)


def add_words(paragraph: Paragraph, text: tree.Text, face: str, size: Decimal | int, colour: str = "") -> None:
    """Emphasis goes to 黑体."""
    for run in tree.runs(text):
        if cleaned := tree.clean(run.text):
            set_face(paragraph.add_run(cleaned), "hei" if run.bold else face, size, colour)


def on_grid(paragraph: Paragraph, align: tree.Align = "justify", indent: Decimal | int = 0) -> None:
    """Lines of exactly 28.95 pt, `indent` pt before the first."""
    style = paragraph.paragraph_format
    style.alignment = _ALIGNMENTS[align]
    style.line_spacing = points(layout.LINE_PITCH_PT)
    style.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    if indent:
        style.first_line_indent = points(indent)


def off_grid(paragraph: Paragraph, align: tree.Align, line: Decimal | int | float = 0) -> None:
    """`line` is the exact pitch in pt."""
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(snap, "w:spacing", "w:ind", "w:jc", "w:rPr")
    style = paragraph.paragraph_format
    style.alignment = _ALIGNMENTS[align]
    if line:
        style.line_spacing = points(line)
        style.line_spacing_rule = WD_LINE_SPACING.EXACTLY


# Rows under one cell stay on one page up to so many; more could leave half a page empty.
_TOGETHER = 6


def table_xml(table: tree.Table, width: Decimal, namespace: str = "") -> str:
    """Fixed columns over `width` pt, header rows that repeat, rows that stay whole.

    As XML: python-docx takes minutes for long tables and 8 kB of memory a cell.
    """
    total = sum(column.width for column in table.columns)
    widths = [int(float(width) * 20 * column.width / total) for column in table.columns]
    header = _rows(table, table.placed_header(), widths, header=True)
    body = _rows(table, table.placed_rows(), widths, header=False)
    return (
        f'<w:tbl{namespace}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{''.join(f'<w:gridCol w:w={chr(34)}{one}{chr(34)}/>' for one in widths)}</w:tblGrid>"
        f"{header}{body}</w:tbl>"
    )


def _rows(table: tree.Table, rows: Sequence[Sequence[tree.Placed]], widths: list[int], header: bool) -> str:
    """Word wants a continuing cell under each that spans rows."""
    hanging: dict[int, tuple[int, int]] = {}  # first column → (rows still to cover, columns covered)
    repeat = "<w:tblHeader/>" if header and table.repeat_header else ""
    xml, together = [], 0
    for row in rows:
        cells: dict[int, str] = {}
        # To the next row, which the same cell names.
        together = max([together - 1, *(one.cell.rowspan - 1 for one in row if one.cell.rowspan <= _TOGETHER)])
        for column, (left, span) in list(hanging.items()):
            cells[column] = _cell(widths[column : column + span], "", "<w:vMerge/>")
            hanging[column] = (left - 1, span)
        hanging = {column: rest for column, rest in hanging.items() if rest[0]}
        for placed in row:
            column, one = placed.column, placed.cell
            merge = '<w:vMerge w:val="restart"/>' if one.rowspan > 1 else ""
            align = "center" if header else table.align(placed)
            cells[column] = _cell(
                widths[column : column + one.colspan], _paragraphs(table, one.text, align, header, together > 0), merge
            )
            if one.rowspan > 1:
                hanging[column] = (one.rowspan - 1, one.colspan)
        xml.append(
            f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(cells[key] for key in sorted(cells))}</w:tr>"
        )
    return "".join(xml)


def _cell(widths: list[int], content: str, merge: str) -> str:
    span = f'<w:gridSpan w:val="{len(widths)}"/>' if len(widths) > 1 else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{sum(widths)}" w:type="dxa"/>{span}{merge}<w:vAlign w:val="center"/></w:tcPr>'
        f"{content or '<w:p/>'}</w:tc>"
    )


def _paragraphs(table: tree.Table, text: tree.Text, align: tree.Align, bold: bool, keep: bool) -> str:
    """Off the page's grid, which would stretch a row of 12 pt to 28.95 pt."""
    pitch = int(float(table.size) * 1.3 * 20)
    runs = ""
    for run in tree.runs(text):
        if run.text:
            face = layout.FACES["hei" if bold or run.bold else "body"]
            lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in tree.clean(run.text).split("\n"))
            runs += (
                f'<w:r><w:rPr><w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}"/>'
                f'<w:sz w:val="{int(float(table.size) * 2)}"/></w:rPr>{"<w:br/>".join(lines)}</w:r>'
            )
    return (
        f'<w:p><w:pPr>{"<w:keepNext/>" if keep else ""}<w:snapToGrid w:val="0"/><w:spacing w:before="40" w:after="40" w:line="{pitch}" w:lineRule="exact"/>'
        f'<w:jc w:val="{_CELL_ALIGNMENTS[align]}"/></w:pPr>{runs}</w:p>'
    )
