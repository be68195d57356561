"""全区态势, on the page and as paper; one school on one page."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from indicators.results.board import queries as boards
from portal.core.errors import Invalid, NotFound
from portal.core.files import views as downloads
from portal.core.lib.forms import Day, FilterForm
from portal.standing import actions, memory, queries
from schools.access.scope import Perm, Request, require


class SinceForm(FilterForm):
    """From which day changes are counted."""

    since = Day(label="从哪天起的变化", required=False)
    round = forms.CharField(required=False, widget=forms.HiddenInput)


def _asked(request: Request) -> tuple[SinceForm, queries.Standing | None]:
    form, round_id = SinceForm(request.GET), request.GET.get("round", "")
    try:
        return form, memory.standing(request.user, form.asked.get("since"), round_id)
    except Invalid as refusal:
        form.add_error("since", refusal.message)
        return form, memory.standing(request.user, round_id=round_id)


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def standing(request: Request) -> HttpResponse:
    form, found = _asked(request)
    choice = boards.choose(request.user, request.GET.get("round", "")) if found is None else None
    if choice is not None:
        return render(request, "indicators/board/nothing.html", {"choice": choice})
    return render(request, "portal/standing/standing.html", {"standing": found, "form": form})


@require(Perm.DISTRICT_RESULT_VIEW)
@require_GET
def export(request: Request, kind: str) -> HttpResponse:
    found = _asked(request)[1]
    if found is None:
        raise NotFound("还没有评估结果，不能生成会议一页纸。请先在全区看板点“开始评估”。")
    content = actions.export(found=found, kind=kind, by=request.user)
    return downloads.download(content, f"{found.district}会议一页纸.{kind}", downloads.PAPERS[kind])


@require(Perm.SCHOOL_VIEW)
@require_GET
def school(request: Request, code: str) -> HttpResponse:
    return render(request, "portal/standing/school.html", {"one": queries.school_overview(request.user, code)})
