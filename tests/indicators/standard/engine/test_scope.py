"""Who is judged, on which stages, who is left out with which words; which fields a school is asked, and why."""

from dataclasses import replace
from fractions import Fraction

import pytest

from indicators.standard.engine import (
    NotApplicable,
    UnusableData,
    Value,
    asked,
    required,
    required_of_district,
    unanswered,
)
from tests.indicators.standard.engine.builders import STAGES, answers, figures, judge, school


@pytest.mark.parametrize("kind", ["小学", "初级中学", "九年一贯制学校", "完全中学", "十二年一贯制学校"])
def test_a_school_is_judged_on_its_compulsory_stages(spec, kind):
    result = judge(spec, school(kind=kind))
    assert [p.stage for p in result.parts] == [s for s in STAGES[kind] if s != "senior"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("特殊教育学校", "特殊教育学校不参加"), ("中等职业学校", "不属于义务教育学校")],
)
def test_kinds_outside_the_seven_indicators_are_named_with_a_reason(spec, kind, words):
    result = judge(spec, school("1"), school("2", kind))
    assert len(result.parts) == 1
    assert words in result.excluded[0].reason
    assert not [m for m in result.missing if m.school_code.endswith("2")]


def test_a_closed_school_is_left_out(spec):
    result = judge(spec, school("1"), school("2", status="停办", has_submission=False))
    assert [e.reason for e in result.excluded] == ["学校已停办"]
    assert not result.missing


def test_a_small_teaching_point_is_left_out_with_its_pupils(spec):
    result = judge(spec, school(kind="教学点", pupils_primary=38))
    assert "38 人" in result.excluded[0].reason


def test_a_teaching_point_without_its_pupils_stays_in(spec):
    result = judge(spec, school(kind="教学点", pupils_primary=None))
    assert not result.excluded
    assert "pupils_primary" in [m.item for m in result.missing]


def test_a_stage_with_no_pupils_is_no_part_and_takes_no_share(spec):
    (part,) = judge(spec, school(kind="九年一贯制学校", pupils_junior=0)).parts
    assert part.stage == "primary"
    assert part.indicator("A7").numerator == 100


def test_a_stage_marked_not_applicable_is_no_part(spec):
    (part,) = judge(spec, school(kind="九年一贯制学校", pupils_primary=NotApplicable("尚未招生"))).parts
    assert part.stage == "junior"


def test_a_school_without_any_pupils_is_left_out_not_lost(spec):
    result = judge(spec, school(pupils_primary=0))
    assert not result.parts
    assert "没有在校生" in result.excluded[0].reason


def test_attached_junior_classes_make_a_second_part(spec):
    junior = {f"teachers_{d}_junior": 5 for d in ("doctor", "master", "bachelor")}
    subjects = {f"{s}_teachers_junior": 2 for s in ("pe", "music", "art", "arts", "backbone")}
    result = judge(spec, school(kind="小学", pupils_junior=100, **junior, **subjects))
    primary, attached = result.parts
    assert attached.stage == "junior"
    assert primary.indicator("A7").numerator == Fraction(50 * 500, 610)
    assert not result.missing


def test_primary_and_senior_without_junior_split_one_to_one_point_three_two(spec):
    (part,) = judge(spec, school(kind="十二年一贯制学校", pupils_junior=0, multimedia_rooms=58)).parts
    assert part.indicator("A7").numerator == 25


def test_weights_follow_the_stages_that_have_pupils(spec):
    (part,) = judge(spec, school(kind="十二年一贯制学校", pupils_primary=0, multimedia_rooms=22)).parts
    assert part.indicator("A7").numerator == 10


def test_unknown_kind_is_refused_with_the_school_and_the_known_kinds(spec):
    with pytest.raises(UnusableData, match=r"第1学校（0000000001）：.*没有学校类别“职高”.*小学"):
        judge(spec, school(kind="小学").__class__("0000000001", "第1学校", "职高"))


@pytest.mark.parametrize("pupils", ["12.5", "-3", "-1"])
def test_pupils_must_be_a_count(spec, pupils):
    with pytest.raises(UnusableData, match=r"pupils_primary.*非负整数"):
        judge(spec, school(pupils_primary=pupils))


def test_a_school_appearing_twice_is_refused(spec):
    with pytest.raises(UnusableData, match="学校标识码重复：0000000001"):
        judge(spec, school("1"), school("1"))


