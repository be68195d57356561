"""The ledger as it stood at a moment: findings with their history, counted for a period.

A finding counts from the day it was sent out (派发): nobody rectifies what was not sent.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from django.db.models import Q
from django.utils import timezone

from inspections.campaigns.models import Campaign
from inspections.rectification import queries as rectification
from inspections.rectification.models import Entry, EntryFile, Finding
from inspections.rectification.workflow import TABLE
from inspections.reports.models import PARTS
from inspections.reports.stored_facts import (
    BreakdownRow,
    Count,
    ReportFinding,
    ReportMonth,
    ReportPeriod,
    ReportWork,
    Statement,
    UnitRow,
)
from inspections.visits.models import Visit
from schools.directory import queries as directory
from schools.directory.models import Department, District, Group, School

Kind: TypeAlias = Entry.Kind
State: TypeAlias = Finding.State
# After which step a finding is in which state; measures, progress and extensions change nothing.
_STATE_AFTER: dict[str, State] = {Kind(verb.code): State(verb.to) for verb in TABLE.verbs if verb.to}
_CLOSING = tuple(kind for kind, state in _STATE_AFTER.items() if state == State.CLOSED)
_REASONS = (Kind.SEND_BACK, Kind.ASK_EXTENSION, Kind.REOPEN)
_NEW_DUE = (Kind.DISPATCH, Kind.EXTEND, Kind.REOPEN)


@dataclass(frozen=True)
class ReportScope:
    """The schools a report is on: a whole district, or its schools in a township or a group, or one of them, or those
    visited in a campaign with what was found there."""

    district: District
    school: School | None = None
    township: Department | None = None
    group: Group | None = None
    campaign: Campaign | None = None

    @property
    def kind(self) -> str:
        return next((name for name in PARTS if getattr(self, name)), "district")

    @property
    def name(self) -> str:
        """龙亭区“校园安全”专项督导."""
        if self.campaign:
            return f"{self.district.name}“{self.campaign.theme}”专项督导"
        return (self.school or self.township or self.group or self.district).name

    @property
    def place(self) -> str:
        """As `name`, a school with its changes since."""
        return str(self.school) if self.school else self.name

    @property
    def addressed_to(self) -> str:
        """A school's: who supervises it; a district's: the office of the level above."""
        if self.school:
            return self.district.signature
        above = self.district.parent
        return f"{above.name}人民政府教育督导委员会办公室" if above and self.kind == "district" else ""

    @cached_property
    def _visited(self) -> set[int]:
        return set(Visit.objects.filter(campaign=self.campaign).values_list("school", flat=True))

    def holds(self, school: School) -> bool:
        """`school` with the facts of the day."""
        if self.school:
            return school.pk == self.school.pk
        if school.district_id != self.district.pk:
            return False
        if self.campaign:
            return school.pk in self._visited
        if self.township:
            return school.township_id == self.township.pk
        return self.group is None or school.group_id == self.group.pk


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time and the day it falls on."""

    at: dt.datetime

    @property
    def day(self) -> dt.date:
        return timezone.localtime(self.at).date()


def start_of(period: ReportPeriod) -> Moment:
    return Moment(_midnight(period.starts_on))


def end_of(period: ReportPeriod, now: dt.datetime) -> Moment:
    return Moment(min(timezone.make_aware(dt.datetime.combine(period.ends_on, dt.time.max)), now))


