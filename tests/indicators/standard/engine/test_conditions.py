"""B1–D1 by their conditions: limits and edges, who is asked, what is missing (domain: 6号 政府保障程度、教育质量、社会认可度)."""

import copy
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.standard.engine import NotApplicable, Value
from indicators.standard.engine.conditions import Need
from indicators.standard.standards import files, reader
from tests.indicators.standard.engine.builders import departments, judge, school, sound


def judged(spec, code, *schools, **changes):
    """One of B1–D1 in a district of sound schools, with the departments' answers changed; None blanks."""
    asked = schools or (sound(spec, "1"), sound(spec, "2"))
    given = {item: value for item, value in (departments() | changes).items() if value is not None}
    result = judge(spec, *asked, **given)
    return next(d for d in result.district_indicators if d.indicator.code == code)


def rooms(*areas):
    return Value(tuple({"name": f"专用{n}", "area": Decimal(a), "built_year": 2018} for n, a in enumerate(areas)))


def classes(stage, *sizes):
    return tuple(
        {"stage": stage, "grade": "一年级", "number": str(n + 1), "pupils": size} for n, size in enumerate(sizes)
    )


def test_everything_holds_in_a_sound_district(spec):
    result = judge(spec, sound(spec, "1"), sound(spec, "2", "初级中学"), **departments())
    failing = {d.indicator.code: d.why for d in result.district_indicators if d.applicable and not d.passes}
    assert failing == {}


@pytest.mark.parametrize(
    ("code", "item"),
    [
        ("B1", "layout_plan"),
        ("B2", "four_unified"),
        ("B10", "posts_allotted"),
        ("B8", "performance_pay_full"),
        ("B15", "left_behind_system"),
    ],
)
def test_an_attested_conclusion_of_the_district_holds_fails_or_is_missing(spec, code, item):
    assert judged(spec, code).passes is True
    assert judged(spec, code, **{item: False}).passes is False
    blank = judged(spec, code, **{item: None})
    assert (blank.passes, blank.missing) == (None, (Need("district", item),))
    not_applicable = judged(spec, code, **{item: NotApplicable("没有")})
    assert (not_applicable.passes, not_applicable.missing) == (None, (Need("district", item, "没有"),))


@pytest.mark.parametrize(("count", "wanted"), [(1, 1), (12, 1), (13, 2), (24, 2), (25, 3)])
def test_trap_12_b3_needs_one_room_of_each_kind_for_every_12_classes_begun(spec, count, wanted):
    given = {"class_list": Value(classes("小学", *[40] * count))}
    enough = sound(spec, "1", **given, music_rooms=rooms(*["96"] * wanted), art_rooms=rooms(*["90"] * wanted))
    short = sound(spec, "1", **given, music_rooms=rooms(*["96"] * wanted), art_rooms=rooms(*["90"] * (wanted - 1)))
    assert judged(spec, "B3", enough).passes is True
    assert judged(spec, "B3", short).passes is False


def test_trap_14_b3_never_adds_kinds_or_areas_and_counts_only_large_enough_rooms(spec):
    thirteen = Value(classes("小学", *[40] * 13))
    three_music = sound(spec, "1", class_list=thirteen, music_rooms=rooms("96", "96", "96"), art_rooms=rooms("90"))
    small = sound(spec, "1", class_list=thirteen, music_rooms=rooms("95.99", "150"), art_rooms=rooms("90", "90"))
    assert judged(spec, "B3", three_music).passes is False
    found = judged(spec, "B3", small)
    assert found.passes is False
    assert "13 个班，应有不小于 96 ㎡的音乐教室 2 间，现有 1 间，另有 1 间面积不足" in found.outcomes[0].schools[0].why


def test_b3_counts_the_classes_of_compulsory_stages_only(spec):
    listed = Value(classes("初中", *[40] * 12) + classes("高中", *[40] * 24))
    whole = sound(spec, "1", "完全中学", class_list=listed, music_rooms=rooms("96"), art_rooms=rooms("90"))
    assert judged(spec, "B3", whole).passes is True


def test_b3_without_a_class_list_cannot_be_judged_and_names_the_school(spec):
    found = judged(spec, "B3", sound(spec, "1"), sound(spec, "2", class_list=None))
    assert found.passes is None
    assert found.missing == (Need("0000000002", "class_list"),)
    assert "还不能判定的学校 1 所：第2学校" in found.why


