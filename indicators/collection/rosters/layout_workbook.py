"""Where the table of a sheet stands and which column is what: header rows, roles by header words. Never guesses."""

import hashlib
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from indicators.collection.rosters.kinds import CLASS, RosterKind, class_of, header_words, kinds, plain
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.guard import column_letter

SEARCHED_ROWS, MOST_HEADER_ROWS = 30, 4
SKIP = "-"
# Less than this is a remark, not a table that was missed.
_TABLE_COLUMNS, _TABLE_ROWS = 2, 3
_UNITS = {"元": "元", "万元": "万元", "千元": "千元", "m2": "㎡", "平方米": "㎡", "平米": "㎡", "亩": "亩"}
_ABOVE = re.compile(r"单位:?(?:人民币)?(万元|千元|元)(?!/)")


@dataclass(frozen=True, slots=True)
class RosterHeader:
    """A column as it is headed: its words as one (面积/使用面积), alone, and the unit named in brackets."""

    column: int
    shown: str
    whole: str
    last: str
    unit: str

    @property
    def letter(self) -> str:
        return column_letter(self.column)


@dataclass(frozen=True, slots=True)
class RosterLayout:
    """A sheet's table: `kind` None while it is not known; `is_skipped` sheets are passed over; `roles` by column number.

    `unclear` are columns that may be several things, `first` the row below the header, `why` what must be said first.
    """

    grid: sheets.Grid
    key: str
    kind: RosterKind | None
    is_skipped: bool = False
    headers: tuple[RosterHeader, ...] = ()
    header_row: int = 1
    first: int = 1
    roles: Mapping[int, str] = field(default_factory=dict)
    unclear: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    why: str = ""
    unit_above: str = ""
    spread: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        return self.kind is not None and not (self.is_skipped or self.why or self.unclear)

    def header(self, role: str) -> RosterHeader | None:
        number = next((number for number, held in self.roles.items() if held == role), 0)
        return next((header for header in self.headers if header.column == number), None)

    def value(self, row: int, column: int) -> sheets.Raw:
        """Of a merged cell that of the whole range."""
        return self.grid.value(*self.spread.get((row, column), (row, column)))


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said: kinds of sheets by their keys, header rows and columns by `place`, all else by `digest`.

    `remembered` are digests of header words and of words in columns, now or in earlier files, with what they stand for; `is_anew`: nothing of earlier files counts.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[tuple[str, int], str] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)
    digest: Callable[[str], str] = str
    is_anew: bool = False

    def chosen(self, code: str, options: Container[str]) -> str:
        """ "" for what is none of the options."""
        held = self.remembered.get(code, "")
        return held if held in options else ""


def column_code(said: Said, kind: RosterKind, header: RosterHeader) -> str:
    """Key under which the role of such a column is remembered."""
    return said.digest(f"{kind.code}:{header.whole}")


def place(key: str, *more: object) -> str:
    """Names a table in the page; another kind or header row has other columns."""
    return "-".join([key, *map(str, more)])


def key_of(grid: sheets.Grid) -> str:
    """Names a sheet in the page; the file is not stored."""
    top = [[sheets.shown(value) for value in row] for row in grid.rows[:SEARCHED_ROWS]]
    return hashlib.sha256(repr((grid.name, len(grid.rows), top)).encode()).hexdigest()[:12]


