"""Finds the least-cost plan, and under yearly budgets the one with most parts there, early and cheap.

Whether budgets are enough is asked of the last year alone, where it is soon known: the money of the years that have a
budget is made least, starting from the plan without budgets. Only then the years are looked at one by one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from indicators.planning.engine import measures as scenario_measures
from indicators.planning.engine.approach import Approach, Judge, Reaching, worth
from indicators.planning.engine.measures import PlannedMeasure
from indicators.planning.engine.problem import Challenge
from indicators.planning.engine.program import Program
from indicators.planning.engine.solver import Linear, OutOfTime, Unsolvable
from indicators.planning.engine.terms import PlanTerms, by_year
from portal.core.lib.numbers import plain

# Of the time that is left, for what comes so long before the last aim.
_SHARES = {3: 0.4, 2: 0.6, 1: 1.0}
# How much what is spent counts next to what the years have to have, so that nothing needless is bought.
_THRIFT = 1e-4
# 万元 that are nothing.
_CENT = 1e-4
OnProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """Measures in order; `bound` is the least any such plan costs; `is_proven` unless time or steps ran out.

    `reaches` says whether the district is there in the last year; `least_needed` and `needed_bound` are what it would
    take without the budgets, found and proven. Where the budgets are too small, `budgets_needed` are some that are not,
    and no such budgets come to less than `budgets_bound`. `can_reach` is None where time or steps were too few to know. A
    plan that `ended_by_time`, which only a machine far too slow does, may come out otherwise the next time; steps are
    the same.
    """

    measures: tuple[PlannedMeasure, ...]
    bound: Decimal
    reaches: bool
    is_proven: bool
    least_needed: Decimal | None
    needed_bound: Decimal | None = None
    can_reach: bool | None = True
    ended_by_time: bool = False
    budgets_needed: Mapping[int, Decimal] | None = None
    budgets_bound: Decimal | None = None

    @property
    def cost(self) -> Decimal:
        return scenario_measures.cost(self.measures)

    @property
    def ended_by(self) -> str:
        if self.ended_by_time:
            return "time"
        return "gap" if self.is_proven and self.can_reach is not None else "steps"

    def as_json(self) -> dict[str, Any]:
        """What it costs and what is proven of that."""
        total, bound = self.cost, min(self.bound, self.cost)
        gap = ((total - bound) / total).quantize(Decimal("0.000001"), rounding=ROUND_CEILING) if total else Decimal(0)
        return {
            "total_cost": plain(total),
            "lower_bound": plain(bound),
            "gap": plain(gap),
            "proven": self.is_proven,
            "ended_by": self.ended_by,
            "reaches": self.reaches,
            "can_reach": self.can_reach,
            "least_needed": None if self.least_needed is None else plain(self.least_needed),
            "needed_bound": None if self.needed_bound is None else plain(self.needed_bound),
            "budgets_needed": None if self.budgets_needed is None else by_year(self.budgets_needed),
            "budgets_bound": None if self.budgets_bound is None else plain(self.budgets_bound),
        }


class Search(Approach):
    """One plan being searched."""

    def __init__(
        self,
        challenge: Challenge,
        terms: PlanTerms,
        judge: Judge,
        on_progress: OnProgress = lambda _: None,
        goals: Sequence[int] = (),
    ) -> None:
        super().__init__(challenge, terms, judge, goals)
        self.on_progress, self.last = on_progress, terms.years[-1]
        # The least without budgets.
        self.free: tuple[Program, Reaching]

    def run(self) -> FoundPlan:
        """The best that is found within the time, if only to do nothing."""
        least = self.cheapest()
        if least.reaches and self.terms.budgets:
            return self._within_budgets(least)
        return least if least.reaches else self._as_many_as_can(least)

    def cheapest(self, budgets: Mapping[int, Decimal] | None = None) -> FoundPlan:
        """Within these budgets, or whatever it takes; nothing is planned where the goals cannot be reached."""
        self.on_progress("正在求最省的方案")
        nothing = FoundPlan((), Decimal(0), False, False, None)
        try:
            terms = replace(self.terms, budgets=budgets or {})
            program = Program(self.challenge, terms, self.goals, earn=False, effort=self.effort)
            share = 0.3 if self.terms.budgets and not budgets else 0.9
            least = self.least(program, program.cost, coefficients=True, share=share)
        except Unsolvable:
            return replace(nothing, can_reach=False)
        except OutOfTime as end:
            self.is_late = self.is_late or end.by_clock
            return replace(nothing, can_reach=None, ended_by_time=self.is_late)
        self.free = program, least
        return FoundPlan(least.measures, _money(least.bound), True, least.is_proven, None, ended_by_time=self.is_late)

    def _within_budgets(self, least: FoundPlan) -> FoundPlan:
        """All parts by the last year if the budgets are enough, early and then cheaply; else what budgets would be."""
        least = replace(least, least_needed=least.cost, needed_bound=least.bound)
        self.on_progress("正在按年度经费安排")
        program = Program(self.challenge, self.terms, self.goals, earn=False, effort=self.effort)
        program.learn(self.free[0])
        try:
            # The least that years with a budget have to have; what is spent is never more than that.
            program.free_budgets()
            aim = dict.fromkeys(program.money.values(), 1.0)
            aim |= {column: cost * _THRIFT for column, cost in _sum(program.spent.values()).items()}
            first = self.polished(program, aim, program.rounded(self.free[1].values), self.deadline)
            answer = self.least(program, aim, coefficients=True, share=0.4, first=first)
            bound = answer.bound / (1 + _THRIFT)
            given = sum(program.least_money(year) for year in program.money)
            enough = sum(answer.values[column] for column in program.money.values()) <= given + _CENT
            if not enough:
                # Budgets in whole 万元 with which this is within them.
                more = {year: answer.values[at] - program.least_money(year) for year, at in program.money.items()}
                needed = {year: self.terms.budgets[year] for year in more} | {
                    year: (self.terms.budgets[year] + Decimal(str(by))).to_integral_value(ROUND_CEILING)
                    for year, by in more.items()
                    if by > _CENT
                }
                least = replace(least, budgets_needed=needed, budgets_bound=_money(bound))
            if bound > given + _CENT:
                return self._as_many_as_can(least)
            program.hold_budgets()
            answer = self.least(program, program.cost, coefficients=True, share=0.4, first=answer if enough else None)
        except Unsolvable:
            return self._as_many_as_can(least)
        except OutOfTime as end:
            self.is_late = self.is_late or end.by_clock
            return self._as_many_as_can(replace(least, can_reach=None))
        return self._early(program, answer, least)

    def _early(self, within: Program, cheapest: Reaching, least: FoundPlan) -> FoundPlan:
        """As many parts as early as can be, then as cheaply, of the plans that reach within the budgets."""
        program = Program(self.challenge, self.terms, self.terms.years, earn=True, effort=self.effort)
        program.learn(within)
        final = {column: 1.0 for (_, year), column in program.passes.items() if year == self.last}
        program.row(final, lower=len(final))
        held = program.carrying(cheapest.measures, within.missed(cheapest.values))
        first = self.polished(program, program.cost, held, self.deadline)
        try:
            answer = self._in_turn(program, [self._earliness(program), program.cost], coefficients=True, first=first)
        except (Unsolvable, OutOfTime) as end:
            self.is_late = self.is_late or (isinstance(end, OutOfTime) and end.by_clock)
            answer = replace(cheapest, is_proven=False)
        # Nothing that reaches within the budgets is cheaper, early or not.
        proof = max(_money(answer.bound), _money(cheapest.bound))
        found = FoundPlan(answer.measures, proof, True, answer.is_proven, None, ended_by_time=self.is_late)
        return replace(found, least_needed=least.least_needed, needed_bound=least.needed_bound)

    def _as_many_as_can(self, least: FoundPlan) -> FoundPlan:
        """As many parts in the last year as can be, then early, then cheaply; the coefficients are what they become."""
        self.on_progress("正在求最多能达标的方案")
        least = replace(least, measures=(), bound=Decimal(0), reaches=False, is_proven=False)
        program = Program(self.challenge, self.terms, self.terms.years, earn=True, effort=self.effort)
        final = {column: -1.0 for (_, year), column in program.passes.items() if year == self.last}
        try:
            answer = self._in_turn(program, [final, self._earliness(program), program.cost], coefficients=False)
        except Unsolvable:
            return least
        except OutOfTime as end:
            self.is_late = self.is_late or end.by_clock
            return replace(least, can_reach=None, ended_by_time=self.is_late)
        found = replace(least, measures=answer.measures, bound=_money(answer.bound), is_proven=answer.is_proven)
        return replace(found, ended_by_time=self.is_late)

    def _earliness(self, program: Program) -> Linear:
        """A part counts more the earlier it passes."""
        weights = {year: float(at) for at, year in enumerate(reversed(self.terms.years))}
        return {column: -weights[year] for (_, year), column in program.passes.items() if weights[year]}

    def _in_turn(
        self, program: Program, aims: Sequence[Linear], *, coefficients: bool, first: Reaching | None = None
    ) -> Reaching:
        """One aim after the other, each held from then on. Raises Unsolvable, OutOfTime."""
        proven = True
        for left, aim in zip(range(len(aims), 0, -1), aims, strict=True):
            if not aim:
                continue
            objective = aim
            if coefficients and left > 1:
                # Whole numbers first and then what is spent, so that nothing needless is bought, which would take many cuts.
                all_ = max(float(sum(self.terms.budgets.values())), 1)
                objective = {column: factor * all_ for column, factor in aim.items()} | _sum(program.spent.values())
            first = self.least(program, objective, coefficients=coefficients, share=_SHARES[left], first=first)
            program.row(aim, upper=worth(aim, first.values) + 1e-6)
            proven = proven and first.is_proven
        assert first is not None  # noqa: S101 the last aim is the cost
        return replace(first, is_proven=proven)


def _sum(all_: Iterable[Linear]) -> dict[int, float]:
    found: dict[int, float] = {}
    for one in all_:
        for column, factor in one.items():
            found[column] = found.get(column, 0) + factor
    return found


def _money(bound: float) -> Decimal:
    """Rounded down, and never below nothing."""
    return Decimal(str(max(bound, 0))).quantize(Decimal("0.0001"), rounding="ROUND_FLOOR")
