"""Forms of rectification: filters, a finding's content, the steps of the conversation."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from inspections.rectification import dues, queries
from inspections.rectification.models import Finding
from inspections.visits.forms import DateInput
from portal.core.accounts.doors import Request
from portal.core.accounts.models import User
from portal.core.files import uploads
from portal.core.lib import fields
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory import queries as directory
from schools.directory.models import Department, District, School, Status


class FindingFilter(django_filters.FilterSet):
    """Filters of the ledger, kept in the address."""

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
        """Keep what is overdue today."""
        return rows.filter(queries.overdue()) if value else rows


class ContentForm(forms.Form):
    """What a finding says."""

    indicator = forms.ChoiceField(label="指标")
    problem = forms.CharField(label="问题描述", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    current_value = forms.CharField(label="现状值", max_length=60, required=False)
    standard_value = forms.CharField(label="标准值", max_length=60, required=False)
    requirement = forms.CharField(label="整改要求", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    category = forms.ChoiceField(label="类别", choices=Finding.Category.choices, widget=forms.RadioSelect)
    due_on = fields.Day(label="整改期限", widget=DateInput())
    photo = forms.FileField(
        label="照片", required=False, widget=forms.FileInput(attrs={"accept": uploads.ACCEPT_PHOTOS})
    )

    def __init__(self, *args: Any, districts: Sequence[District], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = [("", "请选择"), *queries.indicator_choices(d.pk for d in districts)]  # type: ignore[attr-defined]
        self.initial.setdefault("category", Finding.Category.WITH_DEADLINE)
        proposed = dues.Proposals(districts)
        self.initial.setdefault("due_on", proposed.agreed(self.initial["category"]))
        self.fields["due_on"].widget.attrs["min"] = timezone.localdate().isoformat()
        self.fields["due_on"].help_text = proposed.shown()


class SchoolSelect(forms.Select):
    """Schools that say which district they belong to, for the script that proposes a due date."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the district's code to a school's option."""
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
        """Clean every file of the list."""
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

    due_on = fields.Day(label="新的整改期限", widget=DateInput())


class BareForm(forms.Form):
    """A step without words."""

    version = forms.IntegerField(widget=forms.HiddenInput)
