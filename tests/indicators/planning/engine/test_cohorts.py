"""Cohort survival against a second implementation that looks everything up anew, on districts drawn at random."""

import random
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.planning.engine import cohorts
from indicators.planning.engine.assumptions import SCENARIOS, MovedIntake, NewHomes, OwnRatio, OwnShare
from indicators.planning.engine.known import Cell, Known

BASE = 2026
AREAS = ("城区", "镇区", "乡村")


def drawn(seed: int) -> Known:
    """A district of 3 to 9 schools over 1 to 6 years; some small, some nine-year, one may end, births may be unknown."""
    chance = random.Random(seed)
    years = range(BASE - chance.randrange(6), BASE + 1)
    pupils: dict[int, dict[Cell, int]] = {year: {} for year in years}
    areas = {}
    for number in range(chance.randrange(3, 10)):
        code = f"41020200{number:02d}"
        areas[code] = chance.choice(AREAS)
        size = chance.choice((4, 12, 60, 200))
        stages = (
            [("primary", 6)]
            if number % 3 == 0
            else [("junior", 3)]
            if number % 3 == 1
            else [("primary", 6), ("junior", 3)]
        )
        opened = chance.choice((years[0], years[0], years[0], years[-1]))
        for year in years:
            for stage, top in stages if year >= opened else ():
                for grade in range(1, top + 1):
                    pupils[year][code, stage, grade] = max(0, int(size * chance.uniform(0.8, 1.2)))
    births = {year: Decimal(chance.randrange(300, 900)) for year in range(years[0] - 8, BASE - 2)} if seed % 4 else {}
    ends = {"4102020000": (BASE + 3, chance.choice(("4102020002", "")))} if seed % 3 == 0 else {}
    moved, homes = expected(chance, pupils[BASE]) if seed % 5 > 1 else ((), ())
    areas["新校"] = ""
    shares = own_shares(chance, pupils[BASE]) if seed % 4 > 1 else ()
    ratios = own_ratios(chance) if seed % 6 > 2 else ()
    born, townships = by_township(chance, births, areas) if seed % 7 in (1, 2, 4) else ({}, {})
    return Known(
        pupils,
        births,
        areas,
        ends,
        trend=bool(seed % 2),
        moved=moved,
        homes=homes,
        own_shares=shares,
        own_ratios=ratios,
        born=born,
        townships=townships,
    )


def by_township(
    chance: random.Random, births: dict[int, Decimal], schools: Iterable[str]
) -> tuple[dict[str, dict[int, Decimal]], dict[str, str]]:
    """The births in two parts, one of them nobody's at times; now and then a school without a township."""
    townships = {school: chance.choice("东西") for school in schools if chance.random() < 0.97 and school != "新校"}
    east = {year: Decimal(chance.randrange(int(count))) for year, count in births.items()}
    west = {year: count - east[year] for year, count in births.items()}
    return ({"东": east, "西": west} if births else {}), townships


def follows_townships(known: Known) -> bool:
    set_by_bureau = [one for one in known.own_shares if one.stage == "primary"]
    set_by_bureau += [one for one in known.own_ratios if (one.stage, one.grade) == ("primary", 0)]
    primaries = {school for cells in known.pupils.values() for school, stage, _ in cells if stage == "primary"}
    taking = {known.townships.get(school) for school, part in share(known, "primary").items() if part}
    return (
        bool(known.born)
        and not set_by_bureau
        and all(known.townships.get(school) in known.born for school in primaries)
        and all(township in taking for township in known.born)
    )


def township_intake(known: Known, year: int, scenario: str, entries: list[Fraction]) -> dict[str, Fraction]:
    """First grades by school, before boundaries move."""
    found = {}
    parts = share(known, "primary")
    for township, births in known.born.items():
        near = [school for school in parts if known.townships[school] == township]
        ratios = [
            Fraction(
                sum(
                    n
                    for (s, st, g), n in cells.items()
                    if st == "primary" and g == 1 and known.townships[s] == township
                )
            )
            / Fraction(births[y - 6])
            for y, cells in known.pupils.items()
            if births.get(y - 6)
        ]
        count = births_of(replace(known, births=births), year - 6)
        whole = count * three(ratios or entries, len(known.pupils))[scenario]
        for school in near:
            found[school] = whole * parts[school] / sum(parts[other] for other in near)
    return found


