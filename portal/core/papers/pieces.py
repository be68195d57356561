"""A long paper is set in pieces, for Typst needs 0.7 MB a page: long tables are cut between pages, the rest is the frame.

The frame counts the pages it leaves out, so that page numbers and contents are those of the paper set at once. Pieces are
joined between its pages, with their tags. The process that sets papers imports this: no Django here.
"""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Name, Pdf, String

# Characters of words and layout; about 100 pages, and 7.
PIECE, OPENING = 330_000, 25_000
Json = dict[str, Any]
# Gives the tagged PDF of a template and its data.
Set = Callable[[str, Json], bytes]
# A node of the tree of tags (ISO 32000-1 §14.7.2).
Element = Any
Pages = dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class FullPages:
    """A PDF of which the first rows, on the first pages, belong to the paper."""

    content: bytes
    rows: int
    pages: int


@dataclass(slots=True)
class _LongTable:
    """A table whose rows from `opening` to `closing` are set in pieces; `number` counts the tables of the paper before it."""

    number: int
    table: Json
    landscape: bool
    opening: int
    closing: int = 0
    pieces: list[FullPages] = field(default_factory=list)

    def in_frame(self) -> list[Json]:
        rows = self.table["rows"]
        if self.opening == len(rows):
            return [self.table]
        first = self.table | {"rows": rows[: self.opening], "note": [], "goes-on": True}
        if not self.closing:
            return [first]
        rest = self.table | {"rows": rows[self.closing :], "caption": [], "continues": True}
        return [first, {"kind": "left-out", "pages": sum(piece.pages for piece in self.pieces)}, rest]


def as_pdf(paper: Json, setting: Set) -> bytes:
    """The PDF of document.typ, set one piece at a time."""
    places: list[tuple[int, Sequence[FullPages]]] = []
    parts = [(paper["blocks"], False), *((annex["blocks"], annex["landscape"]) for annex in paper["annexes"])]
    found = [pair for blocks, landscape in parts for pair in _in_blocks(blocks, landscape)]
    # Shorter than two pieces, a table costs more cut than whole.
    cut = [
        _LongTable(number, table, landscape, len(table["rows"]))
        for number, (table, landscape) in enumerate(found)
        if _fitting(table["rows"], 2 * PIECE) < len(table["rows"])
    ]
    page = 1
    for long in cut:
        rows = long.table["rows"]
        long.opening = _fitting(rows, OPENING)
        # The rest of each table before is a table of its own.
        place = long.number + len(places)
        opening = full_pages(setting("document", _frame(paper, cut)), place, _uncut(rows[: long.opening]))
        if opening is None:  # a row of several pages
            long.opening = len(rows)
            continue
        long.opening = opening.rows
        _set_pieces(paper, long, page + opening.pages, setting)
        places.append((place, long.pieces))
        page += sum(piece.pages for piece in long.pieces)
    frame = setting("document", _frame(paper, cut))
    return join(frame, places) if places else frame


def _set_pieces(paper: Json, long: _LongTable, page: int, setting: Set) -> None:
    """From page number `page` on; the frame sets the rows of the last page with what follows."""
    rows, size, start = long.table["rows"], PIECE, long.opening
    common = {name: part for name, part in paper.items() if name not in ("blocks", "annexes")}
    end = start
    while end < len(rows):
        end = start + _fitting(rows[start:], size)
        table = long.table | {"rows": rows[start:end], "caption": [], "note": [], "continues": True, "goes-on": True}
        made = setting("piece", common | {"table": table, "first_page": page, "landscape": long.landscape})
        piece = full_pages(made, 0, _uncut(rows[start:end]))
        if piece:
            long.pieces.append(piece)
            start, page, size = start + piece.rows, page + piece.pages, PIECE
        else:
            size *= 2
    long.closing = start


def _in_blocks(blocks: Sequence[Json], landscape: bool) -> Iterator[tuple[Json, bool]]:
    for block in blocks:
        if block["kind"] == "table":
            yield block, landscape
        elif block["kind"] == "landscape":
            yield from _in_blocks(block["blocks"], True)


def _frame(paper: Json, cut: Sequence[_LongTable]) -> Json:
    instead = {id(long.table): long for long in cut}

    def shortened(blocks: Sequence[Json]) -> Iterator[Json]:
        for block in blocks:
            if block["kind"] == "landscape":
                yield block | {"blocks": list(shortened(block["blocks"]))}
            elif id(block) in instead:
                yield from instead[id(block)].in_frame()
            else:
                yield block

    annexes = [annex | {"blocks": list(shortened(annex["blocks"]))} for annex in paper["annexes"]]
    return paper | {"blocks": list(shortened(paper["blocks"])), "annexes": annexes}


def _fitting(rows: Sequence[Json], size: int) -> int:
    """How many first rows come to `size` characters; at least one."""
    for number, row in enumerate(rows):
        size -= len(json.dumps(row, ensure_ascii=False))
        if size < 0:
            return max(number, 1)
    return len(rows)


