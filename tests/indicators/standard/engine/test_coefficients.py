"""Contribution, leave-one-out and marginal effects, against doing the sums again."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from indicators.standard.engine import AnalysedPart, Analysis, largest
from indicators.standard.engine.numbers import printed
from tests.indicators.standard.engine import naive
from tests.indicators.standard.engine.builders import case, judge, school

LIMIT = Fraction(1, 2)
numerators = st.fractions(0, 5000, max_denominator=700)
rows = st.lists(st.tuples(st.integers(1, 3000), numerators, st.fractions("0.1", 100, max_denominator=50)), min_size=2)
quick = settings(max_examples=60, deadline=None)


def analysis(rows, factor=100, limit=LIMIT):
    """Rows of pupils, numerator and what a step adds."""
    parts = tuple(AnalysedPart(f"{n:010d}", row[0], Fraction(row[1]), *row[2:]) for n, row in enumerate(rows))
    return Analysis(parts, Fraction(factor), limit, 2)


def plain(rows, factor=100):
    """The naive CV² of rows."""
    return naive.cv_squared([(row[0], Fraction(row[1]) * factor / row[0]) for row in rows])


def put(rows, index, numerator):
    return [(row[0], numerator, *row[2:]) if n == index else row for n, row in enumerate(rows)]


@quick
@given(rows=rows)
def test_every_alternative_is_what_doing_the_sums_again_gives(rows):
    shown = analysis(rows)
    assert shown.now.squared == plain(rows)
    if shown.now.squared is None:
        assert shown.effects == ()
        return
    mean = Fraction(sum(row[1] for row in rows)) / sum(row[0] for row in rows)
    for n, effect in enumerate(shown.effects):
        others = rows[:n] + rows[n + 1 :]
        assert effect.without.squared == plain(others)
        assert effect.with_one_more.squared == plain(put(rows, n, rows[n][1] + rows[n][2]))
        below = rows[n][1] < mean * rows[n][0]
        assert (effect.at_mean is not None) is below
        if below:
            assert effect.at_mean.squared == plain(put(rows, n, mean * rows[n][0]))


@quick
@given(rows=rows, limit=st.fractions("0.01", 2, max_denominator=200))
def test_verdicts_compare_squares_without_a_root(rows, limit):
    for effect in analysis(rows, limit=limit).effects:
        for spread in (effect.without, effect.at_mean, effect.with_one_more):
            if spread and spread.squared is not None:
                assert spread.passes is (spread.squared <= limit * limit)


@quick
@given(rows=rows)
def test_shares_are_the_definition_and_add_up_to_one_exactly(rows):
    shown = analysis(rows)
    shares = [effect.share for effect in shown.effects]
    if not shown.now.squared:
        assert all(share is None for share in shares)
        return
    assert sum(shares) == 1
    distances = [row[0] * (effect.value - shown.mean) ** 2 for row, effect in zip(rows, shown.effects, strict=True)]
    assert shares == [distance / sum(distances) for distance in distances]


@quick
@given(rows=rows, factor=st.sampled_from([1, 100, 10000]))
def test_the_factor_changes_values_but_no_coefficient(rows, factor):
    one, other = analysis(rows, factor=1), analysis(rows, factor=factor)
    for before, after in zip(one.effects, other.effects, strict=True):
        assert (after.value, after.from_mean) == (before.value * factor, before.from_mean * factor)
        assert (after.without, after.at_mean, after.share) == (before.without, before.at_mean, before.share)


def test_shares_and_coefficient_are_the_evaluations_own(spec):
    schools = [school(str(n), pupils=100 * n, multimedia_rooms=n * n) for n in range(1, 9)]
    judged = judge(spec, *schools).coefficients["primary"]["A7"]
    shown = analysis([(100 * n, n * n) for n in range(1, 9)])
    assert shown.now.squared == judged.cv_squared
    assert shown.mean == judged.mean
    for effect, stored in zip(shown.effects, judged.contributions, strict=True):
        assert abs(effect.share - Fraction(stored.share)) < Fraction(1, 10**50)


def test_the_published_example_passes_without_its_largest_contributor():
    books = case("cv-books")["inputs"]["schools"]
    shown = analysis([(row["pupils"], row["books"]) for row in books], factor=1)
    assert printed(shown.now.cv, 3) == "0.515"
    assert shown.now.passes is False
    (most, *_) = largest(shown.effects)
    assert most.share == max(effect.share for effect in shown.effects)
    assert most.without.squared < shown.now.squared


def test_the_three_largest_are_ranked_by_share_with_ties_by_code():
    shown = analysis([(100, 30), (100, 10), (100, 30), (100, 10), (100, 20)])
    assert [effect.part.school_code[-1] for effect in largest(shown.effects)] == ["0", "1", "2"]
    reverse = replace(shown, parts=shown.parts[::-1])
    assert [effect.part.school_code[-1] for effect in largest(reverse.effects)] == ["0", "1", "2"]


def test_a_part_at_the_mean_is_never_among_the_largest():
    shown = analysis([(100, 10), (100, 20), (100, 30)])
    assert [effect.part.school_code[-1] for effect in largest(shown.effects)] == ["0", "2"]


def test_equal_parts_have_a_coefficient_of_zero_and_no_shares():
    shown = analysis([(100, 10), (200, 20), (300, 30)])
    assert shown.now.squared == 0
    assert [effect.share for effect in shown.effects] == [None, None, None]
    assert largest(shown.effects) == []


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no_parts"),
        ([(100, 5)], "single_part"),
        ([(100, 0), (50, 0)], "zero_mean"),
        ([(100, 3), (50, -5)], "zero_mean"),
    ],
)
def test_without_a_coefficient_there_is_no_analysis_but_a_reason(rows, reason):
    shown = analysis(rows)
    assert shown.now.reason == reason
    assert shown.effects == ()
    for part in shown.parts:
        with pytest.raises(ValueError, match="没有差异系数"):
            shown.effect(part)


def test_leaving_one_of_two_parts_leaves_nothing_to_compare():
    shown = analysis([(100, 5), (100, 10)])
    assert [effect.without.reason for effect in shown.effects] == ["single_part", "single_part"]
    assert all(effect.without.cv is None for effect in shown.effects)


def test_leaving_out_the_only_part_with_something_leaves_a_mean_of_zero():
    shown = analysis([(100, 0), (100, 0), (100, 7)])
    assert shown.effects[2].without.reason == "zero_mean"


def test_exactly_the_limit_passes_and_a_hair_above_fails():
    # Values 5 and 15 with equal pupils: CV is exactly 1/2.
    shown = analysis([(100, 5), (100, 15)])
    assert shown.now.squared == Fraction(1, 4)
    assert shown.now.passes is True
    over = analysis([(100, 5), (100, 15 + Fraction(1, 10**40))])
    assert over.now.passes is False
    assert over.now.near_limit is True


def test_an_unknown_split_share_gives_no_marginal_effect():
    shown = analysis([(100, 5), (100, 15)])
    assert [effect.with_one_more for effect in shown.effects] == [None, None]


def test_a_value_stands_above_or_below_the_mean_by_its_distance():
    shown = analysis([(100, 4), (100, 6), (200, 10)])
    assert [effect.value for effect in shown.effects] == [4, 6, 5]
    assert [effect.from_mean for effect in shown.effects] == [-1, 1, 0]
    assert [effect.at_mean is None for effect in shown.effects] == [False, True, True]


def test_totals_below_one_are_compared_like_any_other():
    shown = analysis([(100, Fraction(1, 4)), (100, Fraction(1, 2))])
    assert shown.now.squared == Fraction(1, 9)
    assert shown.effects[0].without.reason == "single_part"
