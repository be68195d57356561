"""The standard's pages: all indicators and vetoes, each with its clause, formula and example."""

import pytest
from django.urls import reverse

from indicators.standard.standards import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def spec():
    return queries.load_spec(queries.current())


def test_the_list_names_every_indicator_and_veto(cast, spec, sign_in):
    html = sign_in(cast.reporter_a).get(reverse("standards:list")).content.decode()
    groups = queries.groups(spec)
    assert [group.name for group in groups] == ["资源配置", "政府保障程度", "教育质量", "社会认可度"]
    assert [entry.indicator for group in groups for entry in group.entries] == list(spec.indicators)
    for rule in (*spec.indicators, *spec.vetoes):
        assert rule.name in html
    assert "小学 ≥ 4.2 人；初中 ≥ 5.3 人" in html


def test_every_rule_has_a_page_with_its_clause(cast, spec, sign_in):
    client = sign_in(cast.liaison)
    for rule in (*spec.indicators, *spec.vetoes):
        html = client.get(reverse("standards:indicator", args=[rule.code])).content.decode()
        assert rule.clause in html
        assert rule.definition in html


def test_what_has_no_threshold_shows_its_limits_in_words(cast, spec, sign_in):
    client = sign_in(cast.reporter_a)
    demand = "音乐教室每间不小于 96 ㎡，美术教室每间不小于 90 ㎡"
    listed = client.get(reverse("standards:list")).content.decode()
    assert demand in listed
    assert "× 10000，不低于 6000 元" in listed
    assert demand in client.get(reverse("standards:indicator", args=["B3"])).content.decode()
    assert all(entry.limits or entry.demands for group in queries.groups(spec) for entry in group.entries)


def test_the_page_of_a4_subtracts_the_gym_and_splits(spec):
    page = queries.page(spec, "A4")
    assert page.formulas[0].words == "（教学及辅助用房面积－室内体育用房面积） × 本学段拆分比例 ÷ 本学段在校生数"
    assert [label for label, _ in page.examples] == ["小学部", "初中部"]
    assert all(example.state == "reached" for _, example in page.examples)


def test_a1_counts_associate_degrees_only_for_primary(spec):
    primary, junior = queries.page(spec, "A1").formulas
    assert "专科学历专任教师" in primary.words
    assert "专科学历" not in junior.words


def test_every_worked_example_can_be_computed(spec):
    for indicator in spec.resources:
        assert all(example.state != "unknown" for _, example in queries.page(spec, indicator.code).examples)


def test_unknown_codes_and_versions_are_not_found(cast, sign_in):
    client = sign_in(cast.reporter_a)
    assert client.get(reverse("standards:indicator", args=["Z9"])).status_code == 404
    assert client.get(reverse("standards:list") + "?version=x·y").status_code == 404
    client.get(reverse("standards:list"))
    assert client.get(reverse("standards:list") + "?version=national-2017·1").status_code == 200


def test_an_indicator_of_another_version_is_found_from_the_page_that_lacks_it(cast, sign_in):
    client = sign_in(cast.reporter_a)
    queries.current()
    other = next(
        (row, veto.code)
        for row in queries.known()
        for veto in queries.load_spec(row).vetoes
        if not queries.veto(queries.load_spec(queries.current()), veto.code)
    )
    page = client.get(reverse("standards:indicator", args=[other[1]]))
    assert page.status_code == 404
    assert other[0].name in page.text
    assert f"里没有指标 {other[1]}" in page.text
    assert page.context["offer"].label in page.text
    assert client.get(page.context["offer"].url).status_code == 200
    nowhere = client.get(reverse("standards:indicator", args=["Z9"]))
    assert "各版标准里都没有" in nowhere.text
    assert nowhere.context["offer"] is None


def test_the_pages_ask_for_sign_in(client):
    assert client.get(reverse("standards:list")).status_code == 302


def test_the_list_takes_few_queries(cast, sign_in, django_assert_max_num_queries):
    queries.current()
    client = sign_in(cast.reporter_a)
    with django_assert_max_num_queries(10):
        client.get(reverse("standards:list"))
