"""What B1–D1 demand, as data, and how it turned out: the type of a condition names its rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from indicators.standard.engine.numbers import scaled_half_up

DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class FigureSource:
    """A figure of a condition: the flat fields of one item, added up; ``sign`` subtracts it."""

    respondent: str
    codes: tuple[str, ...]
    label: str
    unit: str
    sign: int

    @property
    def code(self) -> str:
        """For a source with only one field."""
        [code] = self.codes
        return code


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing an indicator demands; ``judged`` is False for a figure that is only shown."""

    code: str
    label: str
    judged: bool


@dataclass(frozen=True, slots=True)
class Ratio(Condition):
    """Numerator ÷ denominator × factor, over the district or over its schools added up.

    ``each``: every school must reach the limit by itself. ``optional``: 不适用, or nothing
    to divide by, makes the condition not applicable. ``whole``: the numerator is part of
    the denominator, so that more than 100 % is a doubtful figure.
    """

    numerator: tuple[FigureSource, ...]
    denominator: tuple[FigureSource, ...]
    limit: Fraction
    factor: Fraction = Fraction(100)
    unit: str = "%"
    who: str = ""
    each: bool = False
    optional: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Holds(Condition):
    """Attested conclusions: 是 for yes/no items, one of ``accepted`` for choices."""

    sources: tuple[FigureSource, ...]
    accepted: tuple[str, ...] = ()
    who: str = ""


@dataclass(frozen=True, slots=True)
class Some(Condition):
    """A figure of the district that must be above zero wherever schools of ``areas`` run ``stage``.

    ``area`` is how the standard calls the areas: 农村.
    """

    source: FigureSource
    area: str
    areas: tuple[str, ...]
    stage: str


@dataclass(frozen=True, slots=True)
class Agrees(Condition):
    """The district's figures and what its schools reported; a difference is shown, never judged."""

    pairs: tuple[tuple[FigureSource, FigureSource], ...]
    who: str


@dataclass(frozen=True, slots=True)
class OtherArea:
    """A smaller area (㎡) that was granted, to rooms built in ``built_until`` or before (None: to all)."""

    min_area: Fraction
    built_until: int | None


@dataclass(frozen=True, slots=True)
class RoomKind:
    """A kind of special room: the table that lists them and the area (㎡) one needs to count."""

    item: str
    label: str
    min_area: Fraction
    granted: tuple[OtherArea, ...] = ()

    def is_enough(self, area: Fraction, built: int) -> bool:
        return area >= self.min_area or any(
            area >= other.min_area and (other.built_until is None or built <= other.built_until)
            for other in self.granted
        )


@dataclass(frozen=True, slots=True)
class Rooms(Condition):
    """⌈classes ÷ every⌉ rooms of each kind, each large enough; kinds are never added up."""

    classes: str
    stages: tuple[str, ...]
    every: int
    kinds: tuple[RoomKind, ...]
    who: str


@dataclass(frozen=True, slots=True)
class Size(Condition):
    """Compulsory pupils of an institution: ``single``, or ``combined`` where its kind runs both stages."""

    single: int
    combined: int
    who: str


@dataclass(frozen=True, slots=True)
class Band:
    """Classes of ``least`` to ``most`` pupils (None: or more), and what they are called; shown, never judged."""

    label: str
    least: int
    most: int | None = None

    @property
    def words(self) -> str:
        """46–55 人（偏大）."""
        people = f"{self.least} 人以上" if self.most is None else f"{self.least}–{self.most} 人"
        return f"{people}（{self.label}）"


@dataclass(frozen=True, slots=True)
class ClassSize(Condition):
    """Pupils of every class on the class list, by the stage's Chinese name."""

    classes: str
    limits: Mapping[str, int]
    who: str
    scale: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class SmallSchoolFunds(Condition):
    """Schools under ``under`` pupils get at least ``under`` × the standard per pupil (元), in total.

    ``kinds`` everywhere, ``rural_kinds`` only in ``areas``; ``reminds`` of the compulsory schools as small that
    are meant by neither. ``standard`` is one figure, or one a stage.
    """

    under: int
    kinds: tuple[str, ...]
    rural_kinds: tuple[str, ...]
    areas: tuple[str, ...]
    funds: FigureSource
    standard: FigureSource
    reminds: bool = False


@dataclass(frozen=True, slots=True)
class Retention(Condition):
    """初中三年巩固率 by one of three formulas (a, b, c) from five counts of one cohort."""

    formula: str
    limit: Fraction
    entered: FigureSource
    arrived: FigureSource
    left: FigureSource
    died: FigureSource
    graduated: FigureSource


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of the national monitoring, demanded from the monitoring year ``since`` on."""

    name: str
    since: int
    source: str


@dataclass(frozen=True, slots=True)
class Monitoring(Condition):
    """Per subject, newest year: at least ``level``, and a variation strictly below ``limit``.

    Every one of ``subjects`` whose year has come must be there; a row may say instead that a subject was
    not monitored (one of ``skipped`` as its level), with the source for it.
    """

    table: str
    levels: tuple[str, ...]
    level: str
    limit: Fraction
    subjects: tuple[Subject, ...] = ()
    skipped: tuple[str, ...] = ()

    def demanded(self, newest_year: int | None) -> tuple[str, ...]:
        """Those whose year has come by `newest_year`; all if that is None."""
        return tuple(s.name for s in self.subjects if newest_year is None or s.since <= newest_year)


@dataclass(frozen=True, slots=True)
class Need:
    """An item a condition lacks: ``respondent`` is a school's code or "district".

    ``item`` is empty when the whole submission is missing; ``reason`` is that of a 不适用.
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
    """False beats unknown, unknown beats True; without verdicts unknown."""
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
        return self.passing + self.failing + self.open

    @property
    def words(self) -> str:
        return f"达标 {self.passing}，未达标 {self.failing}，待定 {self.open}"


def tally(verdicts: Iterable[bool | None]) -> Tally:
    found = list(verdicts)
    return Tally(found.count(True), found.count(False), found.count(None))


def near(value: Fraction, limit: Fraction, places: int) -> bool:
    """临界: printed to this many places, value ≥ limit would read otherwise."""
    return (Fraction(scaled_half_up(value, places), 10**places) >= limit) != (value >= limit)