@pytest.mark.parametrize(
    ("kind", "pupils", "passes"),
    [
        ("小学", 2000, True),
        ("小学", 2001, False),
        ("初级中学", 2000, True),
        ("初级中学", 2001, False),
        ("九年一贯制学校", 1250, True),
        ("九年一贯制学校", 1251, False),
        ("十二年一贯制学校", 1250, True),
        ("十二年一贯制学校", 1251, False),
        ("完全中学", 2000, True),
        ("完全中学", 2001, False),
    ],
)
def test_trap_12_b4_size_is_of_the_institution_in_its_compulsory_stages(spec, kind, pupils, passes):
    found = judged(spec, "B4", school("1", kind, pupils=pupils))
    assert found.passes is passes
    over = {name: figure for name, figure in found.figures.items() if figure}
    form = {"小学": "primary", "初级中学": "junior", "完全中学": "junior"}.get(kind, "combined")
    assert over == ({} if passes else {f"over_{form}": 1})


@pytest.mark.parametrize(
    ("stage", "size", "passes"),
    [("小学", 45, True), ("小学", 46, False), ("初中", 50, True), ("初中", 51, False), ("高中", 60, True)],
)
def test_trap_12_b5_judges_every_class_from_the_list(spec, stage, size, passes):
    found = judged(spec, "B5", sound(spec, "1", class_list=Value(classes(stage, 40, size))))
    assert found.passes is passes
    assert sum(found.figures[f"over_{code}"] for code in ("primary", "junior")) == (not passes)
    if not passes:
        assert f"超额班级 1 个：{stage}一年级（2）班 {size} 人" in found.outcomes[0].schools[0].why


@pytest.mark.parametrize(("pupils", "applies"), [(99, True), (100, False), (1, True)])
def test_trap_12_b6_concerns_village_schools_under_100_pupils(spec, pupils, applies):
    village = sound(spec, "1", pupils=pupils, area="乡村", public_funds_allocated=65_000)
    found = judged(spec, "B6", village)
    assert found.applicable is applies
    assert found.passes is (True if applies else None)


def test_b6_funds_are_a_total_not_per_pupil(spec):
    short = sound(spec, "1", "教学点", pupils=38, public_funds_allocated=Decimal("64999.99"))
    found = judged(spec, "B6", short)
    assert found.passes is False
    assert found.figures["needed"] == 65_000
    assert "少 0.01 元" in found.outcomes[0].schools[0].why


def test_b6_asks_neither_town_schools_nor_schools_without_pupils(spec):
    town = sound(spec, "1", pupils=80, area="镇区", public_funds_allocated=1)
    empty = school("2", "教学点", pupils=0)
    assert judged(spec, "B6", town, empty).applicable is False


def small(spec, code, kind, pupils, **changes):
    return sound(spec, code, kind, pupils=pupils, **({"area": "镇区"} | changes))


@pytest.mark.parametrize(
    ("kind", "area", "funds", "passes"),
    [
        ("小学", "镇区", "65000", True),
        ("小学", "镇区", "64999.99", False),
        ("初级中学", "乡村", "85000", True),
        ("初级中学", "乡村", "84999.99", False),
        ("教学点", "乡村", "64999.99", False),
        ("完全中学", "镇区", "84999", False),
        ("九年一贯制学校", "乡村", "75000", True),
        ("九年一贯制学校", "乡村", "74999.99", False),
        ("小学", "城区", "1", None),
        ("教学点", "城区", "1", None),
    ],
)
def test_b6_in_the_newer_wording_means_rural_schools_of_every_stage(newer_spec, kind, area, funds, passes):
    own = small(newer_spec, "1", kind, 40, area=area, public_funds_allocated=funds)
    found = judged(newer_spec, "B6", own, public_funds_standard_primary=650, public_funds_standard_junior=850)
    assert (found.passes, found.applicable) == (passes, passes is not None)


