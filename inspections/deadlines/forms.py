"""The form of a district's deadlines: a number and a unit for each kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone

from inspections.deadlines.models import MOST, Deadline
from portal.core.lib import dates, fields
from portal.core.lib.dates import Period, Unit

K = Deadline.Kind
_WRONG, _MUST_BE = ("required", "invalid", "min_value", "max_value"), f"请填写 1 至 {MOST} 的整数。"
_FROM = {
    K.AT_ONCE: "登记或重新打开问题当天",
    K.WITH_DEADLINE: "登记或重新打开问题当天",
    K.LONG_TERM: "登记或重新打开问题当天",
    K.PLEA: "完成专项、综合督导当天",
    K.OPINION: "完成专项、综合督导当天",
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

    def __init__(self, data: Any = None, *, periods: Mapping[str, Period]) -> None:
        self.in_force = periods
        super().__init__(data)
        for kind, label in K.choices:
            self.fields[f"{kind}_count"] = fields.WholeNumber(
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
        """Yield the kinds in order, for the page."""
        today = timezone.localdate()
        for kind, label in K.choices:
            example = dates.count(today, self.in_force[kind]).words
            yield DeadlineRow(label, _FROM[K(kind)], self[f"{kind}_count"], self[f"{kind}_unit"], example)

    def periods(self) -> dict[str, Period]:
        """What was typed; only after the form proved valid."""
        data = self.cleaned_data
        return {kind: Period(data[f"{kind}_count"], Unit(data[f"{kind}_unit"])) for kind in K.values}
