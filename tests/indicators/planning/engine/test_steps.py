"""The price of the next step against what can be worked out by hand."""

import random
from dataclasses import replace
from decimal import Decimal

from indicators.planning.engine import editing, measures, problem, steps
from indicators.planning.engine.terms import UnitCosts
from indicators.standard.engine import Spec, Value, evaluate
from tests.indicators.district import figures
from tests.indicators.planning.engine import districts

COSTS = UnitCosts({"hire": Decimal(5), "appoint_backbone": Decimal("1.5"), "multimedia_room": Decimal(3)})


def asked(spec: Spec, data, costs: UnitCosts = COSTS, done=()):
    terms = districts.terms(years=(2027,), costs=costs)
    challenge = problem.of(spec, data, {2027: evaluate(spec, data)}, terms.kinds)
    return challenge, terms, editing.judge(spec, data, done)


def test_the_cheapest_school_is_next(spec) -> None:
    """Two schools lack two indicators each, one of which each may miss: one room is cheaper than one teacher."""
    easy, hard = districts.small(random.Random(1), 2).schools
    full = figures("小学", 200) | {f"teachers_{degree}_primary": 0 for degree in ("doctor", "master", "associate")}
    full |= {
        "teachers_bachelor_primary": 40,
        "backbone_teachers_primary": 9,
        "multimedia_rooms": 30,
        "pe_teachers_primary": 3,
    }
    full |= {"equipment_value": Decimal(90)}
    lacking = {"equipment_value": Decimal(35)}
    easy_has = {"multimedia_rooms": 4}
    hard_has = {"teachers_bachelor_primary": 8}
    rows = []
    for school, own in ((easy, easy_has), (hard, hard_has)):
        values = full | lacking | own
        rows.append(replace(school, answers={**school.answers, **{k: Value(v) for k, v in values.items()}}))
    data = replace(districts.small(random.Random(1), 2), schools=tuple(rows))
    before = evaluate(spec, data)
    assert not any(part.passes for part in before.parts)
    challenge, terms, today = asked(spec, data)
    first = next(one for one in steps.steps(challenge, terms, today, ()) if one.school_code)
    assert first.school_code == easy.code
    # 2.3 rooms for each 100 pupils.
    assert first.cost == 3
    done = [measures.one({"school_code": easy.code, "kind": "multimedia_room", "quantity": 1})]
    second = next(
        one for one in steps.steps(challenge, terms, editing.judge(spec, data, done), done) if one.school_code
    )
    # 4.2 teachers for each 100 pupils: nine.
    assert (second.school_code, second.cost) == (hard.code, 5)


def test_coefficients_have_prices_from_today_and_beyond_the_limits(spec) -> None:
    data = districts.drawn(random.Random(9), 6, districts.SKEWED)
    terms = districts.terms()
    today = evaluate(spec, data)
    challenge = problem.of(spec, data, dict.fromkeys(terms.years, today), terms.kinds)
    over = {(one.stage, one.indicator.code) for one in today.all_coefficients() if one.passes is False}
    found = steps.steps(challenge, terms, today, ())
    assert {(one.stage, one.indicator) for one in found if one.indicator} == over
    assert all(one.cost > 0 for one in found)
    plan = districts.plan(spec, data, terms)
    assert all(one.cost <= plan.cost for one in found)
    after = editing.judge(spec, data, plan.measures)
    lower = steps.lower_limits(challenge, terms, after)
    assert lower
    assert all(one.lower == Decimal("0.01") and one.cost > 0 for one in lower)
