"""Finds the least-cost plan: solve, look at the coefficients, cut, solve again; the engine has the last word.

S(x) − L·X̄(x) ≤ 0 is convex in what is planned while pupils are fixed, so tangents cut off nothing that is allowed
(outer approximation) and what HiGHS proves about the program with its cuts holds for the plan. The tangents come from
the program without whole numbers, whose rounds take milliseconds; then few rounds with whole numbers are left, each of
which gives a plan too: its whole numbers held, the rest is found anew well inside the limits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from indicators.planning.plans import schedule
from indicators.planning.plans.problem import Challenge
from indicators.planning.plans.program import Program
from indicators.planning.plans.solver import Effort, Linear, OutOfSteps, OutOfTime, Solved, Unsolvable
from indicators.planning.plans.terms import PlanTerms
from indicators.planning.scenarios import measures as scenario_measures
from indicators.planning.scenarios.measures import PlannedMeasure
from indicators.standard.engine import Result
from portal.core.errors import Invalid

# A coefficient this little over its limit (relative) is not cut again.
_NEAR = 1e-6
# How far inside the limits (relative) whole numbers are looked for, until the last round is at the limits.
_EASES = (0.0005, 0.0)
# And for the first plan, whose whole numbers are rounded up.
_ROUGH_EASES = (0.01, 0.05, 0.2)
# How far inside the limits what is not counted is found, which leaves room for rounding to the grain.
_ROOM = 2e-5
# Rounds of cuts on a program without whole numbers.
_ROUNDS = 80
# And with whole numbers, at each distance from the limits.
_WHOLE_ROUNDS = 20
Judge = Callable[[int, Sequence[PlannedMeasure]], Result]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """Measures in order; `bound` is the least any such plan costs; `is_proven` unless time or steps ran out.

    `reaches` says whether the district is there in the last year; `least_needed` and `needed_bound` are what it would
    take without the budgets, found and proven. `can_reach` is None where time or steps were too few to know. A plan that
    `ended_by_time`, which only a machine far too slow does, may come out otherwise the next time; steps are the same.
    """

    measures: tuple[PlannedMeasure, ...]
    bound: Decimal
    reaches: bool
    is_proven: bool
    least_needed: Decimal | None
    needed_bound: Decimal | None = None
    can_reach: bool | None = True
    ended_by_time: bool = False

    @property
    def cost(self) -> Decimal:
        return scenario_measures.cost(self.measures)

    @property
    def ended_by(self) -> str:
        if self.ended_by_time:
            return "time"
        return "gap" if self.is_proven and self.can_reach is not None else "steps"


@dataclass(frozen=True, slots=True)
class _Answer:
    measures: tuple[PlannedMeasure, ...]
    values: Sequence[float]
    objective: float
    bound: float = float("-inf")
    is_proven: bool = False


class Search:
    """One plan being searched. `judge` is the engine on a year after measures; all must hold in the `goals`,
    else in the last year.
    """

    def __init__(
        self,
        challenge: Challenge,
        terms: PlanTerms,
        judge: Judge,
        tell: Tell = lambda _: None,
        goals: Sequence[int] = (),
    ) -> None:
        self.challenge, self.terms, self.judge, self.tell = challenge, terms, judge, tell
        # Seconds of work, and when there is no more of it.
        self.effort = Effort.within(terms.time_limit)
        self.deadline = float(terms.time_limit)
        self.last = terms.years[-1]
        self.goals = tuple(goals) or (self.last,)
        # What is proven of the objective at hand.
        self.bound = float("-inf")
        # Whether the clock cut anything off.
        self.is_late = False

    def run(self) -> FoundPlan:
        """The best that is found within the time, if only to do nothing."""
        least = self.cheapest()
        return least if least.reaches and not self.terms.budgets else self._as_many(least)

    def cheapest(self, budgets: Mapping[int, Decimal] | None = None) -> FoundPlan:
        """Within these budgets, or whatever it takes; nothing is planned where the goals cannot be reached."""
        self.tell("正在求最省的方案")
        nothing = FoundPlan((), Decimal(0), False, False, None)
        try:
            terms = replace(self.terms, budgets=budgets or {})
            program = Program(self.challenge, terms, self.goals, earn=False, effort=self.effort)
            share = 0.4 if self.terms.budgets and not budgets else 0.9
            least = self._least(program, program.cost, coefficients=True, share=share)
        except Unsolvable:
            return replace(nothing, can_reach=False)
        except OutOfTime as end:
            self.is_late = self.is_late or end.by_clock
            return replace(nothing, can_reach=None, ended_by_time=self.is_late)
        return FoundPlan(least.measures, _money(least.bound), True, least.is_proven, None, ended_by_time=self.is_late)

    def _as_many(self, least: FoundPlan) -> FoundPlan:
        """Under the budgets: all parts by the last year if that can be, else as many as can; then early; then cheaply."""
        needed, bound, can_reach = None, None, least.can_reach
        if least.reaches:
            needed, bound = least.cost, least.bound
        for must in (True, False) if least.reaches else (False,):
            self.tell("正在按年度经费安排" if must else "正在求最多能达标的方案")
            end = self.deadline
            if must:
                # The rest is for what can be done where this is too hard.
                self.deadline -= (end - self.effort.spent) / 3
            try:
                answer = self._under_budgets(must=must)
            except Unsolvable:
                continue
            except OutOfTime as late:
                self.is_late = self.is_late or late.by_clock
                can_reach = None
                continue
            finally:
                self.deadline = end
            # Within budgets nothing that reaches is cheaper than without.
            proof = max(_money(answer.bound), bound or Decimal(0)) if must else _money(answer.bound)
            return FoundPlan(answer.measures, proof, must, answer.is_proven, needed, bound, can_reach, self.is_late)
        return FoundPlan((), Decimal(0), False, False, needed, bound, can_reach, self.is_late)

    def _under_budgets(self, *, must: bool) -> _Answer:
        """One aim after the other, each held from then on. Raises Unsolvable, OutOfTime."""
        program = Program(self.challenge, self.terms, self.terms.years, earn=True, effort=self.effort)
        final = {column: -1.0 for (_, year), column in program.passes.items() if year == self.last}
        weights = {year: float(at) for at, year in enumerate(reversed(self.terms.years)) if year != self.last}
        early = {column: -weights[year] for (_, year), column in program.passes.items() if year != self.last}
        if must:
            program.row(final, upper=-len(final))
        aims = [({} if must else final, 0.4), (early, 0.6), (program.cost, 1.0)]
        best: _Answer | None = None
        proven = True
        for aim, share in aims:
            if not aim:
                continue
            try:
                answer = self._least(program, aim, coefficients=must, share=share)
            except OutOfTime as end:
                if best is None:
                    raise
                # What is found so far is a plan, too.
                self.is_late = self.is_late or end.by_clock
                return replace(best, bound=0.0, is_proven=False)
            worth = sum(answer.values[column] * factor for column, factor in aim.items())
            program.row(aim, upper=worth + 1e-6)
            program.start_from(answer.values)
            proven = proven and answer.is_proven
            best = answer
        if best is None:
            raise Unsolvable
        return replace(best, is_proven=proven)

    def _least(self, program: Program, objective: Linear, *, coefficients: bool, share: float) -> _Answer:
        """The least of an objective within `share` of the time that is left. Raises Unsolvable, OutOfTime."""
        until = self.effort.spent + (self.deadline - self.effort.spent) * share
        self.bound, gap = float("-inf"), float(self.terms.gap) / 4
        if not coefficients:
            solved = self._solve(program, objective, gap=gap, until=until)
            self.bound = solved.bound
            best = _Answer(tuple(schedule.measures(program, solved.values)), solved.values, solved.objective)
        else:
            best = self._within_limits(program, objective, gap=gap, until=until)
        return replace(best, bound=self.bound, is_proven=self._is_near(best))

    def _solve(self, program: Program, objective: Linear, *, gap: float, until: float) -> Solved:
        solved = program.solve(objective, seconds=until - self.effort.spent, gap=gap)
        self.is_late = self.is_late or solved.by_clock
        return solved

    def _within_limits(self, program: Program, objective: Linear, *, gap: float, until: float) -> _Answer:
        """A little inside the limits first, where a plan is found at once; then at them, until it is near enough."""
        relaxed = self._approach(program, objective, until)
        self.bound = relaxed.bound
        best = None if program.start else self._rough(program, objective, relaxed, until)
        # Where no coefficient comes near its limit nothing has to stay inside.
        for ease in _EASES if program.is_cut else _EASES[-1:]:
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
                polished = self._polished(program, objective, solved, until)
                best = self._better(self._better(best, found), polished)
                if (found or polished) and (ease or not cuts):
                    break
        program.ease(0)
        if best is None:
            raise OutOfTime if self.is_late else OutOfSteps
        return best

    @staticmethod
    def _better(one: _Answer | None, other: _Answer | None) -> _Answer | None:
        return other if other and (one is None or other.objective < one.objective) else one

    def _rough(self, program: Program, objective: Linear, relaxed: Solved, until: float) -> _Answer | None:
        """A plan without moves soon, rounded up: something to start from, and to give when the time is too short."""
        for ease in _ROUGH_EASES:
            program.ease(ease)
            try:
                program.fix(program.staying | program.chosen_misses(relaxed.values))
                values = self._approach(program, objective, until).values
                program.fix(program.raised(values))
                program.ease(_ROOM)
                found = self._judged(program, program.solve(objective, seconds=until - self.effort.spent, gap=0.01))
            except Unsolvable:
                continue
            finally:
                program.free()
            if found:
                return found
        return None

    def _judged(self, program: Program, solved: Solved) -> _Answer | None:
        measures = schedule.measures(program, solved.values)
        return _Answer(tuple(measures), solved.values, solved.objective) if self._is_there(measures) else None

    def _polished(self, program: Program, objective: Linear, solved: Solved, until: float) -> _Answer | None:
        """The best with these whole numbers."""
        program.fix(program.rounded(solved.values))
        program.ease(_ROOM)
        try:
            return self._judged(program, self._approach(program, objective, until))
        except Unsolvable:
            return None
        except OutOfTime as end:
            self.is_late = self.is_late or end.by_clock
            return None
        finally:
            program.free()

    def _approach(self, program: Program, objective: Linear, until: float) -> Solved:
        """The program without whole numbers, cut until all coefficients are kept."""
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

    def _is_near(self, best: _Answer) -> bool:
        """Within what was asked, of what is proven."""
        return best.objective - self.bound <= float(self.terms.gap) * 0.9 * abs(best.objective) + 1e-9

    def _is_there(self, measures: Sequence[PlannedMeasure]) -> bool:
        try:
            results = [self.judge(year, measures) for year in self.goals]
        except Invalid:
            # What cannot be carried out in this order is no plan.
            return False
        return all(is_there(result) for result in results)


def is_there(result: Result) -> bool:
    """All parts pass and all coefficients keep their limits."""
    parts = all(part.passes for part in result.parts)
    return parts and all(one.passes is not False for one in result.all_coefficients())


def _money(bound: float) -> Decimal:
    """Rounded down, and never below nothing."""
    return Decimal(str(max(bound, 0))).quantize(Decimal("0.0001"), rounding="ROUND_FLOOR")
