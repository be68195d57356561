"""What the bureau of the demonstration has in view: monthly changes, what its schools lack, tried on last year's evaluation, a plan, a forecast."""

import datetime as dt
from decimal import Decimal
from functools import partial
from math import ceil
from typing import Any

from indicators.planning.engine import KINDS, RULES, terms
from indicators.planning.forecast import actions as forecast
from indicators.planning.monthly import actions as monthly, queries as monthly_queries
from indicators.planning.plans import actions as plans
from indicators.planning.scenarios import actions as scenarios
from indicators.planning.scenarios.queries import case_of
from indicators.results.evaluations.models import Evaluation
from portal.demo import names
from portal.demo.figures import CURRENT
from portal.demo.rounds import Agenda, Clock
from portal.demo.town import Town

# What is done about an indicator that a school fails, and 万元 for one unit of it.
_REMEDIES = {
    "A1": ("train_degree", "1"),
    "A2": ("appoint_backbone", "0"),
    "A3": ("hire_pe_arts", "8"),
    "A4": ("build_teaching_area", "0.25"),
    "A5": ("build_sports_area", "0.06"),
    "A6": ("equip", "1"),
    "A7": ("multimedia_room", "5"),
}


def plan_ahead(agenda: Agenda, town: Town) -> None:
    agenda.at(-9, 570, lambda: _try_measures(town))
    agenda.at(-8, 570, lambda: _ask_for_a_plan(town))
    agenda.at(-7, 570, lambda: _ask_for_a_forecast(town))


def _evaluation(town: Town) -> Evaluation:
    return Evaluation.objects.filter(round__district=town.district, round__code=str(CURRENT - 1)).latest("pk")


def _try_measures(town: Town) -> None:
    evaluation = _evaluation(town)
    wanted: list[dict[str, Any]] = []
    for part in case_of(evaluation).result.parts:
        for one in part.indicators:
            if not one.gap or one.indicator.code not in _REMEDIES:
                continue
            kind, price = _REMEDIES[one.indicator.code]
            quantity = ceil(one.gap)
            cost = {"cost": str(Decimal(price) * quantity), "year": CURRENT}
            stage = {"stage": part.stage} if KINDS[kind].by_stage else {}
            wanted.append({"kind": kind, "school_code": part.school.code, "quantity": str(quantity)} | stage | cost)
    _try_moves(town, evaluation)
    note = "所有没有达标的学校，缺多少补多少。"
    scenarios.create(evaluation_id=evaluation.pk, name="缺口一次补齐", note=note, measures=wanted, by=town.admin)


# Which kind of teacher an indicator lacks.
_MOVED = {"A1": "degree", "A2": "backbone", "A3": "pe_arts"}


def _try_moves(town: Town, evaluation: Evaluation) -> None:
    """To each school that lacks teachers of a kind one from the school of its stage with the most."""
    parts = case_of(evaluation).result.parts
    wanted = []
    for part in parts:
        for one in part.indicators:
            code = one.indicator.code
            if not one.gap or code not in _MOVED:
                continue
            near = [other for other in parts if other.stage == part.stage and other.school.code != part.school.code]
            giver = max(
                near, key=lambda other: next(i.value or 0 for i in other.indicators if i.indicator.code == code)
            )
            where = {"school_code": part.school.code, "from_school_code": giver.school.code, "stage": part.stage}
            wanted.append({"kind": "move", "of": _MOVED[code], "quantity": "1", "year": CURRENT} | where)
    scenarios.create(
        evaluation_id=evaluation.pk,
        name="暑期交流轮岗",
        note="缺教师的学校各从同学段最富余的学校调一名，签发前核对。",
        measures=wanted[:6],
        by=town.admin,
    )


def _ask_for_a_plan(town: Town) -> None:
    years = tuple(range(CURRENT, CURRENT + 3))
    wanted = terms.PlanTerms(years=years, costs=terms.DEFAULTS, kinds=terms.kinds([], terms.DEFAULTS))
    plans.start(round_id=_evaluation(town).round_id, wanted=wanted, by=town.admin)


# Born in the district by the year that ends on 31 August, falling as in the country.
_BIRTHS = {
    CURRENT - 9 + at: Decimal(count) for at, count in enumerate((2630, 2590, 2560, 2540, 2470, 2350, 2210, 2080))
}


def _ask_for_a_forecast(town: Town) -> None:
    """From last year's class lists, which are all approved."""
    round_id = _evaluation(town).round_id
    forecast.start(round_id=round_id, to=RULES.last_year, births=_BIRTHS, trend=False, by=town.admin)


def plan_monthly(agenda: Agenda, place: Town, clock: Clock) -> None:
    """Three schools report each month since spring; the first of them also when nothing changed."""
    month = clock.today.replace(day=1)
    set_day = partial(monthly.set_day, district_id=place.district.pk, day=5, by=place.admin)
    agenda.at(-200, 600, set_day)
    if clock.today.day > 3:
        agenda.at(3 - clock.today.day, 650, partial(_report_nothing_new, place))
    if clock.today.day > 1:
        got = {"multimedia_rooms": (Decimal(1), Decimal(0))}
        reporter = place.staff(0).reporter
        school_id = place.schools[0].pk
        agenda.at(-1, 640, partial(monthly.report, school_id=school_id, month=month, changes=got, by=reporter))
    for back in range(1, 7):
        month = (month - dt.timedelta(days=1)).replace(day=1)
        got = {"multimedia_rooms": (Decimal(back % 3), Decimal(0)), "equipment_value": (Decimal(back), Decimal(0))}
        for position in (0, 4, 9):
            report = partial(
                monthly.report,
                school_id=place.schools[position].pk,
                month=month,
                changes=got if (back + position) % 4 else {},
                by=place.staff(position).reporter,
            )
            agenda.at((month - clock.today).days + 27, 640 + position, report)


_UNREPORTED = 5


def _report_nothing_new(place: Town) -> None:
    day = monthly_queries.day_of(place.district)
    waiting = monthly_queries.unreported(day) if day else []
    positions = {school.pk: position for position, school in enumerate(place.schools)}
    late = {place.schools[names.HANDED_OVER].pk, *(school.pk for school in waiting[-_UNREPORTED:])}
    for school in waiting:
        if school.pk not in late:
            by, month = place.staff(positions[school.pk]).reporter, monthly_queries.last_month()
            monthly.report(school_id=school.pk, month=month, changes={}, by=by)
