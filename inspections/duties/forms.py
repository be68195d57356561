"""Forms of tasks: the filter, a task with its years, the steps on a report and which of them a person is offered."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Q, QuerySet
from django.forms import BoundField
from django.urls import reverse
from django.utils import timezone

from inspections.duties import content_queries, queries, sheet_queries, workflow
from inspections.duties.content_queries import DutyContent, YearTarget
from inspections.duties.models import Duty, DutyReport, DutyYear
from inspections.programmes.models import Programme
from inspections.rectification import queries as rectification
from inspections.rectification.forms import FilesField, FilesInput
from portal.core.accounts.models import User
from portal.core.files import uploads
from portal.core.lib import numbers, written
from portal.core.lib.forms import Day, FilterForm, ListFilter, Number, PublicReason, SortFilter, WordsFilter
from schools.access.scope import Perm, holds, visible
from schools.access.workflow import VerbRow
from schools.directory.models import Department, School, Status

_STATES = (
    ("late", "逾期未完成"),
    ("late_report", "季报逾期未报"),
    ("reported", "待核"),
    ("sent_back", "退回重报"),
    ("open", "没有年度结果"),
    *((code, f"年度结果：{label}") for code, label in DutyYear.Result.choices),
    ("ownerless", "责任单位已停办或撤销"),
    ("withdrawn", "已取消"),
)


class DutyFilter(ListFilter):
    """Which tasks to list; without a year those of this one."""

    year = django_filters.ChoiceFilter(label="年度", empty_label="今年")
    owner = WordsFilter(label="责任单位", names=["duty__school__name__icontains", "duty__department__name__icontains"])
    kind = django_filters.ChoiceFilter(
        choices=[("bureau", "教育局本级"), ("department", "部门"), ("township", "乡镇、街道"), ("school", "学校")],
        label="单位类型",
        method="filter_kind",
    )
    state = django_filters.ChoiceFilter(choices=_STATES, label="状态", method="filter_state")
    measure = django_filters.ChoiceFilter(field_name="duty__measure", choices=Duty.Measure.choices, label="衡量方式")
    part = django_filters.ChoiceFilter(field_name="duty__part", choices=Duty.Part.choices, label="对应部分")
    phase = django_filters.ChoiceFilter(field_name="duty__phase", label="阶段")
    sort = SortFilter(task=("duty__code",), owner=("duty__school__name", "duty__department__name"), due=("due_on",))

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        rows = self.queryset.order_by()
        asked = sorted(rows.values_list("year", flat=True).distinct())
        named = rows.exclude(duty__phase=None).values_list("duty__phase", "duty__phase__name")
        self.filters["phase"].extra["choices"] = named.order_by("duty__phase").distinct()
        years = asked or [timezone.localdate().year]
        self.filters["year"].extra["choices"] = [(str(year), f"{year} 年") for year in years]
        self.this_year = min(years, key=lambda year: abs(year - timezone.localdate().year))

    @property
    def year_shown(self) -> int:
        return int(self.form.asked.get("year", self.this_year))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset).filter(year=self.year_shown)
        return rows if self.form.asked.get("state") == "withdrawn" else rows.filter(duty__withdrawn_at=None)

    def filter_kind(self, rows: QuerySet[DutyYear], name: str, value: str) -> QuerySet[DutyYear]:
        if value == "bureau":
            return rows.filter(duty__school=None, duty__department=None)
        townships = Q(duty__department__kind__in=Department.PLACES)
        if value == "school":
            return rows.exclude(duty__school=None)
        return rows.filter(townships) if value == "township" else rows.exclude(duty__department=None).exclude(townships)

    def filter_state(self, rows: QuerySet[DutyYear], name: str, value: str) -> QuerySet[DutyYear]:
        match value:
            case "late":
                return rows.filter(queries.late_years())
            case "late_report":
                late = DutyReport.objects.filter(queries.late_reports())
                return rows.filter(pk__in=late.values("year"))
            case "reported" | "sent_back":
                return rows.filter(reports__state=workflow.S(value)).distinct()
            case "open":
                return rows.filter(result="")
            case "ownerless":
                return rows.filter(queries.ownerless())
            case "withdrawn":
                return rows.exclude(duty__withdrawn_at=None)
        return rows.filter(result=value)


class DutyForm(forms.Form):
    """A task of a programme with the target of each of its years."""

    code = forms.CharField(label="任务编号", max_length=20, help_text="本方案内不重复，如 1-1")
    entry = forms.ChoiceField(label="对应的目标或措施")
    title = forms.CharField(label="任务", max_length=120)
    text = forms.CharField(label="具体要求", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    owner = forms.ChoiceField(label="责任单位")
    leader = forms.CharField(label="责任领导", max_length=60, required=False)
    partners = forms.CharField(label="配合单位", max_length=200, required=False)
    measure = forms.ChoiceField(
        label="衡量方式",
        choices=Duty.Measure.choices,
        widget=forms.RadioSelect,
        help_text="评估指标：结果取自最新评估，不用填数。数量：每季填完成数。文件材料：完成时须上传文件。",
    )
    indicator = forms.ChoiceField(label="指标", required=False, help_text="按评估指标衡量时选")
    unit = forms.CharField(label="计量单位", max_length=20, required=False, help_text="按数量衡量时填，如 所、人次")
    starts_on = Day(label="开始日期")
    due_on = Day(label="完成期限")
    phase = forms.ChoiceField(label="阶段", required=False, help_text="跨几个阶段的任务，选它属于哪一个")
    reason = forms.CharField(label="修改的原因", max_length=written.LONGEST_REASON)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, programme: Programme, by: User, duty: Duty | None = None) -> None:
        first = programme.phases.first()
        since = first.starts_on.year if first else timezone.localdate().year
        # Targets of years that are over are asked only where the task had them.
        from_year = max(since, min(timezone.localdate().year, duty.starts_on.year if duty else 9999))
        self.years = range(from_year, programme.goal_year + 1)
        super().__init__(data, initial=_initial(programme, duty))
        parts = ((Duty.Part.GOAL, programme.goals), (Duty.Part.SAFEGUARD, programme.safeguards))
        self.fields["entry"].choices = [  # type: ignore[attr-defined]
            (part.label, [(f"{part.value}:{n}", f"{n}. {one['title']}") for n, one in enumerate(entries, 1)])
            for part, entries in parts
            if entries
        ]
        self._owners = dict(_owners(programme, by, duty))
        named = [(key, str(place or f"{programme.district.name}教育局（本级）")) for key, place in self._owners.items()]
        self.fields["owner"].choices = [("", "请选择"), *named]  # type: ignore[attr-defined]
        indicators = content_queries.indicators_of(programme)
        self.fields["indicator"].choices = [("", "—"), *indicators.items()]  # type: ignore[attr-defined]
        for name, measure in (("indicator", Duty.Measure.INDICATOR), ("unit", Duty.Measure.COUNT)):
            self.fields[name].widget.attrs["data-asked-for"] = f"measure {measure}"
        self._phases = {str(phase.pk): phase for phase in programme.phases.all()}
        phases = [(key, str(phase)) for key, phase in self._phases.items()]
        self.fields["phase"].choices = [("", "按完成期限所在的阶段"), *phases]  # type: ignore[attr-defined]
        self._programme = programme
        for year in self.years:
            self.fields[f"target_{year}"] = Number(
                label=f"{year} 年目标值",
                required=False,
                min_value=0,
                max_digits=14,
                decimal_places=2,
                widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"}),
            )
            self.fields[f"mark_{year}"] = forms.CharField(
                label=f"{year} 年完成标志",
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )
            self.fields[f"due_{year}"] = Day(label=f"{year} 年期限", required=False)
            self.fields[f"due_{year}"].widget.attrs["class"] = "form-control"
        if duty is None:
            del self.fields["reason"], self.fields["version"]

    def by_year(self) -> Iterator[tuple[int, BoundField, BoundField, BoundField]]:
        for year in self.years:
            yield year, self[f"target_{year}"], self[f"mark_{year}"], self[f"due_{year}"]

    def main(self) -> list[BoundField]:
        later = ("target_", "mark_", "due_2", "reason", "version")
        return [self[name] for name in self.fields if not name.startswith(later)]

    def content(self) -> DutyContent:
        typed = self.cleaned_data
        part, _, number = typed["entry"].partition(":")
        place = self._owners[typed["owner"]]
        measure, targets = typed["measure"], ((y, typed[f"target_{y}"], typed[f"mark_{y}"].strip()) for y in self.years)
        return DutyContent(
            code=typed["code"].strip(),
            part=part,
            number=int(number),
            title=typed["title"].strip(),
            text=typed["text"].strip(),
            school=place if isinstance(place, School) else None,
            department=place if isinstance(place, Department) else None,
            leader=typed["leader"].strip(),
            partners=typed["partners"].strip(),
            measure=measure,
            indicator=typed["indicator"] if measure == Duty.Measure.INDICATOR else "",
            unit=typed["unit"].strip() if measure == Duty.Measure.COUNT else "",
            starts_on=typed["starts_on"],
            due_on=typed["due_on"],
            phase=self._phases.get(typed["phase"]) or content_queries.phase_of(self._programme, typed["due_on"]),
            years={year: YearTarget(target, mark, typed[f"due_{year}"]) for year, target, mark in targets},
        )


def _initial(programme: Programme, duty: Duty | None) -> dict[str, Any]:
    if duty is None:
        today = timezone.localdate()
        return {"starts_on": today, "due_on": dt.date(programme.goal_year, 12, 31), "measure": Duty.Measure.INDICATOR}
    names = ("code", "title", "text", "leader", "partners", "measure", "indicator", "unit", "starts_on", "due_on")
    found: dict[str, Any] = {name: getattr(duty, name) for name in (*names, "version")}
    found["entry"] = f"{duty.part}:{duty.number}"
    found["owner"], found["phase"] = _key(duty.school or duty.department), duty.phase_id
    for row in duty.years.filter(is_dropped=False).select_related("duty"):
        found[f"target_{row.year}"] = numbers.plain(row.target)
        found[f"mark_{row.year}"] = row.mark
        found[f"due_{row.year}"] = YearTarget.of(row).due_on
    return found


def _key(place: School | Department | None) -> str:
    return "bureau" if place is None else f"{place._meta.model_name}:{place.pk}"


def _owners(programme: Programme, by: User, duty: Duty | None) -> Iterator[tuple[str, School | Department | None]]:
    """Those of today, and who has the task already."""
    inside = {"district": programme.district_id}
    departments = Department.objects.filter(status=Department.Status.ACTIVE, **inside).order_by("kind", "code")
    schools = School.objects.filter(status=Status.OPEN, **inside).order_by("code")
    yield "bureau", None
    for department in visible(by, departments, Perm.DUTY_MANAGE):
        yield _key(department), department
    for school in visible(by, schools, Perm.DUTY_MANAGE):
        yield _key(school), school
    if duty:
        now = duty.school or duty.department
        yield _key(now), now


class StepOnReport(forms.Form):
    """A step; `version` is the state of the report the person looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReportForm(StepOnReport):
    """How far the task is."""

    claim = forms.ChoiceField(label="自报进展", choices=DutyReport.Claim.choices, widget=forms.RadioSelect)
    value = Number(label="本年度完成数", min_value=0, max_digits=14, decimal_places=2)
    text = forms.CharField(
        label="进展情况",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明本季度做了什么、还差什么、有什么困难。",
    )
    uploads = FilesField(
        label="佐证材料",
        required=False,
        widget=FilesInput(attrs={"accept": uploads.ACCEPT}),
        help_text="可一次选多个：PDF、Word、Excel、照片（含苹果手机的 HEIC）。",
    )
    public_reason = PublicReason()


