"""Pages that say why: the district's verdict and whatever it rests on, each also as JSON."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.explanations import actions, page, queries
from indicators.standard.engine.explain import ConclusionPlace
from portal.core.accounts.rights import Request
from portal.core.errors import NotFound
from portal.core.lib import downloads
from schools.access.permissions import Perm
from schools.access.scope import require


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def district(request: Request, pk: int) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("district"))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def stage(request: Request, pk: int, stage: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("stage", stage=stage))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def coefficient(request: Request, pk: int, stage: str, code: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("coefficient", code, stage=stage))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def condition(request: Request, pk: int, code: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("condition", code))


@require(Perm.DISTRICT_RESULT_VIEW)
@require_http_methods(["GET", "POST"])
def veto(request: Request, pk: int, code: str) -> HttpResponse:
    return _of_district(request, pk, ConclusionPlace("veto", code))


@require(Perm.EVALUATION_VIEW)
@require_http_methods(["GET", "POST"])
def part(request: Request, pk: int, school: str, stage: str) -> HttpResponse:
    return _of_school(request, pk, ConclusionPlace("part", school=school, stage=stage))


@require(Perm.EVALUATION_VIEW)
@require_http_methods(["GET", "POST"])
def indicator(request: Request, pk: int, school: str, stage: str, code: str) -> HttpResponse:
    return _of_school(request, pk, ConclusionPlace("indicator", code, school, stage))


@require(Perm.EVALUATION_VIEW)
@require_http_methods(["GET", "POST"])
def school(request: Request, pk: int, code: str, school: str) -> HttpResponse:
    return _of_school(request, pk, ConclusionPlace("school", code, school))


def _of_district(request: Request, pk: int, place: ConclusionPlace) -> HttpResponse:
    return _answer(request, queries.evaluation(request.user, pk), place)


def _of_school(request: Request, pk: int, place: ConclusionPlace) -> HttpResponse:
    _, evaluation = evaluations.of_school(request.user, place.school, str(pk))
    if evaluation is None:
        raise NotFound("没有这次评估，或它不包含本校。")
    return _answer(request, evaluation, place)


def _answer(request: Request, evaluation: Evaluation, place: ConclusionPlace) -> HttpResponse:
    node = queries.node(evaluation, place)
    if node is not None and (request.GET.get("format") == "json" or request.method == "POST"):
        purpose = request.POST.get("purpose")
        content = actions.export(evaluation=evaluation, node=node, by=request.user, purpose=purpose)
        name = f"{node.subject}{node.title}计算依据.json"
        return downloads.download(content, name, "application/json; charset=utf-8")
    return render(request, "indicators/explanations/page.html", page.context(request.user, evaluation, place, node))
