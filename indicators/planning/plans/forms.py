"""What is asked for a plan: which years, how much money, what each kind of measure costs."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from indicators.collection.submissions.models import Round
from indicators.planning.engine import KINDS, PLANNED, PlanTerms, UnitCosts, terms
from portal.core.errors import Invalid
from portal.core.lib.forms import Number, WholeNumber

_SHOWN = ("round", "years", "budgets", "pupils", "minutes")


class PlanStartForm(forms.Form):
    """A kind of measure without a price is not used."""

    round = forms.ModelChoiceField(
        Round.objects.none(),
        label="评估年度",
        empty_label=None,
        help_text="从这个年度审核通过的填报开始规划。",
        error_messages={"invalid_choice": "请从列表中选择一个评估年度。"},
    )
    years = forms.CharField(
        label="规划年度", required=False, max_length=9, help_text="如 2027-2029。不填是评估年度以后三年。"
    )
    budgets = forms.CharField(
        label="年度经费（万元）",
        required=False,
        max_length=300,
        help_text="如 2027=800,2028=800；不填不限。填了先求末年达标的学校最多，再尽早，最后求最省。",
    )
    pupils = forms.ChoiceField(
        label="在校生",
        required=False,
        choices=[("", "有生源预测用中方案，没有用评估年度的"), *terms.PUPILS.items()],
    )
    minutes = WholeNumber(label="最多求解几分钟", min_value=1, max_value=30, initial=2)

    def __init__(self, *args: Any, rounds: Sequence[Round], costs: UnitCosts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = Round.objects.filter(pk__in=[row.pk for row in rounds])  # type: ignore[attr-defined]
        for kind in PLANNED:
            unit, lead, cap = costs.unit.get(kind), costs.lead.get(kind, 0), costs.caps.get(kind)
            price = Number(label="单价（万元）", required=False, max_digits=12, decimal_places=4, initial=unit)
            self.fields[f"unit_{kind}"] = price
            self.fields[f"lead_{kind}"] = WholeNumber(label="几年见效", required=False, initial=lead)
            most = Number(label="每年上限", required=False, max_digits=12, decimal_places=2, initial=cap)
            self.fields[f"cap_{kind}"] = most
        self.helper = FormHelper()
        self.helper.form_tag = False

    @property
    def asked(self) -> list[forms.BoundField]:
        return [self[name] for name in _SHOWN]

    @property
    def prices(self) -> Iterator[tuple[str, str, list[forms.BoundField]]]:
        """Kind and unit in words, with the boxes for price, years and cap."""
        for kind in PLANNED:
            yield KINDS[kind].label, KINDS[kind].unit, [self[f"{name}_{kind}"] for name in ("unit", "lead", "cap")]

    def clean(self) -> dict[str, Any]:
        """Reads all of it with the words of the command; the terms are in `wanted`."""
        data = super().clean() or {}
        if self.errors:
            return data
        try:
            given: dict[str, dict[str, Any]] = {name: {} for name in terms.SECTIONS}
            for kind in PLANNED:
                if data[f"unit_{kind}"] is not None:
                    given["unit_costs"][kind] = _text(data[f"unit_{kind}"])
                    given["lead_years"][kind] = data[f"lead_{kind}"] or 0
                    if data[f"cap_{kind}"] is not None:
                        given["yearly_caps"][kind] = _text(data[f"cap_{kind}"])
            priced = terms.unit_costs(given)
            years = terms.years(data["years"], after=data["round"].school_year_start.year)
            data["wanted"] = PlanTerms(
                years=years,
                costs=priced,
                kinds=terms.kinds([], priced),
                budgets=terms.budgets(data["budgets"], years),
                pupils=data["pupils"],
                time_limit=data["minutes"] * 60,
            )
        except Invalid as error:
            self.add_error(None, error.lines)
        return data


def _text(number: Decimal) -> str:
    return f"{number:f}"
