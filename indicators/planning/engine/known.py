"""What a forecast starts from: class lists, births and what is assumed, and the ratios and shares they give."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from indicators.planning.engine.assumptions import SCENARIOS, MovedIntake, NewHomes, OwnRatio, OwnShare
from indicators.standard.engine import numbers
from portal.core.lib.numbers import half_up

PRIMARY, JUNIOR = "primary", "junior"
# Counts are carried to so many decimals, so that sums are exact in any order.
PLACES = 12
# School code, stage, grade of the stage from 1.
Cell = tuple[str, str, int]
Counts = Mapping[Cell, Decimal]


@dataclass(frozen=True, slots=True)
class ForecastRules:
    """See data/rules.toml."""

    min_transitions: int
    min_pupils: int
    share_years: int
    min_years: int
    widening: Fraction
    entry_age: int
    last_year: int


RULES = ForecastRules(
    **(found := tomllib.loads((Path(__file__).parent / "data" / "rules.toml").read_text()))
    | {"widening": Fraction(found["widening"])}
)


@dataclass(frozen=True, slots=True)
class Observed:
    """Lowest, median and highest observed ratio, and what it rests on: school, area, township, district, assumed; or own."""

    low: Fraction
    mid: Fraction
    high: Fraction
    basis: str

    def of(self, scenario: str) -> Fraction:
        found: Fraction = getattr(self, scenario)
        return found

    def as_json(self) -> dict[str, Any]:
        return {name: numbers.text(self.of(name)) for name in SCENARIOS} | {"basis": self.basis}


@dataclass(frozen=True)
class Known:
    """What a forecast starts from.

    `pupils` by year (its September) and cell; the last year is the base. `births` by the year that ends on 31 August.
    `areas` by school. `ends`: school → the first September without it, and its successor or "".
    `trend`: births after the last known year go on as they did on average, else they stay as in the last.
    `moved` and `homes` are expected after the base; `own_shares` and `own_ratios` take the place of what was observed.
    `born`: the births by township, where these are known; `townships` by school.
    """

    pupils: Mapping[int, Mapping[Cell, int]]
    births: Mapping[int, Decimal]
    areas: Mapping[str, str]
    ends: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    trend: bool = False
    moved: Sequence[MovedIntake] = ()
    homes: Sequence[NewHomes] = ()
    own_shares: Sequence[OwnShare] = ()
    own_ratios: Sequence[OwnRatio] = ()
    born: Mapping[str, Mapping[int, Decimal]] = field(default_factory=dict)
    townships: Mapping[str, str] = field(default_factory=dict)
    rules: ForecastRules = RULES

    @property
    def base(self) -> int:
        return max(self.pupils)

    @property
    def before(self) -> "Known":
        """As it was known a year earlier."""
        pupils = {year: cells for year, cells in self.pupils.items() if year < self.base}
        return replace(self, pupils=pupils, ends={}, moved=(), homes=(), own_shares=(), own_ratios=())

    def heir(self, school: str, year: int) -> str:
        """Where its pupils stand that September: at the successor of a merged school; "" where it ended without one."""
        # A successor may have been merged in turn.
        while school in self.ends and self.ends[school][0] <= year:
            school = self.ends[school][1]
        return school

    @cached_property
    def parts(self) -> Sequence[tuple[str, str]]:
        """Schools and stages there are, and those that pupils will be moved to."""
        new = {(one.to, one.stage) for one in self.moved} | {(one.school, one.stage) for one in self.homes}
        return sorted({(school, stage) for school, stage, _ in self.pupils[self.base]} | new)

    @property
    def is_short(self) -> bool:
        return len(self.pupils) < self.rules.min_years

    @cached_property
    def last_grades(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for _, stage, grade in self.pupils[self.base]:
            found[stage] = max(grade, found.get(stage, 0))
        return found

    @cached_property
    def transitions(self) -> Sequence[int]:
        """Years whose next one is known as well."""
        return sorted(year for year in self.pupils if year + 1 in self.pupils)

    def total(self, year: int, stage: str, grade: int) -> int:
        return sum(n for (_, st, its_grade), n in self.pupils[year].items() if (st, its_grade) == (stage, grade))

    def continued(self, births: Mapping[int, Decimal], year: int) -> Decimal | None:
        """Known ones, after the last by the assumption; None before the first or in a gap."""
        if year in births or not births or year < max(births):
            return births.get(year)
        last, first = max(births), min(births)
        if not self.trend or first == last:
            return births[last]
        step = Fraction(births[last] - births[first]) / (last - first)
        return half_up(max(Fraction(births[last]) + step * (year - last), Fraction(0)), PLACES)

    def spread(self, ratios: Iterable[Fraction], basis: str) -> Observed:
        found = sorted(ratios)
        wide = self.rules.widening if self.is_short else Fraction(0)
        return Observed(found[0] * (1 - wide), median(found), found[-1] * (1 + wide), basis)

    @cached_property
    def tops(self) -> Mapping[tuple[str, str], int]:
        """The last grade a school teaches of a stage: below the district's where it never taught a higher one."""
        reached: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for year, cells in self.pupils.items():
            for school, stage, grade in cells:
                reached[school, stage][year] = max(grade, reached[school, stage].get(year, 0))
        found = {}
        for part, by_year in reached.items():
            # A school that is still growing up teaches one grade more each year.
            is_growing = len(by_year) > 1 and by_year[max(by_year)] > min(by_year.values())
            found[part] = self.last_grades.get(part[1], 0) if is_growing else max(by_year.values())
        return {part: self.last_grades.get(part[1], 0) for part in self.parts} | found

    @cached_property
    def own(self) -> Mapping[tuple[str, int], Observed]:
        """What the bureau set, by stage and grade it leads from."""
        return {(one.stage, one.grade): Observed(one.low, one.mid, one.high, "own") for one in self.own_ratios}

    def observed(self, stage: str, grade: int) -> Observed | None:
        """Of the whole district, in place of which the bureau may set its own; None where nothing is known."""
        if not grade:
            return self.observed_entry if stage == PRIMARY else self.observed_promotion
        found = self.steps[1]["*", stage, grade].values()
        return self.spread((Fraction(b, a) for a, b in found), "district") if found else None

    @cached_property
    def steps(self) -> tuple[Mapping[Cell, Mapping[int, tuple[int, int]]], Mapping[Cell, Mapping[int, list[int]]]]:
        """Pupils of a grade and of the next a year later, by year: of schools, and of areas and of the district, "*"."""
        pairs: dict[tuple[str, str, int], dict[int, tuple[int, int]]] = defaultdict(dict)
        pooled: dict[tuple[str, str, int], dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for year in self.transitions:
            now, then = self.pupils[year], self.pupils[year + 1]
            going_on = {(school, stage) for school, stage, _ in then}
            for (school, stage, grade), count in now.items():
                if not count or grade >= self.tops[school, stage] or (school, stage) not in going_on:
                    continue
                after = then.get((school, stage, grade + 1), 0)
                pairs[school, stage, grade][year] = count, after
                for group in (self.areas.get(school, ""), "*"):
                    sums = pooled[group, stage, grade][year]
                    sums[0] += count
                    sums[1] += after
        return pairs, pooled

    @cached_property
    def progressions(self) -> Mapping[Cell, Observed]:
        """From a grade of a school to the next, for every grade but the last."""
        pairs, pooled = self.steps
        found = {}
        for school, stage in self.parts:
            for grade in range(1, self.tops[school, stage]):
                own = pairs[school, stage, grade].values()
                area, district = pooled[self.areas.get(school, ""), stage, grade], pooled["*", stage, grade]
                if (stage, grade) in self.own:
                    ratio = self.own[stage, grade]
                elif len(own) >= self.rules.min_transitions and sum(n for n, _ in own) >= self.rules.min_pupils:
                    ratio = self.spread((Fraction(b, a) for a, b in own), "school")
                elif (
                    area
                    and len(area) >= min(self.rules.min_transitions, len(district))
                    and sum(before for before, _ in area.values()) >= self.rules.min_pupils
                ):
                    ratio = self.spread((Fraction(b, a) for a, b in area.values()), "area")
                elif district:
                    ratio = self.spread((Fraction(b, a) for a, b in district.values()), "district")
                else:
                    ratio = self.spread([Fraction(1)], "assumed")
                found[school, stage, grade] = ratio
        return found

    @property
    def entry(self) -> Observed | None:
        return self.own.get((PRIMARY, 0), self.observed_entry)

    @property
    def promotion(self) -> Observed:
        return self.own.get((JUNIOR, 0), self.observed_promotion)

    @cached_property
    def observed_entry(self) -> Observed | None:
        """Children who enter grade 1 ÷ births; None where no year has both."""
        observed = [
            Fraction(self.total(year, PRIMARY, 1)) / Fraction(births)
            for year in self.pupils
            if (births := self.births.get(year - self.rules.entry_age))
        ]
        return self.spread(observed, "district") if observed else None

    @cached_property
    def observed_promotion(self) -> Observed:
        """The district's first junior grade ÷ last primary grade of the year before."""
        last = self.last_grades.get(PRIMARY, 0)
        observed = [
            Fraction(self.total(year + 1, JUNIOR, 1), before)
            for year in self.transitions
            if (before := self.total(year, PRIMARY, last))
        ]
        return self.spread(observed or [Fraction(1)], "district" if observed else "assumed")

    def held(self, stage: str) -> Observed:
        """The intake itself, where nothing it could be a ratio of is known."""
        return self.spread((Fraction(self.total(year, stage, 1)) for year in self.pupils), "assumed")

    @cached_property
    def mean_shares(self) -> Mapping[tuple[str, str], Fraction]:
        """Of schools in the district's intake of a stage: the mean of the last years they took part in; 1 in all."""
        found: dict[tuple[str, str], Fraction] = {}
        recent = sorted(self.pupils)[-self.rules.share_years :]
        for stage in self.last_grades:
            schools = sorted({school for school, its_stage, _ in self.pupils[self.base] if its_stage == stage})
            means = {}
            for school in schools:
                own = [
                    Fraction(self.pupils[year].get((school, stage, 1), 0), total)
                    for year in recent
                    if (total := self.total(year, stage, 1))
                    and any(s == school and st == stage for s, st, _ in self.pupils[year])
                ]
                means[school] = sum(own, Fraction(0)) / len(own) if own else Fraction(0)
            whole = sum(means.values(), Fraction(0))
            found |= {(school, stage): (mean / whole if whole else Fraction(0)) for school, mean in means.items()}
        return dict.fromkeys(self.parts, Fraction(0)) | found

    @cached_property
    def shares(self) -> Mapping[tuple[str, str], Fraction]:
        """Those the bureau set; the other schools share the rest in proportion to their means."""
        own = {(one.school, one.stage): one.share for one in self.own_shares}
        found = dict(self.mean_shares)
        for stage in {stage for _, stage in own}:
            others = {part: mean for part, mean in found.items() if part[1] == stage and part not in own}
            rest = 1 - sum((share for part, share in own.items() if part[1] == stage), Fraction(0))
            whole = sum(others.values(), Fraction(0))
            found |= {part: rest * mean / whole for part, mean in others.items() if whole}
        return found | own

    @cached_property
    def apart(self) -> tuple[set[str], set[str]]:
        """Primary schools whose township has no births of its own, and townships with births and no school to enter."""
        schools = {school for cells in self.pupils.values() for school, stage, _ in cells if stage == PRIMARY}
        taking = {self.townships.get(s) for (s, stage), mean in self.mean_shares.items() if stage == PRIMARY and mean}
        return {one for one in schools if self.townships.get(one) not in self.born}, set(self.born) - taking

    @cached_property
    def by_township(self) -> bool:
        """Entrants follow the births of their township: every one is known, and the bureau set nothing for the district."""
        is_set = (PRIMARY, 0) in self.own or any(one.stage == PRIMARY for one in self.own_shares)
        is_whole = all(births.keys() == self.births.keys() for births in self.born.values())
        return bool(self.born and self.entry and is_whole and not is_set and not any(self.apart))

    @cached_property
    def township_entries(self) -> Mapping[str, Observed]:
        """Children who enter the schools of a township ÷ births there; the district's where none were born."""
        found = {}
        for township, births in self.born.items():
            entered = {
                year: sum(
                    count
                    for (school, stage, grade), count in cells.items()
                    if (stage, grade) == (PRIMARY, 1) and self.townships.get(school) == township
                )
                for year, cells in self.pupils.items()
            }
            own = {year: births.get(year - self.rules.entry_age) for year in entered}
            observed = [Fraction(entered[year]) / Fraction(count) for year, count in own.items() if count]
            ratio = self.spread(observed, "township") if observed else self.entry
            if ratio:
                found[township] = ratio
        return found

    def intake(self, year: int, scenario: str, graduates: Decimal) -> Mapping[tuple[str, str], Fraction]:
        """What schools take into first grades that September: boundaries moved by then, without the new homes."""
        born = year - self.rules.entry_age
        births = self.continued(self.births, born)
        if self.entry and births is not None:
            entrants = Fraction(births) * self.entry.of(scenario)
        else:
            entrants = self.held(PRIMARY).of(scenario)
        leave = bool(self.last_grades.get(PRIMARY))
        junior = Fraction(graduates) * self.promotion.of(scenario) if leave else self.held(JUNIOR).of(scenario)
        whole = {PRIMARY: entrants, JUNIOR: junior}
        found = {part: whole[part[1]] * share for part, share in self.shares.items()}
        if self.by_township and births is not None:
            for township, its in self.born.items():
                entrants = Fraction(self.continued(its, born) or 0) * self.township_entries[township].of(scenario)
                means = {
                    p: m
                    for p, m in self.mean_shares.items()
                    if p[1] == PRIMARY and self.townships.get(p[0]) == township
                }
                found |= {part: entrants * mean / sum(means.values()) for part, mean in means.items()}
        for one in sorted(self.moved, key=lambda one: one.year):
            if one.year <= year:
                moved = found[one.school, one.stage] * one.share
                found[one.school, one.stage] -= moved
                found[one.to, one.stage] += moved
        return found

    def of_homes(self, year: int, school: str, stage: str, grade: int) -> Decimal:
        """Pupils of new homes who join the grade: all grades alike when they move in, then a primary's first year by year.

        Junior schools get the later ones as graduates of the primaries.
        """
        own = [one for one in self.homes if (one.school, one.stage) == (school, stage)]
        joins = [one for one in own if one.year == year or (one.year < year and grade == 1 and stage == PRIMARY)]
        total = sum((one.pupils for one in joins), Decimal(0))
        return half_up(Fraction(total) / self.tops[school, stage], PLACES) if total else Decimal(0)
