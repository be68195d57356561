"""The seven indicators of one school in words, from whatever is typed."""

from indicators.standard.engine import NotApplicable, live
from tests.indicators.standard.engine.builders import answers, figures


def page(spec, kind="小学", **changes):
    return live(spec, kind, answers(figures(kind) | changes))


def shown(spec, code, kind="小学", **changes):
    return next(i for i in page(spec, kind, **changes).parts[0].indicators if i.code == code)


def test_teachers_lacking_are_whole_people(spec):
    indicator = shown(spec, "A1", teachers_master_primary=0, teachers_bachelor_primary=20, teachers_associate_primary=0)
    assert indicator.state == "floor"
    assert indicator.sentence == (
        "每百名学生拥有高于规定学历教师数 4.00 人，标准 4.2，还差 1 名高于规定学历教师；85% 底线 3.57 已过"
    )


def test_below_the_floor_both_gaps_are_reported(spec):
    indicator = shown(spec, "A2", backbone_teachers_primary=1)
    assert indicator.state == "below"
    assert indicator.sentence.endswith("还差 4 名骨干教师；85% 底线 0.85 未过，到底线还差 4 名骨干教师")


def test_area_is_rounded_up_to_a_tenth(spec):
    indicator = shown(spec, "A4", teaching_area="2199.94")
    assert "还差 50.1 ㎡教学及辅助用房" in indicator.sentence


def test_what_parts_share_is_reported_for_the_whole_school_and_for_all_that_fall_short(spec):
    both = page(spec, "九年一贯制学校", pupils_primary=500, pupils_junior=500, multimedia_rooms=20).parts
    stated = [part.indicators[6].sentence for part in both]
    # 23 × 1050 ÷ 1000 rooms for the primary part, 24 × 1050 ÷ 1100 for the junior one: 4.15 more are needed for both.
    assert all("全校还需 5 间网络多媒体教室（小学部、初中部都达标）；" in sentence for sentence in stated)
    assert "到底线全校还需 1 间网络多媒体教室" in stated[0]
    one = page(spec, "九年一贯制学校", pupils_primary=500, pupils_junior=500, multimedia_rooms=23).parts
    assert "全校还需 2 间网络多媒体教室；" in one[0].indicators[6].sentence
    assert "还差 " not in one[0].indicators[6].sentence
    assert one[1].indicators[6].state == "reached"


def test_rooms_a_senior_stage_uses_as_well_are_reported_for_the_whole_school(spec):
    [junior] = page(spec, "完全中学", pupils_junior=500, pupils_senior=1000, multimedia_rooms=30).parts
    # 12 rooms for 500 junior pupils are 5/17 of the school's: 40.8 in all.
    assert "全校还需 11 间网络多媒体教室；" in junior.indicators[6].sentence


def test_equipment_lacks_ten_thousands(spec):
    assert "还差 10 万元教学仪器设备" in shown(spec, "A6", equipment_value=90).sentence


def test_reached_is_said(spec):
    indicator = shown(spec, "A7")
    assert (indicator.state, indicator.sentence) == (
        "reached",
        "每百名学生拥有网络多媒体教室数 10.00 间，标准 2.3，已达标",
    )


def test_near_the_limit_is_said(spec):
    indicator = shown(spec, "A4", teaching_area="2248")
    assert indicator.value == "4.50"
    assert indicator.near_limit is True
    assert indicator.sentence.endswith("（临界，以未四舍五入的数为准）")


def test_what_is_missing_is_listed_per_indicator_in_words(spec):
    indicator = shown(spec, "A5", indoor_sports_area=None)
    assert (indicator.state, indicator.value) == ("unknown", "—")
    assert indicator.missing == ("室内体育用房面积",)
    assert shown(spec, "A7", indoor_sports_area=None).state == "reached"


def test_an_empty_page_lists_everything_and_judges_nothing(spec):
    result = live(spec, "九年一贯制学校", {})
    assert [p.label for p in result.parts] == ["小学部", "初中部"]
    assert all(i.state == "unknown" for p in result.parts for i in p.indicators)
    assert "小学在校生数" in result.parts[0].indicators[0].missing


def test_formula_is_filled_in(spec):
    assert shown(spec, "A4", indoor_sports_area=100).formula == (
        "（教学及辅助用房面积 5000－室内体育用房面积 100） ÷ 在校生 500 ＝ 9.80 ㎡"
    )


def test_formula_shows_the_split(spec):
    indicator = page(spec, "九年一贯制学校").parts[1].indicators[6]
    assert indicator.formula == (
        "网络多媒体教室 100 × [500 × 1.1 ÷（小学 500 ＋ 初中 500 × 1.1）] ÷ 在校生 500 × 100 ＝ 10.48 间"
    )


def test_formula_says_what_is_not_filled_in(spec):
    assert "室内体育用房面积 未填" in shown(spec, "A4", indoor_sports_area=None).formula


def test_formula_tells_what_does_not_apply_from_what_is_blank(spec):
    nothing = NotApplicable("在建")
    assert "室内体育用房面积 不适用）" in shown(spec, "A4", indoor_sports_area=nothing, teaching_area=None).formula
    assert "教学及辅助用房面积 未填" in shown(spec, "A4", indoor_sports_area=nothing, teaching_area=None).formula


def test_summary_tells_whether_the_part_passes(spec):
    assert page(spec).parts[0].summary == "7 项中 7 项达标，符合要求"
    failing = page(spec, backbone_teachers_primary=0).parts[0].summary
    assert failing == "7 项中 6 项达标，其中 1 项低于标准的 85%，不符合要求（须至少 6 项达标、其余不低于标准的 85%）"
    assert page(spec, multimedia_rooms=None).parts[0].summary == "7 项：达标 6，未达标 0，待定 1"


def test_schools_that_take_no_part_are_shown_why(spec):
    result = live(spec, "特殊教育学校", {})
    assert result.parts == ()
    assert "特殊教育学校" in result.note


def test_a_part_is_named_by_its_stage_alone_only_where_there_is_one(spec):
    assert [part.label for part in page(spec).parts] == ["小学"]
    assert [part.label for part in page(spec, "九年一贯制学校").parts] == ["小学部", "初中部"]
