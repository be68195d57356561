"""计划与实际: what a year's evaluation says of what was planned for it."""

import datetime as dt
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from indicators.planning.plans import actions, facts
from indicators.planning.plans.models import PlanRun
from portal.core.jobs import runner
from portal.standing import news_queries as news
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.planning.engine import districts

pytestmark = pytest.mark.django_db

POOR: dict[str, Any] = {"teachers_bachelor_primary": 2, "equipment_value": Decimal(30), "multimedia_rooms": 3}


@pytest.fixture
def plan(cast) -> PlanRun:
    """Of one primary school that lacks teachers, equipment and rooms, and a junior school that lacks nothing."""
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures("小学", 400, **POOR))
    hand_in(round_, cast.school_b, figures("初级中学", 300))
    actions.start(round_id=round_.pk, wanted=districts.terms(), by=cast.admin)
    while runner.run_one():
        pass
    return PlanRun.objects.get()


def next_year(cast, **changes: Any) -> None:
    """The round of 2027 with some of the measures carried out, evaluated."""
    round_ = open_round(cast.district, code="2027")
    hand_in(round_, cast.school_a, figures("小学", 400, **POOR | changes))
    hand_in(round_, cast.school_b, figures("初级中学", 300))
    call_command("evaluate", "2027", "--format", "json", stdout=StringIO())


def states(cast, plan: PlanRun, year: int) -> dict[str, str]:
    found = next(one for one in facts.of(cast.leader, plan) if one.year == year)
    return {one.indicator: one.state for one in found.facts if one.school_code == cast.school_a.code}


def test_without_evaluations_all_is_still_to_come(cast, plan) -> None:
    for year in facts.of(cast.leader, plan):
        assert (year.evaluation, year.passing_actual) == ("", None)
        assert {one.state for one in year.facts} <= {facts.TO_COME}
    assert any(year.facts for year in facts.of(cast.leader, plan))


def test_each_figure_is_done_in_part_or_not(cast, plan, sign_in) -> None:
    planned = states(cast, plan, 2027)
    assert len(planned) >= 1
    next_year(cast, equipment_value=Decimal(400), multimedia_rooms=4)
    found = states(cast, plan, 2027)
    assert found.keys() == planned.keys()
    assert found["A6"] == facts.DONE
    assert found.get("A7", facts.PART) == facts.PART
    assert set(states(cast, plan, 2028).values()) == {facts.TO_COME}
    page = sign_in(cast.leader).get(reverse("plans:progress", args=[plan.pk]))
    assert page.context["shown"].year == 2027
    assert "待填" in page.content.decode()
    later = sign_in(cast.leader).get(reverse("plans:progress", args=[plan.pk]), {"year": "2029"})
    assert later.context["shown"].year == 2029


def test_what_a_year_that_is_over_missed_is_late_for_the_leader(cast, plan, sign_in, monkeypatch) -> None:
    next_year(cast, equipment_value=Decimal(400))

    def missed() -> list[news.News]:
        return [one for one in news.late(cast.leader, cast.district) if "达标规划" in one.label]

    assert not missed()
    monkeypatch.setattr(timezone, "localdate", lambda *_: dt.date(2028, 1, 5))
    [late] = missed()
    page = sign_in(cast.leader).get(late.url)
    states_ = [one.state for one in page.context["shown"].facts]
    assert late.count == f"{sum(one in (facts.PART, facts.NOT_DONE) for one in states_)} 项"
    assert page.context["shown"].year == 2027


def test_nothing_done_is_not_done(cast, plan) -> None:
    next_year(cast)
    assert set(states(cast, plan, 2027).values()) == {facts.NOT_DONE}


def test_what_is_handed_in_and_not_judged_is_tried_and_says_so(cast, plan, sign_in) -> None:
    round_ = open_round(cast.district, code="2027")
    hand_in(round_, cast.school_a, figures("小学", 400, **POOR | {"equipment_value": Decimal(400)}), verdict=None)
    hand_in(round_, cast.school_b, figures("初级中学", 300))
    year = next(one for one in facts.of(cast.leader, plan) if one.year == 2027)
    assert year.trial == "已提交 2 所，其中审核通过 1 所，还没有评估，不是评估结论"
    assert year.passing_actual is not None
    assert states(cast, plan, 2027)["A6"] == facts.DONE
    page = sign_in(cast.leader).get(reverse("plans:progress", args=[plan.pk])).content.decode()
    assert "实际（试算）" in page
    assert year.trial in page
    assert sign_in(cast.leader).get(reverse("plans:export", args=[plan.pk, "progress"])).status_code == 200
    hand_in(round_, cast.school_a, figures("小学", 400, **POOR), verdict="returned")
    assert states(cast, plan, 2027)["A6"] == facts.TO_COME
    call_command("evaluate", "2027", "--format", "json", stdout=StringIO())
    judged = next(one for one in facts.of(cast.leader, plan) if one.year == 2027)
    assert judged.trial == ""


def test_the_last_years_planned_figures_are_those_of_the_plan(cast, plan) -> None:
    last = next(one for one in facts.of(cast.leader, plan) if one.year == 2029)
    after = next(one for one in plan.content["verdict_after"]["parts"] if one["school_code"] == cast.school_a.code)
    own = [one for one in last.facts if one.school_code == cast.school_a.code]
    assert own
    for one in own:
        assert Decimal(one.planned) == round(Decimal(after["indicators"][one.indicator]["value"]), 2)


def test_queries_do_not_grow(cast, plan, sign_in, django_assert_max_num_queries) -> None:
    next_year(cast)
    later = open_round(cast.district, code="2028")
    hand_in(later, cast.school_a, figures("小学", 400), verdict=None)
    client = sign_in(cast.leader)
    with django_assert_max_num_queries(40):
        client.get(reverse("plans:progress", args=[plan.pk]))
