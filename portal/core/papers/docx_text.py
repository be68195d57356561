"""Word paragraphs: faces, sizes, spacing on the 28.95 pt grid."""

from decimal import Decimal

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from portal.core.papers import layout, tree
from portal.core.papers.text import clean

ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}


def points(value: Decimal | int | float) -> Pt:
    """A length in pt; Word itself counts in twentieths."""
    return Pt(float(value))


def set_face(target: Run, face: str, size: Decimal | int, colour: str = "") -> None:
    """Set a run in a face of the layout; East Asian and Latin letters alike, as the standard asks."""
    target.font.size = points(size)
    fonts = target._r.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), layout.FACES[face])
    if colour:
        target.font.color.rgb = RGBColor.from_string(colour)
    if size == layout.SIZE_3_PT:
        _set_spacing(target)


def _set_spacing(target: Run) -> None:
    """Draw the characters together by 0.25 pt: 16 pt alone gives 27 to a line, not 28."""
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(int(layout.CHARACTER_SPACING_PT * 20)))
    # CT_RPr wants its children in order; w:spacing stands before w:w … w:sz.
    properties = target._r.get_or_add_rPr()
    size = properties.find(qn("w:sz"))
    size.addprevious(spacing)


def add_words(paragraph: Paragraph, text: tree.Text, face: str, size: Decimal | int, colour: str = "") -> None:
    """Append text; emphasis goes to 黑体, a line feed becomes a line break."""
    for run in tree.runs(text):
        if cleaned := clean(run.text):
            set_face(paragraph.add_run(cleaned), "hei" if run.bold else face, size, colour)


def on_grid(paragraph: Paragraph, align: tree.Align = "justify", indent: Decimal | int = 0) -> None:
    """A body paragraph: lines of exactly 28.95 pt, `indent` pt before the first."""
    style = paragraph.paragraph_format
    style.alignment = ALIGNMENTS[align]
    style.line_spacing = points(layout.LINE_PITCH_PT)
    style.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    if indent:
        style.first_line_indent = points(indent)


def off_grid(paragraph: Paragraph, align: tree.Align, line: Decimal | int | float = 0) -> None:
    """A paragraph free of the page's grid (titles, captions, pictures); `line` is its exact pitch in pt."""
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(snap, "w:spacing", "w:ind", "w:jc", "w:rPr")
    style = paragraph.paragraph_format
    style.alignment = ALIGNMENTS[align]
    if line:
        style.line_spacing = points(line)
        style.line_spacing_rule = WD_LINE_SPACING.EXACTLY
