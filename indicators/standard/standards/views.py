"""HTTP for reading the standard."""

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from indicators.standard.standards import queries
from indicators.standard.standards.models import Standard
from portal.core.accounts.authentication import Request, signed_in
from portal.core.errors import NotFound, Offer


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
        others = queries.with_indicator(code)
        if not others:
            raise NotFound(f"各版标准里都没有代号为“{code[:20]}”的指标，请核对网址。")
        # With the way to a version that has it: old papers and tasks may name it.
        names = "、".join(f"{other.name}（{other.version}）" for other in others)
        address = f"{reverse('standards:indicator', args=[code])}?version={quote(others[0].version)}"
        raise NotFound(
            f"{standard.name}（{standard.version}）里没有指标 {code}：它在别的版本里，按那一版办的事仍按那一版解释。有它的是：{names}。",
            offer=Offer(f"看{others[0].name}里的 {code}", address, icon="book"),
        )
    context = {"standard": standard, "spec": spec, "page": page, "veto": veto, "rule": page.indicator if page else veto}
    return render(request, "indicators/standards/indicator.html", context)


def _chosen(request: Request) -> Standard:
    version = request.GET.get("version", "")
    return queries.by_version(version) if version else queries.for_reader(request.user)
