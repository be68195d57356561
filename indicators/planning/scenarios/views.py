"""Pages of scenarios: the list, making one, one with its measures and what they change, several side by side."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from indicators.planning.engine import measures
from indicators.planning.scenarios import actions, document, pages, queries
from indicators.planning.scenarios.forms import NewMeasureForm, ScenarioForm, schools_of
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations import judging
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.files import views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access.scope import Perm, Request, ensure, may, require

PAGE = 50


@require(Perm.PLAN_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    page = Paginator(queries.shown_to(request.user), PAGE).get_page(request.GET.get("page"))
    may_create = queries.bases(request.user, Perm.PLAN_MANAGE).exists()
    return render(request, "indicators/scenarios/list.html", {"page": page, "may_create": may_create})


@require(Perm.PLAN_MANAGE)
@once
def create(request: Request) -> HttpResponse:
    bases = queries.bases(request.user, Perm.PLAN_MANAGE)
    form = ScenarioForm(request.POST or None, evaluations=bases, initial={"evaluation": request.GET.get("evaluation")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        scenario = actions.create(
            evaluation_id=data["evaluation"].pk, name=data["name"], note=data["note"], by=request.user
        )
        return redirect("scenarios:detail", scenario.pk)
    context = {"form": form, "bases": bases.exists()}
    return render(request, "indicators/scenarios/create.html", context, status=400 if form.errors else 200)


def _page(request: Request, scenario: Scenario, form: NewMeasureForm | None = None) -> HttpResponse:
    names = judging.school_names(scenario.evaluation.inputs)
    choices = schools_of(scenario, names)
    context: dict[str, Any] = {"scenario": scenario, "names": dict(choices)}
    context["may_change"] = may(request.user, Perm.PLAN_MANAGE, scenario)
    if context["may_change"]:
        context["form"] = form or NewMeasureForm(schools=choices)
    try:
        # Listed also where they cannot be carried out together: one of them has to be removed.
        context["rows"] = [
            (one, context["names"].get(one.school_code, ""), context["names"].get(one.from_school_code, ""))
            for one in measures.read(scenario.measures)
        ]
        context["trial"] = queries.trial(scenario)
    except Invalid as refusal:
        context["refusal"] = refusal
    status = 400 if form and form.errors else 200
    return render(request, "indicators/scenarios/detail.html", context, status=status)


@require(Perm.PLAN_VIEW)
@require_GET
def detail(request: Request, scenario_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, scenario_id))


@require(Perm.PLAN_MANAGE)
@require_POST
@once
def add_measure(request: Request, scenario_id: int) -> HttpResponse:
    scenario = queries.get(request.user, scenario_id)
    ensure(request.user, Perm.PLAN_MANAGE, scenario)
    form = NewMeasureForm(request.POST, schools=schools_of(scenario, judging.school_names(scenario.evaluation.inputs)))
    if form.is_valid():
        try:
            actions.add_measure(scenario_id=scenario.pk, measure=form.measure(), by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "已加入并重新试算。")
            return redirect("scenarios:detail", scenario.pk)
    return _page(request, scenario, form)


@require(Perm.PLAN_MANAGE)
@require_POST
@once
def remove_measure(request: Request, scenario_id: int) -> HttpResponse:
    scenario = queries.get(request.user, scenario_id)
    version, number = (numbers.whole(request.POST.get(name, "")) for name in ("version", "number"))
    if version is None or number is None:
        raise NotFound("没有这项措施，可能已经删去。请回到方案重新选择。")
    actions.remove_measure(scenario_id=scenario.pk, version=version, number=number, by=request.user)
    messages.success(request, "已删去并重新试算。")
    return redirect("scenarios:detail", scenario.pk)


@require(Perm.PLAN_MANAGE)
@require_POST
@once
def copy(request: Request, scenario_id: int) -> HttpResponse:
    scenario = queries.get(request.user, scenario_id)
    made = actions.copy(scenario_id=scenario.pk, by=request.user)
    messages.success(request, f"已复制为“{made.name}”。")
    return redirect("scenarios:detail", made.pk)


@require(Perm.PLAN_VIEW)
@require_GET
def compare(request: Request) -> HttpResponse:
    """Up to three scenarios of one evaluation next to the base; those in the address."""
    chosen = [number for sent in request.GET.getlist("scenario") if (number := numbers.whole(sent))]
    found = list(
        queries.shown_to(request.user).filter(pk__in=chosen[: queries.MOST_COMPARED]).values_list("pk", flat=True)
    )
    scenarios = [queries.get(request.user, number) for number in sorted(found)]
    base = scenarios[0].evaluation if scenarios else None
    same = [scenario for scenario in scenarios if base and scenario.evaluation_id == base.pk]
    trials, refused = [], []
    for scenario in same:
        try:
            trials.append((scenario, queries.trial(scenario)))
        except Invalid as refusal:
            refused.append(f"{scenario.name}：{refusal.message}")
    context = {
        "trials": trials,
        "refused": refused,
        "base": base,
        "others": len(scenarios) - len(same),
        "known": queries.shown_to(request.user)[:PAGE],
        "chosen": {scenario.pk for scenario in same},
        "rows": queries.side_by_side([trial for _, trial in trials]),
    }
    return render(request, "indicators/scenarios/compare.html", context)


@require(Perm.PLAN_VIEW)
@require_GET
def export(request: Request, scenario_id: int) -> HttpResponse:
    scenario = queries.get(request.user, scenario_id)
    content = actions.export(scenario=scenario, by=request.user)
    return downloads.download(content, f"{scenario.evaluation.round.district}{scenario.name}.xlsx")


@require(Perm.PLAN_VIEW)
@require_GET
def transfer_desk(request: Request, scenario_id: int) -> HttpResponse:
    scenario = queries.get(request.user, scenario_id)
    context: dict[str, Any] = {"scenario": scenario}
    try:
        context["desk"] = found = pages.desk(scenario)
        context["rows"] = [
            (one, found.names[one.measure.from_school_code], found.names[one.measure.school_code])
            for one in found.transfers
        ]
    except Invalid as refusal:
        context["refusal"] = refusal
    return render(request, "indicators/scenarios/transfers.html", context)


@require(Perm.PLAN_VIEW)
@require_GET
def annex(request: Request, scenario_id: int, kind: str) -> HttpResponse:
    scenario = queries.get(request.user, scenario_id)
    try:
        content = actions.export_annex(scenario=scenario, kind=kind, by=request.user)
    except Invalid as refusal:
        messages.error(request, refusal.message)
        return redirect("scenarios:transfers", scenario.pk)
    return downloads.download(content, f"{scenario.name}{document.TITLE}.{kind}", downloads.PAPERS[kind])
