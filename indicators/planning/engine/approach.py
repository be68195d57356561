"""Outer approximation: solve, look at the coefficients, cut, solve again; the engine has the last word.

S(x) − L·X̄(x) ≤ 0 is convex in what is planned while pupils are fixed, so tangents cut off nothing that is allowed and
what HiGHS proves about the program with its cuts holds for the plan. The tangents come from the program without whole
numbers, whose rounds take milliseconds; then few rounds with whole numbers are left, each of which gives a plan too: its
whole numbers held, the rest is found anew well inside the limits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from indicators.planning.engine import problem, schedule
from indicators.planning.engine.measures import PlannedMeasure
from indicators.planning.engine.problem import Challenge
from indicators.planning.engine.program import Program
from indicators.planning.engine.solver import Effort, Linear, OutOfSteps, OutOfTime, Solved, Unsolvable
from indicators.planning.engine.terms import PlanTerms
from indicators.standard.engine import Result
from portal.core.errors import Invalid

# A coefficient this little over its limit (relative) is not cut again.
_NEAR = 1e-6
# How far inside the limits (relative) what is not counted is found, which leaves room for rounding to the grain; the
# second where budgets leave hardly any.
_ROOMS = (2e-5, 2e-6)
# How far inside the limits whole numbers are looked for: a little, then at the limits, and where those of the limits
# leave no room for rounding, with room.
_EASES = (0.0005, 0.0, 4e-6, 4e-5)
# And for the first plan, whose whole numbers are rounded up.
_ROUGH_EASES = (0.01, 0.05, 0.2)
# Rounds of cuts on a program without whole numbers.
_ROUNDS = 80
# And with whole numbers, at each distance from the limits.
_WHOLE_ROUNDS = 20
Judge = Callable[[int, Sequence[PlannedMeasure]], Result]


@dataclass(frozen=True, slots=True)
class Reaching:
    """A plan that satisfies what was asked, as a solver sees it."""

    measures: tuple[PlannedMeasure, ...]
    values: Sequence[float]
    objective: float
    bound: float = float("-inf")
    is_proven: bool = False


class Approach:
    """The least of an objective that the engine lets pass. `judge` is the engine on a year after measures; all must hold
    in the `goals`, else in the last year.
    """

    def __init__(self, challenge: Challenge, terms: PlanTerms, judge: Judge, goals: Sequence[int] = ()) -> None:
        self.challenge, self.terms, self.judge = challenge, terms, judge
        # Seconds of work, and when there is no more of it.
        self.effort = Effort.within(terms.time_limit)
        self.deadline = float(terms.time_limit)
        self.goals = tuple(goals) or terms.years[-1:]
        # What is proven of the objective at hand.
        self.bound = float("-inf")
        # Whether the clock cut anything off.
        self.is_late = False

    def least(
        self, program: Program, objective: Linear, *, coefficients: bool, share: float, first: Reaching | None = None
    ) -> Reaching:
        """The least of an objective within `share` of the time that is left, at worst `first`, which satisfies all rows.

        Raises Unsolvable, OutOfTime.
        """
        until = self.effort.spent + (self.deadline - self.effort.spent) * share
        self.bound, gap = float("-inf"), float(self.terms.gap) / 4
        if first:
            first = replace(first, objective=worth(objective, first.values))
            program.start_from(first.values)
        try:
            if coefficients:
                best = self._within_limits(program, objective, gap=gap, until=until, best=first)
            else:
                solved = self._solve(program, objective, gap=gap, until=until)
                self.bound = solved.bound
                best = Reaching(tuple(schedule.measures(program, solved.values)), solved.values, solved.objective)
        except OutOfTime as end:
            if first is None:
                raise
            self.is_late = self.is_late or end.by_clock
            best = first
        return replace(best, bound=self.bound, is_proven=self._is_near(best))

    def _solve(self, program: Program, objective: Linear, *, gap: float, until: float) -> Solved:
        solved = program.solve(objective, seconds=until - self.effort.spent, gap=gap)
        self.is_late = self.is_late or solved.by_clock
        return solved

    def _within_limits(
        self, program: Program, objective: Linear, *, gap: float, until: float, best: Reaching | None
    ) -> Reaching:
        """A little inside the limits first, where a plan is found at once; then at them, until it is near enough."""
        relaxed = self._approach(program, objective, until)
        self.bound = relaxed.bound
        best = best or self._rough(program, objective, relaxed, until)
        # Where no coefficient comes near its limit nothing has to stay inside.
        for ease in _EASES if program.tangents else [0.0]:
            for _ in range(_WHOLE_ROUNDS):
                if best and self._is_near(best):
                    break
                if self.effort.spent >= until:
                    break
                program.ease(ease)
                if best:
                    program.start_from(best.values)
                try:
                    solved = self._solve(program, objective, gap=gap, until=until)
                except OutOfTime as end:
                    self.is_late = self.is_late or end.by_clock
                    break
                except Unsolvable:
                    if ease:
                        # Nothing that far inside the limits says nothing about the limits.
                        break
                    raise
                if not ease:
                    self.bound = max(self.bound, solved.bound)
                cuts = self._cut(program, solved)
                found = self._judged(program, solved)
                polished = self.polished(program, objective, program.rounded(solved.values), until)
                best = self._better(self._better(best, found), polished)
                if not cuts or (ease and (found or polished)):
                    break
        program.ease(0)
        if best is None:
            raise OutOfTime if self.is_late else OutOfSteps
        return best

    @staticmethod
    def _better(one: Reaching | None, other: Reaching | None) -> Reaching | None:
        return other if other and (one is None or other.objective < one.objective) else one

    def _rough(self, program: Program, objective: Linear, relaxed: Solved, until: float) -> Reaching | None:
        """A plan without moves soon, rounded up: something to start from, and to give when the time is too short."""
        for ease in _ROUGH_EASES:
            program.ease(ease)
            try:
                program.fix(program.staying | program.chosen_misses(relaxed.values))
                values = self._approach(program, objective, until).values
                program.fix(program.raised(values))
                program.ease(_ROOMS[0])
                found = self._judged(program, program.solve(objective, seconds=until - self.effort.spent, gap=0.01))
            except Unsolvable:
                continue
            finally:
                program.free()
            if found:
                return found
        return None

    def _judged(self, program: Program, solved: Solved) -> Reaching | None:
        measures = schedule.measures(program, solved.values)
        try:
            results = [self.judge(year, measures) for year in self.goals]
        except Invalid:
            # What cannot be carried out in this order is no plan.
            return None
        if not all(map(problem.is_there, results)):
            return None
        return Reaching(tuple(measures), solved.values, solved.objective)

    def polished(
        self, program: Program, objective: Linear, wholes: Mapping[int, float], until: float
    ) -> Reaching | None:
        """The best with these whole numbers."""
        program.fix(wholes)
        try:
            for room in _ROOMS:
                program.ease(room)
                try:
                    return self._judged(program, self._approach(program, objective, until))
                except Unsolvable:
                    continue
        except OutOfTime as end:
            self.is_late = self.is_late or end.by_clock
        finally:
            program.free()
        return None

    def _approach(self, program: Program, objective: Linear, until: float) -> Solved:
        """The program without whole numbers, cut until all coefficients are within their limits."""
        for _ in range(_ROUNDS):
            solved = program.solve(objective, seconds=until - self.effort.spent, relaxed=True)
            if not solved.is_proven:
                raise OutOfTime if solved.by_clock else OutOfSteps
            if not self._cut(program, solved):
                break
        return solved

    def _cut(self, program: Program, solved: Solved) -> int:
        broken = [one for one in program.spreadings if one.of(solved.values) > 1 + _NEAR]
        return sum(program.cut(one, solved.values) for one in broken)

    def _is_near(self, best: Reaching) -> bool:
        """Within what was asked, of what is proven."""
        return best.objective - self.bound <= float(self.terms.gap) * 0.9 * abs(best.objective) + 1e-9


def worth(objective: Linear, values: Sequence[float]) -> float:
    return sum(values[column] * factor for column, factor in objective.items())
