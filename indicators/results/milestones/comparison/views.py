"""Pages that compare two milestones, or a milestone with a newest evaluation."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from indicators.results.milestones.comparison import actions, queries, sides
from indicators.results.milestones.comparison.forms import ReturnFilter, SchoolFilter
from indicators.results.milestones.comparison.queries import Comparison
from indicators.results.milestones.comparison.sides import Pair
from portal.core.accounts.doors import Request
from portal.core.errors import NotFound
from schools.access.permissions import Perm
from schools.access.scope import may, require

PAGE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _choose(request: Request) -> Pair:
    return sides.choose(request.user, request.GET.get("then", ""), request.GET.get("now", ""))


def _asked(request: Request, pair: Pair) -> QueryDict:
    """The filters of the address, with the sides that are shown: a later freeze must not change what a link shows."""
    data = request.GET.copy()
    if pair.then and pair.now:
        data["then"], data["now"] = pair.then.key, pair.now.key
    return data


def _page(request: Request, tab: str, pair: Pair, **context: Any) -> HttpResponse:
    common = {"pair": pair, "tab": tab}
    template = tab if pair.then else "nothing"
    return render(request, f"indicators/milestones/compare/{template}.html", common | context)


@require(Perm.MILESTONE_VIEW)
@require_GET
def overview(request: Request) -> HttpResponse:
    """Show verdict, coefficients, B–D and vetoes then and now, and what became of the schools."""
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        return _page(request, "overview", pair)
    return _page(request, "overview", pair, view=queries.overview(pair.then, pair.now))


@require(Perm.MILESTONE_VIEW)
@require_GET
def schools(request: Request) -> HttpResponse:
    """Show every school part with its indicators then and now; filters are kept in the address."""
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        return _page(request, "schools", pair)
    form = SchoolFilter(pair, _asked(request, pair))
    rows = form.apply(queries.parts(pair.then, pair.now))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return _page(request, "schools", pair, form=form, page=page, indicators=_shown(pair, form))


def _shown(pair: Pair, form: SchoolFilter) -> list[Any]:
    resources = pair.now.spec.resources if pair.now else ()
    return [indicator for indicator in resources if form.only in ("", indicator.code)]


@require(Perm.MILESTONE_VIEW)
@require_GET
def returns(request: Request) -> HttpResponse:
    """Show which returns stand behind both sides and which of them differ."""
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        return _page(request, "returns", pair)
    form = ReturnFilter(_asked(request, pair))
    rows = form.apply(queries.handed_in(pair.then, pair.now))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    may_open = all(may(request.user, Perm.SUBMISSION_VIEW, side.evaluation.round) for side in (pair.then, pair.now))
    return _page(request, "returns", pair, form=form, page=page, may_open=may_open)


@require(Perm.MILESTONE_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    """Give the comparison as .xlsx, with the rows of the page it was asked from."""
    pair = _choose(request)
    if pair.then is None or pair.now is None:
        raise NotFound("还没有可以对比的冻结节点，不能导出。请先冻结一次评估。")
    then, now = pair.then, pair.now
    by_school, by_return = SchoolFilter(pair, request.GET), ReturnFilter(request.GET)
    comparison = Comparison(
        then,
        now,
        queries.overview(then, now),
        by_school.apply(queries.parts(then, now)),
        by_return.apply(queries.handed_in(then, now)),
    )
    told = dict.fromkeys(filter(None, (by_school.described(), by_return.described())))
    content = actions.export(comparison=comparison, by=request.user, filtered="；".join(told))
    disposition = content_disposition_header(True, f"{now.evaluation.round.district}冻结节点对比.xlsx")
    headers = {"Content-Disposition": disposition or "", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=_XLSX, headers=headers)
