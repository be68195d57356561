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

from indicators.collection.submissions.difference_queries import SiteDifference
from indicators.results.board import actions, influence_pages as influence, pages, queries, school_queries as reading
from indicators.results.board.board import StageBoard, Summary, distribution
from indicators.results.board.forms import CoefficientFilter, MatrixFilter, StageFilter, VerdictsFilter
from indicators.results.board.influence_pages import StageInfluence
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import Cache
from portal.core.errors import NotFound
from portal.core.files import views as downloads
from portal.core.lib import numbers
from schools.access.scope import Perm, Request, may, require

# Drawn parts of pages, which never change: rows by school, and the number line of a coefficient with its rows.
_rows: Cache[dict[str, SafeString]] = Cache(16)
_stages: Cache[tuple[SafeString, dict[str, SafeString]]] = Cache(28)
_SCHOOLS_PER_PAGE = 50
_NO_EVALUATION = "indicators/board/nothing.html"
_SCHOOL = attrgetter("school_code")
_NOTHING = "这个年度还没有评估结果，不能导出。请先在全区看板点“开始评估”。"


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of the chosen indicator: drawing (empty while no school has the figure) and table rows."""

    influence: StageInfluence
    line: SafeString
    rows: list[SafeString]


def _frame(request: Request, tab: str = "") -> dict[str, Any]:
    choice = queries.choose(request.user, request.GET.get("round", ""), request.GET.get("evaluation", ""))
    return pages.frame(request.user, choice, tab)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def board(request: Request) -> HttpResponse:
    frame = _frame(request, "matrix")
    evaluation = frame["evaluation"]
    if evaluation is None:
        return render(request, _NO_EVALUATION, frame)
    district = queries.district(evaluation)
    form = MatrixFilter(district.content.spec, evaluation.round.district, request.GET)
    renamed, found = frame["stale"].renamed, queries.site_differences(request.user, evaluation)
    stages = [(stage, _matrix(district, stage, renamed, found)) for stage in form.of_stages(district.content.stages)]
    context = {"form": form, "stages": stages, "sort": form.ordering, "dense": request.GET.get("view") != "full"}
    context["charts"] = [chart for stage in district.content.stages if (chart := distribution(stage))]
    context["reset"] = evaluations.address(evaluation)
    return render(request, "indicators/board/board.html", frame | context)


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
    frame = _frame(request, "cv")
    evaluation = frame["evaluation"]
    if evaluation is None:
        return render(request, _NO_EVALUATION, frame)
    district = queries.district(evaluation)
    form = CoefficientFilter(district.content.spec, request.GET)
    stages = [_stage(evaluation, one, form) for one in queries.influences(district, form.code)]
    context = {"form": form, "stages": stages, "overview": _overview(district)}
    context["indicator"] = district.content.spec.indicator(form.code)
    context["reset"] = f"{reverse('board:coefficients')}?evaluation={evaluation.pk}"
    return render(request, "indicators/board/coefficients.html", frame | context)


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
    frame = _frame(request, "conditions")
    return render(request, "indicators/board/conditions.html" if frame["evaluation"] else _NO_EVALUATION, frame)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def cuts(request: Request) -> HttpResponse:
    frame = _frame(request, "cuts")
    if frame["evaluation"] is None:
        return render(request, _NO_EVALUATION, frame)
    district = queries.district(frame["evaluation"])
    form = StageFilter(district.content.stages, request.GET)
    context = {"form": form, "cuts": pages.of_district(district)}
    context["map"] = pages.school_map(district, form.asked.get("stage", ""))
    context["reset"] = f"{reverse('board:cuts')}?evaluation={district.evaluation.pk}"
    return render(request, "indicators/board/cuts.html", frame | context)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def provisional(request: Request) -> HttpResponse:
    """Last year's figures for missing submissions; never a verdict."""
    frame = _frame(request, "provisional")
    if frame["evaluation"] is None:
        return render(request, _NO_EVALUATION, frame)
    view = queries.provisional(frame["evaluation"], frame["basis"]) if frame["basis"] else None
    return render(request, "indicators/board/provisional.html", frame | {"view": view})


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    evaluation = queries.choose(
        request.user, request.GET.get("round", ""), request.GET.get("evaluation", "")
    ).evaluation
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
