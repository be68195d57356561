"""The explanation tree: every value follows from its inputs, unrounded, and rounding is said last."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.standard.engine import (
    DistrictData,
    NotApplicable,
    Result,
    SchoolData,
    Spec,
    Value,
    evaluate,
    explain,
)
from indicators.standard.engine.explain import Case, ConclusionPlace, Explanation, Input, conditions
from indicators.standard.engine.explain.tree import given_at
from tests.indicators.standard.engine.builders import answers, departments, school, sound


def case(spec: Spec, *schools: SchoolData, **district: object) -> Case:
    data = DistrictData("410202", schools, answers(departments() | district))
    return Case(evaluate(spec, data), data)


@pytest.fixture
def whole(spec: Spec) -> Case:
    """One of every kind of school; school 3 is short of backbone teachers and has a class too many pupils."""
    return case(
        spec,
        sound(spec, "1", area="城区"),
        sound(spec, "2", "九年一贯制学校", pupils=340, area="乡村"),
        sound(spec, "3", "初级中学", pupils=700, area="镇区", backbone_teachers_junior=4, trained_teachers_junior=69),
        sound(spec, "4", "完全中学", pupils=410, teaching_area=Decimal("3999.7")),
        sound(spec, "5", "十二年一贯制学校", pupils=230, multimedia_rooms=NotApplicable("在建")),
        sound(spec, "6", "教学点", pupils=40, area="乡村"),
        school("7", has_submission=False),
    )


def calculated(expression: str) -> Fraction:
    """The expression's value, worked out here from its text alone."""
    plain = expression.translate(str.maketrans("（）＋－×÷", "()+-*/"))
    assert re.fullmatch(r"[-+*/(). \d]+", plain), expression
    return eval(re.sub(r"\d+(?:\.\d+)?", lambda found: f"Fraction('{found.group()}')", plain))


def numbers_in(expression: str) -> set[Fraction]:
    return {Fraction(found) for found in re.findall(r"\d+(?:\.\d+)?", expression)}


def amounts(given: tuple[Input, ...]) -> list[Fraction]:
    return [Fraction(one.text) for one in given]


def test_every_expression_comes_to_the_value_it_explains(whole: Case) -> None:
    shown = [node for node in explain.district(whole).walk() if node.expression]
    assert {node.place.kind for node in shown} == {"indicator", "split", "mean", "condition"}
    assert [node.title for node in shown if calculated(node.expression) != node.value] == []


def test_every_indicator_is_worked_out_from_the_inputs_shown_with_it(whole: Case) -> None:
    nodes = [node for node in explain.district(whole).walk() if node.place.kind == "indicator" and node.expression]
    assert len(nodes) > 40
    for node in nodes:
        assert set(amounts(node.inputs)) <= numbers_in(node.expression), node.title


def test_every_input_is_what_its_respondent_answered(whole: Case) -> None:
    seen = 0
    schools = {one.code: one for one in whole.data.schools}
    for node in explain.district(whole).walk():
        for given in node.inputs:
            own = whole.data.answers if given.respondent == "district" else schools[given.respondent].given
            answer = own.get(given.item)
            if answer is None:
                assert given.state == explain.BLANK
            elif isinstance(answer, NotApplicable):
                assert (given.state, given.text) == (explain.NOT_APPLICABLE, answer.reason)
            elif isinstance(answer.value, (int, Decimal)) and not isinstance(answer.value, bool):
                assert Fraction(given.text) == answer.value
                assert given.state == (explain.VALUE if answer.value else explain.ZERO)
            seen += 1
    assert seen > 500


def test_a_ratio_over_schools_is_the_sum_of_their_inputs(whole: Case) -> None:
    condition = explain.condition_based(whole, "B9").children[0]
    given = [one for child in condition.children for one in child.inputs]
    trained = [Fraction(one.text) for one in given if one.item == "trained_teachers_junior" and one.state == "value"]
    assert len(trained) == 4
    assert whole.indicators["B9"].figures["trained_teachers_junior"] == sum(trained)


