"""What a reviewer types: filters of the queue, reasons for sending back."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from indicators.collection.reviews import points, queries
from indicators.collection.reviews.actions import Reason
from indicators.collection.submissions.models import Round, Submission
from portal.core.lib.forms import FilterForm, ListFilter, WholeNumber, WordsFilter
from schools.directory.models import Department, InstitutionKind

S = Submission.State
WAITING = "waiting"
STATES = [
    (WAITING, "待审核（已提交、审核中、待审定）"),
    (S.SUBMITTED, "已提交"),
    (S.IN_REVIEW, "审核中"),
    (S.CHECKED, "待审定"),
    (S.SENT_BACK, "已退回"),
    (S.APPROVED, "已通过"),
    ("all", "全部"),
]
ORDERS = [("points", "要看的多的在前"), ("oldest", "等得最久的在前")]
DAYS = [("3", "3 天以上"), ("7", "7 天以上"), ("14", "14 天以上")]


class QueueFilter(ListFilter):
    """Which submissions to review."""

    state = django_filters.ChoiceFilter(label="状态", choices=STATES, empty_label=None, method="in_state")
    round = django_filters.ModelChoiceFilter(label="评估年度", queryset=lambda request: queries.rounds(request.user))
    kind = django_filters.ChoiceFilter(label="学校类型", field_name="school__kind", choices=InstitutionKind.choices)
    township = django_filters.ModelChoiceFilter(label="乡镇、街道", field_name="school__township")
    days = django_filters.ChoiceFilter(label="等待时间", choices=DAYS, empty_label="不限", method="waiting_since")
    order = django_filters.ChoiceFilter(label="次序", choices=ORDERS, empty_label=None, method="ordered")
    q = WordsFilter(
        label="名称或代码",
        max_length=50,
        names=["school__name__contains", "department__name__contains"],
        codes=["school__code__contains"],
    )

    def __init__(self, *args: Any, places: QuerySet[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["township"].queryset = places
        if not places:
            del self.filters["township"]

    def filter_queryset(self, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        rows = super().filter_queryset(queryset)
        return rows if "state" in self.form.asked else self.in_state(rows, "state", WAITING)

    def in_state(self, rows: QuerySet[Submission], name: str, value: str) -> QuerySet[Submission]:
        if value == "all":
            return rows
        return rows.filter(state__in=queries.WAITING if value == WAITING else (value,))

    def ordered(self, rows: QuerySet[Submission], name: str, value: str) -> QuerySet[Submission]:
        # By points they are ordered once these are known.
        return rows

    def waiting_since(self, rows: QuerySet[Submission], name: str, value: str) -> QuerySet[Submission]:
        return rows.filter(submitted_at__lte=timezone.now() - timedelta(days=int(value)))


PHRASES = (
    "数据与统计报表不一致，请核对后修改或说明",
    "与去年相差较大，请说明原因",
    "单位可能有误，请核对（万元与元、平方米）",
    "缺少佐证材料，请补充",
    "佐证材料不清楚或不是本年度的，请更换",
    "佐证材料与所填数据不一致，请核对",
    "“不适用”的理由不成立，请填写数据",
    "说明过于笼统，请写明做法和成效",
)


PHRASE, TEXT = "phrase-", "reason-"


def typed_reasons(data: Mapping[str, str]) -> dict[str, queries.TypedReason]:
    codes: Iterable[str] = dict.fromkeys(
        key.removeprefix(prefix) for key in data for prefix in (PHRASE, TEXT) if key.startswith(prefix)
    )
    found = {code: queries.TypedReason(data.get(PHRASE + code, ""), data.get(TEXT + code, "")) for code in codes}
    return {code: entry for code, entry in found.items() if entry.joined}


def reasons(entries: Mapping[str, queries.TypedReason]) -> list[Reason]:
    return [Reason(code, entry.joined) for code, entry in entries.items()]


class PatternFilter(FilterForm):
    """Which year to look through."""

    shows = ("round",)

    round = forms.ModelChoiceField(Round.objects.none(), label="评估年度", required=False, empty_label=None)

    def __init__(self, *args: Any, rounds: QuerySet[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.newest = rounds.first()


class StepsForm(forms.Form):
    """Whether a district reviews in one step or in two."""

    two = forms.TypedChoiceField(
        label="审核步骤",
        choices=[("one", "一步：业务审核通过即通过"), ("two", "两步：业务审核通过后，再由局管理员审定")],
        coerce=lambda value: value == "two",
        widget=forms.RadioSelect,
    )


class LimitsForm(forms.Form):
    """The limits of what to look at, each a whole number within its range."""

    def __init__(self, data: Any = None, *, rules: points.Rules) -> None:
        super().__init__(data)
        for name, about in points.settings().items():
            least, most = about["least"], about["most"]
            wrong = f"请填写 {least} 至 {most} 的整数。"
            self.fields[name] = WholeNumber(
                label=about["label"],
                min_value=least,
                max_value=most,
                initial=rules[name],
                widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
            )

    def rows(self) -> list[tuple[forms.BoundField, str, int]]:
        """Each field with its unit and its default."""
        return [(self[name], about["unit"], points.limits()[name]) for name, about in points.settings().items()]
