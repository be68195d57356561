"""Closing rates of a period, from the dated steps: the same period always gives the same figures."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Prefetch
from django.utils import timezone

from inspections.rectification.models import Entry, Finding
from schools.directory.models import District, School

_HISTORY = (Entry.Kind.DISPATCH, Entry.Kind.CLOSE, Entry.Kind.REOPEN, Entry.Kind.EXTEND)


@dataclass(frozen=True, slots=True)
class Rates:
    """What happened in a period: `carried` were open before it, `opened` came in it (reopened ones too)."""

    carried: int = 0
    opened: int = 0
    closed: int = 0
    open_at_end: int = 0
    overdue: int = 0

    @property
    def rate(self) -> Fraction | None:
        """Closed ÷ (carried + opened), unrounded; None when there was nothing to close."""
        due = self.carried + self.opened
        return Fraction(self.closed, due) if due else None


@dataclass(frozen=True, slots=True)
class ClosingRates:
    """The period's rates in all, per indicator code and per school code."""

    total: Rates
    by_indicator: dict[str, Rates]
    by_school: dict[str, Rates]


@dataclass(frozen=True, slots=True)
class _Standing:
    """One finding seen over a period."""

    indicator: str
    school: str
    was_open: bool
    came: bool
    closed: bool
    is_open: bool
    is_overdue: bool


def closing_rates(
    *, district: District | None = None, school: School | None = None, start: dt.date, end: dt.date
) -> ClosingRates:
    """Return the rates of the days `start` to `end`, both included, of one district or one school.

    Standing at the end is as it was on that day, whatever happened since: closed
    and reopened findings and extended due dates are read from their dated steps.
    """
    findings = Finding.objects.filter(created_at__lt=_midnight_after(end)).select_related("school")
    findings = findings.filter(school=school) if school is not None else findings.filter(school__district=district)
    history = Entry.objects.filter(kind__in=_HISTORY).order_by("id")
    rows = findings.prefetch_related(Prefetch("entries", queryset=history, to_attr="history"))
    standings = [standing for row in rows if (standing := _standing(row, start, end))]
    return ClosingRates(
        _sum(standings),
        {code: _sum(s for s in standings if s.indicator == code) for code in sorted({s.indicator for s in standings})},
        {code: _sum(s for s in standings if s.school == code) for code in sorted({s.school for s in standings})},
    )


def _midnight_after(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


def _day(moment: dt.datetime) -> dt.date:
    return timezone.localtime(moment).date()


def _standing(finding: Finding, start: dt.date, end: dt.date) -> _Standing | None:
    """How one finding stood; None when it was closed before the period and stayed so."""
    history: list[Entry] = finding.history  # type: ignore[attr-defined]
    moves = [(_day(e.at), e.kind) for e in history if e.kind in (Entry.Kind.CLOSE, Entry.Kind.REOPEN)]
    if not moves and finding.closed_at:
        moves = [(_day(finding.closed_at), Entry.Kind.CLOSE)]
    before = [kind for day, kind in moves if day < start]
    within = [kind for day, kind in moves if start <= day <= end]
    created = _day(finding.created_at)
    was_open = created < start and (not before or before[-1] != Entry.Kind.CLOSE)
    came = created >= start or (not was_open and Entry.Kind.REOPEN in within)
    if not was_open and not came:
        return None
    last = ([*before, *within] or [""])[-1]
    is_open = last != Entry.Kind.CLOSE
    is_overdue = is_open and _due_on(finding, history, end) < min(end, timezone.localdate())
    return _Standing(finding.indicator, finding.school.code, was_open, came, not is_open, is_open, is_overdue)


def _due_on(finding: Finding, history: list[Entry], end: dt.date) -> dt.date:
    """The due date as it was at the end of the period."""
    until = [entry.due_on for entry in history if entry.due_on and _day(entry.at) <= end]
    return until[-1] if until else finding.due_on


def _sum(standings: Iterable[_Standing]) -> Rates:
    rows = list(standings)
    return Rates(
        carried=sum(row.was_open for row in rows),
        opened=sum(row.came for row in rows),
        closed=sum(row.closed for row in rows),
        open_at_end=sum(row.is_open for row in rows),
        overdue=sum(row.is_overdue for row in rows),
    )
