"""The periods of a report: a phase, school year, term, month, or free days; and what each is compared with.

A school year runs from 1 September to 31 August, its second term from 1 February: so do the rounds of the portal.
"""

import calendar
import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from inspections.programmes import queries as planning
from inspections.programmes.models import Phase
from inspections.reports.ledger_queries import ReportScope
from inspections.reports.models import PARTS, Report
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


class Compared(NamedTuple):
    """What a period is compared with, and how it was chosen: issued, phase, term, days, or "" for nothing."""

    period: ReportPeriod | None
    how: str


def period_of(phase: Phase) -> ReportPeriod:
    return ReportPeriod(phase.name, phase.starts_on, phase.ends_on)


def compared_with(scope: ReportScope, period: ReportPeriod, phase: Phase | None) -> Compared:
    """The last report issued on the same schools and a period of the same kind that ended before this one begins.

    Else the phase, term or days before: never a month with a term. Its figures are counted again by today's rules, so
    that both are comparable.
    """
    issued = Report.objects.filter(
        kind=Report.Kind.PHASED,
        district=scope.district,
        **{name: getattr(scope, name) for name in PARTS},
        state=Report.State.ISSUED,
        ends_on__lt=period.starts_on,
    )
    wanted = None if phase else kind(period)
    days = ("starts_on", "ends_on", "phase__name", "phase__starts_on", "phase__ends_on")
    for last in issued.select_related("phase").only(*days).order_by("-ends_on", "-pk"):
        own = period_of(last.phase) if last.phase else named(last.starts_on, last.ends_on)
        if (None if last.phase else kind(own)) is wanted:
            return Compared(own, "issued")
    if phase is not None:
        previous = planning.previous(phase)
        return Compared(period_of(previous), "phase") if previous else Compared(None, "")
    is_term = period == term(period.starts_on)
    return Compared(before(period), "term" if is_term else "days")
