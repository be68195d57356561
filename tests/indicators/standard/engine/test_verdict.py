"""The district's verdict: missing blocks, failing decides, the rest stays open."""

import dataclasses
from fractions import Fraction

import pytest

from indicators.standard.engine import DistrictData, NotApplicable, Value, evaluate, together
from tests.indicators.standard.engine.builders import VETOES, departments, judge, no_vetoes, school, sound


def good(spec, code="1", kind="小学", **changes):
    return school(code, kind, **no_vetoes(spec), **changes)


def test_a1_to_a7_alone_leave_the_verdict_open(spec):
    result = judge(spec, good(spec, "1"), good(spec, "2"), **dict.fromkeys(VETOES, False))
    assert result.complete is True
    assert result.failures == ()
    assert result.verdict is None
    assert [(b.kind, b.fails) for b in result.blocking] == [("indicator", False)]
    assert result.why[0].startswith("还不能判定的指标：B1、B2、B3")


def test_true_when_everything_holds(spec):
    result = judge(spec, sound(spec, "1"), sound(spec, "2"), **departments())
    assert result.why == ("各项均达到标准",)
    assert result.verdict is True
    assert result.blocking == ()


def test_one_undecided_indicator_keeps_the_verdict_open(spec):
    result = judge(spec, sound(spec, "1"), sound(spec, "2"), **(departments() | {"survey_satisfied": None}))
    assert result.complete is True
    assert result.verdict is None
    assert result.why == ("还不能判定的指标：D1",)


def test_one_failing_condition_of_b_to_d_fails_the_district(spec):
    result = judge(spec, sound(spec, "1"), sound(spec, "2", charter=False), **departments())
    assert result.verdict is False
    assert [(b.kind, b.code, b.schools) for b in result.blocking] == [("indicator", "C3", ("0000000002",))]
    assert result.why == (
        "C3 章程与信息化未达标：有章程，实现管理与教学信息化：学校 2 所，达标 1，未达标 1，待定 0；未达到的学校 1 所：第2学校",
    )


def test_a_failing_part_fails_the_district(spec):
    result = judge(spec, good(spec, "1"), good(spec, "2", multimedia_rooms=0))
    assert result.verdict is False
    assert "第2学校未达标：7 项中 6 项达标，A7 低于标准的 85%" in result.why


def test_a_failing_part_of_a_nine_year_school_is_named_by_its_stage(spec):
    result = judge(spec, good(spec, "1", "九年一贯制学校", backbone_teachers_junior=0))
    assert "第1学校初中部未达标：7 项中 6 项达标，A2 低于标准的 85%" in result.why


def test_a_coefficient_over_its_limit_fails_the_district(spec):
    schools = [good(spec, "1", multimedia_rooms=20), good(spec, "2", multimedia_rooms=400)]
    result = judge(spec, *schools)
    assert all(part.passes for part in result.parts)
    assert result.verdict is False
    assert any("差异系数 0.905，超过 0.50" in why for why in result.why)


def test_missing_blocks_the_verdict_even_when_something_fails(spec):
    result = judge(spec, good(spec, "1", multimedia_rooms=0), school("2", has_submission=False))
    assert result.verdict is None
    assert result.why[0] == "待填：1 所学校还缺 15 项数据，不能得出结论"
    assert any("未达标" in why for why in result.why)


@pytest.mark.parametrize("veto", ["veto_fraud", "veto_exam_admission", "veto_posts"])
def test_one_veto_anywhere_fails_the_district(spec, veto):
    result = judge(spec, good(spec, "1"), school("2", **(no_vetoes(spec) | {veto: Value(True)})))
    assert result.verdict is False
    happened = [v for v in result.vetoes if v.happened]
    assert [(v.veto.item, v.schools) for v in happened] == [(veto, ("0000000002",))]


