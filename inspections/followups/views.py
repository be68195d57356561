"""The page of a visit that opens with what was found before, and the form of what is typed about one earlier finding."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inspections.followups import actions, queries
from inspections.followups.models import FollowUp
from inspections.visits import queries as visits, workflow
from inspections.visits.models import Visit
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads
from portal.core.forms.once import once
from schools.access.scope import Perm, Request, require

_MISSING = {"required": "请选择结论：已整改、基本整改或未整改"}


class FollowUpForm(forms.Form):
    """Outcome, what is seen now, what is still to be done."""

    outcome = forms.ChoiceField(label="结论", choices=FollowUp.Outcome.choices, error_messages=_MISSING)
    now = forms.CharField(label="现状", max_length=300, error_messages={"required": "请写明现场看到的现状"})
    requirement = forms.CharField(label="后续要求", max_length=300, required=False)
    version = forms.IntegerField(min_value=0)


@require(Perm.VISIT_RECORD)
@require_GET
def page(request: Request, visit_id: int) -> HttpResponse:
    visit = visits.get(request.user, visit_id)
    workflow.RECORD.ensure(request.user, visit)
    if visit.state != Visit.State.UNDERWAY:
        return redirect("visits:detail", visit.pk)
    return _page(request, visit)


def _page(request: Request, visit: Visit, wrong: int = 0, refusal: str = "") -> HttpResponse:
    rows = list(queries.of_visit(visit))
    context = {
        "visit": visit,
        "rows": rows,
        "said": sum(row.row is not None for row in rows),
        "choices": FollowUp.Outcome.choices,
        "accept_photos": uploads.ACCEPT_PHOTOS,
        "wrong": wrong,
        "refusal": refusal,
        "typed": request.POST,
    }
    return render(request, "inspections/followups/page.html", context, status=400 if refusal else 200)


@require(Perm.VISIT_RECORD)
@require_POST
@uploads.inspected(uploads.PHOTOS)
@once
def judge(request: Request, visit_id: int, finding_id: int) -> HttpResponse:
    """Refused words stay in the form of their finding."""
    visit, form = visits.get(request.user, visit_id), FollowUpForm(request.POST)
    workflow.RECORD.ensure(request.user, visit)
    if not form.is_valid():
        return _page(request, visit, finding_id, "；".join(str(text) for own in form.errors.values() for text in own))
    try:
        actions.judge(
            visit_id=visit.pk,
            finding_id=finding_id,
            photos=request.FILES.getlist("photo"),
            by=request.user,
            **form.cleaned_data,
        )
    except (Conflict, Invalid) as refusal:
        return _page(request, visit, finding_id, refusal.message)
    messages.success(request, "回访结论已保存。")
    return redirect(reverse("followups:page", args=[visit.pk]) + f"#f-{finding_id}")
