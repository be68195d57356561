"""Forms of reports: what to compile, and which to list."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.db.models import QuerySet

from inspections.programmes import queries as planning
from inspections.programmes.models import Phase
from inspections.reports import queries
from inspections.reports.models import Report
from portal.core.accounts.models import User
from portal.core.lib import fields
from schools.directory.models import District, School


def _date(label: str) -> fields.Day:
    return fields.Day(
        label=label,
        required=False,
        error_messages={"invalid": "请按 2026-03-31 的格式填写日期。"},
    )


class CompileForm(forms.Form):
    """Scope and period of a report of one district."""

    school = forms.ModelChoiceField(
        School.objects.none(), label="报告范围", required=False, empty_label="全区（所有学校）"
    )
    phase = forms.ModelChoiceField(
        Phase.objects.none(),
        label="阶段",
        required=False,
        empty_label="不按阶段，按下面的起止日期",
        help_text="实施方案的阶段，与上一阶段比较。",
    )
    starts_on = _date("起")
    ends_on = _date("止")

    def __init__(self, *args: Any, district: District, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = queries.schools(by, district)  # type: ignore[attr-defined]
        self.fields["phase"].queryset = queries.phases(district)  # type: ignore[attr-defined]
        self.fields["phase"].label_from_instance = phase_label  # type: ignore[attr-defined]
        self.fields["ends_on"].help_text = "含当天；与此前同样长的时段比较。"
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Row(Column("school", css_class="col-md-6"), Column("phase", css_class="col-md-6")),
            Row(Column("starts_on", css_class="col-md-6"), Column("ends_on", css_class="col-md-6")),
        )

    def clean(self) -> dict[str, Any]:
        """Either a phase or both days, never both ways at once."""
        data = super().clean() or {}
        days = [data.get("starts_on"), data.get("ends_on")]
        if self.errors:
            return data
        if data.get("phase") and any(days):
            raise forms.ValidationError("阶段和起止日期只能选一种：请清空日期，或把阶段改为“不按阶段”。")
        if not data.get("phase") and not all(days):
            raise forms.ValidationError("请选择阶段，或把起止日期都填上。")
        return data


def phase_label(phase: Phase) -> str:
    return f"{phase.name}（{phase.starts_on:%Y-%m}至{phase.ends_on:%Y-%m}）"


class ReportFilter(forms.Form):
    """Which reports to list, carried in the address; an unknown value filters nothing."""

    phase = forms.ModelChoiceField(Phase.objects.none(), label="阶段", required=False, empty_label="全部时段")
    scope = forms.ChoiceField(
        label="范围", required=False, choices=[("", "全部"), ("district", "全区报告"), ("school", "学校报告")]
    )
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部状态"), *Report.State.choices])
    q = forms.CharField(label="学校名称或标识码", required=False, max_length=50)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phase"].queryset = planning.phases(by)  # type: ignore[attr-defined]
        self.fields["phase"].label_from_instance = phase_label  # type: ignore[attr-defined]

    def narrow(self, reports: QuerySet[Report]) -> QuerySet[Report]:
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("phase"):
            reports = reports.filter(phase=wanted["phase"])
        if wanted.get("scope"):
            reports = reports.filter(school__isnull=wanted["scope"] == "district")
        if wanted.get("state"):
            reports = queries.in_state(reports, wanted["state"])
        if wanted.get("q"):
            reports = reports.filter(
                fields.matching(wanted["q"], names=["school__name__icontains"], codes=["school__code__startswith"])
            )
        return reports
