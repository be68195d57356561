"""Patterns across schools: each rule on a handful of made-up claims, and the page."""

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from indicators.collection.reviews import pattern_queries as patterns, points
from indicators.collection.reviews.pattern_queries import SchoolClaims
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import Live, LiveIndicator, LivePart, Value
from tests.indicators.collection.reviews.test_actions import hand_in
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.submissions.test_evidence import attach

RULES = points.limits()
ITEMS: Any = {
    code: SimpleNamespace(label=f"项目{code}", unit="人")
    for code in ("a", "b", "c", "d", "e", "f", "words", "more", "third")
}


def school(
    number: int, *, above: str = "", spare: str = "9", figures: Any = None, last: Any = None, **texts: str
) -> SchoolClaims:
    shown = None
    if above:
        judged = [
            LiveIndicator(
                code,
                "",
                "",
                "人",
                "4.2",
                "4.2",
                "",
                "",
                False,
                "",
                "",
                "",
                (),
                exact=Fraction(1),
                above=Fraction(above),
                spare=Fraction(spare),
            )
            for code in ("A1", "A2", "A3")
        ]
        shown = Live("", (LivePart("primary", "小学", 1, None, "", tuple(judged)),))
    now = {code: Decimal(value) for code, value in (figures or {}).items()}
    before = {code: Decimal(value) for code, value in (last or {}).items()}
    return SchoolClaims(number, f"第{number}小学", now, texts, before, texts if last == {} else {}, shown)


@pytest.mark.parametrize(("near", "missed", "count"), [(4, 0, 3), (3, 0, 0), (4, 1, 3), (4, 2, 0)])
def test_bunching_needs_many_just_above_and_few_just_below(near, missed, count) -> None:
    claims = [school(n, above="1") for n in range(near)] + [school(9 + n, above="-1") for n in range(missed)]
    assert len(list(patterns.bunching(claims, RULES))) == count


@pytest.mark.parametrize(("spare", "is_tight"), [("0", True), ("0.9", True), ("1", False), ("-0.1", False)])
def test_sums_that_only_just_fit(spare, is_tight) -> None:
    assert bool(list(patterns.fitting([school(1, above="1", spare=spare)], RULES))) is is_tight


def test_round_figures_last_digits_and_repeats_need_many_figures_and_a_majority() -> None:
    even = dict(zip("abcde", [1000, 1500, 2000, 2500, 3001], strict=True))
    assert (
        "5 个数里 4 个，如项目a 1000"
        in next(patterns.rounded(ITEMS, [school(1, figures=even)], RULES)).mentions[0].words
    )
    assert not list(patterns.rounded(ITEMS, [school(1, figures=even | {"b": 1501, "c": 2001})], RULES))
    assert not list(patterns.rounded(ITEMS, [school(1, figures={"a": 1000, "b": 1500})], RULES))
    digits = {str(n): 10 * n for n in range(1, 14)} | {f"x{n}": 11 + n * 10 for n in range(8)}
    assert next(patterns.last_digits([school(1, figures=digits)], RULES)).mentions[0].words == "21 个数里 13 个"
    assert not list(patterns.last_digits([school(1, figures=digits | {f"y{n}": 12 + n * 10 for n in range(2)})], RULES))
    same = dict(zip("abcdef", range(20, 26), strict=True))
    assert (
        "6 个数里 5 个"
        in next(patterns.repeated(ITEMS, [school(1, figures=same, last=same | {"a": 1})], RULES)).mentions[0].words
    )
    assert not list(patterns.repeated(ITEMS, [school(1, figures=same, last=same | dict.fromkeys("abc", 1))], RULES))


def test_texts_of_several_schools_and_of_last_year() -> None:
    long = "学校结合实际制定方案，分年级组织实施，落实到班级和教师，定期检查总结。"
    found = list(
        patterns.same_texts(ITEMS, [school(1, words=long), school(2, words=f" {long}\n"), school(3, words="短")], RULES)
    )
    assert [(p.kind, [m.name for m in p.mentions]) for p in found] == [("texts", ["第1小学", "第2小学"])]
    again = school(1, last={}, words=long, more=f"{long}一", third=f"{long}二")
    assert [p.mentions[0].words for p in patterns.same_texts(ITEMS, [again], RULES)] == [
        "项目words、项目more、项目third"
    ]


def test_the_page_names_what_was_found_with_links_and_no_school_sees_it(
    sign_in, cast, django_assert_max_num_queries
) -> None:
    round_ = opened(cast)
    for school_, reporter in ((cast.school_a, cast.reporter_a), (cast.school_b, cast.reporter_b)):
        attach(Submission.objects.get(round=round_, school=school_), reporter)
    row = hand_in(cast, round_, pupils_primary=600)
    other = Submission.objects.get(round=round_, school=cast.school_b)
    submissions.save(submission_id=other.pk, values={"pupils_junior": Value(700)}, by=cast.reporter_b)
    submissions.submit(submission_id=other.pk, by=cast.admin, partial=True)
    client = sign_in(cast.leader)
    client.get("/")
    with django_assert_max_num_queries(25):
        text = client.get(reverse("reviews:patterns")).content.decode()
    assert "2 个单位用的是同一个文件" in text
    assert reverse("reviews:review", args=[row.pk]) in text
    assert "不是结论" in text
    for who in (cast.reporter_a, cast.principal_a, cast.expert):
        assert sign_in(who).get(reverse("reviews:patterns")).status_code == 403
