"""Drawn districts that lack something everywhere, their plans, and the least cost found by trying everything."""

import itertools
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.planning.engine import editing, problem
from indicators.planning.engine.measures import PlannedMeasure
from indicators.planning.engine.search import FoundPlan, Search
from indicators.planning.engine.terms import DEFAULTS, PlanTerms, UnitCosts, kinds
from indicators.standard.engine import DistrictData, Result, SchoolData, Spec, Value, evaluate
from tests import oracle
from tests.indicators.district import figures

YEARS = (2027, 2028, 2029)
KINDS = ["小学", "初级中学", "九年一贯制学校", "小学", "完全中学", "教学点"]
# Per pupil of what a comfortable school has: from under the floor to above.
LEVELS = (45, 60, 75, 85, 90, 100, 120)
# With schools far above the others, so that the coefficients decide.
SKEWED = (*LEVELS, 200, 350)


def drawn(chance: random.Random, count: int, levels: Sequence[int] = LEVELS) -> DistrictData:
    """Schools with every figure at some level of what a comfortable one has."""
    schools = []
    for at in range(count):
        kind = KINDS[at % len(KINDS)]
        given: dict[str, Any] = figures(kind, chance.randrange(120, 900))
        for field, value in given.items():
            if not isinstance(value, bool) and not field.startswith("pupils"):
                given[field] = type(value)(value * chance.choice(levels) // 100)
        answers = {field: Value(value) for field, value in given.items()}
        schools.append(SchoolData(f"4102020{at:03d}", f"第{at}学校", kind, "城区", "7", answers=answers))
    return DistrictData("410202", tuple(schools))


def terms(**changes: Any) -> PlanTerms:
    costs: UnitCosts = changes.pop("costs", DEFAULTS)
    return PlanTerms(**{"years": YEARS, "costs": costs, "kinds": kinds(changes.pop("of", []), costs)} | changes)


def search(spec: Spec, data: DistrictData, wanted: PlanTerms, goals: Sequence[int] = ()) -> Search:
    def judge(year: int, measures: Sequence[PlannedMeasure]) -> Result:
        return editing.judge(spec, data, wanted.counting(measures, year) if goals else measures)

    judged = evaluate(spec, data)
    challenge = problem.of(spec, data, dict.fromkeys(wanted.years, judged), wanted.kinds)
    return Search(challenge, wanted, judge, goals=goals)


def plan(spec: Spec, data: DistrictData, wanted: PlanTerms) -> FoundPlan:
    return search(spec, data, wanted).run()


def passes_by_hand(spec: Spec, data: DistrictData, found: FoundPlan) -> bool:
    """What the second reading of the law says of the district after the measures."""
    after = editing.apply(spec, data, found.measures)
    parts, coefficients = oracle.judge([as_plain(school) for school in after.schools])
    return all(part["passes"] for part in parts.values()) and all(
        one is None or one[2] for one in coefficients.values()
    )


def as_plain(school: SchoolData) -> dict[str, Any]:
    answers = {code: answer.value for code, answer in school.answers.items() if isinstance(answer, Value)}
    numbers = {code: value for code, value in answers.items() if not isinstance(value, (bool, str, tuple))}
    return {"code": school.code, "kind": school.kind, "status": school.status, "answers": numbers}


# What is tried: indicator, field and kind of measure of each.
TRIED = {
    "A1": ("teachers_bachelor_primary", "hire"),
    "A2": ("backbone_teachers_primary", "appoint_backbone"),
    "A7": ("multimedia_rooms", "multimedia_room"),
}


def small(chance: random.Random, count: int) -> DistrictData:
    """Small primary schools that lack at most a few of A1, A2 and A7 each, and nothing else but here and there one."""
    schools = []
    for at in range(count):
        pupils = chance.randrange(80, 260)
        given = figures("小学", pupils)
        given |= {f"teachers_{degree}_primary": 0 for degree in ("doctor", "master", "associate")}
        given["teachers_bachelor_primary"] = max(1, -(-pupils * 42 // 1000) - chance.randrange(4))
        given["backbone_teachers_primary"] = max(0, -(-pupils // 100) - chance.randrange(3))
        given["multimedia_rooms"] = max(1, -(-pupils * 23 // 1000) - chance.randrange(4))
        given["pe_teachers_primary"] = pupils * 13 // 1000 + 1
        if chance.random() < 0.3:
            given["equipment_value"] = Decimal(pupils * 18) / 100
        answers = {field: Value(value) for field, value in given.items()}
        schools.append(SchoolData(f"4102020{at:03d}", f"第{at}学校", "小学", "城区", "7", answers=answers))
    return DistrictData("410202", tuple(schools))


def least_by_trying(data: DistrictData, costs: dict[str, Decimal], most: int) -> Decimal | None:
    """Of up to `most` units of each kind at each school; None where nothing of it is enough."""
    return min((sum(spent.values()) for spent in _ways(data, costs, most)), default=None)


def least_more_by_trying(
    data: DistrictData, costs: dict[str, Decimal], most: int, budgets: tuple[Decimal, Decimal]
) -> Decimal | None:
    """What two years lack at least, where a 骨干 counts a year later and who is hired is paid from then on."""
    found = None
    for spent in _ways(data, costs, most):
        rooms = int(spent["multimedia_room"] / costs["multimedia_room"])
        for early in range(rooms + 1):
            first = spent["appoint_backbone"] + early * costs["multimedia_room"]
            second = spent["hire"] + (rooms - early) * costs["multimedia_room"]
            more = max(first - budgets[0], 0) + max(second - budgets[1], 0)
            found = more if found is None else min(found, more)
    return found


def _ways(data: DistrictData, costs: dict[str, Decimal], most: int) -> Iterator[dict[str, Decimal]]:
    """What is spent on each kind."""
    options = [list(_options(data, code, costs, most)) for code in TRIED]
    fixed = [set(), set(), set(), set()]
    for at, code in enumerate(("A3", "A4", "A5", "A6")):
        for school in data.schools:
            numerator = oracle.numerators(as_plain(school), "primary")[code]
            value = numerator * oracle.FACTOR[code] / school.answers["pupils_primary"].value
            if value < oracle.THRESHOLDS["primary"][code]:
                fixed[at].add(school.code)
    for chosen in itertools.product(*options):
        missed = [code for _, codes in chosen for code in codes] + [code for codes in fixed for code in codes]
        if len(missed) == len(set(missed)):
            yield {kind: cost for (_, kind), (cost, _) in zip(TRIED.values(), chosen, strict=True)}


def _options(
    data: DistrictData, code: str, costs: dict[str, Decimal], most: int
) -> Iterator[tuple[Decimal, frozenset[str]]]:
    """The least cost of one indicator for each set of schools that miss it, within all floors and the coefficient."""
    field, kind = TRIED[code]
    threshold, factor = oracle.THRESHOLDS["primary"][code], oracle.FACTOR[code]
    pupils = [Fraction(school.answers["pupils_primary"].value) for school in data.schools]
    has = [school.answers[field].value for school in data.schools]
    found: dict[frozenset[str], Decimal] = {}
    for added in itertools.product(range(most + 1), repeat=len(has)):
        totals = [Fraction(a + b) for a, b in zip(has, added, strict=True)]
        values = [total * factor / count for total, count in zip(totals, pupils, strict=True)]
        if any(value < threshold * Fraction("0.85") for value in values):
            continue
        everybody, mean = sum(pupils), sum(totals) * factor / sum(pupils)
        variance = sum(count / everybody * (value - mean) ** 2 for count, value in zip(pupils, values, strict=True))
        if variance <= oracle.LIMITS["primary"] ** 2 * mean**2:
            missed = frozenset(s.code for s, value in zip(data.schools, values, strict=True) if value < threshold)
            cost = costs[kind] * sum(added)
            found[missed] = min(cost, found.get(missed, cost))
    return ((cost, missed) for missed, cost in found.items())