def test_b6_in_the_newer_wording_reminds_of_small_schools_elsewhere_and_judges_none(newer_spec):
    town, city = (
        small(newer_spec, "1", "小学", 80),
        small(newer_spec, "2", "初级中学", 99, area="城区", public_funds_allocated=1),
    )
    large = sound(newer_spec, "3", area="城区")
    found = judged(newer_spec, "B6", town, city, large, public_funds_standard_junior=850)
    assert found.passes is True
    assert found.why.endswith(
        "；另有不足 100 人的学校 1 所（第2学校）不在镇区、乡村，不参与本项判定，请核对公用经费是否按规定核定"
    )
    assert found.figures["pupils"] == 80
    assert "另有" not in judged(newer_spec, "B6", town, large).why


def test_b6_in_the_newer_wording_waits_only_for_the_standards_it_needs(newer_spec):
    primary, junior = small(newer_spec, "1", "小学", 80), small(newer_spec, "2", "初级中学", 80)
    assert judged(newer_spec, "B6", primary).passes is True
    found = judged(newer_spec, "B6", primary, junior)
    assert (found.passes, found.missing) == (None, (Need("district", "public_funds_standard_junior"),))


def test_b6_cannot_be_judged_without_the_standard_or_the_submission(spec):
    point = sound(spec, "1", "教学点", pupils=60)
    assert judged(spec, "B6", point, public_funds_standard_primary=None).missing == (
        Need("district", "public_funds_standard_primary"),
    )
    silent = judged(spec, "B6", school("1", "教学点", has_submission=False))
    assert (silent.passes, silent.applicable) == (None, True)


@pytest.mark.parametrize(("funds", "passes"), [("30", True), ("29.999999", False)])
def test_b7_is_ten_thousand_yuan_over_pupils_against_the_dated_parameter(spec, funds, passes):
    found = judged(spec, "B7", special_pupils=50, special_funds=funds)
    assert spec.parameters["special_funds_per_pupil"] == 6000
    assert found.passes is passes
    assert found.near_limit is not passes


def test_b7_far_below_its_limit_is_not_near_it(spec):
    found = judged(spec, "B7", special_pupils=50, special_funds="25")
    assert (found.passes, found.near_limit) == (False, False)


def test_one_figure_near_its_limit_flags_the_indicator(spec):
    found = judged(spec, "B11", exchange_eligible=10_000, exchanged=996, exchanged_backbone=500)
    assert (found.passes, found.near_limit) == (False, True)


def test_b7_does_not_apply_where_there_is_no_special_school(spec):
    none = NotApplicable("本区没有特殊教育学校")
    found = judged(spec, "B7", special_pupils=none, special_funds=none)
    assert (found.applicable, found.passes, found.missing) == (False, None, ())
    assert found.why == "不适用：本区没有特殊教育学校"
    assert judged(spec, "B7", special_pupils=0, special_funds=0).applicable is False
    assert judged(spec, "B7", special_pupils=None, special_funds=none).passes is None
    assert judged(spec, "B7", special_pupils=None, special_funds=none).applicable is True


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("B7", {"special_pupils": 50, "special_funds": NotApplicable("未单列")}),
        ("B15", {"migrant_public": 70, "migrant_purchased": NotApplicable("没有购买学位")}),
        ("C2", {"disabled_special": 5, "disabled_home_taught": NotApplicable("没有送教上门")}),
    ],
)
def test_trap_18_not_applicable_at_one_figure_waives_no_demand_on_those_who_are_there(spec, code, changes):
    found = judged(spec, code, **changes)
    assert (found.applicable, found.passes) == (True, None)
    item = next(item for item, answer in changes.items() if isinstance(answer, NotApplicable))
    assert [(need.item, need.reason) for need in found.missing] == [(item, changes[item].reason)]


def test_trap_18_b13_not_applicable_at_one_school_does_not_hide_another_that_fails(spec):
    failing = sound(spec, "1", area="城区", in_zone_pupils_primary=450)
    waiving = sound(spec, "2", area="城区", in_zone_pupils_primary=NotApplicable("新建学校"))
    found = judged(spec, "B13", failing, waiving)
    assert (found.applicable, found.passes) == (True, None)
    assert "1 所学校的数据不全" in found.why


def test_without_such_children_zero_and_not_applicable_say_the_same(spec):
    none = NotApplicable("没有")
    assert judged(spec, "B7", special_pupils=none, special_funds=0).applicable is False
    nobody = {"disabled_inclusive": 0, "disabled_special": none, "disabled_home_taught": none, "disabled_deferred": 0}
    assert judged(spec, "C2", disabled_total=0, **nobody).applicable is False


