"""How the conditions of B1–D1 turned out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from indicators.standard.engine.conditions import Condition
from indicators.standard.engine.numbers import scaled_half_up

DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Need:
    """An item a condition lacks: ``respondent`` is a school's code or "district".

    ``item`` is empty when the whole return is missing; ``reason`` is that of a 不适用.
    """

    respondent: str
    item: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SchoolOutcome:
    """One school under one condition; ``why`` is given unless it holds."""

    school_code: str
    school_name: str
    passes: bool | None
    value: Fraction | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One condition: None where it cannot be judged, ``applicable`` False where nothing is demanded."""

    condition: Condition
    passes: bool | None
    why: str
    value: Fraction | None = None
    limit: Fraction | None = None
    shown: str = ""
    applicable: bool = True
    near_limit: bool = False
    schools: tuple[SchoolOutcome, ...] = ()
    missing: tuple[Need, ...] = ()
    figures: Mapping[str, Fraction] = field(default_factory=dict)


def together(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all hold: False beats unknown, unknown beats True; of nothing at all, unknown."""
    seen = set(verdicts)
    return False if False in seen else None if None in seen or not seen else True


@dataclass(frozen=True, slots=True)
class Tally:
    """How many verdicts are 达标, 未达标 and 待定: what cannot be judged is neither of the two."""

    passing: int
    failing: int
    open: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.passing + self.failing + self.open

    @property
    def words(self) -> str:
        """The three numbers in words."""
        return f"达标 {self.passing}，未达标 {self.failing}，待定 {self.open}"


def tally(verdicts: Iterable[bool | None]) -> Tally:
    """Count verdicts by what they say."""
    told = list(verdicts)
    return Tally(told.count(True), told.count(False), told.count(None))


def near(value: Fraction, limit: Fraction, places: int) -> bool:
    """临界: printed to this many places, value ≥ limit would read otherwise."""
    return (Fraction(scaled_half_up(value, places), 10**places) >= limit) != (value >= limit)
