"""School years, terms and months, and what each is compared with."""

import datetime as dt

import pytest

from inspections.reports import period_queries
from inspections.reports.stored_facts import ReportPeriod

DAY = dt.date


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "name", "before"),
    [
        (DAY(2026, 2, 1), DAY(2026, 2, 28), "2026年2月", (DAY(2026, 1, 1), DAY(2026, 1, 31))),
        (DAY(2025, 9, 1), DAY(2026, 1, 31), "2025—2026学年第一学期", (DAY(2024, 9, 1), DAY(2025, 1, 31))),
        (DAY(2026, 2, 1), DAY(2026, 8, 31), "2025—2026学年第二学期", (DAY(2025, 2, 1), DAY(2025, 8, 31))),
        (DAY(2025, 9, 1), DAY(2026, 8, 31), "2025—2026学年", (DAY(2024, 9, 1), DAY(2025, 8, 31))),
        (DAY(2026, 3, 1), DAY(2026, 3, 30), "", (DAY(2026, 1, 30), DAY(2026, 2, 28))),
    ],
)
def test_days_have_the_name_of_what_they_are_and_are_compared_like_for_like(
    starts_on: dt.date, ends_on: dt.date, name: str, before: tuple[dt.date, dt.date]
) -> None:
    period = period_queries.named(starts_on, ends_on)
    assert period == ReportPeriod(name, starts_on, ends_on)
    found = period_queries.before(period)
    assert (found.starts_on, found.ends_on) == before
    assert found == period_queries.named(*before)


def test_every_day_belongs_to_a_term_of_its_school_year() -> None:
    for number in range(800):
        day = DAY(2024, 1, 1) + dt.timedelta(days=number)
        for found in (period_queries.month(day), period_queries.term(day), period_queries.school_year(day)):
            assert found.starts_on <= day <= found.ends_on
        assert period_queries.term(day).name.startswith(period_queries.school_year(day).name)


def test_the_newest_are_offered_first() -> None:
    offered = dict(period_queries.offered(DAY(2026, 11, 29)))
    assert [one.name for one in offered["学期"]] == [
        "2026—2027学年第一学期",
        "2025—2026学年第二学期",
        "2025—2026学年第一学期",
    ]
    assert [one.name for one in offered["月份"]][:2] == ["2026年11月", "2026年10月"]
