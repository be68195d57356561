"""Forms of milestones: freezing one, filtering the list."""

from typing import Any

import django_filters
from crispy_forms.helper import FormHelper
from django import forms

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import LABEL
from indicators.results.milestones import queries
from indicators.results.milestones.models import MilestoneKind
from indicators.results.milestones.school_pages import ComparedSubmission, PartRow
from portal.core.accounts.models import User
from portal.core.lib import dates
from portal.core.lib.forms import ListFilter, RowFilter
from portal.core.lib.verdicts import VERDICTS
from schools.directory.models import Area


class FreezeForm(forms.Form):
    """Which evaluation of a round is frozen, at which step, and why where something speaks against it."""

    kind = forms.ChoiceField(label="环节", choices=MilestoneKind.choices)
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
    words = VERDICTS[evaluation.verdict].words
    if evaluation.is_relaxed:  # type: ignore[attr-defined] # annotated by queries.judged
        words += f"（{LABEL}：{VERDICTS[evaluation.relaxed_verdict].words}）"  # type: ignore[attr-defined]
    return f"{dates.moment(evaluation.data_as_of)} · {words}{lacking}"


class MilestoneFilter(ListFilter):
    """Which milestones to list."""

    round = django_filters.ChoiceFilter(label="评估年度")
    kind = django_filters.ChoiceFilter(label="环节", choices=MilestoneKind.choices)

    def __init__(self, *args: Any, rounds: list[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["round"].extra["choices"] = [(str(row.pk), f"{row.name}（{row.district}）") for row in rounds]


_WAYS = [
    ("", "全部"),
    ("changed", "结论有变化"),
    ("better", "变好"),
    ("worse", "变差"),
    ("new", "新参评"),
    ("gone", "不再参评"),
]


class _Sides(RowFilter):
    """The two sides ride along with every filter."""

    then = forms.CharField(required=False, widget=forms.HiddenInput)
    now = forms.CharField(required=False, widget=forms.HiddenInput)


class ComparisonFilter(_Sides):
    """Which parts are listed, and whether one indicator only."""

    q = forms.CharField(label="学校名称或标识码", required=False, max_length=50)
    stage = forms.ChoiceField(label="学段", required=False)
    area = forms.ChoiceField(label="城乡", required=False, choices=[("", "全部"), *Area.choices])
    indicator = forms.ChoiceField(label="指标", required=False)
    way = forms.ChoiceField(label="变化", required=False, choices=_WAYS)

    def __init__(self, pair: queries.Pair, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spec = pair.now.spec if pair.now else None
        stages = [(code, spec.stages[code].label) for code in spec.judged_stages] if spec else []
        indicators = [(i.code, spec.names[i.code]) for i in spec.resources] if spec else []
        self.fields["stage"].choices = [("", "全部"), *stages]  # type: ignore[attr-defined]
        self.fields["indicator"].choices = [("", "各项指标和学校结论"), *indicators]  # type: ignore[attr-defined]

    @property
    def only(self) -> str:
        """The one indicator that is shown, or ""."""
        return self.asked.get("indicator", "")

    def fits(self, row: PartRow) -> bool:
        words, way = self.asked.get("q", ""), self.asked.get("way", "")
        if words not in row.school and words not in row.school_code:
            return False
        if self.asked.get("stage", row.stage) != row.stage or self.asked.get("area", row.area) != row.area:
            return False
        if way in ("new", "gone"):
            return row.presence == way
        turn = next((cell.turn for cell in row.cells if cell.code == self.only), row.turn)
        return turn.way != "same" if way == "changed" else way in ("", turn.way)


class SubmissionFilter(_Sides):
    """Which submissions are listed."""

    q = forms.CharField(label="单位名称或代码", required=False, max_length=50)
    state = forms.ChoiceField(label="填报", required=False, choices=[("", "全部"), ("changed", "数据有变化")])

    def fits(self, row: ComparedSubmission) -> bool:
        words = self.asked.get("q", "")
        return bool(row.changed or not self.asked.get("state")) and (words in row.name or words in row.key)
