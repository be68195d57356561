"""The lesson: the rule's way is the engine's, the simple way is a spreadsheet's, the verdicts may differ."""

from fractions import Fraction

import pytest

from indicators.standard.engine import numbers
from indicators.standard.standards import files, reader
from indicators.standard.teaching import forms, queries
from indicators.standard.teaching.forms import ExampleSchool, FiveSchools
from tests.indicators.standard.engine.builders import case

BOOKS = case("cv-books")


@pytest.fixture(scope="module")
def spec():
    return reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2017"))


def taught(spec, values):
    form = FiveSchools(spec, values)
    assert form.is_valid(), form.errors
    return queries.lesson(spec, form.chosen_stage, form.chosen_indicator, form.schools)


def test_the_published_example_passes_only_when_nobody_is_weighed(spec):
    lesson = taught(spec, forms.PUBLISHED.values)
    assert [(way.shown, way.passes) for way in lesson.ways] == [("0.515", False), ("0.489", True), ("0.546", False)]
    assert lesson.limit == "0.50"


def test_the_published_example_shows_the_published_steps(spec):
    lesson = taught(spec, forms.PUBLISHED.values)
    ruled, printed = lesson.ways[0], BOOKS["published"]
    assert ruled.mean.endswith(f"1913 ÷ 302 ＝ {printed['county_mean']}")
    assert [line.formula.rsplit(" ", 1)[1] for line in lesson.lines] == ["6.20", "3.70", "10.51", "2.11", "7.31"]
    # The note prints its terms from rounded ratios; to its own two places they agree within 0.03.
    terms = [Fraction(term.rsplit(" ", 1)[1]) for term in ruled.terms]
    for term, school in zip(terms, BOOKS["inputs"]["schools"], strict=True):
        assert abs(term - Fraction(school["published_term"])) < Fraction(3, 100)
    assert abs(Fraction(ruled.sd.rsplit(" ", 1)[1]) - Fraction(printed["sd"])) < Fraction(1, 100)


def test_the_published_example_names_the_school_that_carries_the_weight(spec):
    first, means, _ = taught(spec, forms.PUBLISHED.values).reasons
    assert first.startswith("差别主要来自小学3：它有 89 名学生，占全部的 29.5%，不加权时只按 1/5（20.0%）算。")
    assert first.endswith("乘 29.5% 是 5.1274，乘 20.0% 就只有 3.4798。")
    assert "6.33 册" in means
    assert "5.96 册" in means


def test_schools_of_one_size_weigh_alike_both_ways(spec):
    lesson = taught(spec, forms.SAME_SIZE.values)
    ruled, simple, sample = lesson.ways
    assert ruled.shown == simple.shown != sample.shown
    assert all(way.passes for way in lesson.ways)
    assert lesson.reasons[0].startswith("各校在校生相同，每校的分量都是 1/5")


def test_a_tiny_outlier_fails_only_when_nobody_is_weighed(spec):
    lesson = taught(spec, forms.SMALL_OUTLIER.values)
    assert [way.passes for way in lesson.ways] == [True, False, False]
    assert "初中5：它有 40 名学生" in lesson.reasons[0]
    assert "却按 1/5" in lesson.reasons[0]


def test_the_factor_is_the_indicators_and_the_limit_the_stages(spec):
    schools = [ExampleSchool("甲", 100, Fraction(2)), ExampleSchool("乙", 300, Fraction(3))]
    lesson = queries.lesson(spec, "junior", spec.indicator("A2"), schools)
    assert lesson.limit == "0.45"
    assert lesson.lines[0].formula == "2 ÷ 100 × 100 ＝ 2.00"
    assert lesson.ways[0].mean.endswith("5 ÷ 400 × 100 ＝ 1.25")


def test_no_difference_is_zero_every_way(spec):
    schools = [ExampleSchool("甲", 100, Fraction(200)), ExampleSchool("乙", 300, Fraction(600))]
    lesson = queries.lesson(spec, "primary", spec.indicator("A4"), schools)
    assert {way.shown for way in lesson.ways} == {"0.000"}
    assert lesson.reasons == ("各校数值完全相同，没有差异，怎么算都是 0。",)


def test_nothing_anywhere_gives_no_coefficient(spec):
    schools = [ExampleSchool("甲", 100, Fraction(0)), ExampleSchool("乙", 300, Fraction(0))]
    lesson = queries.lesson(spec, "primary", spec.indicator("A4"), schools)
    assert lesson.ways == ()
    assert lesson.why_not == "本学段均值不大于 0，不计算差异系数"


def test_a_coefficient_that_only_prints_as_the_limit_is_marked(spec):
    # (1 ± d) of two schools of one size: the coefficient is d.
    schools = [ExampleSchool("甲", 10, Fraction("15.02")), ExampleSchool("乙", 10, Fraction("4.98"))]
    ruled = queries.lesson(spec, "primary", spec.indicator("A4"), schools).ways[0]
    assert (ruled.shown, ruled.passes, ruled.near) == ("0.502", False, True)


def test_the_simple_way_is_the_spreadsheets():
    values = [Fraction(2), Fraction(4), Fraction(4), Fraction(4), Fraction(5), Fraction(5), Fraction(7), Fraction(9)]
    assert numbers.text(queries.unweighted(values, sample=False).sd) == "2"
    assert queries.unweighted(values, sample=False).cv_squared == Fraction(4, 25)
    assert queries.unweighted(values, sample=True).cv_squared == Fraction(32, 7) / 25
