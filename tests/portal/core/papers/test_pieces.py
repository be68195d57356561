"""A paper with a long table, set in pieces, is the paper set at once: its pages, words, contents, bookmarks and tags."""

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from portal.core.papers import pdf, pieces, tree, typesetting
from tests.printed import pages_of

DATE = dt.date(2026, 3, 5)
ROWS = 400


def ledger(rows: int = ROWS, note: str = "以上数据截至三月五日。") -> tree.Table:
    """Rows of one to four lines; every fiftieth cell of the first column covers two rows."""
    columns = [tree.TableColumn(1, "center"), tree.TableColumn(4), tree.TableColumn(2)]
    made: list[tree.Row] = []
    for number in range(rows):
        text = f"第{number}条：" + "现场核查与申报一致，同意销号。" * (1 + number % 4)
        first = [] if number % 50 == 1 else [tree.TableCell(str(number), rowspan=2 if number % 50 == 0 else 1)]
        made.append([*first, text, f"2026-DD-{number:04d}" if number % 3 else ""])
    return tree.Table(columns, [["序号", "情况", "编号"]], made, caption="整改台账", note=note, size=Decimal(10))


def paper(*blocks: tree.Block, annexes: tuple[tree.Annex, ...] = ()) -> tree.Paper:
    return tree.Paper("整改报告", "龙亭区教育局", DATE, blocks, annexes=annexes, contents=True)


LONG = {
    "upright": paper(tree.Heading("基本情况"), ledger(), tree.Heading("下一步打算"), tree.Paragraph("继续整改。" * 60)),
    "turned, in an annex": paper(
        tree.Heading("基本情况"),
        tree.Paragraph("见附件。"),
        annexes=(
            tree.Annex("整改台账", [tree.Landscape([tree.Paragraph("本台账按编号排列。"), ledger(note="")])]),
            tree.Annex("佐证目录", [tree.Heading("目录"), tree.Paragraph("另行报送。")]),
        ),
    ),
    "two of them": paper(tree.Heading("上半年"), ledger(), tree.Heading("下半年"), ledger(300), tree.Paragraph("完。")),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 20_000)
    monkeypatch.setattr(pieces, "OPENING", 12_000)


def in_pieces(paper: tree.Paper) -> bytes:
    fonts = pdf.default_fonts()
    encoded = json.loads(json.dumps(pdf._Encoder(fonts).document(paper), default=float))
    asked: list[str] = []

    def setting(template: str, data: dict[str, Any]) -> bytes:
        asked.append(template)
        return typesetting.as_pdf(template, json.dumps(data), DATE, fonts.book)

    made = pieces.as_pdf(encoded, setting)
    assert asked.count("piece") > 2
    return made


@pytest.fixture(scope="module", params=LONG.values(), ids=LONG)
def both(request: pytest.FixtureRequest) -> tuple[bytes, bytes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", 20_000)
        patch.setattr(pieces, "OPENING", 12_000)
        return pdf.render(request.param), in_pieces(request.param)


def test_every_page_has_the_same_words_and_number(both: tuple[bytes, bytes]) -> None:
    whole, joined = map(pages_of, both)
    assert joined == whole


def test_bookmarks_and_the_links_of_the_contents_lead_to_the_same_pages(both: tuple[bytes, bytes]) -> None:
    def places(content: bytes) -> list[tuple[str, int]]:
        reader = PdfReader(io.BytesIO(content))
        marks = [(str(one.title), reader.get_destination_page_number(one)) for one in reader.outline]
        pages = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages)}
        links = [note.get_object() for note in reader.pages[0].get("/Annots", [])]
        return marks + [(link["/Contents"], pages[link["/Dest"][0].idnum]) for link in links]

    whole, joined = map(places, both)
    assert joined == whole
    assert len(whole) > 2


def cells(content: bytes) -> list[tuple[int, str, int]]:
    """Page, kind and number of pieces of text of the cells, in the order of reading; each with its header's id resolved."""
    with pikepdf.open(io.BytesIO(content)) as document:
        names = document.Root.StructTreeRoot.IDTree.Names
        ids = [bytes(names[at]) for at in range(0, len(names), 2)]
        assert ids == sorted(set(ids))
        pages, found = pieces._page_indexes(document), []
        for table in pieces._tables(document):
            for cell in pieces._cells(table):
                heads = [name for one in cell.get("/A", []) for name in one.get("/Headers", [])]
                assert {bytes(name) for name in heads} <= set(ids)
                where = pieces._pages_of(cell, pages)
                found += [(min(where), str(cell.S), len(cell.K))] if where else []
        return found


def test_the_tags_of_all_rows_stand_in_the_order_of_reading(both: tuple[bytes, bytes]) -> None:
    whole, joined = ([cell for cell in cells(one) if cell[1] == "/TD"] for one in both)
    assert joined == whole


def test_every_page_knows_its_tags(both: tuple[bytes, bytes]) -> None:
    with pikepdf.open(io.BytesIO(both[1])) as document:
        assert not document.check_pdf_syntax()
        nums = document.Root.StructTreeRoot.ParentTree.Nums
        tags = {int(nums[at]): nums[at + 1] for at in range(0, len(nums), 2)}
        assert list(tags) == sorted(tags)
        keys = [int(page.obj.StructParents) for page in document.pages]
        assert len(set(keys)) == len(keys)
        for page, key in zip(document.pages, keys, strict=True):
            # Marks of a page number stand on it; each leads to an element of the tree.
            assert all(one.Pg.objgen == page.obj.objgen for one in tags[key] if one is not None and "/Pg" in one)
        assert b"pdfaid" in document.Root.Metadata.read_bytes()
        assert document.trailer.ID


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert in_pieces(LONG["upright"]) == in_pieces(LONG["upright"])


def test_a_row_of_several_pages_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[str(number), "逐条核查。" * 1500] for number in range(8)]
    table = tree.Table([tree.TableColumn(1), tree.TableColumn(3)], [["序号", "情况"]], rows)
    made = paper(tree.Paragraph("见表。"), table)
    fonts = pdf.default_fonts()
    encoded = json.loads(json.dumps(pdf._Encoder(fonts).document(made), default=float))
    joined = pieces.as_pdf(
        encoded, lambda template, data: typesetting.as_pdf(template, json.dumps(data), DATE, fonts.book)
    )
    assert pages_of(pdf.render(made)) == pages_of(joined)
