"""Actions on the tasks of a programme: giving out, changing, reporting, checking, points."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from inspections.duties import content_queries, document, queries, sheet_queries, workbook, workflow
from inspections.duties.models import Duty, DutyEntry, DutyFile, DutyReport, DutyScore, DutyYear
from inspections.programmes.models import Programme
from inspections.rectification import workflow as rectification
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.lib import digests, numbers, written
from portal.core.papers.docx import RENDERERS
from schools.access.scope import Perm, ensure
from schools.directory.models import Department, School

Kind = DutyEntry.Kind
Result = DutyYear.Result


@transaction.atomic
def create(*, programme_id: int, content: content_queries.DutyContent, by: User) -> Duty:
    """Raises Invalid."""
    rows = Programme.objects.select_for_update(of=("self",), no_key=True).select_related("district")
    programme = rows.filter(pk=programme_id).first()
    if programme is None:
        raise NotFound("没有这份方案，或不在您管理的范围内。")
    ensure(by, Perm.DUTY_MANAGE, programme)
    _ensure_sound(content, programme, None)
    duty = workflow.write_content(Duty(programme=programme, created_by=by), content, by=by)
    workflow.write(duty, Kind.CREATE, "", by=by)
    workflow.notify(duty, "已下达，请按季度报送进展", key="create", by=by)
    audit.record("duty.create", by=by, obj=duty, after=content_queries.said(duty))
    return duty


@transaction.atomic
def edit(*, duty_id: int, version: int, content: content_queries.DutyContent, reason: str, by: User) -> Duty:
    """Raises Invalid, Conflict for a stale tab."""
    duty = workflow.locked(duty_id)
    workflow.ensure_change(by, duty)
    _ensure_unchanged(duty, version)
    _ensure_sound(content, duty.programme, duty)
    before = content_queries.said(duty)
    duty.version += 1
    workflow.write_content(duty, content, by=by)
    after = content_queries.said(duty)
    changed = content_queries.changes(before, after)
    if not changed:
        raise Invalid("内容没有变化，没有保存。")
    reason = written.reason(reason, "修改任务")
    lines = [f"{label}：{was or '空'} → {now or '空'}" for label, was, now in changed]
    workflow.write(duty, Kind.EDIT, "\n".join([f"原因：{reason}", *lines]), by=by)
    workflow.notify(duty, f"任务有修改，{reason}", key=f"edit:{duty.version}", by=by)
    differing = [name for name in {**before, **after} if before.get(name, "") != after.get(name, "")]
    audit.record(
        "duty.edit",
        by=by,
        obj=duty,
        before={name: before.get(name, "") for name in differing},
        after={"reason": reason} | {name: after.get(name, "") for name in differing},
    )
    return duty


@transaction.atomic
def withdraw(*, duty_id: int, version: int, reason: str, by: User) -> Duty:
    """No more reports; those made stay."""
    duty = workflow.locked(duty_id)
    workflow.ensure_change(by, duty)
    _ensure_unchanged(duty, version)
    reason = written.reason(reason, "取消任务")
    duty.version += 1
    duty.withdrawn_at, duty.withdrawn_by, duty.updated_by = timezone.now(), by, by
    duty.save()
    workflow.write(duty, Kind.WITHDRAW, reason, by=by)
    workflow.notify(duty, f"任务已取消，{reason}", key="withdraw", by=by)
    audit.record("duty.withdraw", by=by, obj=duty, after={"reason": reason})
    return duty


@transaction.atomic
def pass_on(*, duty_id: int, school_id: int | None, reason: str, by: User) -> Duty:
    """To another school of the district, or to the bureau; reports made stay."""
    duty = workflow.locked(duty_id)
    ensure(by, Perm.DUTY_MANAGE, duty)
    taker = School.objects.get(pk=school_id, district=duty.programme.district_id) if school_id else None
    before = duty.owner
    said = written.reason(reason, "转交任务")
    workflow.notify(duty, f"任务已转给其他单位，{said}", key=f"from:{duty.version}", by=by)
    duty.school, duty.department, duty.version, duty.updated_by = taker, None, duty.version + 1, by
    duty.save()
    workflow.write(duty, Kind.EDIT, f"原因：{said}\n责任单位：{before} → {duty.owner}", by=by)
    workflow.notify(duty, f"任务转由{duty.owner}完成，{said}", key=f"to:{duty.version}", by=by)
    after = {"reason": said, "owner": duty.owner}
    audit.record("duty.pass_on", by=by, obj=duty, before={"owner": before}, after=after)
    return duty


@transaction.atomic
def report(
    *,
    report_id: int,
    version: int,
    claim: str,
    text: str,
    value: Decimal | None = None,
    uploads: Sequence[UploadedFile] = (),
    public_reason: str = "",
    by: User,
) -> DutyReport:
    """The owner reports progress; a figure of an indicator comes from the newest evaluation."""
    row = workflow.begin("report", report_id, version, by)
    duty, today = row.year.duty, timezone.localdate()
    if today < row.starts_on:
        raise Conflict(f"{row}还没有开始，到时再报送。")
    if len(uploads) > rectification.MAX_FILES:
        raise Invalid(f"没有报送：一次最多上传 {rectification.MAX_FILES} 个文件，现有 {len(uploads)} 个。")
    text = written.said(text, "进展情况")
    if duty.measure == Duty.Measure.COUNT and value is None:
        raise Invalid(f"没有报送：请填写本年度到现在的完成数（{duty.unit}），没有完成的填 0。")
    if refusal := written.refusal(text):
        raise Invalid(f"没有报送：{refusal}。")
    figure = queries.measured([duty], {duty.pk: row.year.target}).get(duty.pk)
    row.claim, row.text = DutyReport.Claim(claim), text
    row.value = value if duty.measure == Duty.Measure.COUNT else None
    row.evaluation, row.figure = (figure.evaluation, figure.words) if figure else (None, "")
    row.reported_at, row.reported_by = timezone.now(), by
    row.opinion, row.checked_at, row.checked_by = "", None, None
    row.save()
    documents = [rectification.save_file(one, by=by, public_reason=public_reason) for one in uploads]
    workflow.write(duty, Kind.REPORT, _report_words(row), by=by, report=row, files=documents)
    workflow.notify(duty, f"{duty.owner}已报送{row}进展，请核对", key=f"{row.pk}:{row.version}", by=by, checkers=True)
    after = {
        "claim": row.claim,
        "text": text,
        "value": row.value,
        "figure": row.figure,
        "files": [one.name for one in documents],
    }
    audit.record("duty.report", by=by, obj=row, after=after)
    return row


@transaction.atomic
def check(*, report_id: int, version: int, text: str = "", result: str = "", by: User) -> DutyReport:
    """Accept a report; with a `result` the year is settled. The last report of a year needs one. Raises Invalid."""
    row = workflow.begin("check", report_id, version, by)
    year, duty = row.year, row.year.duty
    later = year.reports.filter(quarter__gt=row.quarter).exclude(state=DutyReport.State.DROPPED)
    if year.result:
        result = ""
    elif not result and not later.exists():
        raise Invalid("没有核对：这是本年度最后一份季报，请选择年度结果。")
    row.opinion, row.checked_at, row.checked_by = text.strip(), timezone.now(), by
    row.save()
    if result:
        if result == Result.DONE and (lacking := _lacking(row)):
            raise Invalid(f"没有核对：{lacking}，不能认定为完成。请退回补报，或选“基本完成”“未完成”并写明情况。")
        if result != Result.DONE and not row.opinion:
            raise Invalid("没有核对：没有完成的，请在核对意见里写明情况。")
        year.result, year.judged_at, year.judged_by = Result(result), timezone.now(), by
        year.done_on, year.updated_by = timezone.localdate(row.reported_at), by
        year.save()
        workflow.settle_quarters(year, by=by)
    verdict = f"年度结果：{year.get_result_display()}" if result else ""
    said = "。".join(filter(None, (f"{row}", row.opinion.rstrip("。"), verdict)))
    workflow.write(duty, Kind.CHECK, said, by=by, report=row)
    workflow.notify(duty, f"{row}进展已核对{'，' + verdict if verdict else ''}", key=f"{row.pk}:{row.version}", by=by)
    audit.record("duty.check", by=by, obj=row, after={"opinion": row.opinion, "result": result})
    return row


@transaction.atomic
def send_back(*, report_id: int, version: int, reason: str, by: User) -> DutyReport:
    """To be reported again; a year it settled is open again."""
    row = workflow.begin("send_back", report_id, version, by)
    reason = written.reason(reason, "退回")
    year = row.year
    before = {"result": year.result}
    row.opinion, row.checked_at, row.checked_by = reason, None, None
    row.save()
    if year.result:
        year.result, year.judged_at, year.judged_by, year.done_on, year.updated_by = "", None, None, None, by
        year.save()
        workflow.settle_quarters(year, by=by)
    workflow.write(year.duty, Kind.SEND_BACK, f"{row}：{reason}", by=by, report=row)
    workflow.notify(year.duty, f"{row}进展已退回，请重新报送：{reason}", key=f"{row.pk}:{row.version}", by=by)
    audit.record("duty.send_back", by=by, obj=row, before=before, after={"reason": reason})
    return row


@transaction.atomic
def set_score(*, department_id: int, year: int, points: Decimal | None, reason: str, by: User) -> DutyScore:
    """By the bureau's own rules; None removes it. Nothing is calculated from it."""
    department = Department.objects.select_for_update(of=("self",), no_key=True).filter(pk=department_id).first()
    if department is None:
        raise NotFound("没有这个单位，或不在您管理的范围内。")
    ensure(by, Perm.DUTY_MANAGE, department)
    if not DutyYear.objects.filter(duty__department=department, year=year, is_dropped=False).exists():
        raise NotFound("这一年没有下达给这个单位的任务，不能评分。")
    reason = written.reason(reason, "评分")
    row = DutyScore.objects.filter(department=department, year=year).first()
    row = row or DutyScore(department=department, year=year, created_by=by)
    before = {"points": row.points, "reason": row.reason} if row.pk else {}
    row.points, row.reason, row.updated_by = points, reason, by
    row.save()
    audit.record("duty.set_score", by=by, obj=row, before=before, after={"points": points, "reason": reason})
    return row


