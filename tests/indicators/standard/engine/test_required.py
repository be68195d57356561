"""Which fields a school is asked, and why."""

from dataclasses import replace

import pytest

from indicators.standard.engine import NotApplicable, Value, required
from indicators.standard.engine.scope import asked, required_of_district, unanswered
from tests.indicators.standard.engine.builders import answers, figures


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
