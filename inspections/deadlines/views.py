"""The page of a district's deadlines with its form: a number and a unit for each kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from inspections.deadlines import actions, queries
from inspections.deadlines.models import MOST, Deadline
from portal.core.forms.once import once
from portal.core.lib import dates
from portal.core.lib.forms import WholeNumber
from schools.access.scope import Perm, Request, require
from schools.directory import queries as directory

K = Deadline.Kind
_WRONG, _MUST_BE = ("required", "invalid", "min_value", "max_value"), f"请填写 1 至 {MOST} 的整数。"
_FROM = {
    K.AT_ONCE: "登记或重新打开问题当天",
    K.WITH_DEADLINE: "登记或重新打开问题当天",
    K.LONG_TERM: "登记或重新打开问题当天",
    K.FEEDBACK: "现场督导结束当天",
    K.PLEA: "完成专项、综合督导当天",
    K.OPINION: "现场督导结束当天",
    K.REPORT: "督导意见书出具当天",
}


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One kind of deadline on the page: its two fields and where the setting in force leads from today."""

    label: str
    counts_from: str
    count: BoundField
    unit: BoundField
    example: str


class PeriodsForm(forms.Form):
    """How long each kind of deadline runs."""

    def __init__(self, data: Any = None, *, periods: Mapping[str, dates.Period]) -> None:
        self.in_force = periods
        super().__init__(data)
        for kind, label in K.choices:
            self.fields[f"{kind}_count"] = WholeNumber(
                label=f"{label}：期限",
                min_value=1,
                max_value=MOST,
                initial=periods[kind].count,
                widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
                error_messages=dict.fromkeys(_WRONG, _MUST_BE),
            )
            self.fields[f"{kind}_unit"] = forms.ChoiceField(
                label=f"{label}：单位",
                choices=Deadline.Unit.choices,
                initial=periods[kind].unit.value,
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def rows(self) -> Iterator[DeadlineRow]:
        today = timezone.localdate()
        for kind, label in K.choices:
            example = dates.count(today, self.in_force[kind]).words
            yield DeadlineRow(label, _FROM[K(kind)], self[f"{kind}_count"], self[f"{kind}_unit"], example)

    def periods(self) -> dict[str, dates.Period]:
        """Only for a valid form."""
        data = self.cleaned_data
        return {kind: dates.Period(data[f"{kind}_count"], dates.Unit(data[f"{kind}_unit"])) for kind in K.values}


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def edit(request: Request, code: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    form = PeriodsForm(request.POST or None, periods=queries.periods(district.pk))
    if request.method == "POST" and form.is_valid():
        changed = actions.set_periods(code=code, periods=form.periods(), by=request.user)
        messages.success(
            request, "办理期限已保存，从现在起登记的问题、完成的督导按新期限计算。" if changed else "办理期限没有变化。"
        )
        return redirect("deadlines:edit", code)
    context = {"district": district, "form": form}
    return render(request, "inspections/deadlines/edit.html", context, status=400 if form.errors else 200)
