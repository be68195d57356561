"""Who is judged, on which stages, and who is left out with which words."""

from fractions import Fraction

import pytest

from indicators.standard.engine import NotApplicable, UnusableData
from tests.indicators.standard.engine.builders import STAGES, judge, school


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
