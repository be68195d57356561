"""The form of a month: what came and what went of each figure."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField

from indicators.planning.monthly import queries
from indicators.planning.monthly.models import MonthlyUpdate
from indicators.standard.engine import Item
from portal.core.lib.forms import Number, WholeNumber
from portal.core.lib.numbers import plain

_LARGEST = 10**9


@dataclass(frozen=True, slots=True)
class MonthlyField:
    """A row of the form. `before` is what there was when the month began, None where nothing was approved."""

    item: Item
    before: Decimal | None
    plus: BoundField
    minus: BoundField

    @property
    def shown(self) -> str:
        return "未填" if self.before is None else f"{plain(self.before)} {self.item.unit}"


class MonthlyForm(forms.Form):
    """Blank is no change."""

    month = forms.DateField(widget=forms.HiddenInput, input_formats=["%Y-%m-%d"])
    version = WholeNumber(widget=forms.HiddenInput, min_value=0)
    note = forms.CharField(
        label="说明", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"})
    )

    def __init__(
        self,
        data: Any,
        *,
        items: Sequence[Item],
        before: Mapping[str, Decimal | None],
        month: dt.date,
        update: MonthlyUpdate | None,
    ) -> None:
        initial: dict[str, Any] = {"month": month, "version": update.version if update else 0}
        if update:
            initial["note"] = update.note
            for code, change in update.changes.items():
                initial |= {
                    f"{side}-{code}": change[side] if Decimal(change[side]) else "" for side in ("plus", "minus")
                }
        super().__init__(data, initial=initial)
        self.items, self.before = items, before
        for item in items:
            for side, word in (("plus", "增加"), ("minus", "减少")):
                label = f"{item.label}：本月{word}（{item.unit}）"
                field = (
                    WholeNumber(label=label, min_value=0, max_value=_LARGEST, required=False)
                    if item.kind == "number"
                    else Number(
                        label=label, min_value=0, max_value=_LARGEST, decimal_places=item.places, required=False
                    )
                )
                field.disabled = before.get(item.code) is None
                field.widget.attrs |= {"aria-label": label, "class": "form-control"}
                self.fields[f"{side}-{item.code}"] = field

    def rows(self) -> Iterator[MonthlyField]:
        for item in self.items:
            plus, minus = (self[f"{side}-{item.code}"] for side in ("plus", "minus"))
            yield MonthlyField(item, self.before.get(item.code), plus, minus)

    def changes(self) -> dict[str, tuple[Decimal, Decimal]]:
        data = self.cleaned_data
        return {
            item.code: (Decimal(data[f"plus-{item.code}"] or 0), Decimal(data[f"minus-{item.code}"] or 0))
            for item in self.items
        }


class MonthlyDayForm(forms.Form):
    """By which day of a month the one before is asked for; blank is no reminder."""

    day = forms.TypedChoiceField(
        label="报送日",
        choices=[("", "不提醒"), *((day, f"每月 {day} 日前报上月") for day in range(1, 29))],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "请选 1 至 28 日之间的一天，或选“不提醒”。"},
    )


def chosen_month(asked: str) -> dt.date:
    """2026-11 as its first day; this month for anything else."""
    try:
        return dt.datetime.strptime(asked, "%Y-%m").date()
    except ValueError:
        return queries.this_month()
