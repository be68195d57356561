"""Which cells of a table of results stay hidden, so that no group below the least can be calculated from those shown (ADR 14)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

# Row and column; None is the total. Cells nobody was asked in are absent.
Cell: TypeAlias = tuple[int | None, str | None]
# A row, or a column, of the table with its totals; an equation holds at each.
_Line: TypeAlias = tuple[str, int | str | None]


@dataclass(frozen=True, slots=True)
class _Edge:
    """A cell between the two lines it stands in, directed so that at each line what comes in equals what goes out."""

    cell: Cell
    tail: _Line
    head: _Line
    count: int

    @classmethod
    def of(cls, cell: Cell, count: int) -> "_Edge":
        row, column = cell
        tail, head = ("row", row), ("column", column)
        # A total is the sum of what stands before it, so it leads back; the total of totals is such a sum twice.
        return cls(cell, tail, head, count) if (row is None) == (column is None) else cls(cell, head, tail, count)


def hidden_cells(counts: Mapping[Cell, int], least: int, never_shown: Collection[Cell] = ()) -> set[Cell]:
    """Those below `least`, those `never_shown`, and the fewest further answers that prevent calculating them.

    What a reader can calculate from the shown cells is a set of hidden cells cut off from the rest of the table in one
    direction. So each small cell must lie in no such set that counts fewer than `least` answers together: from its tail to
    its head that many must flow, through each cell as many as answered, against its direction without end.
    """
    edges = [_Edge.of(cell, count) for cell, count in counts.items() if count]
    at: dict[_Line, list[_Edge]] = defaultdict(list)
    for edge in edges:
        at[edge.tail].append(edge)
        at[edge.head].append(edge)
    hidden = {edge for edge in edges if edge.count < least or edge.cell in never_shown}
    for small in [edge for edge in edges if edge.count < least]:
        flow: Counter[_Edge] = Counter()
        for _ in range(least):
            way = _cheapest_way(small, at, hidden, flow)
            for edge, is_along in way:
                # What flows against the direction is first taken back from what flows along.
                flow[edge] = flow[edge] + 1 if is_along else max(flow[edge] - 1, 0)
            hidden.update(edge for edge, _ in way)
    return {edge.cell for edge in hidden} | set(never_shown)


def _cheapest_way(
    small: _Edge, at: Mapping[_Line, list[_Edge]], hidden: Collection[_Edge], flow: Mapping[_Edge, int]
) -> list[tuple[_Edge, bool]]:
    """On which one more can flow, hiding the fewest answers; it always exists, with everything hidden."""
    reached: dict[_Line, tuple[_Edge, _Line]] = {}
    # Where the costs are equal, in the order of the table: what is hidden must not differ from one look to the next.
    number, waiting, done = count(), [(0, 0, small.tail)], set[_Line]()
    costs = {small.tail: 0}
    while small.head not in done:
        cost, _, line = heappop(waiting)
        if line in done:
            continue
        done.add(line)
        for edge in at[line]:
            is_along = edge.tail == line
            other = edge.head if is_along else edge.tail
            dearer = cost + (0 if edge in hidden else edge.count)
            is_open = not is_along or flow[edge] < edge.count
            if is_open and dearer < costs.get(other, dearer + 1):
                costs[other], reached[other] = dearer, (edge, line)
                heappush(waiting, (dearer, next(number), other))
    way, line = [], small.head
    while line != small.tail:
        edge, before = reached[line]
        way.append((edge, edge.tail == before))
        line = before
    return way
