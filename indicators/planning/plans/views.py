"""Pages of plans: the list, asking for one, one by year, one school's, and its files."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from indicators.planning.forecast import queries as forecasts
from indicators.planning.plans import actions, facts, pages, queries
from indicators.planning.plans.forms import PlanStartForm
from portal.core.errors import Conflict, NotFound
from portal.core.files import views as downloads
from portal.core.forms.once import once
from portal.core.jobs.models import Job
from schools.access.scope import Perm, Request, may, require
from schools.directory import queries as directory
from schools.registers import queries as registers

PAGE = 50


@require(Perm.PLAN_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    page = Paginator(queries.shown_to(request.user), PAGE).get_page(request.GET.get("page"))
    may_start = forecasts.rounds(request.user, Perm.PLAN_MANAGE).exists()
    jobs = Job.objects.filter(kind="plan", owner=request.user).order_by("-pk")
    running = jobs.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING, Job.State.FAILED)).first()
    newest = jobs.first()
    context = {"page": page, "may_start": may_start, "running": running if running == newest else None}
    return render(request, "indicators/plans/list.html", context)


@require(Perm.PLAN_MANAGE)
@once
def start(request: Request) -> HttpResponse:
    rounds = list(forecasts.rounds(request.user, Perm.PLAN_MANAGE))
    costs = queries.costs_of(request.user)
    form = PlanStartForm(request.POST or None, rounds=rounds, costs=costs, initial={"round": request.GET.get("round")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        job = actions.start(round_id=data["round"].pk, wanted=data["wanted"], by=request.user)
        if "plan" in job.result:
            messages.info(request, "数据和设定都没有变化，仍是原来的规划。")
            return redirect("plans:detail", job.result["plan"])
        messages.success(request, "已开始规划，完成后在这里查看。")
        return redirect("plans:list")
    context = {"form": form, "rounds": rounds}
    return render(request, "indicators/plans/start.html", context, status=400 if form.errors else 200)


@require(Perm.PLAN_VIEW)
@require_GET
def detail(request: Request, plan_id: int) -> HttpResponse:
    plan = queries.get(request.user, plan_id)
    shown, code = pages.PlanShown(plan), request.GET.get("indicator", "").strip().upper()
    context = {
        "plan": plan,
        "shown": shown,
        "pupils": pages.pupils_of(plan),
        "checksums": pages.checksums(plan),
        "indicator": code,
        "measures": pages.narrowed(plan, code) if code else shown.measures,
        "coming": registers.coming(request.user, plan.round.district),
        "may_change": may(request.user, Perm.PLAN_MANAGE, plan),
    }
    return render(request, "indicators/plans/detail.html", context)


@require(Perm.PLAN_VIEW)
@require_GET
def progress(request: Request, plan_id: int) -> HttpResponse:
    """计划与实际, one year at a time: the newest that has an evaluation unless another is asked for."""
    plan = queries.get(request.user, plan_id)
    years = facts.of(request.user, plan)
    asked = request.GET.get("year")
    newest = next((one for one in reversed(years) if one.evaluation), years[0])
    shown = next((one for one in years if str(one.year) == asked), newest)
    return render(request, "indicators/plans/progress.html", {"plan": plan, "years": years, "shown": shown})


@require(Perm.PLAN_VIEW)
@require_GET
def school(request: Request, plan_id: int, code: str) -> HttpResponse:
    """一校一案."""
    plan = queries.get(request.user, plan_id)
    own = next((one for one in pages.PlanShown(plan).schools if one.code == code), None)
    if own is None:
        raise NotFound("这份规划里没有这所学校。请回到规划页从名单中选择。")
    place = directory.schools(request.user, Perm.PLAN_VIEW).filter(code=code).first()
    coming = registers.coming(request.user, plan.round.district, place) if place else []
    return render(request, "indicators/plans/school.html", {"plan": plan, "school": own, "coming": coming})


@require(Perm.PLAN_VIEW)
@require_GET
def export(request: Request, plan_id: int, kind: str) -> HttpResponse:
    plan = queries.get(request.user, plan_id)
    content = actions.export(plan=plan, kind=kind, by=request.user)
    name = f"{plan}计划与实际.xlsx" if kind == "progress" else f"{plan}.{kind}"
    return downloads.download(content, name, downloads.PAPERS.get(kind, downloads.XLSX))


@require(Perm.PLAN_MANAGE)
@require_POST
@once
def as_scenario(request: Request, plan_id: int) -> HttpResponse:
    """The measures as a scenario, to be changed and compared by hand."""
    plan = queries.get(request.user, plan_id)
    try:
        scenario = actions.open_as_scenario(plan=plan, by=request.user)
    except Conflict as refusal:
        messages.error(request, refusal.message)
        return redirect("plans:detail", plan.pk)
    messages.success(request, "已按规划的措施建立方案，可以逐项修改。")
    return redirect("scenarios:detail", scenario.pk)
