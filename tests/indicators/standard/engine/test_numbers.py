"""Exact sums, plain printing, half-up rounding."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from indicators.standard.engine import numbers

fractions = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=5000)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (Fraction(9, 2), "4.5"),
        (Fraction(0), "0"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(10**20), "1" + "0" * 20),
        (Fraction(1, 10**12), "0.000000000001"),
        (Fraction(1, 3), "0." + "3" * 28),
        (Fraction(2, 3), "0." + "6" * 27 + "7"),
        (Fraction(10**30, 3), "3" * 28 + "00"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.500"), "0.5"),
        (2000, "2000"),
        (None, None),
    ],
)
def test_text_is_plain_and_exact_within_28_digits(number, shown):
    assert numbers.text(number) == shown


@given(fractions)
def test_text_is_right_to_28_digits(number):
    error = abs(Fraction(Decimal(numbers.text(number))) - number)
    assert error <= abs(number) * Fraction(1, 10**27)


@pytest.mark.parametrize(
    ("number", "places", "shown"),
    [
        ("0.125", 2, "0.13"),
        ("0.1249999", 2, "0.12"),
        ("2.5", 0, "3"),
        ("-0.125", 2, "-0.13"),
        ("4.505", 2, "4.51"),
        ("0.501787", 2, "0.50"),
        ("0.501787", 3, "0.502"),
        ("7", 2, "7.00"),
    ],
)
def test_printing_rounds_half_up(number, places, shown):
    assert numbers.printed(Fraction(number), places) == shown


def test_nothing_prints_as_a_dash():
    assert numbers.printed(None, 2) == "—"


@pytest.mark.parametrize(("number", "step", "up"), [("2.01", "1", "3"), ("3", "1", "3"), ("0.61", "0.1", "0.7")])
def test_gaps_round_up(number, step, up):
    assert numbers.ceil_to(Fraction(number), Fraction(step)) == Fraction(up)


@given(st.lists(fractions, max_size=30))
def test_exact_sum_is_the_sum(values):
    assert numbers.exact_sum(values) == sum(values, Fraction(0))


def test_roots_are_exact_where_they_can_be_and_long_otherwise():
    assert numbers.root(Fraction(1, 4)) == Decimal("0.5")
    assert str(numbers.root(Fraction(2))).startswith("1.4142135623730950488016887242096980785696")


def test_the_callers_decimal_context_changes_nothing():
    with localcontext() as context:
        context.prec = 3
        assert numbers.text(Fraction(1, 3)) == "0." + "3" * 28
        assert len(str(numbers.root(Fraction(2)))) > 40
        shares = numbers.shares([Decimal("1.2345"), Decimal("2.4690")])
    assert len(str(shares[0])) > 40


@given(fractions, fractions, st.integers(min_value=1, max_value=10**6))
def test_a_rate_is_amount_times_factor_over_whatever_it_is_per(amount, factor, per):
    assert numbers.rate(amount, factor, per) == amount * factor / per


def test_what_is_only_shown_has_60_digits():
    assert len(numbers.root(Fraction(2)).as_tuple().digits) == 60


def test_shares_of_nothing_are_zero():
    assert numbers.shares([Decimal(0), Decimal(0)]) == [0, 0]
    assert numbers.shares([Decimal(1), Decimal(3)]) == [Decimal("0.25"), Decimal("0.75")]


def test_whole_numbers_beyond_28_digits_are_rounded_like_any_other():
    assert numbers.text(Fraction(10**28 + 1)) == "1" + "0" * 28
    assert numbers.text(Fraction(-(10**28) - 1)) == "-1" + "0" * 28
    assert numbers.text(Fraction(10**28 - 1)) == "9" * 28


def test_the_plain_mean_is_the_sum_by_the_number():
    assert numbers.mean([Decimal("0.5"), Decimal("0.25"), Decimal("0.3")]) == Decimal("0.35")


@pytest.mark.parametrize(
    ("terms", "gap", "stated"),
    [
        ([(1, "5")], "", "5"),
        ([(-1, "5")], "", "－5"),
        ([(1, "5"), (1, "6")], "", "（5＋6）"),
        ([(1, "5"), (-1, "6"), (1, "7")], " ", "（5 －6 ＋7）"),
        ([(-1, "5"), (1, "6")], "", "（－5＋6）"),
    ],
)
def test_a_signed_sum_stands_in_brackets_where_it_has_several_terms(terms, gap, stated):
    assert numbers.signed_sum(terms, gap) == stated
