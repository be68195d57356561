"""表Ⅰ–Ⅵ: each figure stands in its box, rounded half up once; what is missing waits and is never 0."""

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import judging, queries as evaluations
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import StoredCondition, StoredOutcome
from indicators.results.official_forms import facts as reading, queries
from indicators.results.official_forms.facts import FormBasis
from indicators.results.official_forms.queries import Forms
from indicators.standard.engine import NotApplicable
from indicators.standard.standards import queries as standards
from portal.core.lib.numbers import half_up
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.results.official_forms.conftest import BUREAU, text, whole


def of(cast: Cast, round: Round) -> Forms:
    return queries.forms(evaluated(cast, round))


@pytest.fixture
def basis(evaluation: Evaluation) -> FormBasis:
    return reading.load(evaluation)


WORDS = (
    "waiting",
    "undecided",
    "none",
    "yes",
    "no",
    "remark_rest",
    "remark_all",
    "schools_deny",
    "denied",
    "monitored",
)


def test_a_standard_may_say_each_word_of_the_boxes_otherwise(cast: Cast, round_a: Round) -> None:
    make_school("4102020009", "迟小学", cast.district)
    basis = reading.load(evaluated(cast, round_a))
    usual = [queries.MAKERS[code](basis) for code in queries.MAKERS]
    own = basis.spec.sentences | {word: f"【{basis.spec.sentences[word]}】" for word in WORDS}
    changed = replace(basis, spec=replace(basis.spec, sentences=own))
    for code, before in zip(queries.MAKERS, usual, strict=True):
        form = queries.MAKERS[code](changed)
        for line, was in zip(form.rows, before.rows, strict=True):
            for box, old in zip(line, was, strict=True):
                assert re.sub("[【】]", "", box.text) == old.text
                assert box.text not in ("待填", "不能判定", "——")
                # 三个增长 print what the engine stored.
                assert code == "growth" or box.text.count("待填") == box.text.count("【待填】")
        assert queries.waiting(form, {own["waiting"], "待填"}) == queries.waiting(before, {"待填"})


def test_form_one_counts_schools_classes_pupils_and_teachers(forms: Forms) -> None:
    line = text(forms, "1")[0]
    assert line[:8] == ["48.36", "13.70", "4", "63", "61200", "4180", "20640", "36900"]
    assert line[8:16] == ["1", "1", "1", "1", "0", "1", "1", "1"]
    # 360 and 300 pupils in classes of 40; the 教学点 hands in 9 classes with its 60 pupils.
    assert line[16:20] == ["27", "24", "780", "900"]
    assert line[20:] == ["待填", "90", "待填", "75"]


def test_staff_is_added_up_next_to_the_teachers(cast: Cast, round_a: Round) -> None:
    for code, counts in {
        "4102020001": {"staff_primary": 33},
        "4102020002": {"staff_junior": 28},
        "4102020004": {"staff_junior": 26},
        "4102020003": {"staff_primary": 30, "staff_junior": 25},
        "4102020005": {"staff_primary": 31},
    }.items():
        whole(round_a, School.objects.get(code=code), **counts)
    form = of(cast, round_a)["1"]
    assert [box.text for box in form.rows[0]][20:] == ["94", "90", "79", "75"]
    assert "教职工" not in "".join(form.notes)


def test_staff_waits_and_names_the_schools_that_did_not_report(cast: Cast, round_a: Round) -> None:
    """The item is not required: the submissions are approved without it, the sum is not a sum without them."""
    whole(round_a, cast.school_a, staff_primary=33)
    form = of(cast, round_a)["1"]
    assert [box.text for box in form.rows[0]][20:] == ["待填", "90", "待填", "75"]
    assert "待填：L21 缺少丁学校、己教学点的数据。" in form.notes
    assert "待填：L23 缺少乙初级中学、丁学校、戊中学的数据。" in form.notes


def test_the_special_school_is_counted_as_a_school_and_not_among_the_pupils(cast: Cast, round_a: Round) -> None:
    before = text(of(cast, round_a), "1")[0]
    whole(round_a, make_school("4102020009", "辛特殊教育学校", cast.district, kind="特殊教育学校"))
    after = text(of(cast, round_a), "1")[0]
    assert (before[13], after[13]) == ("1", "2")
    assert before[14:] == after[14:]


