"""What is measured on the rendered files of any paper: the words of Word and PDF, the type area, sizes, lines to a page."""

import io
import re
from itertools import pairwise

from docx import Document as read_docx
from pypdf import PageObject, PdfReader

from portal.core.papers import docx, layout, pdf, tree

MM = float(layout.PT_PER_MM)
_PITCH = float(layout.LINE_PITCH_PT)
# A glyph may stand this far out of its line; 标点 hang a little.
_SLACK = 1.5
Stretch = tuple[float, float, float, str]


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def words_of(paper: tree.Paper) -> tuple[str, str]:
    """All words of the Word and of the PDF file, without spaces."""
    body = read_docx(io.BytesIO(docx.render(paper))).element.body
    word = "".join(node.text or "" for node in body.iter() if node.tag.endswith("}t"))
    pages = PdfReader(io.BytesIO(pdf.render(paper))).pages
    return _bare(word), _bare("".join(page.extract_text() for page in pages))


def assert_same_words(paper: tree.Paper) -> None:
    """Every word of the tree stands in both files, as it is."""
    word, printed = words_of(paper)
    # A column of a PDF table is read line by line, so cells are looked for by their characters.
    said = [words for words in tree.texts(paper) if paper.signed or words != paper.issuer]
    for text in (line for words in said for line in words.splitlines() if _bare(line)):
        assert _bare(text) in word or _is_alt(paper, text), text
        assert not set(_bare(text)) - set(printed) or _is_alt(paper, text), text
    for block in paper.blocks:
        if isinstance(block, tree.Paragraph | tree.Heading):
            for line in tree.plain(block.text).splitlines():
                assert _bare(line) in _unpaged(printed), line


def _unpaged(text: str) -> str:
    return re.sub(r"—\d+—", "", text)


def _is_alt(paper: tree.Paper, text: str) -> bool:
    return any(
        isinstance(block, tree.Figure) and text in (block.alt, *block.alt.splitlines()) for block in paper.blocks
    )


def stretches(page: PageObject) -> list[Stretch]:
    """Its texts as (left, baseline above the foot, size, words); points."""
    found: list[Stretch] = []

    def visit(text: str, matrix: list[float], text_matrix: list[float], font: object, size: float) -> None:
        if text.strip():
            x = matrix[0] * text_matrix[4] + matrix[4]
            y = matrix[3] * text_matrix[5] + matrix[5]
            found.append((x, y, abs(size * matrix[3] * text_matrix[3]), text.strip()))

    page.extract_text(visitor_text=visit)
    return found


def assert_in_layout(paper: tree.Paper) -> None:
    """GB/T 9704-2012 on every page: A4, nothing outside the 版心 but the page number, no more than 22 lines of body."""
    for page in PdfReader(io.BytesIO(pdf.render(paper))).pages:
        wide = page.mediabox.width > page.mediabox.height
        width, height = (round(float(side) / MM) for side in (page.mediabox.width, page.mediabox.height))
        assert sorted((width, height)) == [layout.PAGE_WIDTH_MM, layout.PAGE_HEIGHT_MM]
        top, bottom = (28, 26) if wide else (layout.MARGIN_TOP_MM, layout.MARGIN_BOTTOM_MM)
        left = layout.MARGIN_BOTTOM_MM if wide else layout.MARGIN_LEFT_MM
        body = [one for one in stretches(page) if not re.fullmatch(r"—|\d+|— ?\d+ ?—", one[3]) or one[1] > bottom * MM]
        assert body
        for x, y, size, words in body:
            assert x >= left * MM - _SLACK, words
            assert bottom * MM - _SLACK <= y <= (height - top) * MM - 0.8 * size + _SLACK, words
        lines = sorted({round(y, 1) for _, y, size, _ in body if abs(size - layout.SIZE_3_PT) < 0.1}, reverse=True)
        assert len([1 for upper, lower in pairwise(lines) if upper - lower > _PITCH / 2]) < layout.LINES_PER_PAGE