@transaction.atomic
def export_sheet(*, department_id: int, year: int, kind: str, by: User) -> bytes:
    """年度目标管理考核表 as xlsx, docx or pdf. Raises Http404 out of scope, NotFound for another kind."""
    found = sheet_queries.load(by, department_id, year)
    match kind:
        case "xlsx":
            content = workbook.year_sheet(found)
        case "docx" | "pdf":
            content = RENDERERS[kind](document.year_sheet(found))
        case _:
            raise NotFound("考核表只有 Excel、Word、PDF 三种格式。")
    after = {"year": year, "kind": kind, "count": len(found.lines)} | digests.of(content)
    audit.record("duty.export_sheet", by=by, obj=found.department, after=after)
    return content


def _ensure_unchanged(duty: Duty, version: int) -> None:
    if duty.version != version:
        raise Conflict("这项任务刚被他人修改，您看到的不是最新内容，没有保存。请刷新页面后再改。")


def _ensure_sound(content: content_queries.DutyContent, programme: Programme, duty: Duty | None) -> None:
    problems = list(workflow.problems_of(content, programme, content_queries.indicators_of(programme)))
    same = programme.duties.filter(code=content.code)
    if duty:
        same = same.exclude(pk=duty.pk)
    if problems:
        raise Invalid("任务没有保存，请按下面的提示修改。", problems)
    if same.exists():
        raise Invalid(f"任务编号 {content.code} 已经用过，没有保存。请换一个编号。")


