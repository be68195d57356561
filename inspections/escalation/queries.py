"""Reads of escalations: who sees which, what a night would propose; and 整改进展月报, what a month brought to each unit."""

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from inspections.escalation.models import LEVEL_ORDER, LEVELS, Escalation, EscalationFile, LevelSetting, sooner
from inspections.escalation.workflow import WHOSE
from inspections.letters import kinds, queries as letters
from inspections.letters.models import Letter
from inspections.letters.workbook import RegisterLine
from inspections.papers.models import number_parts
from inspections.rectification import queries as rectification
from inspections.rectification.models import Entry, Finding
from inspections.rectification.rights import answered_by as answering
from inspections.reports import ledger_queries
from inspections.reports.ledger_queries import Moment, Record, ReportScope, Window
from inspections.reports.stored_facts import Count, ReportMonth, ReportPeriod
from inspections.reports.words import rate
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.scope import Perm, visible
from schools.directory.models import Department, District, School

# By level and category the days after the due day; None where the level is not used.
Days = Mapping[tuple[str, str], int | None]


def seen_by(user: User) -> QuerySet[Escalation]:
    """Issued ones for who sees the finding; proposals and dropped ones for those who supervise."""
    rows = visible(user, Escalation.objects.all(), Perm.FINDING_VIEW)
    if user.is_system:
        return rows
    inside = visible(user, Escalation.objects.all(), Perm.ZONE_VIEW)
    return rows.filter(Q(state__in=Escalation.ISSUED_STATES) | Q(pk__in=inside.values("pk")))


def for_list(user: User) -> QuerySet[Escalation]:
    return seen_by(user).select_related(*WHOSE)


def get(user: User, escalation_id: int) -> Escalation:
    """Raises Http404 out of scope."""
    rows = for_list(user).select_related("decided_by", "acknowledged_by", "replied_by", "finished_by")
    return get_object_or_404(rows, pk=escalation_id)


def file_of(user: User, escalation_id: int, file_id: int) -> EscalationFile:
    """Raises Http404 otherwise."""
    files = EscalationFile.objects.filter(escalation=get(user, escalation_id)).select_related("document")
    return get_object_or_404(files, pk=file_id)


def answered_by(user: User) -> QuerySet[Escalation]:
    own = Finding.objects.filter(answering(user))
    return Escalation.objects.filter(finding__in=own).select_related(*WHOSE)


def may_draft(user: User, row: Escalation) -> bool:
    """The paper of its level, about its finding."""
    kind = kinds.load().get(row.spec.paper)
    return kind is not None and letters.subjects(user, kind).filter(pk=row.finding_id).exists()


def number_held(letter: Letter) -> tuple[int, int] | None:
    """Year and serial of the newest order about the paper's finding."""
    orders = [code for code, level in LEVELS.items() if level.paper == letter.kind]
    rows = Escalation.objects.filter(finding=letter.finding, level__in=orders, state__in=Escalation.ISSUED_STATES)
    parts = (number_parts(row.number) for row in rows.exclude(number="").order_by("-pk"))
    return next((found[1:] for found in parts if found and found[0] == letter.word), None)


def numbered(user: User) -> list[RegisterLine]:
    rows = seen_by(user).exclude(number="").select_related(*WHOSE, "decided_by", "acknowledged_by")
    return [
        RegisterLine(
            row.finding.district.pk,
            *parts,
            number=row.number,
            kind=row.get_level_display(),
            title=f"{row.get_level_display()}（问题 {row.finding}）",
            to=row.finding.answering_name,
            issued_on=timezone.localdate(row.decided_at),
            signer=row.decided_by.name if row.decided_by else "",
            state=row.get_state_display(),
            delivered_on=timezone.localdate(row.acknowledged_at) if row.acknowledged_at else None,
            receiver=row.acknowledged_by.name if row.acknowledged_by else "",
            delivery=Letter.Delivery.PORTAL.label if row.acknowledged_at else "",
            reply_due_on=row.reply_due_on,
        )
        for row in rows
        if (parts := number_parts(row.number))
    ]


def others_of(user: User, escalation: Escalation) -> QuerySet[Escalation]:
    return seen_by(user).filter(finding=escalation.finding_id).exclude(pk=escalation.pk)


