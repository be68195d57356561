"""Forms of relaxations: filters, the proposal, words of a decision."""

import datetime as dt
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from indicators.collection.relaxations import queries
from indicators.collection.relaxations.models import Relaxation
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.lib import fields
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory.models import School, Status


class RelaxationFilter(django_filters.FilterSet):
    """Filters of the register, in the address."""

    school = fields.NameFilter(field_name="school__name", label="学校名称")
    indicator = django_filters.ChoiceFilter(label="指标", empty_label="全部")
    state = django_filters.ChoiceFilter(choices=Relaxation.State.choices, label="状态", empty_label="全部")
    expiring = django_filters.BooleanFilter(
        label="只看即将到期", method="filter_expiring", widget=forms.CheckboxInput(attrs={"value": "true"})
    )

    class Meta:
        model = Relaxation
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of what there is to see: another standard than the newest may have relaxed it.
        codes = self.queryset.order_by("indicator").values_list("indicator", flat=True).distinct()
        self.filters["indicator"].extra["choices"] = [(code, code) for code in codes]

    def filter_expiring(self, rows: QuerySet[Relaxation], name: str, value: bool) -> QuerySet[Relaxation]:
        return rows.filter(pk__in=queries.expiring().values("pk")) if value else rows


class ProposalForm(forms.Form):
    """Ask for a relaxation; only schools within the proposer's reach can be chosen."""

    school = forms.ModelChoiceField(School.objects.none(), label="学校", empty_label="请选择")
    kind = forms.ChoiceField(label="放宽口径")
    basis = forms.CharField(
        label="依据",
        max_length=200,
        required=False,
        help_text="文件名称和文号。不填时按标准所引的条款；请确认上级目前仍允许使用这一口径。",
    )
    reason = forms.CharField(label="理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    alternative = fields.Number(
        label="核定值",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        help_text="只核定一部分时按所选口径填写：可计入的教师数或面积、每间面积下限、人数上限。不填即按标准规定。",
    )
    valid_from = fields.Day(
        label="有效期起",
        help_text="学年初基准日（一般为 9 月 1 日）在有效期内的年度适用；本学年要适用的，请从学年初起算。",
    )
    valid_until = fields.Day(label="有效期止", help_text="每次最长三年，到期自动恢复严格口径。")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schools = School.objects.filter(status=Status.OPEN).order_by("code")
        self.fields["school"].queryset = visible(user, schools, Perm.RELAXATION_PROPOSE)  # type: ignore[attr-defined]
        kinds = [(rule.code, f"{rule.indicator} {rule.label}") for rule in queries.rules(standards.for_reader(user))]
        self.fields["kind"].choices = [("", "请选择"), *kinds]  # type: ignore[attr-defined]
        today = timezone.localdate()
        self.initial.setdefault("valid_from", today)
        self.initial.setdefault("valid_until", today + dt.timedelta(days=364))


class DecisionForm(forms.Form):
    """What goes with a decision; `refusal` is said of words that do not fit."""

    refusal = ""


class OpinionForm(DecisionForm):
    """Words with an approval."""

    refusal = "批准意见最多 500 字，请缩短后重新提交。"
    opinion = forms.CharField(
        label="批准意见", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class RefusalForm(DecisionForm):
    """Why a relaxation is refused; it stands next to the approval on one page."""

    refusal = "请写明不予批准的原因，最多 500 字。"
    opinion = forms.CharField(label="不予批准的原因", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class WithdrawalForm(DecisionForm):
    """Why a relaxation is withdrawn."""

    refusal = "请写明撤销原因，最多 500 字。"
    reason = forms.CharField(label="撤销原因", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


FORMS: dict[str, type[DecisionForm]] = {"opinion": OpinionForm, "refusal": RefusalForm, "withdrawal": WithdrawalForm}


class ProofForm(forms.Form):
    """What goes with an uploaded proof."""

    public_reason = fields.PublicReason()