def recognise(grid: sheets.Grid, said: Said) -> RosterLayout:
    """Kind and columns of a sheet; `why` and `unclear` say what must be asked."""
    key = key_of(grid)
    chosen = said.kinds.get(key, SKIP if grid.hidden.sheet else "")
    if chosen == SKIP or not any(value is not None for row in grid.rows for value in row):
        return RosterLayout(grid, key, None, is_skipped=True)
    finder = _Finder(grid, key, said)
    if chosen in kinds():
        return finder.layout(kinds()[chosen])
    found = [layout for kind in kinds().values() if (layout := finder.layout(kind)).kind and finder.fits(layout)]
    most = max((len(one.roles) + len(one.unclear) for one in found), default=0)
    best = [one for one in found if len(one.roles) + len(one.unclear) == most]
    if len(best) == 1:
        return best[0]
    if best:
        names = "、".join(f"“{one.kind.label}”" for one in best if one.kind)
        return replace(best[0], kind=None, roles={}, unclear={}, why=f"看不出是哪种表，可能是{names}，请选择。")
    if sum(len(finder.words(row)) >= _TABLE_COLUMNS for row in range(1, len(grid.rows) + 1)) < _TABLE_ROWS:
        return RosterLayout(grid, key, None, is_skipped=True)
    why = "没有认出这是哪种表。请选择是什么表，并核对表头在第几行；不要读取的，选“不读取”。"
    return replace(finder.layout(None), why=why)