def test_a_figure_that_is_only_shown_may_be_not_applicable(spec):
    found = judged(spec, "B14", good_senior_allotted_rural=NotApplicable("没有农村初中"))
    assert found.passes is True
    assert "不适用：没有农村初中" in found.why


@pytest.mark.parametrize(("wage", "passes"), [("80000", True), ("79999.99", False), ("80000.01", True)])
def test_b8_wages_must_reach_those_of_civil_servants(spec, wage, passes):
    assert judged(spec, "B8", teacher_wage=wage).passes is passes


@pytest.mark.parametrize(("code", "item"), [("B9", "trained_teachers_primary"), ("B12", "certified_teachers_primary")])
def test_every_teacher_of_every_school_is_trained_and_certified(spec, code, item):
    found = judged(spec, code, sound(spec, "1"), sound(spec, "2", **{item: 49}))
    assert found.passes is False
    assert found.figures["rate"] == 99
    assert "未达到的学校 1 所：第2学校" in found.why


def test_a_rate_over_100_in_one_school_does_not_make_up_for_another(spec):
    found = judged(
        spec, "B9", sound(spec, "1", trained_teachers_primary=51), sound(spec, "2", trained_teachers_primary=49)
    )
    assert found.figures["rate"] == 100
    assert found.passes is False


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"exchanged": 9}, False),
        ({"exchanged_backbone": 1}, False),
        ({"exchanged": 11, "exchanged_backbone": 2}, False),
        ({"exchanged": 0, "exchanged_backbone": 0}, False),
    ],
)
def test_b11_backbone_share_is_of_those_exchanged(spec, changes, passes):
    assert judged(spec, "B11", **changes).passes is passes


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({"in_zone_pupils_primary": 499}, False),
        ({"in_zone_pupils_primary": 499, "sponsor": "10"}, None),
        ({"in_zone_pupils_primary": 499, "boarding": True}, None),
        ({"in_zone_pupils_primary": 499, "area": "乡村"}, None),
        ({"in_zone_pupils_primary": 500}, True),
    ],
)
def test_b13_asks_public_day_schools_in_towns_only(spec, changes, passes):
    found = judged(spec, "B13", sound(spec, "1", **({"area": "城区"} | changes)))
    assert found.passes is passes
    assert found.applicable is (passes is not None)


def exchange(eligible, exchanged, backbone):
    return {"exchange_eligible": eligible, "exchanged_out": exchanged, "exchanged_backbone": backbone}


def test_b11_shows_where_the_district_and_its_schools_disagree_without_judging_it(spec):
    agreeing = judged(spec, "B11", sound(spec, "1", **exchange(60, 6, 1)), sound(spec, "2", **exchange(40, 4, 1)))
    differing = judged(spec, "B11", sound(spec, "1", **exchange(60, 6, 1)), sound(spec, "2", **exchange(40, 3, 1)))
    silent = judged(spec, "B11", sound(spec, "1", **exchange(60, 6, 1)), sound(spec, "2"))
    assert "核对" not in agreeing.why
    assert "交流轮岗教师总数：区县填报 10 人，各校合计 9 人，不一致，请核对" in differing.why
    assert "符合" not in differing.outcomes[-1].why
    assert silent.outcomes[-1].why == ""
    assert {found.passes for found in (agreeing, differing, silent)} == {True}


def test_b13_waits_for_a_submission_instead_of_taking_it_for_not_applicable(spec):
    found = judged(spec, "B13", school("1", area="城区", has_submission=False))
    assert (found.passes, found.applicable) == (None, True)


@pytest.mark.parametrize(("count", "passes"), [(475, True), (474, False)])
def test_b13_junior_schools_need_95_percent(spec, count, passes):
    assert judged(spec, "B13", sound(spec, "1", "初级中学", area="镇区", in_zone_pupils_junior=count)).passes is passes


def test_b14_half_the_places_and_some_for_village_junior_schools(spec):
    village = sound(spec, "1", "初级中学", area="乡村")
    assert judged(spec, "B14", village).passes is True
    assert judged(spec, "B14", village, good_senior_allotted=49).passes is False
    assert judged(spec, "B14", village, good_senior_allotted_rural=0).passes is False
    assert judged(spec, "B14", village, good_senior_allotted_rural=1).passes is True
    assert judged(spec, "B14", good_senior_allotted_rural=0).passes is True