def own_ratios(chance: random.Random) -> tuple[OwnRatio, ...]:
    """The bureau sets both entries and a step of each stage, or some of them."""
    found = []
    for stage, grade in (("primary", 0), ("junior", 0), ("primary", 3), ("junior", 1)):
        low, mid, high = sorted(Fraction(chance.randrange(60, 130), 100) for _ in range(3))
        if chance.random() < 0.7:
            found.append(OwnRatio(stage, grade, low, mid, high, "外来人口"))
    return tuple(found)


def own_ratio(known: Known, stage: str, grade: int, scenario: str) -> Fraction | None:
    for one in known.own_ratios:
        if (one.stage, one.grade) == (stage, grade):
            return {"low": one.low, "mid": one.mid, "high": one.high}[scenario]
    return None


def own_shares(chance: random.Random, base: dict[Cell, int]) -> tuple[OwnShare, ...]:
    """The bureau sets up to two shares a stage, one of them 0 at times, and leaves a school without one."""
    found = []
    for stage in ("primary", "junior"):
        schools = sorted({school for school, its, _ in base if its == stage})
        for school in schools[: min(2, len(schools) - 1)]:
            found.append(OwnShare(stage, school, Fraction(chance.randrange(0, 50), 100), "扩建"))
    return tuple(found)


def expected(chance: random.Random, base: dict[Cell, int]) -> tuple[tuple[MovedIntake, ...], tuple[NewHomes, ...]]:
    """Some intake moves to a school that is there or to a new one, twice from the same school; homes are built near both."""
    parts = sorted({(school, stage) for school, stage, _ in base})
    moved = []
    for _ in range(3):
        school, stage = chance.choice(parts[:2])
        to = chance.choice([*(other for other, its in parts if its == stage and other != school), "新校"])
        share = Fraction(chance.randrange(1, 10), 10)
        moved.append(MovedIntake(BASE + chance.randrange(1, 6), stage, school, to, share))
    homes = [
        NewHomes(BASE + chance.randrange(1, 6), stage, school, Decimal(chance.randrange(10, 300)))
        for school, stage in (chance.choice(parts), (moved[0].to, moved[0].stage))
    ]
    return tuple(moved), tuple(homes)


def three(ratios: list[Fraction], years: int) -> dict[str, Fraction]:
    ordered = sorted(ratios)
    half = len(ordered) // 2
    middle = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    wide = Fraction(5, 100) if years < 3 else Fraction(0)
    return {"low": ordered[0] * (1 - wide), "mid": middle, "high": ordered[-1] * (1 + wide)}


def step_ratio(known: Known, school: str, stage: str, grade: int, scenario: str) -> tuple[Fraction, str]:
    """Of one grade to the next: the bureau's, else of the school, else area, else district."""
    own = own_ratio(known, stage, grade, scenario)
    if own is not None:
        return own, "own"
    years = sorted(known.pupils)

    def pairs(schools: list[str]) -> list[tuple[int, int]]:
        found = []
        for year in years:
            if year + 1 not in known.pupils:
                continue
            before = after = 0
            for other in schools:
                count = known.pupils[year].get((other, stage, grade), 0)
                runs = any(s == other and st == stage for s, st, _ in known.pupils[year + 1])
                if count and runs:
                    before += count
                    after += known.pupils[year + 1].get((other, stage, grade + 1), 0)
            if before:
                found.append((before, after))
        return found

    everyone = sorted({s for cells in known.pupils.values() for s, st, _ in cells if st == stage})
    own, district = pairs([school]), pairs(everyone)
    near = pairs([s for s in everyone if known.areas[s] == known.areas[school]])
    if len(own) >= 3 and sum(b for b, _ in own) >= 100:
        chosen, basis = own, "school"
    elif near and len(near) >= min(3, len(district)) and sum(b for b, _ in near) >= 100:
        chosen, basis = near, "area"
    elif district:
        chosen, basis = district, "district"
    else:
        chosen, basis = [(1, 1)], "assumed"
    return three([Fraction(a, b) for b, a in chosen], len(years))[scenario], basis


def intake(known: Known, stage: str) -> dict[int, int]:
    return {y: sum(n for (_, st, g), n in cells.items() if st == stage and g == 1) for y, cells in known.pupils.items()}


def share(known: Known, stage: str) -> dict[str, Fraction]:
    whole, recent = intake(known, stage), sorted(known.pupils)[-3:]
    means = {}
    for school in {s for s, st, _ in known.pupils[known.base] if st == stage}:
        own = [y for y in recent if whole[y] and (school, stage, 1) in known.pupils[y]]
        parts = [Fraction(known.pupils[y][school, stage, 1], whole[y]) for y in own]
        means[school] = sum(parts) / len(parts) if parts else Fraction(0)
    means = {school: mean / sum(means.values()) for school, mean in means.items()}
    own = {one.school: one.share for one in known.own_shares if one.stage == stage}
    free = sum(mean for school, mean in means.items() if school not in own)
    return {school: own.get(school, (1 - sum(own.values())) * mean / (free or 1)) for school, mean in means.items()}