class CheckForm(StepOnReport):
    """The bureau's opinion, and what the year came to."""

    text = forms.CharField(label="核对意见", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    result = forms.ChoiceField(
        label="年度结果", required=False, choices=[("", "年度未结束，暂不认定"), *DutyYear.Result.choices]
    )


class SendBackForm(StepOnReport):
    """Why it has to be reported again."""

    reason = forms.CharField(
        label="退回的原因", max_length=written.LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


class CancelDutyForm(forms.Form):
    """Why nobody has to do the task any more."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="取消的原因", max_length=written.LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


class ScoreForm(forms.Form):
    """Points by the bureau's own rules; blank takes them back."""

    points = Number(label="考核得分", required=False, min_value=0, max_digits=6, decimal_places=2)
    reason = forms.CharField(
        label="评分依据",
        max_length=written.LONGEST_REASON,
        help_text="写明按哪个办法、扣在哪里。系统不计算总分，只记录教育局打的分。",
    )


class SheetFilter(FilterForm):
    """Whose sheet, of which year."""

    shows = ("unit", "year")
    unit = forms.ModelChoiceField(Department.objects.none(), label="单位", required=False, empty_label=None)
    year = forms.TypedChoiceField(label="年度", required=False, coerce=int)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = sheet_queries.units(user)  # type: ignore[attr-defined]
        self.fields["year"].choices = [("", "今年"), *((year, f"{year} 年") for year in sheet_queries.all_years(user))]  # type: ignore[attr-defined]

    @property
    def unit_asked(self) -> Department | None:
        found: Department | None = self.asked.get("unit") or self.fields["unit"].queryset.first()  # type: ignore[attr-defined]
        return found

    @property
    def year_asked(self) -> int:
        return int(self.asked.get("year", timezone.localdate().year))


FORMS: dict[str, type[StepOnReport]] = {"report": ReportForm, "check": CheckForm, "reason": SendBackForm}


def form_for(code: str, kind: str, report: DutyReport, data: Any = None, files: Any = None) -> StepOnReport:
    """Prefilled with the report that was sent back."""
    duty = report.year.duty
    first = {"version": report.version, "claim": report.claim, "text": report.text if code == "report" else ""}
    first["value"] = numbers.plain(report.value)
    form = FORMS[kind](data, files, initial=first, auto_id=f"{code}-{report.pk}-%s")
    if isinstance(form, ReportForm):
        if duty.measure == Duty.Measure.COUNT:
            form.fields["value"].help_text = f"单位：{duty.unit}。填本年度 1 月 1 日到现在的合计，没有完成的填 0。"
        else:
            del form.fields["value"]
    if isinstance(form, CheckForm) and report.year.result:
        del form.fields["result"]
    return form


@dataclass(frozen=True, slots=True)
class DutyStep:
    """A verb on one quarter's report with its form and address."""

    report: DutyReport
    verb: VerbRow
    form: StepOnReport
    url: str
    is_open: bool


def steps(
    user: User, duty: Duty, years: Iterable[DutyYear], typed: Mapping[tuple[int, str], StepOnReport]
) -> list[DutyStep]:
    """Oldest quarter first, the first of them open; what was typed for a step somebody else did meanwhile is still shown.

    Of the checked quarters only the last may be taken up again: it comes after the others.
    """
    found: list[DutyStep] = []
    reports = [(year, report) for year in years for report in year.asked if report.has_begun]  # type: ignore[attr-defined]
    checked = next((report for _, report in reversed(reports) if _is_settled(report)), None)
    for year, report in reports:
        report.year, year.duty = year, duty
        is_over = _is_settled(report) and report != checked
        offers = [] if is_over else list(workflow.TABLE.offers(user, report))
        offers += [v for pk, code in typed if pk == report.pk and (v := workflow.TABLE[code]) not in offers]
        for verb in offers:
            key = report.pk, verb.code
            form = typed.get(key) or form_for(verb.code, verb.form, report)
            is_open = key in typed or (
                not typed and not _is_settled(report) and not any(step.is_open for step in found)
            )
            found.append(DutyStep(report, verb, form, reverse(f"duties:{verb.code}", args=[report.pk]), is_open))
    return sorted(found, key=lambda step: _is_settled(step.report))


def _is_settled(report: DutyReport) -> bool:
    return report.state == workflow.S.CHECKED


@dataclass(frozen=True, slots=True)
class LackingIndicator:
    """Open problems about the indicator of a task, of those the person may see."""

    open: int
    overdue: int
    url: str


def findings_of(user: User, duty: Duty) -> LackingIndicator | None:
    if not duty.indicator or not holds(user, Perm.FINDING_VIEW):
        return None
    rows = rectification.seen_by(user).filter(rectification.pending(), indicator=duty.indicator)
    rows = rows.filter(pk__in=rectification.of_district(duty.programme.district_id).values("pk"))
    if duty.school_id:
        rows = rows.filter(school=duty.school_id)
    counted = rows.aggregate(open=Count("pk"), overdue=Count("pk", filter=Q(rectification.overdue())))
    return LackingIndicator(url=f"{reverse('rectification:list')}?indicator={duty.indicator}", **counted)