def test_rounding_comes_last_and_the_exact_value_is_cut_off_not_rounded(spec: Spec) -> None:
    own = school(
        "1", pupils=2000, teachers_bachelor_primary=0, teachers_master_primary=84, backbone_teachers_primary=19
    )
    other = school("2", pupils=700, backbone_teachers_primary=6)
    known = case(spec, own, other)
    assert explain.indicator(known, "0000000002", "primary", "A2").rounding == "0.8571… → 0.86"
    assert explain.indicator(known, "0000000001", "primary", "A1").rounding == "4.2 → 4.20"
    assert explain.indicator(known, "0000000002", "primary", "A2").fraction == "6/7"


def test_a_value_that_prints_as_the_limit_but_misses_it_shows_why(spec: Spec) -> None:
    near = case(spec, school("1", pupils=2001, backbone_teachers_primary=20), school("2"))
    node = explain.indicator(near, "0000000001", "primary", "A2")
    assert (node.printed, node.verdict, node.near_limit) == ("1.00", False, True)
    assert node.rounding == "0.9995… → 1.00"


@pytest.mark.parametrize(
    ("changes", "code", "standard", "floor"),
    [
        ({"backbone_teachers_primary": 4}, "A2", "还差 1 名骨干教师", "还差 1 名骨干教师"),
        ({"backbone_teachers_primary": 0}, "A2", "还差 5 名骨干教师", "还差 5 名骨干教师"),
        ({"multimedia_rooms": 10}, "A7", "还差 2 间", "已达到"),
        ({"teaching_area": Decimal("2249.93")}, "A4", "还差 0.1 ㎡", "已达到"),
        ({"equipment_value": Decimal("84.994")}, "A6", "还差 15.01 万元", "还差 0.01 万元"),
        ({}, "A5", "已达到", "已达到"),
    ],
)
def test_distances_are_what_can_be_added(spec: Spec, changes: dict, code: str, standard: str, floor: str) -> None:
    node = explain.indicator(case(spec, school("1", **changes), school("2")), "0000000001", "primary", code)
    shown = [re.sub(r" (间|㎡|万元).*", r" \1", bound.distance) for bound in node.bounds]
    assert shown == [standard, floor]


def test_people_lacking_in_a_rate_are_whole(spec: Spec) -> None:
    known = case(spec, sound(spec, "1"), exchanged=9, exchange_eligible=91)
    rate = next(c for c in explain.condition_based(known, "B11").children if c.judged and c.bounds)
    assert rate.bounds[0].distance == "还差 1 人"


def test_the_split_of_a_school_is_a_step_with_its_weights(spec: Spec) -> None:
    own = school("1", "九年一贯制学校", pupils=166, pupils_junior=210, teaching_area=23226)
    node = explain.indicator(case(spec, own), "0000000001", "primary", "A4")
    (split,) = node.children
    assert split.title == "小学部分摊比例"
    assert (split.value, split.printed) == (Fraction(1660, 3970), "0.4181")
    assert split.expression == "166 × 1 ÷（166 × 1 ＋ 210 × 1.1）"
    assert "本学段分得 9711.6" in split.why
    assert [one.item for one in split.inputs] == ["pupils_primary", "pupils_junior"]


def test_a_coefficient_is_reported_with_mean_deviation_and_squares(whole: Case) -> None:
    node = explain.coefficient(whole, "junior", "A2")
    assert node.why.startswith("有学校") or "差异系数²" in node.why
    known = explain.coefficient(without_gaps(whole), "junior", "A2")
    mean, deviation, *parts = known.children
    pupils = [part.inputs[-1] for part in parts]
    total = sum(Fraction(p.text) for p in pupils)
    values = [part.value for part in parts]
    assert mean.value == sum(v * Fraction(p.text) for v, p in zip(values, pupils, strict=True)) / total
    square = sum(Fraction(p.text) * (v - mean.value) ** 2 for v, p in zip(values, pupils, strict=True)) / total
    assert abs(Fraction(deviation.value) ** 2 - square) < Fraction(1, 10**50)
    assert abs(Fraction(known.value) - Fraction(deviation.value) / mean.value) < Fraction(1, 10**25)


def without_gaps(known: Case) -> Case:
    stored = tuple(one for one in known.data.schools if one.code not in ("0000000005", "0000000007"))
    data = DistrictData("410202", stored, known.data.answers)
    return Case(evaluate(known.spec, data), data)


