"""Forms of comparing standards and of changing the standard of a round."""

from typing import Any

from django import forms

from indicators.collection.submissions.models import Round
from indicators.results.standard_change import queries
from indicators.standard.standards import queries as standards
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User


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
        """The standard the trial is offered with: the one asked for, else the first there is."""
        asked = str(self["standard"].value())
        chosen = next((row.pk for row in self.others if str(row.pk) == asked), None)
        return chosen or next((row.pk for row in self.others), None)
