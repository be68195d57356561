"""Pages of schools' self-reports: the report on a submission, one section, one problem, signing, its files."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.reports import words
from inspections.self_reports import actions, document, queries, workflow
from inspections.self_reports.facts import sections
from inspections.self_reports.forms import SelfReportProblemForm, SelfReportSignForm
from inspections.self_reports.models import SelfReport
from portal.core.accounts.authentication import Request
from portal.core.accounts.forms import confirm_identity
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.files import views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers
from portal.core.papers.docx import RENDERERS
from schools.access import restricted
from schools.access.scope import Perm, require


@require(Perm.REPORT_VIEW)
@require_GET
def detail(request: Request, submission_id: int) -> HttpResponse:
    return _page(request, submission_id)


def _page(request: Request, submission_id: int, form: SelfReportSignForm | None = None) -> HttpResponse:
    submission = queries.submission(request.user, submission_id)
    report = queries.current(submission)
    writes = workflow.TABLE["write"].may(request.user, report)
    context: dict[str, Any] = {
        "submission": submission,
        "report": report,
        "issued": queries.issued(request.user, submission),
        "tone": workflow.TABLE.states[report.state].tone,
        "writes": writes and report.state == SelfReport.State.DRAFT,
        "may_withdraw": workflow.TABLE.allows(request.user, report, "withdraw"),
        "withdraw": workflow.TABLE["withdraw"],
    }
    content = document.read(report.content) if report.content else None
    if context["writes"]:
        known = queries.desk(request.user, report)
        context["desk"], content = known, known.content
        if workflow.TABLE.allows(request.user, report, "issue"):
            context["form"] = form or SelfReportSignForm(by=request.user)
    # Each cell of a table with its head, for cards on a phone.
    shown = [
        {
            **section,
            "tables": [
                table | {"rows": [list(zip(table["heads"], row, strict=True)) for row in table["rows"]]}
                for table in section["tables"]
            ],
        }
        for section in (content["sections"] if content else ())
    ]
    context |= {"content": content, "sections": shown}
    return render(request, "inspections/self_reports/detail.html", context, status=400 if form else 200)


@require(Perm.SUBMISSION_FILL)
@once
def write(request: Request, submission_id: int, section: str) -> HttpResponse:
    """Its text, the portal's, the figures it may name."""
    report = _own(request, submission_id)
    rule = next((one for one in sections() if one.code == section), None)
    if rule is None:
        raise NotFound("自评报告没有这一部分。请回到报告页面。")
    errors: tuple[str, ...] = ()
    typed = request.POST.get("text", "")
    if request.method == "POST":
        version = numbers.whole(request.POST.get("version", "")) or 0
        try:
            actions.write_text(
                submission_id=submission_id, section=section, text=typed, version=version, by=request.user
            )
        except (Invalid, Conflict) as refusal:
            errors = tuple(map(str, getattr(refusal, "problems", ()))) or (refusal.message,)
        else:
            messages.success(request, "已保存。")
            return redirect(f"{queries.address(report)}#{section}")
    known = queries.desk(request.user, queries.current(report.submission))
    row, portal = known.texts.get(section), known.facts.written(rule)
    stored = row.text if row and row.text else portal
    context = {
        "submission": report.submission,
        "rule": rule,
        "text": typed if errors else stored,
        # Saved again it is meant to stand in place of what is stored now.
        "version": row.version if row else 0,
        "theirs": row if errors and row and row.text != typed.strip() else None,
        "portal": portal if row and row.text else "",
        "is_stale": bool(row and row.text and row.basis != portal),
        "figures": known.facts.figures.items(),
        "errors": errors,
    }
    return render(request, "inspections/self_reports/write.html", context, status=400 if errors else 200)