def test_b15_counts_public_and_purchased_places(spec):
    assert judged(spec, "B15").passes is True
    assert judged(spec, "B15").figures["rate_numerator"] == 85
    assert judged(spec, "B15", migrant_purchased=4).passes is False


RETENTION = {"junior_graduated": 975, "junior_entered": 1000, "junior_in": 50, "junior_out": 60, "junior_died": 1}


def test_c1_default_formula_gives_the_published_figure(spec):
    found = judged(spec, "C1", **RETENTION)
    assert found.figures["rate"] == Fraction(985 * 100, 999)
    assert "（毕业 975 － 转入 50 ＋ 转出 60）÷（初一 1000 － 死亡 1） ＝ 98.6%" in found.why


@pytest.mark.parametrize(
    ("formula", "rate", "words"),
    [
        ("b", Fraction(975, 1000 + 50 - 60 - 1), "毕业 975 ÷（初一 1000 ＋ 转入 50 － 转出 60 － 死亡 1） ＝ 98.6%"),
        ("c", Fraction(975, 1000 + 50 - 60), "毕业 975 ÷（初一 1000 ＋ 转入 50 － 转出 60） ＝ 98.5%"),
    ],
)
def test_c1_by_the_other_two_formulas_a_standard_may_set(spec, formula, rate, words):
    changed = tuple(
        replace(one, conditions=tuple(replace(c, formula=formula) for c in one.conditions)) if one.code == "C1" else one
        for one in spec.indicators
    )
    found = judged(replace(spec, indicators=changed), "C1", **RETENTION)
    assert found.figures["rate"] == rate * 100
    assert words in found.why


@pytest.mark.parametrize(("graduated", "passes"), [(95, True), (94, False)])
def test_c1_needs_95_percent(spec, graduated, passes):
    assert judged(spec, "C1", junior_graduated=graduated).passes is passes


def test_trap_17_c1_over_100_percent_is_a_warning_and_capped_only_in_print(spec):
    found = judged(spec, "C1", junior_graduated=103)
    assert found.figures["rate"] == 103
    assert "＝ 100.0%" in found.why
    assert "计算值 103.0%，超过 100%，数据可能有误，请核对" in found.why


def test_trap_17_a_share_over_100_percent_is_a_warning_and_capped_only_in_print(spec):
    found = judged(spec, "D1", survey_valid=100, survey_satisfied=103)
    assert (found.value, found.passes) == ("103", True)
    assert "＝ 100.0%" in found.why
    assert "超过 100%，数据可能有误，请核对" in found.why
    exact = [judged(spec, "D1", survey_satisfied=100), judged(spec, "C1", junior_graduated=100)]
    assert [one.why for one in exact if "超过" in one.why] == []


def test_trap_18_c2_deferred_children_are_in_the_denominator_never_enrolled(spec):
    counts = {
        "disabled_total": 149,
        "disabled_inclusive": 60,
        "disabled_special": 60,
        "disabled_home_taught": 9,
        "disabled_deferred": 15,
    }
    found = judged(spec, "C2", **counts)
    assert found.figures["rate"] == Fraction(12900, 149)
    assert found.passes is False
    assert found.figures["deferred_rate"] == Fraction(1500, 149)


@pytest.mark.parametrize("code", ["C3", "C5", "C6", "C7", "C8"])
def test_every_school_must_hold_and_those_that_do_not_are_listed(spec, code):
    item = {"C3": "informatised", "C5": "facility_use", "C6": "campus_culture", "C7": "curriculum", "C8": "workload"}[
        code
    ]
    bad = False if code == "C3" else Value("一般")
    found = judged(spec, code, sound(spec, "1"), sound(spec, "2", "特殊教育学校", **{item: bad}))
    assert found.passes is False
    assert [s.school_code for s in found.outcomes[0].schools if s.passes is False] == ["0000000002"]


def test_c4_is_judged_school_by_school(spec):
    rich = sound(spec, "1", training_funds_budget=50_000)
    assert judged(spec, "C4", rich, sound(spec, "2", training_funds_budget=5_000)).passes is True
    assert judged(spec, "C4", rich, sound(spec, "2", training_funds_budget=Decimal("4999.99"))).passes is False


