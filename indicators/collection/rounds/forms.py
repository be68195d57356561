"""Forms of rounds: opening one, extending, choosing respondents, filtering the pipeline."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import count
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from indicators.collection.rounds import queries
from indicators.collection.submissions.models import Round
from indicators.standard.standards.models import Standard
from portal.core.accounts.models import User
from portal.core.lib import written
from portal.core.lib.forms import Day, RowFilter, WholeNumber
from schools.access.scope import Perm, visible
from schools.directory.models import Area, Department, District, InstitutionKind


def _date(label: str, help_text: str = "", *, required: bool = True) -> Day:
    return Day(
        label=label,
        help_text=help_text,
        required=required,
    )


def _future(day: date) -> date:
    if day < timezone.localdate():
        raise forms.ValidationError("截止日期已经过去，请选择今天或以后的日期。")
    return day


def _free_year(districts: QuerySet[District], year: int, step: int = 1) -> int:
    """The first year from this one on (back with step -1) that none of the districts has opened."""
    opened = set(Round.objects.filter(district__in=districts).values_list("code", flat=True))
    return next(one for one in count(year, step) if str(one) not in opened)


class RoundForm(forms.Form):
    """What an assessment year needs; sensible dates are offered."""

    code = forms.CharField(label="年度代号", max_length=20, help_text="如 2026，命令行和导入模板用它指明年度。")
    name = forms.CharField(label="名称", max_length=100)
    district = forms.ModelChoiceField(District.objects.none(), label="区县", empty_label=None)
    standard = forms.ModelChoiceField(
        Standard.objects.none(),
        label="标准版本",
        empty_label=None,
        help_text="开启后如需更换，在年度页面“换用其他标准”，会留下理由和记录。",
    )
    backfill = forms.BooleanField(
        label="补录往年", required=False, help_text="往年的数据事后补齐，用于历年对比：不设截止日期，不发通知，不催报。"
    )
    due_on = _date("截止日期", "当天 23:59 前都可提交。个别单位可以另行延期。补录往年不用填。", required=False)
    school_year_start = _date("学年初基准日", "学生、教师、校舍、设备等数据的时点，通常为 9 月 1 日。")
    fiscal_year = WholeNumber(label="财政年度", min_value=2000, max_value=2100, help_text="经费数据所属的自然年。")
    school_year = forms.RegexField(
        r"^20\d{2}-20\d{2}$",
        label="学年",
        help_text="交流、培训等数据所属的学年，如 2026-2027。",
        error_messages={"invalid": "请按“2026-2027”的格式填写学年。"},
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        today = timezone.localdate()
        districts = visible(by, District.objects.all(), Perm.ROUND_MANAGE)
        running = today.year - (today.month < 9)
        backfill = kwargs.get("initial", {}).get("backfill")
        code = str(_free_year(districts, running - 1, -1) if backfill else _free_year(districts, running))
        clocks = queries.clocks(code, today)
        kwargs["initial"] = {
            "code": code,
            "name": queries.default_name(code),
            "due_on": None if backfill else queries.default_due(today, clocks.school_year_start),
            **clocks.as_dict(),
        } | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        self.fields["standard"].queryset = Standard.objects.order_by("code", "-revision")  # type: ignore[attr-defined]
        self.fields["standard"].label_from_instance = lambda row: f"{row.name}（{row.version}）"  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Row(Column("code", css_class="col-md-4"), Column("name", css_class="col-md-8")),
            Row(Column("district", css_class="col-md-4"), Column("standard", css_class="col-md-8")),
            "backfill",
            Row(Column("due_on", css_class="col-md-6"), Column("school_year_start", css_class="col-md-6")),
            Row(Column("fiscal_year", css_class="col-md-6"), Column("school_year", css_class="col-md-6")),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        due_on, described = data.get("due_on"), data.get("school_year_start")
        if data.get("backfill"):
            return data
        if not due_on and "due_on" not in self.errors:
            self.add_error("due_on", "请填写截止日期；补录往年的请勾选“补录往年”。")
        if due_on and described and due_on < described:
            self.add_error("due_on", "截止日期早于学年初基准日：到截止那天，要填的数据还没有。请核对这两个日期。")
        return data

    def clean_due_on(self) -> date | None:
        # `backfill` stands before this field and is cleaned already.
        day: date | None = self.cleaned_data["due_on"]
        return day if day is None or self.cleaned_data.get("backfill") else _future(day)

    def clean_school_year(self) -> str:
        value = self.cleaned_data["school_year"]
        if int(value[5:]) != int(value[:4]) + 1:
            raise forms.ValidationError("学年须是相邻的两年，如 2026-2027。")
        return value


class ExtensionForm(forms.Form):
    """A later due date and why."""

    due_on = _date("延期至", "当天 23:59 前都可提交。")
    reason = forms.CharField(label="理由", max_length=200, help_text="会通知到填报人和校长，并记入审计记录。")

    def clean_due_on(self) -> date:
        return _future(self.cleaned_data["due_on"])


class ReasonForm(forms.Form):
    """Why a round is closed or opened again."""

    reason = forms.CharField(
        label="理由", max_length=200, help_text="会通知尚未提交的单位，写在年度页上，并记入审计记录。"
    )


# What a column of the board is sorted by; a None comes last either way.
_ORDERS: dict[str, Callable[[queries.PipelineRow], Any]] = {
    "name": lambda line: line.row.respondent,
    "kind": lambda line: line.kind,
    "stage": lambda line: list(queries.PipelineStage).index(line.stage),
    "filled": lambda line: line.progress.percent,
    "touched": lambda line: line.progress.touched_at,
    "left": lambda line: line.days_left,
    "waivers": lambda line: line.progress.waivers,
    "unproven": lambda line: len(line.progress.unproven),
    "submitted": lambda line: line.row.submitted_at,
    "reviewer": lambda line: line.row.reviewer and line.row.reviewer.name,
    "report": lambda line: line.report and line.report.issued_at,
}


class PipelineFilter(RowFilter):
    """Which respondents of a round to list, and in what order."""

    shows = ("sort",)

    stage = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *queries.PipelineStage.choices])
    kind = forms.ChoiceField(label="学校类型", required=False, choices=[("", "全部"), *InstitutionKind.choices])
    area = forms.ChoiceField(label="城乡", required=False, choices=[("", "全部"), *Area.choices])
    township = forms.ChoiceField(label="乡镇、街道", required=False)
    report = forms.ChoiceField(label="自评报告", required=False, choices=[("", "全部"), *queries.ReportStage.choices])
    late = forms.BooleanField(label="只看逾期", required=False)
    unproven = forms.BooleanField(label="只看缺佐证", required=False)
    q = forms.CharField(label="名称或代码", required=False, max_length=50)
    sort = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[("", ""), *((f"{sign}{name}", name) for name in _ORDERS for sign in ("", "-"))],
    )

    def __init__(self, *args: Any, places: Sequence[Department] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].choices = [("", "全部"), *((str(row.pk), row.name) for row in places)]  # type: ignore[attr-defined]
        if not places:
            del self.fields["township"]

    def apply(self, rows: Iterable[queries.PipelineRow]) -> list[queries.PipelineRow]:  # type: ignore[override]
        found, order = super().apply(rows), self.ordering
        if not order:
            return found
        key = _ORDERS[order.lstrip("-")]
        known = sorted((row for row in found if key(row) is not None), key=key, reverse=order[0] == "-")
        return known + [row for row in found if key(row) is None]

    def fits(self, row: queries.PipelineRow) -> bool:
        wanted, submission = self.asked, row.row
        school = submission.school
        if wanted.get("stage") and row.stage != wanted["stage"]:
            return False
        if wanted.get("kind") and (school is None or school.kind != wanted["kind"]):
            return False
        if wanted.get("area") and (school is None or school.area != wanted["area"]):
            return False
        if wanted.get("township") and str(submission.township) != wanted["township"]:  # type: ignore[attr-defined]
            return False
        if wanted.get("report") and row.report_stage != wanted["report"]:
            return False
        if wanted.get("late") and not row.late:
            return False
        if wanted.get("unproven") and not row.progress.unproven:
            return False
        return written.is_within(wanted.get("q", ""), submission.respondent, school.code if school else "")