def _uncut(rows: Sequence[Json]) -> list[bool]:
    """Whether each row can begin a page: no cell of the rows before reaches into it."""
    reach, free = 0, []
    for number, row in enumerate(rows):
        free.append(reach <= number)
        reach = max([reach, *(number + cell["rowspan"] for cell in row["cells"])])
    return free


def full_pages(content: bytes, place: int, free: Sequence[bool]) -> FullPages | None:
    """All before the last page that begins with a row of this table; None where only the first does.

    `free`: whether the table may be cut before each row.
    """
    with pikepdf.open(io.BytesIO(content)) as document:
        pages, rows = _page_indexes(document), _body(_tables(document)[place]).K
        for number in range(len(free) - 1, 0, -1):
            here, above = _pages_of(rows[number], pages), _pages_of(rows[number - 1], pages)
            if free[number] and here and above and min(here) > max(above):
                return FullPages(content, number, min(here))
    return None


def join(frame: bytes, inserted: Sequence[tuple[int, Sequence[FullPages]]]) -> bytes:
    """Puts pieces after the tables of these places; the table after each is its rest, on a new page."""
    with pikepdf.open(io.BytesIO(frame)) as whole:
        pages, tables = _page_indexes(whole), _tables(whole)
        # From the last on, so that the indexes of the pages before stay what they are.
        for place, pieces in reversed(inserted):
            page = min(_pages_of(tables[place + 1], pages))
            for piece in reversed(pieces):
                with pikepdf.open(io.BytesIO(piece.content)) as source:
                    _insert(whole, source, piece, page, tables[place])
        made = io.BytesIO()
        whole.save(made, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return made.getvalue()


def _insert(whole: Pdf, source: Pdf, piece: FullPages, page: int, before: Element) -> None:
    """Its pages before the page of this index, its table after the table `before` in reading order."""
    root: Element = whole.Root.StructTreeRoot
    table = _tables(source)[0]
    first = int(root.ParentTreeNextKey)
    rows = _body(table).K
    while len(rows) > piece.rows:
        rows.pop()
    _rename(table, f"-{first}")
    numbered = source.Root.StructTreeRoot.ParentTree.Nums
    parents = {int(numbered[at]): numbered[at + 1] for at in range(0, len(numbered), 2)}
    keys = []
    # Pages before tags, for a tag's page is found among those copied.
    for offset, one in enumerate(source.pages[: piece.pages]):
        keys.append(int(one.obj.StructParents))
        one.obj.StructParents = first + offset
        whole.pages.insert(page + offset, one)
    del table.P
    copied = whole.copy_foreign(table)
    copied.P = before.P
    siblings = before.P.K
    siblings.insert(next(at for at, one in enumerate(siblings) if one.objgen == before.objgen) + 1, copied)
    for number, key in enumerate(keys, first):
        root.ParentTree.Nums.extend([number, whole.copy_foreign(parents[key])])
    root.ParentTreeNextKey = first + piece.pages
    if Name.IDTree in root:
        names = root.IDTree.Names
        found = {bytes(names[at]): names[at + 1] for at in range(0, len(names), 2)}
        found |= {bytes(cell.ID): cell for cell in _cells(copied, "/THead") if Name.ID in cell}
        root.IDTree.Names = Array([part for name in sorted(found) for part in (String(name), found[name])])


def _rename(table: Element, suffix: str) -> None:
    """Ids of header cells are the same in every file."""
    renamed: dict[tuple[bytes, ...], Array] = {}
    for cell in _cells(table):
        if Name.ID in cell:
            cell.ID = String(f"{cell.ID}{suffix}")
        for attributes in cell.get(Name.A, ()):
            if headers := tuple(map(bytes, attributes.get(Name.Headers, ()))):
                if headers not in renamed:
                    renamed[headers] = Array([String(name + suffix.encode()) for name in headers])
                attributes.Headers = renamed[headers]


def _page_indexes(document: Pdf) -> Pages:
    return {page.obj.objgen: index for index, page in enumerate(document.pages)}


def _tables(document: Pdf) -> list[Element]:
    """In reading order."""
    found = []
    left = [*document.Root.StructTreeRoot.K][::-1]
    while left:
        element = left.pop()
        if element.S == "/Table":
            found.append(element)
        else:
            left += [kid for kid in element.get(Name.K, []) if _is_element(kid)][::-1]
    return found


def _is_element(kid: Any) -> bool:
    """Not marked content, a note or a link."""
    return isinstance(kid, pikepdf.Object) and Name.S in kid


def _body(table: Element) -> Element:
    return next((part for part in table.K if part.S == "/TBody"), table)


def _cells(table: Element, part: str = "") -> Iterator[Element]:
    for one in table.K:
        if not part or part == one.S:
            for row in [one] if one.S == "/TR" else one.K:
                yield from row.K


def _pages_of(element: Element, pages: Pages) -> set[int]:
    found = {pages[element.Pg.objgen]} if Name.Pg in element else set()
    return found.union(*(_pages_of(kid, pages) for kid in element.get(Name.K, []) if _is_element(kid)))
