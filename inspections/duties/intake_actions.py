"""Actions on a programme with its tasks as a workbook: importing it, taking it away."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from inspections.duties import content_queries, workbook, workflow
from inspections.duties.models import Duty, DutyEntry
from inspections.programmes import queries as programmes, workflow as adopting
from inspections.programmes.models import Programme
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotFound, Problem
from portal.core.lib import digests, written
from portal.core.spreadsheets import imports
from portal.core.spreadsheets.read import Source
from schools.access.scope import Perm, ensure
from schools.directory import queries as directory
from schools.directory.models import Department, District, School, Status


@dataclass(frozen=True, slots=True)
class DutyChange:
    """A task of the file: new, or what differs as label, before, after."""

    duty: Duty | None
    content: content_queries.DutyContent
    words: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class IntakePlan:
    """What an import would do now; `words` is what differs of a programme that is there, as label, before, after."""

    programme: Mapping[str, Any]
    is_new: bool
    words: Sequence[tuple[str, str, str]]
    tasks: Sequence[DutyChange]
    unchanged: int
    notes: Sequence[str] = ()

    @property
    def new(self) -> list[DutyChange]:
        return [one for one in self.tasks if one.duty is None]

    @property
    def is_empty(self) -> bool:
        return not (self.is_new or self.words or self.tasks)

    @property
    def needs_reason(self) -> bool:
        return bool(self.words) or any(one.duty for one in self.tasks)

    @property
    def summary(self) -> str:
        what = "新方案" if self.is_new else "方案有更新" if self.words else "方案无变化"
        changed = len(self.tasks) - len(self.new)
        return f"{what}，新任务 {len(self.new)} 项，修改 {changed} 项，无变化 {self.unchanged} 项"

    @property
    def digest(self) -> str:
        tasks = [[one.content.code, [list(words) for words in one.words]] for one in self.tasks]
        programme = {name: str(value) for name, value in self.programme.items()}
        return digests.fingerprint([programme, [list(words) for words in self.words], tasks])


def import_programme(
    *, source: Source, name: str, reason: str = "", by: User, dry_run: bool = False, seen: str = ""
) -> IntakePlan:
    """All of a workbook or nothing; tasks it does not name stay.

    A changed programme or task needs a `reason`; each owner is notified once. Raises Invalid with every problem,
    Conflict if `seen` is another plan.
    """
    own = {one.code: one for one in directory.maintained_districts(by, Perm.DUTY_MANAGE, "目标任务")}
    notes: list[str] = []
    found, problems = workbook.read(source, notes)
    if problems:
        raise _refused(name, problems)
    code = found.programme["district_code"]
    if code not in own:
        do = f"可填您管理的区县：{'、'.join(own)}。"
        raise _refused(name, [Problem(f"区划代码 {code} 不在您管理的范围内", f"工作表“{workbook.HEAD}”", do)])
    with transaction.atomic():
        district = District.objects.select_for_update(no_key=True).get(pk=own[code].pk)
        ensure(by, Perm.DUTY_MANAGE, district)
        programme, plan = _plan(found, district, notes, name, reason, by)
        imports.ensure_seen(seen, plan.digest, is_empty=plan.is_empty, what="方案和任务", unit="任务")
        if not dry_run and not plan.is_empty:
            reason = written.reason(reason, "修改方案和任务") if plan.needs_reason else ""
            for one in plan.tasks:
                _store(one, programme, reason or "导入方案工作簿", by)
            changed = len(plan.tasks) - len(plan.new)
            after = {"file": name, "new": len(plan.new), "changed": changed, "reason": reason}
            audit.record(
                "duty.import",
                by=by,
                obj=programme,
                district=code,
                before={label: was for label, was, _ in plan.words},
                after=after | {label: now for label, _, now in plan.words},
            )
        else:
            # What was written to check the tasks against it.
            transaction.set_rollback(True)
    return plan


@transaction.atomic
def export_programme(*, programme_id: int, by: User) -> bytes:
    programme = Programme.objects.select_related("district").filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("没有这份方案，或不在您管理的范围内。")
    ensure(by, Perm.DUTY_MANAGE, programme)
    content = workbook.write(programme)
    audit.record("duty.export", by=by, obj=programme, after={"kind": "xlsx"} | digests.of(content))
    return content


def _refused(name: str, problems: Sequence[Problem]) -> Invalid:
    return Invalid(f"“{name}”中有 {len(problems)} 处错误，没有导入。请修改后重新导入。", problems)


def _plan(
    found: workbook.Intake, district: District, notes: Sequence[str], name: str, reason: str, by: User
) -> tuple[Programme, IntakePlan]:
    """Stores the programme in the caller's transaction, which a dry run rolls back."""
    old = district.programmes.filter(document_no=found.programme["document_no"]).first()
    before = programmes.said(old) if old else {}
    content = before | found.programme
    empty = [sheet for sheet, key in ((workbook.STEPS, "phases"), (workbook.AIMS, "goals")) if not content.get(key)]
    if empty:
        do = "方案须有阶段和目标，任务按它们下达。"
        raise _refused(name, [Problem("没有内容", f"工作表“{sheet}”", do) for sheet in empty])
    if problems := adopting.problems_of(content, district):
        raise _refused(name, problems)
    change = programmes.ProgrammeChange(old, before, content) if old else None
    words = change.words if change else []
    if change and words and (problems := adopting.problems(change)):
        raise _refused(name, problems)
    programme = adopting.write(district, content, by=by) if words or old is None else old
    if change and words:
        adopting.settle(change, reason, by=by)
    if problems := list(_problems(found.tasks, programme)):
        raise _refused(name, problems)
    known = {duty.code: duty for duty in programme.duties.all()}
    owners, tasks = _owners(district), []
    for line in found.tasks:
        said, duty = _content(line, owners, programme), known.get(line.texts["code"])
        differing = content_queries.changes(content_queries.said(duty) if duty else {}, content_queries.said_of(said))
        if differing:
            tasks.append(DutyChange(duty, said, differing))
    unchanged = len(found.tasks) - len(tasks)
    return programme, IntakePlan(content, old is None, words, tasks, unchanged, notes)


