"""Forms of rectification: filters, a finding's content, the steps of the conversation and which of them a person is offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from inspections.rectification import queries
from inspections.rectification.models import Entry, Finding
from inspections.rectification.queries import Current
from portal.core.accounts.models import User
from portal.core.accounts.rights import Request
from portal.core.files import uploads
from portal.core.lib import fields
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.access.workflow import VerbRow
from schools.directory import queries as directory
from schools.directory.models import Department, District, School, Status


class Proposals:
    """The due dates that the districts a finding may belong to propose."""

    def __init__(self, districts: Sequence[District]) -> None:
        dates = queries.due_dates_of(district.pk for district in districts)
        self._of = {district: dates[district.pk] for district in districts}

    def agreed(self, category: str) -> date | None:
        """Due date all the districts propose for a category; None when they differ."""
        days = {of[category].due for of in self._of.values()}
        return days.pop() if len(days) == 1 else None

    def shown(self) -> SafeString:
        """How each due date was counted, as help of the date field; static/js/visit_finding.js shows the chosen category's."""
        lines = (
            (
                district.pk,
                code,
                of[code].due.isoformat(),
                f"{district.name}，" if len(self._of) > 1 else "",
                label,
                of[code].words,
            )
            for district, of in self._of.items()
            for code, label in Finding.Category.choices
        )
        line = '<li data-district="{}" data-category="{}" data-due="{}">{}{}：{}。</li>'
        listed = format_html_join("", line, lines)
        return format_html('按类别从今天起算，可以另选日期：<ul class="due-words" data-dues>{}</ul>', listed)


class FindingFilter(django_filters.FilterSet):
    """Filters of the ledger, carried in the address."""

    school = fields.NameFilter(field_name="school__name", label="学校名称")
    state = django_filters.ChoiceFilter(choices=Finding.State.choices, label="状态", empty_label="全部")
    source = django_filters.ChoiceFilter(choices=Finding.Source.choices, label="来源", empty_label="全部")
    township = django_filters.ModelChoiceFilter(
        field_name="school__township", label="乡镇、街道", queryset=Department.objects.none(), empty_label="全部"
    )
    indicator = django_filters.CharFilter(field_name="indicator", lookup_expr="iexact", label="指标代号")
    overdue = django_filters.BooleanFilter(
        label="只看逾期", method="filter_overdue", widget=forms.CheckboxInput(attrs={"value": "true"})
    )

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        places = directory.townships(directory.districts(request.user, Perm.FINDING_VIEW))
        self.filters["township"].queryset = places
        if not places:
            del self.filters["township"]

    def filter_overdue(self, rows: QuerySet[Finding], name: str, value: bool) -> QuerySet[Finding]:
        return rows.filter(queries.overdue()) if value else rows


