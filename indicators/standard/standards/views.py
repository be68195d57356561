"""HTTP for reading the standard."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from indicators.standard.standards import queries
from indicators.standard.standards.models import Standard
from portal.core.accounts.rights import Request, signed_in
from portal.core.errors import NotFound


@signed_in
@require_GET
def index(request: Request) -> HttpResponse:
    standard = _chosen(request)
    spec = queries.load_spec(standard)
    context = {
        "standard": standard,
        "versions": list(queries.known()),
        "documents": queries.documents(standard),
        "groups": queries.groups(spec),
        "spec": spec,
    }
    return render(request, "indicators/standards/list.html", context)


@signed_in
@require_GET
def indicator(request: Request, code: str) -> HttpResponse:
    standard = _chosen(request)
    spec = queries.load_spec(standard)
    page, veto = queries.page(spec, code), queries.veto(spec, code)
    if page is None and veto is None:
        raise NotFound(f"标准里没有代号为“{code}”的指标。")
    context = {"standard": standard, "spec": spec, "page": page, "veto": veto, "rule": page.indicator if page else veto}
    return render(request, "indicators/standards/indicator.html", context)


def _chosen(request: Request) -> Standard:
    version = request.GET.get("version", "")
    return queries.by_version(version) if version else queries.for_reader(request.user)