@require(Perm.SUBMISSION_FILL)
@once
def problem(request: Request, submission_id: int, problem_id: int | None = None) -> HttpResponse:
    """A new one, or one of the report's."""
    report = _own(request, submission_id)
    known = queries.desk(request.user, report)
    row = next((one for one in known.problems if one.pk == problem_id), None)
    if problem_id is not None and row is None:
        raise NotFound("这个问题已被删去，或不在这份报告里。请回到报告页面。")
    fields = ("text", "measure", "responsible", "due_on", "version")
    form = SelfReportProblemForm(
        request.POST or None, initial={name: getattr(row, name) for name in fields} if row else {}
    )
    theirs = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["version"] = given["version"] or 0
        try:
            actions.write_problem(submission_id=submission_id, problem_id=problem_id, by=request.user, **given)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        except Conflict as refusal:
            # Saved again it is meant to stand in place of what is stored now.
            theirs = row
            form = SelfReportProblemForm(request.POST.dict() | {"version": str(row.version if row else 0)})
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "已保存。")
            return redirect(f"{queries.address(report)}#problems")
    context = {
        "submission": report.submission,
        "problem": row,
        "form": form,
        "theirs": theirs,
        "printed": words.fill(row.text, known.facts.figures) if row else "",
        "figures": known.facts.figures.items(),
    }
    return render(request, "inspections/self_reports/problem.html", context, status=400 if form.errors else 200)


@require(Perm.SUBMISSION_FILL)
@require_POST
@once
def accept(request: Request, submission_id: int) -> HttpResponse:
    report = _own(request, submission_id)
    made = actions.accept(submission_id=submission_id, keys=request.POST.getlist("key"), by=request.user)
    messages.success(request, f"已列入 {len(made)} 个问题。请写明措施、责任人和完成时间。")
    return redirect(f"{queries.address(report)}#problems")


@require(Perm.SUBMISSION_FILL)
@require_POST
@once
def drop(request: Request, submission_id: int, problem_id: int) -> HttpResponse:
    report = _own(request, submission_id)
    version = numbers.whole(request.POST.get("version", "")) or 0
    actions.drop_problem(submission_id=submission_id, problem_id=problem_id, version=version, by=request.user)
    messages.success(request, "已删去。")
    return redirect(f"{queries.address(report)}#problems")


@require(Perm.REPORT_ISSUE)
@require_POST
@once
def issue(request: Request, submission_id: int) -> HttpResponse:
    report = queries.current(queries.submission(request.user, submission_id))
    workflow.ensure_issue(request.user, report)
    form = SelfReportSignForm(request.POST, by=request.user)
    if not form.is_valid() or not confirm_identity(request, form):
        return _page(request, submission_id, form)
    try:
        actions.issue(submission_id=submission_id, seen=request.POST.get("seen", ""), by=request.user)
    except Invalid as refusal:
        messages.error(request, "".join([refusal.message, *(f"{problem}。" for problem in refusal.problems)]))
    else:
        messages.success(request, workflow.TABLE["issue"].done)
    return redirect(queries.address(report))


@require(Perm.REPORT_ISSUE)
@require_POST
@once
def withdraw(request: Request, submission_id: int) -> HttpResponse:
    report = queries.current(queries.submission(request.user, submission_id))
    actions.withdraw(submission_id=submission_id, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, workflow.TABLE["withdraw"].done)
    return redirect(queries.address(report))


@require(Perm.SUBMISSION_FILL)
@require_GET
def draft(request: Request, submission_id: int, kind: str) -> HttpResponse:
    """As it would be printed today; not stored."""
    report = _own(request, submission_id)
    if kind not in RENDERERS or report.state != SelfReport.State.DRAFT:
        raise NotFound("没有这份草稿。已签发的，请在报告页面下载。")
    content = queries.desk(request.user, report).content
    made = RENDERERS[kind](document.paper(content, timezone.localdate(), is_draft=True))
    return downloads.download(made, f"{content['issuer']}自评报告草稿.{kind}", downloads.PAPERS[kind])


@require(Perm.REPORT_VIEW)
@require_GET
def download(request: Request, report_id: int, kind: str) -> HttpResponse:
    found = actions.take_file(report_id=report_id, kind=kind, by=request.user)
    return restricted.attachment(found, behind=queries.get(request.user, report_id), by=request.user)


def _own(request: Request, submission_id: int) -> SelfReport:
    """Raises NotFound out of scope, NotAllowed for another school's."""
    report = queries.current(queries.submission(request.user, submission_id))
    workflow.ensure_write(request.user, report)
    return report