def test_a_closed_school_is_not_counted(cast: Cast, round_a: Round) -> None:
    make_school("4102020009", "旧小学", cast.district, status="停办")
    assert text(of(cast, round_a), "1")[0][8] == "1"


def test_a_sum_waits_for_every_school_and_names_those_that_lack(cast: Cast, round_a: Round) -> None:
    make_school("4102020009", "迟小学", cast.district)
    form = of(cast, round_a)["1"]
    line = [box.text for box in form.rows[0]]
    assert line[16:20] == ["待填", "24", "待填", "900"]
    assert "待填：L17 缺少迟小学的数据。" in form.notes
    assert all(box.open for box in form.rows[0] if box.text == "待填")


def test_a_teaching_point_without_pupils_leaves_the_number_of_large_ones_open(cast: Cast, round_a: Round) -> None:
    make_school("4102020009", "新教学点", cast.district, kind="教学点", area="乡村")
    forms = of(cast, round_a)
    assert text(forms, "1")[0][14:16] == ["2", "待填"]
    assert "50人及以上教学点有 待填 个" in forms["2-2"].notes[0]


def test_a_figure_marked_not_applicable_is_no_zero(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, None, BUREAU | {"villages": NotApplicable("城区没有行政村"), "gdp_per_head": 0})
    assert text(of(cast, round_a), "1")[0][3:5] == ["不适用", "0"]


def test_form_two_one_counts_what_the_evaluation_says(forms: Forms, evaluation: Evaluation) -> None:
    rows = text(forms, "2-1")
    for stage, lines in (("primary", rows[:2]), ("junior", rows[2:])):
        parts = [part for part in evaluation.result["parts"] if part["stage"] == stage]
        reached = [sum(p["indicators"][f"A{n}"]["reaches"] for p in parts) for n in range(1, 8)]
        reached.append(sum(p["passes"] for p in parts))
        assert lines[0][2:] == [str(count) for count in reached]
        assert lines[1][1:] == [f"{half_up(Fraction(count * 100, len(parts)), 1):f}" for count in reached]


def test_form_two_one_waits_while_a_part_cannot_be_judged(cast: Cast, round_a: Round) -> None:
    whole(round_a, cast.school_a, teaching_area=None)
    rows = text(of(cast, round_a), "2-1")
    assert rows[0][2:] == ["3", "3", "3", "待填", "3", "3", "3", "待填"]
    assert rows[1][4] == rows[1][8] == "待填"


def test_form_two_two_has_one_line_a_part_primary_first_each_numbered_from_one(forms: Forms) -> None:
    rows = text(forms, "2-2")
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("1", "甲小学", "7"),
        ("2", "丁学校（小学部）", "10"),
        ("3", "己教学点", "7"),
        ("1", "乙初级中学", "7"),
        ("2", "丁学校（初中部）", "10"),
        ("3", "戊中学（初中部）", "7"),
    ]
    assert rows[0][3:6] == ["360", "3", "9"]


def test_form_two_two_counts_its_parts_in_the_note(forms: Forms) -> None:
    assert forms["2-2"].notes[0] == (
        "注：1.小学学校总数 3 所（其中：一贯制学校的小学部有 1 所，50人及以上教学点有 1 个），"
        "初中学校总数 3 所（其中：一贯制学校的初中部 1 所，完全中学的初中部 1 所）。"
    )


@pytest.mark.parametrize(
    ("changes", "verdict", "remark"),
    [
        ({}, "是", "7 项全部达标"),
        ({"backbone_teachers_primary": 9}, "是", "A2 达到85%，其余达标"),
        ({"backbone_teachers_primary": 8}, "否", "A2 未达到85%，其余达标"),
        ({"backbone_teachers_primary": 9, "multimedia_rooms": 19}, "否", "A7 未达到85%，A2 达到85%，其余达标"),
        ({"backbone_teachers_primary": None}, "不能判定", "A2 缺数据，其余达标"),
    ],
)
def test_the_remark_says_which_reach_the_standard_and_which_the_floor(
    cast: Cast, changes: dict, verdict: str, remark: str
) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures(**({"pupils": 1000} | changes)))
    row = text(of(cast, round), "2-2")[0]
    assert row[13:] == [verdict, remark]
    assert row[4:6] == ["待填", "待填"], "no class list was handed in"


