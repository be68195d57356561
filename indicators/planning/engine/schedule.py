"""From a solver's values to measures: whole or rounded up exactly, who gives and who takes, and in which year each begins."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from indicators.planning.engine.measures import KINDS, PlannedMeasure
from indicators.planning.engine.problem import Lever, Where
from indicators.planning.engine.program import GRAIN, Program
from indicators.planning.engine.terms import PLACES, PLANNED, PlanTerms

# What a solver's zero may look like.
_NOISE = 1e-6


@dataclass(frozen=True, slots=True)
class Portion:
    """So much of a measure at a place that counts from a checkpoint; `giver` is a school's code or ""."""

    lever: Lever
    giver: str
    count: Decimal


def measures(program: Program, values: Sequence[float]) -> list[PlannedMeasure]:
    """In the order they can be carried out: by the year they count from, then by kind."""
    terms = program.terms
    found: list[PlannedMeasure] = []
    for code in terms.kinds:
        levers = [one for one in program.challenge.levers if one.kind.code == code]
        bought = dict.fromkeys(levers, Fraction(0))
        for year in program.checkpoints:
            if KINDS[code].moves:
                pieces = list(_moves(program, values, levers, year))
            else:
                pieces = list(_pieces(program, values, bought, year))
            # 先易后难: who lacks least comes first.
            pieces.sort(key=lambda one: (program.challenge.lacking(one.lever.where[0]), one.lever.where))
            if KINDS[code].moves and (len(program.checkpoints) == 1 or not _is_spread(program, code)):
                found += _begin(*_soon(program, values, pieces, year), terms)
            else:
                total = sum((one.count for one in pieces), Decimal(0))
                found += _begin(pieces, _slots(program, values, code, year, total), terms)

    def turn(one: PlannedMeasure) -> tuple[object, ...]:
        since, kind = terms.costs.counts_from(one.kind.code, one.year or 0), PLANNED.index(one.kind.code)
        return since, kind, one.school_code, one.stage, one.of, one.from_school_code, one.year

    return sorted(found, key=turn)


def _is_spread(program: Program, code: str) -> bool:
    """Whether it is the program that says what begins when: under budgets, and where checkpoints share a cap."""
    terms = program.terms
    return bool(terms.budgets) or (len(program.checkpoints) > 1 and code in terms.costs.caps)


def _pieces(program: Program, values: Sequence[float], bought: dict[Lever, Fraction], year: int) -> Iterator[Portion]:
    """`bought` is what each lever came to at earlier checkpoints, and after this one."""
    for lever, before in bought.items():
        column = program.quantities[lever, year]
        if lever.kind.whole:
            total = before + round(values[column])
        else:
            sofar = sum(values[program.quantities[lever, at]] for at in program.checkpoints if at <= year)
            least = max(_needed(program, values, lever, year), Fraction(max(sofar - _NOISE, 0)), before)
            total = math.ceil(least / GRAIN) * GRAIN
        bought[lever] = total
        if total > before:
            grains = Decimal(int((total - before) / GRAIN))
            yield Portion(lever, "", grains.scaleb(-PLACES).normalize() + 0)


def _needed(program: Program, values: Sequence[float], lever: Lever, year: int) -> Fraction:
    """What the parts that pass need exactly, at their floor where the indicator is the one they miss."""
    found = Fraction(0)
    for part in program.challenge.parts[year]:
        passes = program.passes.get((part.where, year))
        if part.where[0] != lever.where[0] or (passes is not None and values[passes] < 0.5):
            continue
        for target in part.targets:
            where, code = target.holder
            if where == lever.where and code in lever.effects:
                miss = program.misses.get((part.where, target.holder, year))
                bound = target.floor if miss is not None and values[miss] > 0.5 else target.full
                found = max(found, (bound - program.challenge.amounts[target.holder]) / lever.effects[code])
    return found


