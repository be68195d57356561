"""Checks on a submission: contradictions are errors, oddities warnings."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.standard.engine import NotApplicable, Value, check_district, check_school, required
from indicators.standard.engine.checks import faults
from tests.indicators.standard.engine.builders import answers, school


def found(spec, kind="小学", last_year=None, **given):
    problems = check_school(spec, kind, answers(given), answers(last_year or {}))
    return [(p.level, p.item, p.code) for p in problems]


def messages(spec, kind="小学", last_year=None, **given):
    return [p.message for p in check_school(spec, kind, answers(given), answers(last_year or {}))]


def classes(*rows):
    return Value(tuple({"stage": s, "grade": g, "number": n, "pupils": p} for s, g, n, p in rows))


def test_a_sound_submission_has_no_problems(spec):
    given = {
        "pupils_primary": 85,
        "class_list": classes(("小学", "一年级", "1", 45), ("小学", "一年级", "2", 40)),
        "teachers_primary": 6,
        "teachers_doctor_primary": 0,
        "teachers_master_primary": 1,
        "teachers_bachelor_primary": 5,
        "teachers_associate_primary": 0,
        "teachers_below_primary": 0,
        "equipment_value": "20",
        "multimedia_rooms": 3,
        "charter_note": Value("章" * 50),
    }
    assert found(spec, last_year={"pupils_primary": 80}, **given) == []


def test_pupils_must_equal_the_class_list_of_the_stage(spec):
    rows = classes(("小学", "一", "1", 40), ("初中", "七", "1", 50))
    given = {"pupils_primary": 45, "pupils_junior": 50, "class_list": rows}
    assert found(spec, "九年一贯制学校", **given) == [("error", "pupils_primary", "table_sum")]
    assert messages(spec, "九年一贯制学校", **given) == [
        "“小学在校生数”45 人，班级名册小学合计 40 人，相差 5 人，请核对"
    ]


def test_classes_of_a_stage_the_school_does_not_run_are_noticed(spec):
    rows = classes(("小学", "一", "1", 40), ("高中", "一", "1", 40))
    assert found(spec, pupils_primary=40, class_list=rows) == [("error", "pupils_senior", "table_sum")]


def test_what_does_not_apply_is_none_of_it(spec):
    given = {"indoor_sports_area": "5", "teaching_area": NotApplicable("没有自己的校舍")}
    assert found(spec, **given) == [("error", "indoor_sports_area", "le")]
    assert found(spec, **given | {"indoor_sports_area": 0}) == []


def test_a_blank_is_no_contradiction(spec):
    assert found(spec, class_list=classes(("小学", "一", "1", 40))) == []
    assert found(spec, teachers_primary=6, teachers_master_primary=1) == []


def test_a_part_is_not_more_than_the_whole(spec):
    assert found(spec, pupils_primary=10, boarders_primary=10) == []
    assert messages(spec, pupils_primary=10, boarders_primary=11) == [
        "“小学寄宿生”11 人，多于“小学在校生数”10 人，请核对这两项"
    ]


def test_degrees_sum_to_the_teachers(spec):
    degrees = {f"teachers_{d}_primary": 1 for d in ("doctor", "master", "bachelor", "associate", "below")}
    assert found(spec, teachers_primary=5, **degrees) == []
    assert found(spec, teachers_primary=6, **degrees) == [("error", "teachers_primary", "sum_equals")]


def test_subject_teachers_together_are_not_more_than_all(spec):
    given = {f"{s}_teachers_primary": 2 for s in ("pe", "music", "art", "arts")}
    assert found(spec, teachers_primary=8, **given) == []
    assert found(spec, teachers_primary=7, **given) == [("error", "pe_teachers_primary", "sum_le")]


def test_the_gym_is_part_of_the_teaching_area(spec):
    assert found(spec, teaching_area=100, indoor_sports_area=100) == []
    assert found(spec, teaching_area=100, indoor_sports_area="100.01") == [("error", "indoor_sports_area", "le")]


@pytest.mark.parametrize(("now", "warned"), [(80, False), (79, True), (120, False), (121, True), (100, False)])
def test_more_than_a_fifth_of_change_is_a_warning(spec, now, warned):
    problems = found(spec, last_year={"pupils_primary": 100}, pupils_primary=now)
    assert problems == ([("warning", "pupils_primary", "change_warning")] if warned else [])


def test_the_change_is_reported_in_percent(spec):
    (message,) = messages(spec, last_year={"pupils_primary": 300}, pupils_primary=200)
    assert message == "“小学在校生数”200 人，比上年 300 人减少 33.3%，变化超过 20%，请核对"


def test_from_zero_any_number_is_a_change(spec):
    assert found(spec, last_year={"pupils_primary": 0}, pupils_primary=9) == [
        ("warning", "pupils_primary", "change_warning")
    ]


@pytest.mark.parametrize(
    ("equipment", "warned"), [("1.99", True), ("2", False), ("200", False), ("200.01", True), ("200000", True)]
)
def test_equipment_outside_the_usual_range_warns_of_the_unit(spec, equipment, warned):
    problems = found(spec, pupils_primary=100, equipment_value=equipment)
    assert problems == ([("warning", "equipment_value", "per_unit_range")] if warned else [])


def test_equipment_is_compared_with_all_stages_and_waits_for_them(spec):
    given = {"pupils_junior": 10, "equipment_value": "100"}
    assert found(spec, "完全中学", **given) == []
    assert found(spec, "完全中学", pupils_senior=0, **given) == [("warning", "equipment_value", "per_unit_range")]
    assert found(spec, "完全中学", pupils_senior=90, **given) == []


def test_more_rooms_than_one_and_a_half_per_class_is_a_warning(spec):
    rows = classes(("小学", "一", "1", 40), ("小学", "一", "2", 40))
    assert found(spec, class_list=rows, multimedia_rooms=3) == []
    assert found(spec, class_list=rows, multimedia_rooms=4) == [("warning", "multimedia_rooms", "rows_multiple")]


def test_a_class_stands_once_in_the_list(spec):
    rows = classes(("小学", "一", "1", 40), ("初中", "一", "1", 40), ("小学", "一", "1", 39))
    (problem,) = check_school(spec, "九年一贯制学校", {"class_list": rows}, {})
    assert (problem.code, problem.row) == ("unique_rows", 3)
    assert "第 3 行与第 1 行重复（小学 一 1）" in problem.message


@pytest.mark.parametrize(
    ("stage", "grade", "wrong"),
    [
        ("小学", "六年级", False),
        ("小学", "七年级", True),
        ("小学", "7", True),
        ("小学", "初一", True),
        ("小学", "小六", False),
        ("初中", "六年级", False),
        ("初中", "初四", False),
        ("初中", "一", False),
        ("初中", "九年级", False),
        ("初中", "五年级", True),
        ("初中", "十年级", True),
        ("初中", "高一", True),
        ("高中", "高三", False),
        ("高中", "十二年级", False),
        ("高中", "四年级", True),
        ("小学", "混龄", False),
        ("小学", "2023级", False),
    ],
)
def test_a_grade_of_another_stage_is_wrong(spec, stage, grade, wrong):
    rows = classes(("小学", "一", "1", 40), (stage, grade, "9", 40))
    problems = [
        one for one in check_school(spec, "十二年一贯制学校", {"class_list": rows}, {}) if one.item == "class_list"
    ]
    assert [(one.level, one.code, one.row) for one in problems] == [("error", "grades_fit", 2)] * wrong
    assert all(f"第 2 行：{stage}没有“{grade}”" in one.message for one in problems)


@pytest.mark.parametrize(("area", "wrong"), [("9.99", True), ("10", False), ("500", False), ("500.01", True)])
def test_rooms_are_between_10_and_500_square_metres(spec, area, wrong):
    rows = Value(({"name": "音乐室", "area": Decimal(area), "built_year": 2012},))
    assert found(spec, music_rooms=rows) == ([("error", "music_rooms", "range")] if wrong else [])


def test_an_incomplete_row_names_the_cell(spec):
    assert messages(spec, class_list=classes(("小学", "一", None, 40))) == ["“班级名册”第 1 行“班号”没有填"]


def test_an_empty_class_is_wrong(spec):
    assert ("error", "class_list", "range") in found(spec, class_list=classes(("小学", "一", "1", 0)))


@pytest.mark.parametrize(("length", "wrong"), [(49, True), (50, False)])
def test_texts_need_fifty_characters_not_counting_spaces(spec, length, wrong):
    problems = found(spec, workload_note=Value("字 " * length))
    assert problems == ([("error", "workload_note", "min_length")] if wrong else [])


@pytest.mark.parametrize(
    ("code", "value", "problem"),
    [
        ("pupils_primary", Value(-1), "negative"),
        ("pupils_primary", Value(Decimal("1.5")), "fraction"),
        ("pupils_primary", Value("十"), "type"),
        ("pupils_primary", Value(True), "type"),
        ("teaching_area", Value(Decimal("-0.01")), "negative"),
        ("charter", Value("是"), "type"),
        ("workload", Value("优"), "choice"),
        ("class_list", Value("三个班"), "type"),
        ("pupils_primary", NotApplicable("  "), "reason"),
        ("no_such_item", Value(1), "unknown_item"),
    ],
)
def test_malformed_values_are_errors_and_break_nothing_else(spec, code, value, problem):
    given = {code: value, "boarders_primary": Value(5)}
    assert [(p.level, p.item, p.code) for p in check_school(spec, "小学", given, {})] == [("error", code, problem)]


def test_not_applicable_counts_as_none_of_it_in_sums(spec):
    degrees = {f"teachers_{d}_primary": 1 for d in ("master", "bachelor", "associate", "below")}
    degrees["teachers_doctor_primary"] = NotApplicable("没有博士")
    assert found(spec, teachers_primary=4, **degrees) == []


def test_district_answers_are_checked_too(spec):
    problems = check_district(spec, answers({"exchanged": 5, "exchanged_backbone": 6, "migrant_eligible": 10}), {})
    assert [(p.item, p.code) for p in problems] == [("exchanged_backbone", "le")]
    both = answers({"migrant_eligible": 10, "migrant_public": 8, "migrant_purchased": 3})
    assert [(p.item, p.code) for p in check_district(spec, both, {})] == [("migrant_eligible", "sum_le")]


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"teachers_primary": 30, "staff_primary": 29}, [("error", "staff_primary", "sum_le")]),
        ({"teachers_primary": 30, "staff_primary": 30}, []),
        ({"teachers_primary": 30}, []),
        ({"staff_primary": 29}, []),
    ],
)
def test_staff_is_no_fewer_than_the_teachers_of_the_stage_and_may_stay_blank(spec, given, problems):
    assert found(spec, **given) == problems
    assert "staff_primary" not in {field.code for field in required(spec, "小学", answers(given))}


@pytest.mark.parametrize(
    ("table", "row", "problem"),
    [
        ("class_list", {"stage": "大学", "grade": "一", "number": "1", "pupils": 40}, "choice"),
        ("drills", {"date": "三月", "kind": "疏散演练", "participants": 600}, "type"),
        ("class_list", {"stage": "小学", "grade": "一", "number": 1, "pupils": 40}, "type"),
    ],
)
def test_a_cell_of_the_wrong_kind_is_an_error_of_its_row(spec, table, row, problem):
    problems = check_school(spec, "小学", {table: Value((row,))}, {})
    assert [(p.row, p.code) for p in problems if p.item == table] == [(1, problem)]


@pytest.mark.parametrize(
    ("minimum", "maximum", "words"),
    [
        (Fraction(10), None, "应不小于 10"),
        (None, Fraction(3), "应不大于 3"),
        (Fraction(10), Fraction(12), "应在 10 到 12 之间"),
    ],
)
def test_a_figure_out_of_bounds_names_the_bound_it_misses(spec, minimum, maximum, words):
    item = replace(spec.items["multimedia_rooms"], minimum=minimum, maximum=maximum)
    assert [(code, words in shown) for code, _, shown in faults(item, 5)] == [("range", True)]


def test_a_text_is_a_text_and_not_longer_than_its_field(spec):
    note = replace(spec.items["charter_note"], max_length=5)
    assert [code for code, _, _ in faults(note, 12)] == ["type"]
    assert [code for code, _, _ in faults(note, "章程已核准了")] == ["max_length"]
    assert list(faults(note, "章程已核准")) == []


def test_a_figure_without_an_end_is_not_a_number(spec):
    assert [p.code for p in check_school(spec, "小学", {"teaching_area": Value(Decimal("Infinity"))}, {})] == ["type"]


@pytest.mark.parametrize(("now", "warned"), [(12_000, False), (12_001, True), (7_999, True)])
def test_a_change_is_held_against_its_percentage_exactly(spec, now, warned):
    assert bool(found(spec, last_year={"pupils_primary": 10_000}, pupils_primary=now)) is warned


def test_the_usual_range_is_reported_with_what_each_comes_to(spec):
    (message,) = messages(spec, pupils_primary=300, equipment_value="1")
    assert message == (
        "“教学仪器设备资产值（账面原值）”1 万元，折合 33.33 元/人，不在常见的 200 到 20000 之间，请检查单位是不是万元"
    )


def test_blank_subjects_count_as_nobody_in_the_sum(spec):
    assert found(spec, teachers_primary=4, pe_teachers_primary=2, music_teachers_primary=2) == []
    assert found(spec, teachers_primary=3, pe_teachers_primary=2, music_teachers_primary=2) == [
        ("error", "pe_teachers_primary", "sum_le")
    ]


def test_problems_come_in_the_order_of_the_form_and_of_its_rows(spec):
    rows = classes(("小学", "一年级", "1", 0), ("小学", "一年级", "2", 0), ("小学", "一年级", "3", 0))
    problems = check_school(spec, "小学", answers({"nobody_asked": 1, "pupils_primary": -1, "class_list": rows}), {})
    shown = [(problem.item, problem.row) for problem in problems]
    assert shown[0] == ("nobody_asked", None)
    assert shown[1][0] == "pupils_primary"
    assert [row for item, row in shown if item == "class_list" and row] == [1, 2, 3]


@pytest.mark.parametrize(("funds", "warned"), [("500", False), ("500.01", True), ("5", False), ("4.99", True)])
def test_special_funds_are_held_against_yuan_a_pupil(spec, funds, warned):
    """50 pupils: 1 000 to 100 000 元 each are 5 to 500 万元."""
    problems = check_district(spec, answers({"special_pupils": 50, "special_funds": funds}), {})
    assert [p.code for p in problems if p.item == "special_funds"] == ["per_unit_range"] * warned


def reported_of_district(spec, schools, **given):
    problems = check_district(spec, answers(given), {}, schools)
    return [(p.level, p.item, p.code) for p in problems], [p.message for p in problems]


def graduating(*sizes, grade="九年级"):
    return classes(*(("初中", grade, f"{n}班", size) for n, size in enumerate(sizes, 1)), ("初中", "八年级", "1班", 40))


# The district's figure, the schools' one it is compared with, and whether the schools' sum is only its upper bound.
SUMMED = {
    "special_pupils": ("特殊教育学校", "pupils_primary", False),
    "exchange_eligible": ("小学", "exchange_eligible", False),
    "exchanged": ("小学", "exchanged_out", False),
    "exchanged_backbone": ("小学", "exchanged_backbone", False),
    "disabled_inclusive": ("小学", "inclusive_pupils_primary", False),
    "disabled_home_taught": ("小学", "home_taught_pupils_primary", False),
    "disabled_special": ("特殊教育学校", "pupils_primary", True),
    "migrant_public": ("小学", "migrant_pupils_primary", True),
    "migrant_purchased": ("小学", "migrant_pupils_primary", True),
}


@pytest.mark.parametrize(("item", "kind", "field", "at_most"), [(item, *rest) for item, rest in SUMMED.items()])
def test_a_figure_of_the_district_is_compared_with_the_sum_of_its_schools(spec, item, kind, field, at_most):
    zero = {"pupils_junior": 0} if kind == "特殊教育学校" else {}
    sponsor = "10" if item == "migrant_purchased" else "7"
    schools = [school(code, kind, sponsor=sponsor, **{field: 20} | zero) for code in "12"]
    strangers = [school("3", "小学", sponsor="7" if sponsor == "10" else "10", pupils=9, migrant_pupils_primary=5)]
    schools += strangers if at_most or kind == "特殊教育学校" else []
    assert reported_of_district(spec, schools, **{item: 40}) == ([], [])
    found, (message,) = reported_of_district(spec, schools, **{item: 41})
    assert found == [("warning", item, "schools_sum")]
    assert "多于 2 所学校填报的" in message
    assert "合计 40 人，相差 1 人" in message
    below, _ = reported_of_district(spec, schools, **{item: 39})
    assert below == ([] if at_most else found)


def test_a_sum_in_another_unit_is_converted_and_may_differ_by_a_little(spec):
    schools = [school("1", "特殊教育学校", public_funds_allocated=500_000)]
    assert reported_of_district(spec, schools, special_funds="50.4") == ([], [])
    assert reported_of_district(spec, schools, special_funds="51")[0] == [("warning", "special_funds", "schools_sum")]


def test_while_schools_are_silent_only_a_figure_their_sum_has_passed_already_is_reported(spec):
    schools = [school("1", exchange_eligible=30), school("2")]
    assert reported_of_district(spec, schools, exchange_eligible=40) == ([], [])
    _, (message,) = reported_of_district(spec, schools, exchange_eligible=20)
    assert "少于 1 所学校已填的“符合交流条件教师”合计 30 人，相差 10 人" in message
    assert reported_of_district(spec, [school("1")], migrant_public=5) == ([], [])


def test_not_applicable_and_closed_schools_add_nothing_to_a_sum(spec):
    schools = [school("1", exchange_eligible=NotApplicable("民办学校")), school("2", exchange_eligible=12)]
    closed = school("3", status="停办", exchange_eligible=99)
    assert reported_of_district(spec, [*schools, closed], exchange_eligible=12) == ([], [])


def test_graduates_are_compared_with_the_last_grade_and_with_all_junior_pupils(spec):
    full = [school("1", "初级中学", pupils=300, class_list=graduating(50, 50)), school("2", pupils=500)]
    assert reported_of_district(spec, full, junior_graduated=110, junior_entered=105) == ([], [])
    found, messages = reported_of_district(spec, full, junior_graduated=197)
    assert found == [("warning", "junior_graduated", "schools_sum"), ("warning", "junior_graduated", "schools_share")]
    assert "“班级名册”合计 100 人，相差 97 人" in messages[0]
    assert "“初中在校生数”合计 300 人的 65.7%，不在常见的 20% 到 50% 之间" in messages[1]
    assert reported_of_district(spec, full, junior_entered=197)[0] == [("warning", "junior_entered", "schools_share")]


def test_grades_named_otherwise_and_schools_still_silent_show_nothing_of_the_graduates(spec):
    other = school("1", "初级中学", pupils=300, class_list=graduating(100, grade="2023级"))
    assert reported_of_district(spec, [other], junior_graduated=120) == ([], [])
    silent = school("2", "初级中学", pupils_junior=None)
    assert reported_of_district(spec, [other, silent], junior_graduated=250) == ([], [])
    # A primary third grade is none of the junior stage's, and without junior pupils there is nothing to compare.
    combined = school("3", "九年一贯制学校", pupils_junior=0, class_list=classes(("小学", "三年级", "1班", 45)))
    assert reported_of_district(spec, [combined], junior_graduated=250) == ([], [])


def test_a_school_that_spends_less_on_training_than_the_standard_asks_to_budget_is_warned(spec):
    given = {"public_funds_budget": 100_000, "training_funds_budget": 5_000, "public_funds_allocated": 100_000}
    assert found(spec, training_funds_spent=5_000, **given) == []
    assert found(spec, training_funds_spent=4_999, **given) == [("warning", "training_funds_spent", "reaches_limit")]
    (message,) = messages(spec, training_funds_spent=4_000, **given)
    assert "是“公用经费预算”100000 元的 4.0%，低于C4要求的 5%" in message
    assert found(spec, training_funds_spent=1, public_funds_budget=0, public_funds_allocated=9) == []


def test_a_result_that_was_not_monitored_has_no_variation(spec):
    row = {"subject": "体育", "year": 2025, "level": "未监测", "variation": None, "report": "省评估院函"}
    assert check_district(spec, {"monitoring": Value((row,))}, {}) == []
    without = check_district(spec, {"monitoring": Value((row | {"level": "Ⅲ"},))}, {})
    assert [problem.code for problem in without] == ["blank_cell"]


def test_a_standard_names_the_fields_its_sums_are_made_of(spec):
    assert {"pupils_senior", "exchanged_out", "class_list"} < spec.summed_fields
    assert "teachers_primary" not in spec.summed_fields
    assert replace(spec, district_items={}).summed_fields == frozenset()
