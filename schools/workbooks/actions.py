"""Importing the register from a workbook, and taking it away as one."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid
from portal.core.lib import digests, written
from portal.core.lib.models import one_of_each
from portal.core.spreadsheets import imports, mark
from portal.core.spreadsheets.read import Source
from schools.directory import queries as directory, workflow
from schools.directory.facts import (
    BATCH,
    NOT_YET,
    PLAIN_FACTS,
    SAME_CODE,
    AppliedChange,
    apply,
    record_changes,
    set_days,
)
from schools.directory.models import District, Group, School
from schools.workbooks import queries, workbook


def import_register(
    *,
    source: Source,
    name: str,
    by: User,
    dry_run: bool = False,
    seen: str = "",
    valid_from: date | None = None,
    reason: str = "",
) -> queries.ImportPlan:
    """All of a workbook or, with any error, nothing.

    Changes hold from `valid_from` on (else today); schools the file does not name stay as they are. A school that ends
    is settled as usual and needs a `reason`; none is reopened. Raises Invalid with every problem, Conflict if something
    else would be done than in the preview `seen`.
    """
    own = queries.own_districts(by)
    today = timezone.localdate()
    valid_from = valid_from or today
    if valid_from > today:
        raise Invalid(NOT_YET)
    # Read before the transaction: a large file must not keep others from writing.
    notes: list[str] = []
    lines, problems = workbook.read(source, notes)
    with transaction.atomic():
        if not dry_run:
            # Districts, then their schools, in the order every action locks them.
            ids = [district.pk for district in own]
            list(District.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
            schools = School.objects.select_for_update(no_key=True).filter(district__in=ids).order_by("pk")
            list(schools.values_list("pk"))
        plan, outside = queries.plan(lines, valid_from=valid_from, by=by, notes=notes)
        if problems or outside:
            found = sorted([*problems, *outside], key=lambda one: spot.row if (spot := mark.Spot.of(one.where)) else 0)
            raise Invalid(f"“{name}”中有 {len(found)} 处错误，没有导入任何学校。请修改后重新导入。", found)
        imports.ensure_seen(seen, plan.digest, is_empty=plan.is_empty, what="名录", unit="学校")
        if not dry_run:
            reason = written.reason(reason, "停办、合并") if plan.endings else ""
            for change, _ in plan.endings:
                workflow.settle(change, by=by)
            _write(plan, valid_from=valid_from, reason=reason, by=by)
            _record_import(plan, name=name, valid_from=valid_from, reason=reason, by=by)
    return plan


@transaction.atomic
def note_export(*, count: int, content: bytes, by: User) -> None:
    audit.record(
        "school.export", by=by, district=queries.own_districts(by)[0].code, after={"count": count} | digests.of(content)
    )


def _write(plan: queries.ImportPlan, *, valid_from: date, reason: str, by: User) -> None:
    wanted = {(entry.facts.district, entry.facts.group) for entry in (*plan.new, *plan.changed) if entry.facts.group}
    new = [Group(district=plan.districts[code], name=name) for code, name in sorted(wanted)]
    Group.objects.bulk_create(new, ignore_conflicts=True)
    held = Group.objects.filter(district__code__in={code for code, _ in wanted}).select_related("district")
    groups = {(group.district.code, group.name): group for group in held}
    townships = {(row.district.code, row.code): row for row in directory.townships(plan.districts.values())}
    ended = {change.school.code for change, _ in plan.endings}
    rows: list[AppliedChange] = []
    for entry in [*plan.new, *plan.changed]:
        school = entry.school or School(code=entry.code, created_by=by, version=0)
        facts = entry.facts
        left = school.district if "district" in entry.changed else None
        group, township = groups.get((facts.district, facts.group)), townships.get((facts.district, facts.township))
        apply(school, facts, plan.districts[facts.district], group, township, by=by)
        if entry.changed:
            set_days(school, entry.changed, valid_from)
        school.version += 1
        rows.append(AppliedChange(school, facts, entry.changed, left, reason if entry.code in ended else ""))
    created = [row.school for row in rows if row.school._state.adding]
    updated = [row.school for row in rows if not row.school._state.adding]
    with one_of_each(*SAME_CODE):
        School.objects.bulk_create(created, batch_size=BATCH)
    fields = [*PLAIN_FACTS, "district", "group", "township", "changed_on", "closed_on"]
    School.objects.bulk_update(updated, [*fields, "version", "updated_at", "updated_by"], batch_size=100)
    # A 并入学校 may be new in the same file.
    merged = [row for row in rows if row.facts.successor]
    found = School.objects.in_bulk({row.facts.successor for row in merged}, field_name="code") if merged else {}
    for row in merged:
        row.school.successor = found[row.facts.successor]
    School.objects.bulk_update([row.school for row in merged], ["successor"], batch_size=100)
    record_changes(rows, valid_from=valid_from, by=by)


def _record_import(plan: queries.ImportPlan, *, name: str, valid_from: date, reason: str, by: User) -> None:
    """One event per district the file names."""
    entries = [*plan.new, *plan.changed, *plan.unchanged]
    for code in sorted({entry.facts.district for entry in entries}):
        changed = [entry for entry in plan.changed if entry.facts.district == code]
        endings = [
            f"{change.summary}：{row.where}，{row.text}"
            for change, rows in plan.endings
            if change.school.district.code == code
            for row in rows
        ]
        audit.record(
            "school.import",
            by=by,
            obj=plan.districts[code],
            district=code,
            before={entry.code: {key: pair[0] for key, pair in entry.changed.items()} for entry in changed},
            after={
                "file": name,
                "valid_from": valid_from,
                "new": [entry.code for entry in plan.new if entry.facts.district == code],
                "changed": {entry.code: {key: pair[1] for key, pair in entry.changed.items()} for entry in changed},
                "unchanged": sum(entry.facts.district == code for entry in plan.unchanged),
            }
            | ({"consequences": endings, "reason": reason} if endings else {}),
        )