def test_c4_shows_what_was_spent_and_judges_it_only_where_the_standard_says_so(spec):
    two = [sound(spec, code, training_funds_spent=4_000) for code in "12"]
    found = judged(spec, "C4", *two)
    assert found.passes is True
    assert (
        "教师培训经费实际支出占公用经费预算的比例：教师培训经费决算 8000 元 ÷ 公用经费预算 200000 元 ＝ 4.0%"
        in found.why
    )
    content = copy.deepcopy(files.read_folder(files.SHIPPED / "national-2017"))
    [c4] = [entry for entry in content["indicators"] if entry["code"] == "C4"]
    c4["conditions"][0]["judged"], c4["conditions"][1]["judged"] = False, True
    assert judged(reader.spec_from_content(content), "C4", *two).passes is False


def monitoring(*rows):
    """These results; every other subject was not monitored."""
    keys = ("subject", "year", "level", "variation")
    given = [dict(zip(keys, (s, y, lv, v if v is None else Decimal(v)), strict=True)) for s, y, lv, v in rows]
    others = [name for name in SUBJECTS if name not in {row[0] for row in rows}]
    given += [{"subject": name, "year": 2015, "level": "未监测", "report": "省评估院函"} for name in others]
    return Value(tuple(given))


SUBJECTS = ("语文", "数学", "科学", "体育", "艺术", "德育", "英语", "劳动", "心理健康")


def results(year, *subjects):
    return Value(tuple({"subject": s, "year": year, "level": "Ⅲ", "variation": Decimal("0.1")} for s in subjects))


def test_c9_is_reached_only_when_every_subject_of_its_year_is_there(spec):
    assert judged(spec, "C9", monitoring=results(2020, *SUBJECTS[:6])).passes is True
    found = judged(spec, "C9", monitoring=results(2021, *SUBJECTS[:6]))
    assert found.passes is None
    assert "还缺 英语、劳动、心理健康的结果" in found.why
    assert found.missing == (Need("district", "monitoring"),)
    assert judged(spec, "C9", monitoring=results(2021, *SUBJECTS)).passes is True
    assert judged(spec, "C9", monitoring=results(None, *SUBJECTS[:6])).passes is None
    weak = monitoring(("语文", 2025, "Ⅱ", "0.1")).value[:1]
    assert judged(spec, "C9", monitoring=Value(weak)).passes is False, "a subject that fails fails whatever is missing"


def test_c9_states_what_was_not_monitored_with_its_source(spec):
    found = judged(spec, "C9", monitoring=monitoring(*(row for row in ALL_BUT_SPORT)))
    assert found.passes is True
    assert "体育 未监测（依据：省评估院函）" in found.why
    assert judged(spec, "C9", monitoring=monitoring()).passes is None


ALL_BUT_SPORT = [(name, 2025, "Ⅲ", "0.1") for name in SUBJECTS if name != "体育"]


@pytest.mark.parametrize(
    ("rows", "passes"),
    [
        ([("语文", 2025, "Ⅲ", "0.1499")], True),
        ([("语文", 2025, "Ⅲ", "0.15")], False),
        ([("语文", 2025, "Ⅱ", "0.10")], False),
        ([("语文", 2025, "Ⅳ", "0.10")], True),
        ([("语文", 2022, "Ⅰ", "0.30"), ("语文", 2025, "Ⅲ", "0.10")], True),
        ([("语文", 2025, "Ⅲ", None)], None),
        ([("语文", 2025, None, "0.10")], None),
        ([("语文", 2025, "Ⅲ", "0.10"), ("数学", 2025, "Ⅲ", "0.15")], False),
    ],
)
def test_trap_19_c9_needs_level_three_and_a_variation_strictly_below_its_limit(spec, rows, passes):
    assert judged(spec, "C9", monitoring=monitoring(*rows)).passes is passes


