"""学校自评表: one school's own figures under the official demands, as page, Word and PDF."""

import io
from decimal import Decimal

import docx
import pytest

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import document as self_rating, facts, queries
from indicators.results.official_forms.document import SelfRating
from indicators.standard.standards import queries as standards
from portal.core.papers import pdf, tree
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.indicators.results.board.conftest import evaluated
from tests.indicators.results.official_forms.conftest import whole


def of(evaluation: Evaluation, name: str) -> SelfRating:
    return queries.of_school(School.objects.get(name=name), evaluation)


def test_a_schools_counts_values_and_verdicts_stand_in_the_official_sentences(evaluation: Evaluation) -> None:
    resources, assurance = (points for _, points in of(evaluation, "甲小学").groups)
    spec = standards.load_spec(evaluation.round.standard)
    asked = [one for one in spec.indicators if one.form.school and one.formula is None]
    assert (len(resources), len(assurance)) == (len(spec.resources), len(asked))
    first = resources[0]
    assert first.demand == "1.每百名学生拥有高于规定学历教师数：小学、初中分别达到4.2人以上、5.3人以上。"
    assert first.words == "学校拥有高于规定学历教师数：小学 30 人。每百名学生拥有高于规定学历教师数：小学 8.33 人。"
    assert first.verdict == "是"
    assert resources[1].demand == "2.每百名学生拥有县级以上骨干教师数：小学、初中均达到1人以上。"


def test_a_school_with_two_stages_is_reported_for_each(evaluation: Evaluation) -> None:
    rating = of(evaluation, "丁学校")
    first = rating.groups[0][1][0]
    assert "小学 30 人；初中 22 人" in first.words
    assert first.verdict == "小学 是\n初中 是"
    assert rating.summary == "综合评估是否达标：小学 是；初中 是。"


def test_the_gym_is_taken_from_the_teaching_area_and_counted_once_with_the_grounds(cast: Cast, round_a: Round) -> None:
    whole(
        round_a,
        cast.school_a,
        teaching_area=Decimal(2520),
        indoor_sports_area=Decimal(120),
        sports_ground_area=Decimal(4320),
    )
    points = of(evaluated(cast, round_a), "甲小学").groups[0][1]
    assert points[3].words.startswith("学校拥有教学辅助用房面积：2400.00 平方米（不含室内体育用房）")
    assert points[4].words.startswith(
        "学校拥有体育场馆面积：4440.00 平方米（其中：体育场 4320.00 平方米、体育馆 120.00"
    )


def test_rooms_classes_and_pupils_are_listed(evaluation: Evaluation) -> None:
    points = of(evaluation, "戊中学").groups[1][1]
    assert points[0].words == (
        "全校教学班数 13 个。配备音乐专用教室 1 间，面积分别为：98.50 平方米；美术专用教室 1 间，面积分别为：92.00 平方米。"
    )
    assert points[1].words == "全校中小学生数 500 人。其中：初中 300 人、高中 200 人。"
    assert points[2].words.startswith("最大班额学生数 40 人")


def test_attached_classes_count_in_the_size_of_the_school_and_make_a_named_part(cast: Cast, round_a: Round) -> None:
    whole(round_a, cast.school_a, pupils_junior=80)
    evaluation = evaluated(cast, round_a)
    size = of(evaluation, "甲小学").groups[1][1][1]
    assert size.words == "全校中小学生数 440 人。其中：小学 360 人、初中 80 人。"
    names = [line[1].text for line in queries.forms(evaluation)["2-2"].rows]
    assert {"甲小学（小学部）", "甲小学（初中部）", "乙初级中学"} <= set(names)


def test_what_does_not_concern_a_school_reads_so(evaluation: Evaluation) -> None:
    points = of(evaluation, "甲小学").groups[1][1]
    assert [(point.words, point.verdict) for point in points[3:5]] == [
        ("本项不适用于本校。", "不适用"),
        ("本校不是特殊教育学校。", "不适用"),
    ]


def test_a_small_teaching_point_and_a_special_school_show_their_funds(evaluation: Evaluation) -> None:
    point = of(evaluation, "己教学点").groups[1][1][3]
    assert "上年度拨付定额公用经费 8.50 万元" in point.words
    assert point.verdict == "是"
    special = of(evaluation, "庚特殊教育学校")
    assert special.groups[1][1][4].verdict == "是"
    assert special.groups[0][1][0].verdict == "不适用"
    assert special.summary == "综合评估：特殊教育学校不参加资源配置指标评估。"


def test_missing_figures_wait_and_are_never_zero(cast: Cast, round_a: Round) -> None:
    whole(round_a, cast.school_a, equipment_value=None, class_list=None, music_rooms=None)
    resources, assurance = (points for _, points in of(evaluated(cast, round_a), "甲小学").groups)
    assert resources[5].words == "学校教学仪器设备值 待填 万元。生均教学仪器设备值：小学 待填 元。"
    assert resources[5].verdict == "不能判定"
    assert assurance[0].words.startswith("全校教学班数 待填 个。配备音乐专用教室 待填 间；美术")
    assert assurance[2].words.startswith("最大班额学生数 待填 人")
    assert assurance[2].verdict == "不能判定"


def test_a_school_without_a_submission_has_a_form_full_of_blanks(cast: Cast, round_a: Round) -> None:
    make_school("4102020009", "迟小学", cast.district, built_year=None)
    rating = of(evaluated(cast, round_a), "迟小学")
    assert rating.title == "迟小学（小学）建校于 ＿＿＿＿ 年"
    assert all("0 人" not in point.words for _, points in rating.groups for point in points)
    assert rating.summary == "综合评估是否达标：小学 不能判定。"


def test_word_has_the_four_official_columns_and_every_line(evaluation: Evaluation) -> None:
    school = School.objects.get(name="丁学校")
    word = docx.Document(io.BytesIO(queries.self_rating_file(evaluation, school, "docx")))
    table = word.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == [
        "A级指标",
        "B级指标及评估要点",
        "指标值或简要结论",
        "是否达标",
    ]
    assert table.rows[1].cells[0].text == table.rows[7].cells[0].text == "A1资源配置"
    shown = [point.words for _, points in of(evaluation, "丁学校").groups for point in points]
    assert len(shown) > 7
    assert [row.cells[2].text for row in table.rows[1:]] == shown


@pytest.mark.parametrize(("kind", "magic"), [("docx", b"PK"), ("pdf", b"%PDF")])
def test_equal_data_give_equal_bytes(evaluation: Evaluation, kind: str, magic: bytes) -> None:
    school = School.objects.get(code="4102020001")
    made = queries.self_rating_file(evaluation, school, kind)
    assert made.startswith(magic)
    assert made == queries.self_rating_file(evaluation, school, kind)


def test_the_pdf_holds_every_character_of_the_form(evaluation: Evaluation) -> None:
    """Fonts are embedded and none of the form's signs is missing from them (㎡, ＿, Ⅲ …)."""
    made = self_rating.document(facts.load(evaluation, only="4102020003"), "4102020003", 2001)
    assert pdf.missing_glyphs(tree.texts(made)) == ""
    assert b"FontFile" in queries.self_rating_file(evaluation, School.objects.get(code="4102020003"), "pdf")
