"""Actions on the registers: entries made, changed, withdrawn, imported and exported, and the files behind them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotAllowed, Problem
from portal.core.files import uploads
from portal.core.lib import digests, written
from portal.core.spreadsheets import imports
from portal.core.spreadsheets.read import Source
from schools.access import restricted
from schools.access.scope import Perm, ensure, visible
from schools.directory.models import Department, District, School
from schools.registers import queries, rights, workbook
from schools.registers.kinds import RegisterKind, SchoolNames
from schools.registers.models import RegisterChange, RegisterEntry, RegisterFile, Step

MAX_FILES = 30
_DO = "确需上传的，请勾选“含个人信息”后再传；否则请删去后再传。"
_BATCH = 500
_FIELDS = {School: "school", Department: "department", District: "district"}


@dataclass(frozen=True, slots=True)
class EntryUpdate:
    """What an import makes of an entry that is there: `changed` by field as [before, after], or an `ending`."""

    entry: RegisterEntry
    year: int
    data: Mapping[str, str]
    changed: Mapping[str, list[str]]
    ending: str = ""


@dataclass(frozen=True, slots=True)
class RegisterPlan:
    """What an import would do now; `already_there` holds the same entry or the same row twice."""

    new: list[RegisterEntry]
    updates: list[EntryUpdate]
    already_there: int
    notes: Sequence[str]

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.updates)

    @property
    def summary(self) -> str:
        ended = sum(bool(one.ending) for one in self.updates)
        counts = ((Step.ENTERED, len(self.new)), (Step.CHANGED, len(self.updates) - ended), (Step.WITHDRAWN, ended))
        said = "，".join(f"{what} {count} 条" for what, count in counts if count) or "登记 0 条"
        known = f"，另有 {self.already_there} 条已经登记过（不重复导入）" if self.already_there else ""
        return f"{said}{known}"

    @property
    def digest(self) -> str:
        updates = [[one.entry.pk, one.entry.version, dict(one.changed), one.ending] for one in self.updates]
        return digests.fingerprint([[list(map(str, _key(one))) for one in self.new], updates])


@transaction.atomic
def create(*, kind: str, unit: rights.Unit, year: int, typed: Mapping[str, str], by: User) -> RegisterEntry:
    """Raises Invalid with what is wrong by field, NotAllowed for a unit the person does not maintain."""
    register = queries.kind_of(kind)
    if unit not in rights.units(by, register):
        raise NotAllowed(f"您不能为{unit.name}登记{register.name}。请选自己的单位，或联系局管理员。")
    entry = _entry(register, unit, year, _checked(register, unit, year, typed), by)
    entry.words = _words([entry])[0]
    entry.save()
    _note(entry, Step.ENTERED, {code: ["", value] for code, value in entry.data.items()}, by=by)
    return entry


@transaction.atomic
def change(
    *, entry_id: int, version: int, year: int, typed: Mapping[str, str], reason: str = "", by: User
) -> RegisterEntry:
    """The same values leave no trace. Raises Invalid with what is wrong by field, Conflict when somebody was first."""
    entry = rights.locked(entry_id, by)
    data = _checked(entry.register, entry.place, year, typed)
    changed = _differing(entry, year, data)
    if not changed:
        return entry
    if entry.version != version:
        who = f"{entry.updated_by.name}刚刚改过这条记录"
        raise Conflict(f"{who}，您的修改没有保存。再按一次“保存”，将以您填写的内容为准。")
    _rewrite(entry, year, data, changed, reason.strip(), by)
    return entry


def _differing(entry: RegisterEntry, year: int, data: Mapping[str, str]) -> dict[str, list[str]]:
    now, then = entry.data | {"year": str(entry.year)}, {**data, "year": str(year)}
    names = dict.fromkeys([*now, *then])
    return {name: [now.get(name, ""), then.get(name, "")] for name in names if now.get(name) != then.get(name)}


def _rewrite(
    entry: RegisterEntry, year: int, data: Mapping[str, str], changed: Mapping[str, list[str]], reason: str, by: User
) -> None:
    entry.data, entry.year, entry.version, entry.updated_by = dict(data), year, entry.version + 1, by
    entry.words = _words([entry])[0]
    entry.save()
    _note(entry, Step.CHANGED, changed, reason, by=by)


@transaction.atomic
def withdraw(*, entry_id: int, reason: str, by: User) -> RegisterEntry:
    entry = rights.locked(entry_id, by)
    _end(entry, written.reason(reason, "撤销这条记录"), by)
    return entry


def _end(entry: RegisterEntry, reason: str, by: User) -> None:
    entry.withdrawn_reason = reason
    entry.withdrawn_at, entry.withdrawn_by, entry.updated_by = timezone.now(), by, by
    entry.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason", "updated_at", "updated_by"])
    _note(entry, Step.WITHDRAWN, {}, reason, by=by)


@transaction.atomic
def attach(
    *, entry_id: int, file: uploads.Accepted, by: User, caption: str = "", is_restricted: bool = False
) -> RegisterFile:
    """The same file there again is the same row."""
    entry = rights.locked(entry_id, by)
    known = entry.files.filter(withdrawn_at=None).select_related("document")
    if len(known) >= MAX_FILES:
        raise Invalid(f"这条记录已有 {MAX_FILES} 个文件。请先撤下不用的，或把多页材料合成一个 PDF。")
    document = uploads.save(file, do=_DO, by=by, restricted=is_restricted)
    if same := next((row for row in known if row.document.sha256 == document.sha256), None):
        return same
    row = RegisterFile.objects.create(
        entry=entry, document=document, caption=caption.strip(), created_by=by, updated_by=by
    )
    after = {"name": document.name, "restricted": is_restricted} | {"sha256": document.sha256, "size": document.size}
    audit.record("register_entry.attach", by=by, obj=entry, after=after)
    return row


@transaction.atomic
def withdraw_file(*, file_id: int, reason: str, by: User) -> RegisterFile:
    file = queries.get_file(by, file_id)
    entry = rights.locked(file.entry_id, by)
    reason = written.reason(reason, "撤下佐证")
    file.withdrawn_at, file.withdrawn_by, file.updated_by = timezone.now(), by, by
    file.save(update_fields=["withdrawn_at", "withdrawn_by", "updated_at", "updated_by"])
    before = {"name": file.document.name, "sha256": file.document.sha256}
    audit.record("register_entry.withdraw_file", by=by, obj=entry, before=before, after={"reason": reason})
    return file


@transaction.atomic
def hand_out(*, file_id: int, by: User) -> RegisterFile:
    file = queries.get_file(by, file_id)
    ensure(by, Perm.REGISTER_VIEW, file)
    restricted.ensure(by, file, file.document.sha256)
    after = {"name": file.document.name, "sha256": file.document.sha256}
    audit.record("register_entry.download", by=by, obj=file.entry, after=after)
    return file


@transaction.atomic
def export(*, kind: str, rows: Iterable[RegisterEntry], by: User, purpose: str | None = None) -> bytes:
    """.xlsx; names are masked without a `purpose` from somebody who may see them."""
    register, listed = queries.kind_of(kind), list(rows)
    found = RegisterEntry.objects.filter(pk__in=[row.pk for row in listed])
    if outside := found.exclude(pk__in=visible(by, found, Perm.REGISTER_VIEW).values("pk")).first():
        ensure(by, Perm.REGISTER_VIEW, outside)
    persons = restricted.persons(by, found, purpose)
    content = workbook.write([register], listed, names=queries.names_in(listed), persons=persons)
    after = {"register": register.name, "rows": len(listed)} | persons.for_audit() | digests.of(content)
    districts = {RegisterEntry.place.district_of(row).code for row in listed}
    audit.record("register_entry.export", by=by, district=districts.pop() if len(districts) == 1 else "", after=after)
    return content


def import_entries(*, source: Source, name: str, by: User, dry_run: bool = False, seen: str = "") -> RegisterPlan:
    """All of a workbook or nothing; known entries are skipped, rows with a number change or end theirs.

    Raises Invalid with every problem, Conflict if `seen` is another plan.
    """
    notes: list[str] = []
    district = queries.keeper_district(by)
    rows, problems = workbook.read(source, lambda kind: rights.units(by, kind), notes)
    with transaction.atomic():
        places = {row.district_id for row in rows}
        list(District.objects.select_for_update(no_key=True).filter(pk__in=places).order_by("pk").values_list("pk"))
        plan = _plan(rows, queries.school_names(places), by, notes, problems)
        if problems:
            raise Invalid(f"“{name}”中有 {len(problems)} 处错误，没有导入任何记录。请修改后重新导入。", problems)
        imports.ensure_seen(seen, plan.digest, is_empty=plan.is_empty, what="台账", unit="记录")
        if not dry_run and not plan.is_empty:
            reason = f"由“{name}”导入"[:200]
            for entry, words in zip(plan.new, _words(plan.new), strict=True):
                entry.words = words
            made = RegisterEntry.objects.bulk_create(plan.new, batch_size=_BATCH)
            steps = [RegisterChange(entry=entry, what=Step.IMPORTED, reason=reason, by=by) for entry in made]
            RegisterChange.objects.bulk_create(steps, batch_size=_BATCH)
            for one in plan.updates:
                if one.ending:
                    _end(one.entry, one.ending, by)
                else:
                    _rewrite(one.entry, one.year, one.data, one.changed, reason, by)
            kinds = {one.register.name for one in (*plan.new, *(update.entry for update in plan.updates))}
            ended = sum(bool(one.ending) for one in plan.updates)
            counts = {"rows": len(plan.new), "changed": len(plan.updates) - ended, "withdrawn": ended}
            after = {"file": name, "registers": sorted(kinds)} | counts
            audit.record("register_entry.import", by=by, district=district.code, after=after)
    return plan


def _plan(
    rows: list[workbook.EntryRow],
    schools: Mapping[int, SchoolNames],
    by: User,
    notes: list[str],
    problems: list[Problem],
) -> RegisterPlan:
    numbers = {row.number[0] for row in rows if row.number}
    locked = RegisterEntry.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    there = {one.pk: one for one in locked.select_related("school", "department", "district").filter(pk__in=numbers)}
    planned, updates, unchanged = [], [], 0
    for row in rows:
        data, faults = row.kind.check(row.typed, schools[row.district_id])
        for code, fault in faults.items():
            cell = row.row.cells.get(code) or row.row["unit"]
            problems.append(cell.problem(fault.what, fault.do))
        if row.number is None:
            planned.append(_entry(row.kind, row.unit, row.year, data, by))
            continue
        # Taken out: a second row of the same number finds none.
        entry = there.pop(row.number[0], None)
        if problem := _problem_of(entry, row, data):
            problems.append(problem)
        elif entry and not _is_done(entry, row, data):
            changed = {} if row.ending else _differing(entry, row.year, data)
            updates.append(EntryUpdate(entry, row.year, data, changed, row.ending))
        else:
            unchanged += 1
    kinds, years = {one.kind for one in planned}, {one.year for one in planned}
    alike = RegisterEntry.objects.filter(kind__in=kinds, year__in=years, withdrawn_at=None)
    known = {_key(one) for one in alike}
    new = []
    for entry in planned:
        if _key(entry) not in known:
            known.add(_key(entry))
            new.append(entry)
    return RegisterPlan(new, updates, unchanged + len(planned) - len(new), notes)


def _problem_of(entry: RegisterEntry | None, row: workbook.EntryRow, data: Mapping[str, str]) -> Problem | None:
    """Why a numbered row cannot be taken; the person maintains `row.unit`."""
    cell, number = row.row["entry"], "-".join(map(str, row.number or ()))
    if entry is None or entry.kind != row.kind.code or entry.place != row.unit:
        do = "编号、台账和单位请保持导出时的样子，一条只留一行；新登记的请清空编号。"
        return cell.problem(f"{row.unit.name}的{row.kind.name}里没有编号 {number} 这条记录", do)
    if _is_done(entry, row, data):
        return None
    if entry.withdrawn_at is not None:
        return cell.problem("这条记录已经撤销", "请删去这一行；需要的话，清空编号另登记一条。")
    if row.number and entry.version != row.number[1]:
        return cell.problem("导出以后这条记录又有人改过", "请重新导出，在新的表里改。")
    return None


def _is_done(entry: RegisterEntry, row: workbook.EntryRow, data: Mapping[str, str]) -> bool:
    if row.ending:
        return entry.withdrawn_at is not None and entry.withdrawn_reason == row.ending
    return entry.withdrawn_at is None and not _differing(entry, row.year, data)


def _key(entry: RegisterEntry) -> tuple[Any, ...]:
    data = digests.fingerprint(entry.data)
    return entry.kind, entry.school_id, entry.department_id, entry.district_id, entry.year, data


def _entry(kind: RegisterKind, unit: rights.Unit, year: int, data: Mapping[str, str], by: User) -> RegisterEntry:
    place = {_FIELDS[type(unit)]: unit}
    return RegisterEntry(kind=kind.code, year=year, data=dict(data), created_by=by, updated_by=by, **place)


def _checked(kind: RegisterKind, unit: rights.Unit, year: int, typed: Mapping[str, str]) -> dict[str, str]:
    if year not in kind.years(timezone.localdate()):
        raise Invalid(f"{kind.clock}不对。请从列表中选择。")
    district = type(unit).place.district_of(unit).pk
    data, faults = kind.check(typed, queries.school_names([district])[district])
    if faults:
        raise Invalid("内容有误，没有保存。", [Problem(fault.what, code, fault.do) for code, fault in faults.items()])
    return data


def _words(rows: Sequence[RegisterEntry]) -> list[str]:
    names = queries.names_in(rows)
    return [
        " ".join(
            one.shown(row.data[code], names)
            for code, one in row.register.fields.items()
            if code in row.data and one.type != "person"
        )
        for row in rows
    ]


def _note(entry: RegisterEntry, what: Step, changed: Mapping[str, list[str]], reason: str = "", *, by: User) -> None:
    """In the entry's history, and in the trail with persons masked."""
    RegisterChange.objects.create(entry=entry, what=what, changed=changed, reason=reason, by=by)
    fields, masked = entry.register.fields, restricted.Persons()

    def recorded(side: int) -> dict[str, str]:
        return {
            code: masked.name(values[side]) if code in fields and fields[code].type == "person" else values[side]
            for code, values in changed.items()
        }

    verb = {Step.ENTERED: "create", Step.CHANGED: "change", Step.WITHDRAWN: "withdraw"}[what]
    why = {"reason": reason} if reason else {}
    about = {"register": entry.register.name, "year": str(entry.year)} if what == Step.ENTERED else {}
    audit.record(f"register_entry.{verb}", by=by, obj=entry, before=recorded(0), after=about | recorded(1) | why)