@dataclass(frozen=True)
class Record:
    """A finding with its steps; answers how it stood at any moment."""

    finding: Finding
    entries: tuple[Entry, ...]
    current: rectification.Current
    # The names of the documents handed in with each step.
    files: Mapping[int, Sequence[str]]

    @cached_property
    def begun_at(self) -> dt.datetime | None:
        """Dispatched, or found if from another ledger; None before."""
        if self.finding.source == Finding.Source.IMPORT:
            # It was under way in the ledger it comes from since the day it was found.
            return self.finding.created_at
        for entry in self.entries:
            if _STATE_AFTER.get(entry.kind, State.TO_DISPATCH) != State.TO_DISPATCH:
                return entry.at
        return None if self.finding.state == State.TO_DISPATCH else self.finding.created_at

    @cached_property
    def _states(self) -> list[tuple[dt.datetime, State]]:
        return [(entry.at, _STATE_AFTER[entry.kind]) for entry in self.entries if entry.kind in _STATE_AFTER]

    def until(self, moment: Moment) -> list[Entry]:
        return [entry for entry in self.entries if entry.at <= moment.at]

    def state(self, moment: Moment) -> State:
        states = [state for at, state in self._states if at <= moment.at]
        if states:
            return states[-1]
        if self.finding.source == Finding.Source.IMPORT and self.finding.closed_at is None:
            return State.RECTIFYING
        closed_later = self.finding.closed_at is not None and self.finding.closed_at > moment.at
        return State.TO_DISPATCH if self._states or closed_later else State(self.finding.state)

    def due_on(self, moment: Moment) -> dt.date:
        dues = [e.due_on for e in self.until(moment) if e.due_on and e.kind in _NEW_DUE]
        return dues[-1] if dues else self.finding.due_on

    def closed_on(self, moment: Moment) -> dt.date | None:
        if self.state(moment) != State.CLOSED:
            return None
        closings = [entry.at for entry in self.until(moment) if entry.kind in _CLOSING]
        return Moment(closings[-1] if closings else self.finding.closed_at or moment.at).day

    def overdue_days(self, moment: Moment) -> int:
        """Past the due day; 0 when closed or in time."""
        if self.state(moment) == State.CLOSED:
            return 0
        return max((moment.day - self.due_on(moment)).days, 0)

    def is_carried(self, start: Moment) -> bool:
        before = Moment(start.at - dt.timedelta(microseconds=1))
        return self.begun_at is not None and self.begun_at < start.at and self.state(before) != State.CLOSED

    def belongs(self, start: Moment, end: Moment) -> bool:
        if self.begun_at is None or self.begun_at > end.at:
            return False
        return self.begun_at >= start.at or self.is_carried(start) or self.reopenings(start, end) > 0

    def raised_in(self, start: Moment, end: Moment) -> bool:
        return self.begun_at is not None and start.at <= self.begun_at <= end.at

    def reopenings(self, start: Moment, end: Moment) -> int:
        return sum(entry.kind == Kind.REOPEN and start.at <= entry.at <= end.at for entry in self.entries)

    def item(self, start: Moment, end: Moment, indicator: str) -> ReportFinding:
        finding, entries = self.finding, self.until(end)
        closed, now = self.state(end) == State.CLOSED, self.current
        return ReportFinding(
            number=finding.number,
            school_code=finding.school.code if finding.school else "",
            school=finding.respondent,
            unit="" if finding.school else finding.respondent_kind,
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
            files=tuple(name for entry in entries for name in self.files.get(entry.pk, ())),
            begun_on=Moment(self.begun_at).day if self.begun_at else None,
        )


def _statements(entries: Iterable[Entry], *kinds: str) -> tuple[Statement, ...]:
    return tuple(
        Statement(timezone.localtime(entry.at).date(), entry.text.strip())
        for entry in entries
        if entry.kind in kinds and entry.text.strip()
    )


def _last(statements: tuple[Statement, ...]) -> Statement | None:
    return statements[-1] if statements else None