def test_floats_are_refused_because_they_are_not_exact(spec):
    with pytest.raises(UnusableData, match=r"teaching_area.*不是准确的数字"):
        judge(spec, school(teaching_area=4.5))


def codes(spec, kind, **given):
    return [field.code for field in required(spec, kind, answers(given))]


def test_every_field_a1_to_a7_need_is_required(spec):
    for kind in ("小学", "九年一贯制学校", "十二年一贯制学校"):
        assert set(figures(kind)) <= {*codes(spec, kind), "teachers_associate_junior"}


def test_only_stages_of_the_kind_are_asked(spec):
    found = codes(spec, "小学")
    assert not [code for code in found if code.endswith(("_junior", "_senior"))]


def test_attached_classes_bring_their_fields(spec):
    assert "teachers_bachelor_junior" in codes(spec, "小学", pupils_junior=30)
    assert "teachers_bachelor_junior" not in codes(spec, "小学", pupils_junior=0)


def test_a_stage_without_pupils_is_asked_nothing_else(spec):
    found = codes(spec, "九年一贯制学校", pupils_junior=0)
    assert [code for code in found if code.endswith("_junior")] == ["pupils_junior"]
    assert found == codes(spec, "九年一贯制学校", pupils_junior=NotApplicable("没有"))


def test_a_veto_needs_its_story_only_when_it_happened(spec):
    assert "veto_fraud_note" not in codes(spec, "小学")
    assert "veto_fraud_note" not in codes(spec, "小学", veto_fraud=False)
    assert "veto_fraud_note" in codes(spec, "小学", veto_fraud=True)


def test_relaxations_and_honours_are_asked_but_not_required(spec):
    optional = {"visiting_pe_teachers", "converted_sports_area", "honours"}
    assert not optional & set(codes(spec, "小学"))
    assert optional <= {item.code for item in asked(spec, "小学", {})}


def test_special_schools_are_not_asked_for_buildings_and_vocational_ones_nothing(spec):
    assert not {"teaching_area", "multimedia_rooms"} & set(codes(spec, "特殊教育学校"))
    assert "veto_fraud" in codes(spec, "特殊教育学校")
    assert codes(spec, "中等职业学校") == []


def test_a_vocational_school_is_asked_of_its_attached_junior_classes(spec):
    found = set(codes(spec, "中等职业学校", pupils_junior=80))
    assert {"pupils_junior", "class_list", "teachers_junior", "veto_fraud"} <= found
    assert not {"pupils_primary", "teachers_primary", "teaching_area"} & found


def test_every_required_field_says_why(spec):
    reasons = {f.code: f.reasons for f in required(spec, "小学", {})}
    assert reasons["teaching_area"] == ("A4 教学用房",)
    assert reasons["indoor_sports_area"] == ("A4 教学用房", "A5 体育场馆")
    assert "E6 有弄虚作假行为" in reasons["veto_fraud"]
    assert reasons["drills"] == ("“安全与特色”栏目",)
    assert all(reasons.values())


def test_unanswered_counts_not_applicable_as_answered(spec):
    fields = required(spec, "小学", {})
    given = {f.code: Value(0) for f in fields if f.code != "pupils_primary"}
    assert [f.code for f in unanswered(fields, given)] == ["pupils_primary"]
    assert unanswered(fields, given | {"pupils_primary": NotApplicable("停招")}) == []


@pytest.mark.parametrize("code", ["teacher_wage", "exchange_eligible", "monitoring", "public_funds_standard_junior"])
def test_the_district_is_asked_its_own_fields(spec, code):
    fields = {f.code: f for f in required_of_district(spec, {})}
    assert fields[code].item.respondent == "district"
    assert all(f.reasons for f in fields.values())


def test_the_district_is_asked_what_is_required_and_triggered_alone(spec):
    asked_for = {field.code for field in required_of_district(spec, {})}
    assert asked_for
    assert all(spec.district_items[code].required for code in asked_for)
    optional = replace(spec.district_items["teacher_wage"], required=False)
    hidden = replace(spec.district_items["survey_sent"], asked_if=("posts_allotted", True))
    changed = replace(spec, district_items=spec.district_items | {"teacher_wage": optional, "survey_sent": hidden})
    assert asked_for - {f.code for f in required_of_district(changed, {})} == {"teacher_wage", "survey_sent"}
    again = {f.code for f in required_of_district(changed, {"posts_allotted": Value(True)})}
    assert asked_for - again == {"teacher_wage"}