def to_decide(user: User) -> QuerySet[Escalation]:
    """Without those put off to a later day."""
    rows = Escalation.objects.filter(state=Escalation.State.PROPOSED, finding__waiting_since=None)
    rows = rows.exclude(finding__state__in=Finding.SETTLED)
    return _decided_by(user, rows.exclude(put_off_until__gt=timezone.localdate()))


def to_finish(user: User) -> QuerySet[Escalation]:
    return _decided_by(user, Escalation.objects.filter(state=Escalation.State.REPLIED).exclude(replied_by=user))


def _decided_by(user: User, rows: QuerySet[Escalation]) -> QuerySet[Escalation]:
    office = [code for code, level in LEVELS.items() if not level.is_leaders]
    for_office = visible(user, rows, Perm.ESCALATION_DECIDE).filter(level__in=office)
    for_leader = visible(user, rows, Perm.ESCALATION_LEAD).exclude(level__in=office)
    return rows.filter(Q(pk__in=for_office.values("pk")) | Q(pk__in=for_leader.values("pk")))


def days_of(district_id: int) -> dict[tuple[str, str], int | None]:
    """Days by level and category; one query."""
    found: dict[tuple[str, str], int | None] = {
        (level.code, category): level.days.get(category)
        for level in LEVELS.values()
        for category in Finding.Category.values
    }
    rows = LevelSetting.objects.filter(district=district_id)
    return found | {(row.level, row.category): row.days for row in rows}


def level_reached(finding: Finding, days: Days, today: dt.date) -> tuple[str, int] | None:
    """The highest by the school's clock, with the days late; None while a verifier has it."""
    if finding.is_settled or finding.waiting_since is not None or finding.state == Finding.State.TO_DISPATCH:
        return None
    late = (today - (finding.shifted_due_on or finding.due_on)).days
    reached = [
        code
        for code in LEVELS
        if (needed := days.get((code, finding.category))) is not None and late >= sooner(needed, finding.severity)
    ]
    return (max(reached, key=LEVEL_ORDER.__getitem__), late) if reached else None


@dataclass(slots=True)
class EscalationPlan:
    """What a night has to do in a district: proposals to make, to make again (with the days late), and those overtaken."""

    new: list[tuple[Finding, str, int]] = field(default_factory=list)
    again: list[tuple[Escalation, int]] = field(default_factory=list)
    dropped: list[Escalation] = field(default_factory=list)


def plan(district_id: int, today: dt.date) -> EscalationPlan:
    """A fixed number of queries."""
    days, result = days_of(district_id), EscalationPlan()
    inside = Q(school__district=district_id) | Q(department__district=district_id) | Q(bureau=district_id)
    findings = list(Finding.objects.filter(inside).exclude(state__in=Finding.SETTLED).order_by("pk"))
    by_finding: dict[int, list[Escalation]] = defaultdict(list)
    for row in Escalation.objects.filter(finding__in=[finding.pk for finding in findings]):
        by_finding[row.finding_id].append(row)
    for finding in findings:
        reached, known = level_reached(finding, days, today), by_finding[finding.pk]
        same = {row.level: row for row in known if row.due_on == finding.due_on}
        highest = max(
            (LEVEL_ORDER[level] for level, row in same.items() if row.state != Escalation.State.DROPPED), default=-1
        )
        is_new = reached is not None and LEVEL_ORDER[reached[0]] > highest
        if reached and is_new and reached[0] in same:
            result.again.append((same[reached[0]], reached[1]))
        elif reached and is_new:
            result.new.append((finding, *reached))
        for row in known:
            if row.state == Escalation.State.PROPOSED and (reached is None or is_new or row.due_on != finding.due_on):
                result.dropped.append(row)
    settled = Finding.objects.filter(inside, state__in=Finding.SETTLED)
    result.dropped += Escalation.objects.filter(finding__in=settled, state=Escalation.State.PROPOSED)
    return result


