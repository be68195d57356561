"""Forms of milestones: freezing one, filtering the list."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from indicators.collection.rounds.models import Round
from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.relaxed import LABEL
from indicators.results.milestones import queries
from indicators.results.milestones.models import Kind
from portal.core.accounts.models import User
from portal.core.lib import dates


class FreezeForm(forms.Form):
    """Which evaluation of a round is frozen, at which step, and why where something speaks against it."""

    kind = forms.ChoiceField(label="环节", choices=Kind.choices)
    evaluation = forms.ModelChoiceField(
        Evaluation.objects.none(),
        label="评估",
        empty_label=None,
        help_text="冻结的是这次评估和它用到的每一份填报、名录和标准。",
        error_messages={"invalid_choice": "请从列表中选择这个年度的一次评估。"},
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如会议、文号、专家组意见。数据不齐，或评估之后数据又有变化时，必须写明仍要冻结的理由。",
    )

    def __init__(self, *args: Any, by: User, round_: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["evaluation"]
        field.queryset = queries.judged(by, round_)  # type: ignore[attr-defined]
        field.label_from_instance = _label  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.form_tag = False


def _label(evaluation: Evaluation) -> str:
    lacking = "" if evaluation.complete else "，数据不齐"
    words = evaluations.verdict_words(evaluation.verdict)
    if evaluation.is_relaxed:  # type: ignore[attr-defined] # annotated by queries.judged
        words += f"（{LABEL}：{evaluations.verdict_words(evaluation.relaxed_verdict)}）"  # type: ignore[attr-defined]
    return f"{dates.moment(evaluation.data_as_of)} · {words}{lacking}"


class ListFilter(forms.Form):
    """Filters of the list, kept in the address."""

    round = forms.ChoiceField(label="评估年度", required=False)
    kind = forms.ChoiceField(label="环节", required=False, choices=[("", "全部环节"), *Kind.choices])

    def __init__(self, *args: Any, rounds: list[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.pk), f"{row.name}（{row.district}）") for row in rounds]
        self.fields["round"].choices = [("", "全部年度"), *choices]  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, str]:
        """What the list is narrowed to; nothing while a value is not among the choices."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}
