"""Numbers and days in forms are read like those in workbooks; words find names however either is dressed."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.http import HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from portal.core.lib import written
from portal.core.lib.forms import Day, FilterForm, Number, WholeNumber
from portal.core.lib.middleware import PlainRequestMiddleware


def test_numbers_and_days_are_read_however_they_are_dressed() -> None:
    assert WholeNumber().clean("１，９９８\u200b") == 1998
    assert Number().clean("\u202d３４．７９７\u202c") == Decimal("34.797")
    assert Day().clean("２０２６年３月２１日") == date(2026, 3, 21)
    assert WholeNumber(required=False).clean(" ") is None


@pytest.mark.parametrize(("field", "typed"), [(WholeNumber, "12人"), (Number, "5²"), (Day, "上周")])
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


LISTS = (
    "accounts:list",
    "directory:list",
    "duties:list",
    "escalation:list",
    "letters:list",
    "rectification:list",
    "relaxations:list",
    "reports:list",
    "visits:list",
)


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_every_head_that_sorts_sorts(name: str, cast, sign_in) -> None:
    """Each order of each list is asked of the database, both ways."""
    client = sign_in(cast.admin)
    orders = client.get(reverse(name)).context["filter"].filters["sort"].orders
    assert orders
    for word in orders:
        for sort in (word, f"-{word}"):
            listed = client.get(reverse(name), {"sort": sort})
            assert listed.context["filter"].form.asked == {"sort": sort}


class _Filter(FilterForm):
    round = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(label="名称", required=False, max_length=5)
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "全部"), ("a", "小学")])
    since = Day(label="从", required=False)
    late = forms.BooleanField(label="只看逾期", required=False)


def test_a_filter_says_what_is_chosen_and_leads_to_the_list_without_it() -> None:
    form = _Filter(QueryDict("round=7&q=龙亭&kind=a&since=2026-3-1&late=true&page=3"))
    assert form.described() == "名称“龙亭”、类型“小学”、从“2026年3月1日”、只看逾期"
    left = [QueryDict(one.without).dict() for one in form.chosen]
    whole = {"round": "7", "q": "龙亭", "kind": "a", "since": "2026-3-1", "late": "true"}
    assert left == [{name: value for name, value in whole.items() if name != gone} for gone in list(whole)[1:]]


def test_what_cannot_be_chosen_narrows_nothing_and_is_refused_next_to_its_field(rf: RequestFactory) -> None:
    form = _Filter(QueryDict("q=一二三四五六&kind=zz&since=上周&late=true"))
    assert form.asked == {"late": True}
    assert set(form.errors) == {"q", "kind", "since"}
    page = render_to_string("_components/filters.html", {"form": form}, rf.get("/schools/"))
    assert [page.count(f'id="filter-{name}-bad"') for name in ("q", "kind", "since", "late")] == [1, 1, 1, 0]
    assert page.count("没有按它筛选") == 3
    assert "“zz”" in page
    assert _Filter().asked == {}