class ContentForm(forms.Form):
    """What a finding says."""

    indicator = forms.ChoiceField(label="指标")
    problem = forms.CharField(label="问题描述", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    current_value = forms.CharField(label="现状值", max_length=60, required=False)
    standard_value = forms.CharField(label="标准值", max_length=60, required=False)
    requirement = forms.CharField(label="整改要求", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    category = forms.ChoiceField(label="类别", choices=Finding.Category.choices, widget=forms.RadioSelect)
    due_on = fields.Day(label="整改期限")
    photo = forms.FileField(
        label="照片", required=False, widget=forms.FileInput(attrs={"accept": uploads.ACCEPT_PHOTOS})
    )

    def __init__(self, *args: Any, districts: Sequence[District], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = [("", "请选择"), *queries.indicator_choices(d.pk for d in districts)]  # type: ignore[attr-defined]
        self.initial.setdefault("category", Finding.Category.WITH_DEADLINE)
        proposed = Proposals(districts)
        self.initial.setdefault("due_on", proposed.agreed(self.initial["category"]))
        self.fields["due_on"].widget.attrs["min"] = timezone.localdate().isoformat()
        self.fields["due_on"].help_text = proposed.shown()


class SchoolSelect(forms.Select):
    """Schools that say which district they belong to, for the script that proposes a due date."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if school := getattr(value, "instance", None):
            option["attrs"]["data-district"] = str(school.district_id)
        return option


class RegisterForm(ContentForm):
    """A finding that does not come from a visit under way."""

    school = forms.ModelChoiceField(School.objects.none(), label="学校", empty_label="请选择", widget=SchoolSelect)
    source = forms.ChoiceField(
        label="来源", choices=[choice for choice in Finding.Source.choices if choice[0] != Finding.Source.EVALUATION]
    )
    field_order = ("school", "source")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        schools = visible(user, School.objects.filter(status=Status.OPEN).order_by("code"), Perm.FINDING_DISPATCH)
        districts = District.objects.filter(pk__in=schools.order_by().values("district"))
        super().__init__(*args, districts=list(districts), **kwargs)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]


class FinishForm(forms.Form):
    """The end of a visit."""

    summary = forms.CharField(label="督导小结", max_length=5000, widget=forms.Textarea(attrs={"rows": 5}))
    accept_unanswered = forms.BooleanField(label="未作答的题不再作答", required=False)


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
    public_reason = fields.PublicReason()


class MeasureForm(WithFiles):
    """The school's measures."""

    goal = forms.CharField(label="整改目标", max_length=200, required=False)
    responsible = forms.CharField(label="责任人", max_length=60)
    field_order = ("version", "goal", "responsible", "text", "uploads", "public_reason")


class DatedForm(StepForm):
    """A step that sets or asks for a due date."""

    due_on = fields.Day(label="新的整改期限")


class BareForm(forms.Form):
    """A step without words."""

    version = forms.IntegerField(widget=forms.HiddenInput)


FORMS: dict[str, type[forms.Form]] = {
    "bare": BareForm,
    "text": StepForm,
    "files": WithFiles,
    "measure": MeasureForm,
    "dated": DatedForm,
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A verb with its form and address, open when it is the natural next one."""

    verb: VerbRow
    form: forms.Form
    url: str
    is_open: bool


def form_for(
    verb: VerbRow, finding: Finding, data: Any = None, files: Any = None, *, asked: Entry | None = None, met: str = ""
) -> forms.Form:
    """A verb's form, prefilled with what is known: the finding's words, the day the school asked for, `met`."""
    first: dict[str, Any] = {"version": finding.version, "goal": finding.goal, "responsible": finding.responsible}
    if verb.code == "extend" and asked is not None:
        first["due_on"] = asked.due_on
    if verb.code == "request_close":
        first["text"] = met
    counted = queries.due_dates(finding.school.district_id)[finding.category] if verb.code == "reopen" else None
    if counted:
        first["due_on"] = counted.due
    form = FORMS[verb.form](data, files, initial=first, prefix=None, auto_id=f"{verb.code}-%s")
    if "text" in form.fields:
        form.fields["text"].label = verb.asks
    if counted:
        form.fields["due_on"].help_text = f"{finding.get_category_display()}从今天起算 {counted.words}。可以另选日期。"
    return form


def offered(
    verbs: list[VerbRow], finding: Finding, now: Current, typed: dict[str, forms.Form] | None = None
) -> list[Offered]:
    """The steps among a person's `verbs`; a refused form comes back as typed, closing first where the standard is met."""
    typed = typed or {}
    asked = queries.pending_extension(finding)
    possible = {verb.code: verb for verb in verbs if verb.form}
    if asked is None:
        possible.pop("decline_extension", None)
    natural = _natural(finding, list(possible), is_asked=asked is not None)
    if now.meets and "request_close" in possible:
        natural = "request_close"
    return [
        Offered(
            verb,
            typed.get(code) or form_for(verb, finding, asked=asked, met=now.met_words),
            reverse(f"rectification:{code}", args=[finding.pk]),
            code in typed if typed else code == natural,
        )
        for code, verb in possible.items()
    ]


def _natural(finding: Finding, verbs: list[str], *, is_asked: bool) -> str:
    if "progress" in verbs and finding.responsible:
        return "progress"
    waiting = [verb for verb in verbs if verb != "reopen" and (verb != "extend" or is_asked)]
    return waiting[0] if waiting else ""