def test_what_blocks_the_verdict_comes_first(whole: Case) -> None:
    first = explain.district(whole).children[0]
    assert first.title == "阻碍结论的事项"
    assert [one.title for one in first.children] == [one.text for one in whole.result.blocking]
    assert first.children[0].children[0].subject == "第5学校"


def test_several_reasons_are_reported_one_by_one_and_in_one_sentence(whole: Case) -> None:
    node = explain.district(whole)
    assert node.points == tuple(one.text for one in whole.result.blocking)
    assert node.why == "；".join(node.points)


def test_blank_zero_and_not_applicable_are_distinguished(whole: Case) -> None:
    rooms = explain.indicator(whole, "0000000005", "primary", "A7")
    assert rooms.inputs[0].words == "不适用（在建）"
    degrees = explain.indicator(whole, "0000000001", "primary", "A1")
    assert degrees.inputs[0].words == "0 人"
    silent = explain.indicator(whole, "0000000007", "primary", "A1")
    assert silent.inputs[0].words == "还没有审核通过的填报"
    assert silent.value is None


def test_a_school_is_explained_under_a_district_indicator(whole: Case) -> None:
    node = explain.school_condition(whole, "B9", "0000000003")
    assert (node.verdict, node.subject) == (False, "第3学校")
    assert "69" in node.children[0].why
    with pytest.raises(KeyError):
        explain.school_condition(whole, "B1", "0000000003")


def test_attested_conclusions_are_marked(whole: Case) -> None:
    codes = {
        node.place.code for node in explain.district(whole).walk() if node.attested and node.place.kind == "condition"
    }
    assert {"B1", "B2", "B10", "C3", "C5", "C6", "C7", "C8"} <= codes


def test_verdicts_of_the_tree_are_those_of_the_result(whole: Case) -> None:
    result: Result = whole.result
    for node in explain.district(whole).walk():
        if node.place.kind == "part":
            assert node.verdict == whole.parts[node.place.school, node.place.stage].passes
        if node.place.kind == "coefficient":
            assert node.verdict == result.coefficients[node.place.stage][node.place.code].passes
    assert explain.district(whole).verdict == result.verdict


def test_nothing_is_built_before_it_is_asked_for(whole: Case) -> None:
    node: Explanation = explain.district(whole)
    assert "children" not in vars(node)
    assert node.children is node.children


def test_the_tree_is_plain_json_to_any_depth(whole: Case) -> None:
    top = explain.district(whole).as_json(0)
    assert top["children"] == []
    full = json.dumps(explain.district(whole).as_json(), ensure_ascii=False)
    assert json.loads(full)["children"][0]["title"] == "阻碍结论的事项"


@pytest.mark.parametrize(
    "ask",
    [
        lambda known: explain.part(known, "nobody", "primary"),
        lambda known: explain.indicator(known, "0000000001", "primary", "B1"),
        lambda known: explain.coefficient(known, "primary", "E1"),
        lambda known: explain.condition_based(known, "A1"),
        lambda known: explain.veto(known, "A1"),
        lambda known: explain.stage(known, "nursery"),
    ],
)
def test_what_does_not_exist_is_a_key_error(whole: Case, ask: object) -> None:
    with pytest.raises(KeyError):
        ask(whole)


def shown(node: Explanation, title: str) -> Explanation:
    return next(below for below in node.children if below.title == title)


def test_a_district_that_holds_everything_says_so_and_lists_no_blockers(spec: Spec) -> None:
    perfect = case(spec, sound(spec, "1"), sound(spec, "2"))
    node = explain.district(perfect)
    assert (node.verdict, node.why) == (True, "各项均达到标准")
    assert [below.title for below in node.children] == [
        "学校达标和校际差异",
        "政府保障程度、教育质量、社会认可度",
        "一票否决事项",
    ]
    assert {below.why for below in shown(node, "一票否决事项").children} == {"各校均确认没有发生；教育局声明没有"}


def test_a_district_without_schools_has_nothing_below_its_blocker(spec: Spec) -> None:
    (blocker, *_) = shown(explain.district(case(spec)), "阻碍结论的事项").children
    assert blocker.title == "没有参加评估的学校，不能得出结论"
    assert blocker.children == ()


def test_a_stage_nobody_runs_has_neither_parts_nor_coefficients(spec: Spec) -> None:
    assert explain.stage(case(spec, sound(spec, "1"), sound(spec, "2")), "junior").children == ()


