"""What a reviewer types: filters of the queue, reasons for sending back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from indicators.collection.reviews.actions import Reason
from indicators.collection.submissions.models import Round, Submission
from portal.core.lib import fields
from schools.directory.models import Department, InstitutionKind

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
    kind = forms.ChoiceField(label="学校类型", required=False, choices=[("", "全部类型"), *InstitutionKind.choices])
    township = forms.ModelChoiceField(Department.objects.none(), label="乡镇、街道", required=False, empty_label="全部")
    days = forms.ChoiceField(label="等待时间", required=False, choices=DAYS)
    q = forms.CharField(label="名称或代码", required=False, max_length=50)

    def __init__(self, *args: Any, rounds: QuerySet[Round], places: QuerySet[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["township"].queryset = places  # type: ignore[attr-defined]
        if not places:
            del self.fields["township"]

    def apply(self, rows: QuerySet[Submission]) -> QuerySet[Submission]:
        self.is_valid()
        wanted: dict[str, Any] = self.cleaned_data
        state = wanted.get("state") or WAITING
        if state == WAITING:
            rows = rows.filter(state__in=(S.SUBMITTED, S.IN_REVIEW))
        elif state != "all":
            rows = rows.filter(state=state)
        if wanted.get("round"):
            rows = rows.filter(round=wanted["round"])
        if wanted.get("kind"):
            rows = rows.filter(school__kind=wanted["kind"])
        if wanted.get("township"):
            rows = rows.filter(school__township=wanted["township"])
        if wanted.get("days"):
            rows = rows.filter(submitted_at__lte=timezone.now() - timedelta(days=int(wanted["days"])))
        if text := (wanted.get("q") or "").strip():
            names = ["school__name__contains", "department__name__contains"]
            rows = rows.filter(fields.matching(text, names=names, codes=["school__code__contains"]))
        return rows


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


@dataclass(frozen=True, slots=True)
class TypedReason:
    """What stands in the two fields of one item."""

    phrase: str = ""
    text: str = ""

    @property
    def joined(self) -> str:
        return "；".join(part for part in (self.phrase.strip(), self.text.strip()) if part)


def typed_reasons(data: Mapping[str, str]) -> dict[str, TypedReason]:
    """Collect the fields of a posted form by item code; items with nothing typed are left out."""
    codes: Iterable[str] = dict.fromkeys(
        key.removeprefix(prefix) for key in data for prefix in (PHRASE, TEXT) if key.startswith(prefix)
    )
    found = {code: TypedReason(data.get(PHRASE + code, ""), data.get(TEXT + code, "")) for code in codes}
    return {code: entry for code, entry in found.items() if entry.joined}


def reasons(entries: Mapping[str, TypedReason]) -> list[Reason]:
    return [Reason(code, entry.joined) for code, entry in entries.items()]