def moved_intake(known: Known, year: int, stage: str, found: dict[str, Fraction]) -> dict[str, Fraction]:
    found = {"新校": Fraction(0), **found}
    for at in range(known.base + 1, year + 1):
        for one in known.moved:
            if one.year == at and one.stage == stage:
                part = found[one.school] * one.share
                found[one.school] -= part
                found[one.to] = found[one.to] + part
    return found


def births_of(known: Known, year: int) -> Fraction | None:
    if year in known.births:
        return Fraction(known.births[year])
    if not known.births or year < max(known.births):
        return None
    first, last = min(known.births), max(known.births)
    if not known.trend or first == last:
        return Fraction(known.births[last])
    step = Fraction(known.births[last] - known.births[first]) / (last - first)
    return max(Fraction(0), Fraction(known.births[last]) + (year - last) * step)


def naive(known: Known, to: int, scenario: str) -> dict[int, dict[Cell, Fraction]]:
    now = {cell: Fraction(n) for cell, n in known.pupils[known.base].items()}
    years = len(known.pupils)
    entries = [
        Fraction(n) / Fraction(known.births[y - 6])
        for y, n in intake(known, "primary").items()
        if known.births.get(y - 6)
    ]
    promotions = []
    for year in sorted(known.pupils):
        leaving = sum(n for (_, st, g), n in known.pupils[year].items() if st == "primary" and g == 6)
        if year + 1 in known.pupils and leaving:
            promotions.append(Fraction(intake(known, "junior")[year + 1], leaving))
    found = {}
    tops = {stage: max(g for _, st, g in known.pupils[known.base] if st == stage) for _, stage, _ in now}
    for school, stage in [(m.to, m.stage) for m in known.moved] + [(h.school, h.stage) for h in known.homes]:
        for grade in range(1, tops[stage] + 1):
            now.setdefault((school, stage, grade), Fraction(0))
    for year in range(known.base + 1, to + 1):
        births = births_of(known, year - 6)
        own_entry, own_promotion = (own_ratio(known, stage, 0, scenario) for stage in ("primary", "junior"))
        if births is not None and own_entry is not None:
            first = births * own_entry
        elif entries and births is not None:
            first = births * three(entries, years)[scenario]
        else:
            first = three([Fraction(n) for n in intake(known, "primary").values()], years)[scenario]
        leaving = sum((n for (_, st, g), n in now.items() if st == "primary" and g == 6), Fraction(0))
        seventh = leaving * (own_promotion or three(promotions or [Fraction(1)], years)[scenario])
        after = {}
        for school, stage, grade in now:
            if grade == 1:
                whole = first if stage == "primary" else seventh
                taken = {other: part * whole for other, part in share(known, stage).items()}
                if stage == "primary" and follows_townships(known) and entries and births is not None:
                    taken = township_intake(known, year, scenario, entries)
                after[school, stage, 1] = moved_intake(known, year, stage, taken)[school]
            else:
                ratio, _ = step_ratio(known, school, stage, grade - 1, scenario)
                after[school, stage, grade] = now[school, stage, grade - 1] * ratio
        for home in known.homes:
            for grade in range(1, tops[home.stage] + 1):
                each = Fraction(home.pupils) / tops[home.stage]
                if year == home.year or (year > home.year and home.stage == "primary" and grade == 1):
                    after[home.school, home.stage, grade] += each
        now = after
        shown = dict(now)
        for school, (since, successor) in known.ends.items():
            for cell in [cell for cell in shown if cell[0] == school and year >= since]:
                count = shown.pop(cell)
                if successor:
                    shown[successor, cell[1], cell[2]] = shown.get((successor, cell[1], cell[2]), Fraction(0)) + count
        found[year] = shown
    return found


@pytest.mark.parametrize("seed", range(24))
def test_every_cell_is_what_the_naive_way_gives(seed: int) -> None:
    known = drawn(seed)
    for scenario in SCENARIOS:
        expected = naive(known, BASE + 9, scenario)
        got = {one.year: one.pupils for one in cohorts.project(known, BASE + 9, scenario)}
        assert got.keys() == expected.keys()
        for year, cells in expected.items():
            assert got[year].keys() == cells.keys()
            for cell, count in cells.items():
                assert abs(Fraction(got[year][cell]) - count) < Fraction(1, 10**6), (year, cell)


