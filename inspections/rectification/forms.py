"""Forms of rectification: filters, a finding's content, the steps of the conversation and which of them a person is offered."""

from collections.abc import Sequence
from dataclasses import dataclass, fields as fields_of
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from inspections.rectification import closing_queries, queries
from inspections.rectification.models import Entry, Finding
from inspections.rectification.raising import AlreadyOpen
from inspections.rectification.workflow import FindingContent
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.files import uploads
from portal.core.lib import written
from portal.core.lib.forms import Day, ListFilter, PublicReason, SortFilter, TickFilter, WordsFilter, ranked, said
from schools.access.scope import Perm, Request, visible
from schools.access.workflow import VerbRow
from schools.directory import queries as directory
from schools.directory.models import Department, District, School, Status


class Proposals:
    """The due dates that the districts a finding may belong to propose."""

    def __init__(self, districts: Sequence[District]) -> None:
        dates = queries.due_dates_of(district.pk for district in districts)
        self._of = {district: dates[district.pk] for district in districts}

    def agreed(self, category: str) -> date | None:
        """None when districts differ."""
        days = {of[category].due for of in self._of.values()}
        return days.pop() if len(days) == 1 else None

    def shown(self) -> SafeString:
        """How each due date was counted."""
        districts = [
            (district, [(code, label, of[code]) for code, label in Finding.Category.choices])
            for district, of in self._of.items()
        ]
        context = {"districts": districts, "several": len(districts) > 1}
        return render_to_string("inspections/rectification/_due_dates.html", context)