def _moves(program: Program, values: Sequence[float], levers: Sequence[Lever], year: int) -> Iterator[Portion]:
    """Givers and takers paired in the order of their codes; who does both only gives or takes the difference."""
    by_group: dict[tuple[str, str], list[Lever]] = {}
    for lever in levers:
        by_group.setdefault((lever.of, lever.where[1]), []).append(lever)
    for own in by_group.values():
        net: dict[Where, int] = {}
        for lever in own:
            count = round(values[program.quantities[lever, year]])
            net[lever.where] = net.get(lever.where, 0) + (-count if lever.gives else count)
        givers = [(where[0], -count) for where, count in sorted(net.items()) if count < 0]
        for lever in sorted((one for one in own if not one.gives), key=lambda one: one.where):
            wanted = net[lever.where]
            while wanted > 0:
                (school, has), *others = givers
                count = min(wanted, has)
                yield Portion(lever, school, Decimal(count))
                wanted -= count
                givers = [(school, has - count), *others] if has > count else others


def _soon(
    program: Program, values: Sequence[float], pieces: Sequence[Portion], year: int
) -> tuple[list[Portion], list[tuple[int, Decimal]]]:
    """先易后难 costs nothing more: who gives what was always there gives in the first year, others once they have it."""
    gaining = {
        (lever.where, indicator)
        for lever in program.challenge.levers
        if not lever.kind.moves and values[program.quantities[lever, year]] > _NOISE
        for indicator in lever.effects
    }
    code = pieces[0].lever.kind.code if pieces else ""
    years = [at for at in program.terms.years if (code, at, year) in program.begun]
    wait = [
        any(((one.giver, one.lever.where[1]), indicator) in gaining for indicator in one.lever.effects)
        for one in pieces
    ]
    if _is_spread(program, code):
        room = {at: Decimal(round(values[program.begun[code, at, year]])) for at in years}
    else:
        total = sum((one.count for one in pieces), Decimal(0))
        room = {at: program.terms.costs.caps.get(code, total) for at in years}
    slots: list[tuple[int, Decimal]] = []
    for late in (False, True):
        left = sum((one.count for one, waits in zip(pieces, wait, strict=True) if waits is late), Decimal(0))
        filled = []
        for at in reversed(years) if late else years:
            taken = min(left, Decimal(int(room[at])))
            room[at] -= taken
            left -= taken
            filled += [(at, taken)] if taken else []
        slots += filled
    ordered = [one for late in (False, True) for one, waits in zip(pieces, wait, strict=True) if waits is late]
    return ordered, slots


def _slots(
    program: Program, values: Sequence[float], code: str, year: int, total: Decimal
) -> list[tuple[int, Decimal]]:
    """When how much begins: as the budgets allowed; else early, but late where each year costs or others give."""
    terms, kind = program.terms, KINDS[code]
    begun = [at for at in terms.years if (code, at, year) in program.begun]
    if _is_spread(program, code):
        planned = [values[program.begun[code, at, year]] for at in begun]
        counts = [Decimal(round(n)) if kind.whole else Decimal(str(round(n, PLACES))) for n in planned]
    else:
        if kind.moves or len({terms.cost(code, Decimal(1), at) for at in begun}) > 1:
            begun.reverse()
        cap = terms.costs.caps.get(code, total)
        counts = [int(cap) * Decimal(1) if kind.whole else cap for _ in begun]
    found = []
    for at, count in zip(begun, counts, strict=True):
        taken = min(count, total)
        if taken > 0:
            found.append((at, taken))
            total -= taken
    if total and found:
        # Rounding up: the budgets were planned with room for it.
        found[-1] = (found[-1][0], found[-1][1] + total)
    elif total:
        found.append((begun[-1], total))
    return found


def _begin(
    pieces: Sequence[Portion], slots: Sequence[tuple[int, Decimal]], terms: PlanTerms
) -> Iterator[PlannedMeasure]:
    left = list(slots)
    for piece in pieces:
        count = piece.count
        while count > 0:
            year, room = left[0]
            taken = min(count, room)
            count -= taken
            left[0] = (year, room - taken)
            if not left[0][1]:
                left.pop(0)
            kind, (school, stage) = piece.lever.kind, piece.lever.where
            cost = terms.cost(kind.code, taken, year)
            yield PlannedMeasure(kind, school, taken, stage, piece.lever.of, piece.giver, year, cost)