def _owners(district: District) -> dict[str, School | Department | None]:
    """By code and name; the bureau by its word."""
    found: dict[str, School | Department | None] = {workbook.BUREAU: None}
    for department in Department.objects.filter(district=district, status=Department.Status.ACTIVE):
        found |= {department.code: department, department.name: department}
    for school in School.objects.filter(district=district, status=Status.OPEN):
        found |= {school.code: school, school.name: school}
    return found


def _problems(tasks: Sequence[workbook.TaskLine], programme: Programme) -> Iterator[Problem]:
    owners, indicators = _owners(programme.district), content_queries.indicators_of(programme)
    phases = [phase.name for phase in programme.phases.all()]
    withdrawn = set(programme.duties.exclude(withdrawn_at=None).values_list("code", flat=True))
    for line in tasks:
        if line.texts["owner"] not in owners:
            do = "请填部门、乡镇街道的编号或全称，学校的标识码或全称，或“教育局”。"
            yield line.problem("owner", f"没有“{line.texts['owner'][:30]}”这个责任单位", do)
        elif line.texts["code"] in withdrawn:
            yield line.problem("code", "这个编号的任务已经取消", "请换一个编号。")
        elif (named := line.texts.get("phase")) and named not in phases:
            yield line.problem("phase", f"方案没有“{named[:20]}”这个阶段", f"可填：{'、'.join(phases)}，或留空。")
        else:
            for one in workflow.problems_of(_content(line, owners, programme), programme, indicators):
                yield line.problem("code", f"{one.where}：{one.what}", one.do)


def _content(
    line: workbook.TaskLine, owners: Mapping[str, School | Department | None], programme: Programme
) -> content_queries.DutyContent:
    texts, place = line.texts, owners[line.texts["owner"]]
    measure = texts["measure"]
    if named := texts.get("phase"):
        phase = next((one for one in programme.phases.all() if one.name == named), None)
    else:
        phase = content_queries.phase_of(programme, line.days["due_on"])
    return content_queries.DutyContent(
        code=texts["code"],
        part=texts["part"],
        number=int(texts["number"]),
        title=texts["title"],
        text=texts.get("text", ""),
        school=place if isinstance(place, School) else None,
        department=place if isinstance(place, Department) else None,
        leader=texts.get("leader", ""),
        partners=texts.get("partners", ""),
        measure=measure,
        indicator=texts.get("indicator", "").upper() if measure == Duty.Measure.INDICATOR else "",
        unit=texts.get("unit", "") if measure == Duty.Measure.COUNT else "",
        starts_on=line.days["starts_on"],
        due_on=line.days["due_on"],
        phase=phase,
        years=line.years,
    )


def _store(one: DutyChange, programme: Programme, reason: str, by: User) -> None:
    duty = workflow.locked(one.duty.pk) if one.duty else Duty(programme=programme, created_by=by)
    is_new = duty.pk is None
    duty.version += 0 if is_new else 1
    workflow.write_content(duty, one.content, by=by)
    lines = [] if is_new else [f"{label}：{was or '空'} → {now or '空'}" for label, was, now in one.words]
    kind = DutyEntry.Kind.CREATE if is_new else DutyEntry.Kind.EDIT
    workflow.write(duty, kind, "\n".join([f"原因：{reason}", *lines]) if lines else "", by=by)
    text = "已下达，请按季度报送进展" if is_new else f"任务有修改，{reason}"
    workflow.notify(duty, text, key=f"import:{duty.version}", by=by)