def test_every_value_mean_and_coefficient_is_the_evaluations_own_rounded_half_up_once(
    forms: Forms, evaluation: Evaluation
) -> None:
    rows, shown = text(forms, "2-2"), evaluation.result
    assert len(rows) == len(shown["parts"])
    for stage, lines in (("primary", rows[:3]), ("junior", rows[3:])):
        parts = [part for part in shown["parts"] if part["stage"] == stage]
        for line, part in zip(lines, parts, strict=True):
            exact = [part["indicators"][f"A{n}"]["value"] for n in range(1, 8)]
            assert line[6:13] == [f"{half_up(Decimal(value), 2):f}" for value in exact]
    means, cvs = text(forms, "3")[0], text(forms, "3")[1]
    coefficients = [shown["coefficients"]["primary"][f"A{n}"] for n in range(1, 8)]
    assert means[2:] == [*(f"{half_up(Decimal(c['mean']), 2):f}" for c in coefficients), "——"]
    assert cvs[1:8] == [f"{half_up(Decimal(c['cv']), 3):f}" for c in coefficients]


def test_the_composite_is_the_engines_and_is_judged_nowhere(forms: Forms, evaluation: Evaluation) -> None:
    result = judging.replay(evaluation)
    assert text(forms, "3")[1][-1] == f"{half_up(result.composite('primary'), 3):f}"
    assert "仅供参考，不用于判定" in forms["3"].notes[1]


def test_a_coefficient_prints_three_decimals_though_it_rounds_to_its_limit(basis: FormBasis) -> None:
    """0.501787 is printed 0.502, not 0.50 (规则：判定用未四舍五入的值)."""
    assert basis.filled("{cv:3}", StoredCondition(figures={"cv": "0.501787"})) == "0.502"


def test_one_school_alone_has_no_coefficient_and_no_zero(cast: Cast) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures())
    row = text(of(cast, round), "3")[1]
    assert set(row[1:8]) <= {"不能判定", "待填"}
    assert row[-1] == "——"


def test_forms_four_and_five_have_a_line_for_every_indicator_of_theirs(forms: Forms, evaluation: Evaluation) -> None:
    codes = [indicator.code for indicator in standards.load_spec(evaluation.standard).indicators]
    for code, letter in (("4", "B"), ("5", "C")):
        own = [one for one in codes if one.startswith(letter)]
        assert own
        assert [f"{letter}{row[0].split('.')[0]}" for row in text(forms, code)] == own


def test_form_four_fills_the_official_sentences(forms: Forms) -> None:
    said = {row[0].split(".")[0]: row[1:] for row in text(forms, "4")}
    assert said["4"] == ["超过2000人的小学 0 所，初中 0 所，超过2500人的一贯制学校 0 所", "是"]
    assert said["6"] == ["不足100人的规模较小学校学生数 60 人，公用经费 85000 元", "是"]
    assert said["7"] == [
        "特殊教育学校公用经费为 83 万元，特殊教育学生数为 129 人，特殊教育学校生均公用经费为 6400 元",
        "是",
    ]
    assert "比例 12.7%；交流轮岗的骨干教师 41 名，占交流轮岗教师总数的比例 39.8%" in said["11"][0]
    assert said["15"][0].endswith("合计 3206 人，占比 97.0%")


def test_the_special_schools_amount_is_the_one_the_standard_judges_by(forms: Forms) -> None:
    assert text(forms, "4")[6][0] == "7.特殊教育学校生均公用经费不低于6000元"


