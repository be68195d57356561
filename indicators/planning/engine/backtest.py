"""How well cohort survival would have foretold the last known year. Pure Python."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

from indicators.planning.engine.cohorts import JUNIOR, PRIMARY, Cell, Known, project


@dataclass(frozen=True, slots=True)
class Backtest:
    """The last known year predicted from those before it; errors are shares of what was counted, + is too many."""

    year: int
    total_error: Fraction
    by_stage: Mapping[str, Fraction]
    median_school_error: Fraction
    worst_school_error: Fraction
    worst_school: str


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
