"""One conclusion with its rule, its arithmetic, its inputs, and the conclusions it rests on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from indicators.standard.engine import numbers

VALUE, ZERO, NOT_APPLICABLE, BLANK = "value", "zero", "not_applicable", "blank"
# Verdicts in the order people look at them: what fails, what is open, what holds.
WORST_FIRST = (False, None, True)
# Digits of the exact value that are shown beyond those printed.
_MORE = 2
_CUT = Context(prec=numbers.DIGITS, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conclusion stands: its kind, and whichever of indicator, school and stage it is about."""

    kind: str
    code: str = ""
    school: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """One answered field: ``respondent`` is a school's code or "district".

    ``state`` is value, zero, not_applicable (``text`` is its reason) or blank; ``rows`` are
    the lines of a table.
    """

    respondent: str
    name: str
    item: str
    label: str
    text: str
    unit: str
    state: str
    rows: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The answer as people read it; blank, 0 and 不适用 are three things."""
        if self.state == BLANK:
            return self.text or "未填"
        if self.state == NOT_APPLICABLE:
            return f"不适用（{self.text}）"
        return f"{self.text} {self.unit}".strip()

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        told = {"respondent": self.respondent, "name": self.name, "item": self.item, "label": self.label}
        told |= {"text": self.text, "unit": self.unit, "state": self.state}
        return told | ({"rows": list(self.rows)} if self.rows else {})


@dataclass(frozen=True, slots=True)
class Bound:
    """What a value is held against; ``distance`` says in natural units what is lacking or to spare."""

    name: str
    sign: str
    limit: Fraction
    met: bool | None
    distance: str = ""

    @property
    def text(self) -> str:
        """≥ 4.2."""
        return f"{self.sign} {numbers.text(self.limit)}"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, the limit as an exact decimal."""
        told = {"name": self.name, "sign": self.sign, "limit": numbers.text(self.limit)}
        return told | {"met": self.met, "distance": self.distance}


@dataclass(frozen=True, eq=False)
class Explanation:
    """A conclusion or (``judged`` False) a step of its arithmetic.

    ``arithmetic`` names every number, ``expression`` is the same in numbers alone; both
    are exact, and rounding comes last, in ``rounding``. ``reasons`` makes the children,
    once and only when they are asked for. ``points`` are the reasons of ``why`` one by one,
    where there are several.
    """

    place: Place
    title: str
    verdict: bool | None = None
    subject: str = ""
    applicable: bool = True
    judged: bool = True
    near_limit: bool = False
    attested: bool = False
    rule: str = ""
    clause: str = ""
    arithmetic: str = ""
    expression: str = ""
    value: Fraction | Decimal | None = None
    places: int = 2
    unit: str = ""
    bounds: tuple[Bound, ...] = ()
    why: str = ""
    points: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    reasons: Callable[[], Iterable["Explanation"]] = tuple

    @cached_property
    def children(self) -> tuple["Explanation", ...]:
        """What the conclusion rests on, in the order people check it."""
        return tuple(self.reasons())

    @property
    def exact(self) -> str | None:
        """The unrounded value as a decimal, to 28 digits where it has no end."""
        return numbers.text(self.value)

    @property
    def fraction(self) -> str:
        """The value as a fraction where no decimal ends there, else nothing."""
        value = self.value
        if not isinstance(value, Fraction) or _ends(value):
            return ""
        return f"{value.numerator}/{value.denominator}"

    @property
    def printed(self) -> str:
        """The value as documents print it; "—" when there is none."""
        return numbers.printed(self.value, self.places)

    @property
    def rounding(self) -> str:
        """4.1987… → 4.20: the exact value cut off, then what is printed."""
        if self.value is None:
            return ""
        return f"{cut(self.value, self.places + _MORE)} → {self.printed}"

    def walk(self) -> Iterator["Explanation"]:
        """The conclusion and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def as_json(self, depth: int | None = None) -> dict[str, Any]:
        """Plain JSON down to ``depth`` levels of children (None: all)."""
        place = {"kind": self.place.kind, "code": self.place.code}
        place |= {"school": self.place.school, "stage": self.place.stage}
        below = [] if depth == 0 else [c.as_json(None if depth is None else depth - 1) for c in self.children]
        return {
            "place": place,
            "subject": self.subject,
            "title": self.title,
            "judged": self.judged,
            "verdict": self.verdict,
            "applicable": self.applicable,
            "near_limit": self.near_limit,
            "attested": self.attested,
            "rule": self.rule,
            "clause": self.clause,
            "arithmetic": self.arithmetic,
            "expression": self.expression,
            "exact": self.exact,
            "fraction": self.fraction,
            "printed": self.printed,
            "unit": self.unit,
            "bounds": [bound.as_json() for bound in self.bounds],
            "why": self.why,
            "inputs": [given.as_json() for given in self.inputs],
            "children": below,
        }


def cut(value: Fraction | Decimal, places: int) -> str:
    """The value cut off after some places, "…" where digits were dropped: never rounded."""
    exact = numbers.decimal(value) if isinstance(value, Fraction) else value
    kept = exact.quantize(Decimal(f"1e-{places}"), context=_CUT)
    if Fraction(kept) == Fraction(value):
        return numbers.text(kept) or "0"
    return f"{kept:f}…"


def _ends(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1