MONTHS_BACK = 24
# The lists of a report by the field that holds them.
MONTH_LISTS = {"units": "各责任单位", "late": "逾期名单和原因", "next_due": "下月到期", "moved": "本月进展"}
S, K = Finding.State, Entry.Kind
# The school has done its part.
_DONE = (*Finding.ASKED, S.CLOSED)


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """The columns of one unit, or of all; `count.raised` holds the reopened ones too."""

    name: str
    count: Count
    done: int
    sent_back: int

    @property
    def done_rate(self) -> str:
        return rate(Fraction(self.done, self.count.total) if self.count.total else None)

    @property
    def closed_rate(self) -> str:
        return rate(self.count.rate)


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A finding in one of the lists: what happened, or why it is late."""

    finding: Finding
    problem: str
    due_on: dt.date
    days: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class MonthReport:
    """The report of a month as far as it has come; `months` are the last twelve, this one last."""

    district: District
    month: dt.date
    until: Moment
    units: Sequence[UnitMonth]
    total: UnitMonth
    moved: Sequence[MonthLine]
    late: Sequence[MonthLine]
    next_due: Sequence[MonthLine]
    months: Sequence[ReportMonth]

    @property
    def title(self) -> str:
        return f"{self.month.year}年{self.month.month}月整改进展月报"


def districts_of(user: User) -> QuerySet[District]:
    schools = visible(user, School.objects.all(), Perm.FINDING_VIEW)
    departments = visible(user, Department.objects.all(), Perm.FINDING_VIEW)
    within = Q(pk__in=schools.values("district")) | Q(pk__in=departments.values("district"))
    return District.objects.filter(within).order_by("code")


def months() -> list[dt.date]:
    """Their first days, newest first."""
    today = timezone.localdate()
    number = today.year * 12 + today.month - 1
    return [dt.date(one // 12, one % 12 + 1, 1) for one in range(number, number - MONTHS_BACK, -1)]


def month_report(user: User, district_id: int, month: dt.date) -> MonthReport:
    """Of visible findings, by who rectifies them; a fixed number of queries. Raises NotFound."""
    district = districts_of(user).filter(pk=district_id).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您可以查看的范围内。")
    period = ReportPeriod("", month, _last_of(month))
    start, end = ledger_queries.start_of(period), ledger_queries.end_of(period, timezone.now())
    seen = set(rectification.seen_by(user).values_list("pk", flat=True))
    year = Window(ledger_queries.start_of(ReportPeriod("", month.replace(year=month.year - 1), month)), end, None)
    of_year = [one for one in ledger_queries.load(ReportScope(district), year.start.at, end) if one.finding.pk in seen]
    records = [record for record in of_year if record.belongs(start, end)]
    by_unit: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        answering = record.finding.answering
        by_unit.setdefault((type(answering).__name__, answering.pk), []).append(record)
    # Schools first, in the order of the ledger.
    sorted_units = sorted(by_unit.items(), key=lambda entry: entry[0][0] != School.__name__)
    units = [_unit(own[0].finding.answering_name, own, start, end) for _, own in sorted_units]
    pending = [record for record in records if record.state(end) != S.CLOSED]
    next_end = _last_of(period.ends_on + dt.timedelta(days=1))
    return MonthReport(
        district=district,
        month=month,
        until=end,
        units=units,
        total=_unit("合计", records, start, end),
        moved=[line for record in records if (line := _moved(record, start, end))],
        late=[_line(record, end, _why(record, end)) for record in pending if record.overdue_days(end)],
        next_due=[_line(record, end) for record in pending if period.ends_on < record.due_on(end) <= next_end],
        months=year.months(of_year),
    )


def _unit(name: str, records: Iterable[Record], start: Moment, end: Moment) -> UnitMonth:
    rows = list(records)
    return UnitMonth(
        name=name,
        count=ledger_queries.count(rows, start, end),
        done=sum(record.state(end) in _DONE for record in rows),
        sent_back=sum(e.kind == K.SEND_BACK and start.at <= e.at <= end.at for record in rows for e in record.entries),
    )


def _line(record: Record, end: Moment, text: str = "") -> MonthLine:
    return MonthLine(record.finding, record.current.problem, record.due_on(end), record.overdue_days(end), text)


def _moved(record: Record, start: Moment, end: Moment) -> MonthLine | None:
    steps = [entry for entry in record.entries if start.at <= entry.at <= end.at and entry.kind != K.DISPATCH]
    if not steps:
        return None
    last = steps[-1]
    text = f"{Moment(last.at).day.month}月{Moment(last.at).day.day}日{last.get_kind_display()}：{last.text.splitlines()[0]}"
    return _line(record, end, text)


def _why(record: Record, end: Moment) -> str:
    """The school's last word on why, or whose turn it is."""
    if record.state(end) in Finding.ASKED:
        return "已申请销号，等核查"
    said = [entry for entry in record.until(end) if entry.kind in (K.ASK_EXTENSION, K.SEND_BACK)]
    return f"{said[-1].get_kind_display()}：{said[-1].text.splitlines()[0]}" if said else "未说明"


def _last_of(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
