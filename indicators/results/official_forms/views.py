"""Pages of the official forms: 表Ⅰ–Ⅵ next to the board, and a school's self-rating."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from indicators.results.board import pages, queries as boards
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import actions, queries
from indicators.standard.standards import placeholders
from portal.core.errors import NotFound
from portal.core.files import views as downloads
from schools.access.scope import Perm, Request, may, require
from schools.directory.models import School

_NOTHING = "这个年度还没有评估结果，不能导出申报表。请先在全区看板点“开始评估”。"
_NOT_JUDGED = "本校还没有评估结果，不能生成自评表。请在填报审核通过、局管理员运行评估后再试。"


def _choose(request: Request) -> boards.Choice:
    return boards.choose(request.user, request.GET.get("round", ""), request.GET.get("evaluation", ""))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def forms(request: Request) -> HttpResponse:
    frame = pages.frame(request.user, _choose(request), "forms")
    evaluation = frame["evaluation"]
    if evaluation is None:
        return render(request, "indicators/board/nothing.html", frame)
    filled = queries.forms(evaluation)
    code = queries.known(filled, request.GET.get("form", ""))
    context = {"forms": queries.tabs(evaluation, filled), "code": code, "form": filled[code]}
    return render(request, "indicators/official_forms/forms.html", frame | context)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    evaluation = _choose(request).evaluation
    if evaluation is None:
        raise NotFound(_NOTHING)
    return _attachment(actions.export(evaluation=evaluation, by=request.user))


@require(Perm.EVALUATION_VIEW)
@require_GET
def self_rating(request: Request, code: str) -> HttpResponse:
    school, evaluation = _judged(request, code)
    rating = queries.of_school(school, evaluation) if evaluation else None
    name = evaluation.inputs[school.code]["register"][0] if evaluation else school.name
    context = {
        "school": school,
        "name": name,
        "evaluation": evaluation,
        "rating": rating,
        "form_name": rating.name if rating else placeholders.SENTENCES["self_name"],
        "sees_board": may(request.user, Perm.DISTRICT_RESULT_VIEW, evaluation or school.district),
    }
    return render(request, "indicators/official_forms/self_rating.html", context)


@require(Perm.EVALUATION_VIEW)
@require_GET
def download(request: Request, code: str, kind: str) -> HttpResponse:
    school, evaluation = _judged(request, code)
    if evaluation is None:
        raise NotFound(_NOT_JUDGED)
    return _attachment(actions.export_self_rating(school=school, evaluation=evaluation, kind=kind, by=request.user))


def _judged(request: Request, code: str) -> tuple[School, Evaluation | None]:
    asked = request.GET.get("evaluation", "")
    school, evaluation = evaluations.of_school(request.user, code, asked)
    if evaluation is None and asked:
        raise NotFound("没有这次评估，或它不包含本校。")
    return school, evaluation


def _attachment(filed: actions.Filed) -> HttpResponse:
    return downloads.download(filed.content, filed.name, filed.media_type)
