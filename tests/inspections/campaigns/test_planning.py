"""The plan of a campaign: who goes where on which day, who cannot, what it means for each person."""

import datetime as dt
from collections import Counter

import pytest

from inspections.campaigns import queries
from inspections.campaigns.queries import Brief, Team
from inspections.recusals import actions as recusals
from portal.core.accounts.models import User
from portal.core.lib import dates
from schools.directory.models import School
from tests.cast import Cast, grant, make_school, make_user
from tests.inspections.making import planned, today

pytestmark = pytest.mark.django_db


def inspectors(cast: Cast, count: int, first: int = 1) -> list[User]:
    people = [make_user(f"duxue{n}", f"督学{n}") for n in range(first, first + count)]
    for person in people:
        grant(person, "inspector", district=cast.district)
    return people


def schools(cast: Cast, count: int) -> list[School]:
    return [make_school(f"41020201{n:02d}", f"第{n}小学", cast.district) for n in range(count)]


def draft(cast: Cast, places: list[School], teams: list[tuple[User, list[User]]], **changes) -> Brief:
    said = {
        "district": cast.district,
        "theme": "资源配置",
        "starts_on": today(),
        "ends_on": today(27),
        "indicators": ("A4",),
        "matters": "教学用房和专用教室",
        "notice_no": "龙教督〔2026〕20号",
        "template": "",
        "per_day": 2,
        "schools": tuple(places),
        "teams": tuple(Team(n, leader, tuple(members)) for n, (leader, members) in enumerate(teams, 1)),
    }
    return Brief(**said | changes)


def where(plan: queries.Plan) -> list[str]:
    return [problem.where for problem in plan.problems]


def test_schools_are_shared_evenly_and_spread_over_working_days(cast: Cast) -> None:
    one, two = inspectors(cast, 3), inspectors(cast, 3, 4)
    plan = queries.make_plan(draft(cast, schools(cast, 9), [(cast.leader, one), (cast.leader, two)]))
    assert plan.problems[0].what.startswith("局领导")
    plan = queries.make_plan(
        draft(cast, [*School.objects.filter(name__startswith="第")], [(cast.leader, one), (two[0], two)])
    )
    assert plan.problems == ()
    assert sorted(Counter(stop.number for stop in plan.stops).values()) == [4, 5]
    days = [stop.on for stop in plan.stops]
    assert days == sorted(days)
    assert all(dates.is_workday(day) and today() <= day <= today(27) for day in days)
    assert max(Counter((stop.number, stop.on) for stop in plan.stops).values()) == 1


@pytest.mark.parametrize(("per_day", "is_refused"), [(2, False), (1, True)])
def test_a_team_goes_to_no_more_schools_a_day_than_said(cast: Cast, per_day: int, is_refused: bool) -> None:
    people = inspectors(cast, 3)
    first = today(7 - today().weekday())
    week = {"starts_on": first, "ends_on": first + dt.timedelta(days=4), "per_day": per_day}
    asked = draft(cast, schools(cast, 2 * len(draft(cast, [], [], **week).days)), [(cast.leader, people)], **week)
    plan = queries.make_plan(asked)
    assert where(plan) == (["第 1 组"] if is_refused else [])
    assert max(Counter(stop.on for stop in plan.stops).values()) == 2


def test_three_inspectors_are_needed_next_to_a_leader_of_the_bureau(cast: Cast) -> None:
    people, places = inspectors(cast, 3), schools(cast, 1)
    assert where(queries.make_plan(draft(cast, places, [(cast.leader, people[:2])]))) == ["第 1 组"]
    assert where(queries.make_plan(draft(cast, places, [(people[0], people[:2])]))) == ["第 1 组"]
    led, own = (queries.make_plan(draft(cast, places, [(leader, people)])) for leader in (cast.leader, people[0]))
    assert (led.problems, own.problems) == ((), ())
    assert (len(led.cautions), len(own.cautions)) == (0, 1)
    assert where(queries.make_plan(draft(cast, places, [(cast.reviewer, people)]))) == ["第0小学"]


