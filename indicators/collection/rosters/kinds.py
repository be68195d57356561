"""Kinds of paper a school has, as data (`data/*.toml`), and which grade and class a text means; what may mean two is none."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from indicators.standard.engine import grades
from portal.core.lib import written

DATA = Path(__file__).parent / "data"
STAGE, GRADE, CLASS, SAME = "stage", "grade", "class", "same"
_BRACKETS = re.compile(r"\(([^()]*)\)")
_MARKS = "*#:：、.·"


def plain(text: str) -> str:
    """As words of papers are compared: half width, no blanks, small letters."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", written.folded(text))).casefold()


def header_words(text: str) -> tuple[str, tuple[str, ...]]:
    """A header without brackets and marks, and what stood in the brackets: 账面原值（元）."""
    words = plain(text)
    return _BRACKETS.sub("", words).strip(_MARKS).removeprefix("其中:"), tuple(_BRACKETS.findall(words))


@dataclass(frozen=True, slots=True)
class RosterMeaning:
    """What a word in a column stands for."""

    code: str
    label: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class RosterColumn:
    """A role a column may have. `type`: choice, number, text, year, filled, same (finds double rows), unclear (must be asked).

    `words` are headers, the first found counts; `blank` is what an empty cell means ("" = it must be filled in);
    `default` what any other word means but those holding one of `asks_if`; `units` by what a figure is multiplied.
    """

    role: str
    label: str
    words: tuple[str, ...]
    type: str
    meanings: tuple[RosterMeaning, ...] = ()
    blank: str = ""
    default: str = ""
    asks_if: tuple[str, ...] = ()
    may_be_absent: bool = False
    asked_if_absent: str = ""
    at_least: Decimal | None = None
    units: Mapping[str, Decimal] = field(default_factory=dict)
    unit_if_silent: str = ""
    asks: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "RosterColumn":
        listed = [
            RosterMeaning(v["code"], v["label"], frozenset(map(plain, v["words"]))) for v in data.get("values", ())
        ]
        return cls(
            role=data["role"],
            label=data["label"],
            words=tuple(map(plain, data["words"])),
            type=data["type"],
            meanings=tuple(listed),
            blank=data.get("blank", ""),
            default=data.get("default", ""),
            asks_if=tuple(data.get("asks_if", ())),
            may_be_absent=data.get("may_be_absent", False),
            asked_if_absent=data.get("asked_if_absent", ""),
            at_least=Decimal(data["at_least"]) if "at_least" in data else None,
            units={unit: Decimal(factor) for unit, factor in data.get("units", {}).items()},
            unit_if_silent=data.get("unit_if_silent", ""),
            asks=tuple(data.get("asks", ())),
        )

    def meaning(self, word: str) -> str:
        """Of a plain word; "" when it must be asked."""
        found = next((one.code for one in self.meanings if word in one.words), "")
        if found or not self.default or any(part in word for part in self.asks_if):
            return found
        return self.default

    def label_of(self, meaning: str) -> str:
        return next((one.label for one in self.meanings if one.code == meaning), meaning)


@dataclass(frozen=True, slots=True)
class RosterFigure:
    """One item a paper yields: rows with these meanings, counted, added up over columns, or listed in a table.

    `sum` names alternatives, each a product of columns; `unless` roles that make another figure the better one;
    `only_if_any`: none found is not zero; `times`: a number column, how many of them
    one row stands for; `area_of` says whether its area is that of each.
    """

    item: str
    where: Mapping[str, tuple[str, ...]]
    sum: tuple[tuple[str, ...], ...] = ()
    count: bool = False
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    only_if_any: bool = False
    table: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    times: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "RosterFigure":
        return cls(
            item=data["item"],
            where={role: tuple(meanings) for role, meanings in data.get("where", {}).items()},
            sum=tuple(map(tuple, data.get("sum", ()))),
            count=data.get("count", False),
            unless=tuple(data.get("unless", ())),
            needs=tuple(data.get("needs", ())),
            only_if_any=data.get("only_if_any", False),
            table={column: tuple(roles) for column, roles in data.get("table", {}).items()},
            times=data.get("times", ""),
        )


