"""Forms of accounts and roles; places offered are those the person may give roles over."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from portal.core.accounts import queries as people
from portal.core.accounts.forms import LoginNameField
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.lib.forms import Day, ListFilter, SortFilter, WordsFilter
from schools.access.models import Membership
from schools.access.permissions import ROLE_CHOICES, ROLES, where_given
from schools.access.scope import Perm
from schools.accounts import queries


class PlaceField(forms.ChoiceField):
    """One district, school or department of those given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="单位", **kwargs)
        self.rows: dict[str, queries.Place] = {}

    def offer(self, places: dict[str, list[queries.Place]]) -> None:
        choices: list[tuple[str, list[tuple[str, str]]]] = []
        for label, rows in places.items():
            keys = [(f"{row._meta.model_name}-{row.pk}", row) for row in rows]
            self.rows |= dict(keys)
            choices.append((label, [(key, str(row)) for key, row in keys]))
        self.choices = [("", "请选择"), *((label, group) for label, group in choices if group)]

    def clean(self, value: Any) -> queries.Place:
        return self.rows[super().clean(value)]


class RoleForm(forms.Form):
    """A role, its place and its days."""

    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *ROLE_CHOICES])
    place = PlaceField(help_text=where_given())
    valid_from = Day(label="生效日期", initial=timezone.localdate)
    valid_until = Day(label="失效日期", required=False, help_text="含当日；长期有效请留空，复核专家须填写")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].offer(queries.places(by))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") == "expert" and not data.get("valid_until"):
            self.add_error("valid_until", "复核专家是限期授权，请填写失效日期。")
        place, role = data.get("place"), data.get("role")
        if place and role and not queries.kinds_of(place) & ROLES[role].reach:
            self.add_error("place", f"“{ROLES[role].name}”不能授予“{place}”这一类单位，请另选。")
        return data


class PersonForm(forms.Form):
    """A person's name, telephone and office."""

    name = forms.CharField(label="姓名", max_length=50)
    phone = forms.CharField(label="联系电话", max_length=20, required=False, help_text="只在账号页面显示")
    office = forms.CharField(
        label="科室",
        max_length=30,
        required=False,
        help_text="教育局的人员填写，如“督导室”。教育局本级的问题，整改和核查不能在同一科室",
    )

    def clean_name(self) -> str:
        return _checked(people.checked_name, self.cleaned_data["name"])

    def clean_phone(self) -> str:
        return _checked(people.checked_phone, self.cleaned_data["phone"].strip())


class NewAccountForm(PersonForm, RoleForm):
    """A new account with its first role."""

    username = LoginNameField(
        label="工作账号",
        max_length=50,
        help_text="3–50 位字母、数字或 . _ - @，不区分大小写；登记后不能修改",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["username", "name", "phone", "office", "role", "place", "valid_until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["valid_from"]

    def clean_username(self) -> str:
        return _checked(people.checked_username, self.cleaned_data["username"])


def _checked(check: Any, value: str) -> str:
    try:
        return check(value)
    except Invalid as error:
        raise ValidationError(error.message) from error


class AccountFilter(ListFilter):
    """Which accounts to list."""

    q = WordsFilter(label="姓名或账号", names=["name__icontains", "username__icontains"])
    role = django_filters.ChoiceFilter(label="角色", choices=ROLE_CHOICES, method="holding")
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("1", "启用"), ("0", "停用"), ("unused", f"启用，{queries.UNUSED_DAYS} 天未登录")],
        method="in_state",
    )
    sort = SortFilter(name=("name",), username=("username",), login=("last_login",), state=("is_active", "name"))

    def holding(self, queryset: "QuerySet[User]", name: str, value: str) -> "QuerySet[User]":
        rows = Membership.objects.in_force().filter(queries.within(self.request.user, Perm.ACCOUNT_VIEW), role=value)
        return queryset.filter(pk__in=rows.values("user"))

    def in_state(self, queryset: "QuerySet[User]", name: str, value: str) -> "QuerySet[User]":
        if value == "unused":
            return queryset.filter(queries.unused())
        return queryset.filter(is_active=value == "1")
