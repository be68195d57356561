"""The district board and a school's own result."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from indicators.results.board import actions, markup, queries
from indicators.results.board import provisional as trial
from indicators.results.board import school as reading
from indicators.results.board.forms import CoefficientFilter, MatrixFilter
from indicators.results.board.queries import Choice
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import queries as milestones
from portal.core.accounts.rights import Request
from portal.core.errors import NotFound
from portal.core.lib import downloads
from schools.access.permissions import Perm
from schools.access.scope import may, require

_NOTHING = "这个年度还没有评估结果，不能导出。请先在全区看板点“开始评估”。"


def _choose(request: Request) -> Choice:
    return queries.choose(request.user, request.GET.get("round", ""), request.GET.get("evaluation", ""))


def _page(request: Request, template: str, choice: Choice, **context: Any) -> HttpResponse:
    """Render a page of the board, or the way to a first result when there is none."""
    may_run = choice.round is not None and may(request.user, Perm.EVALUATION_RUN, choice.round)
    common = {"choice": choice, "may_run": may_run}
    if choice.evaluation is None:
        return render(request, "indicators/board/nothing.html", common)
    common["basis"] = trial.basis(choice.evaluation)
    if "stale" not in context:
        common["stale"] = evaluations.staleness(choice.evaluation)
    common["milestones"] = milestones.of_evaluation(choice.evaluation)
    common["may_freeze"] = may(request.user, Perm.MILESTONE_FREEZE, choice.evaluation.round)
    return render(request, template, common | context)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def board(request: Request) -> HttpResponse:
    """Show the matrix schools × A1–A7 of an evaluation; filters are kept in the address."""
    choice = _choose(request)
    if choice.evaluation is None:
        return _page(request, "", choice)
    district = queries.district(choice.evaluation)
    form = MatrixFilter(district.content.spec, request.GET)
    address = _school_address(choice.evaluation)
    stale = evaluations.staleness(choice.evaluation)
    stages = form.apply(district.content.stages)
    shown = [(stage, markup.matrix(district, stage, address, stale.renamed)) for stage in stages]
    context = {"district": district, "form": form, "stages": shown, "tab": "matrix", "stale": stale}
    context["reset"] = evaluations.address(choice.evaluation)
    return _page(request, "indicators/board/board.html", choice, **context)


def _school_address(evaluation: Evaluation) -> Callable[[str], str]:
    """The page of a school of this evaluation, by its code."""
    # One address is resolved and reused: resolving each would cost more than drawing its row.
    pattern = f"{reverse('board:school', args=['0'])}?evaluation={evaluation.pk}"
    before, after = pattern.split("/0/", 1)
    return lambda code: f"{before}/{code}/{after}"


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def coefficients(request: Request) -> HttpResponse:
    """Show the coefficients per stage and what every school does to the one chosen."""
    choice = _choose(request)
    if choice.evaluation is None:
        return _page(request, "", choice)
    district = queries.district(choice.evaluation)
    form = CoefficientFilter(district.content.spec, request.GET)
    address = _school_address(choice.evaluation)
    stages = [markup.stage(district, one, form, address) for one in queries.influences(district, form.code)]
    context = {"tab": "cv", "district": district, "form": form, "stages": stages}
    context |= {"overview": markup.overview(district), "indicator": district.content.spec.indicator(form.code)}
    context["reset"] = f"{reverse('board:coefficients')}?evaluation={choice.evaluation.pk}"
    return _page(request, "indicators/board/coefficients.html", choice, **context)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def entered(request: Request) -> HttpResponse:
    """Show B1–D1 as entered and the vetoes."""
    choice = _choose(request)
    district = queries.district(choice.evaluation) if choice.evaluation else None
    return _page(request, "indicators/board/entered.html", choice, district=district, tab="entered")


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def provisional(request: Request) -> HttpResponse:
    """Show what the board would say with last year's figures for missing returns; never a verdict."""
    choice = _choose(request)
    if choice.evaluation is None:
        return _page(request, "", choice)
    basis = trial.basis(choice.evaluation)
    view = trial.view(choice.evaluation, basis) if basis else None
    district = queries.district(choice.evaluation)
    return _page(request, "indicators/board/provisional.html", choice, tab="provisional", district=district, view=view)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    """Give the board as .xlsx, with the rows and the order of the page it was asked from."""
    evaluation = _choose(request).evaluation
    if evaluation is None:
        raise NotFound(_NOTHING)
    district = queries.district(evaluation)
    form = MatrixFilter(district.content.spec, request.GET)
    stages = form.apply(district.content.stages)
    content = actions.export(district=district, stages=stages, by=request.user, filtered=form.described())
    name = f"{evaluation.round.district}{evaluation.round.name}评估结果.xlsx"
    return downloads.download(content, name)


@require(Perm.EVALUATION_VIEW)
@require_GET
def schools(request: Request) -> HttpResponse:
    """List the results of the schools within reach; the only one is opened at once."""
    rows = reading.standing(request.user)
    if len(rows) == 1:
        return redirect("board:school", rows[0].school.code)
    return render(request, "indicators/board/schools.html", {"rows": rows})


@require(Perm.EVALUATION_VIEW)
@require_GET
def school(request: Request, code: str) -> HttpResponse:
    """Show one school's indicators with formula, sources and history; nothing of any other school."""
    asked = request.GET.get("evaluation", "")
    own, evaluation = evaluations.lightly_of_school(request.user, code, asked)
    view = reading.view(request.user, own, evaluation) if evaluation else None
    if view is None and asked:
        raise NotFound("没有这次评估，或它不包含本校。")
    since = own.since(view.facts.name, view.facts.kind) if view else ""
    context = {
        "school": own,
        "view": view,
        "since": since,
        "sees_board": may(request.user, Perm.DISTRICT_RESULT_VIEW, evaluation or own.district),
    }
    return render(request, "indicators/board/school.html", context)
