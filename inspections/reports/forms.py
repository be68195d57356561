"""Forms of reports: what to compile, and which to list."""

from typing import Any

import django_filters
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from indicators.results.evaluations.models import Evaluation
from inspections.campaigns.models import Campaign
from inspections.programmes import queries as planning
from inspections.programmes.models import Phase
from inspections.reports import pages, period_queries, queries
from inspections.reports.models import PARTS, Report
from inspections.reports.stored_facts import ReportFacts
from portal.core.accounts.forms import IdentityForm
from portal.core.accounts.models import User
from portal.core.lib.forms import Day, FilterForm, ListFilter, SortFilter, WordsFilter, ranked
from schools.access.scope import Perm, may
from schools.directory import queries as directory
from schools.directory.models import Department, District, Group, School


def _date(label: str) -> Day:
    return Day(
        label=label,
        required=False,
        error_messages={"invalid": "请按 2026-03-31 的格式填写日期。"},
    )


class CompileForm(forms.Form):
    """Scope and period of a report of one district; cleaned into the arguments of the action."""

    school = forms.ModelChoiceField(School.objects.none(), label="学校", required=False, empty_label="所有学校")
    township = forms.ModelChoiceField(
        Department.objects.none(), label="乡镇、街道", required=False, empty_label="所有乡镇、街道"
    )
    group = forms.ModelChoiceField(Group.objects.none(), label="教育集团", required=False, empty_label="所有集团")
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(), label="专项督导", required=False, empty_label="不限于一次专项督导"
    )
    each = forms.BooleanField(
        label="每所学校各编一份学校整改报告",
        required=False,
        help_text="逐校编制，编好一所存一所；可以取消，没有编成的学校列出原因，点“重试”只编这些学校。",
    )
    phase = forms.ChoiceField(
        label="时段",
        required=False,
        help_text="与上一次印发的同类报告（月与月、学期与学期）比较；没有的，阶段与上一阶段、学期与上年同期、月份和学年与上一个比较。",
    )
    starts_on = _date("起")
    ends_on = _date("止")

    def __init__(self, *args: Any, district: District, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {
            "school": queries.schools(by, district),
            "township": directory.townships([district]),
            "group": Group.objects.filter(district=district),
            "campaign": Campaign.objects.filter(district=district),
        }
        for name, rows in own.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
            if name != "school" and not rows:
                del self.fields[name]
        if not may(by, Perm.REPORT_COMPILE, district):
            for name in self.fields.keys() & {"township", "group", "campaign", "each"}:
                del self.fields[name]
            self.fields["school"].required = True
            self.fields["school"].empty_label = None  # type: ignore[attr-defined]
        self._phases = {str(phase.pk): phase for phase in queries.phases(district)}
        self._days = {
            f"{one.starts_on}/{one.ends_on}": one
            for _, ones in period_queries.offered(timezone.localdate())
            for one in ones
        }
        self.fields["phase"].choices = [  # type: ignore[attr-defined]
            ("", "按下面的起止日期"),
            *(
                [("实施方案的阶段", [(pk, phase_label(phase)) for pk, phase in self._phases.items()])]
                if self._phases
                else []
            ),
            *(
                (kind, [(f"{one.starts_on}/{one.ends_on}", one.name) for one in ones])
                for kind, ones in period_queries.offered(timezone.localdate())
            ),
        ]
        self.fields["ends_on"].help_text = "含当天。"
        parts = [Column(name, css_class="col-md-4") for name in own if name in self.fields]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Row(*parts),
            *(["each"] if "each" in self.fields else []),
            Row(*(Column(name, css_class="col-md-4") for name in ("phase", "starts_on", "ends_on"))),
        )

    def clean(self) -> dict[str, Any]:
        """Either a period of the list or both days, never both ways at once."""
        data = super().clean() or {}
        days = [data.get("starts_on"), data.get("ends_on")]
        if self.errors:
            return data
        chosen = data.pop("phase", "")
        if chosen and any(days):
            raise forms.ValidationError("时段和起止日期只能选一种：请清空日期，或把时段改为“按下面的起止日期”。")
        if not chosen and not all(days):
            raise forms.ValidationError("请选择阶段，或把起止日期都填上。")
        if sum(bool(data.get(name)) for name in PARTS) > 1:
            raise forms.ValidationError("学校、乡镇、集团和专项督导只能选一个：请把另外的改回“所有”。")
        if data.setdefault("each", False) and any(data.pop(name, None) for name in PARTS):
            raise forms.ValidationError("每校一份时范围是全区：请把学校、乡镇、集团和专项督导改回“所有”。")
        if period := self._days.get(chosen):
            data |= {"starts_on": period.starts_on, "ends_on": period.ends_on}
        return data | {"phase": self._phases.get(chosen)}


