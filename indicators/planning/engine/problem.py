"""What is to be planned, in numbers: what each school has and needs, and what one unit of a measure adds. Exact, no solver.

A holder is who a figure is recorded of: a part for teachers, the whole school for what its stages share. Every
effect is read from the kinds of measures and the standard's formulas, as scenarios carry them out.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from indicators.planning.engine import editing
from indicators.planning.engine.measures import COUNTED, KINDS, MeasureKind, PlannedMeasure
from indicators.standard.engine import DistrictData, Result, SchoolData, Spec, Value

# School code and stage; "" is the whole school.
Where = tuple[str, str]
# Where and the indicator.
Holder = tuple[Where, str]


@dataclass(frozen=True, eq=False, slots=True)
class Lever:
    """One kind of measure at one place; of a move the taking or (`gives`) the giving side. Effects are per unit."""

    kind: MeasureKind
    of: str
    where: Where
    gives: bool
    effects: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Target:
    """What a part needs of a holder for one indicator: `full` reaches the threshold, `floor` may be its one miss.

    `rate` makes the indicator's value of the holder's amount.
    """

    holder: Holder
    full: Fraction
    floor: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """A part of a year's district with its targets, one per indicator."""

    where: Where
    pupils: int
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Challenge:
    """`parts` by year. `staff` are all teachers of a part and `lower` those without the degree, where it says so."""

    spec: Spec
    levers: tuple[Lever, ...]
    parts: Mapping[int, tuple[PlannedPart, ...]]
    amounts: Mapping[Holder, Fraction]
    staff: Mapping[Where, int]
    lower: Mapping[Where, int]

    @property
    def misses(self) -> int:
        return len(self.spec.resources) - self.spec.min_reached

    @cached_property
    def highest(self) -> Mapping[Holder, Fraction]:
        """More of a figure than this helps nobody.

        Taking from the school that has most lowers a coefficient, so nobody needs to be raised over who has most today
        nor over the threshold.
        """
        found = dict(self.amounts)
        for parts in self.parts.values():
            most: dict[tuple[str, str], Fraction] = {}
            targets = [(part.where[1], target) for part in parts for target in part.targets]
            for stage, target in targets:
                key = (stage, target.holder[1])
                value = max(self.amounts[target.holder], target.full) * target.rate
                most[key] = max(most.get(key, value), value)
            for stage, target in targets:
                found[target.holder] = max(found[target.holder], most[stage, target.holder[1]] / target.rate)
        return found

    def sides(self, measure: PlannedMeasure) -> list[Lever]:
        """Who takes, and of a move who gives."""
        kind, of_, stage = measure.kind.code, measure.of, measure.stage
        return [self.by_place[kind, of_, (code, stage), gives] for code, gives in measure.schools]

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str, Where, bool], Lever]:
        return {(one.kind.code, one.of, one.where, one.gives): one for one in self.levers}

    def lacking(self, school: str) -> int:
        """Figures below their thresholds in the last year."""
        own = [part for part in self.parts[max(self.parts)] if part.where[0] == school]
        return sum(self.amounts[target.holder] < target.full for part in own for target in part.targets)

    def most(self, lever: Lever) -> int:
        """Units of a measure that may be of use. Without such bounds a solver spends its time on narrowing the numbers."""
        where, codes = lever.where, [code for code in lever.effects if (lever.where, code) in self.amounts]
        if lever.kind.moves:
            return math.ceil(max(self.highest[where, code] for code in codes)) + 1
        room = [self.highest[where, code] - self.amounts[where, code] for code in codes]
        if "teachers" in lever.kind.adds and where in self.staff:
            # Who is to be a specialist has to be a teacher.
            special = [code for (at, code) in self.amounts if at == where and code not in COUNTED.values()]
            room += [self.highest[where, code] - self.staff[where] for code in special]
        return math.ceil(max(room, default=0)) + 1


def of(spec: Spec, data: DistrictData, judged: Mapping[int, Result], kinds: Sequence[str]) -> Challenge:
    """`judged` is every year with all else as it is; each must be complete."""
    parts: dict[int, tuple[PlannedPart, ...]] = {}
    amounts: dict[Holder, Fraction] = {}
    for year, result in judged.items():
        found = []
        for part in result.parts:
            targets = []
            for one in part.indicators:
                share = Fraction(1) if one.share is None else one.share
                holder = ((part.school.code, "" if one.indicator.rule.shared else part.stage), one.indicator.code)
                assert one.numerator is not None and part.pupils  # noqa: S101, PT018 complete results only
                amounts[holder] = one.numerator / share
                rate = one.indicator.rule.factor * share / part.pupils
                targets.append(Target(holder, one.threshold / rate, one.floor / rate, rate))
            found.append(PlannedPart((part.school.code, part.stage), part.pupils or 0, tuple(targets)))
        parts[year] = tuple(found)
    schools = {school.code: school for school in data.schools}
    stages = sorted({part.where for own in parts.values() for part in own})
    places = [
        (code, stage)
        for code in dict.fromkeys(code for code, _ in stages)
        for stage in ("", *[stage for school, stage in stages if school == code])
    ]
    levers = tuple(lever for code in kinds for where in places for lever in _levers(spec, KINDS[code], where))
    staff, lower = dict[Where, int](), dict[Where, int]()
    for where in stages:
        given = schools[where[0]]
        if (all_ := _count(given, editing.codes("teachers", where[1]))) is not None:
            staff[where] = all_
        lower[where] = _count(given, editing.lower_fields(spec, where[1])) or 0
    return Challenge(spec, levers, parts, amounts, staff, lower)


def _count(school: SchoolData, fields: Sequence[str]) -> int | None:
    found = [int(answer.value) for code in fields if isinstance(answer := school.given.get(code), Value)]
    return sum(found) if found else None


def _levers(spec: Spec, kind: MeasureKind, where: Where) -> Iterator[Lever]:
    if kind.by_stage != bool(where[1]):
        return
    for of_ in kind.of or ("",):
        steps = effects(spec, kind, of_, where[1])
        yield Lever(kind, of_, where, gives=False, effects=steps)
        if kind.moves:
            yield Lever(kind, of_, where, gives=True, effects={code: -step for code, step in steps.items()})


def effects(spec: Spec, kind: MeasureKind, of_: str, stage: str) -> dict[str, int]:
    """What one unit of a measure adds to the numerators of who takes, by indicator; who gives loses as much."""
    found: dict[str, int] = {}
    groups = (*kind.adds, *kind.moves, *kind.of.get(of_, ()))
    fields = [editing.counted_field(spec, group, stage) for group in groups]
    for indicator in spec.resources:
        terms = indicator.rule.terms[stage or spec.judged_stages[0]]
        step = sum(term.sign for field in fields for term in terms if term.code == field)
        if step:
            found[indicator.code] = step
    return found


def is_there(result: Result) -> bool:
    """All parts pass and all coefficients are within their limits."""
    parts = all(part.passes for part in result.parts)
    return parts and all(one.passes is not False for one in result.all_coefficients())
