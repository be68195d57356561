"""The known mistakes of the trade that concern A1–A7, one test each."""

from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.standard.engine.coefficients import near
from indicators.standard.engine.numbers import printed
from tests.indicators.standard.engine.builders import judge, no_vetoes, school


def rooms(spec, *figures, stage="primary", kind="小学"):
    """The A7 coefficient of schools of 100 pupils (or given pupils) with these rooms."""
    schools = [
        school(str(n), kind, multimedia_rooms=count, **{f"pupils_{stage}": pupils})
        for n, (count, pupils) in enumerate(f if isinstance(f, tuple) else (f, 100) for f in figures)
    ]
    return judge(spec, *schools).coefficients[stage]["A7"]


def test_trap_1_weights_are_pupils_and_the_variance_is_of_the_population(spec):
    even = rooms(spec, (5, 100), (15, 100))
    assert even.cv == Decimal("0.5")
    assert even.sd == 5  # the sample formula would give 7.07
    uneven = rooms(spec, (5, 100), (45, 300))
    # weights 1/4 and 3/4: mean 12.5, S² = 18.75
    assert uneven.mean == Fraction("12.5")
    assert uneven.cv_squared == Fraction("0.12")


def test_trap_2_each_coefficient_is_judged_and_the_composite_never(spec):
    low = school("1", multimedia_rooms=20)
    high = school("2", multimedia_rooms=400)
    result = judge(spec, low, high)
    assert result.coefficients["primary"]["A7"].passes is False
    assert result.composite("primary") < Decimal("0.5")
    assert result.verdict is False


@pytest.mark.parametrize(("stage", "kind", "limit"), [("primary", "小学", "0.5"), ("junior", "初级中学", "0.45")])
def test_trap_2_limits_are_those_of_2017(spec, stage, kind, limit):
    coefficient = rooms(spec, 100 - int(Decimal(limit) * 100), 100 + int(Decimal(limit) * 100), stage=stage, kind=kind)
    assert coefficient.limit == Fraction(limit)
    assert coefficient.cv == Decimal(limit)
    assert coefficient.passes is True


def test_trap_3_six_of_seven_needs_the_floor_as_well(spec):
    (part,) = judge(spec, school(backbone_teachers_primary=0)).parts
    assert part.reached == 6
    assert part.passes is False


def test_trap_4_parts_are_counted_not_institutions(spec):
    result = judge(spec, school("1"), school("2", "九年一贯制学校"), school("3", "完全中学"))
    assert [(p.school.code[-1], p.stage) for p in result.parts] == [
        ("1", "primary"),
        ("2", "primary"),
        ("2", "junior"),
        ("3", "junior"),
    ]


def test_trap_5_teachers_are_recorded_by_stage_and_never_split(spec):
    primary, junior = judge(
        spec, school(kind="九年一贯制学校", backbone_teachers_primary=9, backbone_teachers_junior=6)
    ).parts
    assert primary.indicator("A2").numerator == 9
    assert junior.indicator("A2").numerator == 6


def test_trap_5_split_rooms_are_not_rounded(spec):
    primary, junior = judge(spec, school(kind="九年一贯制学校", multimedia_rooms=10)).parts
    assert primary.indicator("A7").numerator == Fraction(100, 21)
    assert junior.indicator("A7").numerator == Fraction(110, 21)


def test_trap_6_the_gym_counts_once_and_never_in_teaching_area(spec):
    (part,) = judge(spec, school(pupils=100, teaching_area=1000, indoor_sports_area=400, sports_ground_area=500)).parts
    assert part.indicator("A4").numerator == 600
    assert part.indicator("A5").numerator == 900


def test_trap_6_the_gym_is_subtracted_before_splitting(spec):
    primary, junior = judge(
        spec, school(kind="九年一贯制学校", pupils=100, teaching_area=1000, indoor_sports_area=160)
    ).parts
    assert primary.indicator("A4").numerator == 400
    assert junior.indicator("A4").numerator == 440


def test_trap_7_equipment_is_in_ten_thousands_and_shown_per_pupil_in_yuan(spec):
    (part,) = judge(spec, school(pupils=1000, equipment_value="200")).parts
    assert part.indicator("A6").value == 2000
    assert part.indicator("A6").numerator == 200


def test_trap_7_teacher_indicators_are_per_hundred(spec):
    (part,) = judge(spec, school(pupils=1000, backbone_teachers_primary=10)).parts
    assert part.indicator("A2").value == 1


def test_trap_8_associate_degrees_count_in_primary_only(spec):
    changes = {f"teachers_associate_{s}": 50 for s in ("primary", "junior")}
    bare = {f"teachers_{d}_{s}": 0 for d in ("doctor", "master", "bachelor") for s in ("primary", "junior")}
    primary, junior = judge(spec, school(kind="九年一贯制学校", **changes, **bare)).parts
    assert primary.indicator("A1").numerator == 50
    assert junior.indicator("A1").numerator == 0


@pytest.mark.parametrize("sponsor", ["9", "10", "1", "3"])
def test_trap_11_private_enterprise_and_province_run_schools_count(spec, sponsor):
    result = judge(spec, school("1"), school("2", sponsor=sponsor, multimedia_rooms=0))
    assert len(result.parts) == 2
    assert result.coefficients["primary"]["A7"].cv > 0


