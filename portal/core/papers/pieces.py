"""A long paper is set in pieces, for Typst needs 0.7 MB a page: long tables are cut between pages, the rest is the frame.

The frame counts the pages it leaves out, so that page numbers and contents are those of the paper set at once.
The process that sets papers imports this: no Django here.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.core.papers import joining

# Characters of words and layout; about 100 pages, and 7.
PIECE, OPENING = 330_000, 25_000
Json = dict[str, Any]
# Gives the tagged PDF of a template and its data.
Set = Callable[[str, Json], bytes]


@dataclass(slots=True)
class _LongTable:
    """A table whose rows from `opening` to `closing` are set in pieces; `number` counts the tables of the paper before it."""

    number: int
    table: Json
    landscape: bool
    opening: int
    closing: int = 0
    pieces: list[joining.FullPages] = field(default_factory=list)

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
    places: list[tuple[int, Sequence[joining.FullPages]]] = []
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
        opening = joining.full_pages(setting("document", _frame(paper, cut)), place, _uncut(rows[: long.opening]))
        if opening is None:  # a row of several pages
            long.opening = len(rows)
            continue
        long.opening = opening.rows
        _set_pieces(paper, long, page + opening.pages, setting)
        places.append((place, long.pieces))
        page += sum(piece.pages for piece in long.pieces)
    frame = setting("document", _frame(paper, cut))
    return joining.join(frame, places) if places else frame


def _set_pieces(paper: Json, long: _LongTable, page: int, setting: Set) -> None:
    """From page number `page` on; the frame sets the rows of the last page with what follows."""
    rows, size, start = long.table["rows"], PIECE, long.opening
    common = {name: part for name, part in paper.items() if name not in ("blocks", "annexes")}
    end = start
    while end < len(rows):
        end = start + _fitting(rows[start:], size)
        table = long.table | {"rows": rows[start:end], "caption": [], "note": [], "continues": True, "goes-on": True}
        made = setting("piece", common | {"table": table, "first_page": page, "landscape": long.landscape})
        piece = joining.full_pages(made, 0, _uncut(rows[start:end]))
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
