"""Tables of the document tree, and where each cell lies when others span rows and columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Literal, Protocol, TypeVar

from portal.core.papers.text import Text

Align = Literal["left", "center", "right", "justify"]


class Spanning(Protocol):
    """What can be laid out in a table: it covers so many columns and rows."""

    @property
    def colspan(self) -> int: ...

    @property
    def rowspan(self) -> int: ...


C = TypeVar("C", bound=Spanning)


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: its share of the table's width and how its cells align."""

    width: float = 1
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell that spans, or aligns unlike its column; `align` None means the column's."""

    text: Text = ""
    colspan: int = 1
    rowspan: int = 1
    align: Align | None = None


CellValue = str | Cell
Row = Sequence[CellValue]


def cell(value: CellValue) -> Cell:
    """The cell, whichever way it was given."""
    return Cell(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Placed(Generic[C]):
    """A cell with the number of its first column, from 0."""

    column: int
    cell: C


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table; header rows repeat on every page, rows are not split. `size` is in pt."""

    columns: Sequence[Column]
    header: Sequence[Row]
    rows: Sequence[Row]
    caption: str = ""
    note: str = ""
    repeat_header: bool = True
    size: Decimal | int = 12

    def __post_init__(self) -> None:
        """Every row must fill the columns exactly: a shifted cell would put a figure under the wrong head."""
        if not self.columns:
            raise ValueError("a table needs columns")
        self.placed_header()
        self.placed_rows()

    def placed_header(self) -> list[list[Placed[Cell]]]:
        """The header's cells with their columns. Raises ValueError when they do not fit."""
        return place([list(map(cell, row)) for row in self.header], len(self.columns), "header")

    def placed_rows(self) -> list[list[Placed[Cell]]]:
        """The body's cells with their columns. Raises ValueError when they do not fit."""
        return place([list(map(cell, row)) for row in self.rows], len(self.columns), "row")

    def align(self, placed: Placed[Cell]) -> Align:
        """How a cell aligns: as itself says, else as its column."""
        return placed.cell.align or self.columns[placed.column].align


def place(rows: Sequence[Sequence[C]], width: int, what: str) -> list[list[Placed[C]]]:
    """The cells with their columns, laid around those that hang from above.

    Raises ValueError, naming the row as `what`, when the cells do not fill `width` columns exactly.
    """
    placed: list[list[Placed[C]]] = []
    hanging = [0] * width
    for number, row in enumerate(rows, 1):
        cells, hanging = _place_row(row, hanging, f"{what} {number}")
        placed.append(cells)
    if any(hanging):
        raise ValueError(f"{what} {len(rows)}: a cell spans below the last row")
    return placed


def _place_row(row: Sequence[C], hanging: list[int], where: str) -> tuple[list[Placed[C]], list[int]]:
    """Lay one row around the cells hanging from above; the cells and what hangs into the next row."""
    after = [max(left - 1, 0) for left in hanging]
    placed: list[Placed[C]] = []
    column = 0
    for item in row:
        while column < len(hanging) and hanging[column]:
            column += 1
        end = column + item.colspan
        if item.colspan < 1 or item.rowspan < 1 or end > len(hanging) or any(hanging[column:end]):
            raise ValueError(f"{where}: the cells do not fit {len(hanging)} columns")
        placed.append(Placed(column, item))
        after[column:end] = [item.rowspan - 1] * item.colspan
        column = end
    if not all(hanging[column:]):
        raise ValueError(f"{where}: too few cells for {len(hanging)} columns")
    return placed, after
