"""Relaxations (规程 2019): off unless granted, strict first, and only where the condition is fulfilled (domain §1.6)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from indicators.standard.engine import DistrictData, Grant, UnusableData, Value, evaluate
from tests.indicators.standard.engine.builders import answers, departments, school, sound
from tests.indicators.standard.engine.test_conditions import classes

PE, SPORTS, ROOM, SIZE = "relax_pe_arts_teachers", "relax_sports_space", "relax_room_area", "relax_school_size"
SMALL = {"pe_teachers_primary": 0, "music_teachers_primary": 0, "visiting_pe_teachers": 1, "visiting_arts_teachers": 0}


def judge(spec, *schools, grants=(), **district: Any):
    return evaluate(spec, DistrictData("410202", schools, answers(district), tuple(grants)))


def grant(code, of, **more):
    return Grant(code, of.code, **more)


def indicator(result, code):
    return next(d for d in result.district_indicators if d.indicator.code == code)


def rooms(*rows):
    return Value(tuple({"name": f"专用{n}", "area": Decimal(a), "built_year": y} for n, (a, y) in enumerate(rows)))


HALF_CLASS = {"stage": "小学", "grade": "一年级", "number": 1, "pupils": None}


def small(pupils=60, **changes):
    return school("1", pupils=pupils, **({"area": "乡村"} | SMALL | changes))


def test_trap_13_a_relaxation_never_speaks_without_a_grant(spec):
    """Figures for a relaxation alone change nothing, and nothing is said of a relaxed verdict."""
    result = judge(spec, small())
    assert result.relaxed is None
    assert "relaxed" not in result.as_json(round="2026", district="410202")
    assert result.parts[0].indicator("A3").numerator == 0


def test_trap_13_the_strict_verdict_stays_the_main_one_next_to_a_grant(spec):
    own = small()
    strict, both = judge(spec, own), judge(spec, own, grants=[grant(PE, own)])
    assert both.parts[0].indicator("A3").numerator == 0
    assert both.verdict == strict.verdict
    shown = both.as_json(round="2026", district="410202")
    relaxed = shown.pop("relaxed")
    assert relaxed["grants"] == [
        {
            "code": PE,
            "school_code": own.code,
            "indicator": "A3",
            "label": "农村小规模学校体育、艺术教师",
            "basis": "国教督办函〔2019〕30号",
            "until": None,
            "applied": True,
            "why": "50 至 99 人的农村学校",
        }
    ]
    assert relaxed["parts"][0]["indicators"]["A3"]["numerator"] == "1"
    assert shown | {"inputs_sha256": ""} == strict.as_json(round="2026", district="410202") | {"inputs_sha256": ""}


def test_no_grant_keeps_the_fingerprint_and_every_grant_changes_it(spec):
    own = small()
    plain = judge(spec, own).inputs_sha256
    assert judge(spec, own, grants=()).inputs_sha256 == plain
    found = [
        judge(spec, own, grants=[one]).inputs_sha256
        for one in (
            grant(PE, own),
            grant(PE, own, alternative=Fraction(1)),
            grant(SPORTS, own),
            grant(SIZE, own),
            grant(SIZE, own, built_year=2009),
        )
    ]
    assert len({plain, *found}) == 6


@pytest.mark.parametrize(("pupils", "counts"), [(49, False), (50, True), (99, True), (100, False)])
def test_a3_counts_visiting_teachers_in_rural_schools_of_50_to_99_pupils(spec, pupils, counts):
    own = small(pupils)
    relaxed = judge(spec, own, grants=[grant(PE, own)]).relaxed
    assert (relaxed.parts[0].indicator("A3").numerator == 1) is counts
    assert relaxed.granted[0].applied is counts
    assert ("应不少于 50 人、不多于 99 人" in relaxed.granted[0].why) is not counts


def test_a3_counts_visiting_teachers_in_town_schools_as_the_standard_calls_them_rural(spec):
    own = small(area="镇区")
    assert judge(spec, own, grants=[grant(PE, own)]).relaxed.parts[0].indicator("A3").numerator == 1


@pytest.mark.parametrize("area", ["城区", ""])
def test_a3_counts_visiting_teachers_in_rural_schools_only(spec, area):
    own = small(area=area)
    relaxed = judge(spec, own, grants=[grant(PE, own)]).relaxed
    assert relaxed.parts[0].indicator("A3").numerator == 0
    assert f"城乡类型是{area or '空白'}，应为镇区、乡村" in relaxed.granted[0].why


def test_a3_visiting_teachers_are_never_split_over_two_stages(spec):
    own = school("1", "九年一贯制学校", pupils=40, area="乡村", visiting_pe_teachers=1)
    relaxed = judge(spec, own, grants=[grant(PE, own)]).relaxed
    assert "不止一个学段" in relaxed.granted[0].why


def test_a3_formula_names_the_visiting_teachers(spec):
    own = small()
    shown = judge(spec, own, grants=[grant(PE, own)]).relaxed.as_json(round="2026", district="410202")
    assert "＋交流、兼职、走教体育教师 1" in shown["parts"][0]["indicators"]["A3"]["formula"]


def test_a_grant_is_for_one_school_alone(spec):
    own, other = small(), replace(small(), code="0000000002")
    relaxed = judge(spec, own, other, grants=[grant(PE, own)]).relaxed
    assert [part.indicator("A3").numerator for part in relaxed.parts] == [1, 0]


def test_a_grant_to_a_school_of_elsewhere_changes_nothing_and_says_so(spec):
    result = judge(spec, small(), grants=[Grant(PE, "9999999999")])
    assert result.relaxed.granted[0].why == "学校不在本区名录中"
    assert result.relaxed.parts[0].indicator("A3").numerator == 0


def test_what_is_blank_adds_nothing_and_what_is_missing_stays_missing(spec):
    blank = small(visiting_pe_teachers=None, visiting_arts_teachers=None)
    assert judge(spec, blank, grants=[grant(PE, blank)]).relaxed.parts[0].indicator("A3").numerator == 0
    missing = small(pe_teachers_primary=None)
    result = judge(spec, missing, grants=[grant(PE, missing)])
    assert result.relaxed.missing == result.missing
    assert result.relaxed.verdict is None


def sports(area="城区", **changes):
    given = {"sports_ground_area": 1000, "converted_sports_area": 500, "leased_sports_area": 2250}
    return school("1", area=area, **(given | changes))


def test_a5_counts_converted_and_leased_space_of_urban_schools(spec):
    own = sports()
    result = judge(spec, own, grants=[grant(SPORTS, own)])
    assert (result.parts[0].passes, result.relaxed.parts[0].indicator("A5").value) == (False, Fraction("7.5"))
    assert result.relaxed.parts[0].passes is True
    rural = sports("乡村")
    assert not judge(spec, rural, grants=[grant(SPORTS, rural)]).relaxed.granted[0].applied


@pytest.mark.parametrize("given", [None, 0])
def test_a_grant_of_what_nobody_reported_says_that_it_changes_nothing(spec, given):
    own = sports(converted_sports_area=given, leased_sports_area=None)
    relaxed = judge(spec, own, grants=[grant(SPORTS, own)]).relaxed
    assert (relaxed.granted[0].applied, relaxed.granted[0].why) == (
        False,
        "可以计入的“改造体育空间面积”“租借校外场馆面积”没有填或都是 0",
    )
    assert relaxed.parts[0].indicator("A5").numerator == 1000


def test_no_more_counts_than_was_granted(spec):
    own = sports()
    relaxed = judge(spec, own, grants=[grant(SPORTS, own, alternative=Fraction(600))]).relaxed
    assert relaxed.parts[0].indicator("A5").numerator == 1600


def test_what_was_granted_is_shared_by_the_figures_that_are_reported(spec):
    own = school("1", area="城区", pupils=100, sports_ground_area=0, leased_sports_area=300)
    blank = judge(spec, own, grants=[grant(SPORTS, own, alternative=Fraction(250))]).relaxed
    assert blank.parts[0].indicator("A5").numerator == 250
    both = replace(own, answers=own.answers | answers({"converted_sports_area": 200}))
    shared = judge(spec, both, grants=[grant(SPORTS, both, alternative=Fraction(250))]).relaxed
    assert shared.parts[0].indicator("A5").figures[-2:] == (200, 50)


def test_a5_space_of_a_nine_year_school_is_split_like_the_rest(spec):
    own = school("1", "九年一贯制学校", area="城区", sports_ground_area=0, leased_sports_area=2100, pupils=100)
    parts = judge(spec, own, grants=[grant(SPORTS, own)]).relaxed.parts
    assert [part.indicator("A5").numerator for part in parts] == [1000, 1100]


@pytest.mark.parametrize(("built", "passes"), [(2016, True), (2017, False)])
@pytest.mark.parametrize(
    ("music", "art", "enough"), [("73", "67", True), ("72.99", "67", False), ("73", "66.99", False)]
)
def test_b3_rooms_built_until_2016_may_be_smaller(spec, built, passes, music, art, enough):
    own = sound(spec, "1", pupils=480, music_rooms=rooms((music, built)), art_rooms=rooms((art, built)))
    result = judge(spec, own, grants=[grant(ROOM, own)], **departments())
    assert indicator(result, "B3").passes is False
    assert indicator(result.relaxed, "B3").passes is (passes and enough)


def test_b3_a_new_room_is_not_smaller_because_another_one_is_old(spec):
    own = sound(spec, "1", pupils=480, music_rooms=rooms((73, 2020), (20, 2000)), art_rooms=rooms((90, 2020)))
    assert indicator(judge(spec, own, grants=[grant(ROOM, own)]).relaxed, "B3").passes is False


@pytest.mark.parametrize(("largest", "fits"), [(29, True), (30, False)])
@pytest.mark.parametrize(("kind", "stage", "area"), [("小学", "小学", 54), ("初级中学", "初中", 61)])
def test_b3_rural_schools_with_small_classes_may_have_smaller_rooms(spec, kind, stage, area, largest, fits):
    given = {"class_list": Value(classes(stage, 20, largest)), "area": "乡村"}
    for size, passes in ((area, fits), (area - 1, False)):
        own = sound(spec, "1", kind, **given, music_rooms=rooms((size, 2020)), art_rooms=rooms((size, 2020)))
        relaxed = judge(spec, own, grants=[grant(ROOM, own)]).relaxed
        assert indicator(relaxed, "B3").passes is passes


def test_b3_a_rural_nine_year_school_needs_the_area_of_junior_schools(spec):
    given = {"class_list": Value(classes("小学", 20) + classes("初中", 20)), "area": "乡村"}
    own = sound(spec, "1", "九年一贯制学校", **given, music_rooms=rooms((54, 2020)), art_rooms=rooms((61, 2020)))
    assert indicator(judge(spec, own, grants=[grant(ROOM, own)]).relaxed, "B3").passes is False


@pytest.mark.parametrize(("area", "passes"), [(80, True), (79, False)])
def test_b3_no_smaller_room_counts_than_was_granted(spec, area, passes):
    own = sound(spec, "1", pupils=480, music_rooms=rooms((area, 2010)), art_rooms=rooms((area, 2010)))
    granted = grant(ROOM, own, alternative=Fraction(80))
    assert indicator(judge(spec, own, grants=[granted]).relaxed, "B3").passes is passes


@pytest.mark.parametrize(("built", "fits"), [(2010, True), (2011, False), (None, False)])
@pytest.mark.parametrize(("kind", "limit"), [("小学", 2400), ("九年一贯制学校", 3000)])
def test_b4_schools_built_until_2010_may_be_larger(spec, kind, limit, built, fits):
    stages = 2 if kind != "小学" else 1
    for pupils, passes in ((limit, fits), (limit + stages, False)):
        own = sound(spec, "1", kind, pupils=pupils // stages)
        result = judge(spec, own, grants=[grant(SIZE, own, built_year=built)])
        assert indicator(result, "B4").passes is False
        assert indicator(result.relaxed, "B4").passes is passes


@pytest.mark.parametrize(("migrants", "fits"), [(1200, False), (1201, True)])
def test_b4_schools_with_more_than_half_migrant_pupils_may_be_larger(spec, migrants, fits):
    own = sound(spec, "1", pupils=2400, migrant_pupils_primary=migrants)
    relaxed = judge(spec, own, grants=[grant(SIZE, own)]).relaxed
    assert indicator(relaxed, "B4").passes is fits


def test_b4_no_more_is_allowed_than_was_granted(spec):
    own = sound(spec, "1", pupils=2201)
    narrow = grant(SIZE, own, built_year=2000, alternative=Fraction(2200))
    assert indicator(judge(spec, own, grants=[narrow]).relaxed, "B4").passes is False


@pytest.mark.parametrize("code", ["relax_everything", PE])
def test_an_unknown_or_doubled_grant_is_refused(spec, code):
    own = small()
    with pytest.raises(UnusableData, match=r"没有放宽口径|重复"):
        judge(spec, own, grants=[grant(code, own), grant(code, own, alternative=Fraction(1))])


def test_a_standard_without_rules_for_its_relaxations_judges_as_strictly_as_before(spec):
    described = {code: replace(one, rule="", cases=()) for code, one in spec.relaxations.items()}
    old = replace(spec, relaxations=described)
    own = small()
    result = judge(old, own, grants=[grant(PE, own)])
    assert "没有“农村小规模学校体育、艺术教师”的计算规则" in result.relaxed.granted[0].why
    assert result.relaxed.parts[0].indicator("A3").numerator == 0


@pytest.mark.parametrize(("other", "mean", "passes"), [(750, "7.75", True), (9_000, "49", False)])
def test_the_relaxed_coefficient_stands_where_both_are_within_or_both_above(spec, other, mean, passes):
    own = school("1", area="城区", pupils=100, sports_ground_area=700, leased_sports_area=100)
    neighbour = school("2", pupils=100, sports_ground_area=other)
    found = judge(spec, own, neighbour, grants=[grant(SPORTS, own)]).relaxed.coefficients["primary"]["A5"]
    assert (found.reason, found.mean, found.passes) == ("", Fraction(mean), passes)


def test_a_coefficient_within_its_limit_is_not_lost_through_a_relaxation(spec):
    ordinary = {"sports_ground_area": 750, "pupils": 100, "area": "城区"}
    own = school("1", **ordinary, leased_sports_area=9_000)
    others = [school(str(n), **ordinary) for n in range(2, 6)]
    result = judge(spec, own, *others, grants=[grant(SPORTS, own)])
    stored = result.relaxed.coefficients["primary"]["A5"]
    assert stored.passes is True
    assert stored.cv == result.coefficients["primary"]["A5"].cv
    assert stored.why == "按放宽口径计算会超过限值，这一项仍按严格口径"


def better(strict, relaxed):
    """Whether a relaxed verdict keeps what the strict one gives."""
    return relaxed is True or strict is not True


@st.composite
def granted_schools(draw):
    found = []
    for n in range(draw(st.integers(1, 4))):
        pupils = draw(st.integers(20, 2600))
        own = school(
            str(n),
            pupils=max(pupils, 20),
            area=draw(st.sampled_from(["城区", "镇区", "乡村"])),
            pe_teachers_primary=draw(st.integers(0, 30)),
            visiting_pe_teachers=draw(st.integers(0, 9)),
            sports_ground_area=draw(st.integers(0, 20_000)),
            leased_sports_area=draw(st.integers(0, 20_000)),
            music_rooms=rooms(*draw(st.lists(st.tuples(st.integers(40, 110), st.integers(2005, 2020)), max_size=4))),
            art_rooms=rooms(*draw(st.lists(st.tuples(st.integers(40, 110), st.integers(2005, 2020)), max_size=4))),
            class_list=Value(classes("小学", *draw(st.lists(st.integers(20, 50), min_size=1, max_size=14)))),
        )
        codes = draw(st.sets(st.sampled_from([PE, SPORTS, ROOM, SIZE])))
        built = draw(st.integers(2005, 2014))
        most = draw(st.one_of(st.none(), st.integers(1, 3000)))
        limit = None if most is None else Fraction(most)
        found.append((own, [Grant(code, own.code, limit, built) for code in sorted(codes)]))
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=granted_schools())
def test_a_relaxation_never_makes_a_strict_pass_fail(spec, rows):
    schools = [own for own, _ in rows]
    grants = [one for _, own in rows for one in own]
    strict = judge(spec, *schools)
    result = judge(spec, *schools, grants=grants)
    relaxed = result.relaxed or result
    assert (result.relaxed is None) is not bool(grants)
    assert [p.passes for p in result.parts] == [p.passes for p in strict.parts]
    assert all(better(a.passes, b.passes) for a, b in zip(result.parts, relaxed.parts, strict=True))
    for a, b in zip(result.all_coefficients(), relaxed.all_coefficients(), strict=True):
        assert better(a.passes, b.passes)
    for c, d in zip(result.district_indicators, relaxed.district_indicators, strict=True):
        assert better(c.passes, d.passes)
    assert better(result.verdict, relaxed.verdict)


@pytest.mark.parametrize(
    ("code", "changes", "lacking"),
    [
        (PE, {"pupils_primary": None}, "没有审核通过的在校生数"),
        (ROOM, {"class_list": None}, "没有审核通过的班级名单"),
        (ROOM, {"class_list": Value((HALF_CLASS,))}, "没有审核通过的班级名单"),
        (ROOM, {"music_rooms": rooms((60, None)), "art_rooms": rooms()}, "没有 2016 年及以前建成的"),
        (SIZE, {"migrant_pupils_primary": None}, "没有审核通过的在校生数和随迁子女数"),
    ],
)
def test_what_a_condition_needs_and_nobody_reported_fulfils_nothing(spec, code, changes, lacking):
    own = sound(spec, "1", pupils=60, area="乡村", **changes)
    (shown,) = judge(spec, own, grants=[grant(code, own)]).relaxed.granted
    assert shown.applied is False
    assert lacking in shown.why


def test_a_school_with_a_blank_stage_is_of_no_known_size(spec):
    own = school("1", "九年一贯制学校", area="乡村", pupils=60, pupils_junior=None, **SMALL)
    (shown,) = judge(spec, own, grants=[grant(PE, own)]).relaxed.granted
    assert "没有审核通过的在校生数" in shown.why


def test_a_grant_touches_its_own_indicator_alone(spec):
    own = small()
    result = judge(spec, own, grants=[grant(PE, own)])
    strict, relaxed = result.parts[0], result.relaxed.parts[0]
    assert [
        code
        for code in ("A1", "A2", "A3", "A4", "A5", "A6", "A7")
        if strict.indicator(code).numerator != relaxed.indicator(code).numerator
    ] == ["A3"]


def test_an_old_room_counts_as_one_next_to_a_new_one(spec):
    own = sound(
        spec, "1", pupils=980, music_rooms=rooms((73, 2016), (96, 2020)), art_rooms=rooms((67, 2010), (90, 2020))
    )
    result = judge(spec, own, grants=[grant(ROOM, own)])
    assert indicator(result, "B3").passes is False
    assert indicator(result.relaxed, "B3").passes is True


@pytest.mark.parametrize(("migrants", "share"), [(50, "占比没有超过 50%"), (0, "随迁子女 0 人、在校生 100 人")])
def test_too_few_migrants_are_reported_by_their_number(spec, migrants, share):
    own = sound(spec, "1", pupils=100, migrant_pupils_primary=migrants)
    (shown,) = judge(spec, own, grants=[grant(SIZE, own)]).relaxed.granted
    assert f"随迁子女 {migrants} 人、在校生 100 人，占比没有超过 50%" in shown.why
    assert share in shown.why


def test_the_largest_class_is_reported(spec):
    own = sound(spec, "1", area="乡村", class_list=Value(classes("小学", 20, 30)))
    (shown,) = judge(spec, own, grants=[grant(ROOM, own)]).relaxed.granted
    assert "最大班额 30 人，应不多于 29 人" in shown.why


@pytest.mark.parametrize(
    ("low", "high", "pupils", "why"),
    [
        (50, None, 49, "在校生 49 人，应不少于 50 人"),
        (50, None, 50, ""),
        (None, 99, 100, "在校生 100 人，应不多于 99 人"),
        (None, 99, 99, ""),
        (50, 99, 100, "在校生 100 人，应不少于 50 人、不多于 99 人"),
    ],
)
def test_a_case_may_bound_the_pupils_on_one_side(spec, low, high, pupils, why):
    one = spec.relaxations[PE]
    cases = tuple(replace(case, min_pupils=low, max_pupils=high) for case in one.cases)
    bounded = replace(spec, relaxations={**spec.relaxations, PE: replace(one, cases=cases)})
    own = small(pupils)
    (shown,) = judge(bounded, own, grants=[grant(PE, own)]).relaxed.granted
    assert shown.applied is not bool(why)
    assert why in shown.why


def test_without_bounds_nobody_asks_for_the_pupils(spec):
    own = sound(spec, "1", pupils_primary=None, music_rooms=rooms((73, 2016)))
    (shown,) = judge(spec, own, grants=[grant(ROOM, own)]).relaxed.granted
    assert shown.applied is True


def test_of_several_cases_that_fit_the_most_generous_counts(spec):
    one = spec.relaxations[SIZE]
    first, second = one.cases
    more = replace(second, limits={**second.limits, "single": Fraction(2600)})
    for cases in ((first, more), (more, first)):
        wide = replace(spec, relaxations={**spec.relaxations, SIZE: replace(one, cases=cases)})
        own = sound(spec, "1", pupils=2600, migrant_pupils_primary=1400)
        relaxed = judge(wide, own, grants=[grant(SIZE, own, built_year=2000)]).relaxed
        assert indicator(relaxed, "B4").passes is True