def test_a_single_part_blocks_with_all_its_coefficients_below(spec: Spec) -> None:
    alone = shown(explain.district(case(spec, sound(spec, "1"))), "阻碍结论的事项")
    blocker = next(below for below in alone.children if "只有一所学校" in below.title)
    assert [below.place.code for below in blocker.children] == ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]
    assert {below.rounding for below in blocker.children} == {""}


def test_a_veto_shows_who_stated_it_and_who_has_not_answered(spec: Spec) -> None:
    veto = spec.vetoes[0]
    happened = case(
        spec, sound(spec, "1", **{veto.item: True}), sound(spec, "2", **{veto.item: None}), sound(spec, "3")
    )
    assert explain.veto(happened, veto.code).why == "1 所学校发生；1 所学校还没有确认；教育局声明没有"
    assert (
        explain.veto(case(spec, sound(spec, "1", **{veto.item: True})), veto.code).why == "1 所学校发生；教育局声明没有"
    )


def test_a_veto_of_a_standard_that_asks_the_bureau_nothing_lists_the_schools_only(spec: Spec) -> None:
    veto = spec.vetoes[0]
    items = {code: item for code, item in spec.district_items.items() if code != veto.item}
    node = explain.veto(case(replace(spec, district_items=items), sound(spec, "1")), veto.code)
    assert (node.why, [one.subject for one in node.children]) == ("各校均确认没有发生", ["第1学校"])


def test_a_veto_that_no_school_was_asked_says_so(spec: Spec) -> None:
    assert explain.veto(case(spec), spec.vetoes[0].code).why.startswith("没有学校填报")


@pytest.mark.parametrize(
    ("rooms", "distance"),
    [((50, 150), "正好等于上限"), ((4990, 15010), "超出 0.001"), ((49999, 150001), "超出 不到 0.001")],
)
def test_the_distance_of_a_coefficient_never_rounds_to_nothing(spec: Spec, rooms: tuple, distance: str) -> None:
    two = case(spec, *(school(str(n), pupils=100, multimedia_rooms=count) for n, count in enumerate(rooms)))
    assert explain.coefficient(two, "primary", "A7").bounds[0].distance == distance


def test_a_standard_without_conditions_shows_what_was_entered(spec: Spec) -> None:
    plain = tuple(replace(one, conditions=()) for one in spec.indicators)
    entered = explain.condition_based(case(replace(spec, indicators=plain), sound(spec, "1")), "B8")
    assert [given.item for given in entered.inputs] == ["teacher_wage", "civil_servant_wage", "performance_pay_full"]
    assert entered.why == "本版标准没有计算规则，由人工评定"


def test_a_condition_of_the_district_looks_at_no_field_of_a_school(spec: Spec, whole: Case) -> None:
    (condition,) = spec.indicator("C9").conditions
    assert list(conditions.school_fields(condition, whole.asked["0000000001"])) == []


@pytest.mark.parametrize(
    ("code", "position", "rule"),
    [
        ("B7", 0, "特殊教育学校公用经费 ÷ 特殊教育学生数 × 10000，不低于 6000 元"),
        ("B12", 0, "持教师资格证专任教师 ÷ 专任教师数，不低于 100%；每所学校都须达到"),
        (
            "C2",
            0,
            "（随班就读残疾儿童少年＋特殊教育学校就读残疾儿童少年＋送教上门残疾儿童少年） ÷ 适龄残疾儿童少年总数，不低于 95%",
        ),
        ("C2", 2, "延缓入学残疾儿童少年 ÷ 适龄残疾儿童少年总数（只列出，不判定）"),
    ],
)
def test_a_ratio_is_reported_with_its_scale_its_limit_and_who_must_reach_it(
    spec: Spec, code: str, position: int, rule: str
) -> None:
    assert conditions.demand(spec.indicator(code).conditions[position]) == rule


@pytest.mark.parametrize(
    ("code", "position", "unit", "places"),
    [
        ("C1", 0, "%", 1),
        ("B7", 0, "元", 2),
        ("B14", 0, "%", 1),
        ("B14", 1, "人", 2),
        ("B4", 0, "", 2),
        ("C9", 0, "", 2),
    ],
)
def test_a_condition_has_the_unit_of_its_figure(whole: Case, code: str, position: int, unit: str, places: int) -> None:
    node = explain.condition_based(whole, code).children[position]
    assert (node.unit, node.places) == (unit, places)


