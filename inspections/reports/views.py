"""Pages of reports: the list, compiling one, one report, its files."""

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.programmes import queries as planning
from inspections.reports import actions, document, pages, queries, reminder_actions, stored_facts, words
from inspections.reports.forms import AssessForm, CompileForm, FrozenFilter, ReportFilter, ReportSignForm
from inspections.reports.models import PARTS, Report
from inspections.reports.workflow import TABLE, ensure_issue
from portal.core.accounts.authentication import Request
from portal.core.accounts.forms import confirm_identity
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access import restricted
from schools.access.scope import Perm, holds, may, require

_PER_PAGE = 30


@require(Perm.REPORT_VIEW)
@require_GET
def reports(request: Request) -> HttpResponse:
    found = ReportFilter(request.GET, queryset=queries.shown_to(request.user), request=request)
    page = Paginator(found.qs, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": found,
        "page": page,
        "rows": [queries.Badge.of(report) for report in queries.as_then(page)],
        "may_compile": holds(request.user, Perm.REPORT_COMPILE),
        "may_assess": queries.of_districts(request.user),
    }
    return render(request, "inspections/reports/list.html", context)


@require(Perm.REPORT_COMPILE)
@once
def create(request: Request) -> HttpResponse:
    districts = list(queries.districts(request.user))
    code = request.POST.get("district") or request.GET.get("district") or ""
    district = next((one for one in districts if not code or one.code == code), None)
    if district is None:
        raise NotFound("没有可以编制报告的区县：名录中还没有学校，或不在您的管辖范围。请先导入学校名录。")
    today = timezone.localdate()
    phase = planning.phase_on(district.pk, today)
    initial = {"phase": phase.pk if phase else ""}
    form = CompileForm(request.POST or None, district=district, by=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = dict(form.cleaned_data)
        try:
            if asked.pop("each"):
                job = actions.compile_schools(district=district, by=request.user, **asked)
                return redirect("jobs:detail", job.pk)
            report = actions.compile_report(district=district, by=request.user, **asked)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            return redirect("reports:detail", report.pk)
    context = {"form": form, "district": district, "districts": districts}
    return render(request, "inspections/reports/create.html", context, status=400 if form.errors else 200)


@require(Perm.REPORT_COMPILE)
@once
def assess(request: Request) -> HttpResponse:
    if not queries.of_districts(request.user):
        raise NotAllowed("县级自评报告由教育局编制。学校请编制本校的整改报告。")
    form = AssessForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            report = actions.assess(evaluation=form.cleaned_data["evaluation"], by=request.user)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            return redirect("reports:detail", report.pk)
    return render(request, "inspections/reports/assess.html", {"form": form}, status=400 if form.errors else 200)


@require(Perm.REPORT_VIEW)
@require_GET
def detail(request: Request, report_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, report_id))


def _page(request: Request, report: Report, form: ReportSignForm | None = None) -> HttpResponse:
    draft = document.draft(report)
    texts = {section: own["text"] for section, own in report.texts.items()}
    context = {
        "report": report,
        "badge": queries.Badge.of(report),
        "facts": stored_facts.from_json(report.context) if report.kind == Report.Kind.PHASED else None,
        "addressed_to": texts.get("addressed_to", draft.addressed_to),
        "remarks": draft.remarks(texts) if report.is_draft else (),
        "sections": pages.shown(report, draft),
        "missing": queries.missing(report) if report.is_draft else [],
        "verbs": [verb for verb in TABLE.offers(request.user, report) if verb.label],
        "versions": [queries.Badge.of(row) for row in queries.versions(request.user, report)],
        "may_compile": may(request.user, Perm.REPORT_COMPILE, report),
        "form": form or (ReportSignForm(by=request.user) if report.school_id else None),
    }
    queries.as_then([report])
    return render(request, "inspections/reports/detail.html", context, status=400 if form else 200)


@require(Perm.REPORT_VIEW)
@require_GET
def findings(request: Request, report_id: int) -> HttpResponse:
    """Those a figure counts, as they were in the report."""
    report = queries.get(request.user, report_id)
    if report.kind != Report.Kind.PHASED:
        raise NotFound("这种报告没有问题清单。请回到报告页面。")
    data = stored_facts.from_json(report.context)
    form = FrozenFilter(request.GET, facts=data)
    page = Paginator(pages.frozen(data, form.asked), _PER_PAGE).get_page(request.GET.get("page"))
    opened = pages.today(request.user, report, list(page))
    context = {
        "report": report,
        "facts": data,
        "form": form,
        "page": page,
        "rows": [(item, item.label("state"), words.brief(item.problem), opened.get(item.number)) for item in page],
    }
    return render(request, "inspections/reports/findings.html", context)


