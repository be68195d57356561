"""Pages of the ledger: the list, what puts findings into it, the conversation on one finding with one address per step."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.results.evaluations.models import Evaluation
from inspections.rectification import actions, closing_queries, forms, queries, raising, rights, workbook, workflow
from inspections.rectification.models import Entry, Finding
from portal.core.errors import Invalid
from portal.core.files import uploads, views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers
from portal.core.papers import charts
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, require, visible
from schools.access.workflow import VerbRow
from schools.directory import queries as directory


@require(Perm.FINDING_VIEW)
@require_GET
def findings(request: Request) -> HttpResponse:
    chosen = forms.FindingFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    view = request.GET.get("view", "problems")
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    now = queries.current(page)
    queries.as_then(page)
    for row in page:
        row.now = now[row.pk]
        row.tone = workflow.TABLE.states[row.state].tone
        row.measures = workbook.entries_text(row, Entry.Kind.MEASURE)
        row.progress = workbook.entries_text(row, Entry.Kind.PROGRESS, Entry.Kind.REQUEST_CLOSE)
    bars = [
        charts.ChartBar(label, (soon, late), f"{soon + late} 项", f"{soon + late} 项，其中逾期 {late} 项")
        for label, soon, late in ([] if request.GET else queries.ages(request.user))
    ]
    drawn = charts.bars("未销号问题登记以来的天数", bars, (("没有到期", "edge"), ("逾期", "bad")))
    context = {
        "filter": chosen,
        "page": page,
        "view": view if view in workbook.VIEWS else "problems",
        "views": workbook.VIEWS,
        "counts": queries.counts(request.user),
        "ages": next(drawn) if any(sum(bar.parts) for bar in bars) else None,
        "may_name": restricted.may_name(request.user, Finding.objects.filter(pk__in=[row.pk for row in page])),
        "may_register": holds(request.user, Perm.FINDING_DISPATCH),
        "evaluation": queries.latest_evaluation(request.user),
    }
    return render(request, "inspections/rectification/list.html", context)


@require(Perm.FINDING_VIEW)
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse:
    chosen = forms.FindingFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    purpose = request.POST.get("purpose")
    content = actions.export(findings=chosen.qs, title="问题整改台账", by=request.user, purpose=purpose)
    return downloads.download(content, f"问题整改台账-{timezone.localdate():%Y%m%d}.xlsx")


@require(Perm.FINDING_VIEW)
@require_GET
def detail(request: Request, finding_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, finding_id))


def _page(request: Request, finding: Finding, typed: dict[str, Any] | None = None) -> HttpResponse:
    entries = queries.conversation(finding)
    for entry in entries:
        entry.tone = workflow.TABLE.mark(entry.kind)  # type: ignore[attr-defined]
    now = queries.current([finding])[finding.pk]
    verbs = workflow.TABLE.offers(request.user, finding)
    figure = None if finding.is_closed else closing_queries.figure_of(finding)
    may_override = rights.may_override(request.user, finding)
    may_ask = finding.state in workflow.TABLE["request_close"].at
    context = {
        "finding": finding,
        "now": now,
        "tone": workflow.TABLE.states[finding.state].tone,
        "entries": entries,
        "follow_ups": finding.follow_ups.filter(visit__finished_at__isnull=False).select_related("visit"),
        # What came of the nights' proposals is for who supervises; what was issued for everybody who sees the finding.
        "escalations": finding.escalations.filter(decided_at__isnull=False).exclude(state="declined"),
        "steps": forms.offered(verbs, finding, now, typed, figure=figure, may_override=may_override),
        "figure": figure,
        "may_override": may_override,
        "needs": closing_queries.needs(finding, figure) if may_ask else [],
        "asked": closing_queries.asked(finding),
        "indicator": dict(queries.indicator_choices([finding.district.pk])).get(finding.indicator, finding.indicator),
        "may_ask": may_ask,
        "may_amend": workflow.TABLE["amend"] in verbs,
        "bare": request.user.pk in {entry.by_id for entry in entries if entry.kind in Entry.RECTIFYING},
    }
    return render(request, "inspections/rectification/detail.html", context, status=400 if typed else 200)


def step(verb: VerbRow) -> Callable[..., HttpResponse]:
    """The form calls the verb's action; if refused, the page is shown again."""
    action = getattr(actions, verb.code)

    def view(request: Request, finding_id: int) -> HttpResponse:
        finding = queries.get(request.user, finding_id)
        verb.ensure(request.user, finding)
        figure = closing_queries.figure_of(finding) if verb.code == "close" else None
        may_override = rights.may_override(request.user, finding)
        form = forms.form_for(verb, finding, request.POST, request.FILES, figure=figure, may_override=may_override)
        if form.is_valid():
            try:
                action(finding_id=finding.pk, by=request.user, **form.cleaned_data)
            except Invalid as refusal:
                form.add_error(None, refusal.lines)
            else:
                messages.success(request, verb.done)
                return redirect("rectification:detail", finding.pk)
        return _page(request, finding, {verb.code: form})

    view.__name__ = verb.code
    assert verb.right  # noqa: S101 a verb with a form has one
    return require(*verb.right.perms)(require_POST(uploads.inspected()(once(view))))


