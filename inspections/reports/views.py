"""Pages of reports: the list, compiling one, one report, its files."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.programmes import queries as planning
from inspections.reports import actions, facts, queries
from inspections.reports.forms import CompileForm, ReportFilter
from portal.core.accounts.rights import Request
from portal.core.errors import Invalid, NotFound
from portal.core.forms.once import once
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import holds, may, require
from schools.directory.models import District

_PER_PAGE = 30


@require(Perm.REPORT_VIEW)
@require_GET
def reports(request: Request) -> HttpResponse:
    form = ReportFilter(request.GET, by=request.user)
    found = form.narrow(queries.shown_to(request.user))
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [queries.Badge.of(report) for report in queries.as_then(page)],
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_compile": holds(request.user, Perm.REPORT_COMPILE),
    }
    return render(request, "inspections/reports/list.html", context)


@require(Perm.REPORT_COMPILE)
@once
def create(request: Request) -> HttpResponse:
    districts = list(queries.districts(request.user))
    district = _chosen(request, districts)
    today = timezone.localdate()
    initial = {"phase": planning.phase_on(district.pk, today)}
    form = CompileForm(request.POST or None, district=district, by=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            report = actions.compile_report(district=district, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            for problem in refusal.problems:
                form.add_error(None, str(problem))
        else:
            return redirect("reports:detail", report.pk)
    context = {"form": form, "district": district, "districts": districts}
    return render(request, "inspections/reports/create.html", context, status=400 if form.errors else 200)


def _chosen(request: Request, districts: list[District]) -> District:
    code = request.POST.get("district") or request.GET.get("district") or ""
    found = [district for district in districts if district.code == code] if code else districts
    if not found:
        raise NotFound("没有可以编制报告的区县：名录中还没有学校，或不在您的管辖范围。请先导入学校名录。")
    return found[0]


@require(Perm.REPORT_VIEW)
@require_GET
def detail(request: Request, report_id: int) -> HttpResponse:
    report = queries.get(request.user, report_id)
    badge = queries.Badge.of(report)
    context = {
        "report": report,
        "badge": badge,
        "preview": queries.preview(facts.from_json(report.context)),
        "versions": [queries.Badge.of(row) for row in queries.versions(request.user, report)],
        "may_compile": may(request.user, Perm.REPORT_COMPILE, report),
    }
    queries.as_then([report])
    return render(request, "inspections/reports/detail.html", context)


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
