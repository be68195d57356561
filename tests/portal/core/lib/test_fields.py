"""Numbers and days in forms are read like those in workbooks; words find names however either is dressed."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.http import HttpResponse
from django.test import RequestFactory

from portal.core.lib import fields, written
from portal.core.lib.middleware import PlainRequestMiddleware


def test_numbers_and_days_are_read_however_they_are_dressed() -> None:
    assert fields.WholeNumber().clean("１，９９８\u200b") == 1998
    assert fields.Number().clean("\u202d３４．７９７\u202c") == Decimal("34.797")
    assert fields.Day().clean("２０２６年３月２１日") == date(2026, 3, 21)
    assert fields.WholeNumber(required=False).clean(" ") is None


@pytest.mark.parametrize(
    ("field", "typed"), [(fields.WholeNumber, "12人"), (fields.Number, "5²"), (fields.Day, "上周")]
)
def test_what_is_none_is_refused_by_the_field(field, typed) -> None:
    with pytest.raises(forms.ValidationError):
        field().clean(typed)


def test_a_posted_text_loses_control_characters_and_keeps_its_lines() -> None:
    request = RequestFactory().post("/", {"note": "一\x00二\v三\r\n四", "plain": "五"})
    assert PlainRequestMiddleware(lambda _: HttpResponse()).process_view(request) is None
    assert request.POST.dict() == {"note": "一二\n三\n四", "plain": "五"}


@pytest.mark.parametrize("sought", ["⻰亭", "龙\u200b亭", "\u00a0龙亭区(南) ", "龙亭区（南）", ""])
def test_words_are_found_however_they_are_dressed(sought) -> None:
    assert written.is_within(sought, "龙亭区（南）")
    assert not sought or not written.is_within(sought, "鼓楼区")
