"""Forms of visits: filters, the plan, one answer."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from inspections.visits import queries
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.accounts.models import User
from portal.core.lib import fields
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory.models import School, Status


class VisitFilter(django_filters.FilterSet):
    """Filters of the list of visits, carried in the address."""

    school = fields.NameFilter(field_name="school__name", label="学校名称")
    state = django_filters.ChoiceFilter(choices=Visit.State.choices, label="状态", empty_label="全部")
    kind = django_filters.ChoiceFilter(choices=Visit.Kind.choices, label="类型", empty_label="全部")
    mine = django_filters.BooleanFilter(
        label="只看我参加的", method="filter_mine", widget=forms.CheckboxInput(attrs={"value": "true"})
    )

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()

    def filter_mine(self, rows: QuerySet[Visit], name: str, value: bool) -> QuerySet[Visit]:
        """Keep the visits whose team includes the person."""
        return rows.filter(team=self.request.user) if value else rows


class PlanForm(forms.Form):
    """Plan a visit; only schools and inspectors within the planner's reach can be chosen."""

    school = forms.ModelChoiceField(School.objects.none(), label="学校", empty_label="请选择")
    kind = forms.ChoiceField(label="类型", choices=Visit.Kind.choices, initial=Visit.Kind.REGULAR)
    subject = forms.CharField(label="督导事项", max_length=200, help_text="例如：音乐、美术教室配备和使用情况")
    planned_on = fields.Day(label="计划日期")
    leader = forms.ModelChoiceField(User.objects.none(), label="组长", empty_label="请选择")
    team = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="成员",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="专项督导、综合督导连同组长须有 3 名以上督学（《教育督导条例》第十六条）。",
    )
    notice_no = forms.CharField(label="通知文号", max_length=40, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schools = School.objects.filter(status=Status.OPEN).order_by("code")
        people = queries.inspectors(user, Perm.VISIT_PLAN)
        self.fields["school"].queryset = visible(user, schools, Perm.VISIT_PLAN)  # type: ignore[attr-defined]
        for name in ("leader", "team"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = lambda person: person.name  # type: ignore[attr-defined]
        self.fields["planned_on"].widget.attrs["min"] = timezone.localdate().isoformat()
        if not self.is_bound and people.filter(pk=user.pk).exists():
            self.initial.setdefault("leader", user.pk)


class CancelForm(forms.Form):
    """Why a visit is cancelled."""

    reason = forms.CharField(label="取消原因", max_length=200)


class RescheduleForm(forms.Form):
    """Another day for a planned visit, and why."""

    planned_on = fields.Day(label="改到")
    reason = forms.CharField(label="改期原因", max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["planned_on"].widget.attrs["min"] = timezone.localdate().isoformat()


class AnswerForm(forms.Form):
    """One answer of the checklist."""

    seen = forms.ChoiceField(
        choices=ChecklistAnswer.Seen.choices,
        required=False,
        error_messages={"invalid_choice": "结果只能是：是、否、未查看"},
    )
    found = forms.CharField(
        max_length=60, required=False, error_messages={"max_length": "现场值最多 60 个字，现有 %(show_value)d 个字"}
    )
    note = forms.CharField(
        max_length=300, required=False, error_messages={"max_length": "说明最多 300 个字，现有 %(show_value)d 个字"}
    )
    version = forms.IntegerField(min_value=0)
