"""Actions of reports: asking for one, publishing its files, taking a file, asking again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from inspections.campaigns.models import Campaign
from inspections.letters import queries as letters
from inspections.papers import workflow as papers
from inspections.programmes.models import Phase
from inspections.reports import document, facts, period_queries, queries, words
from inspections.reports.ledger_queries import ReportScope
from inspections.reports.models import PARTS, Report
from inspections.reports.stored_facts import ReportPeriod
from inspections.reports.workflow import TABLE
from inspections.self_assessments import queries as self_assessments
from inspections.self_assessments.document import sections
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.files.models import Document
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import digests
from portal.core.notices import actions as notices
from schools.access.scope import Perm, ensure, ensure_own_hand, people_at
from schools.directory.models import Department, District, Group, School

# The kind of paper under whose issuing word (发文字) reports of the office are numbered.
SERIES = "report"
KIND, KIND_OF_SCHOOLS = "compile_report", "compile_school_reports"
FIRST_YEAR, LAST_YEAR = 2000, 2100


@transaction.atomic
def compile_report(
    *,
    district: District,
    by: User,
    school: School | None = None,
    township: Department | None = None,
    group: Group | None = None,
    campaign: Campaign | None = None,
    phase: Phase | None = None,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
    queue: bool = True,
) -> Report:
    """Freeze the data of a report and make its files (阶段整改报告), for a phase or plain days.

    One report for this scope, period and data; changed data make the next version, with the office's texts from the one
    before; a failed one is queued again. With `queue` off the caller makes the files. Raises Invalid for a wrong period
    or part.
    """
    ensure(by, Perm.REPORT_COMPILE, school or district)
    ensure_own_hand(by)
    scope = ReportScope(district, school, township, group, campaign)
    period = _period(scope, phase, starts_on, ends_on)
    # One at a time per district: equal requests meet the same row, versions have no gaps.
    District.objects.select_for_update(no_key=True).get(pk=district.pk)
    compared = period_queries.compared_with(scope, period, phase)
    programme = str(phase.programme) if phase else ""
    built = facts.build(scope=scope, period=period, compared=compared, now=timezone.now(), programme=programme)
    same = {
        "district": district,
        **{name: getattr(scope, name) for name in PARTS},
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
    }
    version = _Data(built.facts.title, built.facts.as_json(), built.facts.sha256, built.evaluation, phase)
    return _draft(Report.Kind.PHASED, same, version, by, queue)


@transaction.atomic
def assess(*, evaluation: Evaluation, by: User, queue: bool = True) -> Report:
    """Freeze the data of a county's self-assessment (县级自评报告, 教督〔2017〕6号) and make its files.

    One report for this evaluation and ledger; changed data make the next version, with the office's texts. Raises
    Invalid when a frozen submission is gone from the database.
    """
    round_, district = evaluation.round, evaluation.round.district
    ensure(by, Perm.REPORT_COMPILE, district)
    ensure_own_hand(by)
    District.objects.select_for_update(no_key=True).get(pk=district.pk)
    content = self_assessments.build(evaluation)
    year = round_.school_year_start
    same = {"district": district, "starts_on": year, "ends_on": year.replace(year=year.year + 1) - dt.timedelta(days=1)}
    version = _Data(content["title"], content, digests.fingerprint(content), evaluation)
    return _draft(Report.Kind.SELF_ASSESSMENT, same, version, by, queue)


@dataclass(frozen=True, slots=True)
class _Data:
    """What a version of a report is made of."""

    title: str
    context: Any
    sha256: str
    evaluation: Evaluation | None
    phase: Phase | None = None


def _draft(kind: str, same: Mapping[str, Any], data: _Data, by: User, queue: bool) -> Report:
    """The version with these data; a new one gets the texts of the one before, not its number."""
    series = Report.objects.filter(kind=kind, **same)
    report = queries.of_same_data(series.exclude(state=Report.State.WITHDRAWN), data.sha256)
    made = report is None
    if report is None:
        last = series.order_by("-version").first()
        report = Report.objects.create(
            kind=kind,
            phase=data.phase,
            evaluation=data.evaluation,
            title=data.title,
            version=last.version + 1 if last else 1,
            texts={code: own for code, own in last.texts.items() if code != "number"} if last else {},
            data_sha256=data.sha256,
            context=data.context,
            created_by=by,
            updated_by=by,
            **same,
        )
    if queue and report.state == Report.State.COMPILING:
        _enqueue(report, by)
    after = {"version": report.version, "data_sha256": data.sha256, "made": made}
    audit.record("report.compile", by=by, obj=report, after=after)
    return report


@transaction.atomic
def compile_schools(
    *,
    district: District,
    by: User,
    phase: Phase | None = None,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> Job:
    """One report for every open school; asked again the same day it is one job."""
    ensure(by, Perm.REPORT_COMPILE, district)
    ensure_own_hand(by)
    period = _period(ReportScope(district), phase, starts_on, ends_on)
    days = f"{period.starts_on}:{period.ends_on}"
    job = jobs.enqueue(
        kind=KIND_OF_SCHOOLS,
        title=f"编制{district.name}各学校整改报告（{words.span(period)}）",
        args={
            "district": district.pk,
            "phase": phase.pk if phase else None,
            "starts_on": period.starts_on.isoformat(),
            "ends_on": period.ends_on.isoformat(),
        },
        key=f"school_reports:{district.code}:{days}:{timezone.localdate()}",
        by=by,
        district=district.code,
    )
    audit.record("report.compile_schools", by=by, obj=district, district=district.code, after={"job": job.pk})
    return job


def _period(
    scope: ReportScope, phase: Phase | None, starts_on: dt.date | None, ends_on: dt.date | None
) -> ReportPeriod:
    district, parts = scope.district, [one for name in PARTS if (one := getattr(scope, name))]
    problems = [
        Problem(f"{one}不属于{district.name}", "报告范围", "请重新选择")
        for one in parts
        if one.district_id != district.pk
    ]
    if len(parts) > 1:
        problems.append(Problem("学校、乡镇、集团和专项督导只能选一个", "报告范围", "请只选一个"))
    if phase is not None:
        if phase.programme.district_id != district.pk:
            problems.append(Problem(f"“{phase.name}”不是{district.name}实施方案的阶段", "阶段", "请重新选择阶段"))
        period = period_queries.period_of(phase)
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
    return period if phase else period_queries.named(period.starts_on, period.ends_on)


def _enqueue(report: Report, by: User) -> None:
    report.job = jobs.enqueue(
        kind=KIND,
        title=f"编制{report.title}",
        args={"report": report.pk},
        key=f"report:{report.pk}:{report.revision}" if report.revision else f"report:{report.pk}",
        by=by,
        district=report.district.code,
    )
    report.updated_by = by
    report.save(update_fields=["job", "updated_by", "updated_at"])


@transaction.atomic
def compile_again(*, report_id: int, by: User) -> Report:
    """After a failed job; the data stay as frozen.

    Raises Conflict when the files exist or are being made.
    """
    report = _locked(report_id)
    ensure(by, Perm.REPORT_COMPILE, report)
    ensure_own_hand(by)
    if report.state != Report.State.COMPILING or (report.job and report.job.is_open):
        raise Conflict("报告已经生成或正在生成，不用重新编制。请刷新页面查看。")
    _enqueue(report, by)
    audit.record(
        "report.compile_again",
        by=by,
        obj=report,
        after={"job": report.job_id},
    )
    return report


@transaction.atomic
def publish(
    *, report_id: int, rendered: document.Rendered, revision: int = 0, by: User, notify: bool = False
) -> Report:
    """Store both files and mark the report ready; once, however often it is called.

    Files of an earlier `revision` are dropped. `notify` writes to the actor; for what the clock asked for, to the
    office.
    """
    report = _locked(report_id)
    ensure(by, Perm.REPORT_COMPILE, report)
    if report.state != Report.State.COMPILING or report.revision != revision:
        return report
    report.state, report.updated_by = Report.State.READY, by
    _store(report, rendered, by)
    report.save()
    if notify:
        people = people_at(Perm.REPORT_COMPILE, report) if by.is_system else [by]
        text = f"{report}已生成，可以下载。"
        notices.notify(people, text=text, url=queries.address(report), key=f"report:{report.pk}", by=None)
    if report.school:
        heads, own = people_at(Perm.REPORT_ISSUE, report), f"report:{report.pk}:sign"
        text = f"{report}草稿已生成，请核对后签发。"
        notices.notify(heads.exclude(pk=by.pk), text=text, url=queries.address(report), key=own, by=by)
    audit.record(
        "report.publish",
        by=by,
        obj=report,
        before={"state": Report.State.COMPILING.value},
        after={"state": report.state.value} | {kind: getattr(report, kind).sha256 for kind in ("docx", "pdf")},
    )
    return report


def _store(report: Report, rendered: document.Rendered, by: User) -> None:
    papers.store_files(report, queries.file_name(report), rendered.docx, rendered.pdf, by)
    report.warnings = list(rendered.warnings)


@transaction.atomic
def write_text(*, report_id: int, section: str, text: str, revision: int, by: User, queue: bool = True) -> Report:
    """The office's own words for a section (`addressed_to`, and `number` where no series gives it); files are made again.

    The portal's own text, or a blank one, removes the office's; with `queue` off the caller makes the files. Raises
    Conflict when somebody wrote since, Invalid for an unknown figure in braces.
    """
    report = TABLE.begin("write", _locked(report_id), by)
    if report.revision != revision:
        raise Conflict("这份报告刚被别人改过，您写的还没有保存。请复制您写的文字，刷新页面后再改。")
    text, before = "\n".join(line.rstrip() for line in text.strip().splitlines()), dict(report.texts)
    draft = document.draft(report)
    basis = {one.code: one.text for one in draft.sections} | {"addressed_to": draft.addressed_to}
    basis |= {} if report.has_series else {"number": ""}
    if section not in basis:
        raise NotFound("报告没有这一部分。请回到报告页面。")
    if unknown := words.unknown_figures(text, draft.figures):
        raise Invalid(
            "没有保存。", [Problem(f"没有叫“{name}”的数据", "正文", "请用页面列出的名称") for name in unknown]
        )
    report.texts.pop(section, None)
    if text and text != basis[section]:
        report.texts[section] = {"text": text, "basis": basis[section]}
    report.number = report.texts.get("number", {}).get("text", "")
    if report.texts != before:
        report.revision += 1
        report.state, report.docx, report.pdf = Report.State.COMPILING, None, None
        report.save()
        if queue:
            _enqueue(report, by)
    audit.record(
        "report.write",
        by=by,
        obj=report,
        before={"text": before.get(section, {}).get("text", "")},
        after={"section": section, "text": text},
    )
    return report


@transaction.atomic
def issue(*, report_id: int, revision: int | None = None, by: User) -> Report:
    """印发: from now on neither texts nor files change.

    One of the office's has the next number of the series of papers, printed in its files. Raises Conflict for texts
    other than the `revision` read, Invalid for a self-assessment without what the office has to write.
    """
    report = TABLE.begin("issue", _locked(report_id), by)
    if revision not in (None, report.revision):
        raise Conflict("没有签发、印发：报告的文字刚被别人改过。请刷新页面，核对新的文字后再办理。")
    needed = [rule for rule in sections() if rule.required] if report.kind == Report.Kind.SELF_ASSESSMENT else []
    if blank := [rule.title for rule in needed if rule.code not in report.texts]:
        do = "请在草稿里写好这一部分，再印发"
        raise Invalid("没有印发：自评报告还没有写完。", [Problem("还没有写", title, do) for title in blank])
    papers.sign(report, by)
    if report.has_series:
        word = letters.word(report.district_id, letters.kind_of(SERIES))
        report.number = papers.take_number(report.district_id, word, timezone.localdate().year)
        _store(report, document.render(report), by)
    return _moved(report, "issue", by, {"number": report.number, "docx": report.docx and report.docx.sha256})


@transaction.atomic
def withdraw(*, report_id: int, reason: str, by: User) -> Report:
    """It stays readable, and the same data may be compiled again."""
    report = TABLE.begin("withdraw", _locked(report_id), by)
    papers.withdraw(report, "撤回报告", reason, by)
    return _moved(report, "withdraw", by, {"reason": report.withdraw_reason})


def _moved(report: Report, code: str, by: User, after: dict[str, object]) -> Report:
    report.save()
    audit.record(
        f"report.{code}",
        by=by,
        obj=report,
        after={"state": str(report.state)} | after,
    )
    return report


@transaction.atomic
def take_file(*, report_id: int, kind: str, by: User) -> Document:
    report = queries.get(by, report_id)
    ensure(by, Perm.REPORT_VIEW, report)
    found = papers.file_of(report, kind, missing="这份报告没有这个文件，可能还在生成。请回到报告页面查看进度。")
    audit.record(
        "report.download",
        by=by,
        obj=report,
        after={"file": kind, "sha256": found.sha256},
    )
    return found


def _locked(report_id: int) -> Report:
    related = ("district", "school", "job", "docx")
    reports = Report.objects.select_for_update(no_key=True, of=("self",)).select_related(*related)
    report = reports.filter(pk=report_id).first()
    if report is None:
        raise NotFound("这份报告已不存在，没有写入任何文件。请重新编制。")
    return report
