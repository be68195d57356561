"""Pages with their forms for comparing standards and changing the standard of a round."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from indicators.collection.reviews import queries as reviews
from indicators.collection.submissions.models import Round
from indicators.results.evaluations import change_queries as changes
from indicators.results.standard_change import actions, queries
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from portal.core.accounts.authentication import Request, signed_in
from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.forms.once import once
from schools.access.scope import Perm, require


def _label(row: Standard) -> str:
    return f"{row.name}（{row.version}）"


class CompareForm(forms.Form):
    """Which two versions, and whose figures to judge by both."""

    old = forms.ModelChoiceField(Standard.objects.none(), label="从", empty_label=None)
    new = forms.ModelChoiceField(Standard.objects.none(), label="到", empty_label=None)
    round = forms.ModelChoiceField(
        Round.objects.none(), label="用哪个年度的数据试算", required=False, empty_label="不试算，只比较条文"
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("old", "new"):
            self.fields[name].queryset = standards.known()  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = _label  # type: ignore[attr-defined]
        rounds = queries.comparable(by)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["round"].label_from_instance = lambda row: f"{row.district.name} {row.name}"  # type: ignore[attr-defined]
        if not rounds.exists():
            del self.fields["round"]


class AdoptForm(forms.Form):
    """The standard a round changes to, and why."""

    standard = forms.ModelChoiceField(Standard.objects.none(), label="换用", empty_label="请选择")
    reason = forms.CharField(label="理由", max_length=200, help_text="例如：按上级要求采用新表述。会记入审计记录。")

    def __init__(self, *args: Any, current: Standard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = standards.known().exclude(pk=current.pk)
        self.fields["standard"].queryset = self.others  # type: ignore[attr-defined]
        self.fields["standard"].label_from_instance = _label  # type: ignore[attr-defined]

    def tried(self) -> int | None:
        """The one asked for, else the first there is."""
        asked = str(self["standard"].value())
        chosen = next((row.pk for row in self.others if str(row.pk) == asked), None)
        return chosen or next((row.pk for row in self.others), None)


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
            context["renamed"] = changes.renamed_since_day(round_)
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
            form.add_error(None, refusal.lines)
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
