"""HTTP for comparing standards and changing the standard of a round."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from indicators.collection.reviews import queries as reviews
from indicators.collection.submissions.models import Round
from indicators.results.evaluations import queries as evaluations
from indicators.results.standard_change import actions, queries
from indicators.results.standard_change.forms import AdoptForm, CompareForm
from indicators.standard.standards import queries as standards
from portal.core.accounts.rights import Request, signed_in
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.forms.once import once
from schools.access.permissions import Perm
from schools.access.scope import require


@signed_in
@require_GET
def compare(request: Request) -> HttpResponse:
    form = CompareForm(request.GET if "old" in request.GET else standards.usual_pair(), by=request.user)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        old, new, round_ = form.cleaned_data["old"], form.cleaned_data["new"], form.cleaned_data.get("round")
        context |= {"old": old, "new": new, "round": round_}
        context |= {"groups": queries.differences(old, new), "required": queries.newly_required(old, new)}
        if round_:
            context["renamed"] = evaluations.renamed_since_day(round_)
            try:
                context["impact"] = queries.would_change(round_, old, new)
            except Invalid as refusal:
                context["refusal"] = refusal.message
            adoptable = round_.state == Round.State.OPEN and old.pk == round_.standard_id != new.pk
            context["may_adopt"] = adoptable and queries.managed(request.user).filter(pk=round_.pk).exists()
    return render(request, "indicators/standard_change/compare.html", context, status=400 if form.errors else 200)


@require(Perm.ROUND_MANAGE)
@once
def adopt(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.managed(request.user).filter(pk=round_id).first()
    if round_ is None:
        raise NotFound("没有这个评估年度，或不在您可以管理的范围内。")
    asked = {"standard": request.GET.get("standard", "")}
    form = AdoptForm(request.POST or None, current=round_.standard, initial=asked)
    problems: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.adopt(
                round_id=round_.pk,
                standard_id=form.cleaned_data["standard"].pk,
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
            problems = list(refusal.problems)
        else:
            messages.success(request, f"{round_.name}已换用“{form.cleaned_data['standard'].name}”，请重新评估。")
            # Who manages a round need not review it.
            reviewed = reviews.rounds(request.user).filter(pk=round_.pk).first()
            if reviewed and reviews.with_blanks(reviewed):
                return redirect("reviews:blanks", round_.pk)
            return redirect("rounds:detail", round_.pk)
    context = {
        "round": round_,
        "form": form,
        "problems": problems,
        "handed_in": queries.handed_in(round_),
        "trial": form.tried(),
    }
    return render(request, "indicators/standard_change/adopt.html", context, status=400 if form.errors else 200)
