"""Actions of schools' self-reports: write a section, accept, write and drop problems, issue, withdraw, take a file."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Submission
from inspections.papers import workflow as papers
from inspections.reports import words
from inspections.self_reports import document, queries
from inspections.self_reports.facts import ReportedFacts, sections
from inspections.self_reports.models import SelfReport, SelfReportProblem, SelfReportText
from inspections.self_reports.workflow import TABLE
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.files.models import Document
from portal.core.lib import written
from portal.core.notices import actions as notices
from portal.core.papers.docx import RENDERERS
from schools.access.scope import Perm, ensure, users_with

LONGEST = 10_000
_CHANGED = "刚被{by}改过，您写的还没有保存。请核对后再保存一次。"


@transaction.atomic
def write_text(*, submission_id: int, section: str, text: str, version: int, by: User) -> SelfReportText:
    """The portal's own text, or a blank one, brings the portal's back.

    `version` is the one that was read, 0 for none. Raises Conflict when somebody wrote since, Invalid for an unknown
    figure in braces.
    """
    report = _begun(submission_id, "write", by)
    rule = next((one for one in sections() if one.code == section), None)
    if rule is None:
        raise NotFound("自评报告没有这一部分。请回到报告页面。")
    facts = queries.facts_of(report.submission)
    basis = facts.written(rule)
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    own = "" if text == basis else text
    _ensure_sound(facts, rule.title, own)
    row = report.texts.select_related("updated_by").filter(section=section).first()
    before = row.text if row else ""
    if row and before == own:
        return row
    if version != (row.version if row else 0):
        raise Conflict(f"“{rule.title}”{_CHANGED.format(by=row.updated_by.name if row else '别人')}")
    row = row or SelfReportText(report=report, section=section, version=0, created_by=by)
    row.text, row.basis, row.version, row.updated_by = own, basis if own else "", row.version + 1, by
    row.save()
    _record("write", report, by, {"text": before}, {"section": section, "text": own})
    return row


@transaction.atomic
def accept(*, submission_id: int, keys: Collection[str], by: User) -> list[SelfReportProblem]:
    """Proposed problems by key; those already there, or no longer proposed, are left out."""
    report = _begun(submission_id, "accept", by)
    known = queries.desk(by, report)
    made = [
        SelfReportProblem.objects.create(
            report=report,
            source=one.key,
            text=one.text,
            measure=one.measure,
            responsible=one.responsible,
            due_on=one.due_on,
            created_by=by,
            updated_by=by,
        )
        for one, _ in known.left
        if one.key in keys
    ]
    _record("accept", report, by, {}, {"problems": [one.source for one in made]})
    return made


@transaction.atomic
def write_problem(
    *,
    submission_id: int,
    problem_id: int | None,
    version: int,
    text: str,
    measure: str,
    responsible: str,
    due_on: dt.date | None,
    by: User,
) -> SelfReportProblem:
    """A problem of the school's own, or a changed one, with its next step.

    Raises Conflict when somebody changed it since `version`, Invalid for an unknown figure in braces.
    """
    report = _begun(submission_id, "write_problem", by)
    given = {"text": text.strip(), "measure": measure.strip(), "responsible": responsible.strip(), "due_on": due_on}
    if not given["text"]:
        raise Invalid("没有保存。", [Problem("没有写", "问题", "请写明问题")])
    _ensure_sound(queries.facts_of(report.submission), "问题", text)
    for label, words_ in (("措施", measure), ("责任人", responsible)):
        _ensure_public(label, words_)
    row = SelfReportProblem(report=report, version=0, created_by=by)
    before: dict[str, Any] = {}
    if problem_id is not None:
        row = _problem(report, problem_id)
        before = {name: getattr(row, name) for name in given}
        if before == given:
            return row
        if row.version != version:
            raise Conflict(f"这个问题{_CHANGED.format(by=row.updated_by.name)}")
    for name, value in given.items():
        setattr(row, name, value)
    row.version, row.updated_by = row.version + 1, by
    row.save()
    _record("write_problem", report, by, before, given)
    return row


@transaction.atomic
def drop_problem(*, submission_id: int, problem_id: int, version: int, by: User) -> SelfReportProblem:
    """One that was proposed is proposed again. Raises Conflict like `write_problem`."""
    report = _begun(submission_id, "drop_problem", by)
    row = _problem(report, problem_id)
    if row.version != version:
        raise Conflict(f"这个问题刚被{row.updated_by.name}改过，没有删去。请核对后再办。")
    row.dropped, row.updated_by = True, by
    row.save()
    _record("drop_problem", report, by, {"text": row.text}, {"dropped": True})
    return row


@transaction.atomic
def issue(*, submission_id: int, seen: str, by: User) -> SelfReport:
    """Freeze the report with the revision it quotes and make its files (签发).

    `seen` is the digest of what the head read. Raises Conflict for other words or figures, and while the submission is
    not handed in; Invalid for what is not written yet.
    """
    report = _begun(submission_id, "issue", by)
    known = queries.desk(by, report)
    if known.facts.revision is None:
        raise Conflict("没有签发：填报还没有签发提交，报告里的数还会变。请先签发提交填报。")
    if known.digest != seen:
        raise Conflict("没有签发：报告的文字或数据刚被改过。请刷新页面，核对后再签发。")
    if open_ := known.unfinished:
        raise Invalid("没有签发：自评报告还没有写完。", open_)
    report.revision, report.content, report.sha256 = known.facts.revision, known.content, known.digest
    papers.sign(report, by)
    made = document.paper(known.content, timezone.localdate(), is_draft=False)
    name = f"{known.facts.figures['学校名称']}自评报告（{report.submission.round.name}）第{report.version}版"
    papers.store_files(report, name, RENDERERS["docx"](made), RENDERERS["pdf"](made), by)
    report.save()
    round_ = report.submission.round
    notices.notify(
        users_with(Perm.SUBMISSION_REVIEW, round_.district),
        text=f"{round_.name}有学校交了自评报告。",
        url=reverse("rounds:detail", args=[round_.pk]),
        # One a day is enough: the page names the schools.
        key=f"round-{round_.pk}-self-reports-{timezone.localdate():%Y%m%d}",
        by=by,
    )
    after = {"state": str(report.state), "receipt": report.revision.receipt, "sha256": report.sha256}
    _record("issue", report, by, {}, after | {"pdf": report.pdf and report.pdf.sha256})
    return report


@transaction.atomic
def withdraw(*, submission_id: int, reason: str, by: User) -> SelfReport:
    """It stays on record; its words and problems become the next draft, which is returned."""
    report = _begun(submission_id, "withdraw", by)
    papers.withdraw(report, "撤回自评报告", reason, by)
    report.save()
    stamps = {"created_by": by, "updated_by": by}
    draft = SelfReport.objects.create(submission=report.submission, version=report.version + 1, **stamps)
    texts, problems = list(report.texts.all()), list(report.problems.filter(dropped=False))
    for text in texts:
        text.pk, text.report = None, draft
    for problem in problems:
        problem.pk, problem.report = None, draft
    SelfReportText.objects.bulk_create(texts)
    SelfReportProblem.objects.bulk_create(problems)
    after = {"state": str(report.state), "reason": report.withdraw_reason}
    _record("withdraw", report, by, {}, after)
    return draft


@transaction.atomic
def take_file(*, report_id: int, kind: str, by: User) -> Document:
    report = queries.get(by, report_id)
    ensure(by, Perm.REPORT_VIEW, report)
    found = papers.file_of(report, kind, missing="这份自评报告没有这个文件。请回到报告页面。")
    audit.record("self_report.download", by=by, obj=report, after={"file": kind, "sha256": found.sha256})
    return found


def _begun(submission_id: int, verb: str, by: User) -> SelfReport:
    """In the state after the verb; the submission's row is the lock. A draft is made on first use."""
    rows = submissions.with_places(Submission.objects.filter(pk=submission_id, school__isnull=False)).order_by()
    submission = next(iter(rows.select_for_update(of=("self",), no_key=True)), None)
    if submission is None:
        raise NotFound(queries.MISSING)
    report = TABLE.begin(verb, queries.current(submissions.as_then([submission])[0]), by)
    if report.pk is None:
        after, report.state, report.created_by = report.state, SelfReport.State.DRAFT, by
        report.save()
        report.state = after
    return report


def _problem(report: SelfReport, problem_id: int) -> SelfReportProblem:
    row = report.problems.select_related("updated_by").filter(pk=problem_id, dropped=False).first()
    if row is None:
        raise NotFound("这个问题已被删去，或不在这份报告里。请回到报告页面。")
    return row


def _ensure_sound(facts: ReportedFacts, where: str, text: str) -> None:
    if len(text) > LONGEST:
        problem = Problem(f"有 {len(text)} 字", where, f"请写在 {LONGEST} 字以内")
        raise Invalid("没有保存：文字太长。", [problem])
    _ensure_public(where, text)
    if unknown := words.unknown_figures(text, facts.figures):
        do = "请用页面列出的名称，或去掉花括号"
        raise Invalid("没有保存。", [Problem(f"没有叫“{name}”的数据", where, do) for name in unknown])


def _ensure_public(where: str, text: str) -> None:
    if refusal := written.refusal(text):
        raise Invalid("没有保存。", [Problem(refusal, where)])


def _record(verb: str, report: SelfReport, by: User, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit.record(f"self_report.{verb}", by=by, obj=report, before=before, after=after)
