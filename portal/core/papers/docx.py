"""Word: the document tree as .docx in the layout of GB/T 9704-2012."""

import io

import docx as python_docx

from portal.core.files import zips
from portal.core.papers import docx_frame, docx_page, fonts, tree
from portal.core.papers.docx_blocks import Writer


def render(document: tree.Document, font_set: fonts.FontSet | None = None) -> bytes:
    """The document as .docx; equal trees give equal bytes. Fonts are named, not embedded: the reader's machine
    has them or shows its own. `font_set` serves to draw figures; raises Refused when it holds no Chinese font."""
    word = python_docx.Document()
    docx_page.prepare(word, document)
    writer = Writer(word, font_set)
    docx_frame.write_head(writer, document)
    writer.blocks(document.blocks)
    docx_frame.keep_end(writer, document)
    docx_frame.write_annex_list(writer, document)
    docx_frame.write_signature(writer, document)
    for index, annex in enumerate(document.annexes):
        docx_frame.write_annex_head(writer, tree.annex_label(document, index), annex.title)
        writer.blocks(annex.blocks)
    docx_frame.write_colophon(writer, document)
    package = io.BytesIO()
    word.save(package)
    return zips.normalised(package.getvalue(), {"word/fontTable.xml": docx_page.font_table()})
