"""The seven indicators of one school in words, from whatever is typed."""

from indicators.standard.engine import NotApplicable, SchoolData, Value, live, own_rating, own_values
from tests.figures import good_answers
from tests.indicators.standard.engine.builders import answers, figures


def page(spec, kind="小学", **changes):
    return live(spec, kind, answers(figures(kind) | changes))


def shown(spec, code, kind="小学", **changes):
    return next(i for i in page(spec, kind, **changes).parts[0].indicators if i.code == code)


def test_the_values_alone_are_those_of_the_sentences(spec):
    for kind in ("小学", "九年一贯制学校", "特殊教育学校"):
        given = answers(figures(kind))
        del given["equipment_value"]
        wanted = {
            (part.stage, one.code): one.exact
            for part in live(spec, kind, given).parts
            for one in part.indicators
            if one.exact is not None
        }
        assert own_values(spec, kind, given) == wanted
        assert len(wanted) == {"小学": 6, "九年一贯制学校": 12, "特殊教育学校": 0}[kind]


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


def test_formula_distinguishes_what_does_not_apply_from_what_is_blank(spec):
    nothing = NotApplicable("在建")
    assert "室内体育用房面积 不适用）" in shown(spec, "A4", indoor_sports_area=nothing, teaching_area=None).formula
    assert "教学及辅助用房面积 未填" in shown(spec, "A4", indoor_sports_area=nothing, teaching_area=None).formula


def test_summary_shows_whether_the_part_passes(spec):
    assert page(spec).parts[0].summary == "7 项中 7 项达标，符合要求"
    failing = page(spec, backbone_teachers_primary=0).parts[0].summary
    assert failing == "7 项中 6 项达标，其中 1 项低于标准的 85%，不符合要求（须至少 6 项达标、其余不低于标准的 85%）"
    assert page(spec, multimedia_rooms=None).parts[0].summary == "7 项中 6 项达标，1 项待定"
    both = page(spec, multimedia_rooms=None, sports_ground_area=2520).parts[0]
    assert (both.passes, both.summary) == (None, "7 项中 5 项达标，1 项未达标，1 项待定")


def test_schools_that_take_no_part_are_shown_why(spec):
    result = live(spec, "特殊教育学校", {})
    assert result.parts == ()
    assert "特殊教育学校" in result.note


def test_a_part_is_named_by_its_stage_alone_only_where_there_is_one(spec):
    assert [part.label for part in page(spec).parts] == ["小学"]
    assert [part.label for part in page(spec, "九年一贯制学校").parts] == ["小学部", "初中部"]


def whole(spec, **changes):
    """A primary school that fulfils everything, with changes; None is blank."""
    given = good_answers(spec, "小学") | {code: value and Value(value) for code, value in changes.items()}
    return live(spec, "小学", {code: answer for code, answer in given.items() if answer is not None})


def test_what_every_school_must_fulfil_by_its_own_figures_is_said_next_to_the_seven(spec):
    classes = tuple({"stage": "小学", "grade": "一年级", "number": n, "pupils": 46 - n} for n in range(3))
    changed = whole(spec, pupils_primary=2001, class_list=classes, public_funds_budget=None)
    demands = {demand.code: demand for demand in changed.demands}
    assert [demand.code for demand in changed.failed] == ["B4", "B5"]
    assert "多 1 人" in demands["B4"].why
    assert demands["B5"].why.startswith("超额班级 1 个：")
    assert (demands["C4"].passes, demands["C4"].why) == (None, "待填：公用经费预算")


def test_a_row_that_is_only_half_typed_is_not_judged_yet(spec):
    given, judged = good_answers(spec, "小学"), {"class_list", "music_rooms", "art_rooms"}
    tables = {code: item for code, item in spec.items.items() if item.kind == "table" and code in given}
    assert judged < set(tables)
    for code, item in tables.items():
        for column in item.columns:
            first, *others = given[code].value
            shown = live(spec, "小学", given | {code: Value((first | {column.code: None}, *others))})
            if code in judged:
                assert shown.is_met is None, (code, column.code)
                assert item.label in " ".join(demand.why for demand in shown.demands), (code, column.code)


def test_all_is_met_only_when_parts_and_demands_are(spec):
    assert whole(spec).is_met is True
    assert whole(spec, class_list=None, teaching_area=None).is_met is None
    assert whole(spec, class_list=None, teaching_area=None).open_codes == ["A4", "B3", "B5"]
    assert whole(spec, backbone_teachers_primary=1).is_met is False
    assert whole(spec, backbone_teachers_primary=1).parts[0].reached == 6
    assert [one.code for one in whole(spec, backbone_teachers_primary=1).parts[0].short] == ["A2"]


def test_a_kind_that_is_not_judged_has_nothing_to_meet(spec):
    left_out = page(spec, "中等职业学校")
    assert (left_out.parts, left_out.demands, left_out.is_met) == ((), (), None)


def rated(spec, kind="小学", **changes):
    given = {code: answer for code, answer in (good_answers(spec, kind) | changes).items() if answer is not None}
    return own_rating(spec, SchoolData("1", "甲", kind, area="城区", sponsor="7", answers=given))


def test_a_school_is_rated_by_all_that_its_own_answers_decide(spec):
    rating = rated(spec)
    assert rating.live == live(spec, "小学", good_answers(spec, "小学"))
    assert {one.code: one.passes for one in rating.demands} == dict.fromkeys([one.code for one in rating.demands], True)
    assert {one.code for one in rating.live.demands} < {one.code for one in rating.demands}
    assert len({one.code for one in rating.demands}) == len(rating.demands), "one line an indicator"
    assert [one.passes for one in rating.vetoes] == [True] * len(spec.vetoes)


def test_what_a_school_comes_to_is_shown_where_it_passes(spec):
    shown = {one.code: one.shown for one in rated(spec).demands}
    assert shown["B3"] == "应有音乐、美术教室各 1 间"
    assert shown["B4"] == "义务教育阶段在校生 360 人"
    assert shown["B5"] == "最大班额 40 人"
    assert shown["B12"] == "持证上岗率 100.0%"
    assert shown["C3"].startswith("有经核准的学校章程：是")
    nothing = {one.code: one.shown for one in rated(spec, class_list=None).demands}
    assert nothing["B5"] == ""


def test_what_is_attested_against_the_standard_and_what_is_open_are_distinguished(spec):
    by_code = {one.code: one for one in rated(spec, charter=Value(False), it_teaching=None).demands}
    assert (by_code["C3"].passes, "应为“是”" in by_code["C3"].why) == (False, True)
    open_one = next(one for one in by_code.values() if one.passes is None)
    assert open_one.why


def test_a_veto_is_open_until_it_is_answered(spec):
    happened, silent = (rated(spec, veto_safety=answer).vetoes for answer in (Value(True), None))
    assert [one.passes for one in happened if "安全" in one.short_name] == [False]
    assert [one.passes for one in silent if "安全" in one.short_name] == [None]