@require(Perm.REPORT_COMPILE)
@require_POST
@once
def refresh(request: Request, report_id: int) -> HttpResponse:
    """The next version with today's data, or this one where nothing changed."""
    report = queries.get(request.user, report_id)
    if report.kind == Report.Kind.SELF_ASSESSMENT and report.evaluation:
        newest = actions.assess(evaluation=report.evaluation, by=request.user)
    else:
        parts = (*PARTS, "phase", "starts_on", "ends_on")
        same = {name: getattr(report, name) for name in parts}
        newest = actions.compile_report(district=report.district, by=request.user, **same)
    messages.success(
        request, "数据没有变化。" if newest.pk == report.pk else f"已更新数据，得到第 {newest.version} 版。"
    )
    return redirect("reports:detail", newest.pk)


@require(Perm.REPORT_COMPILE)
@require_GET
def missing(request: Request, report_id: int) -> HttpResponse:
    report = queries.get(request.user, report_id)
    rows = queries.missing(report)
    return render(request, "inspections/reports/missing.html", {"report": report, "rows": rows})


@require(Perm.REPORT_COMPILE)
@require_POST
@once
def remind(request: Request, report_id: int) -> HttpResponse:
    report_id = queries.get(request.user, report_id).pk
    asked = reminder_actions.remind(report_id=report_id, code=request.POST.get("code", ""), by=request.user)
    messages.success(request, f"已提醒 {asked} 个学校、单位。填写后，回到报告页点“更新数据”。")
    return redirect("reports:missing", report_id)


@require(Perm.REPORT_COMPILE)
@once
def write(request: Request, report_id: int, section: str) -> HttpResponse:
    """The office's text, the portal's, and how they differ."""
    report = queries.get(request.user, report_id)
    page = queries.editing(report, section)
    status = 200
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            revision = int(request.POST.get("revision", "-1"))
            actions.write_text(report_id=report.pk, section=section, text=typed, revision=revision, by=request.user)
        except (Invalid, Conflict, ValueError) as refusal:
            if isinstance(refusal, Conflict):
                # Sent again it is refused again: the words of the other stay.
                report.revision = revision
            problems = getattr(refusal, "problems", ()) or (getattr(refusal, "message", "请刷新页面后再改。"),)
            page, status = replace(page, text=typed, errors=tuple(map(str, problems))), 400
        else:
            messages.success(request, "已保存，正在重新生成文件。")
            return redirect(f"{queries.address(report)}#{section}")
    return render(request, "inspections/reports/write.html", {"report": report, "page": page}, status=status)


@require(Perm.REPORT_ISSUE)
@require_POST
@once
def issue(request: Request, report_id: int) -> HttpResponse:
    """A school's head signs with the password; the office's is issued."""
    report = queries.get(request.user, report_id)
    ensure_issue(request.user, report)
    if report.school_id:
        form = ReportSignForm(request.POST, by=request.user)
        if not form.is_valid() or not confirm_identity(request, form):
            return _page(request, report, form)
    try:
        actions.issue(report_id=report_id, revision=numbers.whole(request.POST.get("revision", "")), by=request.user)
    except Invalid as refusal:
        messages.error(request, "".join([refusal.message, *(f"{problem}。" for problem in refusal.problems)]))
    else:
        messages.success(request, TABLE["issue"].done)
    return redirect("reports:detail", report_id)


@require(Perm.REPORT_ISSUE)
@require_POST
@once
def withdraw(request: Request, report_id: int) -> HttpResponse:
    report_id = queries.get(request.user, report_id).pk
    actions.withdraw(report_id=report_id, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, TABLE["withdraw"].done)
    return redirect("reports:detail", report_id)


@require(Perm.REPORT_COMPILE)
@require_POST
@once
def compile_again(request: Request, report_id: int) -> HttpResponse:
    report = actions.compile_again(report_id=queries.get(request.user, report_id).pk, by=request.user)
    messages.success(request, "已重新排队，生成后可在本页下载。")
    return redirect("reports:detail", report.pk)


@require(Perm.REPORT_VIEW)
@require_GET
def download(request: Request, report_id: int, kind: str) -> HttpResponse:
    document = actions.take_file(report_id=report_id, kind=kind, by=request.user)
    report = queries.get(request.user, report_id)
    return restricted.attachment(document, behind=report, by=request.user)
