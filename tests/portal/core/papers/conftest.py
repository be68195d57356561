"""A document with everything in it, and ways to read the files made of it."""

import datetime
import io
from collections.abc import Callable

import pytest
from docx import Document as read_docx
from docx.document import Document as WordDocument
from pypdf import PdfReader

from portal.core.papers import docx, pdf, tree

DATE = datetime.date(2026, 3, 5)
Make = Callable[..., tree.Paper]


@pytest.fixture
def make() -> Make:
    """A small document; keyword arguments replace its parts."""

    def document(*blocks: tree.Block, **parts: object) -> tree.Paper:
        defaults: dict = {
            "title": "阶段整改报告",
            "issuer": "区督导办",
            "date": DATE,
            "blocks": blocks,
            "signed": False,
        }
        return tree.Paper(**(defaults | parts))

    return document


@pytest.fixture
def table() -> tree.Table:
    """Sixty schools under a header of two rows with spans."""
    header = [
        [tree.TableCell("序号", rowspan=2), tree.TableCell("学校", rowspan=2), tree.TableCell("指标 A1", colspan=2)],
        ["本期", "上期"],
    ]
    columns = [
        tree.TableColumn(1, "center"),
        tree.TableColumn(4),
        tree.TableColumn(2, "right"),
        tree.TableColumn(2, "right"),
    ]
    return tree.Table(
        columns, header, [[str(n), f"第{n}小学", "4.21", "4.05"] for n in range(1, 61)], caption="各校情况"
    )


@pytest.fixture
def full(make: Make, table: tree.Table) -> tree.Paper:
    """A document that uses every kind of block and every part of the frame."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><text y="9" font-size="9">图</text></svg>'
    return make(
        tree.Heading("总体情况"),
        tree.Paragraph((tree.Run("问题：", bold=True), tree.Run("还差 412 ㎡。\n第二行"))),
        tree.Heading("小学", 2),
        tree.BulletList(["一是", "二是"]),
        tree.BulletList(["其一", "其二"], ordered=True),
        tree.KeyValues([("单位", "某校"), ("时间", "3月"), ("组长", "张某")], pairs=2),
        table,
        tree.PageBreak(),
        tree.Figure(svg.encode(), alt="一个字", caption="图1"),
        tree.Landscape([table]),
        tree.Paragraph("结束。"),
        number="龙政教督〔2026〕3号",
        subtitle="第一阶段",
        addressed_to="市督导委：",
        red_head=True,
        signed=True,
        annexes=[tree.Annex("问题台账", [tree.Heading("台账")]), tree.Annex("责任清单", [tree.Paragraph("清单")])],
        colophon=tree.Colophon("区督导办", DATE, ["区委办", "区政府办"]),
    )


@pytest.fixture
def as_pdf() -> Callable[[tree.Paper], PdfReader]:
    """The document as PDF, opened."""
    return lambda document: PdfReader(io.BytesIO(pdf.render(document)))


@pytest.fixture
def as_word() -> Callable[[tree.Paper], WordDocument]:
    """The document as Word file, opened."""
    return lambda document: read_docx(io.BytesIO(docx.render(document)))
