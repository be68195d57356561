"""先易后难: what the next step costs, found by planning again: one more part, one more coefficient, a lower limit.

From today where the plan reaches the standard, else from what the plan leaves. Nothing bought before is given up and
who passes goes on passing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from indicators.planning.engine.measures import PlannedMeasure
from indicators.planning.engine.problem import Challenge, Lever, Where
from indicators.planning.engine.program import Program
from indicators.planning.engine.solver import Effort, Linear, OutOfTime, Solved, Unsolvable
from indicators.planning.engine.terms import PlanTerms
from indicators.standard.engine import Result
from portal.core.lib.numbers import plain

# How much lower a limit is tried, and how near its limit (relative) a coefficient must be to be asked.
LOWER = Decimal("0.01")
_BINDING = 0.99
# Seconds of work for each question, for all of them, and how exactly they are answered.
_SECONDS = 20
_ALL_SECONDS = 200
_GAP = 0.005
_ROUNDS = 40
_NEAR = 1e-5


@dataclass(frozen=True, slots=True)
class PricedStep:
    """万元 more for a part, for a coefficient (`school_code` ""), or for its limit `lower` by so much."""

    cost: Decimal
    stage: str
    school_code: str = ""
    indicator: str = ""
    lower: Decimal | None = None

    def as_json(self) -> dict[str, str | None]:
        return {
            "school_code": self.school_code or None,
            "stage": self.stage,
            "indicator": self.indicator or None,
            "lower": None if self.lower is None else plain(self.lower),
            "cost": plain(self.cost),
        }


def steps(challenge: Challenge, terms: PlanTerms, start: Result, done: Sequence[PlannedMeasure]) -> list[PricedStep]:
    """From `start`, the district of the last year with `done`: the cheapest part, then each coefficient over its limit."""
    free, last = replace(terms, budgets={}), terms.years[-1]
    program = Program(challenge, free, [last], earn=True, effort=Effort.within(_ALL_SECONDS))
    bought: dict[Lever, float] = {}
    for measure in done:
        for lever in challenge.sides(measure):
            bought[lever] = bought.get(lever, 0) + float(measure.quantity)
    program.at_least({program.quantities[lever, last]: count for lever, count in bought.items()})
    passing = {(part.school.code, part.stage): bool(part.passes) for part in start.parts}
    program.require(())
    base = program.solve(program.cost, seconds=_SECONDS, relaxed=True).objective
    program.at_least({program.passes[where, last]: 1.0 for where, passes in passing.items() if passes})
    found = list(_next_part(program, passing, base))
    for stage, by_code in start.coefficients.items():
        for code, one in by_code.items():
            if one.passes is not False:
                continue
            key = (stage, code, last)
            program.require([key])
            try:
                cost = _within_limits(program, program.cost, only=key).objective
            except (Unsolvable, OutOfTime):
                continue
            finally:
                program.require(())
            found.append(PricedStep(_money(cost - base), stage, indicator=code))
    return found


def lower_limits(challenge: Challenge, terms: PlanTerms, end: Result) -> list[PricedStep]:
    """What it costs to bring each coefficient that decides the plan a little lower, all else as the plan must be."""
    last = terms.years[-1]
    program = Program(challenge, replace(terms, budgets={}), [last], earn=False, effort=Effort.within(_ALL_SECONDS))
    near = [
        (stage, code, last)
        for stage, by_code in end.coefficients.items()
        for code, one in by_code.items()
        if one.cv is not None and one.limit and float(one.cv) >= float(one.limit) * _BINDING
    ]
    base = _within_limits(program, program.cost).objective if near else 0.0
    found = []
    for one in program.spreadings:
        if one.key in near:
            try:
                cost = _within_limits(program, program.cost, {one.key: float(LOWER) / one.limit}).objective
            except (Unsolvable, OutOfTime):
                continue
            finally:
                program.ease(0)
            found.append(PricedStep(_money(cost - base), one.key[0], indicator=one.key[1], lower=LOWER))
    return found


def _next_part(program: Program, passing: Mapping[Where, bool], base: float) -> Iterator[PricedStep]:
    """The cheapest of those that do not pass."""
    if all(passing.values()):
        return
    wanted = {column: 1.0 for (where, _), column in program.passes.items() if not passing[where]}
    row = program.rows
    program.row(wanted, lower=1)
    try:
        solved = program.solve(program.cost, seconds=_SECONDS, gap=_GAP)
    except (Unsolvable, OutOfTime):
        return
    finally:
        program.drop(row)
    newly = [where for (where, _), column in sorted(program.passes.items()) if solved.values[column] > 0.5]
    school, stage = next(where for where in newly if not passing[where])
    yield PricedStep(_money(solved.objective - base), stage, school_code=school)


def _within_limits(
    program: Program,
    objective: Linear,
    lower: Mapping[tuple[str, str, int], float] | None = None,
    only: tuple[str, str, int] | None = None,
) -> Solved:
    """Without whole numbers, until the coefficients are within their limits, some so much (relative) under them."""
    asked = lower or {}
    for one in program.spreadings:
        if one.key in asked:
            program.ease_one(one, asked[one.key])
    for _ in range(_ROUNDS):
        solved = program.solve(objective, seconds=_SECONDS, relaxed=True)
        if not solved.is_proven:
            raise OutOfTime
        count = 0
        for one in program.spreadings:
            if only in (None, one.key) and one.of(solved.values) > (1 - asked.get(one.key, 0)) * (1 + _NEAR):
                count += program.cut(one, solved.values)
        if not count:
            break
    return solved


def _money(amount: float) -> Decimal:
    return Decimal(str(max(amount, 0))).quantize(Decimal("0.01"))
