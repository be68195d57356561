"""The district board and a school's own result."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from indicators.collection.submissions.site_checks import SiteDifference
from indicators.results.board import actions, influence, pages, queries, school as reading
from indicators.results.board.board import StageBoard, Summary, distribution
from indicators.results.board.forms import CoefficientFilter, MatrixFilter, StageFilter, VerdictsFilter
from indicators.results.board.influence import StageInfluence
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import Cache
from indicators.results.milestones import queries as milestones
from portal.core.errors import NotFound
from portal.core.files import views as downloads
from portal.core.lib import numbers
from schools.access.scope import Perm, Request, may, require

# Drawn parts of pages, which never change: rows by school, and the number line of a coefficient with its rows.
_rows: Cache[dict[str, SafeString]] = Cache(16)
_stages: Cache[tuple[SafeString, dict[str, SafeString]]] = Cache(28)
_SCHOOLS_PER_PAGE = 50
_SCHOOL = attrgetter("school_code")
_NOTHING = "这个年度还没有评估结果，不能导出。请先在全区看板点“开始评估”。"


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of the chosen indicator: drawing (empty while no school has the figure) and table rows."""

    influence: StageInfluence
    line: SafeString
    rows: list[SafeString]


def _choose(request: Request) -> queries.Choice:
    return queries.choose(request.user, request.GET.get("round", ""), request.GET.get("evaluation", ""))


def _page(request: Request, template: str, choice: queries.Choice, **context: Any) -> HttpResponse:
    may_run = choice.round is not None and may(request.user, Perm.EVALUATION_RUN, choice.round)
    common = {"choice": choice, "may_run": may_run}
    if choice.evaluation is None:
        return render(request, "indicators/board/nothing.html", common)
    common["basis"] = queries.provisional_basis(choice.evaluation)
    if "stale" not in context:
        common["stale"] = evaluations.staleness(choice.evaluation)
    common["milestones"] = milestones.of_evaluation(choice.evaluation)
    common["may_freeze"] = may(request.user, Perm.MILESTONE_FREEZE, choice.evaluation.round)
    return render(request, template, common | context)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def board(request: Request) -> HttpResponse:
    choice = _choose(request)
    if choice.evaluation is None:
        return _page(request, "", choice)
    district = queries.district(choice.evaluation)
    form = MatrixFilter(district.content.spec, choice.evaluation.round.district, request.GET)
    stale = evaluations.staleness(choice.evaluation)
    found = queries.site_differences(request.user, choice.evaluation)
    shown = [
        (stage, _matrix(district, stage, stale.renamed, found)) for stage in form.of_stages(district.content.stages)
    ]
    context = {"district": district, "form": form, "stages": shown, "tab": "matrix", "stale": stale}
    context |= {"sort": form.ordering, "dense": request.GET.get("view") != "full"}
    context["charts"] = [chart for stage in district.content.stages if (chart := distribution(stage))]
    context["reset"] = evaluations.address(choice.evaluation)
    return _page(request, "indicators/board/board.html", choice, **context)


def _draw(evaluation: Evaluation, template: str, **context: Any) -> SafeString:
    return render_to_string(f"indicators/board/{template}.html", context | {"evaluation": evaluation})


def _matrix(
    district: queries.DistrictResult,
    shown: StageBoard,
    since: Mapping[str, tuple[str, str]],
    found: tuple[SiteDifference, ...],
) -> list[SafeString]:
    """Rows of `shown` in order. A stage has thousands of cells: they are drawn once for all filters."""
    evaluation = district.evaluation
    of_stage = tuple(one for one in found if one.stage in ("", shown.stage))

    def make() -> dict[str, SafeString]:
        whole = next(one for one in district.content.stages if one.stage == shown.stage)
        became = {row.school_code: since.get(row.school_code, ("", ""))[1] for row in whole.rows}
        different = {code: list(rows) for code, rows in groupby(sorted(of_stage, key=_SCHOOL), key=_SCHOOL)}
        return {
            code: _draw(evaluation, "_row", row=row, since=became[code], different=different.get(code, ()))
            for row in whole.rows
            if (code := row.school_code)
        }

    drawn = _rows.get(evaluation, make, shown.stage, of_stage, *sorted(since.items()))
    return [drawn[row.school_code] for row in shown.rows]


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def coefficients(request: Request) -> HttpResponse:
    choice = _choose(request)
    if choice.evaluation is None:
        return _page(request, "", choice)
    district = queries.district(choice.evaluation)
    form = CoefficientFilter(district.content.spec, request.GET)
    stages = [_stage(choice.evaluation, one, form) for one in queries.influences(district, form.code)]
    context = {"tab": "cv", "district": district, "form": form, "stages": stages}
    context |= {"overview": _overview(district), "indicator": district.content.spec.indicator(form.code)}
    context["reset"] = f"{reverse('board:coefficients')}?evaluation={choice.evaluation.pk}"
    return _page(request, "indicators/board/coefficients.html", choice, **context)