@dataclass(frozen=True, slots=True)
class RosterKind:
    """A kind of paper; `needs` are groups of roles of which one must be there, `classes` the item its class list fills."""

    code: str
    label: str
    about: str
    unit: str
    persons: bool
    needs: tuple[tuple[str, ...], ...]
    classes: str
    columns: Mapping[str, RosterColumn]
    figures: tuple[RosterFigure, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "RosterKind":
        columns = [RosterColumn.of(one) for one in data["columns"]]
        return cls(
            code=data["kind"],
            label=data["label"],
            about=data["about"],
            unit=data["unit"],
            persons=data.get("persons", False),
            needs=tuple(map(tuple, data["needs"])),
            classes=data.get("classes", ""),
            columns={column.role: column for column in columns},
            figures=tuple(map(RosterFigure.of, data["figures"])),
        )

    def is_read_by(self, roles: Sequence[str]) -> bool:
        return any(set(group) <= set(roles) for group in self.needs)


ORDER = ("pupils", "teachers", "assets", "rooms")


@cache
def kinds() -> Mapping[str, RosterKind]:
    """Read once a process."""
    return {code: RosterKind.of(tomllib.loads((DATA / f"{code}.toml").read_text("utf-8"))) for code in ORDER}


_ENTERED = re.compile(r"(20\d\d)级?")
# In one word with its class: 三年级1班, 三(1)班, 7(2)班, 初一1班.
_BOTH = re.compile(
    rf"((?:小学|初中|初|高中|高)?(?:{grades.NUMBER})年级|(?:初|高)[一二三]|[{grades.NUMERALS}]|[1-9])(\()?(\d{{1,2}}|[{grades.NUMERALS}十])(\))?班"
)
_CLASS = re.compile(rf"\(?(\d{{1,2}}|[{grades.NUMERALS}十])\)?班?")
_STAGES = tomllib.loads((DATA / "grades.toml").read_text("utf-8"))["stages"]
# Levels count from the first year of primary school.
FIRST: Mapping[str, int] = {one["code"]: one["first"] for one in _STAGES}
LAST: Mapping[str, int] = {one["code"]: one["last"] for one in _STAGES}
_PREFIXES: Mapping[str, str] = {one["prefix"]: one["code"] for one in _STAGES}
_LONGEST_NAME = 12


@dataclass(frozen=True, slots=True, order=True)
class RosterClass:
    """A class: its level counted from the first year of primary school, its number for sorting, its name."""

    level: int
    number: int
    name: str

    @property
    def stage(self) -> str:
        return next(stage for stage, last in LAST.items() if self.level <= last)

    @property
    def grade(self) -> str:
        if self.level > LAST["junior"]:
            return f"高{grades.NUMERALS[self.level - FIRST['senior']]}"
        return f"{grades.NUMERALS[self.level - 1]}年级"


def level_of(text: str, stage: str, year: int) -> int:
    """Of a grade as written, in a known stage (""), in the school year that begins in `year`; 0 when it is not clear."""
    word = plain(text)
    if entered := _ENTERED.fullmatch(word):
        # 2023级: the year they came into the stage.
        level = FIRST[stage] + year - int(entered[1]) if stage else 0
        return level if stage and FIRST[stage] <= level <= LAST[stage] else 0
    found = grades.read(word)
    if found is None:
        return 0
    named, level = _PREFIXES.get(found[0], ""), found[1]
    if named and stage and named != stage:
        return 0
    stage = named or stage
    if stage and level <= LAST[stage] - FIRST[stage] + 1:
        level += FIRST[stage] - 1
    return level if not stage or FIRST[stage] <= level <= LAST[stage] else 0


def class_of(grade: str, name: str, stage: str, year: int) -> RosterClass | None:
    """None when grade or class is not clear."""
    word = plain(name)
    both = _BOTH.fullmatch(word)
    # 31班 may be class 31; 三十班 of grade 三 or class 30.
    is_clear = (
        both
        and bool(both[2]) == bool(both[4])
        and (both[2] or not both[1].isdigit())
        and (both[3] != "十" or both[2] or both[1].endswith("年级"))
    )
    own = level_of(both[1], stage, year) if both and is_clear else 0
    level = level_of(grade, stage, year) if plain(grade) else own
    if not level or (own and own != level):
        return None
    if both and own:
        return RosterClass(level, grades.number(both[3]), f"{grades.number(both[3])}班")
    alone = _CLASS.fullmatch(word)
    if alone:
        return RosterClass(level, grades.number(alone[1]), f"{grades.number(alone[1])}班")
    if re.fullmatch(r"[1-9]\d\d班?", word) and int(word[0]) in (level, level - LAST["primary"]):
        return RosterClass(level, int(word[1:3]), f"{int(word[1:3])}班")
    if word.endswith("班") and len(word) <= _LONGEST_NAME and not re.search(r"\d{4}", word):
        return RosterClass(level, 99, word)
    return None
