"""Counts the rows of papers and proposes figures: rows and what columns are in, proposals with their sources out.

Pure: no database, no files. Persons are only counted.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from indicators.collection.rosters.kinds import CLASS, GRADE, SAME, STAGE, RosterClass, RosterFigure, RosterKind, plain
from indicators.collection.rosters.layout_workbook import RosterLayout, Said
from indicators.collection.rosters.workbook import (
    ANY,
    RosterCount,
    RosterOpen,
    RosterProposal,
    RosterReader,
    RosterRow,
    RosterSetting,
)
from indicators.standard.engine import BadValue, Item, Value, parse_rows, parse_value
from portal.core.errors import Problem
from portal.core.lib import numbers
from portal.core.spreadsheets import read as sheets

_MOST_NAMED, _MOST_DOUBLES = 6, 5
# More rooms than that in one row are a slip of the pen.
_MOST_ROOMS, _AREA_OF = 200, "area_of"
_SIZE = "size"
Line = dict[str, object]


def count(layouts: Sequence[RosterLayout], setting: RosterSetting, said: Said) -> RosterCount:
    """Nothing is proposed for a kind with an unclear sheet."""
    found = RosterCount()
    by_kind: dict[str, list[RosterLayout]] = defaultdict(list)
    for layout in layouts:
        if layout.kind and not layout.is_skipped:
            by_kind[layout.kind.code].append(layout)
    for held in by_kind.values():
        if held[0].kind and all(layout.is_read for layout in held):
            _Counter(held[0].kind, held, RosterReader(held[0].kind, setting, said, found)).count()
    return found


@dataclass(slots=True)
class _Matched:
    """Rows of one figure and stage; the words that were met, by sheet and role."""

    rows: int = 0
    total: Decimal = Decimal(0)
    lines: list[Line] = field(default_factory=list)
    by_sheet: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    multiplied: set[str] = field(default_factory=set)
    words: dict[tuple[str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))


@dataclass(frozen=True, slots=True)
class _Counter:
    """Counts the sheets of one kind."""

    kind: RosterKind
    layouts: Sequence[RosterLayout]
    reader: RosterReader

    @property
    def found(self) -> RosterCount:
        return self.reader.found

    def count(self) -> None:
        rows = [row for layout in self.layouts for row in self.reader.rows(layout)]
        self.found.rows[self.kind.code] = len(rows)
        if not rows:
            self.found.problems.append(Problem("表头下面没有数据行", f"“{self.kind.label}”", "请核对表头在第几行。"))
            return
        if self.kind.persons and self.has_doubles(rows):
            return
        if self.kind.classes:
            self.classes(rows)
        for figure in self.kind.figures:
            self.figure(figure, rows)
        self.reader.refuse_strange()

    def has_doubles(self, rows: Sequence[RosterRow]) -> bool:
        """Somebody is in two rows; the numbers are compared, not stored."""
        seen: dict[str, RosterRow] = {}
        doubles = []
        for row in rows:
            header = row.layout.header(SAME)
            word = plain(sheets.shown(row.layout.value(row.number, header.column))) if header else ""
            if word and self.is_here(row) and (first := seen.setdefault(word, row)) is not row:
                doubles.append(f"{first.where}和{row.where}")
        if doubles:
            more = " 等" if len(doubles) > _MOST_DOUBLES else ""
            what = f"有 {len(doubles)} 对行的证件号或编号相同：{'；'.join(doubles[:_MOST_DOUBLES])}{more}"
            do = "同一个人只能数一次，请删去重复的行；如是两张工作表重复，请把其中一张改为“不读取”。"
            self.found.problems.append(Problem(what, f"“{self.kind.label}”", do))
        return bool(doubles)

    def is_here(self, row: RosterRow) -> bool:
        """Unless the row says that the person has left."""
        try:
            return "status" not in self.kind.columns or self.reader.meaning(row, "status") in (ANY, "here")
        except RosterOpen:
            return True

    def usable(self, figure: RosterFigure, layout: RosterLayout) -> bool:
        roles = set(layout.roles.values())
        for role in figure.where:
            column = self.kind.columns[role]
            if role not in roles and not column.may_be_absent and not column.asked_if_absent:
                return False
        if roles & set(figure.unless) or not roles >= set(figure.needs):
            return False
        if figure.table:
            return all(roles & set(options) for code, options in figure.table.items() if code != "built_year")
        return figure.count or any(roles >= set(product) for product in figure.sum)

    def figure(self, figure: RosterFigure, rows: Sequence[RosterRow]) -> None:
        able = [self.usable(figure, layout) for layout in self.layouts]
        setting = self.reader.setting
        codes = (figure.item, *(f"{figure.item}_{stage}" for stage in setting.stages))
        items = {item.stage: item for code in codes if (item := setting.items.get(code))}
        if not items or not any(able):
            return
        if not all(able):
            label = next(iter(items.values())).base_label
            self.found.notes.append(f"{self.kind.label}有的工作表没有“{label}”要用的列，没有提出这一项。")
            return
        tallies = {stage: _Matched() for stage in items}
        is_open = False
        for row in rows:
            try:
                self.add(figure, row, tallies)
            except RosterOpen:
                is_open = True
        for stage, tally in tallies.items() if not is_open else ():
            if tally.rows or not figure.only_if_any:
                self.propose(figure, items[stage], tally)

    def add(self, figure: RosterFigure, row: RosterRow, tallies: Mapping[str, _Matched]) -> None:
        for role, wanted in figure.where.items():
            if self.reader.meaning(row, role) not in (*wanted, ANY):
                return
        stage = "" if "" in tallies else self.reader.stage(row)
        if stage not in tallies:
            return
        tally, layout = tallies[stage], row.layout
        amount = self.times(figure, row)
        if figure.table:
            tally.lines += [self.line(figure, row)] * int(amount)
        elif amount > 1:
            tally.multiplied.add(layout.grid.name)
        for role in _product(figure, layout):
            amount *= self.reader.number(row, role)
        tally.rows += 1
        tally.total += amount
        tally.by_sheet[layout.grid.name] += 1
        for role in (*([STAGE] if stage else []), *figure.where):
            if (header := layout.header(role)) and self.kind.columns[role].type == "choice":
                word = " ".join(sheets.shown(layout.value(row.number, header.column)).split())
                tally.words[layout.grid.name, role][word[:20] or "空白"] = None

    def times(self, figure: RosterFigure, row: RosterRow) -> Decimal:
        """Factor for an area that is of each of several rooms. Raises RosterOpen."""
        role = figure.times
        if not role or not row.layout.header(role):
            return Decimal(1)
        rooms = self.reader.number(row, role, Decimal(1))
        if rooms == 1:
            return rooms
        if not 1 <= rooms <= _MOST_ROOMS or rooms % 1:
            do = f"请填 1 至 {_MOST_ROOMS} 的整数；没有这样的房，请删去这一行。"
            self.reader.problem(row, role, f"间数是 {numbers.plain(rooms)}", do)
            raise RosterOpen
        if self.reader.meaning(row, _AREA_OF) == "each":
            return rooms
        if figure.table:
            what = f"{numbers.plain(rooms)} 间写在一行，只有合计的面积"
            self.reader.problem(row, role, what, "音乐、美术教室要看每间的面积，请改为一间一行。")
            raise RosterOpen
        return Decimal(1)

    def line(self, figure: RosterFigure, row: RosterRow) -> Line:
        """A row of a table item."""
        line: Line = {}
        for code, options in figure.table.items():
            header = next((held for role in options if (held := row.layout.header(role))), None)
            if header is None:
                continue
            role = row.layout.roles[header.column]
            shown = sheets.shown(row.layout.value(row.number, header.column))
            if self.kind.columns[role].type == "number":
                line[code] = self.reader.number(row, role)
            elif self.kind.columns[role].type == "year":
                year = re.match(r"(?:19|20)\d\d(?!\d)", plain(shown))
                line[code] = year[0] if year else shown
            else:
                line[code] = shown
        return line

    def propose(self, figure: RosterFigure, item: Item, tally: _Matched) -> None:
        sources = tuple(self.source(figure, layout, tally) for layout in self.layouts)
        if figure.table:
            # Rooms of the same name get numbers: 音乐教室, 音乐教室2.
            seen: dict[object, int] = defaultdict(int)
            named = []
            for line in tally.lines:
                name = line.get("name")
                seen[name] += 1
                named.append({**line, "name": f"{name}{seen[name]}"} if seen[name] > 1 else dict(line))
            self.propose_rows(item, named, sources)
            return
        try:
            value = parse_value(item, numbers.plain(tally.total))
        except BadValue as error:
            self.found.problems.append(Problem(str(error), f"{self.kind.label}，{item.label}", "请核对原表。"))
            return
        if isinstance(value, Value):
            self.found.proposals.setdefault(item.code, RosterProposal(item, value, self.kind, sources))

    def propose_rows(self, item: Item, lines: Sequence[Line], sources: tuple[str, ...]) -> None:
        try:
            value = parse_rows(item, lines)
        except BadValue as error:
            self.found.problems.append(Problem(str(error), f"{self.kind.label}，{item.label}", "请核对原表。"))
            return
        self.found.proposals[item.code] = RosterProposal(item, value, self.kind, sources)

    def source(self, figure: RosterFigure, layout: RosterLayout, tally: _Matched) -> str:
        """教职工花名册“Sheet1”第 3 列“学历”=本科、大学本科：41 行."""
        pieces = []
        for role in dict.fromkeys((STAGE, *figure.where)):
            header = layout.header(role)
            words = list(tally.words.get((layout.grid.name, role), ()))
            if header is None or (role == STAGE and not words):
                continue
            column = self.kind.columns[role]
            said = "、".join(words[:_MOST_NAMED]) + (f" 等 {len(words)} 种" if len(words) > _MOST_NAMED else "")
            if column.at_least:
                said = f"{numbers.plain(column.at_least)} 以上"
            elif not words:
                said = "已填写" if column.type == "filled" else "、".join(map(column.label_of, figure.where[role]))
            pieces.append(f"第 {header.column} 列“{header.shown}”={said}")
        added = "×".join(
            f"第 {header.column} 列“{header.shown}”"
            for role in _product(figure, layout)
            if (header := layout.header(role))
        )
        if added and layout.grid.name in tally.multiplied:
            added += "×间数"
        rows = f"{tally.by_sheet.get(layout.grid.name, 0)} 行" + (f"，{added}相加" if added else "")
        return f"{self.kind.label}“{layout.grid.name}”{'，'.join(pieces) or '每一行'}：{rows}"

    def classes(self, rows: Sequence[RosterRow]) -> None:
        """The class list: classes as rows, or pupils gathered by class."""
        item = self.reader.setting.items.get(self.kind.classes)
        sizes: dict[RosterClass, Decimal] = defaultdict(Decimal)
        of: dict[RosterClass, RosterRow] = {}
        counted: dict[str, int] = defaultdict(int)
        is_open = False
        for row in rows:
            try:
                if not self.is_here(row):
                    continue
                self.reader.stage(row)
                one = self.reader.class_in(row)
                size = self.reader.number(row, _SIZE) if row.layout.header(_SIZE) else Decimal(1)
            except RosterOpen:
                is_open = True
                continue
            first = of.setdefault(one, row)
            if first.layout is not row.layout or (first is not row and row.layout.header(_SIZE)):
                what = f"{one.grade}{one.name}在{first.where}已经有了"
                do = "同一个班只能数一次：请删去重复的行，或把其中一张工作表改为“不读取”。"
                self.reader.problem(row, CLASS, what, do)
                is_open = True
            sizes[one] += size
            counted[row.layout.key] += 1
        if item is None or is_open:
            return
        labels = self.reader.setting.stages
        lines: list[Line] = [
            {"stage": labels[one.stage], "grade": one.grade, "number": one.name, "pupils": sizes[one]}
            for one in sorted(sizes)
            if sizes[one]
        ]
        named = [
            (layout, [h for role in (GRADE, CLASS, _SIZE) if (h := layout.header(role))]) for layout in self.layouts
        ]
        sources = tuple(
            f"{self.kind.label}“{layout.grid.name}”{'、'.join(f'第 {h.column} 列“{h.shown}”' for h in headers)}："
            f"{counted[layout.key]} 行，{sum(row.layout is layout for row in of.values())} 个班"
            for layout, headers in named
        )
        self.propose_rows(item, lines, sources)


def _product(figure: RosterFigure, layout: RosterLayout) -> tuple[str, ...]:
    return next((roles for roles in figure.sum if all(map(layout.header, roles))), ())