@pytest.mark.parametrize(("pupils", "judged"), [(49, False), (50, True)])
def test_trap_12_teaching_points_count_from_50_pupils(spec, pupils, judged):
    result = judge(spec, school("1"), school("2", "教学点", pupils_primary=pupils))
    assert (len(result.parts) == 2) is judged
    assert (len(result.excluded) == 1) is not judged


def test_trap_13_relaxed_figures_change_nothing_by_themselves(spec):
    strict = judge(spec, school(pe_teachers_primary=0, music_teachers_primary=0))
    relaxed = judge(
        spec,
        school(
            pe_teachers_primary=0,
            music_teachers_primary=0,
            visiting_pe_teachers=9,
            visiting_arts_teachers=9,
            converted_sports_area=9999,
            leased_sports_area=9999,
        ),
    )
    for code in ("A3", "A5"):
        assert strict.parts[0].indicator(code).value == relaxed.parts[0].indicator(code).value


def test_trap_15_a_value_that_prints_as_the_threshold_is_still_below_it(spec):
    (part,) = judge(spec, school(pupils=10_000, teaching_area="44960")).parts
    result = part.indicator("A4")
    assert printed(result.value, 2) == "4.50"
    assert result.reaches is False
    assert result.near_limit(2) is True


def test_trap_15_a_coefficient_that_prints_as_the_limit_still_fails(spec):
    coefficient = rooms(spec, 498, 1502)
    assert printed(coefficient.cv, 2) == "0.50"
    assert coefficient.passes is False
    assert coefficient.near_limit is True
    assert rooms(spec, 494, 1506).near_limit is False  # 0.506 prints as 0.51
    assert rooms(spec, 496, 1504).near_limit is True
    assert rooms(spec, 495, 1505).near_limit is False  # 0.505 is rounded half up
    assert rooms(spec, 500, 1500).near_limit is False


def test_trap_15_a_limit_finer_than_its_print_is_held_against_what_is_printed():
    limit = Fraction("0.455")
    assert near(Fraction("0.4549") ** 2, limit, 2) is False  # prints as 0.45 and is within
    assert near(Fraction("0.455") ** 2, limit, 2) is True  # prints as 0.46 and is within
    assert near(Fraction("0.457") ** 2, limit, 2) is False  # prints as 0.46 and is above


def test_trap_16_a_blank_is_neither_zero_nor_left_out(spec):
    blank = judge(spec, school("1"), school("2", multimedia_rooms=None))
    assert blank.coefficients["primary"]["A7"].cv is None
    assert blank.coefficients["primary"]["A7"].reason == "missing"
    assert blank.coefficients["primary"]["A6"].cv == 0
    assert blank.verdict is None
    zero = judge(spec, school("1"), school("2", multimedia_rooms=0))
    assert zero.coefficients["primary"]["A7"].cv == 1


def test_trap_19_at_least_includes_the_bound(spec):
    (part,) = judge(spec, school(pupils=1000, backbone_teachers_primary=10)).parts
    assert part.indicator("A2").value == part.indicator("A2").threshold
    assert part.indicator("A2").reaches is True


def test_trap_20_no_score_is_invented(spec):
    shown = judge(spec, school(**no_vetoes(spec))).as_json(round="2026", district="410202")
    assert not [key for key in shown if "score" in key or "total" in key]


def test_trap_25_a_school_whose_kind_changed_is_judged_by_its_present_kind(spec):
    before = judge(spec, school(kind="小学")).parts
    after = judge(spec, school(kind="九年一贯制学校")).parts
    assert [p.school.code for p in before] == [after[0].school.code]
    assert [p.stage for p in after] == ["primary", "junior"]


CLOCKS = {
    "学年初": ["pupils_primary", "teachers_primary", "class_list", "teaching_area", "multimedia_rooms", "music_rooms"],
    "财政": [
        "public_funds_budget",
        "public_funds_allocated",
        "training_funds_budget",
        "district.teacher_wage",
        "district.special_funds",
        "district.public_funds_standard_primary",
    ],
    "学年": ["exchanged_out", "trained_teachers_primary", "district.exchanged", "district.survey_valid"],
}


@pytest.mark.parametrize(("clock", "codes"), CLOCKS.items())
def test_trap_10_every_figure_runs_by_the_clock_of_its_item(spec, clock, codes):
    items = spec.items | {f"district.{code}": item for code, item in spec.district_items.items()}
    assert {items[code].clock for code in codes} == {clock}
    assert {item.clock for item in items.values()} == set(CLOCKS)


def test_trap_10_no_indicator_divides_a_figure_by_one_of_another_clock(spec):
    for indicator in spec.resources:
        terms = (term for terms in indicator.formula.terms.values() for term in terms)
        assert {spec.items[term.code].clock for term in terms} == {"学年初"}, indicator.code


def test_trap_21_the_states_results_come_from_their_own_items_only(spec):
    asked = {code: spec.indicator(code).items for code in ("C9", "D1")}
    assert asked["C9"] == ("district.monitoring",)
    assert all(item.startswith(("district.survey_", "district.visits_")) for item in asked["D1"])
    elsewhere = [i.code for i in spec.indicators if set(i.items) & {*asked["C9"], *asked["D1"]}]
    assert elsewhere == ["C9", "D1"]


def test_trap_26_no_item_asks_for_a_person(spec):
    items = [*spec.items.values(), *spec.district_items.values()]
    labels = [field.label for item in items for field in (item, *item.columns)]
    personal = ("姓名", "身份证", "学籍号", "电话", "住址", "出生")
    assert [label for label in labels if any(word in label for word in personal)] == []
