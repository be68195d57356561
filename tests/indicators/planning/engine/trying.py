"""The least cost of small districts whose schools share rooms between stages and give each other teachers, by trying all."""

import itertools
import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import DistrictData, SchoolData, Value
from tests import oracle
from tests.indicators.district import figures
from tests.indicators.planning.engine.districts import as_plain

# School code and stage.
Part = tuple[str, str]
# What each set of missed indicators costs at least.
Costs = dict[frozenset[tuple[Part, str]], Decimal]


def shared(chance: random.Random) -> DistrictData:
    """Two nine-year schools and one or two of one stage, four to six parts: short of teachers and rooms, here or there."""
    kinds = ["九年一贯制学校", "九年一贯制学校", *chance.choice((["小学"], ["小学", "初级中学"], ["初级中学"], []))]
    schools = []
    for at, kind in enumerate(kinds):
        given: dict[str, Any] = figures(kind, chance.randrange(60, 130))
        stages = oracle.STAGES[kind]
        pupils = sum(given[f"pupils_{stage}"] for stage in stages)
        for stage in stages:
            own = given[f"pupils_{stage}"]
            need = oracle.THRESHOLDS[stage]["A1"] * own / 100
            given |= {f"teachers_{degree}_{stage}": 0 for degree in ("doctor", "master", "associate")}
            given[f"teachers_bachelor_{stage}"] = max(1, -(-need // 1) + chance.choice((-2, -1, 0, 2, 3)))
            given[f"teachers_{stage}"] = own // 4
            given[f"backbone_teachers_{stage}"] = -(-own // 80)
            given[f"pe_teachers_{stage}"] = -(-own // 60)
        given["multimedia_rooms"] = max(1, pupils * 24 // 1000 - chance.randrange(2))
        given["equipment_value"] = Decimal(pupils * chance.choice((30, 30, 23))) / 100
        answers = {field: Value(int(v) if isinstance(v, Fraction) else v) for field, v in given.items()}
        schools.append(SchoolData(f"4102020{at:03d}", f"第{at}学校", kind, "城区", "7", answers=answers))
    return DistrictData("410202", tuple(schools))


def least(data: DistrictData, costs: dict[str, Decimal], most: int) -> Decimal | None:
    """With hiring, moving teachers and rooms, up to `most` of each at each place."""
    plain = [as_plain(school) for school in data.schools]
    parts, _ = oracle.judge(plain)
    given = {
        (part, code)
        for part in parts
        for code in ("A2", "A3", "A4", "A5", "A6")
        if _value(plain, part, code) < oracle.THRESHOLDS[part[1]][code]
    }
    stages = sorted({stage for _, stage in parts})
    options = [_teachers(plain, stage, costs, most) for stage in stages] + [_rooms(plain, costs, most)]
    found = None
    for chosen in itertools.product(*(option.items() for option in options)):
        missed = [part for codes, _ in chosen for part, _ in codes] + [part for part, _ in given]
        if len(missed) == len(set(missed)):
            cost = sum((cost for _, cost in chosen), Decimal(0))
            found = cost if found is None else min(found, cost)
    return found


def _school(plain: list[dict[str, Any]], part: Part) -> dict[str, Any]:
    return next(school for school in plain if school["code"] == part[0])


def _value(plain: list[dict[str, Any]], part: Part, code: str) -> Fraction:
    school = _school(plain, part)
    return oracle.numerators(school, part[1])[code] * oracle.FACTOR[code] / school["answers"][f"pupils_{part[1]}"]


def _parts(plain: list[dict[str, Any]], stage: str) -> list[Part]:
    return [(school["code"], stage) for school in plain if stage in oracle.STAGES[school["kind"]]]


def _missed(
    plain: list[dict[str, Any]], stage: str, code: str, values: list[Fraction]
) -> frozenset[tuple[Part, str]] | None:
    """Which parts miss; None where one is under the floor or the coefficient over its limit."""
    parts, threshold = _parts(plain, stage), oracle.THRESHOLDS[stage][code]
    if any(value < threshold * Fraction("0.85") for value in values):
        return None
    pupils = [Fraction(_school(plain, part)["answers"][f"pupils_{stage}"]) for part in parts]
    everybody = sum(pupils)
    mean = sum(n * value for n, value in zip(pupils, values, strict=True)) / everybody
    variance = sum(n * (value - mean) ** 2 for n, value in zip(pupils, values, strict=True)) / everybody
    if len(parts) > 1 and variance > oracle.LIMITS[stage] ** 2 * mean**2:
        return None
    return frozenset((part, code) for part, value in zip(parts, values, strict=True) if value < threshold)


def _cheapest(found: Iterator[tuple[frozenset[tuple[Part, str]], Decimal]]) -> Costs:
    costs: Costs = {}
    for missed, cost in found:
        costs[missed] = min(cost, costs.get(missed, cost))
    return costs


def _teachers(plain: list[dict[str, Any]], stage: str, costs: dict[str, Decimal], most: int) -> Costs:
    """Every change of each part: what is more in all is hired, the rest of what is more is moved."""
    parts = _parts(plain, stage)
    has = [oracle.numerators(_school(plain, part), stage)["A1"] for part in parts]
    pupils = [_school(plain, part)["answers"][f"pupils_{stage}"] for part in parts]

    def tried() -> Iterator[tuple[frozenset[tuple[Part, str]], Decimal]]:
        for change in itertools.product(range(-most, most + 1), repeat=len(parts)):
            if sum(change) < 0:
                continue
            values = [Fraction(a + b) * 100 / n for a, b, n in zip(has, change, pupils, strict=True)]
            missed = _missed(plain, stage, "A1", values)
            if missed is not None:
                gained = sum(one for one in change if one > 0)
                yield missed, costs["hire"] * sum(change) + costs["move"] * (gained - sum(change))

    return _cheapest(tried())


def _rooms(plain: list[dict[str, Any]], costs: dict[str, Decimal], most: int) -> Costs:
    stages = sorted({stage for school in plain for stage in oracle.STAGES[school["kind"]]})

    def tried() -> Iterator[tuple[frozenset[tuple[Part, str]], Decimal]]:
        for added in itertools.product(range(most + 1), repeat=len(plain)):
            raised = [
                school
                | {"answers": school["answers"] | {"multimedia_rooms": school["answers"]["multimedia_rooms"] + n}}
                for school, n in zip(plain, added, strict=True)
            ]
            sides = [
                _missed(raised, stage, "A7", [_value(raised, part, "A7") for part in _parts(raised, stage)])
                for stage in stages
            ]
            if all(side is not None for side in sides):
                yield frozenset().union(*(side or () for side in sides)), costs["multimedia_room"] * sum(added)

    return _cheapest(tried())
