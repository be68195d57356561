"""Form fields for what people write or paste: numbers and days in every usual way, words to search by."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from portal.core.lib import written


def _plain(value: Any) -> Any:
    """What is no number stays as typed, for Django's own message."""
    if not isinstance(value, str) or not value:
        return value
    try:
        return str(written.number(value)) if written.bare(value) else ""
    except ValueError:
        return value


class PublicReason(forms.CharField):
    """Why mobile numbers in the files of a form may be read by everybody who sees them."""

    def __init__(self) -> None:
        super().__init__(label="材料里的手机号公开的原因（没有手机号不填）", required=False, max_length=200)


class WholeNumber(forms.IntegerField):
    """A whole number; a box of text, because a browser's box for numbers drops what it cannot read."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})

    def to_python(self, value: Any) -> int | None:
        return super().to_python(_plain(value))


class Number(forms.DecimalField):
    """A number with decimals, in a box of text like WholeNumber."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(_plain(value))


class DayInput(forms.DateInput):
    """The browser's own day picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class Day(forms.DateField):
    """A day; browsers without a picker send whatever was typed."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            try:
                return written.day(value)
            except ValueError:
                pass
        return super().to_python(value)


def matching(text: str, *, names: Sequence[str], codes: Sequence[str] = ()) -> Q:
    """Lookups such as "school__name__icontains"; blank finds all."""
    found = Q()
    for spelling in written.spellings(text):
        for lookup in names:
            found |= Q(**{lookup: spelling})
    if code := written.digits(text):
        for lookup in codes:
            found |= Q(**{lookup: code})
    return found


class NameFilter(django_filters.CharFilter):
    """Finds a name by a part of it."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(matching(value, names=[f"{self.field_name}__icontains"])) if value else qs