@pytest.mark.parametrize("seed", range(24))
def test_what_a_ratio_rests_on_is_said(seed: int) -> None:
    known = drawn(seed)
    for (school, stage, grade), ratio in known.progressions.items():
        assert ratio.basis == step_ratio(known, school, stage, grade, "mid")[1]


@pytest.mark.parametrize("seed", range(24))
def test_the_backtest_predicts_the_last_year_from_those_before(seed: int) -> None:
    known = drawn(seed)
    found = cohorts.backtest(known)
    if len(known.pupils) < 2:
        assert found is None
        return
    pupils = {y: c for y, c in known.pupils.items() if y < BASE}
    before = Known(pupils, known.births, known.areas, {}, known.trend, born=known.born, townships=known.townships)
    predicted = naive(before, BASE, "mid")[BASE]
    counted = known.pupils[BASE]
    parts = sorted({(s, st) for s, st, _ in counted} & {(s, st) for s, st, _ in predicted})

    def of(cells, part) -> Fraction:
        return sum((Fraction(n) for (s, st, _), n in cells.items() if (s, st) == part), Fraction(0))

    whole = sum(of(counted, part) for part in parts)
    error = (sum(of(predicted, part) for part in parts) - whole) / whole
    assert found is not None
    assert abs(found.total_error - error) < Fraction(1, 10**6)
    worst = max(abs(of(predicted, p) / of(counted, p) - 1) for p in parts)
    assert abs(found.worst_school_error - worst) < Fraction(1, 10**6)
    assert 0 <= found.median_school_error <= found.worst_school_error
    # What the bureau sets is no part of it.
    assert found == cohorts.backtest(replace(known, own_shares=(), own_ratios=()))


def test_the_order_of_schools_changes_nothing() -> None:
    known = drawn(5)
    pupils = {y: dict(reversed(c.items())) for y, c in reversed(known.pupils.items())}
    turned = replace(known, pupils=pupils, own_ratios=known.own_ratios[::-1])
    assert [one.pupils for one in cohorts.project(known, 2035, "mid")] == [
        one.pupils for one in cohorts.project(turned, 2035, "mid")
    ]


def growing(first_year: int = 2024) -> dict[int, dict[Cell, int]]:
    """甲 full, 乙 opened in 2024 with its first grade and growing up, a teaching point 丙 that ends after grade 4."""
    years = {}
    for year in range(first_year, BASE + 1):
        cells = {("甲", "primary", grade): 100 for grade in range(1, 7)}
        cells |= {("乙", "primary", grade): 40 for grade in range(1, year - 2022)}
        cells |= {("丙", "primary", grade): 10 for grade in range(1, 5)}
        years[year] = cells
    return years


def test_a_school_that_grows_up_gets_its_next_grade_and_a_teaching_point_does_not() -> None:
    known = Known(growing(), {}, dict.fromkeys("甲乙丙", "城区"))
    year = next(cohorts.project(known, 2027, "mid"))
    assert year.pupils["乙", "primary", 4] == 40
    assert ("丙", "primary", 5) not in year.pupils


def test_a_single_year_is_carried_on_and_widened() -> None:
    pupils = {BASE: {("甲", "primary", grade): 100 for grade in range(1, 7)}}
    low, mid, high = (next(cohorts.project(Known(pupils, {}, {"甲": "城区"}), 2027, one)) for one in SCENARIOS)
    assert [one.total("primary") for one in (low, mid, high)] == [Decimal(570), Decimal(600), Decimal(630)]
    assert Known(pupils, {}, {}).is_short


def test_births_lead_the_intake() -> None:
    pupils = {year: {("甲", "primary", 1): 50, ("甲", "primary", 2): 50} for year in range(2024, 2027)}
    births = {2018: Decimal(100), 2019: Decimal(100), 2020: Decimal(100), 2021: Decimal(40)}
    known = Known(pupils, births, {"甲": "城区"})
    first, second = cohorts.project(known, 2028, "mid")
    assert first.entrants == 20
    # After the last known year they stay, or go on falling.
    assert second.entrants == 20
    falling = list(cohorts.project(Known(pupils, births, {"甲": "城区"}, trend=True), 2028, "mid"))
    assert falling[1].entrants == 10


