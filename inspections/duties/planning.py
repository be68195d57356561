"""What a task says, as typed or imported: checked, compared and written, with the years and quarters that follow from it."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from inspections.duties.models import Duty, DutyReport, DutyYear
from inspections.limits import DUTY_DAYS
from inspections.programmes.models import Phase, Programme
from inspections.rectification import queries as rectification
from portal.core.accounts.models import User
from portal.core.errors import Problem
from portal.core.lib import dates, numbers, written
from schools.directory.models import Department, School

S = DutyReport.State
LABELS = {
    "code": "任务编号",
    "part": "对应部分",
    "number": "第几条",
    "title": "任务",
    "text": "具体要求",
    "school": "学校",
    "department": "部门",
    "leader": "责任领导",
    "partners": "配合单位",
    "measure": "衡量方式",
    "indicator": "指标",
    "unit": "计量单位",
    "starts_on": "开始日期",
    "due_on": "完成期限",
    "phase": "阶段",
}


@dataclass(frozen=True, slots=True)
class YearTarget:
    """What a task has to come to in a year, all may be blank; `due_on` is None for the usual day."""

    target: Decimal | None = None
    mark: str = ""
    due_on: dt.date | None = None

    @classmethod
    def of(cls, row: DutyYear) -> "YearTarget":
        usual = usual_day(row.year, row.duty.due_on)
        return cls(row.target, row.mark, None if row.due_on == usual else row.due_on)

    @property
    def words(self) -> str:
        day = f"{dates.day(self.due_on)}前" if self.due_on else ""
        return "，".join(filter(None, (numbers.plain(self.target), self.mark, day)))


def usual_day(year: int, due_on: dt.date) -> dt.date:
    return min(due_on, dt.date(year, 12, 31))


@dataclass(frozen=True, slots=True)
class DutyContent:
    """A task without school and department is the bureau's own; years without a target need no entry."""

    code: str
    part: str
    number: int
    title: str
    measure: str
    starts_on: dt.date
    due_on: dt.date
    text: str = ""
    school: School | None = None
    department: Department | None = None
    leader: str = ""
    partners: str = ""
    indicator: str = ""
    unit: str = ""
    phase: Phase | None = None
    years: Mapping[int, YearTarget] = field(default_factory=dict)

    @property
    def all_years(self) -> range:
        return range(self.starts_on.year, self.due_on.year + 1)


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


def phase_of(programme: Programme, day: dt.date) -> Phase | None:
    return next((one for one in programme.phases.all() if one.starts_on <= day <= one.ends_on), None)


def indicators_of(programme: Programme) -> dict[str, str]:
    """Without vetoes: they are no aim."""
    named = rectification.indicator_choices([programme.district_id])
    return {code: name for code, name in named if not code.startswith("E")}


def said(duty: Duty) -> dict[str, str]:
    """In words, by field; its years as `2027 年目标`."""
    found = {name: _words(getattr(duty, name)) for name in LABELS}
    years = duty.years.filter(is_dropped=False).select_related("duty").order_by("year")
    return found | {f"{row.year} 年目标": YearTarget.of(row).words for row in years}


def said_of(content: DutyContent) -> dict[str, str]:
    """As `said`, of what was typed or imported."""
    found = {name: _words(getattr(content, name)) for name in LABELS}
    return found | {f"{year} 年目标": content.years.get(year, YearTarget()).words for year in sorted(content.all_years)}


def _words(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.date) else str(value)


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Label, before, after; choices in words."""
    choices = {"part": dict(Duty.Part.choices), "measure": dict(Duty.Measure.choices)}
    found = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            words = choices.get(name, {})
            found.append((LABELS.get(name, name), str(words.get(was, was)), str(words.get(now, now))))
    return found


def write(duty: Duty, content: DutyContent, *, by: User) -> Duty:
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
