"""Cohort survival: pupils by school, stage and grade of the years to come, and how well it would have foretold the last."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from indicators.planning.engine.known import JUNIOR, PLACES, PRIMARY, Cell, Counts, Known
from indicators.standard.engine import numbers
from portal.core.lib.numbers import half_up


@dataclass(frozen=True, slots=True)
class Projected:
    """One year of one scenario; of the last primary grade before, `graduates`, so many enter junior schools here."""

    year: int
    scenario: str
    pupils: Counts
    entrants: Decimal
    graduates: Decimal
    junior_entrants: Decimal

    @property
    def totals(self) -> dict[str, Decimal]:
        return {
            PRIMARY: self.total(PRIMARY),
            JUNIOR: self.total(JUNIOR),
            "entrants": self.entrants,
            "graduates": self.graduates,
            "junior_entrants": self.junior_entrants,
            "outflow": self.graduates - self.junior_entrants,
        }

    def stage_of(self, school: str, stage: str) -> Decimal:
        return sum((n for (s, st, _), n in self.pupils.items() if (s, st) == (school, stage)), Decimal(0))

    def total(self, stage: str) -> Decimal:
        return sum((n for (_, its_stage, _), n in self.pupils.items() if its_stage == stage), Decimal(0))


def project(known: Known, to: int, scenario: str) -> Iterator[Projected]:
    """Year by year from the one after the base."""
    state: dict[Cell, Decimal] = {cell: Decimal(n) for cell, n in known.pupils[known.base].items()}
    last = known.last_grades.get(PRIMARY, 0)
    for year in range(known.base + 1, to + 1):
        graduates = _sum(state, PRIMARY, last)
        intake = known.intake(year, scenario, graduates)
        after: dict[Cell, Decimal] = {}
        for school, stage in known.parts:
            after[school, stage, 1] = half_up(intake[school, stage], PLACES)
            for grade in range(1, known.tops[school, stage]):
                before = Fraction(state.get((school, stage, grade), Decimal(0)))
                ratio = known.progressions[school, stage, grade].of(scenario)
                after[school, stage, grade + 1] = half_up(before * ratio, PLACES)
            for grade in range(1, known.tops[school, stage] + 1):
                after[school, stage, grade] += known.of_homes(year, school, stage, grade)
        state = after
        # Pupils of a merged school go on at the ratios of their own and are counted at its successor.
        shown: dict[Cell, Decimal] = defaultdict(Decimal)
        for (school, stage, grade), count in state.items():
            if heir := known.heir(school, year):
                shown[heir, stage, grade] += count
        first = {stage: _sum(state, stage, 1) for stage in (PRIMARY, JUNIOR)}
        yield Projected(year, scenario, dict(shown), first[PRIMARY], graduates, first[JUNIOR])


def _sum(cells: Counts, stage: str, grade: int) -> Decimal:
    return sum((n for (_, st, its_grade), n in cells.items() if (st, its_grade) == (stage, grade)), Decimal(0))


@dataclass(frozen=True, slots=True)
class Backtest:
    """The last known year predicted from those before it; errors are shares of what was counted, + is too many."""

    year: int
    total_error: Fraction
    by_stage: Mapping[str, Fraction]
    median_school_error: Fraction
    worst_school_error: Fraction
    worst_school: str

    def as_json(self) -> dict[str, Any]:
        return {
            "year": self.year,
            "total_error": numbers.text(self.total_error),
            "by_stage": {stage: numbers.text(error) for stage, error in self.by_stage.items()},
            "median_school_error": numbers.text(self.median_school_error),
            "worst_school_error": numbers.text(self.worst_school_error),
            "worst_school": self.worst_school,
        }


def backtest(known: Known) -> Backtest | None:
    """None with a single year."""
    if len(known.pupils) < 2 or known.before.base != known.base - 1:
        return None
    [predicted] = project(known.before, known.base, "mid")
    counted, expected = _by_part(known.pupils[known.base]), _by_part(predicted.pupils)
    both = [part for part in sorted(counted) if counted[part] and part in expected]
    if not both:
        return None
    errors = {part: Fraction(expected[part] - counted[part]) / Fraction(counted[part]) for part in both}
    schools = {school: max(abs(errors[part]) for part in both if part[0] == school) for school, _ in both}
    worst = max(schools, key=lambda school: (schools[school], school))

    def error(parts: Iterable[tuple[str, str]]) -> Fraction:
        own = list(parts)
        whole = sum((counted[part] for part in own), Decimal(0))
        return Fraction(sum((expected[part] for part in own), Decimal(0)) - whole) / Fraction(whole)

    return Backtest(
        year=known.base,
        total_error=error(both),
        by_stage={s: error(p for p in both if p[1] == s) for s in (PRIMARY, JUNIOR) if any(p[1] == s for p in both)},
        median_school_error=median(schools.values()),
        worst_school_error=schools[worst],
        worst_school=worst,
    )


def _by_part(cells: Mapping[Cell, Decimal | int]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (school, stage, _), count in cells.items():
        found[school, stage] += count
    return found
