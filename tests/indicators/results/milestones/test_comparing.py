"""What changed between two moments: schools by their code, every figure unrounded, verdicts in words."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from indicators.collection.submissions.models import Round
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import StoredCoefficient
from indicators.results.milestones import actions, pages, queries, school_pages as schools, workbook
from indicators.results.milestones.models import Milestone
from indicators.results.milestones.pages import Side
from indicators.results.milestones.school_pages import PartRow as Row
from indicators.standard.standards import queries as standards
from portal.core.audit.models import AuditEvent
from portal.core.spreadsheets.write import SheetCell as XlsxCell
from schools.directory.models import School
from tests.cast import Cast, grant, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.results.milestones.conftest import Judge, judged
from tests.shared import shared


def side(evaluation: Evaluation) -> Side:
    return Side(f"e{evaluation.pk}", str(evaluation), evaluation)


def frozen(evaluation: Evaluation, cast: Cast) -> Milestone:
    return actions.freeze(
        round_id=evaluation.round_id, kind="self", evaluation_id=evaluation.pk, note="定稿", by=cast.admin
    )


def row_of(then: Evaluation, now: Evaluation, code: str) -> Row:
    found = schools.part_rows(side(then), side(now))
    return next(row for row in found if row.school_code == code)


@pytest.mark.parametrize(
    ("then", "now", "words", "way"),
    [
        (False, True, "未达标→达标", "better"),
        (True, False, "达标→未达标", "worse"),
        (True, True, "达标", "same"),
        (None, True, "无法判定→达标", "other"),
        (False, None, "未达标→无法判定", "other"),
        (None, None, "无法判定", "same"),
    ],
)
def test_a_turn_is_reported_in_words_and_undecided_is_neither_better_nor_worse(
    then: bool | None, now: bool | None, words: str, way: str
) -> None:
    turn = pages.turn_of(then, now)
    assert (turn.words, turn.way) == (words, way)


def test_a_figure_whose_rounding_would_turn_its_verdict_is_marked() -> None:
    near = StoredCoefficient(cv="0.501787", near_limit=True)
    clear = StoredCoefficient(cv="0.46", near_limit=False)
    stated = pages.judged_figure(near, clear, 3)
    assert (stated.then, stated.now, stated.change) == ("0.502（临界）", "0.460", "-0.042")
    assert pages.judged_figure(StoredCoefficient(), near, 3).then == "—"


@pytest.mark.parametrize(
    ("then", "now", "printed"),
    [
        ("4.05", "4.31", "+0.26"),
        ("4.31", "4.05", "-0.26"),
        ("4.2", "4.20", "不变"),
        (None, "4", "—"),
        ("4", None, "—"),
        ("4.204", "4.205", "增不足 0.01"),
        ("4.205", "4.204", "减不足 0.01"),
        ("4.194", "4.204", "+0.01"),
        ("1.004", "1.014", "+0.01"),
    ],
)
def test_a_change_is_worked_out_unrounded_and_printed_once(then: str | None, now: str | None, printed: str) -> None:
    assert pages.figure(then, now, 2).change == printed


def test_a_school_that_came_up_to_standard_says_so_with_both_figures(cast: Cast, round_a: Round, judge: Judge) -> None:
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=20, teaching_area=Decimal(3000)))
    then = judge(round_a)
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=30, teaching_area=Decimal(8000)))
    row = row_of(then, judge(round_a), "4102020001")
    assert (row.turn.words, row.turn.way, row.presence) == ("未达标→达标", "better", "both")
    cell = next(cell for cell in row.cells if cell.code == "A7")
    assert (cell.figure.then, cell.figure.now, cell.figure.change) == ("2.00", "3.00", "+1.00")
    assert cell.turn.words == "未达标→达标"


def test_a_renamed_school_of_another_type_is_matched_by_its_code(cast: Cast, round_a: Round, judge: Judge) -> None:
    """Trap 25: names and types change from year to year, the code stays."""
    then = judge(round_a)
    School.objects.filter(pk=cast.school_a.pk).update(name="甲学校", kind="九年一贯制学校", area="镇区", sponsor=10)
    next_year = open_round(cast.district, "2027")
    hand_in(next_year, School.objects.get(pk=cast.school_a.pk), figures("九年一贯制学校"))
    now = judge(next_year)
    row = row_of(then, now, "4102020001")
    assert row.school == "甲学校"
    assert row.notes == (
        "更名，原“甲小学”",
        "类型：小学→九年一贯制学校",
        "城乡：城区→镇区",
        "举办者：县级教育部门→民办",
    )
    stages = [r.presence for r in schools.part_rows(side(then), side(now)) if r.school_code == "4102020001"]
    assert stages == ["both", "new"], "its junior part is judged for the first time"


def test_a_merged_school_names_its_successor_and_stays_in_the_comparison(
    cast: Cast, round_a: Round, judge: Judge
) -> None:
    other = make_school("4102020005", "戊小学", cast.district)
    hand_in(round_a, other, figures())
    then = judge(round_a)
    School.objects.filter(pk=other.pk).update(status="停办", successor=cast.school_a)
    row = row_of(then, judge(round_a), "4102020005")
    assert row.presence == "gone"
    assert row.turn.words == "达标→不再参评"
    assert row.notes[0] == "办学状态：在办→停办，并入甲小学"


def test_what_a_school_is_called_today_stands_alongside(cast: Cast, round_a: Round, judge: Judge) -> None:
    then = judge(round_a)
    School.objects.filter(pk=cast.school_a.pk).update(name="青禾小学")
    row = row_of(then, then, "4102020001")
    assert (row.school, row.notes) == ("甲小学", ("现名青禾小学",))


def test_a_new_school_is_called_new(cast: Cast, round_a: Round, judge: Judge) -> None:
    then = judge(round_a)
    hand_in(round_a, make_school("4102020008", "新小学", cast.district), figures())
    row = row_of(then, judge(round_a), "4102020008")
    assert (row.presence, row.notes, row.turn.words) == ("new", ("新登记的学校",), "新参评：达标")


def test_a_school_that_left_the_district_is_called_gone(cast: Cast, round_a: Round, judge: Judge) -> None:
    then = judge(round_a)
    School.objects.filter(pk=cast.school_a.pk).update(district=cast.other_district)
    row = row_of(then, judge(round_a), "4102020001")
    assert (row.presence, row.school, row.notes) == ("gone", "甲小学", ("已不在名录",))


def test_a_closed_school_that_comes_back_is_no_error(cast: Cast, round_a: Round, judge: Judge) -> None:
    School.objects.filter(pk=cast.school_a.pk).update(status="停办")
    then = judge(round_a)
    School.objects.filter(pk=cast.school_a.pk).update(status="在办")
    assert row_of(then, judge(round_a), "4102020001").notes == ("办学状态：停办→在办",)


def test_the_district_shows_verdict_coefficients_and_b_to_d(cast: Cast, round_a: Round, judge: Judge) -> None:
    fill(round_a, 12)
    then = judge(round_a)
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=60))
    hand_in(round_a, None, {"townships": 5})
    now = judge(round_a)
    view = queries.overview(side(then), side(now))
    assert [line.label for line in view.headings][:3] == ["全区结论", "学校达标（分学段）", "差异系数达标"]
    assert len(view.coefficients) == 14
    a7 = next(c for c in view.coefficients if (c.stage, c.code) == ("primary", "A7"))
    assert a7.cv.change not in ("不变", pages.NONE)
    spec = standards.load_spec(round_a.standard)
    assert [line.label.split()[0] for line in view.conditions] == [i.code for i in spec.indicators if i.formula is None]
    assert not view.same
    assert not view.moved


def test_counts_compare_what_was_judged_on_both_sides_only(cast: Cast, round_a: Round, judge: Judge) -> None:
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=20, teaching_area=Decimal(3000)))
    then = judge(round_a)
    hand_in(round_a, cast.school_a, figures())
    hand_in(round_a, cast.school_b, figures("初级中学", pupils_junior=None))
    lines = {line.label: line for line in queries.overview(side(then), side(judge(round_a))).headings}
    schools_line = lines["学校达标（分学段）"]
    assert (schools_line.then, schools_line.now) == (
        "达标 1，未达标 1，待定 0 所（部）",
        "达标 1，未达标 0，待定 1 所（部）",
    )
    assert schools_line.turn == pages.VerdictTurn("+1（1 所（部）可比，1 所（部）不可比）", "better")
    assert (lines["缺数据的学校"].turn.words, lines["缺数据的学校"].turn.way) == ("+1", "other")


def test_missing_submissions_are_neither_decline_nor_progress(cast: Cast, round_a: Round, judge: Judge) -> None:
    fill(round_a, 6)
    then = judge(round_a)
    next_year = open_round(cast.district, "2027")
    hand_in(next_year, cast.school_a, figures())
    now = judge(next_year)
    for one, other in ((then, now), (now, then)):
        view = queries.overview(side(one), side(other))
        lines = {line.label: line for line in view.headings}
        assert lines["差异系数达标"].turn == pages.VerdictTurn("不可比", "other")
        assert lines["学校达标（分学段）"].turn.way == "same"
        assert "1 所（部）可比" in lines["学校达标（分学段）"].turn.words
        stated = (*view.headings, *view.coefficients, *view.conditions, *view.vetoes)
        assert not {line.turn.way for line in stated} & {"better", "worse"}


def test_a_count_over_everything_says_nothing_of_what_cannot_be_compared(
    cast: Cast, round_a: Round, judge: Judge
) -> None:
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=20, teaching_area=Decimal(3000)))
    then = judge(round_a)
    hand_in(round_a, cast.school_a, figures())
    lines = {line.label: line for line in queries.overview(side(then), side(judge(round_a))).headings}
    assert lines["学校达标（分学段）"].turn == pages.VerdictTurn("+1", "better")


def test_b_to_d_print_rates_once_and_keep_their_arithmetic(cast: Cast, round_a: Round, judge: Judge) -> None:
    hand_in(round_a, None, {"teacher_wage": 98600, "civil_servant_wage": 97900, "performance_pay_full": True})
    then = judge(round_a)
    hand_in(round_a, None, {"teacher_wage": 97000, "civil_servant_wage": 97900, "performance_pay_full": True})
    line = next(
        one for one in queries.overview(side(then), side(judge(round_a))).conditions if one.label.startswith("B8")
    )
    assert (line.then, line.now, line.change) == ("100.7", "99.1", "-1.6")
    assert line.turn.words == "达标→未达标"
    assert "97000" in "".join(line.now_why)


def test_the_same_moment_twice_has_no_change_anywhere(cast: Cast, round_a: Round, judge: Judge) -> None:
    fill(round_a, 8)
    same = side(judge(round_a))
    view = queries.overview(same, same)
    assert view.same
    assert {line.turn.way for line in (*view.headings, *view.conditions, *view.vetoes)} == {"same"}
    cells = [cell for row in schools.part_rows(same, same) for cell in row.cells]
    assert {cell.turn.way for cell in cells} == {"same"}
    assert {cell.figure.change for cell in cells} <= {"不变", pages.NONE}
    assert {row.state for row in schools.submission_rows(same, same)} <= {"same", "none"}


def test_submissions_say_which_receipt_changed_and_in_what(cast: Cast, round_a: Round, judge: Judge) -> None:
    old = hand_in(round_a, cast.school_a, figures())
    then = judge(round_a)
    new = hand_in(round_a, cast.school_a, figures(multimedia_rooms=31))
    hand_in(round_a, cast.school_b, figures("初级中学"))
    hand_in(round_a, None, {"townships": 5})
    rows = {row.key: row for row in schools.submission_rows(side(then), side(judge(round_a)))}
    changed = rows["4102020001"]
    assert (changed.then_receipt, changed.now_receipt) == (old.receipt, new.receipt)
    assert (changed.words, changed.changed) == ("数据有变化", True)
    assert "多媒体" in changed.items
    assert rows["4102020002"].words == "另一次提交，数据相同"
    assert rows["410202"].words == "新计入"


def test_a_figure_the_newer_standard_no_longer_asks_still_counts_as_changed(
    cast: Cast, round_a: Round, judge: Judge
) -> None:
    then = side(judge(round_a))
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=31))
    now = side(judge(round_a))
    saved = {code: item for code, item in now.spec.items.items() if code != "multimedia_rooms"}
    now.__dict__["spec"] = replace(now.spec, items=saved)
    row = next(row for row in schools.submission_rows(then, now) if row.key == "4102020001")
    assert (row.words, row.items) == ("数据有变化", then.spec.items["multimedia_rooms"].label)


def sheet(book: bytes, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_name(name).to_python()


@shared
def pair(cast: Cast, round_a: Round) -> tuple[Milestone, Evaluation]:
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=20, teaching_area=Decimal(3000)))
    milestone = frozen(judged(cast, round_a), cast)
    hand_in(round_a, cast.school_a, figures())
    return milestone, judged(cast, round_a)


PAGES = ("/milestones/compare/", "/milestones/compare/schools/", "/milestones/compare/returns/")


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("who", ["admin", "leader", "reviewer", "expert", "auditor"])
def test_whoever_reads_milestones_compares_them(
    cast: Cast, pair: tuple[Milestone, Evaluation], sign_in: Any, url: str, who: str
) -> None:
    milestone, evaluation = pair
    answer = sign_in(getattr(cast, who)).get(url, {"then": f"m{milestone.pk}", "now": f"e{evaluation.pk}"})
    assert answer.status_code == 200
    assert "县级自评" in answer.content.decode()


@pytest.mark.parametrize("url", [*PAGES, "/milestones/compare/export"])
@pytest.mark.parametrize("key", ["m999999", "e999999", "x", "m", "e-1"])
def test_a_side_that_is_none_or_foreign_does_not_exist(
    cast: Cast, pair: tuple[Milestone, Evaluation], sign_in: Any, url: str, key: str
) -> None:
    milestone, _ = pair
    assert sign_in(cast.admin).get(url, {"then": key}).status_code == 404
    assert sign_in(cast.foreign_admin).get(url, {"then": f"m{milestone.pk}"}).status_code == 404


def test_without_a_choice_the_newest_milestone_meets_the_newest_evaluation(
    cast: Cast, pair: tuple[Milestone, Evaluation], sign_in: Any
) -> None:
    milestone, evaluation = pair
    text = sign_in(cast.admin).get("/milestones/compare/").content.decode()
    assert f'<option value="m{milestone.pk}" selected>' in text
    assert f'<option value="e{evaluation.pk}" selected>' in text


@pytest.mark.parametrize("url", PAGES)
def test_without_milestones_the_page_says_what_to_do(cast: Cast, sign_in: Any, url: str) -> None:
    assert "还没有可以对比的节点" in sign_in(cast.admin).get(url).content.decode()


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"q": "甲小"}, "甲小学", "乙初级中学"),
        ({"way": "better"}, "甲小学", "乙初级中学"),
        ({"stage": "junior"}, "乙初级中学", "甲小学"),
        ({"area": "镇区"}, "乙初级中学", "甲小学"),
        ({"indicator": "A7", "way": "better"}, "甲小学", "乙初级中学"),
    ],
)
def test_filters_of_schools_narrow_page_and_file_alike(
    cast: Cast, pair: tuple[Milestone, Evaluation], sign_in: Any, query: dict[str, str], shown: str, hidden: str
) -> None:
    client = sign_in(cast.admin)
    text = client.get("/milestones/compare/schools/", query).content.decode()
    assert shown in text
    assert hidden not in text
    book = client.get("/milestones/compare/export", query).content
    names = {cell for row in sheet(book, "学校结论") for cell in row}
    assert shown in names
    assert hidden not in names


def test_the_file_has_the_printed_figures_of_the_page_and_the_exact_ones(
    cast: Cast, pair: tuple[Milestone, Evaluation], sign_in: Any
) -> None:
    lines = sheet(sign_in(cast.auditor).get("/milestones/compare/export").content, "逐校逐项")
    a7 = next(line for line in lines if line[:1] == ["4102020001"] and line[3] == "A7")
    assert a7[5:9] == [2, 3, 1, "▲ 未达标→达标"], "figures are numbers, so that a reader may go on with them"
    assert a7[10:12] == ["2", "3"]
    assert AuditEvent.objects.filter(action="milestone.export").count() == 1


@pytest.mark.parametrize(
    ("printed", "value", "looks"),
    [
        ("7.50", Decimal("7.50"), "0.00"),
        ("600", Decimal(600), "0"),
        ("-0.13", Decimal("-0.13"), "0.00"),
        ("+1.00", Decimal(1), "+0.00;-0.00"),
        ("7.50（临界）", Decimal("7.50"), '0.00"（临界）"'),
    ],
)
def test_a_printed_figure_is_a_number_that_reads_the_same(printed: str, value: Decimal, looks: str) -> None:
    assert workbook._number(printed) == XlsxCell(value, number_format=looks)


@pytest.mark.parametrize("words", ["—", "不变", "增不足 0.01", ""])
def test_words_in_place_of_a_figure_stay_words(words: str) -> None:
    assert workbook._number(words) == words


def test_two_districts_are_not_compared(
    cast: Cast, pair: tuple[Milestone, Evaluation], judge: Judge, sign_in: Any
) -> None:
    foreign = open_round(cast.other_district)
    hand_in(foreign, cast.school_c, figures())
    grant(cast.leader, "leader", district=cast.other_district)
    grant(cast.admin, "admin", district=cast.other_district)
    cast.admin.__dict__.pop("_rights", None)
    other = judge(foreign)
    answer = sign_in(cast.leader).get("/milestones/compare/", {"then": f"m{pair[0].pk}", "now": f"e{other.pk}"})
    assert answer.status_code == 400
    assert "只能对比同一个区县的两个节点" in answer.content.decode()


@pytest.mark.parametrize("count", [10, 60])
@pytest.mark.parametrize("url", PAGES)
def test_a_comparison_takes_the_same_number_of_queries_for_any_number_of_schools(
    cast: Cast, round_a: Round, judge: Judge, sign_in: Any, django_assert_max_num_queries: Any, url: str, count: int
) -> None:
    fill(round_a, count)
    frozen(judge(round_a), cast)
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=29))
    judge(round_a)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(18):
        assert client.get(url).status_code == 200
