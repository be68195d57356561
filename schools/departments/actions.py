"""Actions on the register of departments: registering, changing and importing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import digests, written
from portal.core.lib.models import one_of_each
from portal.core.spreadsheets import imports
from portal.core.spreadsheets.read import Source
from schools.access.scope import Perm, ensure
from schools.departments import queries, workbook
from schools.directory.models import Department, District

FACTS = ("code", "name", "kind", "status")


@dataclass(frozen=True, slots=True)
class DepartmentChange:
    """One department of a file: its facts after the import; what differs, as column → (before, after)."""

    district: District
    department: Department | None
    facts: Mapping[str, str]
    changed: Mapping[str, tuple[str, str]]

    @property
    def abolishes(self) -> bool:
        return "status" in self.changed and self.facts["status"] == Department.Status.ABOLISHED

    @property
    def words(self) -> list[tuple[str, str, str]]:
        return [(workbook.COLUMNS[code], before, after) for code, (before, after) in self.changed.items()]


@dataclass(frozen=True, slots=True)
class DepartmentPlan:
    """What an import would do now."""

    new: list[DepartmentChange]
    changed: list[DepartmentChange]
    unchanged: int
    notes: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed)

    @property
    def summary(self) -> str:
        return f"新增 {len(self.new)} 个，变更 {len(self.changed)} 个，无变化 {self.unchanged} 个"

    @property
    def abolishes(self) -> list[str]:
        return [one.facts["name"] for one in self.changed if one.abolishes]

    @property
    def digest(self) -> str:
        changes = (*self.new, *self.changed)
        return digests.fingerprint([[one.district.code, dict(one.facts), dict(one.changed)] for one in changes])


@transaction.atomic
def create_department(*, district_id: int, facts: Mapping[str, str], by: User) -> Department:
    """Raises Invalid if the district has the code already."""
    district = District.objects.select_for_update(no_key=True).filter(pk=district_id).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, district)
    if district.departments.filter(code=facts["code"]).exists():
        raise Invalid(f"编号 {facts['code']} 在{district}已经登记，不能重复。请换一个编号，或在名录中修改原来的部门。")
    department = Department(district=district, created_by=by)
    _write(department, facts, by=by)
    return department


@transaction.atomic
def edit_department(*, department_id: int, facts: Mapping[str, str], reason: str = "", by: User) -> Department:
    """Raises Invalid for a code in use, or when it is abolished without a reason."""
    department = Department.objects.select_for_update(no_key=True).filter(pk=department_id).first()
    if department is None:
        raise NotFound("没有这个部门，或不在您管理的范围内。")
    ensure(by, Perm.DISTRICT_EDIT, department)
    if Department.objects.filter(district=department.district, code=facts["code"]).exclude(pk=department.pk).exists():
        raise Invalid(f"编号 {facts['code']} 已用于本区另一个部门。请换一个编号。")
    _write(department, facts, reason, by=by)
    return department


def import_departments(
    *, source: Source, name: str, reason: str = "", by: User, dry_run: bool = False, seen: str = ""
) -> DepartmentPlan:
    """All of a workbook or nothing; departments it does not name stay as they are.

    Raises Invalid with every problem, and for an abolition without `reason`; Conflict if `seen` is another plan.
    """
    own = {district.code: district for district in queries.own_districts(by)}
    notes: list[str] = []
    lines, problems = workbook.read(source, notes)
    with transaction.atomic():
        list(District.objects.select_for_update(no_key=True).filter(code__in=own).order_by("pk").values_list("pk"))
        plan = replace(_plan(lines, own, problems), notes=notes)
        if problems:
            raise Invalid(f"“{name}”中有 {len(problems)} 处错误，没有导入任何部门。请修改后重新导入。", problems)
        imports.ensure_seen(seen, plan.digest, is_empty=plan.is_empty, what="部门名录", unit="部门")
        if not dry_run:
            for one in (*plan.new, *plan.changed):
                _write(one.department or Department(district=one.district, created_by=by), one.facts, reason, by=by)
            after = {"file": name, "new": len(plan.new), "changed": len(plan.changed)}
            audit.record("department.import", by=by, district=next(iter(own)), after=after)
    return plan


@transaction.atomic
def note_export(*, count: int, content: bytes, by: User) -> None:
    audit.record(
        "department.export",
        by=by,
        district=queries.own_districts(by)[0].code,
        after={"count": count} | digests.of(content),
    )


def _plan(lines: list[workbook.DepartmentRow], own: Mapping[str, District], problems: list[Problem]) -> DepartmentPlan:
    """Adds lines of another district to `problems`."""
    rows = Department.objects.filter(district__code__in=own).select_related("district")
    registered = {(row.district.code, row.code): row for row in rows}
    plan, unchanged = DepartmentPlan([], [], 0), 0
    for line in lines:
        district = own.get(line.facts["district_code"])
        if district is None:
            do = f"可填您管理的区县：{'、'.join(f'{one.code} {one.name}' for one in own.values())}。"
            problems.append(Problem(f"区划代码 {line.facts['district_code']} 不在您管理的范围内", line.where, do))
            continue
        department = registered.get(line.key)
        if department is None:
            facts = {"status": Department.Status.ACTIVE.value, **line.facts}
            plan.new.append(DepartmentChange(district, None, facts, {}))
            continue
        facts = {code: line.facts.get(code, getattr(department, code)) for code in FACTS}
        changed = {code: (old, facts[code]) for code in FACTS if (old := getattr(department, code)) != facts[code]}
        if changed:
            plan.changed.append(DepartmentChange(district, department, facts, changed))
        else:
            unchanged += 1
    return DepartmentPlan(plan.new, plan.changed, unchanged)


def _write(department: Department, facts: Mapping[str, str], reason: str = "", *, by: User) -> None:
    why = {}
    is_new = department.pk is None
    before = (
        {}
        if is_new
        else {code: getattr(department, code) for code in FACTS if getattr(department, code) != facts[code]}
    )
    if not is_new and not before:
        return
    if not is_new and "status" in before:
        is_abolished = facts["status"] == Department.Status.ABOLISHED
        department.abolished_reason = written.reason(reason, f"撤销{department.name}") if is_abolished else ""
        why = {"reason": department.abolished_reason} if is_abolished else {}
    for code in FACTS:
        setattr(department, code, facts[code])
    department.updated_by, department.updated_at = by, timezone.now()
    with one_of_each("登记了同一个编号", "请刷新后重试。"):
        department.save()
    after = {code: facts[code] for code in (FACTS if is_new else before)} | why
    verb = "department.create" if is_new else "department.edit"
    audit.record(verb, by=by, obj=department, before=before, after=after)
