"""A challenge as a mixed-integer program: columns, rows, cuts. Floats here; exactness is the engine's."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from indicators.planning.engine.measures import COUNTED, KINDS, PlannedMeasure
from indicators.planning.engine.problem import Challenge, Holder, Lever, PlannedPart, Where
from indicators.planning.engine.solver import INFINITY, Effort, Solver
from indicators.planning.engine.terms import PLACES, PLANNED, PlanTerms

# The part and the figure it misses.
Missed = tuple[Where, Holder]
# The grain of quantities that are not counted.
GRAIN = Fraction(1, 10**PLACES)
# Tangents nearer than this (of what S may be) are not added.
_NEAR = 1e-7
_NOISE = 1e-6
# More than this of a miss is one; less than half leaves two of one part.
_MOSTLY = 0.6


@dataclass(frozen=True, slots=True)
class Spreading:
    """One coefficient: S ≤ L·X̄ as Σ wᵢ·vᵢ ≤ L·X̄ with vᵢ ≥ (Xᵢ − X̄)²/(L·X̄), each of which tangents approach.

    One tangent for each school is far nearer than one for the whole sum, so few rounds of cuts are needed.
    """

    key: tuple[str, str, int]
    limit: float
    mean: int
    # Column of the amount, its rate, the weight and the column of v.
    terms: tuple[tuple[int, float, float, int], ...]
    row: int

    def of(self, values: Sequence[float]) -> float:
        """S ÷ X̄ as a share of the limit."""
        mean = values[self.mean]
        if mean <= 0:
            return 0
        variance = math.fsum(w * (values[column] * rate - mean) ** 2 for column, rate, w, _ in self.terms)
        return math.sqrt(variance) / mean / self.limit


class Program(Solver):
    """What may be done and what must hold at the `checkpoints`, the years that are looked at.

    With `earn` a part may fail at a checkpoint, and its column in `passes` is 1 where it does not; else all must pass.
    """

    def __init__(
        self,
        challenge: Challenge,
        terms: PlanTerms,
        checkpoints: Sequence[int],
        *,
        earn: bool,
        effort: Effort | None = None,
    ) -> None:
        self.challenge, self.terms, self.checkpoints = challenge, terms, checkpoints
        super().__init__(effort)
        self.spreadings: list[Spreading] = []
        self.quantities: dict[tuple[Lever, int], int] = {}
        self.amounts: dict[tuple[Holder, int], int] = {}
        self.misses: dict[tuple[Where, Holder, int], int] = {}
        self.passes: dict[tuple[Where, int], int] = {}
        # Units of a kind begun in a year in order to count at a checkpoint.
        self.begun: dict[tuple[str, int, int], int] = {}
        self.by_where: dict[Where, list[Lever]] = {}
        for lever in challenge.levers:
            self.by_where.setdefault(lever.where, []).append(lever)
        # What may be spent in a year that has a budget, and what is.
        self.money: dict[int, int] = {}
        self.spent: dict[int, dict[int, float]] = {}
        # Tangents so far: coefficient, part and how far (of the limit) from the mean.
        self.tangents: list[tuple[int, int, float]] = []
        self._add_quantities()
        self._add_limits()
        for year in checkpoints:
            for part in challenge.parts[year]:
                self._add_part(part, year, earn=earn)
        for year in checkpoints[-1:] if earn else checkpoints:
            self._add_spreadings(year)
        self._add_money()

    def _add_quantities(self) -> None:
        """And the amounts they change. Who takes what others give: moves balance by kind, stage and checkpoint."""
        balances: dict[tuple[str, str, str, int], dict[int, float]] = {}
        for lever in self.challenge.levers:
            most = self.challenge.most(lever)
            for year in self.checkpoints:
                column = self.quantities[lever, year] = self.column(most, whole=lever.kind.whole)
                if lever.kind.moves:
                    key = (lever.kind.code, lever.of, lever.where[1], year)
                    balances.setdefault(key, {})[column] = -1 if lever.gives else 1
        for balance in balances.values():
            self.row(balance, 0, 0)
        for (where, code), base in self.challenge.amounts.items():
            effects = [(one, -one.effects[code]) for one in self.by_where.get(where, ()) if code in one.effects]
            for year in self.checkpoints:
                column = self.amounts[(where, code), year] = self.column()
                self.row({column: 1} | self.done(year, effects), float(base), float(base))

    def done(self, year: int, factors: Iterable[tuple[Lever, float]]) -> dict[int, float]:
        """All that counts by a checkpoint, each lever times its factor."""
        return {
            self.quantities[lever, at]: factor for lever, factor in factors for at in self.checkpoints if at <= year
        }

    def _add_limits(self) -> None:
        """Nobody gets a degree twice, no part has more specialists or 骨干 than teachers, nobody gives what it has not."""
        challenge = self.challenge
        for where, levers in self.by_where.items():
            trained = [(one, 1.0) for one in levers if one.kind.takes]
            joins = [
                (one, 1.0 if one.gives else -1.0) for one in levers if "teachers" in one.kind.adds + one.kind.moves
            ]
            codes = dict.fromkeys(code for one in levers for code in one.effects if code not in COUNTED.values())
            for year in self.checkpoints:
                if trained:
                    self.row(self.done(year, trained), upper=challenge.lower[where])
                for code in codes if where in challenge.staff else ():
                    if challenge.amounts[where, code] <= challenge.staff[where]:
                        held = {self.amounts[(where, code), year]: 1.0}
                        self.row(held | self.done(year, joins), upper=challenge.staff[where])
                for code in dict.fromkeys(code for one in levers if one.gives for code in one.effects):
                    self._add_giving(code, levers, year)

    def _add_giving(self, code: str, levers: Sequence[Lever], year: int) -> None:
        """No school gives a teacher who comes only that year; kinds have their turn, and moves no order among them."""
        own = [(one, -float(one.effects[code])) for one in levers if code in one.effects]
        turn = max(PLANNED.index(one.kind.code) for one, _ in own if one.gives)
        before = [at for at in self.checkpoints if at < year]
        row = self.done(before[-1], own) if before else {}
        for one, factor in own:
            if one.gives or PLANNED.index(one.kind.code) < turn:
                row[self.quantities[one, year]] = factor
        self.row(row, upper=float(self.challenge.amounts[own[0][0].where, code]))

    def _add_part(self, part: PlannedPart, year: int, *, earn: bool) -> None:
        """Each indicator at its threshold, so many at the floor as may be missed."""
        passes = self.column(1, whole=True) if earn else None
        missed = {}
        for target in part.targets:
            where, code = target.holder
            levers = [one for one in self.by_where.get(where, ()) if code in one.effects]
            base, full, floor = self.challenge.amounts[target.holder], target.full, target.floor
            if base.denominator == 1 and all(one.kind.whole for one in levers):
                full, floor = Fraction(math.ceil(full)), Fraction(math.ceil(floor))
            can_fall = any(one.gives for one in levers)
            if base >= full and not can_fall:
                continue
            # What never falls keeps what it has, which makes for tighter rows than the floor.
            held = Fraction(0) if can_fall else base
            row = {self.amounts[target.holder, year]: 1.0}
            if self.challenge.misses:
                miss = self.misses[part.where, target.holder, year] = self.column(1, whole=True)
                missed[miss] = 1.0
                row[miss] = float(full - max(floor, held))
            least = full if passes is None else held
            if passes is not None:
                row[passes] = float(least - full)
            self.row(row, lower=float(least))
        if missed:
            self.row(missed, upper=self.challenge.misses)
        if passes is not None:
            before = [self.passes[part.where, at] for at in self.checkpoints if (part.where, at) in self.passes]
            if before:
                self.row({passes: 1, before[-1]: -1}, lower=0)
            self.passes[part.where, year] = passes

    def _add_money(self) -> None:
        """When what is done begins, under the caps and budgets of the years."""
        terms = self.terms
        for kind in terms.kinds:
            own = [one for one in self.challenge.levers if one.kind.code == kind and not one.gives]
            most = sum(self.challenge.most(one) for one in own)
            for year in self.checkpoints:
                wanted = {self.quantities[one, year]: -1.0 for one in own}
                for begun in terms.years:
                    # Who gives loses at once, so between checkpoints a move is not begun before it is to count.
                    exactly = KINDS[kind].moves and len(self.checkpoints) > 1
                    first = terms.costs.counts_from(kind, begun)
                    if first == year or (first < year and not exactly):
                        column = self.begun[kind, begun, year] = self.column(most, whole=KINDS[kind].whole)
                        wanted[column] = 1.0
                self.row(wanted, 0, 0)
            if (cap := terms.costs.caps.get(kind)) is not None:
                for begun in terms.years:
                    counted = {column: 1.0 for (one, at, _), column in self.begun.items() if (one, at) == (kind, begun)}
                    self.row(counted, upper=float(cap))
        for year in terms.budgets:
            spent = self.spent[year] = {
                column: float(terms.costs.unit[kind] * terms.costs.times_paid(kind, begun, year))
                for (kind, begun, _), column in self.begun.items()
            }
            self.money[year] = self.column()
            self.row(spent | {self.money[year]: -1.0}, upper=0)
        self.hold_budgets()

    def hold_budgets(self) -> None:
        """No more is spent in a year than it has, whatever rounding comes to."""
        self.fix({column: self.least_money(year) for year, column in self.money.items()})

    def free_budgets(self) -> None:
        """More may be spent."""
        self.at_least({column: self.least_money(year) for year, column in self.money.items()})

    def least_money(self, year: int) -> float:
        """Without what rounding up to the grain may cost at most."""
        places = [one for one in self.challenge.levers if not one.kind.whole]
        rounding = sum((GRAIN * Fraction(self.terms.costs.unit[one.kind.code]) for one in places), Fraction(0))
        return max(float(self.terms.budgets[year]) - float(rounding), 0)

    @property
    def cost(self) -> dict[int, float]:
        """万元 over all years."""
        return {
            column: float(self.terms.cost(kind, Decimal(1), begun)) for (kind, begun, _), column in self.begun.items()
        }

    def _add_spreadings(self, year: int) -> None:
        spec = self.challenge.spec
        for stage in spec.judged_stages:
            parts = [part for part in self.challenge.parts[year] if part.where[1] == stage]
            everybody = sum(part.pupils for part in parts)
            for at, indicator in enumerate(spec.resources if len(parts) > 1 else ()):
                limit, mean = float(spec.stages[stage].limit), self.column()
                terms = []
                for part in parts:
                    target = part.targets[at]
                    amount, weight = self.amounts[target.holder, year], part.pupils / everybody
                    terms.append((amount, float(target.rate), weight, self.column()))
                self.row({amount: w * rate for amount, rate, w, _ in terms} | {mean: -1}, 0, 0)
                row = self.rows
                self.row({v: w for _, _, w, v in terms} | {mean: -limit}, upper=0)
                self.spreadings.append(Spreading((stage, indicator.code, year), limit, mean, tuple(terms), row))

    def cut(self, one: Spreading, values: Sequence[float]) -> int:
        """The tangents at these values where v falls short of them; says how many."""
        mean, count = values[one.mean], 0
        if mean <= 0:
            return 0
        for at, (amount, rate, _, v) in enumerate(one.terms):
            ratio = (values[amount] * rate / mean - 1) / one.limit
            if ratio * ratio * one.limit * mean > values[v] + _NEAR * one.limit * mean:
                self._add_tangent(self.spreadings.index(one), at, ratio)
                count += 1
        return count

    def _add_tangent(self, place: int, at: int, ratio: float) -> None:
        """v ≥ 2r(X − X̄) − r²·L·X̄."""
        one = self.spreadings[place]
        amount, rate, _, v = one.terms[at]
        self.row({v: 1, amount: -2 * ratio * rate, one.mean: 2 * ratio + ratio * ratio * one.limit}, lower=0)
        self.tangents.append((place, at, ratio))

    def learn(self, other: "Program") -> None:
        """The tangents of a program with the same coefficients."""
        for place, at, ratio in other.tangents:
            self._add_tangent(place, at, ratio)

    def ease(self, share: float) -> None:
        """Ask of all coefficients that much less (relative) than their limits; 0 is the law again."""
        for one in self.spreadings:
            self.ease_one(one, share)

    def ease_one(self, one: Spreading, share: float) -> None:
        self.highs.changeCoeff(one.row, one.mean, -one.limit * (1 - share) ** 2)

    def require(self, keys: Collection[tuple[str, str, int]]) -> None:
        """Only these coefficients have to stay within their limits."""
        for one in self.spreadings:
            self.highs.changeRowBounds(one.row, -INFINITY, 0 if one.key in keys else INFINITY)

    def start_from(self, values: Sequence[float]) -> None:
        """Where the next search for whole numbers begins, if the rows allow it."""
        self.start = list(values)
        for column in self.wholes:
            self.start[column] = float(round(values[column]))
        for one in self.spreadings:
            mean = values[one.mean]
            for amount, rate, _, v in one.terms:
                # Over all tangents, those found later too.
                self.start[v] = (values[amount] * rate - mean) ** 2 / (one.limit * mean) if mean > 0 else 0.0

    def carrying(self, measures: Iterable[PlannedMeasure], missed: Collection[Missed]) -> dict[int, float]:
        """The whole numbers of measures that bring all parts there in the last year, and nobody earlier."""
        last = self.checkpoints[-1]
        found = dict.fromkeys(self.wholes, 0.0)
        found |= {column: 1.0 for (_, year), column in self.passes.items() if year == last}
        found |= {self.misses[where, holder, last]: 1.0 for where, holder in missed}
        for one in measures:
            if not one.kind.whole:
                continue
            counts = self.terms.costs.counts_from(one.kind.code, one.year or 0)
            year = next(at for at in self.checkpoints if at >= counts)
            columns = [self.quantities[lever, year] for lever in self.challenge.sides(one)]
            for column in (*columns, self.begun[one.kind.code, one.year or 0, year]):
                found[column] += float(one.quantity)
        return found

    def missed(self, values: Sequence[float]) -> list[Missed]:
        """In the last year."""
        last = self.checkpoints[-1]
        found = (
            (where, holder)
            for (where, holder, year), column in self.misses.items()
            if year == last and values[column] > 0.5
        )
        return list(found)

    @property
    def staying(self) -> dict[int, float]:
        """Nobody moves."""
        return {column: 0.0 for (lever, _), column in self.quantities.items() if lever.kind.moves}

    def raised(self, values: Sequence[float]) -> dict[int, float]:
        """Every quantity that is counted, up to the next whole number."""
        return {
            column: float(math.ceil(values[column] - _NOISE))
            for (lever, _), column in self.quantities.items()
            if lever.kind.whole
        }

    def chosen_misses(self, values: Sequence[float]) -> dict[int, float]:
        """Which indicator each part does miss: those that the values miss for the most part."""
        return {column: float(values[column] > _MOSTLY) for column in self.misses.values()}
