"""The periods of a report other than phases: school year, term, month, or free days; and what each is compared with.

A school year runs from 1 September to 31 August, its second term from 1 February: so do the rounds of the portal.
"""

import calendar
import datetime as dt
from collections.abc import Callable

from inspections.reports.stored_facts import ReportPeriod

_SECOND_TERM, _FIRST_TERM = 2, 9
_TERMS, _MONTHS = 3, 6


def month(day: dt.date) -> ReportPeriod:
    last = calendar.monthrange(day.year, day.month)[1]
    return ReportPeriod(f"{day.year}年{day.month}月", day.replace(day=1), day.replace(day=last))


def term(day: dt.date) -> ReportPeriod:
    """第一学期 September to January, 第二学期 February to August."""
    year = _school_year(day)
    name = f"{year}—{year + 1}学年"
    if _SECOND_TERM <= day.month < _FIRST_TERM:
        return ReportPeriod(f"{name}第二学期", dt.date(day.year, _SECOND_TERM, 1), dt.date(day.year, 8, 31))
    return ReportPeriod(f"{name}第一学期", dt.date(year, _FIRST_TERM, 1), dt.date(year + 1, 1, 31))


def school_year(day: dt.date) -> ReportPeriod:
    year = _school_year(day)
    return ReportPeriod(f"{year}—{year + 1}学年", dt.date(year, _FIRST_TERM, 1), dt.date(year + 1, 8, 31))


def kind(period: ReportPeriod) -> Callable[[dt.date], ReportPeriod] | None:
    """`month`, `term` or `school_year`; None for other days."""
    days = (period.starts_on, period.ends_on)
    kinds = ((one, one(period.starts_on)) for one in (month, term, school_year))
    return next((one for one, found in kinds if (found.starts_on, found.ends_on) == days), None)


def named(starts_on: dt.date, ends_on: dt.date) -> ReportPeriod:
    """With its name as a month, term or school year, if any."""
    period = ReportPeriod("", starts_on, ends_on)
    of = kind(period)
    return of(starts_on) if of else period


def before(period: ReportPeriod) -> ReportPeriod:
    """The same term a year earlier, the month or school year before, or as many days before."""
    last = period.starts_on - dt.timedelta(days=1)
    if period == term(period.starts_on):
        return term(period.starts_on.replace(year=period.starts_on.year - 1))
    for kind in (month, school_year):
        if period == kind(period.starts_on):
            return kind(last)
    return ReportPeriod("", last - (period.ends_on - period.starts_on), last)


def ended(since: dt.date, today: dt.date) -> list[ReportPeriod]:
    """Months, terms and school years whose last day lies between, oldest first."""
    found = []
    for kind in (month, term, school_year):
        period = kind(kind(today).starts_on - dt.timedelta(days=1))
        while period.ends_on >= since:
            found.append(period)
            period = kind(period.starts_on - dt.timedelta(days=1))
    return sorted(found, key=lambda one: (one.ends_on, one.starts_on))


def offered(today: dt.date) -> list[tuple[str, list[ReportPeriod]]]:
    """Newest first."""
    years, terms, months = [school_year(today)], [term(today)], [month(today)]
    years.append(before(years[-1]))
    while len(terms) < _TERMS:
        terms.append(term(terms[-1].starts_on - dt.timedelta(days=1)))
    while len(months) < _MONTHS:
        months.append(before(months[-1]))
    return [("学年", years), ("学期", terms), ("月份", months)]


def _school_year(day: dt.date) -> int:
    return day.year if day.month >= _FIRST_TERM else day.year - 1
