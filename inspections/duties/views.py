"""Pages of tasks: the list, one task with a form for each step on its reports, giving out and changing."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.duties import actions, forms, intake_actions, pages, queries, sheet_queries, workbook, workflow
from inspections.duties.forms import CancelDutyForm, DutyFilter, DutyForm, ScoreForm, SheetFilter, StepOnReport
from inspections.duties.models import Duty
from inspections.programmes.models import Programme
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads, views as downloads
from portal.core.forms.once import once
from portal.core.lib.numbers import plain
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, may, passes, require
from schools.access.workflow import VerbRow


@require(Perm.DUTY_VIEW)
@require_GET
def duties(request: Request) -> HttpResponse:
    chosen = DutyFilter(request.GET, queryset=queries.years(request.user), request=request)
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "year": chosen.year_shown,
        "page": page,
        "rows": queries.with_figures(page),
        "programmes": queries.programmes(request.user) if holds(request.user, Perm.DUTY_MANAGE) else [],
        "may_import": holds(request.user, Perm.DUTY_MANAGE),
    }
    return render(request, "inspections/duties/list.html", context)


@require(Perm.DUTY_VIEW)
@require_GET
def detail(request: Request, duty_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, duty_id))


def _page(
    request: Request,
    duty: Duty,
    typed: dict[tuple[int, str], StepOnReport] | None = None,
    withdrawing: CancelDutyForm | None = None,
) -> HttpResponse:
    typed = typed or {}
    years = queries.with_figures(queries.years(request.user).filter(duty=duty).order_by("year"))
    entries = queries.conversation(duty)
    for entry in entries:
        entry.tone = workflow.TABLE.mark(entry.kind)  # type: ignore[attr-defined]
    steps = [] if duty.withdrawn_at else forms.steps(request.user, duty, years, typed)
    this_year = next((row for row in years if row.year == timezone.localdate().year), years[-1] if years else None)
    may_manage = passes(workflow.ensure_change, request.user, duty)
    entries_of = duty.programme.goals if duty.part == Duty.Part.GOAL else duty.programme.safeguards
    context = {
        "duty": duty,
        "aim": entries_of[duty.number - 1]["title"] if 0 < duty.number <= len(entries_of) else "",
        "years": years,
        "now": this_year,
        "entries": entries,
        "steps": steps,
        "may_manage": may_manage,
        "withdrawing": (withdrawing or CancelDutyForm(initial={"version": duty.version})) if may_manage else None,
        "lacking": forms.findings_of(request.user, duty),
        "way_out": pages.way_out(request.user, duty),
        "may_board": holds(request.user, Perm.DISTRICT_RESULT_VIEW),
    }
    status = 400 if typed or withdrawing else 200
    return render(request, "inspections/duties/detail.html", context, status=status)


def step(verb: VerbRow) -> Callable[..., HttpResponse]:
    """The form calls the verb's action; if refused, the page is shown again."""
    action = getattr(actions, verb.code)

    def view(request: Request, report_id: int) -> HttpResponse:
        row = queries.get_report(request.user, report_id)
        verb.ensure(request.user, row)
        form = forms.form_for(verb.code, verb.form, row, request.POST, request.FILES)
        if form.is_valid():
            try:
                action(report_id=row.pk, by=request.user, **form.cleaned_data)
            except (Invalid, Conflict) as refusal:
                form.add_error(None, refusal.lines)
            else:
                messages.success(request, verb.done)
                return redirect("duties:detail", row.year.duty_id)
        return _page(request, row.year.duty, {(row.pk, verb.code): form})

    view.__name__ = verb.code
    assert verb.right  # noqa: S101 every verb has one
    return require(*verb.right.perms)(require_POST(uploads.inspected()(once(view))))


@require(Perm.DUTY_VIEW)
@require_GET
def file(request: Request, duty_id: int, file_id: int) -> HttpResponse:
    row = queries.file_of(request.user, duty_id, file_id)
    return restricted.attachment(row.document, behind=row, by=request.user)


@require(Perm.DUTY_MANAGE)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request, programme_id: int) -> HttpResponse:
    programme = get_object_or_404(queries.programmes(request.user), pk=programme_id)
    form = DutyForm(request.POST or None, programme=programme, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create(programme_id=programme.pk, content=form.content(), by=request.user)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "任务已下达，已通知责任单位。")
            return redirect("duties:detail", made.pk)
    return _edit(request, form, programme, None)