def test_tutoring_is_no_veto_in_2017_and_is_one_in_the_newer_wording(spec, newer_spec):
    shown = {"veto_tutoring": Value(True)}
    result = judge(spec, school("1", **(no_vetoes(spec) | shown)))
    assert [v for v in result.vetoes if v.happened] == []
    result = judge(newer_spec, school("1", **(no_vetoes(newer_spec) | shown)))
    assert [v.veto.code for v in result.vetoes if v.happened] == ["E7"]
    assert result.verdict is False


def test_silence_on_a_veto_is_not_a_no(spec):
    result = judge(spec, good(spec, "1"), school("2"))
    assert all(v.happened is None and v.unanswered == ("0000000002",) for v in result.vetoes)


def test_special_schools_answer_vetoes_and_vocational_schools_do_not(spec):
    result = judge(spec, good(spec, "1"), school("2", "特殊教育学校"), school("3", "中等职业学校"))
    assert result.vetoes[0].unanswered == ("0000000002",)


def test_all_no_is_a_no(spec):
    assert all(v.happened is False for v in judge(spec, good(spec), **dict.fromkeys(VETOES, False)).vetoes)


def test_the_bureaus_own_statement_is_not_made_by_the_schools(spec):
    silent = judge(spec, sound(spec, "1"), sound(spec, "2"), **departments() | {"veto_safety": None})
    assert (silent.verdict, silent.why) == (
        None,
        (f"一票否决事项还没有全部确认：{spec.vetoes[4].name}（区县还没有逐项声明）",),
    )
    happened = judge(spec, sound(spec, "1"), sound(spec, "2"), **departments() | {"veto_safety": True})
    assert (happened.verdict, happened.why) == (False, (f"一票否决：{spec.vetoes[4].name}（区县声明有）",))
    assert [v.bureau for v in happened.vetoes] == [False, False, False, False, True, False]


def test_a_standard_that_asks_the_bureau_nothing_rests_on_the_schools(spec):
    items = {code: item for code, item in spec.district_items.items() if code not in VETOES}
    older = dataclasses.replace(spec, district_items=items)
    assert all((v.happened, v.is_asked) == (False, False) for v in judge(older, good(older)).vetoes)


def test_a_single_part_has_a_mean_but_no_coefficient(spec):
    coefficient = judge(spec, good(spec)).coefficients["primary"]["A7"]
    assert (coefficient.cv, coefficient.sd, coefficient.passes) == (None, None, None)
    assert coefficient.reason == "single_part"
    assert coefficient.mean == 10
    assert "只有一所" in coefficient.why


def test_a_mean_of_zero_has_no_coefficient(spec):
    result = judge(spec, good(spec, "1", multimedia_rooms=0), good(spec, "2", multimedia_rooms=0))
    assert result.coefficients["primary"]["A7"].reason == "zero_mean"


def test_a_stage_without_schools_does_not_hold_up_the_verdict(spec):
    result = judge(spec, good(spec, "1"), good(spec, "2"))
    assert result.coefficients["junior"]["A1"].reason == "no_parts"
    assert not any("初中" in why for why in result.why)


def test_a_district_without_schools_has_no_verdict(spec):
    result = evaluate(spec, DistrictData("410202"))
    assert (result.complete, result.verdict) == (False, None)
    assert result.why[0] == "没有参加评估的学校，不能得出结论"
    assert (result.blocking[0].kind, result.blocking[0].fails) == ("scope", False)


def test_what_keeps_the_verdict_open_names_the_schools_and_fails_nothing(spec):
    silent = sound(spec, "2", charter=None)
    result = judge(spec, sound(spec, "1"), silent, **(departments() | {"survey_satisfied": None}))
    (blocker,) = result.blocking
    assert (blocker.kind, blocker.fails, blocker.schools) == ("indicator", False, ("0000000002",))


def test_a_single_school_leaves_coefficients_open_and_fails_nothing(spec):
    result = judge(spec, sound(spec, "1"), **departments())
    (blocker,) = result.blocking
    assert (blocker.kind, blocker.fails, blocker.stage) == ("coefficient", False, "primary")


