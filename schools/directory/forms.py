"""Forms of the register."""

from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.lib.forms import Day, ListFilter, Number, SortFilter, WholeNumber, WordsFilter, ranked
from schools.access.scope import Perm, Request
from schools.directory import queries, workflow
from schools.directory.facts import (
    LABELS,
    NOT_YET,
    Fault,
    SchoolFacts,
    check_built_year,
    check_code,
    check_coordinates,
    check_name,
    check_opened_on,
)
from schools.directory.models import Area, Department, District, Group, InstitutionKind, School, Sponsor, Status
from schools.directory.workflow import MAX_REASON, Transition, Verb


def _checked(check: Callable[..., Any], *values: Any) -> Any:
    try:
        return check(*values)
    except Fault as fault:
        raise ValidationError(str(fault)) from fault


_ORDER = (
    "name",
    "district",
    "kind",
    "area",
    "sponsor",
    "boarding",
    "status",
    "built_year",
    "opened_on",
    "group",
    "township",
    "latitude",
    "longitude",
    "valid_from",
)


class TownshipField(forms.ModelChoiceField):
    """A township or street; abolished ones say so."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.name if obj.status == Department.Status.ACTIVE else f"{obj.name}（{obj.status}）"


class SchoolForm(forms.Form):
    """The facts of a school; district and group only within the person's scope."""

    name = forms.CharField(label=LABELS["name"], max_length=100)
    district = forms.ModelChoiceField(District.objects.none(), label="区县", to_field_name="code", empty_label=None)
    kind = forms.ChoiceField(label=LABELS["kind"], choices=InstitutionKind.choices)
    area = forms.ChoiceField(label=LABELS["area"], choices=Area.choices)
    sponsor = forms.TypedChoiceField(
        label=LABELS["sponsor"], coerce=int, choices=[(s.value, f"{s.value} {s.label}") for s in Sponsor]
    )
    boarding = forms.TypedChoiceField(
        label=LABELS["boarding"], coerce=lambda value: value == "是", choices=[("否", "否"), ("是", "是")]
    )
    built_year = WholeNumber(label=LABELS["built_year"], required=False, help_text="四位年份，不详请留空")
    opened_on = Day(
        label=LABELS["opened_on"],
        required=False,
        help_text="晚于某年度学年初基准日设立的学校，不计入那一年度；不详请留空，按建校年份计入",
    )
    group = forms.CharField(
        label=LABELS["group"],
        required=False,
        max_length=100,
        help_text="填写新名称即新建集团",
        widget=forms.TextInput(attrs={"list": "group-names", "autocomplete": "off"}),
    )
    township = TownshipField(
        Department.objects.none(),
        label=LABELS["township"],
        required=False,
        empty_label="（未登记）",
        help_text="部门名录中登记的乡镇、街道",
    )
    latitude = Number(label=LABELS["latitude"], required=False, help_text="十进制度数，如 34.797")
    longitude = Number(label=LABELS["longitude"], required=False, help_text="十进制度数，如 114.348")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["district"].queryset = queries.districts(by, Perm.SCHOOL_EDIT)  # type: ignore[attr-defined]
        self.fields["sponsor"].initial = Sponsor.COUNTY_EDUCATION
        places = queries.townships(self.fields["district"].queryset)  # type: ignore[attr-defined]
        self.fields["township"].queryset = places  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        return _checked(check_name, self.cleaned_data["name"])

    def clean_group(self) -> str:
        value = self.cleaned_data["group"]
        return _checked(check_name, value, "教育集团") if value else ""

    def clean_built_year(self) -> int | None:
        return _checked(check_built_year, self.cleaned_data["built_year"])

    def clean_opened_on(self) -> Any:
        return _checked(check_opened_on, self.cleaned_data["opened_on"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "latitude" in data and "longitude" in data:
            data["latitude"], data["longitude"] = _checked(check_coordinates, data["latitude"], data["longitude"])
        if (place := data.get("township")) and place.district != data.get("district"):
            self.add_error("township", f"{place}不在所选区县，请另选或选“（未登记）”。")
        return data

    def facts(self) -> SchoolFacts:
        data = {key: value for key, value in self.cleaned_data.items() if key in SchoolFacts.__slots__}
        township = data["township"].code if data["township"] else ""
        return SchoolFacts(**{**self.not_asked(), **data, "district": data["district"].code, "township": township})

    def not_asked(self) -> dict[str, Any]:
        return {}


class NewSchoolForm(SchoolForm):
    """A school not yet in the register."""

    code = forms.CharField(label="学校标识码", max_length=10, help_text="10 位数字，登记后不能修改")
    status = forms.ChoiceField(label=LABELS["status"], choices=Status.choices, initial=Status.OPEN)
    opened_on = Day(
        label=LABELS["opened_on"],
        initial=timezone.localdate,
        required=False,
        help_text="新办学校填批准设立的日期，从该日之后的学年初起计入；补登早已开办的学校请改为当时的日期或清空",
    )
    field_order = ("code", *_ORDER)

    def clean_code(self) -> str:
        return _checked(check_code, self.cleaned_data["code"].strip())


class EditSchoolForm(SchoolForm):
    """A registered school: with the day the change takes effect and the version the person saw."""

    valid_from = Day(
        label="变更生效日期",
        initial=timezone.localdate,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = _ORDER

    def __init__(self, *args: Any, school: School, by: User, **kwargs: Any) -> None:
        super().__init__(*args, by=by, initial=initial(school), **kwargs)
        self.school = school

    def not_asked(self) -> dict[str, Any]:
        facts = SchoolFacts.of(self.school)
        return {"status": facts.status, "successor": facts.successor}

    def clean_valid_from(self) -> Any:
        day = self.cleaned_data["valid_from"]
        if day > timezone.localdate():
            raise ValidationError(NOT_YET)
        return day


def initial(school: School) -> dict[str, Any]:
    values = SchoolFacts.of(school).as_values()
    own = {"boarding": "是" if school.boarding else "否", "township": school.township_id, "version": school.version}
    return {**values, **own}


class DistrictForm(forms.Form):
    """What an admin may set of a district."""

    issuer = forms.CharField(label="落款单位", max_length=60, required=False)

    def clean_issuer(self) -> str:
        value = self.cleaned_data["issuer"]
        return _checked(check_name, value, "落款单位", 60) if value.strip() else ""


class SchoolFilter(ListFilter):
    """Which schools to list."""

    q = WordsFilter(label="名称或标识码", names=["name__icontains"], codes=["code__startswith"])
    kind = django_filters.ChoiceFilter(label="学校类型", choices=InstitutionKind.choices)
    area = django_filters.ChoiceFilter(label="城乡类型", choices=Area.choices)
    status = django_filters.ChoiceFilter(label="办学状态", choices=Status.choices)
    group = django_filters.ModelChoiceFilter(label="教育集团", queryset=Group.objects.none())
    township = django_filters.ModelChoiceFilter(label="乡镇、街道", queryset=Department.objects.none())
    district = django_filters.ModelChoiceFilter(label="区县", queryset=District.objects.none(), to_field_name="code")
    sort = SortFilter(
        name=("name",),
        code=("code",),
        kind=(ranked("kind", InstitutionKind.values), "code"),
        area=(ranked("area", Area.values), "code"),
        sponsor=("sponsor", "code"),
        group=("group__name", "code"),
        status=(ranked("status", Status.values), "code"),
    )

    def __init__(self, data: Any, *, request: Request, queryset: "QuerySet[School]") -> None:
        super().__init__(data, queryset=queryset, request=request)
        user = request.user
        self.filters["group"].queryset = queries.groups(user)
        districts = queries.districts(user, Perm.SCHOOL_VIEW)
        self.filters["district"].queryset = districts
        self.filters["township"].queryset = queries.townships(districts)
        if len(districts) < 2:
            del self.filters["district"]


_DAY_HELP = {
    Verb.MERGE: "从这一天起学校停办。学年初基准日在这一天之前的年度仍按原来的学校计入",
    Verb.CLOSE: "从这一天起学校停办。学年初基准日在这一天之前的年度仍计入",
    Verb.REOPEN: "从这一天起学校重新办学，学年初基准日在这一天或以后的年度重新计入",
}

# Asked where the pupils go to, or come from, other schools than a successor.
_SCATTERED = ("receivers", "elsewhere", "visited")


class TransitionForm(forms.Form):
    """Day, successor, reason and what happens to everything."""

    day = Day(
        label="日期",
        initial=timezone.localdate,
    )
    successor = forms.ModelChoiceField(
        School.objects.none(),
        label="并入学校",
        to_field_name="code",
        empty_label="请选择",
    )
    reason = forms.CharField(
        label="原因",
        max_length=MAX_REASON,
        help_text="例如批准文件的文号，记入变更记录",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, verb: Verb, school: School, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verb, self.school = verb, school
        self.fields["day"].label, self.fields["day"].help_text = f"{verb}日期", _DAY_HELP[verb]
        self.fields["reason"].label = f"{verb}的原因"
        others = queries.schools(by, Perm.SCHOOL_EDIT).filter(district=school.district_id, status=Status.OPEN)
        if verb == Verb.MERGE:
            self.fields["successor"].queryset = others.exclude(pk=school.pk)  # type: ignore[attr-defined]
            if school.closed_on:
                self.fields["day"].initial = school.closed_on
        else:
            del self.fields["successor"]
        has_successor = verb == Verb.MERGE or school.successor is not None
        self.topics = workflow.options(verb, has_successor)
        for topic, choices in self.topics.items():
            self.fields[topic] = forms.ChoiceField(
                label=workflow.TOPICS[topic],
                choices=list(choices.items()),
                widget=forms.RadioSelect,
                initial=next(iter(choices)),
            )
        self._ask_receivers(others.exclude(pk=school.pk))

    @property
    def main(self) -> list[BoundField]:
        return [field for field in self if field.name not in _SCATTERED]

    @property
    def rest(self) -> list[BoundField]:
        return [self[name] for name in _SCATTERED[1:] if name in self.fields]

    @property
    def shows_receivers(self) -> bool:
        return (self["pupils"].value() if "pupils" in self.fields else "elsewhere") == "elsewhere"

    def transition(self) -> Transition:
        data = self.cleaned_data
        successor = data["successor"] if self.verb == Verb.MERGE else self.school.successor
        decisions = {topic: data[topic] for topic in self.topics}
        # A school that was merged into none has nothing to decide: its pupils come from wherever they are.
        scattered = decisions.get("pupils", "elsewhere") == "elsewhere"
        receivers = tuple(data["receivers"]) if scattered else ()
        elsewhere = data.get("elsewhere", "") if scattered and not receivers else ""
        visited = data.get("visited") or successor or next(iter(receivers), None)
        return Transition(
            self.verb,
            self.school,
            data["day"],
            successor,
            data["reason"],
            decisions,
            receivers,
            elsewhere,
            visited if decisions.get("visits") == "move" else None,
        )

    def _ask_receivers(self, others: QuerySet[School]) -> None:
        """Where the pupils go or come from, if not to a successor; and where planned visits go."""
        again = self.verb == Verb.REOPEN
        self.fields["receivers"] = forms.ModelMultipleChoiceField(
            others,
            label="学生从哪些学校转回" if again else "接收学生的学校",
            required=False,
            to_field_name="code",
            help_text="可选多所；它们已交的填报将退回重填学生数",
            widget=forms.CheckboxSelectMultiple,
        )
        if again:
            return
        self.fields["elsewhere"] = forms.CharField(
            label="没有本区学校接收的，学生的去向",
            max_length=MAX_REASON,
            required=False,
            help_text="例如转到外区县的学校；选了接收学校的不填",
        )
        if self.verb == Verb.CLOSE:
            self.fields["visited"] = forms.ModelChoiceField(
                others,
                label="督导改到哪所接收学校",
                to_field_name="code",
                required=False,
                empty_label="第一所接收学校",
                help_text="“已安排的督导”选“改到接收学校”时用",
            )
