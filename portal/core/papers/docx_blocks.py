"""The blocks of the document tree as Word paragraphs, tables and pictures."""

import io
from collections.abc import Sequence
from decimal import Decimal

from docx.document import Document as WordDocument
from docx.enum.section import WD_SECTION
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from portal.core.papers import (
    docx_page,
    docx_tables,
    docx_text,
    fonts,
    layout,
    pictures,
    tree,
)
from portal.core.papers.numbering import Numbering
from portal.core.papers.text import clean

INDENT_PT = 2 * layout.CHARACTER_PITCH_PT


class Writer:
    """Appends blocks to a Word document; remembers which way the page lies and whether a new one is due."""

    def __init__(self, word: WordDocument, font_set: fonts.FontSet | None = None) -> None:
        self.word = word
        self.font_set = font_set
        self.landscape = False
        self.page_due = False

    def blocks(self, blocks: Sequence[tree.Block], numbering: Numbering | None = None) -> None:
        """Append the blocks of one text; its headings are numbered from the start."""
        numbering = numbering or Numbering()
        for block in blocks:
            match block:
                case tree.Landscape():
                    self.turn(landscape=True)
                    self.blocks(block.blocks, numbering)
                    self.page_due = True
                case tree.PageBreak():
                    self.page_due = True
                case _:
                    self._block(block, numbering)

    def turn(self, landscape: bool) -> None:
        """Go on with pages that lie the given way; a new section is a new page, too."""
        if landscape != self.landscape:
            docx_page.set_page(self.word.add_section(WD_SECTION.NEW_PAGE), landscape)
            self.landscape, self.page_due = landscape, False

    def paragraph(self, style: str = "Normal") -> Paragraph:
        """A new paragraph, on a new page if one is due."""
        paragraph = self.word.add_paragraph(style=style)
        if self.page_due:
            paragraph.paragraph_format.page_break_before = True
            self.page_due = False
        return paragraph

    def line(
        self, text: tree.Text = "", face: str = "body", align: tree.Align = "left", indent: Decimal | int = 0
    ) -> Paragraph:
        """A paragraph on the 28.95 pt grid, 3号; an empty one is a blank line."""
        paragraph = self.paragraph()
        docx_text.on_grid(paragraph, align, indent)
        docx_text.add_words(paragraph, text, face, layout.SIZE_3_PT)
        return paragraph

    def small(self, text: tree.Text, face: str, align: tree.Align, size: Decimal | int) -> Paragraph:
        """A caption or note, off the grid."""
        paragraph = self.paragraph()
        docx_text.off_grid(paragraph, align, float(size) * 1.4)
        docx_text.add_words(paragraph, text, face, size)
        return paragraph

    def _block(self, block: tree.Block, numbering: Numbering) -> None:
        if self.landscape and self.page_due:
            self.turn(landscape=False)
        match block:
            case tree.Heading():
                self._heading(block, numbering.label(block))
            case tree.Paragraph():
                self.line(block.text, align=block.align, indent=INDENT_PT if block.indent else 0)
            case tree.BulletList():
                for mark, item in zip(block.marks(), block.items, strict=True):
                    self.line((tree.Run(mark), *tree.runs(item)), align="justify", indent=INDENT_PT)
            case tree.Table():
                self._table(block)
            case tree.KeyValues():
                self._table(block.as_table())
            case tree.Figure():
                self._figure(block)

    def _heading(self, heading: tree.Heading, label: str) -> None:
        paragraph = self.paragraph(f"Heading {heading.level}")
        docx_text.on_grid(paragraph, "left", INDENT_PT)
        docx_text.add_words(paragraph, label, layout.HEADING_FACES[heading.level], layout.SIZE_3_PT)

    def _table(self, table: tree.Table) -> None:
        if table.caption:
            self.small(table.caption, "hei", "center", layout.SIZE_SMALL_4_PT).paragraph_format.keep_with_next = True
        elif self.page_due:
            self.small("", "body", "left", 1)
        width = docx_page.text_width(self.landscape)
        self.word.element.body.sectPr.addprevious(docx_tables.build(table, width))
        # Word joins tables that touch, so something always stands between them.
        self.small(table.note, "body", "left", layout.SIZE_5_PT)

    def _figure(self, figure: tree.Figure) -> None:
        paragraph = self.paragraph()
        docx_text.off_grid(paragraph, "center")
        width = docx_page.text_width(self.landscape) * Decimal(str(figure.width))
        picture = paragraph.add_run().add_picture(
            io.BytesIO(pictures.png(figure.svg, width, self.font_set)), width=docx_text.points(width)
        )
        picture._inline.find(qn("wp:docPr")).set("descr", clean(figure.alt))
        if figure.caption:
            paragraph.paragraph_format.keep_with_next = True
            self.small(figure.caption, "hei", "center", layout.SIZE_SMALL_4_PT)
