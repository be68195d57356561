"""Pages of checked figures with their forms: the differences of a visit with the school's answers, the statistics of over-claiming."""

import django_filters
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.claims import actions, queries
from inspections.claims.models import CheckedFigure
from portal.core.errors import Invalid
from portal.core.files import views as downloads
from portal.core.forms.once import once
from portal.core.lib.forms import DayInput, ListFilter, WordsFilter
from schools.access.scope import Perm, Request, may, require


class DifferenceForm(forms.Form):
    """更正 or 说明理由 for one difference."""

    answer = forms.ChoiceField(label="答复", choices=CheckedFigure.Answer.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label="说明（选“说明理由”的必填）",
        max_length=actions.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ClaimFilter(ListFilter):
    """Which checked figures are counted."""

    school = WordsFilter(label="学校名称", names=["visit__school__name__icontains"])
    indicator = django_filters.CharFilter(field_name="indicator", lookup_expr="iexact", label="指标代号")
    since = django_filters.DateFilter(
        field_name="visit__finished_at", lookup_expr="date__gte", label="督导完成不早于", widget=DayInput
    )
    until = django_filters.DateFilter(
        field_name="visit__finished_at", lookup_expr="date__lte", label="督导完成不晚于", widget=DayInput
    )


@require(Perm.VISIT_VIEW)
@require_GET
def visit(request: Request, visit_id: int) -> HttpResponse:
    return _page(request, visit_id)


@require(Perm.FINDING_RECTIFY)
@require_POST
@once
def answer(request: Request, figure_id: int) -> HttpResponse:
    figure = queries.get(request.user, figure_id)
    form = DifferenceForm(request.POST, auto_id=f"{figure.pk}_%s")
    if form.is_valid():
        try:
            actions.answer(figure_id=figure.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "已答复，已通知督学和审核人员。")
            return redirect("claims:visit", figure.visit_id)
    return _page(request, figure.visit_id, figure.pk, form)


def _page(request: Request, visit_id: int, typed: int = 0, form: DifferenceForm | None = None) -> HttpResponse:
    figures = queries.of_visit(request.user, visit_id)
    visit = figures[0].visit
    may_answer = may(request.user, Perm.FINDING_RECTIFY, visit)
    rows = [
        (
            figure,
            (form if figure.pk == typed else None) or DifferenceForm(auto_id=f"{figure.pk}_%s")
            if may_answer and not figure.answer
            else None,
        )
        for figure in figures
    ]
    context = {"visit": visit, "rows": rows, "submission": figures[0].revision.submission, "may_answer": may_answer}
    context["waiting"] = sum(not figure.answer for figure in figures)
    return render(request, "inspections/claims/visit.html", context, status=400 if form else 200)


@require(Perm.VISIT_VIEW)
@require_GET
def statistics(request: Request) -> HttpResponse:
    chosen = ClaimFilter(request.GET, queryset=queries.seen_by(request.user), request=request)
    found = queries.statistics(chosen.qs, queries.spec(request.user))
    page = Paginator(found.schools, 30).get_page(request.GET.get("page"))
    context = {"filter": chosen, "found": found, "page": page}
    return render(request, "inspections/claims/statistics.html", context)


@require(Perm.VISIT_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    chosen = ClaimFilter(request.GET, queryset=queries.seen_by(request.user), request=request)
    spec, filtered = queries.spec(request.user), chosen.form.described()
    content = actions.export(figures=chosen.qs, spec=spec, filtered=filtered, by=request.user)
    return downloads.download(content, f"现场核查统计-{timezone.localdate():%Y%m%d}.xlsx")
