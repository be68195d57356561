"""The least-cost plan against trying everything, against the second reading of the law, and under budgets."""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from indicators.planning.engine import editing, solver
from indicators.planning.engine.program import Program
from indicators.planning.engine.search import FoundPlan, Search
from indicators.planning.engine.solver import OutOfTime, Solver
from indicators.planning.engine.terms import PlanTerms, UnitCosts
from indicators.standard.engine import DistrictData, Spec, Value, evaluate
from tests.indicators.planning.engine import districts, trying

SMALL = UnitCosts({"hire": Decimal(5), "appoint_backbone": Decimal("1.5"), "multimedia_room": Decimal(3)})
ONE_YEAR = {"years": (2027,), "costs": SMALL}


def against_trying(spec: Spec, seed: int) -> None:
    chance = random.Random(seed)
    data = districts.small(chance, chance.choice((2, 3)))
    found = districts.plan(spec, data, districts.terms(**ONE_YEAR, gap=Decimal(0)))
    least = districts.least_by_trying(data, dict(SMALL.unit), 4)
    assert found.reaches is (least is not None)
    if least is not None:
        assert found.cost == least
        assert districts.passes_by_hand(spec, data, found)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_cheaper_is_found_by_trying_everything(spec, seed: int) -> None:
    against_trying(spec, seed)


def proven(spec: Spec, seed: int) -> None:
    chance = random.Random(seed)
    data = districts.drawn(chance, chance.randrange(2, 5), districts.SKEWED if seed % 2 else districts.LEVELS)
    found = districts.plan(spec, data, districts.terms())
    assert found.reaches
    assert found.is_proven
    assert districts.passes_by_hand(spec, data, found)
    assert 0 <= found.cost - found.bound <= found.cost * Decimal("0.001")


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_passes_the_second_reading_and_costs_what_is_proven(spec, seed: int) -> None:
    proven(spec, seed)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(100, 300))
def test_two_hundred_districts(spec, seed: int) -> None:
    against_trying(spec, seed)
    proven(spec, seed)


def against_trying_budgets(spec: Spec, seed: int) -> None:
    """In two years, the first of which has to pay for the 骨干 of the second."""
    chance = random.Random(seed)
    data = districts.small(chance, chance.choice((2, 3)))
    if seed % 2:
        data = with_one_far_above(data)
    budgets = {2027: Decimal(chance.randrange(6)), 2028: Decimal(chance.randrange(4, 40))}
    costs = replace(SMALL, lead={"appoint_backbone": 1})
    wanted = districts.terms(years=(2027, 2028), costs=costs, gap=Decimal(0), budgets=budgets)
    found = districts.plan(spec, data, wanted)
    more = districts.least_more_by_trying(data, dict(SMALL.unit), 4, (budgets[2027], budgets[2028]))
    assert found.reaches is (more == 0)
    assert (found.budgets_needed is None) is not bool(more)
    if more:
        given = sum(budgets.values())
        assert abs(found.budgets_bound - given - more) < Decimal("0.01")
        assert given + more <= sum(found.budgets_needed.values()) < given + more + 2
        again = districts.plan(spec, data, replace(wanted, budgets=found.budgets_needed))
        assert again.reaches
        assert districts.passes_by_hand(spec, data, again)


def with_one_far_above(data: DistrictData) -> DistrictData:
    """The last school has so many teachers and 骨干 that the others have to be raised towards it."""
    *others, last = data.schools
    pupils = last.answers["pupils_primary"].value
    far = {"teachers_bachelor_primary": pupils * 6 // 100, "backbone_teachers_primary": pupils * 2 // 100}
    last = replace(last, answers={**last.answers, **{field: Value(value) for field, value in far.items()}})
    return replace(data, schools=(*others, last))


@pytest.mark.parametrize("seed", range(24))
def test_what_budgets_lack_is_what_trying_everything_finds(spec, seed: int) -> None:
    against_trying_budgets(spec, seed)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(100, 200))
def test_a_hundred_districts_with_budgets(spec, seed: int) -> None:
    against_trying_budgets(spec, seed)


