"""The life of a quarter's report: who reports and who checks, its states and verbs as one table, how every step on it begins and ends."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils import timezone

from inspections.duties.content_queries import LABELS, DutyContent, YearTarget, usual_day
from inspections.duties.models import Duty, DutyEntry, DutyFile, DutyReport, DutyYear
from inspections.limits import DUTY_DAYS
from inspections.programmes.models import Programme
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotAllowed, NotFound, Problem
from portal.core.files.models import Document
from portal.core.lib import dates, written
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, own, people_at, users_with
from schools.access.workflow import Right, StateRow, VerbRow, Workflow


def is_owner(user: User, duty: Duty) -> bool:
    return Duty.objects.filter(own(user, Perm.DUTY_REPORT, Duty), pk=duty.pk).exists()


def ensure_report(by: User, report: DutyReport) -> None:
    """Only of the unit whose task it is. Raises NotFound or NotAllowed."""
    duty = report.year.duty
    if not is_owner(by, duty):
        ensure(by, Perm.DUTY_VIEW, duty)
        raise NotAllowed(f"这项任务由{duty.owner}报送，您只能查看。")


def ensure_check(by: User, report: DutyReport) -> None:
    """Never who reported it, also before it was sent back. Raises NotFound or NotAllowed."""
    ensure(by, Perm.DUTY_CHECK, report.year.duty)
    if report.entries.filter(kind=DutyEntry.Kind.REPORT, by=by).exists():
        raise NotAllowed("这份季报是您报送的，须由教育局另一人核对。")


def ensure_change(by: User, duty: Duty) -> None:
    """Raises NotFound, NotAllowed, or Conflict for a cancelled task."""
    ensure(by, Perm.DUTY_MANAGE, duty)
    if duty.withdrawn_at:
        raise Conflict("这项任务已经取消，不能再修改。请刷新页面查看。")


S = DutyReport.State
WHOSE = ("school", "department", "programme__district")

REPORT = Right((Perm.DUTY_REPORT,), ensure_report)
CHECK = Right((Perm.DUTY_CHECK,), ensure_check)

# `form` names one of forms.FORMS.
TABLE = Workflow(
    "这份季报",
    S,
    {
        S.DUE: StateRow("warn", "报送任务进展"),
        S.REPORTED: StateRow("info", "核对任务进展"),
        S.SENT_BACK: StateRow("bad", "重新报送任务进展"),
        S.CHECKED: StateRow("ok"),
        S.DROPPED: StateRow("muted"),
    },
    (
        VerbRow(
            code="report",
            name="报送",
            at=(S.DUE, S.SENT_BACK),
            to=S.REPORTED,
            right=REPORT,
            audit="报送目标任务进展",
            label="报送进展",
            form="report",
            done="已报送，已通知教育局核对。",
        ),
        VerbRow(
            code="check",
            name="核对",
            at=(S.REPORTED,),
            to=S.CHECKED,
            right=CHECK,
            own_hand=True,
            audit="核对目标任务进展",
            label="核对通过",
            tone="success",
            form="check",
            done="已核对，已通知报送单位。",
            mark="ok",
        ),
        VerbRow(
            code="send_back",
            name="退回",
            at=(S.REPORTED, S.CHECKED),
            to=S.SENT_BACK,
            right=CHECK,
            audit="退回目标任务进展",
            label="退回重报",
            tone="danger",
            form="reason",
            done="已退回，已通知报送单位。",
            mark="bad",
        ),
    ),
)

# How the audit trail calls what is done to a task.
AUDIT_WORDS = {
    "duty.create": "下达目标任务",
    "duty.edit": "修改目标任务",
    "duty.withdraw": "取消目标任务",
    "duty.pass_on": "转交目标任务",
    **TABLE.audit_words("duty"),
    "duty.upload_programme": "上传实施方案和目标任务",
    "duty.mark_programme": "退回标注错误的实施方案",
    "duty.download_marked": "下载标注错误的实施方案",
    "duty.ask_check": "安排检查实施方案",
    "duty.ask_import": "安排导入实施方案",
    "duty.import": "导入实施方案和目标任务",
    "duty.export": "导出实施方案和目标任务",
    "duty.set_score": "记录年度考核得分",
    "duty.export_sheet": "导出年度考核表",
}


def locked(duty_id: int) -> Duty:
    """Raises NotFound."""
    rows = Duty.objects.select_for_update(of=("self",), no_key=True).select_related(*WHOSE)
    duty = rows.filter(pk=duty_id).first()
    if duty is None:
        raise NotFound("没有这项任务，或不在您可以查看的范围内。")
    return duty


def begin(code: str, report_id: int, version: int, by: User) -> DutyReport:
    """The report in the state after the verb, its task locked; nothing is written yet."""
    row = DutyReport.objects.filter(pk=report_id).values_list("year__duty").first()
    duty = locked(row[0] if row else 0)
    report = DutyReport.objects.select_related("year").get(pk=report_id)
    report.year.duty = duty
    TABLE[code].ensure(by, report)
    if duty.withdrawn_at:
        raise Conflict("这项任务已经取消，不需要再办理。请刷新页面查看。")
    report.state = TABLE.move(report.state, code)
    if report.version != version:
        raise Conflict("这份季报刚有新的办理，您看到的不是最新内容，这一步还没有办理。请刷新页面后再办。")
    report.version += 1
    report.updated_by = by
    return report


def write(
    duty: Duty, kind: str, text: str, *, by: User, report: DutyReport | None = None, files: Iterable[Document] = ()
) -> DutyEntry:
    entry = DutyEntry.objects.create(duty=duty, report=report, kind=kind, text=text, by=by)
    for document in files:
        DutyFile.objects.create(entry=entry, document=document)
    return entry


def notify(duty: Duty, text: str, *, key: str, by: User, checkers: bool = False) -> None:
    """Who reports on the task, or who checks."""
    notices.notify(
        users_with(Perm.DUTY_CHECK, duty) if checkers else people_at(Perm.DUTY_REPORT, duty),
        text=f"目标任务 {duty}：{text}",
        url=reverse("duties:detail", args=[duty.pk]),
        key=f"duty:{duty.pk}:{key}",
        by=by,
    )


def problems_of(content: DutyContent, programme: Programme, indicators: Mapping[str, str]) -> Iterator[Problem]:
    """`where` names the field; a sheet adds its row."""
    entries = programme.goals if content.part == Duty.Part.GOAL else programme.safeguards
    if not content.code.strip():
        yield Problem("没有填写", "任务编号", "请填写，如 1-1")
    if not content.title.strip():
        yield Problem("没有填写", "任务", "请写明做什么")
    if not 1 <= content.number <= len(entries):
        yield Problem(f"方案没有第 {content.number} 条", "对应的目标或措施", f"请填 1 至 {len(entries)}")
    if content.measure == Duty.Measure.INDICATOR and content.indicator not in indicators:
        yield Problem(f"没有代号为“{content.indicator}”的指标", "指标", "按评估指标衡量的任务须选一个指标")
    if content.measure == Duty.Measure.COUNT and not content.unit.strip():
        yield Problem("没有填写", "计量单位", "按数量衡量的任务须填单位，如 所、人次")
    first, last = programme.phases.first(), dt.date(programme.goal_year, 12, 31)
    if content.due_on < content.starts_on:
        yield Problem("早于开始日期", "完成期限", "请核对两个日期")
    elif content.due_on > last or (first and content.starts_on < first.starts_on):
        since = f"{dates.day(first.starts_on)}至" if first else "不晚于"
        yield Problem("超出方案的起止", "开始日期、完成期限", f"方案的日期是{since}{dates.day(last)}")
    for year, wanted in content.years.items():
        if wanted.words and year not in content.all_years:
            yield Problem("任务的起止日期不含这一年", f"{year} 年目标", "请删去这一年的目标，或修改日期")
        if wanted.due_on and (wanted.due_on.year != year or not content.starts_on <= wanted.due_on <= content.due_on):
            yield Problem("不在这一年或不在任务的起止之内", f"{year} 年期限", f"请填 {year} 年内、任务起止之间的日期")
        if wanted.target is not None and content.measure == Duty.Measure.DOCUMENT:
            yield Problem("按文件材料衡量的任务没有目标值", f"{year} 年目标", "请改填完成标志")
        if wanted.target is not None and content.measure == Duty.Measure.INDICATOR and wanted.target > 100:
            yield Problem("超过 100", f"{year} 年目标", "按评估指标衡量时，目标值是达标学校的百分比，0 至 100")
    phase = content.phase
    if phase and (phase.starts_on > content.due_on or phase.ends_on < content.starts_on):
        days = f"{dates.day(phase.starts_on)}至{dates.day(phase.ends_on)}"
        yield Problem(f"任务的起止不在“{phase}”（{days}）之内", "阶段", "请另选阶段，或修改任务的日期")
    for place in (content.school, content.department):
        if place is not None and place.district_id != programme.district_id:
            yield Problem(f"{place}不属于{programme.district.name}", "责任单位", "请选本区的单位")
    said = " ".join((content.title, content.text, content.leader, *(one.mark for one in content.years.values())))
    if refusal := written.refusal(said):
        yield Problem(refusal, "任务内容", "请修改后再保存")


def write_content(duty: Duty, content: DutyContent, *, by: User) -> Duty:
    for name in LABELS:
        setattr(duty, name, getattr(content, name))
    duty.updated_by = by
    duty.save()
    known = {row.year: row for row in duty.years.all()}
    for year in content.all_years:
        wanted = content.years.get(year, YearTarget())
        row = known.pop(year, None) or DutyYear(duty=duty, year=year, created_by=by)
        row.target, row.mark = wanted.target, wanted.mark
        row.due_on, row.is_dropped, row.updated_by = wanted.due_on or usual_day(year, duty.due_on), False, by
        row.save()
        _write_quarters(row, _quarters(row, duty.starts_on), by)
    for row in known.values():
        row.is_dropped, row.updated_by = True, by
        row.save()
        _write_quarters(row, [], by)
    return duty


def quarter_end(year: int, quarter: int) -> dt.date:
    return dt.date(year + quarter // 4, 3 * quarter % 12 + 1, 1) - dt.timedelta(days=1)


def report_due(year: int, quarter: int) -> dt.date:
    return quarter_end(year, quarter) + dt.timedelta(days=DUTY_DAYS.count)


def _quarters(row: DutyYear, starts_on: dt.date) -> list[int]:
    last = 1 + (row.due_on.month - 1) // 3
    return [quarter for quarter in range(1, last + 1) if quarter_end(row.year, quarter) >= starts_on]


def _write_quarters(row: DutyYear, wanted: Sequence[int], by: User) -> None:
    """A quarter that was over when the task was given out is not asked for."""
    today = timezone.localdate()
    if row.result:
        wanted = []
    known = {report.quarter: report for report in row.reports.all()}
    for quarter, report in known.items():
        if report.state == S.DUE and quarter not in wanted:
            report.state = S.DROPPED
        elif report.state == S.DROPPED and quarter in wanted:
            report.state = S.DUE
        else:
            continue
        report.updated_by, report.version = by, report.version + 1
        report.save()
    DutyReport.objects.bulk_create(
        DutyReport(year=row, quarter=quarter, due_on=report_due(row.year, quarter), created_by=by, updated_by=by)
        for quarter in wanted
        if quarter not in known and quarter_end(row.year, quarter) >= today
    )


def settle_quarters(row: DutyYear, *, by: User) -> None:
    """After its result was set or removed: a finished task asks for no more reports."""
    _write_quarters(row, _quarters(row, row.duty.starts_on), by)