@require(Perm.FINDING_VIEW)
@require_GET
def photo(request: Request, finding_id: int) -> HttpResponse:
    finding = queries.get(request.user, finding_id)
    if finding.photo is None:
        raise Http404
    return restricted.attachment(finding.photo, behind=finding, by=request.user)


@require(Perm.FINDING_VIEW)
@require_GET
def file(request: Request, finding_id: int, file_id: int) -> HttpResponse:
    file = queries.file_of(request.user, finding_id, file_id)
    return restricted.attachment(file.document, behind=file, by=request.user)


@require(Perm.FINDING_DISPATCH)
@uploads.inspected(uploads.PHOTOS)
@once
def register(request: Request) -> HttpResponse:
    form = forms.RegisterForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            finding = actions.register(
                **form.respondent(),
                source=values["source"],
                content=form.content(),
                photo=values["photo"],
                despite=values["despite"],
                by=request.user,
            )
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, f"问题 {finding.number} 已登记并派发，已通知责任单位。")
            return redirect("rectification:detail", finding.pk)
    return render(request, "inspections/rectification/raise.html", {"form": form}, status=400 if form.errors else 200)


@require(*workflow.AMEND.perms)
@uploads.inspected(uploads.PHOTOS)
@once
def amend(request: Request, finding_id: int) -> HttpResponse:
    finding = queries.get(request.user, finding_id)
    workflow.AMEND.ensure(request.user, finding)
    first = {field.name: getattr(finding, field.name) for field in fields(workflow.FindingContent)}
    form = forms.ContentForm(request.POST or None, request.FILES or None, initial=first, districts=[finding.district])
    if request.method == "POST" and form.is_valid():
        version = numbers.whole(request.POST.get("version", "")) or 0
        photo = form.cleaned_data["photo"]
        try:
            actions.amend(finding_id=finding.pk, version=version, content=form.content(), photo=photo, by=request.user)
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, "已修改。")
            return redirect("rectification:detail", finding.pk)
    context = {"form": form, "finding": finding, "has_photo": finding.photo_id is not None}
    return render(request, "inspections/rectification/raise.html", context, status=400 if form.errors else 200)


@require(Perm.FINDING_DISPATCH)
def raise_from_evaluation(request: Request, evaluation_id: int) -> HttpResponse:
    evaluations = Evaluation.objects.select_related("round__district", "standard")
    evaluation = get_object_or_404(visible(request.user, evaluations, Perm.FINDING_DISPATCH), pk=evaluation_id)
    if request.method == "POST":
        done = actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=request.user)
        text = f"新登记 {done.created} 个，重新打开 {done.reopened} 个，记入已有问题 {done.linked} 个，台账中已有 {done.already_there} 个。"
        messages.success(request, text)
        return redirect("rectification:list")
    plan = raising.plan_gaps(evaluation)
    shown = [*plan.new, *(gap for _, gap in (*plan.again, *plan.linked))]
    directory.as_of([gap.school for gap in shown if gap.school], evaluation.round.school_year_start)
    context = {"evaluation": evaluation, "plan": plan, "dues": plan.dues()}
    return render(request, "inspections/rectification/from_evaluation.html", context)
