"""Pages of escalation: the list, one escalation with one address per step, a district's levels."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.escalation import actions, forms, queries, workflow
from inspections.escalation.models import SEVERITY_PERCENT, Escalation
from inspections.rectification.models import Finding
from inspections.rectification.queries import closing_rate
from inspections.reports.words import rate
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads, views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers
from portal.core.papers import charts
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, require
from schools.access.workflow import VerbRow
from schools.directory import queries as directory
from schools.directory.models import District

_MONTH_PAGE = 30


@require(Perm.FINDING_VIEW)
@require_GET
def escalations(request: Request) -> HttpResponse:
    rows = queries.for_list(request.user)
    if request.GET.get("state") != Escalation.State.DROPPED:
        rows = rows.exclude(state=Escalation.State.DROPPED)
    chosen = forms.EscalationFilter(request.GET, queryset=rows, request=request)
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    for row in page:
        row.tone = workflow.TABLE.states[row.state].tone
    context = {
        "filter": chosen,
        "page": page,
        "to_decide": queries.to_decide(request.user).count(),
        "settable": directory.districts(request.user, Perm.DISTRICT_EDIT)
        if holds(request.user, Perm.DISTRICT_EDIT)
        else [],
    }
    return render(request, "inspections/escalation/list.html", context)


@require(Perm.FINDING_VIEW)
@require_GET
def detail(request: Request, escalation_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, escalation_id))


def _page(request: Request, row: Escalation, typed: dict[str, forms.ActForm] | None = None) -> HttpResponse:
    typed = typed or {}
    offers = list(workflow.TABLE.offers(request.user, row))
    # What was typed for a step that somebody else has done meanwhile is still shown.
    offers += [workflow.TABLE[code] for code in typed if workflow.TABLE[code] not in offers]
    steps = [
        {
            "verb": verb,
            "form": typed.get(verb.code) or forms.form_for(verb.code, verb.form, row),
            "url": reverse(f"escalation:{verb.code}", args=[row.pk]),
            "is_open": verb.code in typed or (not typed and place == 0),
        }
        for place, verb in enumerate(offers)
    ]
    context = {
        "row": row,
        "finding": row.finding,
        "tone": workflow.TABLE.states[row.state].tone,
        "steps": steps,
        "may_draft": row.decided_at is not None and queries.may_draft(request.user, row),
        "others": queries.others_of(request.user, row),
        "files": row.files.select_related("document"),
    }
    return render(request, "inspections/escalation/detail.html", context, status=400 if typed else 200)


def step(verb: VerbRow) -> Callable[..., HttpResponse]:
    """The form calls the verb's action; if refused, the page is shown again."""
    action = getattr(actions, verb.code)

    def view(request: Request, escalation_id: int) -> HttpResponse:
        row = queries.get(request.user, escalation_id)
        verb.ensure(request.user, row)
        form = forms.form_for(verb.code, verb.form, row, request.POST, request.FILES)
        if form.is_valid():
            try:
                action(escalation_id=row.pk, by=request.user, **form.cleaned_data)
            except (Invalid, Conflict) as refusal:
                form.add_error(None, refusal.lines)
            else:
                messages.success(request, verb.done)
                return redirect("escalation:detail", row.pk)
        return _page(request, row, {verb.code: form})

    view.__name__ = verb.code
    assert verb.right  # noqa: S101 every verb has one
    return require(*verb.right.perms)(require_POST(uploads.inspected()(once(view))))


@require(Perm.FINDING_VIEW)
@require_GET
def file(request: Request, escalation_id: int, file_id: int) -> HttpResponse:
    row = queries.file_of(request.user, escalation_id, file_id)
    return restricted.attachment(row.document, behind=row, by=request.user)


@require(Perm.FINDING_VIEW)
@require_GET
def month(request: Request) -> HttpResponse:
    form, district = _asked(request)
    report = queries.month_report(request.user, district.pk, form.month_asked) if district else None
    lists = {code: (name, getattr(report, code)) for code, name in queries.MONTH_LISTS.items()} if report else {}
    chosen = request.GET.get("list", "")
    chosen = chosen if chosen in lists else "units"
    rows = lists[chosen][1] if lists else ()
    page = Paginator(rows, _MONTH_PAGE).get_page(request.GET.get("page"))
    months, values, printed = report.months if report else (), [], []
    for one in months:
        total = one.closed + one.open
        share = closing_rate(one.closed, total)
        values.append(numbers.half_up(share * 100, 4) if share is not None else None)
        printed.append(f"{one.closed}/{total}（{rate(share)}）" if total else "—")
    line = charts.ChartLine("销号率", "accent", values, printed)
    drawn = charts.lines("近 12 个月月末销号率（%）", [one.month for one in months], [line])
    context = {"form": form, "report": report, "lists": lists, "chosen": chosen, "page": page}
    return render(request, "inspections/escalation/month.html", context | {"rates": next(drawn, None)})


@require(Perm.FINDING_VIEW)
@require_GET
def export_month(request: Request, kind: str) -> HttpResponse:
    form, district = _asked(request)
    if district is None:
        raise Http404
    content = actions.export_month(district_id=district.pk, month=form.month_asked, kind=kind, by=request.user)
    return downloads.download(content, f"整改进展月报-{form.month_asked:%Y%m}.{kind}")


def _asked(request: Request) -> tuple[forms.MonthFilter, District | None]:
    districts = queries.districts_of(request.user)
    form = forms.MonthFilter(request.GET, districts=districts)
    return form, form.asked.get("district") or districts.first()


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def settings(request: Request, code: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    form = forms.LevelsForm(request.POST or None, days=queries.days_of(district.pk))
    if request.method == "POST" and form.is_valid():
        changed = actions.set_levels(code=code, days=form.days(), by=request.user)
        messages.success(request, "督办级次已保存，从今晚起按新的天数提出。" if changed else "督办级次没有变化。")
        return redirect("escalation:settings", code)
    sooner = [
        f"{label} {SEVERITY_PERCENT[code]}%" for code, label in Finding.Severity.choices if SEVERITY_PERCENT[code] < 100
    ]
    context = {"district": district, "form": form, "sooner": "、".join(sooner)}
    return render(request, "inspections/escalation/settings.html", context, status=400 if form.errors else 200)