def load(scope: ReportScope, since: dt.datetime, until: Moment) -> list[Record]:
    """Findings that matter between two moments: six queries, one more where a school has changed since.

    Schools have the facts of the last day; a district's are those it had then. A district's include findings against
    departments, townships and the bureau; a township's those against it.
    """
    within = Q(school=scope.school) if scope.school else Q(school__in=directory.ever_of(scope.district.pk))
    if scope.kind == "district":
        within |= Q(department__district=scope.district) | Q(bureau=scope.district)
    elif scope.campaign:
        within = Q(visit__campaign=scope.campaign)
    elif scope.township:
        within |= Q(department=scope.township)
    found = (
        Finding.objects.filter(within, created_at__lte=until.at)
        .exclude(state=State.CLOSED, closed_at__lt=since)
        .exclude(state=State.VOID)
        .select_related(
            "school__district", "school__group", "school__successor", "department", "bureau", "responsible_department"
        )
        .order_by("school__code", "number")
    )
    directory.as_of([finding.school for finding in found if finding.school], until.day)
    findings = [row for row in found if row.school is None or scope.holds(row.school)]
    findings.sort(key=lambda row: row.school is None)
    now = rectification.current(findings, until.at)
    steps, files = defaultdict[int, list[Entry]](list), defaultdict[int, list[str]](list)
    for entry in Entry.objects.filter(finding__in=found.values("pk")):
        steps[entry.finding_id].append(entry)
    for pk, name in EntryFile.objects.filter(entry__finding__in=found.values("pk")).values_list(
        "entry", "document__name"
    ):
        files[pk].append(name)
    return [Record(finding, tuple(steps[finding.pk]), now[finding.pk], files) for finding in findings]


def count(records: Iterable[Record], start: Moment, end: Moment) -> Count:
    """At the period's end; `raised` includes reopened ones."""
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

    @classmethod
    def of(cls, period: ReportPeriod, previous: ReportPeriod | None, now: dt.datetime) -> "Window":
        before = (start_of(previous), end_of(previous, now)) if previous else None
        return cls(start_of(period), end_of(period, now), before)

    @property
    def since(self) -> dt.datetime:
        """What happened earlier counts in neither."""
        return min(self.start.at, self.before[0].at) if self.before else self.start.at

    def counts(self, records: list[Record]) -> tuple[Count, Count]:
        return count(records, self.start, self.end), count(records, *self.before) if self.before else Count()

    def lines(
        self, records: Iterable[Record], key: Callable[[Finding], str], label: Callable[[str], str] = str
    ) -> tuple[BreakdownRow, ...]:
        """By `key`, labels in order; without groups that have no findings in either period."""
        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(key(record.finding), []).append(record)
        lines = (BreakdownRow(name, *self.counts(groups[name])) for name in sorted(groups, key=label))
        return tuple(line for line in lines if line.now.total or line.before.total)

    def units(self, records: Iterable[Record]) -> tuple[UnitRow, ...]:
        """Departments and townships by name, the bureau last."""
        groups: dict[tuple[bool, str, str], list[Record]] = {}
        for record in records:
            row = record.finding
            if row.school is None:
                groups.setdefault((bool(row.bureau_id), row.respondent, row.respondent_kind), []).append(record)
        return tuple(UnitRow(name, kind, *self.counts(own)) for (_, name, kind), own in sorted(groups.items()))

    def months(self, records: list[Record], most: int = 12) -> tuple[ReportMonth, ...]:
        """The newest months of the period; what is dispatched after its end is in no month."""
        first = (self.end.day.year * 12 + self.end.day.month - 1) - most + 1
        begin = max(self.start.day.year * 12 + self.start.day.month - 1, first)
        found = []
        for number in range(begin, first + most):
            year, month = divmod(number, 12)
            later = dt.date((number + 1) // 12, (number + 1) % 12 + 1, 1)
            start = max(Moment(_midnight(dt.date(year, month + 1, 1))), self.start, key=lambda one: one.at)
            end = min(Moment(_midnight(later) - dt.timedelta(microseconds=1)), self.end, key=lambda one: one.at)
            counted = count(records, start, end)
            found.append(ReportMonth(f"{year}-{month + 1:02d}", counted.raised, counted.closed, counted.open))
        return tuple(found)

    def steps(self, records: Iterable[Record]) -> ReportWork:
        done = Counter(
            entry.kind for record in records for entry in record.entries if self.start.at <= entry.at <= self.end.at
        )
        return ReportWork(
            measures=done[Kind.MEASURE],
            progress=done[Kind.PROGRESS],
            verified=sum(done[kind] for kind in _CLOSING) + done[Kind.SEND_BACK],
            sent_back=done[Kind.SEND_BACK],
            extended=done[Kind.EXTEND],
        )


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