def test_a_single_figure_stands_without_brackets(spec: Spec) -> None:
    own = case(spec, school("1", backbone_teachers_primary=10, teaching_area=2600, indoor_sports_area=100))
    expressions = [explain.indicator(own, "0000000001", "primary", code).expression for code in ("A2", "A4")]
    assert expressions == ["10 ÷ 500 × 100", "（2600－100） ÷ 500"]


@pytest.mark.parametrize(
    ("value", "fraction"), [(Fraction(1, 3), "1/3"), (Fraction(7, 6), "7/6"), (Fraction(7, 40), "")]
)
def test_a_value_no_decimal_holds_is_shown_as_a_fraction(value: Fraction, fraction: str) -> None:
    assert Explanation(ConclusionPlace("district"), "", value=value).fraction == fraction


def test_a_bound_reads_as_people_write_it(whole: Case) -> None:
    standard, floor = explain.indicator(whole, "0000000001", "primary", "A4").bounds
    assert (standard.text, floor.text) == ("≥ 4.5", "≥ 3.825")


def test_a_yes_or_no_cell_is_reported_in_its_own_words(spec: Spec) -> None:
    music = spec.items["music_rooms"]
    columns = (
        *music.columns,
        replace(music.columns[0], code="shared", label="与他校共用", yes_label="共用", no_label="独用"),
    )
    item = replace(music, columns=columns)
    rows = Value(({"name": "音乐室", "area": Decimal(96), "built_year": 2012, "shared": False},))
    assert given_at("1", "甲校", item, rows).rows == ("名称 音乐室，面积 96 ㎡，建成年份 2012 年，与他校共用 独用",)


def test_money_is_lacking_to_a_hundredth_of_ten_thousand(spec: Spec) -> None:
    short = case(spec, sound(spec, "1"), sound(spec, "2"), special_pupils=50, special_funds=Decimal("29.994"))
    (bound,) = explain.condition_based(short, "B7").children[0].bounds
    assert (bound.met, bound.distance) == (False, "还差 0.01 万元")


def test_a_variation_on_its_limit_misses_it(spec: Spec) -> None:
    row = {"subject": "语文", "year": 2025, "level": "Ⅲ", "variation": Decimal("0.15"), "report": ""}
    on = case(spec, sound(spec, "1"), monitoring=Value((row,)))
    (bound,) = explain.condition_based(on, "C9").children[0].bounds
    assert (bound.sign, bound.met) == ("＜", False)


@pytest.mark.parametrize(
    ("satisfied", "distance"),
    [(85, "已达到"), (Decimal("85.5"), "已达到"), (84, "还差 1 份"), (Decimal("84.5"), "还差 1 份")],
)
def test_a_share_that_is_reached_lacks_nothing(spec: Spec, satisfied: object, distance: str) -> None:
    node = explain.condition_based(case(spec, sound(spec, "1"), survey_satisfied=satisfied), "D1").children[0]
    assert [bound.distance for bound in node.bounds] == [distance]


@pytest.mark.parametrize(("factor", "scale"), [(1, ""), (1000, " × 1000")])
def test_a_ratio_shows_its_factor_unless_it_is_one(spec: Spec, factor: int, scale: str) -> None:
    """A provincial addition may set a plain ratio (师生比) or one per thousand."""
    changed = tuple(
        replace(one, conditions=tuple(replace(c, factor=Fraction(factor)) for c in one.conditions))
        if one.code == "D1"
        else one
        for one in spec.indicators
    )
    known = case(replace(spec, indicators=changed), sound(spec, "1"))
    node = explain.condition_based(known, "D1").children[0]
    assert node.expression == f"85 ÷ 100{scale}"
    assert node.rule == f"满意问卷数 ÷ 回收有效问卷数{scale}，不低于 85%"
    assert f"满意问卷数 85 份 ÷ 回收有效问卷数 100 份{scale} ＝ " in node.why