def _report_words(row: DutyReport) -> str:
    said = [f"{row}：{row.get_claim_display()}", row.text]
    if row.value is not None:
        said.append(f"完成数：{numbers.plain(row.value)} {row.year.duty.unit}")
    if row.figure:
        said.append(f"评估结果（{row.evaluation.round.name}）：{row.figure}")  # type: ignore[union-attr]
    return "\n".join(said)


def _lacking(row: DutyReport) -> str:
    """What the year's measure lacks to be done; "" for nothing."""
    year, duty = row.year, row.year.duty
    if duty.measure == Duty.Measure.DOCUMENT:
        has_file = DutyFile.objects.filter(entry__report__year=year).exists()
        return "" if has_file else "还没有上传文件材料"
    if duty.measure == Duty.Measure.COUNT:
        value, target = row.value or Decimal(0), year.target
        short = target is not None and value < target
        return f"完成数 {numbers.plain(value)} 低于目标值 {numbers.plain(target)} {duty.unit}" if short else ""
    figure = queries.measured([duty], {duty.pk: year.target}).get(duty.pk)
    if figure is None:
        return f"还没有 {duty.indicator} 的评估结果"
    return "" if figure.reaches else f"最新评估中 {duty.indicator} {figure.verdict}（{figure.words}）"