def test_who_steps_back_sends_the_school_to_another_team_and_is_named(cast: Cast) -> None:
    one, two = inspectors(cast, 3), inspectors(cast, 3, 4)
    places = schools(cast, 4)
    for school in places[:2]:
        recusals.register(inspector=one[0], school_id=school.pk, kind="head", since=today(20), by=cast.admin)
    plan = queries.make_plan(draft(cast, places, [(one[0], one), (two[0], two)]))
    assert {stop.school: stop.number for stop in plan.stops} == dict(zip(places, [2, 2, 1, 1], strict=True))
    barred = [(stop.school, bar.team.number) for stop in plan.stops for bar in stop.bars]
    assert sorted(barred, key=str) == [(school, 1) for school in places[:2]]
    assert all(one[0].name in bar.problem.what for stop in plan.stops for bar in stop.bars)


def test_a_school_nobody_can_go_to_is_refused_and_stays_in_the_plan(cast: Cast) -> None:
    people, (school, other) = inspectors(cast, 3), schools(cast, 2)
    recusals.register(inspector=people[2], school_id=school.pk, kind="head", since=today(), by=cast.admin)
    plan = queries.make_plan(draft(cast, [school, other], [(cast.leader, people)]))
    assert where(plan) == [school.name]
    assert [(stop.school, stop.team is None) for stop in plan.stops] == [(school, True), (other, False)]


def test_days_that_cannot_be_are_refused(cast: Cast) -> None:
    people, places = inspectors(cast, 3), schools(cast, 1)
    saturday = today(5 - today().weekday() + 7 * 30)
    for first, last in ((today(-1), today(5)), (today(5), today(4)), (today(), today(400)), (saturday, saturday)):
        plan = queries.make_plan(draft(cast, places, [(cast.leader, people)], starts_on=first, ends_on=last))
        assert "起止日期" in where(plan), first


def test_a_closed_school_is_refused(cast: Cast) -> None:
    people, (school,) = inspectors(cast, 3), schools(cast, 1)
    School.objects.filter(pk=school.pk).update(status="停办")
    school.refresh_from_db()
    assert where(queries.make_plan(draft(cast, [school], [(cast.leader, people)]))) == [school.name]


def test_what_each_person_gets_is_said_with_other_visits(cast: Cast) -> None:
    people, places = inspectors(cast, 3), schools(cast, 4)
    asked = draft(cast, places, [(cast.leader, people)])
    day = queries.make_plan(asked).stops[0].on
    visit = planned(cast, leader=people[0], planned_on=day, school_id=places[0].pk, by=cast.admin)
    planned(cast, leader=people[0], planned_on=today(40), by=cast.admin)
    plan = queries.make_plan(asked)
    share = next(share for share in plan.shares if share.person == people[0])
    assert (share.stops, share.days, share.others, share.clashes, share.own.count) == (4, 4, 1, (day,), 0)
    assert [stop.planned for stop in plan.stops if stop.school == places[0]] == [(visit,)]
    assert [share.person for share in plan.shares] == [cast.leader, *people]


def test_the_same_draft_is_the_same_plan_and_anything_else_another(cast: Cast) -> None:
    people, places = inspectors(cast, 4), schools(cast, 3)
    one = [(cast.leader, people[:3])]
    digests = [
        queries.make_plan(draft(cast, *what, **more)).digest
        for what, more in (
            ((places, one), {}),
            ((places, one), {}),
            ((places[:2], one), {}),
            ((places, [(cast.leader, people[1:])]), {}),
            ((places, one), {"per_day": 1}),
            ((places, one), {"ends_on": today(20)}),
            ((places, one), {"theme": "另一主题"}),
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 6


def test_queries_do_not_grow_with_schools(cast: Cast, django_assert_num_queries) -> None:
    people, places = inspectors(cast, 6), schools(cast, 40)
    teams = [(people[0], people[:3]), (people[3], people[3:])]
    for count in (2, 40):
        with django_assert_num_queries(5):
            queries.make_plan(draft(cast, places[:count], teams))