def test_a_new_school_grows_up_with_what_moves_to_it_and_the_district_stays_the_same() -> None:
    pupils = {year: {("甲", "primary", g): 60 for g in range(1, 7)} for year in range(2023, 2027)}
    moved = (MovedIntake(2028, "primary", "甲", "新校", Fraction(1, 2)),)
    years = list(cohorts.project(Known(pupils, {}, {"甲": "城区"}, moved=moved), 2033, "mid"))
    assert [one.stage_of("新校", "primary") for one in years] == [0, 30, 60, 90, 120, 150, 180]
    assert {one.total("primary") for one in years} == {Decimal(360)}


def test_new_homes_fill_all_grades_at_once_and_then_the_first_one_each_year() -> None:
    pupils = {year: {("甲", "primary", g): 60 for g in range(1, 7)} for year in range(2023, 2027)}
    homes = (NewHomes(2028, "primary", "甲", Decimal(120)),)
    years = list(cohorts.project(Known(pupils, {}, {"甲": "城区"}, homes=homes), 2030, "mid"))
    assert [one.total("primary") for one in years] == [360, 480, 480, 480]
    assert years[1].pupils["甲", "primary", 4] == 80


def test_the_others_share_what_the_bureau_leaves_in_proportion_to_their_means() -> None:
    intake = {"甲": 60, "乙": 30, "丙": 10}
    pupils = {year: {(s, "primary", g): n for s, n in intake.items() for g in (1, 2)} for year in range(2023, 2027)}
    own = (OwnShare("primary", "甲", Fraction(20, 100), "改建"),)
    year = next(cohorts.project(Known(pupils, {}, dict.fromkeys("甲乙丙", "城区"), own_shares=own), 2027, "mid"))
    assert [year.pupils[school, "primary", 1] for school in "甲乙丙"] == [20, 60, 20]
    # The grades above come from those who are there.
    assert [year.pupils[school, "primary", 2] for school in "甲乙丙"] == [60, 30, 10]


def test_the_drawn_districts_follow_townships_and_do_not() -> None:
    known = [drawn(seed) for seed in range(24)]
    assert {(bool(one.born), one.by_township) for one in known} >= {(True, True), (True, False), (False, False)}


def test_births_of_a_township_lead_the_intake_of_its_schools() -> None:
    intake = {"甲": 60, "乙": 30, "丙": 10}
    pupils = {year: {(s, "primary", 1): n for s, n in intake.items()} for year in range(2024, 2027)}
    born = {
        "东": {year: Decimal(count) for year, count in zip(range(2018, 2022), (90, 90, 90, 180), strict=True)},
        "西": {year: Decimal(count) for year, count in zip(range(2018, 2022), (20, 20, 20, 10), strict=True)},
    }
    births = {year: born["东"][year] + born["西"][year] for year in born["东"]}
    known = Known(pupils, births, {}, born=born, townships={"甲": "东", "乙": "东", "丙": "西"})
    assert known.by_township
    year = next(cohorts.project(known, 2027, "mid"))
    assert [year.pupils[school, "primary", 1] for school in "甲乙丙"] == [120, 60, 5]
    for other in (
        replace(known, townships={"甲": "东", "乙": "东"}),
        replace(known, born={"东": born["东"]}),
        replace(known, born=born | {"北": births}),
        replace(known, own_shares=(OwnShare("primary", "甲", Fraction(1, 2), "扩建"),)),
    ):
        assert not other.by_township
        year = next(cohorts.project(other, 2027, "mid"))
        assert abs(year.entrants - Decimal(190) * 100 / 110) < Decimal("0.000001")


def test_pupils_of_a_merged_school_stand_at_its_successor() -> None:
    pupils = {year: {(s, "primary", g): 60 for s in "甲乙" for g in (1, 2)} for year in range(2023, 2027)}
    known = Known(pupils, {}, dict.fromkeys("甲乙", "城区"), {"乙": (2028, "甲")})
    before, after = cohorts.project(known, 2028, "mid")
    assert before.stage_of("乙", "primary") == 120
    assert {school for school, _, _ in after.pupils} == {"甲"}
    assert after.total("primary") == before.total("primary") == 240


def test_pupils_go_on_to_the_successor_of_a_successor_from_its_year_on() -> None:
    pupils = {year: {(s, "primary", g): 60 for s in "甲乙丙" for g in (1, 2)} for year in range(2023, 2027)}
    known = Known(pupils, {}, dict.fromkeys("甲乙丙", "城区"), {"丙": (2027, "乙"), "乙": (2028, "甲")})
    first, second = cohorts.project(known, 2028, "mid")
    assert [first.stage_of(school, "primary") for school in "甲乙丙"] == [120, 240, 0]
    assert [second.stage_of(school, "primary") for school in "甲乙丙"] == [360, 0, 0]