def test_c9_shows_the_largest_variation_and_flags_one_near_the_limit(spec):
    found = judged(spec, "C9", monitoring=monitoring(("语文", 2025, "Ⅲ", "0.10"), ("数学", 2025, "Ⅲ", "0.14999")))
    assert (found.outcomes[0].value, found.passes, found.near_limit) == (Fraction("0.14999"), True, True)
    one = judged(
        spec,
        "C9",
        monitoring=monitoring(("语文", 2025, "Ⅲ", "0.10"), ("数学", 2025, "Ⅲ", "0.15"), ("科学", 2025, "Ⅱ", "0.1")),
    )
    assert one.outcomes[0].shown == "学科 3 个，达标 1，未达标 2，待定 0"


def test_c9_without_results_cannot_be_judged(spec):
    assert judged(spec, "C9", monitoring=None).missing == (Need("district", "monitoring"),)
    assert judged(spec, "C9", monitoring=Value(())).passes is None


@pytest.mark.parametrize(("satisfied", "passes"), [(85, True), (84, False)])
def test_d1_is_the_states_survey_of_all_groups(spec, satisfied, passes):
    assert judged(spec, "D1", survey_satisfied=satisfied).passes is passes


def test_a_rate_that_prints_as_its_limit_but_misses_it_is_flagged(spec):
    found = judged(spec, "D1", survey_valid=100_000, survey_satisfied=84_990)
    assert (found.passes, found.near_limit) == (False, True)
    assert judged(spec, "D1").near_limit is False


def test_a_school_without_a_submission_blocks_what_every_school_must_hold(spec):
    found = judged(spec, "C3", sound(spec, "1"), school("2", has_submission=False))
    assert found.passes is None
    assert found.missing == (Need("0000000002", "", "还没有审核通过的填报"),)


def test_a_closed_school_is_asked_nothing(spec):
    assert judged(spec, "C3", sound(spec, "1"), school("2", status="停办")).passes is True


def test_b6_waits_for_the_pupils_and_the_funds_of_a_school_that_may_be_small(spec):
    nobody_counted = sound(spec, "1", pupils=60, area="乡村", pupils_primary=None)
    not_funded = sound(spec, "2", "教学点", pupils=60, public_funds_allocated=None)
    found = judged(spec, "B6", nobody_counted, not_funded)
    assert found.passes is None
    assert found.missing == (Need("0000000001", "pupils_primary"), Need("0000000002", "public_funds_allocated"))


def test_c1_without_a_cohort_cannot_be_calculated(spec):
    found = judged(spec, "C1", junior_entered=5, junior_died=5)
    assert found.passes is None
    assert "分母不大于 0，无法计算" in found.why


def test_c9_an_older_result_entered_later_does_not_replace_a_newer_one(spec):
    rows = monitoring(("语文", 2025, "Ⅲ", "0.10"), ("语文", 2022, "Ⅰ", "0.30"))
    assert judged(spec, "C9", monitoring=rows).passes is True


def test_c1_a_hair_over_100_percent_is_reported_too(spec):
    over = judged(spec, "C1", junior_entered=200, junior_graduated=201)
    assert over.passes is True
    assert "＝ 100.0%，标准 95%，达到；计算值 100.5%，超过 100%，数据可能有误" in over.why


def test_c1_of_a_single_pupil_can_be_calculated(spec):
    assert judged(spec, "C1", junior_entered=1, junior_graduated=1).passes is True


def test_c9_a_result_without_its_year_never_replaces_a_dated_one(spec):
    dated, undated = ("语文", 2015, "Ⅲ", "0.10"), ("语文", None, "Ⅰ", "0.30")
    assert judged(spec, "C9", monitoring=monitoring(dated, undated)).passes is True
    assert judged(spec, "C9", monitoring=monitoring(undated, dated)).passes is True
    assert judged(spec, "C9", monitoring=monitoring(undated)).passes is False


def test_c1_shows_its_rate_in_full(spec):
    assert judged(spec, "C1", junior_entered=200, junior_graduated=191).value == "95.5"


def test_b4_shows_by_how_many_pupils_a_school_is_too_large_and_nothing_of_one_on_the_limit(spec):
    found = judged(
        spec, "B4", school("1", pupils=2000), school("2", pupils=2013), school("3", "九年一贯制学校", pupils=1251)
    )
    assert [one.why for one in found.outcomes[0].schools] == [
        "",
        "义务教育阶段在校生 2013 人，超过 2000 人，多 13 人",
        "义务教育阶段在校生 2502 人，超过 2500 人，多 2 人",
    ]
    assert [one.value for one in found.outcomes[0].schools] == [2000, 2013, 2502]