def test_form_five_fills_the_cohort_and_the_subjects(forms: Forms) -> None:
    rows = text(forms, "5")
    assert "毕业班学生数为 975 人" in rows[0][1]
    assert rows[0][1].endswith("巩固率为 98.6%")
    assert rows[1][1].startswith("全县残疾儿童少年为 238 人，入学 234 人，入学率为 98.3%")
    # The newest year counts; 0.15 itself fails, for the limit is strict.
    assert rows[8][1].startswith("语文 Ⅲ级、校际差异率 0.1013；数学 Ⅲ级、校际差异率 0.15；科学 待填级、校际差异率 待填")
    assert rows[8][1].endswith("心理健康 待填级、校际差异率 待填"), "every subject of the year of the newest results"
    assert rows[8][2] == "否"


def test_a_verdict_of_forms_four_and_five_is_the_evaluations_own(forms: Forms, evaluation: Evaluation) -> None:
    words = {True: "是", False: "否", None: "不能判定"}
    for code, letter in (("4", "B"), ("5", "C")):
        for number, row in enumerate(text(forms, code), 1):
            shown = evaluation.result["district_indicators"][f"{letter}{number}"]
            assert row[2] == (words[shown["passes"]] if shown["applicable"] else "不适用")


def test_blanks_wait_while_the_bureau_has_not_answered(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, None, {})
    rows = text(of(cast, round_a), "4")
    assert rows[7][1:] == ["全县义务教育学校教师年平均工资收入为 待填 元，当地公务员年平均工资收入 待填 元", "不能判定"]


def test_what_is_added_up_over_schools_waits_for_the_last_school(cast: Cast, round_a: Round) -> None:
    make_school("4102020009", "迟小学", cast.district)
    rows = text(of(cast, round_a), "4")
    assert rows[8][1:] == ["完成360学时培训的教师 待填 人，全县教师 待填 人，教师培训完成率 待填%", "不能判定"]
    assert rows[4][1] == "超过45人的小学班级 待填 个，超过50人的初中班级 待填 个"


def test_a_condition_that_is_not_demanded_reads_so(basis: FormBasis) -> None:
    shown = StoredCondition(conditions=(StoredOutcome("rate_junior", applicable=False),))
    assert basis.filled("{rate_junior:1}%", shown) == "不适用"


def test_more_than_a_hundred_per_cent_is_capped_in_print_with_the_figure_alongside(basis: FormBasis) -> None:
    shown = StoredCondition(figures={"rate": "102.34"})
    assert basis.filled("占比 {rate:1}%", shown) == "占比 100.0%（计算值 102.3%，超过 100%，请核对）"


def test_an_evaluation_of_the_first_engine_asks_to_be_judged_again(evaluation: Evaluation) -> None:
    saved = evaluation.result["district_indicators"]
    for code, shown in saved.items():
        saved[code] = {"value": shown["value"], "passes": None, "why": "由人工评定"}
    # Never saved: an old evaluation as it was stored then.
    evaluation.inputs_sha256 = "0" * 64
    forms = queries.forms(evaluation)
    assert text(forms, "4")[7][1].count("待填") == 2
    assert "请按现行评估标准重新评估后再填报" in forms["4"].notes[1]


def test_form_six_shows_the_states_survey_with_parents_apart(forms: Forms) -> None:
    assert text(forms, "6") == [
        ["计", "4200", "4068", "3560", "87.5", "180", "162", "90.0"],
        ["其中：家长", "待填", "2610", "2280", "87.4", "96", "86", "89.6"],
    ]


def test_every_form_names_its_source(forms: Forms, evaluation: Evaluation) -> None:
    for form in forms.values():
        assert "数据截至 2026-03-31 18:02" in form.notes[-1]
        assert f"核对码 {evaluation.inputs_sha256[:16]}…" in form.notes[-1]


def test_later_changes_of_data_do_not_reach_the_forms(cast: Cast, evaluation: Evaluation) -> None:
    before = {code: text(queries.forms(evaluation), code) for code in queries.MAKERS}
    whole(evaluation.round, cast.school_a, pupils_primary=999)
    cast.school_a.name = "改名小学"
    cast.school_a.save()
    queries._forms.clear()
    assert {code: text(queries.forms(evaluation), code) for code in queries.MAKERS} == before


