"""The page: values in its address, messages next to the field, the published example when there are none."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from indicators.standard.standards import queries as standards
from indicators.standard.teaching import forms

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(cast, sign_in):
    """Open the page with these values."""
    client = sign_in(cast.reporter_a)

    def open_with(**values):
        response = client.get(f"{reverse('teaching:coefficient')}?{urlencode(values)}")
        assert response.status_code == 200
        return response.context["form"], response.content.decode()

    return open_with


def two(**changes):
    """An address with two schools."""
    return {
        "stage": "primary",
        "indicator": "A4",
        "pupils1": "100",
        "amount1": "400",
        "pupils2": "300",
        "amount2": "2100",
    } | changes


def test_without_values_the_published_example_stands_there_worked_out(page):
    _, html = page()
    assert 'value="935"' in html
    assert "0.515" in html
    assert "结论相反，不能用" in html


def test_a_word_of_another_page_in_the_address_is_no_input(page):
    form, _ = page(utm="x")
    assert form.is_valid()


@pytest.mark.parametrize("example", forms.EXAMPLES, ids=lambda example: example.title)
def test_every_example_opens_worked_out_and_is_linked(page, example):
    form, html = page(**example.values)
    assert form.is_valid()
    assert "并排计算" in html
    assert example.query.replace("&", "&amp;") in html


def test_blank_rows_are_left_out_and_names_are_optional(page):
    form, html = page(**two(name2="  ", pupils5="", amount5=" "))
    assert [school.name for school in form.schools] == ["学校1", "学校2"]
    assert "2500 ÷ 400" in html


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"pupils1": "一百"}, "pupils1", "应填数字，填的是“一百”"),
        ({"pupils1": "1e2"}, "pupils1", "科学记数法"),
        ({"pupils1": "12.5"}, "pupils1", "整数"),
        ({"pupils1": "0"}, "pupils1", "应大于 0"),
        ({"amount2": "-3"}, "amount2", "不能是负数"),
        ({"amount2": "1_000"}, "amount2", "应填数字"),
        ({"amount2": ""}, "amount2", "没有填资源总量：没有填不等于 0"),
        ({"pupils3": "5"}, "amount3", "没有填资源总量"),
        ({"name3": "丙"}, "pupils3", "没有填在校生数"),
        ({"name1": "校" * 31}, "name1", "30"),
        ({"stage": "senior"}, "stage", "senior"),
        ({"indicator": "B1"}, "indicator", "B1"),
    ],
)
def test_bad_input_is_refused_next_to_its_field(page, changes, field, message):
    form, html = page(**two(**changes))
    assert message in "；".join(form.errors[field])
    assert f'aria-describedby="id_{field}-error"' in html
    assert "还不能计算" in html


def test_zero_is_a_figure_and_full_width_digits_are_digits(page):
    form, html = page(**two(amount1="0", pupils2="３００"))
    assert form.is_valid()
    assert "0 ÷ 100 ＝ 0.00" in html


def test_one_school_is_too_few(page):
    form, html = page(stage="primary", indicator="A4", pupils1="100", amount1="400")
    assert not form.is_valid()
    assert "至少填两所学校" in html


def test_names_are_escaped(page):
    _, html = page(**two(name1="<b>甲</b>"))
    assert "<b>甲" not in html
    assert "&lt;b&gt;甲" in html


def test_the_page_takes_few_queries(cast, sign_in, django_assert_max_num_queries):
    standards.current()
    client = sign_in(cast.reporter_a)
    with django_assert_max_num_queries(10):
        client.get(reverse("teaching:coefficient"))