def spent_by_year(wanted: PlanTerms, found: FoundPlan) -> dict[int, Decimal]:
    unit, times = wanted.costs.unit, wanted.costs.times_paid
    return {
        year: sum(one.quantity * unit[one.kind.code] * times(one.kind.code, one.year, year) for one in found.measures)
        for year in wanted.years
    }


@pytest.mark.parametrize("seed", range(3))
def test_a_skewed_district_reaches_with_the_budgets_that_are_named(spec, seed: int) -> None:
    data = districts.drawn(random.Random(seed), 8, districts.SKEWED)
    free = districts.plan(spec, data, districts.terms())
    short = districts.terms(budgets=dict.fromkeys(districts.YEARS, (free.cost / 4).quantize(Decimal(1))))
    found = districts.plan(spec, data, short)
    assert not found.reaches
    assert found.budgets_needed.keys() == short.budgets.keys()
    assert all(found.budgets_needed[year] >= amount for year, amount in short.budgets.items())
    needed = sum(found.budgets_needed.values())
    assert found.budgets_bound <= needed <= found.budgets_bound * Decimal("1.001") + len(districts.YEARS)
    enough = replace(short, budgets=found.budgets_needed)
    reached = districts.plan(spec, data, enough)
    assert reached.reaches
    assert reached.budgets_needed is None
    assert districts.passes_by_hand(spec, data, reached)
    assert all(spent <= enough.budgets[year] for year, spent in spent_by_year(enough, reached).items())
    assert 0 <= reached.cost - reached.bound <= reached.cost * Decimal("0.001")


@pytest.mark.parametrize("levels", [districts.LEVELS, districts.SKEWED])
def test_budgets_that_pay_for_the_least_plan_are_enough(spec, levels: tuple[int, ...]) -> None:
    data = districts.drawn(random.Random(2026), 8, levels)
    free = districts.plan(spec, data, districts.terms())
    paid = {year: spent + 1 for year, spent in spent_by_year(districts.terms(), free).items()}
    found = districts.plan(spec, data, districts.terms(budgets=paid))
    assert found.reaches
    assert found.cost >= free.bound


def test_the_same_district_gives_the_same_plan(spec) -> None:
    data = districts.drawn(random.Random(3), 4)
    first, second = (districts.plan(spec, data, districts.terms()) for _ in range(2))
    assert first == second


def test_teachers_move_where_that_is_cheaper_than_hiring(spec) -> None:
    data = districts.small(random.Random(1), 2)
    rich, poor = data.schools
    rich = replace(rich, answers={**rich.answers, "teachers_bachelor_primary": Value(40)})
    costs = UnitCosts(
        {"hire": Decimal(8), "move": Decimal("0.5"), "appoint_backbone": Decimal(1), "multimedia_room": Decimal(3)}
    )
    found = districts.plan(spec, replace(data, schools=(rich, poor)), districts.terms(costs=costs))
    moved = [one for one in found.measures if one.kind.code == "move"]
    assert {one.from_school_code for one in moved} == {rich.code}
    assert not any(one.kind.code == "hire" for one in found.measures)


def test_buildings_begin_early_enough_and_caps_hold(spec) -> None:
    data = districts.drawn(random.Random(5), 4)
    costs = UnitCosts(
        dict(districts.DEFAULTS.unit),
        {"build_teaching_area": 2, "equip": 1},
        {"hire": Decimal(30), "equip": Decimal(40)},
    )
    found = districts.plan(spec, data, districts.terms(costs=costs))
    for one in found.measures:
        assert one.year + costs.lead.get(one.kind.code, 0) <= 2029
    for year in districts.YEARS:
        for kind, cap in costs.caps.items():
            assert sum(one.quantity for one in found.measures if (one.kind.code, one.year) == (kind, year)) <= cap


