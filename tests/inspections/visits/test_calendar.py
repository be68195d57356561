"""The calendar: which visits lie on which day of a month, as far as the person sees them."""

import datetime as dt

import pytest
from django.urls import reverse

from inspections.visits import actions, queries
from inspections.visits.models import Visit
from tests.cast import Cast
from tests.inspections.making import planned, today

pytestmark = pytest.mark.django_db


def on_days(cast_member, asked: str) -> dict[dt.date, list[Visit]]:
    month = queries.month(cast_member, asked)
    return {day.on: list(day.visits) for week in month.weeks for day in week if day.visits}


def test_a_visit_stands_on_its_day_and_moves_with_it(cast: Cast) -> None:
    visit, month = planned(cast), f"{today():%Y-%m}"
    assert on_days(cast.inspector_a, month) == {today(): [visit]}
    later = today(40)
    actions.reschedule(visit_id=visit.pk, planned_on=later, reason="停电", by=cast.admin)
    assert on_days(cast.inspector_a, month) == {}
    assert on_days(cast.inspector_a, f"{later:%Y-%m}") == {later: [visit]}


def test_cancelled_visits_and_those_of_others_are_not_on_it(cast: Cast) -> None:
    visit = planned(cast)
    assert on_days(cast.inspector_b, "") == {}
    actions.cancel(visit_id=visit.pk, reason="停电", by=cast.admin)
    assert on_days(cast.inspector_a, "") == {}


@pytest.mark.parametrize(
    ("asked", "before", "after"), [("2026-01", "2025-12", "2026-02"), ("2026-12", "2026-11", "2027-01")]
)
def test_months_follow_each_other(cast: Cast, asked: str, before: str, after: str) -> None:
    month = queries.month(cast.admin, asked)
    assert (month.before, month.after, month.first.day) == (before, after, 1)
    assert all(week[0].on.weekday() == 0 for week in month.weeks)


@pytest.mark.parametrize("asked", ["", "2026-13", "x", "0001-01", "9999-12"])
def test_any_address_shows_a_month(cast: Cast, sign_in, asked: str) -> None:
    assert sign_in(cast.admin).get(reverse("visits:calendar"), {"month": asked}).status_code == 200