def test_what_reads_otherwise_than_it_was_judged_is_marked_in_a_note(cast: Cast, round_a: Round) -> None:
    assert "临界" not in "".join(of(cast, round_a)["2-2"].notes)
    # 4.4999… prints as 4.50 and misses 4.5.
    whole(round_a, cast.school_a, teaching_area=Decimal("1619.99"), indoor_sports_area=Decimal(0))
    (note,) = [note for note in of(cast, round_a)["2-2"].notes if "临界" in note]
    assert note.endswith("甲小学 A4。")


def test_the_annex_sets_the_bureaus_statement_next_to_the_schools(cast: Cast, round_a: Round) -> None:
    whole(round_a, cast.school_b, veto_safety=True, veto_fraud=None)
    stated = BUREAU | {"veto_school_choice": True}
    del stated["veto_posts"]
    hand_in(round_a, None, stated)
    rows = {line[0].partition(" ")[0]: line[1:] for line in text(of(cast, round_a), "vetoes")}
    assert rows["E1"] == ["均承诺没有", "无", "甲校填报员", "2026年3月31日", "待填"]
    assert rows["E2"][:2] == ["均承诺没有", "有"]
    assert rows["E4"] == ["均承诺没有", "待填", "", "", "待填"]
    assert rows["E5"][:2] == ["1 所有", "无"]
    assert rows["E6"][:2] == ["1 所未承诺", "无"]


def test_growth_is_judged_with_its_documents_and_waits_without_them(cast: Cast, round_a: Round) -> None:
    now, before = {"": 105, "_last_year": 100}.items()
    years = {
        f"{base}{suffix}{stage}": Decimal(value)
        for suffix, value in (now, before)
        for base, stages in (
            ("fiscal_education", [""]),
            ("teacher_wage_total", [""]),
            ("per_pupil_cost", ["_primary", "_junior"]),
            ("per_pupil_public_funds", ["_primary", "_junior"]),
        )
        for stage in stages
    } | {"fiscal_revenue_regular": Decimal(103), "fiscal_revenue_regular_last_year": Decimal(100)}
    hand_in(round_a, None, BUREAU | years, proofs=["per_pupil_cost", "per_pupil_cost_last_year"])
    evaluation = evaluated(cast, round_a)
    shown = {one.code: one.words for one in evaluations.growth(evaluation)}
    assert shown["G2"] == "达到"
    assert shown["G1"].startswith(
        "待定（缺佐证：义务教育财政拨款（上年）、义务教育财政拨款（本年）、财政经常性收入（上年）"
    )
    rows = text(queries.forms(evaluation), "growth")
    assert [len(line) for line in rows] == [5, 5, 3, 5, 3, 3]
    assert (rows[1][1], rows[1][3:]) == ("达到", ["达到", "per_pupil_cost_last_year.pdf、per_pupil_cost.pdf"])


def test_what_the_standard_does_not_ask_has_no_annex(
    cast: Cast, round_a: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = evaluated(cast, round_a)
    assert "依据《教育法》第五十六条；龙政办〔2021〕8号二（二），" in queries.forms(evaluation)["growth"].notes[0]
    basis = reading.load(evaluation)
    monkeypatch.setattr(reading, "load", lambda *args, **kwargs: replace(basis, spec=replace(basis.spec, growths=())))
    queries._forms.clear()
    filled = queries.forms(evaluation)
    queries._forms.clear()
    assert list(filled)[-2:] == ["6", "vetoes"]
    assert queries.known(filled, "growth") == "1"


def test_heads_names_of_rows_and_the_source_are_said_by_the_standard(evaluation: Evaluation) -> None:
    basis = reading.load(evaluation)
    said = {"heads_4": "指标｜结论｜达标", "rows_6": "总计｜家长", "source": "取自{round}，{digest}"}
    own = replace(basis, spec=replace(basis.spec, sentences={**basis.spec.sentences, **said}))
    assert [box.text for box in queries.MAKERS["4"](own).head[0]] == ["指标", "结论", "达标"]
    assert [line[0].text for line in queries.MAKERS["6"](own).rows] == ["总计", "家长"]
    assert reading.source(own) == f"取自{evaluation.round.name}，{evaluation.inputs_sha256[:16]}…"