@pytest.mark.parametrize(("share", "reaches"), [("1.3", True), ("0.4", False)])
def test_budgets_hold_in_every_year_and_say_what_would_be_needed(spec, share: str, reaches: bool) -> None:
    data = districts.drawn(random.Random(7), 4)
    free = districts.plan(spec, data, districts.terms())
    amount = free.cost * Decimal(share) / 3
    wanted = districts.terms(budgets=dict.fromkeys(districts.YEARS, amount))
    found = districts.plan(spec, data, wanted)
    assert found.reaches is reaches
    assert found.least_needed == free.cost
    for year in districts.YEARS:
        spent = sum(
            one.quantity * wanted.costs.unit[one.kind.code] * wanted.costs.times_paid(one.kind.code, one.year, year)
            for one in found.measures
        )
        assert spent <= amount
    before = sum(part.passes for part in evaluate(spec, data).parts)
    after = sum(part.passes for part in evaluate(spec, editing.apply(spec, data, found.measures)).parts)
    assert after > before


def test_goals_of_an_earlier_year_are_reached_within_the_budgets_or_not_at_all(spec) -> None:
    data = districts.drawn(random.Random(7), 4)
    costs = replace(districts.DEFAULTS, lead={})
    free = districts.plan(spec, data, districts.terms(costs=costs))
    enough = dict.fromkeys(districts.YEARS, free.cost)
    for budgets, can_reach in ((enough, True), (enough | {2027: Decimal(0), 2028: free.cost / 10}, False)):
        wanted = districts.terms(costs=costs, budgets=budgets)
        found = districts.search(spec, data, wanted, goals=[2028, 2029]).cheapest(budgets)
        assert (found.reaches, found.can_reach) == (can_reach, can_reach)
        for year, amount in budgets.items():
            assert (
                sum(
                    one.quantity * costs.unit[one.kind.code] * costs.times_paid(one.kind.code, one.year, year)
                    for one in found.measures
                )
                <= amount
            )


def test_nobody_gives_who_is_only_appointed_later_in_the_year(spec) -> None:
    data = districts.drawn(random.Random(6), 4)
    free = districts.plan(spec, data, districts.terms())
    budgets = dict.fromkeys(districts.YEARS, free.cost / 2)
    found = districts.plan(spec, data, districts.terms(budgets=budgets))
    assert found.reaches
    assert districts.passes_by_hand(spec, data, found)


def test_a_search_cut_off_by_its_steps_gives_the_same_plan_again(spec, monkeypatch: pytest.MonkeyPatch) -> None:
    data = districts.drawn(random.Random(3), 8, districts.SKEWED)
    free = districts.plan(spec, data, districts.terms())
    wanted = districts.terms(budgets=dict.fromkeys(districts.YEARS, free.cost / 2))
    monkeypatch.setattr(solver, "_WORK", 1)
    first, second = (districts.plan(spec, data, wanted) for _ in range(2))
    assert first == second
    assert not first.ended_by_time
    assert first.measures


def test_a_search_with_too_little_time_ends_by_its_work_and_gives_the_same_plan_again(spec) -> None:
    """A second of work is counted by steps, so it is the same on a machine that is slow or busy."""
    data = districts.drawn(random.Random(2026), 12, districts.SKEWED)
    wanted = districts.terms(time_limit=1, gap=Decimal(0), budgets=dict.fromkeys(districts.YEARS, Decimal(2400)))
    first, second = (districts.plan(spec, data, wanted) for _ in range(2))
    assert first == second
    assert first.ended_by == "steps"
    assert first.measures


def test_steps_of_a_search_are_no_dearer_for_columns_beyond_so_many() -> None:
    """Else 300 schools have no steps left for the cost, the last of their aims."""

    def spent(columns: int) -> float:
        chance, small = random.Random(1), Solver()
        used = [small.column(5, whole=True) for _ in range(30)]
        for _ in range(12):
            small.row({column: chance.randrange(1, 30) for column in used}, lower=200)
        for _ in range(columns - len(used)):
            small.column()
        small.solve({column: chance.randrange(5, 40) for column in used}, seconds=60)
        return small.effort.spent

    assert 0 < spent(1000) < spent(6000) == spent(12000)


