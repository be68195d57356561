"""The ledger as it stood at a moment: findings with their history, counted for a period."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Q
from django.utils import timezone

from inspections.rectification import queries as rectification
from inspections.rectification.models import Entry, Finding
from inspections.rectification.queries import Current
from inspections.rectification.workflow import TABLE
from inspections.reports.facts import BreakdownRow, Count, ReportFinding, ReportPeriod, Statement
from schools.directory import past
from schools.directory.models import District, School

Kind: TypeAlias = Entry.Kind
State: TypeAlias = Finding.State
# After which step a finding is in which state; measures, progress and extensions change nothing.
_STATE_AFTER = {Kind(verb.code): State(verb.to) for verb in TABLE.verbs if verb.to}
_CLOSING = tuple(kind for kind, state in _STATE_AFTER.items() if state == State.CLOSED)
_REASONS = (Kind.SEND_BACK, Kind.ASK_EXTENSION, Kind.REOPEN)
_NEW_DUE = (Kind.DISPATCH, Kind.EXTEND, Kind.REOPEN)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time and the day it falls on."""

    at: dt.datetime

    @property
    def day(self) -> dt.date:
        return timezone.localtime(self.at).date()


def start_of(period: ReportPeriod) -> Moment:
    return Moment(timezone.make_aware(dt.datetime.combine(period.starts_on, dt.time.min)))


def end_of(period: ReportPeriod, now: dt.datetime) -> Moment:
    return Moment(min(timezone.make_aware(dt.datetime.combine(period.ends_on, dt.time.max)), now))


@dataclass(frozen=True, slots=True)
class Record:
    """A finding with its steps; answers how it stood at any moment."""

    finding: Finding
    entries: tuple[Entry, ...]
    current: Current

    def until(self, moment: Moment) -> list[Entry]:
        return [entry for entry in self.entries if entry.at <= moment.at]

    def state(self, moment: Moment) -> State:
        states = [_STATE_AFTER[Kind(e.kind)] for e in self.until(moment) if Kind(e.kind) in _STATE_AFTER]
        if states:
            return states[-1]
        later = any(Kind(entry.kind) in _STATE_AFTER for entry in self.entries)
        closed_later = self.finding.closed_at is not None and self.finding.closed_at > moment.at
        return State.TO_DISPATCH if later or closed_later else State(self.finding.state)

    def due_on(self, moment: Moment) -> dt.date:
        dues = [e.due_on for e in self.until(moment) if e.due_on and Kind(e.kind) in _NEW_DUE]
        return dues[-1] if dues else self.finding.due_on

    def closed_on(self, moment: Moment) -> dt.date | None:
        if self.state(moment) != State.CLOSED:
            return None
        closings = [entry.at for entry in self.until(moment) if entry.kind in _CLOSING]
        return Moment(closings[-1] if closings else self.finding.closed_at or moment.at).day

    def overdue_days(self, moment: Moment) -> int:
        """Days past the due day, 0 when closed or in time."""
        if self.state(moment) == State.CLOSED:
            return 0
        return max((moment.day - self.due_on(moment)).days, 0)

    def is_carried(self, start: Moment) -> bool:
        before = Moment(start.at - dt.timedelta(microseconds=1))
        return self.finding.created_at < start.at and self.state(before) != State.CLOSED

    def belongs(self, start: Moment, end: Moment) -> bool:
        if self.finding.created_at > end.at:
            return False
        new = self.finding.created_at >= start.at
        return new or self.is_carried(start) or self.reopenings(start, end) > 0

    def reopenings(self, start: Moment, end: Moment) -> int:
        return sum(entry.kind == Kind.REOPEN and start.at <= entry.at <= end.at for entry in self.entries)

    def item(self, start: Moment, end: Moment, indicator: str) -> ReportFinding:
        """The finding as the report prints it; `indicator` with its name."""
        finding, entries = self.finding, self.until(end)
        closed, now = self.state(end) == State.CLOSED, self.current
        return ReportFinding(
            number=finding.number,
            school_code=finding.school.code,
            school=str(finding.school),
            source=finding.source,
            indicator=indicator,
            problem=now.problem,
            current=now.current_value,
            standard=now.standard_value,
            category=finding.category,
            requirement=finding.requirement,
            goal=finding.goal,
            responsible=finding.responsible,
            due_on=self.due_on(end),
            carried=self.is_carried(start),
            state=self.state(end).value,
            closed_on=self.closed_on(end),
            overdue_days=self.overdue_days(end),
            reopened=self.reopenings(start, end),
            measures=_statements(entries, Kind.MEASURE),
            progress=_statements(entries, Kind.PROGRESS, Kind.REQUEST_CLOSE),
            verdict=_last(_statements(entries, *_CLOSING)) if closed else None,
            reason=None if closed else _last(_statements(entries, *_REASONS)),
            files=tuple(file.document.name for entry in entries for file in entry.files.all()),
        )


def _statements(entries: Iterable[Entry], *kinds: Entry.Kind) -> tuple[Statement, ...]:
    return tuple(
        Statement(timezone.localtime(entry.at).date(), entry.by.name, entry.text.strip())
        for entry in entries
        if entry.kind in kinds and entry.text.strip()
    )


def _last(statements: tuple[Statement, ...]) -> Statement | None:
    return statements[-1] if statements else None


def load(place: District | School, since: Moment, until: Moment) -> list[Record]:
    """The findings that matter between two moments: eight queries, one more where a school has changed since.

    The schools carry the facts of the last day; a district's are those it had then.
    """
    scope = Q(school=place) if isinstance(place, School) else Q(school__in=past.ever_of(place.pk))
    found = (
        Finding.objects.filter(scope, created_at__lte=until.at)
        .exclude(state=State.CLOSED, closed_at__lt=since.at)
        .select_related("school__district", "school__group", "school__successor")
        .prefetch_related("entries__by", "entries__files__document")
        .order_by("school__code", "number")
    )
    past.on([finding.school for finding in found], until.day)
    findings = [row for row in found if isinstance(place, School) or row.school.district_id == place.pk]
    now = rectification.current(findings, until.at)
    return [Record(finding, tuple(finding.entries.all()), now[finding.pk]) for finding in findings]


def count(records: Iterable[Record], start: Moment, end: Moment) -> Count:
    """Count the records that belong to the period, as they stood at its end; `raised` holds the reopened ones too."""
    own = [record for record in records if record.belongs(start, end)]
    carried = sum(record.is_carried(start) for record in own)
    return Count(
        carried=carried,
        raised=len(own) - carried,
        closed=sum(record.state(end) == State.CLOSED for record in own),
        overdue=sum(record.overdue_days(end) > 0 for record in own),
        reopened=sum(record.reopenings(start, end) for record in own),
    )


@dataclass(frozen=True, slots=True)
class Window:
    """A period with its end as far as it has come, and the same of the one before, if any."""

    start: Moment
    end: Moment
    before: tuple[Moment, Moment] | None

    def counts(self, records: list[Record]) -> tuple[Count, Count]:
        return count(records, self.start, self.end), count(records, *self.before) if self.before else Count()

    def lines(
        self, records: Iterable[Record], key: Callable[[Finding], str], label: Callable[[str], str] = str
    ) -> tuple[BreakdownRow, ...]:
        """A breakdown by what `key` says, labels in order; those without findings in either period left out."""
        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(key(record.finding), []).append(record)
        lines = (BreakdownRow(name, *self.counts(groups[name])) for name in sorted(groups, key=label))
        return tuple(line for line in lines if line.now.total or line.before.total)