def test_a_school_whose_figures_are_only_added_up_has_no_verdict_of_its_own(spec: Spec) -> None:
    known = case(spec, sound(spec, "1", area="城区"))
    node = explain.school_condition(known, "B13", "0000000001")
    assert (node.verdict, node.judged, node.subject) == (None, False, "第1学校")


def test_a_part_is_marked_where_one_of_its_seven_indicators_is_near_a_limit(spec: Spec) -> None:
    near = case(spec, school("1", pupils=2001, backbone_teachers_primary=20), school("2"))
    assert explain.part(near, "0000000001", "primary").near_limit is True
    assert explain.part(near, "0000000002", "primary").near_limit is False


def test_json_goes_down_as_many_levels_as_asked_for(whole: Case) -> None:
    def depth(shown: dict) -> int:
        return 1 + max((depth(child) for child in shown["children"]), default=-1)

    node = explain.district(whole)
    assert [depth(node.as_json(levels)) for levels in (0, 1, 2, 3)] == [0, 1, 2, 3]


def test_the_lines_of_a_table_are_in_the_json_and_no_empty_list_next_to_a_figure(whole: Case) -> None:
    shown = [given for node in explain.district(whole).walk() for given in node.inputs]
    table = next(given for given in shown if given.rows)
    assert table.as_json()["rows"] == list(table.rows)
    assert all("rows" not in given.as_json() for given in shown if not given.rows)


def test_a_decimal_ends_however_many_places_it_has() -> None:
    assert Explanation(ConclusionPlace("district"), "", value=Fraction(1, 5**30)).fraction == ""
    assert Explanation(ConclusionPlace("district"), "", value=Fraction(1, 3 * 5**30)).fraction == f"1/{3 * 5**30}"


def test_parts_and_statements_come_worst_first(spec: Spec) -> None:
    veto = spec.vetoes[0]
    known = case(
        spec,
        sound(spec, "1"),
        sound(spec, "2", multimedia_rooms=None, **{veto.item: None}),
        sound(spec, "3", multimedia_rooms=0, **{veto.item: True}),
        sound(spec, "4", multimedia_rooms=None),
    )
    parts = [node for node in explain.stage(known, "primary").children if node.place.kind == "part"]
    assert [(node.subject, node.verdict) for node in parts] == [
        ("第3学校", False),
        ("第2学校", None),
        ("第4学校", None),
        ("第1学校", True),
    ]
    said = explain.veto(known, veto.code).children
    assert [(node.subject, node.verdict) for node in said] == [
        ("教育局", True),
        ("第3学校", False),
        ("第2学校", None),
        ("第1学校", True),
        ("第4学校", True),
    ]


def test_a_single_reason_is_not_listed_again_point_by_point(spec: Spec) -> None:
    one = explain.district(case(spec, sound(spec, "1"), sound(spec, "2", charter=False)))
    assert one.why.startswith("C3 ")
    assert one.points == ()
    two = explain.district(case(spec, sound(spec, "1", informatised=False, workload=Value("差")), sound(spec, "2")))
    assert len(two.points) == 2


def test_only_stages_with_parts_are_listed(spec: Spec) -> None:
    juniors = explain.district(case(spec, *(sound(spec, str(n), "初级中学") for n in (1, 2))))
    assert [node.subject for node in juniors.children if node.place.kind == "stage"] == ["全区初中"]


def test_a_stage_counts_its_parts_and_the_coefficients_there_are(spec: Spec) -> None:
    known = case(spec, sound(spec, "1"), sound(spec, "2", multimedia_rooms=500))
    shown = [explain.stage(known, code).arithmetic for code in ("primary", "junior")]
    assert shown == [
        "2 所（部）：达标 2，未达标 0，待定 0；7 项差异系数：达标 6，未达标 1，待定 0",
        "0 所（部）：达标 0，未达标 0，待定 0；0 项差异系数：达标 0，未达标 0，待定 0",
    ]


def test_the_clause_is_the_standards_own(spec: Spec) -> None:
    own = replace(spec, clause="某教督〔2024〕1号“资源配置”")
    tree = explain.district(case(own, sound(own, "1"), sound(own, "2")))
    shown = {node.place.kind: node.clause for node in tree.walk()}
    assert tree.clause == "某教督〔2024〕1号"
    assert {shown[kind] for kind in ("stage", "part", "coefficient")} == {own.clause}