def test_what_cannot_be_reached_with_the_kinds_allowed_is_said(spec) -> None:
    data = districts.drawn(random.Random(7), 4)
    found = districts.plan(spec, data, districts.terms(of=["hire"]))
    assert not found.reaches
    assert found.least_needed is None


def late(*_args: Any, **_options: Any) -> Any:
    raise OutOfTime


@pytest.mark.parametrize("amount", [None, 5])
def test_no_time_at_all_is_said(spec, monkeypatch: pytest.MonkeyPatch, amount: int | None) -> None:
    data = districts.drawn(random.Random(11), 4, districts.SKEWED)
    monkeypatch.setattr(Program, "solve", late)
    budgets = {} if amount is None else dict.fromkeys(districts.YEARS, Decimal(amount))
    found = districts.plan(spec, data, districts.terms(budgets=budgets))
    assert (found.ended_by_time, found.is_proven, found.reaches, found.can_reach) == (True, False, False, None)
    assert found.measures == ()


def test_a_first_plan_is_there_before_any_whole_numbers_are_searched(spec, monkeypatch: pytest.MonkeyPatch) -> None:
    data = districts.drawn(random.Random(11), 12, districts.SKEWED)
    best = districts.plan(spec, data, districts.terms())
    monkeypatch.setattr(Search, "_solve", late)
    found = districts.plan(spec, data, districts.terms())
    assert found.reaches
    assert found.ended_by_time
    assert districts.passes_by_hand(spec, data, found)
    assert found.bound <= best.cost <= found.cost


SHARED = UnitCosts({"hire": Decimal(5), "move": Decimal("0.5"), "multimedia_room": Decimal(3)})


def against_trying_shared(spec: Spec, seed: int) -> None:
    data = trying.shared(random.Random(seed))
    found = districts.plan(spec, data, districts.terms(years=(2027,), costs=SHARED, gap=Decimal(0)))
    least = trying.least(data, dict(SHARED.unit), 3)
    assert found.reaches is (least is not None)
    if least is not None:
        assert found.cost == least
        assert districts.passes_by_hand(spec, data, found)


@pytest.mark.parametrize("seed", range(8))
def test_nothing_cheaper_is_found_where_teachers_move_and_stages_share(spec, seed: int) -> None:
    against_trying_shared(spec, seed)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(100, 140))
def test_forty_districts_where_teachers_move_and_stages_share(spec, seed: int) -> None:
    against_trying_shared(spec, seed)


def test_teachers_move_in_the_first_year_where_the_giver_has_them_already(spec) -> None:
    data = districts.small(random.Random(1), 2)
    rich, poor = data.schools
    rich = replace(rich, answers={**rich.answers, "teachers_bachelor_primary": Value(40)})
    found = districts.plan(spec, replace(data, schools=(rich, poor)), districts.terms())
    moved = [one for one in found.measures if one.kind.code == "move"]
    assert 2027 in {one.year for one in moved}
    assert all(one.year == 2027 for one in moved if one.of == "degree")
    assert districts.passes_by_hand(spec, replace(data, schools=(rich, poor)), found)


@pytest.mark.parametrize("cap", [None, 2])
def test_every_year_of_a_plan_can_be_carried_out(spec, cap: int | None) -> None:
    for seed in range(4):
        data = districts.drawn(random.Random(seed), 6)
        costs = replace(districts.DEFAULTS, caps={} if cap is None else {"move": Decimal(cap)})
        wanted = districts.terms(costs=costs)
        found = districts.plan(spec, data, wanted)
        passing: set[tuple[str, str]] = set()
        for year in districts.YEARS:
            by_then = [one for one in found.measures if wanted.costs.counts_from(one.kind.code, one.year) <= year]
            result = evaluate(spec, editing.apply(spec, data, by_then))
            now = {(part.school.code, part.stage) for part in result.parts if part.passes}
            assert passing <= now
            passing = now
            moved = sum(one.quantity for one in found.measures if (one.kind.code, one.year) == ("move", year))
            assert cap is None or moved <= cap
