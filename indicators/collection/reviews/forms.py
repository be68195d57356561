"""Filters of the review queue, kept in the address."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from indicators.collection.rounds.models import Round
from indicators.collection.submissions.models import Submission
from schools.directory.models import Department, Kind

S = Submission.State
WAITING = "waiting"
STATES = [
    (WAITING, "待审核（已提交、审核中）"),
    (S.SUBMITTED, "已提交"),
    (S.IN_REVIEW, "审核中"),
    (S.RETURNED, "已退回"),
    (S.APPROVED, "已通过"),
    ("all", "全部"),
]
DAYS = [("", "不限"), ("3", "3 天以上"), ("7", "7 天以上"), ("14", "14 天以上")]


class QueueFilter(forms.Form):
    """State, round, kind of school, days waiting, name."""

    state = forms.ChoiceField(label="状态", required=False, choices=STATES)
    round = forms.ModelChoiceField(Round.objects.none(), label="评估年度", required=False, empty_label="全部年度")
    kind = forms.ChoiceField(label="学校类型", required=False, choices=[("", "全部类型"), *Kind.choices])
    township = forms.ModelChoiceField(Department.objects.none(), label="乡镇、街道", required=False, empty_label="全部")
    days = forms.ChoiceField(label="等待时间", required=False, choices=DAYS)
    q = forms.CharField(label="名称或代码", required=False, max_length=50)

    def __init__(self, *args: Any, rounds: QuerySet[Round], places: QuerySet[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["township"].queryset = places  # type: ignore[attr-defined]
        if not places:
            del self.fields["township"]