def _overview(district: queries.DistrictResult) -> list[dict[str, Any]]:
    stages = district.content.stages
    found = [summary.coefficient for stage in stages for summary in stage.summaries]
    top = max((Decimal(end) for one in found for end in (one.cv, one.limit) if end is not None), default=Decimal(1))

    def gauge(one: Summary) -> dict[str, Decimal] | None:
        ends = {"bar": one.coefficient.cv, "limit": one.coefficient.limit}
        if ends["bar"] is None:
            return None
        return {name: numbers.half_up(Decimal(end) / top * 100, 2) for name, end in ends.items() if end}

    rows = zip(*(stage.summaries for stage in stages), strict=True)
    return [
        {
            "code": row[0].code,
            "name": row[0].name,
            "cells": [(stage, one, gauge(one)) for stage, one in zip(stages, row, strict=True)],
        }
        for row in rows
    ]


def _stage(evaluation: Evaluation, found: StageInfluence, form: CoefficientFilter) -> StageView:
    """Drawn once for all orders."""

    def make() -> tuple[SafeString, dict[str, SafeString]]:
        rows = {one.row.school_code: _draw(evaluation, "_influence_row", one=one) for one in found.rows}
        # One drawing for wide pages and paper, one for phones; the style sheet shows one of them.
        wide, phone = (influence.line_of_stage(found, canvas) for canvas in (influence.WIDE, influence.PHONE))
        name = f"line-{found.board.stage}"
        return _draw(evaluation, "_lines", wide=wide, phone=phone, name=name) if wide else SafeString(), rows

    line, rows = _stages.get(evaluation, make, found.board.stage, found.indicator.code)
    return StageView(found, line, [rows[one.row.school_code] for one in form.ordered(found.rows)])


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def conditions(request: Request) -> HttpResponse:
    choice = _choose(request)
    district = queries.district(choice.evaluation) if choice.evaluation else None
    return _page(request, "indicators/board/conditions.html", choice, district=district, tab="conditions")


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def cuts(request: Request) -> HttpResponse:
    choice = _choose(request)
    district = queries.district(choice.evaluation) if choice.evaluation else None
    context: dict[str, Any] = {"district": district, "tab": "cuts"}
    if district is not None:
        form = StageFilter(district.content.stages, request.GET)
        context |= {"cuts": pages.of_district(district), "form": form}
        context["map"] = pages.school_map(district, form.asked.get("stage", ""))
        context["reset"] = f"{reverse('board:cuts')}?evaluation={district.evaluation.pk}"
    return _page(request, "indicators/board/cuts.html", choice, **context)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def provisional(request: Request) -> HttpResponse:
    """Last year's figures for missing submissions; never a verdict."""
    choice = _choose(request)
    if choice.evaluation is None:
        return _page(request, "", choice)
    basis = queries.provisional_basis(choice.evaluation)
    view = queries.provisional(choice.evaluation, basis) if basis else None
    district = queries.district(choice.evaluation)
    return _page(request, "indicators/board/provisional.html", choice, tab="provisional", district=district, view=view)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    evaluation = _choose(request).evaluation
    if evaluation is None:
        raise NotFound(_NOTHING)
    district = queries.district(evaluation)
    form = MatrixFilter(district.content.spec, evaluation.round.district, request.GET)
    stages = form.of_stages(district.content.stages)
    content = actions.export(district=district, stages=stages, by=request.user, filtered=form.described())
    name = f"{evaluation.round.district}{evaluation.round.name}评估结果.xlsx"
    return downloads.download(content, name)


@require(Perm.EVALUATION_VIEW)
@require_GET
def schools(request: Request) -> HttpResponse:
    found = VerdictsFilter(request.GET, request=request, queryset=reading.judged_schools(request.user))
    page = Paginator(found.qs, _SCHOOLS_PER_PAGE).get_page(request.GET.get("page"))
    if page.paginator.count == 1 and not found.form.asked:
        return redirect("board:school", page[0].code)
    context = {"form": found.form, "page": page, "rows": reading.latest_verdicts(request.user, list(page))}
    return render(request, "indicators/board/schools.html", context)


@require(Perm.EVALUATION_VIEW)
@require_GET
def school(request: Request, code: str) -> HttpResponse:
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
        "different": queries.site_differences(request.user, view.evaluation, own) if view else (),
        "sees_board": may(request.user, Perm.DISTRICT_RESULT_VIEW, evaluation or own.district),
    }
    return render(request, "indicators/board/school.html", context)
