"""The kinds of papers as data (kinds/*.toml): parts, wording with {blanks}, and who fills which field."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "kinds"
BLANK = re.compile(r"\{(\w+)\}")
ONLY_IF = re.compile(r"^\[(\w+)\]", re.MULTILINE)
OFFICE = "office"
# t text, T table, d date, n number, c choice, f files, s signature.
TYPES = frozenset("tTdncfs")


@dataclass(frozen=True, slots=True)
class LetterColumn:
    """A column of a table; `by` office is typed by people, who pick one of `choices` where there are any.

    `required`: in every row of a table that must be filled in, else in the rows people wrote into.
    """

    code: str
    label: str
    width: float = 1
    by: str = "auto"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterField:
    """What a blank holds. With `rows` a table begins with rows from the data of that name; else people type them."""

    code: str
    label: str
    type: str = "t"
    required: bool = False
    default: str = ""
    hint: str = ""
    most: int = 4000
    choices: tuple[str, ...] = ()
    rows: str = ""
    columns: tuple[LetterColumn, ...] = ()

    @property
    def is_typed(self) -> bool:
        """Whether the page asks a person for it."""
        return any(column.by == OFFICE for column in self.columns) if self.type == "T" else self.type != "s"


@dataclass(frozen=True, slots=True)
class LetterSection:
    """A part of a paper; a line all of whose blanks are empty is left out, and so is a part without lines.

    A line that begins with [code] is printed only where that blank holds something.
    """

    text: str = ""
    heading: str = ""
    annex: str = ""
    # Labels with their words, printed as the head of a form.
    grid: tuple[tuple[str, str], ...] = ()
    # On pages of its own that lie across, for a wide table.
    landscape: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What the receiver owes from the day of service, by a kind of `Deadline` or by its own days."""

    what: str
    deadline: str = ""
    count: int = 0
    unit: str = "days"


@dataclass(frozen=True, slots=True)
class LetterKind:
    """One kind of paper. `author` bureau or school; `about` visit, finding, school or district; `signers` bureau, team or school."""

    code: str
    number: str
    name: str
    title: str
    look: str
    author: str
    about: str
    signers: str
    basis: str
    sections: tuple[LetterSection, ...]
    fields: tuple[LetterField, ...] = ()
    word: str = ""
    addressed: str = ""
    signed: bool = True
    once: bool = False
    batch: bool = False
    # About a school or, as well, a department, township or street.
    departments: bool = False
    public: bool = False
    # People may hand in files with it.
    files: bool = False
    needs: str = ""
    # Names problems closed lately in addition to those that wait.
    with_closed: bool = False
    receipt: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    reply: Reply | None = None
    by_code: Mapping[str, LetterField] = field(default_factory=dict)

    @property
    def place(self) -> tuple[int, str]:
        """By its number: A9 comes before A10."""
        number = re.match(r"A(\d+)(.*)", self.number)
        return (int(number[1]), number[2]) if number else (99, self.number)

    @property
    def blanks(self) -> frozenset[str]:
        return blanks_of(self.sections) | set(BLANK.findall(self.addressed))

    @property
    def takes_red_head(self) -> bool:
        """Only the bureau's: a school has no 版头 of its own here."""
        return self.look == "official" and self.author == "bureau"

    def typed(self) -> Iterator[LetterField]:
        return (one for one in self.fields if one.is_typed)


def blanks_of(sections: Sequence[LetterSection]) -> frozenset[str]:
    return frozenset(
        code
        for one in sections
        for words in (one.text, *(value for _, value in one.grid))
        for code in BLANK.findall(words)
    )


@cache
def load() -> Mapping[str, LetterKind]:
    """By code, in the order of their numbers. Raises ValueError for an inconsistent file."""
    read = [_kind(tomllib.loads(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.toml")]
    return {kind.code: kind for kind in sorted(read, key=lambda kind: kind.place)}


def _kind(data: dict[str, Any]) -> LetterKind:
    fields = tuple(_field(entry) for entry in data.pop("fields", ()))
    sections = tuple(section(entry) for entry in data.pop("sections"))
    reply = Reply(**data.pop("reply")) if "reply" in data else None
    lists: dict[str, Any] = {name: tuple(data.pop(name)) for name in ("receipt", "signatures") if name in data}
    by_code = {one.code: one for one in fields}
    kind = LetterKind(**data, **lists, fields=fields, sections=sections, reply=reply, by_code=by_code)
    if unused := {one.code for one in kind.typed() if one.required} - kind.blanks:
        raise ValueError(f"{kind.code}: no part prints {sorted(unused)}")
    return kind


def _field(entry: dict[str, Any]) -> LetterField:
    columns = tuple(
        LetterColumn(**column | {"choices": tuple(column.get("choices", ()))}) for column in entry.pop("columns", ())
    )
    one = LetterField(**entry | {"choices": tuple(entry.get("choices", ()))}, columns=columns)
    if one.type not in TYPES or (one.type == "T") != bool(columns):
        raise ValueError(f"{one.code}: type {one.type!r} with {len(columns)} columns")
    return one


def section(entry: Mapping[str, Any]) -> LetterSection:
    grid = tuple((label, words) for label, words in entry.get("grid", ()))
    return LetterSection(**{**entry, "text": entry.get("text", "").strip(), "grid": grid})


# Shown to everybody of the district once they are out.
PUBLIC = tuple(code for code, kind in load().items() if kind.public)
BY_SCHOOL = tuple(code for code, kind in load().items() if kind.author == "school")
