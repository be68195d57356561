"""Word tables, written as XML: python-docx looks every cell up anew, which takes minutes for long tables."""

from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.table import CT_Tbl

from portal.core.papers import layout, tree
from portal.core.papers.tables import Placed
from portal.core.papers.text import clean

_JUSTIFICATION = {"left": "left", "center": "center", "right": "right", "justify": "left"}
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def build(table: tree.Table, width: Decimal) -> CT_Tbl:
    """The w:tbl element: fixed columns over `width` pt, header rows that repeat, rows that stay whole."""
    total = sum(column.width for column in table.columns)
    widths = [int(float(width) * 20 * column.width / total) for column in table.columns]
    header = _rows(table, table.placed_header(), widths, header=True)
    body = _rows(table, table.placed_rows(), widths, header=False)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{''.join(f'<w:gridCol w:w={chr(34)}{one}{chr(34)}/>' for one in widths)}</w:tblGrid>"
        f"{header}{body}</w:tbl>"
    )


def _rows(table: tree.Table, rows: Sequence[Sequence[Placed]], widths: list[int], header: bool) -> str:
    """The rows as XML; under a cell that spans rows Word wants a continuing cell in each."""
    hanging: dict[int, tuple[int, int]] = {}  # first column → (rows still to cover, columns covered)
    repeat = "<w:tblHeader/>" if header and table.repeat_header else ""
    xml = []
    for row in rows:
        cells: dict[int, str] = {}
        for column, (left, span) in list(hanging.items()):
            cells[column] = _cell(widths[column : column + span], "", "<w:vMerge/>")
            hanging[column] = (left - 1, span)
        hanging = {column: rest for column, rest in hanging.items() if rest[0]}
        for placed in row:
            column, one = placed.column, placed.cell
            merge = '<w:vMerge w:val="restart"/>' if one.rowspan > 1 else ""
            align = "center" if header else table.align(placed)
            cells[column] = _cell(
                widths[column : column + one.colspan], _paragraphs(table, one.text, align, header), merge
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


def _paragraphs(table: tree.Table, text: tree.Text, align: tree.Align, bold: bool) -> str:
    """One paragraph off the page's grid, for the grid would stretch a row of 12 pt to 28.95 pt."""
    pitch = int(float(table.size) * 1.3 * 20)
    runs = "".join(_run(run, table.size, bold) for run in tree.runs(text) if run.text)
    return (
        f'<w:p><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="40" w:after="40" w:line="{pitch}" w:lineRule="exact"/>'
        f'<w:jc w:val="{_JUSTIFICATION[align]}"/></w:pPr>{runs}</w:p>'
    )


def _run(run: tree.Run, size: Decimal | int, bold: bool) -> str:
    face = layout.FACES["hei" if bold or run.bold else "body"]
    lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in clean(run.text).split("\n"))
    return (
        f'<w:r><w:rPr><w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}" w:cs="{face}"/>'
        f'<w:sz w:val="{int(float(size) * 2)}"/></w:rPr>{"<w:br/>".join(lines)}</w:r>'
    )