class FindingFilter(ListFilter):
    """Which findings to list."""

    school = WordsFilter(
        label="单位名称",
        names=["school__name__icontains", "department__name__icontains", "responsible_department__name__icontains"],
    )
    unit = django_filters.ChoiceFilter(
        choices=[("school", "学校"), ("department", "部门"), ("township", "乡镇、街道"), ("bureau", "教育局本级")],
        label="谁的问题",
        method="filter_unit",
    )
    state = django_filters.ChoiceFilter(choices=Finding.State.choices, label="状态")
    source = django_filters.ChoiceFilter(choices=Finding.Source.choices, label="来源")
    severity = django_filters.ChoiceFilter(
        choices=[*Finding.Severity.choices, ("none", "未定级")], label="严重程度", method="filter_severity"
    )
    township = django_filters.ModelChoiceFilter(
        field_name="school__township", label="乡镇、街道", queryset=Department.objects.none()
    )
    indicator = django_filters.CharFilter(field_name="indicator", lookup_expr="iexact", label="指标代号")
    late = django_filters.ChoiceFilter(
        choices=[("school", "整改单位超期"), ("verifier", "只因等核查或答复")], label="逾期原因", method="filter_late"
    )
    overdue = TickFilter(label="只看逾期", method="filter_overdue")
    repeated = TickFilter(label="只看屡查屡犯", method="filter_repeated")
    sort = SortFilter(
        number=("number",),
        unit=("school__name", "department__name", "bureau__name"),
        indicator=(said("indicator"), "number"),
        source=(ranked("source", Finding.Source.values),),
        severity=(ranked("severity", Finding.Severity.values),),
        category=(ranked("category", Finding.Category.values),),
        responsible=(said("responsible"),),
        due=("due_on", "number"),
        state=(ranked("state", Finding.State.values), "due_on"),
    )

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        places = directory.townships(directory.districts(request.user, Perm.FINDING_VIEW))
        self.filters["township"].queryset = places
        if not places:
            del self.filters["township"]

    def filter_unit(self, rows: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        if value in ("school", "bureau"):
            return rows.exclude(**{value: None})
        townships = rows.filter(department__kind__in=Department.PLACES)
        return townships if value == "township" else rows.exclude(department=None).exclude(pk__in=townships)

    def filter_severity(self, rows: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        return rows.filter(severity="" if value == "none" else value)

    def filter_overdue(self, rows: QuerySet[Finding], name: str, value: bool) -> QuerySet[Finding]:
        return rows.filter(queries.overdue())

    def filter_late(self, rows: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        mine = queries.late_by_school()
        return rows.filter(mine) if value == "school" else rows.filter(queries.overdue()).exclude(mine)

    def filter_repeated(self, rows: QuerySet[Finding], name: str, value: bool) -> QuerySet[Finding]:
        return rows.filter(repeat_count__gt=0)


class ContentForm(forms.Form):
    """What a finding says."""

    indicator = forms.ChoiceField(label="指标")
    problem = forms.CharField(label="问题描述", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    current_value = forms.CharField(label="现状值", max_length=60, required=False)
    standard_value = forms.CharField(label="标准值", max_length=60, required=False)
    requirement = forms.CharField(label="整改要求", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    severity = forms.ChoiceField(
        label="严重程度", choices=Finding.Severity.choices, required=False, widget=forms.RadioSelect
    )
    category = forms.ChoiceField(label="类别", choices=Finding.Category.choices, widget=forms.RadioSelect)
    due_on = Day(label="整改期限")
    leader = forms.CharField(label="责任领导", max_length=60, required=False)
    photo = forms.FileField(
        label="照片", required=False, widget=forms.FileInput(attrs={"accept": uploads.ACCEPT_PHOTOS})
    )

    # Asked for only where the same school and indicator have an open finding.
    despite = forms.CharField(
        label="仍要登记的原因", max_length=written.LONGEST_REASON, required=False, widget=forms.HiddenInput
    )
    alike: Sequence[Finding] = ()

    def __init__(self, *args: Any, districts: Sequence[District], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["severity"] = self.initial.get("severity") or Finding.Severity.ORDINARY
        self.fields["indicator"].choices = [("", "请选择"), *queries.indicator_choices([d.pk for d in districts])]  # type: ignore[attr-defined]
        self.initial.setdefault("category", Finding.Category.WITH_DEADLINE)
        proposed = Proposals(districts)
        self.initial.setdefault("due_on", proposed.agreed(self.initial["category"]))
        self.fields["due_on"].widget.attrs["min"] = timezone.localdate().isoformat()
        self.fields["due_on"].help_text = proposed.shown()

    def add_refusal(self, refusal: Invalid) -> None:
        """Similar findings are shown, and the reason is asked for."""
        if isinstance(refusal, AlreadyOpen):
            self.alike = refusal.findings
            self.fields["despite"].widget = forms.TextInput()
            self.add_error("despite", "请写明原因，或打开上面已有的问题办理。")
        else:
            self.add_error(None, refusal.lines)

    def content(self) -> FindingContent:
        return FindingContent(**{field.name: self.cleaned_data[field.name] for field in fields_of(FindingContent)})


class SchoolSelect(forms.Select):
    """Schools that say which district they belong to, for the script that proposes a due date."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if school := getattr(value, "instance", None):
            option["attrs"]["data-district"] = str(school.district_id)
        return option


_NOT_BY_HAND = (Finding.Source.EVALUATION, Finding.Source.IMPORT)


class RegisterForm(ContentForm):
    """A finding that does not come from a visit under way."""

    school = forms.ModelChoiceField(
        School.objects.none(), label="学校", empty_label="请选择", required=False, widget=SchoolSelect
    )
    unit = forms.ChoiceField(
        label="或部门、乡镇街道、教育局本级", required=False, help_text="学校和这一项必选一项，只选一项。"
    )
    responsible_department = forms.ModelChoiceField(
        Department.objects.none(),
        label="责任部门",
        empty_label="由单位自己整改",
        required=False,
        help_text="学校或教育局自己解决不了的，选能解决的部门，如经费选财政、编制选编办；学校能看到，由部门整改。",
    )
    source = forms.ChoiceField(
        label="来源", choices=[choice for choice in Finding.Source.choices if choice[0] not in _NOT_BY_HAND]
    )
    field_order = ("school", "unit", "responsible_department", "source")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        schools = visible(user, School.objects.filter(status=Status.OPEN).order_by("code"), Perm.FINDING_DISPATCH)
        districts = District.objects.filter(pk__in=schools.order_by().values("district"))
        super().__init__(*args, districts=list(districts), **kwargs)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        rows = Department.objects.filter(status=Department.Status.ACTIVE).order_by("district__code", "kind", "code")
        departments = visible(user, rows, Perm.FINDING_DISPATCH)
        self.fields["responsible_department"].queryset = departments  # type: ignore[attr-defined]
        bureaus = [(f"bureau_id:{one.pk}", f"{one.name}教育局（本级）") for one in districts]
        units = [(f"department_id:{one.pk}", one.name) for one in departments]
        self.fields["unit"].choices = [("", "请选择"), *bureaus, *units]  # type: ignore[attr-defined]
        for name in ("school", "unit"):
            label = {"label": self.fields[name].label}
            self.fields[name].label = render_to_string("inspections/rectification/_required.html", label)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("school")) == bool(values.get("unit")) and "school" not in self.errors:
            self.add_error("school", "请选择一所学校，或在下面选择一个部门、乡镇街道、教育局本级；两处只选一处。")
        return values

    def respondent(self) -> dict[str, int]:
        """As the action takes it."""
        named = {name: self.cleaned_data[name] for name in ("school", "responsible_department")}
        found = {f"{name}_id": row.pk for name, row in named.items() if row}
        if unit := self.cleaned_data["unit"]:
            name, pk = unit.split(":")
            found[name] = int(pk)
        return found


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of files, maybe empty."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in files]


class StepForm(forms.Form):
    """One step of the conversation; `version` is the state of the finding the person looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label="内容", max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))


class WithFiles(StepForm):
    """A step that may bring files."""

    uploads = FilesField(
        label="佐证材料",
        required=False,
        widget=FilesInput(attrs={"accept": uploads.ACCEPT}),
        help_text="可一次选多个：PDF、Word、Excel、照片（含苹果手机的 HEIC）。",
    )
    public_reason = PublicReason()


class MeasureForm(WithFiles):
    """The school's measures."""

    goal = forms.CharField(label="整改目标", max_length=200, required=False)
    leader = forms.CharField(label="责任领导", max_length=60, required=False)
    responsible = forms.CharField(label="责任人", max_length=60)
    field_order = ("version", "goal", "leader", "responsible", "text", "uploads", "public_reason")


class CloseForm(WithFiles):
    """The verifier's opinion; `override` only where the newest figure fails and the person may close against it."""

    method = forms.ChoiceField(label="核查方式", choices=Entry.Method.choices, widget=forms.RadioSelect)
    override = forms.CharField(
        label="未达标仍予销号的理由", max_length=written.LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )
    field_order = ("version", "method", "text", "override", "uploads", "public_reason")

    def fit(self, figure: closing_queries.NewestFigure | None, *, may_override: bool) -> None:
        if figure is None or figure.reaches is None:
            self.fields["method"].choices = [one for one in Entry.Method.choices if one[0] != Entry.Method.SYSTEM_DATA]  # type: ignore[attr-defined]
        if figure is None or not figure.fails or not may_override:
            del self.fields["override"]
        self.fields["text"].help_text = f"写明看了什么、结果如何，至少 {closing_queries.OPINION_LENGTH} 字。"
        self.fields["uploads"].label = "核查佐证、整改后照片"
        self.fields["uploads"].help_text += "现场核查须有整改后的照片。"


class DatedForm(StepForm):
    """A step that sets or asks for a due date."""

    due_on = Day(label="新的整改期限")


class BareForm(forms.Form):
    """A step without words."""

    version = forms.IntegerField(widget=forms.HiddenInput)


FORMS: dict[str, type[forms.Form]] = {
    "bare": BareForm,
    "text": StepForm,
    "files": WithFiles,
    "measure": MeasureForm,
    "dated": DatedForm,
    "close": CloseForm,
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A verb with its form and address, open when it is the natural next one."""

    verb: VerbRow
    form: forms.Form
    url: str
    is_open: bool


def form_for(
    verb: VerbRow,
    finding: Finding,
    data: Any = None,
    files: Any = None,
    *,
    asked: Entry | None = None,
    met: str = "",
    figure: closing_queries.NewestFigure | None = None,
    may_override: bool = False,
) -> forms.Form:
    """Prefilled: the finding's words, the day the school asked for, `met`."""
    known = ("version", "goal", "leader", "responsible")
    first: dict[str, Any] = {name: getattr(finding, name) for name in known}
    if verb.code == "extend" and asked is not None:
        first["due_on"] = asked.due_on
    if verb.code == "request_close":
        first["text"] = met
    counted = queries.due_dates(finding.district.pk)[finding.category] if verb.code == "reopen" else None
    if counted:
        first["due_on"] = counted.due
    form = FORMS[verb.form](data, files, initial=first, prefix=None, auto_id=f"{verb.code}-%s")
    if "text" in form.fields:
        form.fields["text"].label = verb.asks
    if isinstance(form, CloseForm):
        form.fit(figure, may_override=may_override)
    if verb.code == "request_close":
        form.fields["text"].help_text = f"写明做了什么、现在怎样，至少 {closing_queries.REQUEST_LENGTH} 字。"
    if counted:
        form.fields["due_on"].help_text = f"{finding.get_category_display()}从今天起算 {counted.words}。可以另选日期。"
    return form


def offered(
    verbs: list[VerbRow],
    finding: Finding,
    now: queries.Current,
    typed: dict[str, forms.Form] | None = None,
    *,
    figure: closing_queries.NewestFigure | None = None,
    may_override: bool = False,
) -> list[Offered]:
    """Steps among `verbs`; a refused form comes back as typed; closing first where the standard is met."""
    typed = typed or {}
    asked = queries.pending_extension(finding)
    possible = {verb.code: verb for verb in verbs if verb.form}
    if asked is None:
        possible.pop("decline_extension", None)
    if figure and figure.fails and not may_override and "close" not in typed:
        possible.pop("close", None)
    if now.meets and "request_close" in possible:
        natural = "request_close"
    elif "progress" in possible and finding.responsible:
        natural = "progress"
    else:
        never_first = {"reopen", "void"} if asked else {"reopen", "void", "extend"}
        natural = next((code for code in possible if code not in never_first), "")
    return [
        Offered(
            verb,
            typed.get(code)
            or form_for(verb, finding, asked=asked, met=now.met_words, figure=figure, may_override=may_override),
            reverse(f"rectification:{code}", args=[finding.pk]),
            code in typed if typed else code == natural,
        )
        for code, verb in possible.items()
    ]
