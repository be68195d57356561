"""Pages of milestones: the list, freezing one, one with its proof."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from indicators.results.milestones import actions, queries, school_pages as schools
from indicators.results.milestones.forms import ComparisonFilter, FreezeForm, MilestoneFilter, SubmissionFilter
from indicators.results.milestones.models import Milestone
from portal.core.errors import NotFound, Refused
from portal.core.files import views as downloads
from portal.core.forms.once import once
from schools.access.scope import Perm, Request, ensure, may, require, visible

PAGE = 50


@require(Perm.MILESTONE_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    rounds = list(queries.rounds(request.user))
    found = MilestoneFilter(request.GET, queryset=queries.shown_to(request.user), rounds=rounds)
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    context = {"form": found.form, "page": page}
    judged = queries.judged(request.user).values("round")
    freezable = queries.rounds(request.user, Perm.MILESTONE_FREEZE).filter(pk__in=judged)
    on_board = visible(
        request.user, Milestone.objects.filter(pk__in=[row.pk for row in page]), Perm.DISTRICT_RESULT_VIEW
    )
    context |= {"freezable": list(freezable), "on_board": set(on_board.values_list("pk", flat=True))}
    return render(request, "indicators/milestones/list.html", context)


@require(Perm.MILESTONE_FREEZE)
@once
def freeze(request: Request, round_id: int) -> HttpResponse:
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
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, f"已冻结{milestone}。以后的数据变化不会改动它。")
            return redirect("milestones:detail", milestone.pk)
    context = {"round": round_, "form": form}
    return render(request, "indicators/milestones/freeze.html", context, status=400 if form.errors else 200)


@require(Perm.MILESTONE_VIEW)
@require_GET
def detail(request: Request, milestone_id: int) -> HttpResponse:
    milestone = queries.get(request.user, milestone_id)
    context = {"milestone": milestone, "may_board": may(request.user, Perm.DISTRICT_RESULT_VIEW, milestone.round)}
    return render(request, "indicators/milestones/detail.html", context)


@require(Perm.MILESTONE_VIEW)
@require_GET
def verify(request: Request, milestone_id: int) -> HttpResponse:
    milestone = queries.get(request.user, milestone_id)
    context = {"milestone": milestone, "verified": queries.verify(milestone)}
    context["may_board"] = may(request.user, Perm.DISTRICT_RESULT_VIEW, milestone.round)
    return render(request, "indicators/milestones/detail.html", context)


def _choose(request: Request) -> queries.Pair:
    return queries.choose(request.user, request.GET.get("then", ""), request.GET.get("now", ""))


def _asked(request: Request, pair: queries.Pair) -> QueryDict:
    """With the sides that are shown: a later freeze must not change what a link shows."""
    data = request.GET.copy()
    if pair.then and pair.now:
        data["then"], data["now"] = pair.then.key, pair.now.key
    return data


def _page(request: Request, tab: str, pair: queries.Pair, **context: Any) -> HttpResponse:
    common = {"pair": pair, "tab": tab}
    template = tab if pair.then else "nothing"
    return render(request, f"indicators/milestones/compare/{template}.html", common | context)


@require(Perm.MILESTONE_VIEW)
@require_GET
def compare(request: Request) -> HttpResponse:
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        return _page(request, "overview", pair)
    return _page(request, "overview", pair, view=queries.overview(pair.then, pair.now))


@require(Perm.MILESTONE_VIEW)
@require_GET
def compare_schools(request: Request) -> HttpResponse:
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        return _page(request, "schools", pair)
    form = ComparisonFilter(pair, _asked(request, pair))
    rows = form.apply(schools.part_rows(pair.then, pair.now))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = [one for one in pair.now.spec.resources if form.only in ("", one.code)]
    return _page(request, "schools", pair, form=form, page=page, indicators=shown)


@require(Perm.MILESTONE_VIEW)
@require_GET
def compare_submissions(request: Request) -> HttpResponse:
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        return _page(request, "submissions", pair)
    form = SubmissionFilter(_asked(request, pair))
    rows = form.apply(schools.submission_rows(pair.then, pair.now))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    may_open = all(may(request.user, Perm.SUBMISSION_VIEW, side.evaluation.round) for side in (pair.then, pair.now))
    return _page(request, "submissions", pair, form=form, page=page, may_open=may_open)


@require(Perm.MILESTONE_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        raise NotFound("还没有可以对比的冻结节点，不能导出。请先冻结一次评估。")
    then, now = pair.then, pair.now
    by_school, by_submission = ComparisonFilter(pair, request.GET), SubmissionFilter(request.GET)
    comparison = queries.Comparison(
        then,
        now,
        queries.overview(then, now),
        tuple(by_school.apply(schools.part_rows(then, now))),
        tuple(by_submission.apply(schools.submission_rows(then, now))),
    )
    filters = dict.fromkeys(filter(None, (by_school.described(), by_submission.described())))
    content = actions.export(comparison=comparison, by=request.user, filtered="；".join(filters))
    return downloads.download(content, f"{now.evaluation.round.district}冻结节点对比.xlsx")
