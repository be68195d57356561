"""Forms of the comparison with the statistics."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict

from indicators.collection.state_statistics.queries import LABELS, StatisticsDifference
from indicators.collection.submissions.models import Round


class CompareFilter(forms.Form):
    """Which comparisons of a round to show; an unknown value is refused next to its field."""

    round = forms.ChoiceField(label="评估年度", required=False)
    q = forms.CharField(label="学校名称或标识码", required=False, max_length=50)
    item = forms.ChoiceField(label="项目", required=False)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *((state.value, word) for state, word in LABELS.items())]
    )

    def __init__(
        self, rounds: Sequence[Round], shown: Round, lines: Sequence[StatisticsDifference], asked: QueryDict
    ) -> None:
        # The year shown is chosen in the form too, also where the address names none.
        super().__init__({**asked.dict(), "round": str(shown.pk)})
        items = {line.item.code: line.item.label for line in lines}
        choices = [(str(row.pk), f"{row.district.name} {row.name}") for row in rounds]
        self.fields["round"].choices = choices  # type: ignore[attr-defined]
        self.fields["item"].choices = [("", "全部"), *items.items()]  # type: ignore[attr-defined]
        if not lines:
            # Only another year could show something.
            self.fields = {"round": self.fields["round"]}

    def apply(self, lines: Sequence[StatisticsDifference]) -> list[StatisticsDifference]:
        """The lines asked for, the most pressing first; all of them when the filter is wrong."""
        order = {state: number for number, state in enumerate(LABELS)}
        asked = self.cleaned_data if self.is_valid() else {}
        fitting = [line for line in lines if _fits(line, asked)]
        return sorted(fitting, key=lambda line: order[line.state])

    def described(self) -> str:
        """The filter in words for exports; empty when nothing is filtered."""
        if not self.is_valid():
            return ""
        parts = []
        for name in [one for one in ("q", "item", "state") if one in self.fields]:
            value, field = self.cleaned_data[name], self.fields[name]
            if value:
                parts.append(f"{field.label}“{dict(getattr(field, 'choices', ())).get(value, value)}”")
        return "、".join(parts)


def _fits(line: StatisticsDifference, asked: dict[str, str]) -> bool:
    school = line.submission.school
    words = asked.get("q", "")
    if words and (school is None or (words not in school.name and words not in school.code)):
        return False
    if asked.get("item") and asked["item"] != line.item.code:
        return False
    return not asked.get("state") or asked["state"] == line.state.value


class DifferenceReasonForm(forms.Form):
    """Why two figures differ."""

    reason = forms.CharField(
        label="差异原因",
        min_length=5,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="5 至 300 字，写明哪个数对、为什么不同，例如“统计上报后新建综合楼投入使用”。",
        error_messages={
            "required": "请写明差异原因。",
            "min_length": "太短了，至少 5 个字：写明哪个数对、为什么不同。",
        },
    )
