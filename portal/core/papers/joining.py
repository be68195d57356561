"""Puts pages of a table, set as a PDF of their own, between the pages of the paper they belong to, with their tags.

The process that sets papers imports this: no Django here.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Name, Pdf, String

# A node of the tree of tags (ISO 32000-1 §14.7.2).
Element = Any
Pages = dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class FullPages:
    """A PDF of which the first rows, on the first pages, belong to the paper."""

    content: bytes
    rows: int
    pages: int


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
