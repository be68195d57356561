"""One conclusion with its rule, its arithmetic, its inputs, and the conclusions it rests on; and what is explained."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from indicators.standard.engine import numbers
from indicators.standard.engine.conditions import DISTRICT
from indicators.standard.engine.data import NOT_SUBMITTED, Answer, DistrictData, NotApplicable, SchoolData
from indicators.standard.engine.district import DistrictIndicator, describe
from indicators.standard.engine.parts import JudgedPart
from indicators.standard.engine.respondents import Respondent, Respondents
from indicators.standard.engine.result import Result
from indicators.standard.engine.spec import Item, Spec

VALUE, ZERO, NOT_APPLICABLE, BLANK = "value", "zero", "not_applicable", "blank"
# Verdicts in the order people look at them: what fails, what is open, what holds.
WORST_FIRST = (False, None, True)
# Digits of the exact value that are shown beyond those printed.
_MORE = 2
_CUT = Context(prec=numbers.DIGITS, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class ConclusionPlace:
    """Which conclusion it is: its kind, and whichever of indicator, school and stage it is about."""

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
        """Blank, 0 and 不适用 are three things."""
        if self.state == BLANK:
            return self.text or "未填"
        if self.state == NOT_APPLICABLE:
            return f"不适用（{self.text}）"
        return f"{self.text} {self.unit}".strip()

    def as_json(self) -> dict[str, Any]:
        found = {"respondent": self.respondent, "name": self.name, "item": self.item, "label": self.label}
        found |= {"text": self.text, "unit": self.unit, "state": self.state}
        return found | ({"rows": list(self.rows)} if self.rows else {})


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
        found = {"name": self.name, "sign": self.sign, "limit": numbers.text(self.limit)}
        return found | {"met": self.met, "distance": self.distance}


@dataclass(frozen=True, eq=False)
class Explanation:
    """A conclusion or (``judged`` False) a step of its arithmetic.

    ``arithmetic`` names every number, ``expression`` is the same in numbers alone; both
    are exact, and rounding comes last, in ``rounding``. ``reasons`` makes the children,
    once and only when they are asked for. ``points`` are the reasons of ``why`` one by one,
    where there are several.
    """

    place: ConclusionPlace
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
        return tuple(self.reasons())

    @property
    def exact(self) -> str | None:
        """Unrounded, to 28 digits where it has no end."""
        return numbers.text(self.value)

    @property
    def fraction(self) -> str:
        """Only where the decimal has no end."""
        value = self.value
        if not isinstance(value, Fraction):
            return ""
        rest = value.denominator
        for prime in (2, 5):
            while rest % prime == 0:
                rest //= prime
        return "" if rest == 1 else f"{value.numerator}/{value.denominator}"

    @property
    def printed(self) -> str:
        return numbers.printed(self.value, self.places)

    @property
    def rounding(self) -> str:
        """4.1987… → 4.20: the exact value cut off, then the printed one."""
        if self.value is None:
            return ""
        return f"{cut(self.value, self.places + _MORE)} → {self.printed}"

    def walk(self) -> Iterator["Explanation"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def as_json(self, depth: int | None = None) -> dict[str, Any]:
        """Down to ``depth`` levels of children (None: all)."""
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
    """Never rounded; "…" where digits were dropped."""
    exact = numbers.decimal(value) if isinstance(value, Fraction) else value
    shown = exact.quantize(Decimal(f"1e-{places}"), context=_CUT)
    if Fraction(shown) == Fraction(value):
        return numbers.text(shown) or "0"
    return f"{shown:f}…"


@dataclass(frozen=True, eq=False)
class Case:
    """What is explained: ``result`` must be the judgement of ``data``."""

    result: Result
    data: DistrictData

    @property
    def spec(self) -> Spec:
        return self.result.spec

    @cached_property
    def schools(self) -> Mapping[str, SchoolData]:
        return {school.code: school for school in self.data.schools}

    @cached_property
    def everyone(self) -> Respondents:
        left_out = {excluded.school_code for excluded in self.result.excluded}
        return Respondents(self.spec, self.data, frozenset(self.schools) - left_out)

    @cached_property
    def asked(self) -> Mapping[str, Respondent]:
        return {who.code: who for who in self.everyone.schools["all"]}

    @cached_property
    def parts(self) -> Mapping[tuple[str, str], JudgedPart]:
        """By school code and stage."""
        return {(part.school.code, part.stage): part for part in self.result.parts}

    @cached_property
    def indicators(self) -> Mapping[str, DistrictIndicator]:
        """B1–D1 by code."""
        return {judged.indicator.code: judged for judged in self.result.district_indicators}

    def name_of(self, part: JudgedPart) -> str:
        """甲学校小学部; 甲学校 when it is the only part."""
        return part.school.name if part.single else f"{part.school.name}{self.spec.stages[part.stage].part_label}"

    def of_school(self, code: str, fields: Iterable[str]) -> tuple[Input, ...]:
        school = self.schools[code]
        silent = "" if school.has_submission else NOT_SUBMITTED
        given = school.given
        return tuple(given_at(code, school.name, self.spec.items[f], given.get(f), silent) for f in fields)

    def of_district(self, fields: Iterable[str]) -> tuple[Input, ...]:
        items, answers = self.spec.district_items, self.data.answers
        return tuple(given_at(DISTRICT, "区县", items[f], answers.get(f)) for f in fields)


def given_at(respondent: str, name: str, item: Item, answer: Answer | None, silent: str = "") -> Input:
    """``silent`` says why nothing could be answered."""
    if answer is None:
        return Input(respondent, name, item.code, item.label, silent, item.unit, BLANK)
    if isinstance(answer, NotApplicable):
        return Input(respondent, name, item.code, item.label, answer.reason, item.unit, NOT_APPLICABLE)
    value = answer.value
    if item.kind in ("number", "decimal"):
        state = VALUE if value else ZERO
        return Input(respondent, name, item.code, item.label, numbers.text(Fraction(value)) or "", item.unit, state)
    rows = tuple(_row(item, row) for row in value) if item.kind == "table" else ()
    return Input(respondent, name, item.code, item.label, describe(item, answer), "", VALUE, rows)


def _row(item: Item, row: Mapping[str, Any]) -> str:
    """小学，面积 80 ㎡，有器材 是."""
    found = []
    for column in item.columns:
        cell = row.get(column.code)
        if isinstance(cell, bool):
            found.append(f"{column.label} {column.yes_label if cell else column.no_label}")
        elif isinstance(cell, date) or (isinstance(cell, str) and cell):
            found.append(f"{column.label} {cell}")
        elif cell not in (None, ""):
            found.append(f"{column.label} {numbers.text(Fraction(cell))} {column.unit}".strip())
    return "，".join(found)