def test_a_standard_without_conditions_only_collects_what_was_entered(spec):
    plain = tuple(dataclasses.replace(indicator, conditions=()) for indicator in spec.indicators)
    result = judge(
        dataclasses.replace(spec, indicators=plain),
        good(spec, "1", trained_teachers_primary=10),
        good(spec, "2", trained_teachers_primary=5),
        teacher_wage="81234.5",
        performance_pay_full=True,
    )
    entered = {d.indicator.code: d for d in result.district_indicators}
    assert list(entered) == [i.code for i in spec.indicators if i.formula is None]
    assert entered["B8"].value.startswith("义务教育学校教师年平均工资收入（公办） 81234.5 元/年")
    assert "足额核定教师绩效工资总量 是" in entered["B8"].value
    assert "合计 15 人（2 校已填）" in entered["B9"].value
    assert entered["C9"].value is None
    assert entered["C9"].why == "尚未填报"
    assert {d.passes for d in entered.values()} == {None}
    assert all(d.applicable for d in entered.values())
    assert result.verdict is None


def test_a_standard_without_conditions_shows_every_kind_of_answer_in_words(spec):
    plain = tuple(dataclasses.replace(indicator, conditions=()) for indicator in spec.indicators)
    result = judge(
        dataclasses.replace(spec, indicators=plain),
        sound(spec, "1", charter_note=Value("章程已核准"), moral_education=Value("较好")),
        sound(spec, "2"),
        special_pupils=NotApplicable("没有特殊教育学校"),
        monitoring=departments()["monitoring"],
    )
    entered = {d.indicator.code: d.value for d in result.district_indicators}
    assert "不适用（没有特殊教育学校）" in entered["B7"]
    assert "9 行" in entered["C9"]
    assert "音乐专用教室 合计 2 行（2 校已填）" in entered["B3"]
    assert "1 校已填" in entered["C3"]
    assert "好 1 校、较好 1 校" in entered["C6"]


def test_a_part_with_five_of_seven_fails_without_being_under_any_floor(spec):
    five = sound(spec, "1", pupils=1000, backbone_teachers_primary=9, multimedia_rooms=20)
    under = sound(spec, "2", pupils=1000, backbone_teachers_primary=9, multimedia_rooms=19)
    assert [b.text for b in judge(spec, five, under).blocking if b.kind == "part"] == [
        "第1学校未达标：7 项中 5 项达标",
        "第2学校未达标：7 项中 5 项达标，A7 低于标准的 85%",
    ]


def test_a_stage_that_is_not_judged_has_no_limit(spec):
    with pytest.raises(ValueError, match="学段 高中 没有差异系数上限"):
        _ = spec.stages["senior"].limit


def test_an_indicator_judged_by_conditions_has_no_formula(spec):
    with pytest.raises(ValueError, match="指标 B3 没有计算公式"):
        _ = spec.indicator("B3").rule


def test_one_veto_nobody_has_answered_keeps_the_verdict_open(spec):
    result = judge(spec, sound(spec, "1"), sound(spec, "2", **{spec.vetoes[0].item: None}), **departments())
    assert (result.complete, result.failures, result.verdict) == (True, (), None)


def test_one_stage_without_a_coefficient_keeps_the_verdict_open(spec):
    primary, junior = (sound(spec, "1"), sound(spec, "2")), sound(spec, "3", "初级中学")
    result = judge(spec, *primary, junior, **departments())
    assert (result.complete, result.failures, result.verdict) == (True, (), None)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((True, True), True),
        ((True, None), None),
        ((False, None), False),
        ((None, False, True), False),
        ((None,), None),
        ((), None),
    ],
)
def test_together_false_beats_unknown_and_unknown_beats_true(verdicts, expected):
    assert together(iter(verdicts)) is expected


@pytest.mark.parametrize(("ratio", "text"), [("0.85", "85%"), ("0.825", "82.5%"), ("0.80", "80%")])
def test_the_floor_is_written_with_all_its_digits(spec, ratio, text):
    assert dataclasses.replace(spec, floor_ratio=Fraction(ratio)).floor_text == text