def test_b5_shows_the_largest_class_of_the_district_and_of_each_school(spec):
    small, large = (Value(classes("小学", *sizes)) for sizes in ((30, 44, 31), (45, 20)))
    found = judged(spec, "B5", sound(spec, "1", class_list=small), sound(spec, "2", class_list=large))
    assert found.figures["largest"] == 45
    assert [one.value for one in found.outcomes[0].schools] == [44, 45]
    empty = judged(spec, "B5", sound(spec, "1", class_list=Value(())))
    assert (empty.figures["largest"], empty.outcomes[0].schools[0].value) == (0, 0)


def test_b6_counts_the_pupils_known_and_says_nothing_of_funds_that_suffice(spec):
    enough = sound(spec, "1", pupils=60, area="乡村", public_funds_allocated=65_000)
    uncounted = sound(spec, "2", pupils=50, area="乡村", pupils_primary=None)
    found = judged(spec, "B6", enough, uncounted)
    assert (found.figures["pupils"], found.figures["funds"]) == (60, 65_000)
    assert found.outcomes[0].schools[0].why == ""


def test_b6_needs_nothing_where_no_school_is_small(spec):
    assert judged(spec, "B6", sound(spec, "1"), public_funds_standard_primary=None).figures["needed"] == 0


@pytest.mark.parametrize(("area", "applies"), [("乡村", True), ("镇区", True), ("城区", False)])
def test_b14_asks_for_rural_places_where_there_is_a_rural_junior_school(spec, area, applies):
    found = judged(spec, "B14", sound(spec, "1", "初级中学", area=area), sound(spec, "2", area="乡村"))
    (rural,) = [one for one in found.outcomes if one.condition.code == "rural"]
    assert rural.applicable is applies


@pytest.mark.parametrize(("places", "passes", "word"), [(1, True, "达到"), (0, False, "未达到")])
def test_b14_one_village_place_is_some_and_none_is_none(spec, places, passes, word):
    found = judged(spec, "B14", sound(spec, "1", "初级中学", area="乡村"), good_senior_allotted_rural=places)
    (rural,) = [one for one in found.outcomes if one.condition.code == "rural"]
    assert (rural.passes, rural.why.rpartition("，")[2]) == (passes, word)


@pytest.mark.parametrize(
    ("count", "stated"),
    [(5, "第1学校、第2学校、第3学校、第4学校、第5学校"), (6, "第1学校、第2学校、第3学校、第4学校、第5学校等 6 所")],
)
def test_five_schools_are_named_and_more_are_counted(spec, count, stated):
    found = judged(spec, "C3", *(sound(spec, str(n), charter=False) for n in range(1, count + 1)))
    assert found.why.endswith(f"未达到的学校 {count} 所：{stated}")


def test_c2_shows_every_reason_why_nobody_is_there(spec):
    nobody = {
        code: NotApplicable(reason)
        for code, reason in (
            ("disabled_total", "没有残疾儿童"),
            ("disabled_inclusive", "没有随班就读"),
            ("disabled_special", "没有残疾儿童。"),
            ("disabled_home_taught", "没有残疾儿童"),
        )
    }
    found = judged(spec, "C2", **nobody)
    assert found.outcomes[0].why == "不适用：没有随班就读；没有残疾儿童"


def test_a_share_of_a_single_one_can_be_calculated(spec):
    assert judged(spec, "D1", survey_valid=1, survey_satisfied=1).value == "100"


def test_b5_shows_how_many_classes_are_large_and_judges_by_its_limits_alone(spec):
    sizes = [45, 46, 55, 56, 65, 66]
    rows = tuple({"stage": "小学", "grade": "一年级", "number": str(n), "pupils": size} for n, size in enumerate(sizes))
    found = judged(spec, "B5", sound(spec, "1", class_list=Value(rows)))
    assert "班额分布：46–55 人（偏大） 2 个班、56–65 人（大班额） 2 个班、66 人以上（超大班额） 1 个班" in found.why
    assert (found.figures["from_46"], found.figures["from_66"], found.passes) == (2, 1, False)
    assert "班额分布" not in judged(spec, "B5", sound(spec, "1", class_list=None)).why
