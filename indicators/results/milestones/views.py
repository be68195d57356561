"""Pages of milestones: the list, freezing one, one with its proof."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from indicators.results.milestones import actions, queries
from indicators.results.milestones.forms import FreezeForm, ListFilter
from indicators.results.milestones.models import Milestone
from portal.core.accounts.doors import Request
from portal.core.errors import NotFound, Refused
from portal.core.forms.once import once
from schools.access.permissions import Perm
from schools.access.scope import ensure, may, require, visible

PAGE = 50


@require(Perm.MILESTONE_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    """List the milestones within reach, newest first; filters are kept in the address."""
    rounds = list(queries.rounds(request.user))
    form = ListFilter(request.GET, rounds=rounds)
    rows = queries.shown_to(request.user).filter(**form.asked)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "filtered": bool(form.asked)}
    on_board = visible(
        request.user, Milestone.objects.filter(pk__in=[row.pk for row in page]), Perm.DISTRICT_RESULT_VIEW
    )
    context |= {"freezable": _freezable(request), "on_board": set(on_board.values_list("pk", flat=True))}
    return render(request, "indicators/milestones/list.html", context)


def _freezable(request: Request) -> list[object]:
    judged = queries.judged(request.user).values("round")
    return list(queries.rounds(request.user, Perm.MILESTONE_FREEZE).filter(pk__in=judged))


@require(Perm.MILESTONE_FREEZE)
@once
def freeze(request: Request, round_id: int) -> HttpResponse:
    """Ask for step, evaluation and note, and freeze."""
    round_ = queries.rounds(request.user).filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("没有这个评估年度，或不在您可以查看的范围内。")
    ensure(request.user, Perm.MILESTONE_FREEZE, round_)
    form = FreezeForm(
        request.POST or None, by=request.user, round_=round_, initial={"evaluation": request.GET.get("evaluation")}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data | {"evaluation_id": form.cleaned_data["evaluation"].pk}
        del data["evaluation"]
        try:
            milestone = actions.freeze(round_id=round_.pk, by=request.user, **data)
        except Refused as refusal:
            form.add_error(None, [refusal.message, *map(str, refusal.problems)])
        else:
            messages.success(request, f"已冻结{milestone}。以后的数据变化不会改动它。")
            return redirect("milestones:detail", milestone.pk)
    context = {"round": round_, "form": form}
    return render(request, "indicators/milestones/freeze.html", context, status=400 if form.errors else 200)


@require(Perm.MILESTONE_VIEW)
@require_GET
def detail(request: Request, milestone_id: int) -> HttpResponse:
    """Show one milestone: what was frozen, when, by whom, its fingerprints."""
    milestone = queries.get(request.user, milestone_id)
    context = {"milestone": milestone, "may_board": may(request.user, Perm.DISTRICT_RESULT_VIEW, milestone.round)}
    return render(request, "indicators/milestones/detail.html", context)


@require(Perm.MILESTONE_VIEW)
@require_GET
def verify(request: Request, milestone_id: int) -> HttpResponse:
    """Judge the milestone again from what was frozen and show what came out."""
    milestone = queries.get(request.user, milestone_id)
    context = {"milestone": milestone, "verified": queries.verify(milestone)}
    context["may_board"] = may(request.user, Perm.DISTRICT_RESULT_VIEW, milestone.round)
    return render(request, "indicators/milestones/detail.html", context)
