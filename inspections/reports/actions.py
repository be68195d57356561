"""Actions of reports: asking for one, publishing its files, taking a file, asking again."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from inspections.programmes.models import Phase
from inspections.reports import context, queries
from inspections.reports.facts import ReportPeriod
from inspections.reports.models import Report
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.jobs import actions as jobs
from portal.core.notices import actions as notices
from schools.access.permissions import Perm
from schools.access.scope import ensure, ensure_own_hand
from schools.directory.models import District, School

KIND = "compile_report"
FIRST_YEAR, LAST_YEAR = 2000, 2100
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A report's files, and what whoever opens them should know."""

    docx: bytes
    pdf: bytes
    warnings: tuple[str, ...] = ()


@transaction.atomic
def compile_report(
    *,
    district: District,
    by: User,
    school: School | None = None,
    phase: Phase | None = None,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
    queue: bool = True,
) -> Report:
    """Freeze the data of a report and have its files made (阶段整改报告), for a phase or plain days.

    After: one report for this scope, period and data; changed data make the next version; one whose job failed is
    queued again. With `queue` off the caller makes the files. Raises Invalid for a wrong period.
    """
    ensure(by, Perm.REPORT_COMPILE, school or district)
    ensure_own_hand(by)
    period = _period(district, school, phase, starts_on, ends_on)
    # One at a time per district: equal requests meet the same row, versions have no gaps.
    District.objects.select_for_update(no_key=True).get(pk=district.pk)
    built = context.build(
        district=district,
        school=school,
        period=period,
        previous=context.period_before(period, phase),
        now=timezone.now(),
    )
    series = Report.objects.filter(district=district, school=school, starts_on=period.starts_on, ends_on=period.ends_on)
    sha256 = built.facts.sha256
    report = series.filter(data_sha256=sha256).first()
    made = report is None
    if report is None:
        report = Report.objects.create(
            district=district,
            school=school,
            phase=phase,
            evaluation=built.evaluation,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            title=built.facts.title,
            version=(series.aggregate(m=Max("version"))["m"] or 0) + 1,
            data_sha256=sha256,
            context=built.facts.as_json(),
            created_by=by,
            updated_by=by,
        )
    if queue and report.state != Report.State.READY:
        _enqueue(report, by)
    audit.record(
        "report.compile",
        by=by,
        obj=report,
        district=district.code,
        school=school.code if school else "",
        after={"version": report.version, "data_sha256": sha256, "made": made},
    )
    return report


def _period(
    district: District, school: School | None, phase: Phase | None, starts_on: dt.date | None, ends_on: dt.date | None
) -> ReportPeriod:
    problems = []
    if school is not None and school.district_id != district.pk:
        problems.append(Problem(f"{school.name}不属于{district.name}", "学校", "请重新选择学校"))
    if phase is not None:
        if phase.programme.district_id != district.pk:
            problems.append(Problem(f"“{phase.name}”不是{district.name}实施方案的阶段", "阶段", "请重新选择阶段"))
        period = context.period_of(phase)
    elif starts_on is None or ends_on is None:
        raise Invalid(
            "没有说明报告的时段。", [Problem("既没有选阶段，起止日期也不全", "时段", "请选择阶段或填写起止日期")]
        )
    else:
        period = ReportPeriod("", starts_on, ends_on)
    if period.ends_on < period.starts_on:
        problems.append(Problem("结束日期早于开始日期", "时段", "请核对起止日期"))
    if period.starts_on.year < FIRST_YEAR or period.ends_on.year > LAST_YEAR:
        problems.append(Problem(f"日期须在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间", "时段", "请核对年份"))
    if period.starts_on > timezone.localdate():
        problems.append(Problem("这个时段还没有开始", "时段", "请选择已经开始的阶段或日期"))
    if problems:
        raise Invalid("报告没有编制。", problems)
    return period


def _enqueue(report: Report, by: User) -> None:
    report.job = jobs.enqueue(
        kind=KIND,
        title=f"编制{report.title}",
        args={"report": report.pk},
        key=f"report:{report.pk}",
        by=by,
        district=report.district.code,
    )
    report.updated_by = by
    report.save(update_fields=["job", "updated_by", "updated_at"])


@transaction.atomic
def compile_again(*, report_id: int, by: User) -> Report:
    """Queue the files of a report whose job gave up; the data stay as frozen.

    Raises Conflict when the files exist or are being made.
    """
    report = _locked(report_id)
    ensure(by, Perm.REPORT_COMPILE, report)
    ensure_own_hand(by)
    if report.state == Report.State.READY or (report.job and report.job.is_open):
        raise Conflict("报告已经生成或正在生成，不用重新编制。请刷新页面查看。")
    _enqueue(report, by)
    audit.record(
        "report.compile_again",
        by=by,
        obj=report,
        district=report.district.code,
        school=_school_code(report),
        after={"job": report.job_id},
    )
    return report


@transaction.atomic
def publish(*, report_id: int, rendered: Rendered, by: User, tell: bool = False) -> Report:
    """Store both files and mark the report ready, whole or not at all, once however often it is done.

    `tell` puts a notice in the actor's inbox.
    """
    report = _locked(report_id)
    ensure(by, Perm.REPORT_COMPILE, report)
    if report.state == Report.State.READY:
        return report
    name = queries.file_name(report)
    report.docx = store.save([rendered.docx], name=f"{name}.docx", media_type=_DOCX, by=by)
    report.pdf = store.save([rendered.pdf], name=f"{name}.pdf", media_type="application/pdf", by=by)
    report.warnings, report.state, report.updated_by = list(rendered.warnings), Report.State.READY, by
    report.save()
    if tell and not by.is_system:
        notices.notify(
            [by], text=f"{report}已生成，可以下载。", url=queries.address(report), key=f"report:{report.pk}", by=None
        )
    audit.record(
        "report.publish",
        by=by,
        obj=report,
        district=report.district.code,
        school=_school_code(report),
        before={"state": Report.State.COMPILING.value},
        after={"state": report.state.value, "docx": report.docx.sha256, "pdf": report.pdf.sha256},
    )
    return report


@transaction.atomic
def take_file(*, report_id: int, kind: str, by: User) -> Document:
    """Hand out a report's file (`kind` docx or pdf), leaving a trace of who took which bytes."""
    report = queries.get(by, report_id)
    ensure(by, Perm.REPORT_VIEW, report)
    document = {"docx": report.docx, "pdf": report.pdf}.get(kind)
    if document is None:
        raise NotFound("这份报告没有这个文件，可能还在生成。请回到报告页面查看进度。")
    audit.record(
        "report.download",
        by=by,
        obj=report,
        district=report.district.code,
        school=_school_code(report),
        after={"file": kind, "sha256": document.sha256},
    )
    return document


def _school_code(report: Report) -> str:
    return report.school.code if report.school else ""


def _locked(report_id: int) -> Report:
    reports = Report.objects.select_for_update(no_key=True, of=("self",)).select_related("district", "school", "job")
    report = reports.filter(pk=report_id).first()
    if report is None:
        raise NotFound("这份报告已不存在，没有写入任何文件。请重新编制。")
    return report