class FrozenFilter(FilterForm):
    """Which of the findings of a report to show, as they were in it."""

    which = forms.ChoiceField(label="办理情况", required=False, choices=[("", "全部"), *pages.WHICH.items()])
    indicator = forms.ChoiceField(label="指标", required=False)
    unit = forms.ChoiceField(label="学校、单位", required=False)

    def __init__(self, data: Any, *, facts: ReportFacts) -> None:
        super().__init__(data)
        named = {item.school_code or item.school: item.school for item in facts.items}
        indicators = sorted({item.indicator for item in facts.items})
        self.fields["indicator"].choices = [("", "全部指标"), *((one, one) for one in indicators)]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "全部"), *named.items()]  # type: ignore[attr-defined]


class ReportSignForm(IdentityForm):
    """The head's statement under the school's own report."""

    field_order = ["promise", "password"]

    promise = forms.BooleanField(
        label="我已核对报告中的整改情况和佐证，承诺真实、准确、完整，并对此负责。",
        error_messages={"required": "请先核对并勾选承诺，再签发。"},
    )


class AssessForm(forms.Form):
    """Which evaluation a county's self-assessment is about."""

    evaluation = forms.ModelChoiceField(Evaluation.objects.none(), label="评估", empty_label="请选择")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = queries.assessable(by)
        field = self.fields["evaluation"]
        field.queryset = rows  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: f"{one.round.district.name} {one}"  # type: ignore[attr-defined]
        self.initial.setdefault("evaluation", rows.first())


def phase_label(phase: Phase) -> str:
    return f"{phase.name}（{phase.starts_on:%Y-%m}至{phase.ends_on:%Y-%m}）"


class ReportFilter(ListFilter):
    """Which reports to list."""

    phase = django_filters.ModelChoiceFilter(
        label="阶段", queryset=lambda request: planning.phases(request.user), empty_label="全部时段"
    )
    kind = django_filters.ChoiceFilter(label="种类", choices=Report.Kind.choices)
    scope = django_filters.ChoiceFilter(label="范围", choices=Report.Scope.choices, method="of_scope")
    state = django_filters.ChoiceFilter(label="状态", choices=Report.State.choices, method="in_state")
    q = WordsFilter(
        label="学校名称或标识码", max_length=50, names=["school__name__icontains"], codes=["school__code__startswith"]
    )
    sort = SortFilter(
        title=("title", "version"),
        period=("ends_on", "starts_on"),
        state=(ranked("state", Report.State.values),),
        created=("created_at",),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["phase"].label_from_instance = phase_label

    def of_scope(self, reports: QuerySet[Report], name: str, value: str) -> QuerySet[Report]:
        if value == Report.Scope.DISTRICT:
            return reports.filter(**dict.fromkeys(PARTS))
        return reports.filter(**{f"{value}__isnull": False})

    def in_state(self, reports: QuerySet[Report], name: str, value: str) -> QuerySet[Report]:
        return queries.in_state(reports, value)
