"""The import of a ledger from elsewhere: all of a workbook or nothing, open problems dispatched, closed ones as history."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.ledgers import queries, workbook
from inspections.rectification import queries as rectification, raising, workflow
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.models import User
from portal.core.accounts.queries import system_user
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, Problem
from portal.core.lib import digests
from portal.core.notices.actions import notify
from portal.core.spreadsheets import imports
from portal.core.spreadsheets.read import Source
from schools.directory.models import Department, District, School

K = Entry.Kind
_BATCH = 500


@dataclass(frozen=True, slots=True)
class LedgerPlanRow:
    """One row as it would be registered."""

    row: workbook.LedgerRow
    unit: School | Department | District
    responsible: Department | None
    ledger: str

    @property
    def key(self) -> queries.OldRow:
        kinds = (School, Department, District)
        school, department, bureau = (self.unit.pk if isinstance(self.unit, kind) else None for kind in kinds)
        return self.ledger, school, department, bureau, self.row["number"], self.row["problem"]


@dataclass(frozen=True, slots=True)
class LedgerPlan:
    """What an import would do now."""

    new: list[LedgerPlanRow]
    already_there: int
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.new

    @property
    def summary(self) -> str:
        closed = sum(one.row.is_closed for one in self.new)
        known = f"，以前导入过 {self.already_there} 个（不重复导入）" if self.already_there else ""
        return f"导入 {len(self.new)} 个问题，其中已销号 {closed} 个、未销号 {len(self.new) - closed} 个{known}"

    @property
    def digest(self) -> str:
        rows = [
            [one.ledger, str(one.unit), one.row.texts, {k: str(v) for k, v in one.row.days.items()}] for one in self.new
        ]
        return digests.fingerprint(rows)


def import_ledger(*, source: Source, name: str, by: User, dry_run: bool = False, seen: str = "") -> LedgerPlan:
    """Raises Invalid with every problem, Conflict if `seen` is another plan. Numbers stay as 原编号 next to new ones."""
    own = queries.own_districts(by)
    notes: list[str] = []
    rows, problems = workbook.read(source, notes)
    with transaction.atomic():
        list(District.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in own]).order_by("pk"))
        plan = _plan(rows, by, notes, problems)
        if problems:
            raise Invalid(f"“{name}”中有 {len(problems)} 处错误，没有导入任何问题。请修改后重新导入。", problems)
        imports.ensure_seen(seen, plan.digest, is_empty=plan.is_empty, what="台账", unit="问题")
        if not dry_run and plan.new:
            numbers = _write(plan, name, by)
            after = {"file": name, "rows": len(numbers), "first": numbers[0], "last": numbers[-1]}
            audit.record("ledger.import", by=by, district=plan.new[0].ledger, after=after)
    return plan


def _plan(rows: list[workbook.LedgerRow], by: User, notes: list[str], problems: list[Problem]) -> LedgerPlan:
    units = queries.units(by)
    indicators: dict[int, set[str]] = {}
    planned: list[LedgerPlanRow] = []
    for row in rows:
        unit = units.find(row["unit"])
        if unit is None:
            do = "请写名录里的学校或部门的全称（或学校标识码）；教育局本级写“教育局”。"
            problems.append(row.problem("unit", f"没有“{row['unit'][:40]}”，或不止一个", do))
            continue
        district = type(unit).place.district_of(unit)
        if district.pk not in indicators:
            indicators[district.pk] = {code for code, _ in rectification.indicator_choices([district.pk])}
        codes = indicators[district.pk]
        if row["indicator"] not in codes and (row["indicator"] or not row.is_closed):
            do = "请填指标代号，如 A7、B5、C8；已销号的可以留空。"
            problems.append(row.problem("indicator", f"没有代号为“{row['indicator'][:20]}”的指标", do))
        responsible = units.find(row["department"]) if row["department"] else None
        if isinstance(unit, Department) or not isinstance(responsible, Department):
            responsible = None
        planned.append(LedgerPlanRow(row, unit, responsible, district.code))
    known = queries.imported({one.ledger for one in planned})
    new = []
    for one in planned:
        if one.key not in known:
            known.add(one.key)
            new.append(one)
    return LedgerPlan(new, len(planned) - len(new), tuple(notes))


def _write(plan: LedgerPlan, name: str, by: User) -> list[str]:
    year, system = timezone.localdate().year, system_user()
    counts = Counter(one.ledger for one in plan.new)
    source = Finding.Source.IMPORT
    numbers = {
        ledger: iter(raising.take_numbers(ledger=ledger, year=year, source=source, count=count))
        for ledger, count in sorted(counts.items())
    }
    findings = [_finding(one, next(numbers[one.ledger]), by, system) for one in plan.new]
    registered = [finding.created_at for finding in findings]
    Finding.objects.bulk_create(findings, batch_size=_BATCH)
    # The day of old, so that reports of past periods count it where it was; the trail says when it was imported.
    for finding, moment in zip(findings, registered, strict=True):
        finding.created_at = moment
    Finding.objects.bulk_update([one for one in findings if one.created_at], ["created_at"], batch_size=_BATCH)
    entries = [
        entry
        for finding, one in zip(findings, plan.new, strict=True)
        for entry in _entries(finding, one.row, name, by, system)
    ]
    Entry.objects.bulk_create(entries, batch_size=_BATCH)
    waiting = Counter(finding.answering for finding in findings if not finding.is_closed)
    for unit, count in waiting.items():
        text = f"从原台账导入 {count} 个没有销号的问题，请继续整改"
        url, key = reverse("rectification:list"), f"ledger:{findings[0].pk}"
        notify(workflow.answerers(unit), text=text, url=url, key=key, by=by)
    return [finding.number for finding in findings]


def _finding(one: LedgerPlanRow, number: str, by: User, system: User) -> Finding:
    row, closed_on, raised_on = one.row, one.row.days.get("closed_on"), one.row.days.get("raised_on")
    due_on = row.days.get("due_on") or closed_on or timezone.localdate()
    first = min(filter(None, (raised_on, closed_on)), default=None)
    texts = {code: row[code] for code in ("indicator", "problem", "current_value", "standard_value", "severity")}
    texts |= {code: row[code] for code in ("requirement", "goal", "leader", "responsible")}
    finding = Finding(
        number=number,
        ledger=one.ledger,
        source=Finding.Source.IMPORT,
        original_number=row["number"],
        responsible_department=one.responsible,
        category=row["category"] or Finding.Category.WITH_DEADLINE,
        due_on=due_on,
        state=Finding.State.CLOSED if row.is_closed else Finding.State.RECTIFYING,
        closed_at=_moment(closed_on) if row.is_closed else None,
        closed_by=system if row.is_closed else None,
        created_by=by,
        updated_by=by,
        **raising.respondent(one.unit),
        **texts,
    )
    finding.created_at = _moment(first) if first else timezone.now()
    return finding


def _moment(day: dt.date | None) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day or timezone.localdate(), dt.time(12)))


def _entries(finding: Finding, row: workbook.LedgerRow, name: str, by: User, system: User) -> list[Entry]:
    """Measures and progress are by the system user: the importer has rectified nothing."""
    labels = {"number": "原编号", "source": "原来源", "department": "原责任单位", "verifier": "原核查人"}
    labels |= {"opinion": "原核查意见", "closed_on": "原销号时间", "money": "投入资金（万元）"}
    said = [f"{label}：{row[code]}" for code, label in labels.items() if row[code]]
    found = [Entry(finding=finding, kind=K.IMPORT, text="\n".join([f"由“{name}”导入", *said]), by=by)]
    if not row.is_closed:
        text = row["requirement"] or "按原台账继续整改"
        found.append(Entry(finding=finding, kind=K.DISPATCH, text=text, due_on=finding.due_on, by=by))
    for code, kind in (("measure", K.MEASURE), ("progress", K.PROGRESS)):
        if row[code]:
            found.append(Entry(finding=finding, kind=kind, text=row[code], by=system))
    return found