@dataclass(frozen=True, slots=True)
class _Finder:
    """Looks for the table of one sheet."""

    grid: sheets.Grid
    key: str
    said: Said
    spread: dict[tuple[int, int], tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        height, width = len(self.grid.rows), self.grid.width
        spread = {
            (row, column): (top, left)
            for top, left, bottom, right in self.grid.merged
            for row in range(top, min(bottom, height) + 1)
            for column in range(left, min(right, width) + 1)
        }
        object.__setattr__(self, "spread", spread)

    def text(self, row: int, column: int) -> str:
        return sheets.shown(self.grid.value(*self.spread.get((row, column), (row, column))))

    def fits(self, layout: RosterLayout) -> bool:
        offered = [role for roles in layout.unclear.values() for role in roles]
        return layout.kind is not None and self.is_enough(layout.kind, [*layout.roles.values(), *offered])

    def is_enough(self, kind: RosterKind, roles: Sequence[str]) -> bool:
        """The class may be the sheet's name."""
        is_class = kind.classes and roles and class_of("", self.grid.name, "", 0)
        return kind.is_read_by([*roles, *([CLASS] if is_class else [])])

    def layout(self, kind: RosterKind | None) -> RosterLayout:
        code = kind.code if kind else ""
        said = self.said.rows.get(place(self.key, code), 0)
        row = said if 0 < said <= len(self.grid.rows) else self.header_row(kind)
        top, bottom = self.around(row)
        headers = tuple(one for column in range(1, self.grid.width + 1) if (one := self.header(column, top, bottom)))
        roles, unclear, doubled = self.roles(kind, headers, place(self.key, code, row)) if kind else ({}, {}, "")
        found = RosterLayout(
            self.grid,
            self.key,
            kind,
            headers=headers,
            header_row=row,
            first=bottom + 1,
            roles=roles,
            unclear=unclear,
            unit_above=self.unit_above(top),
            spread=self.spread,
        )
        why = doubled
        if kind and not why and not unclear and not self.is_enough(kind, list(roles.values())):
            groups = "，或".join(
                "、".join(f"“{kind.columns[role].label}”" for role in group if role not in roles.values())
                for group in kind.needs
            )
            why = f"没有找到必需的列：{groups}。请核对表头在第几行，并在下面指定各列。"
        return replace(found, why=why)

    def header_row(self, kind: RosterKind | None) -> int:
        """The row with most words that are roles; else the first with two texts."""
        rows = range(1, min(len(self.grid.rows), SEARCHED_ROWS) + 1)
        asked = [kind] if kind else list(kinds().values())
        words = {word for one in asked for column in one.columns.values() for word in column.words}
        scores = {row: len({word for word in self.words(row) if word in words}) for row in rows}
        best = max(scores, key=lambda row: scores[row], default=1)
        if scores.get(best):
            return best
        return next((row for row in rows if len(self.words(row)) >= 2), 1)

    def words(self, row: int) -> list[str]:
        texts = [self.text(row, column) for column in range(1, self.grid.width + 1)]
        return [word for text in texts if (word := header_words(text)[0]) and not word.isdigit()]

    def around(self, row: int) -> tuple[int, int]:
        """First and last row of its header."""
        top = bottom = row
        for first, _, last, _ in self.grid.merged:
            if first <= row <= last and last - first < MOST_HEADER_ROWS:
                top, bottom = min(top, first), max(bottom, last)
        if self.is_below_groups(bottom):
            bottom += 1
        while top > 1 and row - top < MOST_HEADER_ROWS - 1 and self.is_group_row(top - 1):
            top -= 1
        return top, bottom

    def is_below_groups(self, bottom: int) -> bool:
        """The next row is words, all below cells merged over several columns."""
        under = {
            column
            for first, left, last, right in self.grid.merged
            if last == bottom and left < right
            for column in range(left, right + 1)
        }
        filled = [n for n, value in enumerate(self.row(bottom + 1), 1) if value is not None]
        texts = all(isinstance(self.grid.value(bottom + 1, column), str) for column in filled)
        return bool(filled) and texts and set(filled) <= under

    def is_group_row(self, row: int) -> bool:
        """A row above belongs to the header: several words, one over several columns, none about the sheet."""
        filled = [sheets.shown(value) for value in self.row(row) if value is not None]
        is_merged = any(first == last == row and left < right for first, left, last, right in self.grid.merged)
        return is_merged and len(filled) > 1 and not any(":" in plain(text) for text in filled)

    def row(self, row: int) -> Sequence[sheets.Raw]:
        return self.grid.rows[row - 1] if row <= len(self.grid.rows) else ()

    def header(self, column: int, top: int, bottom: int) -> RosterHeader | None:
        parts: list[str] = []
        unit = ""
        for row in range(top, bottom + 1):
            word, brackets = header_words(self.text(row, column))
            named = [_UNITS[one] for text in brackets if (one := text.removeprefix("单位:")) in _UNITS]
            unit = named[0] if named else unit
            if word and word not in parts[-1:]:
                parts.append(word)
        if not parts:
            return None
        shown = " ".join(sheets.shown(self.grid.value(*self.spread.get((bottom, column), (bottom, column)))).split())
        return RosterHeader(column, (shown or parts[-1])[:40], "/".join(parts), parts[-1], unit)

    def roles(
        self, kind: RosterKind, headers: Sequence[RosterHeader], at: str
    ) -> tuple[dict[int, str], dict[int, tuple[str, ...]], str]:
        """By what was said, by what was said before, by the words; also what may be several things, and what is doubled."""
        roles: dict[int, str] = {}
        passed: set[int] = set()
        for header in headers:
            before = self.said.chosen(column_code(self.said, kind, header), {*kind.columns, SKIP})
            role = self.said.columns.get((at, header.column), before)
            if role in kind.columns:
                roles[header.column] = role
            elif role == SKIP:
                passed.add(header.column)
        twice = [role for role in kind.columns if list(roles.values()).count(role) > 1]
        if twice:
            return roles, {}, f"“{kind.columns[twice[0]].label}”指定了不止一列，请只留一列。"
        unclear: dict[int, tuple[str, ...]] = {}
        free = [header for header in headers if header.column not in roles and header.column not in passed]
        for column in kind.columns.values():
            if column.role in roles.values():
                continue
            named = (
                [one for one in free if one.whole == word] or [one for one in free if one.last == word]
                for word in column.words
            )
            found = [header for header in next(filter(None, named), []) if header.column not in roles]
            if column.type == "unclear":
                wanted = not set(column.asks) & set(roles.values())
                unclear |= {header.column: column.asks for header in found if wanted}
            elif len(found) == 1:
                roles[found[0].column] = column.role
            else:
                unclear |= {header.column: (column.role,) for header in found}
        return roles, unclear, ""

    def unit_above(self, top: int) -> str:
        texts = (plain(self.text(row, column)) for row in range(1, top) for column in range(1, self.grid.width + 1))
        found = {match[1] for text in texts for match in _ABOVE.finditer(text)}
        return found.pop() if len(found) == 1 else ""
