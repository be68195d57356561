"""Forms of the registers: an entry as its register asks for it, its files, and which entries to list."""

from collections.abc import Iterable, Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from portal.core.errors import Invalid
from portal.core.files import uploads
from portal.core.lib.forms import Day, DayInput, FilterForm, ListFilter, PublicReason, WordsFilter
from schools.directory.models import District, School
from schools.registers.kinds import RegisterField, RegisterKind
from schools.registers.models import RegisterEntry
from schools.registers.rights import Unit

_ORDERS = {"unit": ["school__code", "department__code", "-year", "-pk"], "changed": ["-updated_at", "-pk"]}


class EntryForm(forms.Form):
    """The fields of one register; what they may hold is for the register to say (`kinds.py`)."""

    unit = forms.ChoiceField(label="单位")
    year = forms.TypedChoiceField(coerce=int)
    reason = forms.CharField(label="修改的原因（可不填）", max_length=200, required=False)
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, kind: RegisterKind, units: Iterable[Unit], entry: RegisterEntry | None = None
    ) -> None:
        today = timezone.localdate()
        first: dict[str, Any] = {"year": kind.year_on(today)}
        if entry:
            first = entry.data | {"year": entry.year, "version": entry.version}
        super().__init__(data, initial=first)
        self.kind, self._units = kind, {f"{one._meta.model_name}-{one.pk}": one for one in units}
        names = {
            key: f"{one.name}教育局" if isinstance(one, District) else one.name for key, one in self._units.items()
        }
        self.fields["unit"].choices = list(names.items())  # type: ignore[attr-defined]
        self.fields["year"].label = kind.year_label
        self.fields["year"].choices = [(year, kind.year_words(year)) for year in kind.years(today)]  # type: ignore[attr-defined]
        for gone in ("unit",) if entry else ("reason", "version"):
            del self.fields[gone]
        districts = {type(one).place.district_of(one).pk for one in self._units.values()}
        schools = [("", "—")]
        if any(one.type == "school" for one in kind.fields.values()):
            rows = School.objects.filter(district__in=districts).order_by("code")
            schools += [(code, name) for code, name in rows.values_list("code", "name")]
        asked = {one.code: _box(one, schools) for one in kind.fields.values()}
        last = {name: self.fields.pop(name) for name in ("reason", "version") if name in self.fields}
        self.fields |= asked | last

    @property
    def chosen_unit(self) -> Unit:
        return self._units[self.cleaned_data["unit"]]

    @property
    def typed(self) -> Mapping[str, str]:
        return {code: self.cleaned_data.get(code, "") for code in self.kind.fields}

    def refuse(self, refusal: Invalid) -> None:
        for problem in refusal.problems:
            self.add_error(problem.where, f"{problem.what}。{problem.do}")
        if not refusal.problems:
            self.add_error(None, refusal.message)


def _box(one: RegisterField, schools: list[tuple[str, str]]) -> forms.Field:
    """Plain: the action checks, the same as for a workbook."""
    options: dict[str, Any] = {
        "label": one.heading,
        "help_text": one.help,
        "required": one.required,
        "error_messages": {"required": f"“{one.label}”未填写。请填写。"},
    }
    if one.type == "choice":
        return forms.ChoiceField(choices=[("", "—"), *((word, word) for word in one.choices)], **options)
    if one.type == "school":
        return forms.ChoiceField(choices=schools, **options)
    if one.type == "lines":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **options)
    if one.type == "date":
        return forms.CharField(widget=DayInput, **options)
    if one.type in ("int", "decimal"):
        mode = "numeric" if one.type == "int" else "decimal"
        return forms.CharField(widget=forms.TextInput(attrs={"inputmode": mode}), **options)
    return forms.CharField(**options)


class RegisterFileForm(forms.Form):
    """What goes with a file behind an entry."""

    caption = forms.CharField(label="材料说明（可不填）", required=False, max_length=200)
    restricted = forms.BooleanField(
        label="含个人信息（名册、身份证号等）",
        required=False,
        help_text="勾选后，只有本单位和审核人员可以下载。",
    )
    public_reason = PublicReason()


class MilestoneForm(forms.Form):
    """A step that was reached, with a photo or paper of it."""

    state = forms.ChoiceField(label="节点")
    day = Day(label="日期", initial=timezone.localdate)
    note = forms.CharField(label="说明（可不填）", required=False, max_length=200)
    file = forms.FileField(label="照片或文件（可不填）", required=False, widget=forms.FileInput)
    public_reason = PublicReason()

    def __init__(self, *args: Any, kind: RegisterKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind.milestones:
            self.fields["state"].choices = [(one, one) for one in kind.milestones.state.choices]  # type: ignore[attr-defined]
        self.fields["file"].widget.attrs["accept"] = uploads.ACCEPT


class _OrderForm(FilterForm):
    shows = ("order",)


class RegisterFilter(ListFilter):
    """Which entries of a register to list; withdrawn ones only when asked for."""

    unit = WordsFilter(
        label="单位", names=["school__name__icontains", "department__name__icontains"], codes=["school__code"]
    )
    year = django_filters.ChoiceFilter(empty_label="不限")
    q = WordsFilter(label="内容", names=["words__icontains"], max_length=60)
    state = django_filters.ChoiceFilter(
        label="撤销的",
        choices=[("withdrawn", "只看已撤销"), ("all", "全部")],
        method="filter_state",
        empty_label="不看",
    )
    order = django_filters.ChoiceFilter(
        label="排列",
        choices=[("unit", "按单位"), ("changed", "最近修改的在前")],
        method="filter_order",
        empty_label="按年度",
    )

    class Meta:
        form = _OrderForm

    def __init__(self, *args: Any, kind: RegisterKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        year = self.filters["year"]
        year.label = kind.year_label
        year.extra["choices"] = [(one, kind.year_words(one)) for one in kind.years(timezone.localdate())]

    def filter_queryset(self, queryset: QuerySet[RegisterEntry]) -> QuerySet[RegisterEntry]:
        if "state" not in self.form.asked:
            queryset = queryset.filter(withdrawn_at=None)
        return super().filter_queryset(queryset)

    def filter_state(self, rows: QuerySet[RegisterEntry], name: str, value: str) -> QuerySet[RegisterEntry]:
        return rows.exclude(withdrawn_at=None) if value == "withdrawn" else rows

    def filter_order(self, rows: QuerySet[RegisterEntry], name: str, value: str) -> QuerySet[RegisterEntry]:
        return rows.order_by(*_ORDERS[value])