@require(Perm.DUTY_MANAGE)
@require_http_methods(["GET", "POST"])
@once
def edit(request: Request, duty_id: int) -> HttpResponse:
    duty = get_object_or_404(
        queries.duties(request.user).filter(programme__in=queries.programmes(request.user)), pk=duty_id
    )
    form = DutyForm(request.POST or None, programme=duty.programme, by=request.user, duty=duty)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            actions.edit(
                duty_id=duty.pk,
                version=typed["version"],
                content=form.content(),
                reason=typed["reason"],
                by=request.user,
            )
        except (Invalid, Conflict) as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "任务已修改，已通知责任单位。修改前的内容在任务记录里。")
            return redirect("duties:detail", duty.pk)
    return _edit(request, form, duty.programme, duty)


def _edit(request: Request, form: DutyForm, programme: Programme, duty: Duty | None) -> HttpResponse:
    context = {"form": form, "programme": programme, "duty": duty}
    return render(request, "inspections/duties/edit.html", context, status=400 if form.errors else 200)


@require(Perm.DUTY_MANAGE)
@require_POST
@once
def withdraw(request: Request, duty_id: int) -> HttpResponse:
    duty = queries.get(request.user, duty_id)
    form = CancelDutyForm(request.POST)
    if form.is_valid():
        try:
            actions.withdraw(duty_id=duty.pk, by=request.user, **form.cleaned_data)
        except (Invalid, Conflict) as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "任务已取消，已通知责任单位。以前的报送仍然保留。")
            return redirect("duties:detail", duty.pk)
    return _page(request, duty, withdrawing=form)


@require(Perm.DUTY_VIEW)
@require_GET
def year_sheet(request: Request) -> HttpResponse:
    form = SheetFilter(request.GET, user=request.user)
    unit = form.unit_asked
    found = sheet_queries.load(request.user, unit.pk, form.year_asked) if unit else None
    return _sheet(request, form, found, None)


def _sheet(
    request: Request, form: SheetFilter, found: sheet_queries.YearSheet | None, scoring: ScoreForm | None
) -> HttpResponse:
    may_score = found is not None and may(request.user, Perm.DUTY_MANAGE, found.department)
    if may_score and scoring is None and found:
        score = found.score
        scoring = ScoreForm(initial={"points": plain(score.points), "reason": score.reason} if score else None)
    context = {
        "form": form,
        "found": found,
        "columns": sheet_queries.COLUMNS,
        "scoring": scoring if may_score else None,
    }
    status = 400 if scoring and scoring.errors else 200
    return render(request, "inspections/duties/sheet.html", context, status=status)


@require(Perm.DUTY_VIEW)
@require_GET
def export_sheet(request: Request, department_id: int, year: int, kind: str) -> HttpResponse:
    content = actions.export_sheet(department_id=department_id, year=year, kind=kind, by=request.user)
    name = get_object_or_404(sheet_queries.units(request.user), pk=department_id).name
    return downloads.download(content, f"{name}{year}年度目标管理考核表.{kind}")


@require(Perm.DUTY_MANAGE)
@require_POST
@once
def set_score(request: Request, department_id: int, year: int) -> HttpResponse:
    found = sheet_queries.load(request.user, department_id, year)
    form = ScoreForm(request.POST)
    if form.is_valid():
        actions.set_score(department_id=department_id, year=year, by=request.user, **form.cleaned_data)
        messages.success(request, "考核得分已保存。")
        return redirect(f"{reverse('duties:sheet')}?unit={department_id}&year={year}")
    return _sheet(request, SheetFilter({"unit": department_id, "year": year}, user=request.user), found, form)


@require(Perm.DUTY_MANAGE)
@require_GET
def template(request: Request) -> HttpResponse:
    return downloads.download(workbook.write(), "实施方案和目标任务模板.xlsx")


@require(Perm.DUTY_MANAGE)
@require_GET
def export_programme(request: Request, programme_id: int) -> HttpResponse:
    content = intake_actions.export_programme(programme_id=programme_id, by=request.user)
    return downloads.download(content, f"实施方案和目标任务-{timezone.localdate():%Y%m%d}.xlsx")


@require(Perm.DUTY_VIEW)
@require_GET
def road_map(request: Request, programme_id: int) -> HttpResponse:
    """For who sees the district; units have their list."""
    programme = get_object_or_404(queries.programmes(request.user, Perm.DUTY_VIEW), pk=programme_id)
    return render(
        request, "inspections/duties/road.html", {"roads": pages.road(request.user, programme), "programme": programme}
    )


@require(Perm.DUTY_VIEW)
@require_GET
def goal_gaps(request: Request, programme_id: int) -> HttpResponse:
    """For who sees the district."""
    programme = get_object_or_404(queries.programmes(request.user, Perm.DUTY_VIEW), pk=programme_id)
    return render(request, "inspections/duties/gaps.html", {"found": pages.gaps(request.user, programme)})
