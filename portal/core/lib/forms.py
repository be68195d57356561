"""Form fields for what people write or paste, numbers and days in every usual way; and the filters of lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

import django_filters
from django import forms
from django.core.validators import EMPTY_VALUES
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import NullIf
from django.http import QueryDict

from portal.core.lib import dates, written

R = TypeVar("R")


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


@dataclass(frozen=True, slots=True)
class Chosen:
    """One thing a list is narrowed to, in words, and the query string of the list without it."""

    label: str
    value: str
    without: str

    def __str__(self) -> str:
        return f"{self.label}“{self.value}”" if self.value else self.label


class FilterForm(forms.Form):
    """The filters of a list, in its address: a value that cannot be is refused next to its field and narrows nothing."""

    # Fields that say what is shown or in what order, not which rows.
    shows: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages |= {
                "invalid_choice": "没有“%(value)s”这一项，没有按它筛选。请从列表中选择。",
                "max_length": "最多 %(limit_value)d 个字，没有按它筛选。",
            }
            if isinstance(field, forms.DateField):
                field.error_messages["invalid"] = "看不懂这个日期，没有按它筛选。请写成 2026-03-31 这样。"

    @cached_property
    def asked(self) -> dict[str, Any]:
        self.is_valid()
        values = getattr(self, "cleaned_data", {}).items()
        return {name: value for name, value in values if value not in EMPTY_VALUES and value is not False}

    @property
    def ordering(self) -> str:
        """The order asked for in the address; "" for the list's own."""
        return str(self.asked.get("sort", ""))

    @property
    def chosen(self) -> list[Chosen]:
        found = []
        for name, value in self.asked.items():
            field = self.fields[name]
            if name in self.shows or field.widget.is_hidden:
                continue
            if isinstance(field, forms.ModelChoiceField):
                said = field.label_from_instance(value)
            elif isinstance(value, date):
                said = dates.day(value)
            else:
                said = "" if value is True else str(dict(getattr(field, "choices", ())).get(value, value))
            left = QueryDict(mutable=True)
            left.update(self.data)
            # Another list begins at its first page.
            for gone in (name, "page", "before"):
                left.pop(gone, None)
            found.append(Chosen(str(field.label), said, left.urlencode()))
        return found

    def described(self) -> str:
        """For exports; "" when nothing is narrowed."""
        return "、".join(map(str, self.chosen))


class RowFilter(FilterForm):
    """Of a list that is calculated: which of its rows are shown."""

    def fits(self, row: Any) -> bool:
        raise NotImplementedError

    def apply(self, rows: Iterable[R]) -> list[R]:
        return [row for row in rows if self.fits(row)]


class ListFilter(django_filters.FilterSet):
    """Narrows a queryset by what its address asks; a list that is calculated has a RowFilter."""

    class Meta:
        form = FilterForm

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for name, value in self.form.asked.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset


def ranked(field: str, codes: Sequence[str]) -> Case:
    """Orders by place among `codes`."""
    return Case(*(When(**{field: code}, then=place) for place, code in enumerate(codes)))


def said(field: str) -> NullIf:
    """Orders "" as blank."""
    return NullIf(F(field), Value(""))


class SortFilter(django_filters.ChoiceFilter):
    """The order of a list, chosen by its heads: a word for some fields, "-word" for the other way; blank ones last."""

    def __init__(self, **orders: tuple[str | Case | NullIf, ...]) -> None:
        words = [word for name in orders for word in (name, f"-{name}")]
        super().__init__(choices=[(word, word) for word in words], widget=forms.HiddenInput)
        self.orders = orders

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        fields = self.orders[value.removeprefix("-")]
        read = [F(field) if isinstance(field, str) else field for field in fields]
        if value.startswith("-"):
            return qs.order_by(*(field.desc(nulls_last=True) for field in read), "-pk")
        return qs.order_by(*(field.asc(nulls_last=True) for field in read), "pk")


class TickFilter(django_filters.BooleanFilter):
    """Narrows when ticked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxInput, **kwargs)


class WordsFilter(django_filters.CharFilter):
    """Finds what is called or numbered so; `names` and `codes` as for `matching`."""

    def __init__(self, *, names: Sequence[str], codes: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names, self.codes = names, codes

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(matching(value, names=self.names, codes=self.codes))
