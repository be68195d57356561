"""The published worked examples and one district worked out by hand."""

from decimal import Decimal
from fractions import Fraction
from statistics import pstdev

import pytest

from indicators.standard.engine import SchoolData, scope
from indicators.standard.engine.numbers import printed
from tests.indicators.standard.engine.builders import answers, case, figures, judge

BOOKS = case("cv-books")
HAND = case("district-constructed")


def books_district(spec):
    """The published books stand in for rooms: the coefficient has no unit."""
    rows = BOOKS["inputs"]["schools"]
    changes = ({"pupils_primary": row["pupils"], "multimedia_rooms": row["books"]} for row in rows)
    schools = [
        SchoolData(f"{n:010d}", f"小学{n}", "小学", answers=answers(figures() | change))
        for n, change in enumerate(changes)
    ]
    return judge(spec, *schools).coefficients["primary"]["A7"]


def test_books_coefficient_is_weighted_by_pupils(spec):
    coefficient = books_district(spec)
    assert printed(coefficient.cv, 2) == BOOKS["published"]["cv"]
    assert printed(coefficient.cv, 3) == "0.515"
    assert printed(coefficient.sd / 100, 2) == BOOKS["published"]["sd"]
    assert coefficient.passes is False


def test_books_mean_is_of_totals_not_of_ratios(spec):
    mean = books_district(spec).mean / 100
    assert mean == Fraction(BOOKS["published"]["total_books"], BOOKS["published"]["total_pupils"])
    assert printed(mean, 2) == BOOKS["published"]["county_mean"]


def test_the_unweighted_coefficient_would_have_passed(spec):
    ratios = [row["books"] / row["pupils"] for row in BOOKS["inputs"]["schools"]]
    naive = pstdev(ratios) / (sum(ratios) / len(ratios))
    assert f"{naive:.3f}" == "0.489"
    assert naive < 0.50 < float(books_district(spec).cv)


def test_books_contributions_are_the_published_terms(spec):
    terms = [Decimal(row["published_term"]) for row in BOOKS["inputs"]["schools"]]
    contributions = books_district(spec).contributions
    for contribution, term in zip(contributions, terms, strict=True):
        published = term / Decimal(BOOKS["published"]["sum_of_terms"])
        assert abs(contribution.share - published) < Decimal("0.003")
    assert abs(sum(c.share for c in contributions) - 1) < Decimal("1e-50")


def test_nine_year_split_is_exact():
    source = case("split-nine-year")["inputs"]
    pupils = {"primary": source["primary_pupils"], "junior": source["junior_pupils"]}
    weights = {"primary": Fraction(1), "junior": Fraction("1.1")}
    shares = {s: scope.split_share(weights, pupils, s) * source["total_books"] for s in pupils}
    assert printed(shares["primary"], 2) == "9711.63"
    assert printed(shares["junior"], 2) == "13514.37"
    assert sum(shares.values()) == source["total_books"]


@pytest.mark.parametrize("row", case("splits-constructed")["items"], ids=lambda row: row["type"])
def test_constructed_splits(spec, row):
    pupils = {stage: row[stage] for stage in ("primary", "junior", "senior") if stage in row}
    weights = scope.split_weights(spec, pupils)
    for stage in pupils:
        share = scope.split_share(weights, pupils, stage) * Fraction(row["total"])
        assert share == Fraction(row[f"{stage}_share"])


@pytest.fixture(scope="module")
def hand(spec):
    return judge(
        spec,
        *(SchoolData(s["code"], s["name"], s["kind"], answers=answers(s["answers"])) for s in HAND["schools"]),
    )


@pytest.mark.parametrize("key", HAND["expected"])
def test_district_worked_out_by_hand(hand, key):
    part = next(p for p in hand.parts if f"{p.school.code}/{p.stage}" == key)
    expected = dict(HAND["expected"][key])
    assert part.passes is expected.pop("passes")
    for code, wanted in expected.items():
        result = part.indicator(code)
        for name in ("numerator", "value", "gap"):
            assert getattr(result, name) == Fraction(wanted[name]), (code, name)
        for name in ("reaches", "reaches_floor"):
            assert getattr(result, name) is wanted.get(name, True), (code, name)


@pytest.mark.parametrize("code", HAND["primary_coefficients"])
def test_coefficients_worked_out_by_hand(hand, code):
    wanted = HAND["primary_coefficients"][code]
    coefficient = hand.coefficients["primary"][code]
    assert coefficient.mean == Fraction(wanted["mean"])
    assert coefficient.cv_squared == Fraction(wanted["cv_squared"])
