"""Taking over workbooks: what is stored, what is refused, and that it is all or nothing."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from indicators.collection.submissions import queries as submissions, workflow
from indicators.collection.submissions.models import Answer, Decision, Revision, Round, Submission, Waiver
from indicators.collection.workbooks import actions, queries
from indicators.standard.engine import NotApplicable, Value
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.cast import make_school
from tests.indicators.collection.rounds.test_actions import opened
from tests.indicators.collection.workbooks import books
from tests.shared import shared

A, B, C = "4102020001", "4102020002", "4102030001"
S = Submission.State


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


@pytest.fixture
def take(cast: Any, round_: Round) -> Any:
    """Return a function that imports a workbook as the administrator."""

    def run(data: bytes, **options: Any) -> queries.WorkbookOutcome:
        return actions.import_workbook(
            **({"round_id": round_.pk, "data": data, "name": "returns.xlsx", "by": cast.admin} | options)
        )

    return run


def stored(school: str, field: str) -> Answer:
    return Answer.objects.get(submission__school__code=school, field=field)


def problems(take: Any, data: bytes, **options: Any) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        take(data, **options)
    assert not Answer.objects.exists()
    return [str(problem) for problem in refusal.value.problems]


def test_blank_zero_and_not_applicable_are_three_things(take) -> None:
    take(
        books.schools(
            ["pupils_primary", "school_code", "boarders_primary", "indoor_sports_area", "multimedia_rooms"],
            [620, A, 0, None, "不适用：在建，暂借教室"],
        )
    )
    assert stored(A, "pupils_primary").number == 620
    assert stored(A, "boarders_primary").number == 0
    assert not Answer.objects.filter(field="indoor_sports_area").exists()
    assert stored(A, "multimedia_rooms").reason == "在建，暂借教室"


def test_a_blank_cell_leaves_the_stored_answer_as_it_is(take) -> None:
    take(books.schools(["school_code", "pupils_primary"], [A, 620]))
    outcome = take(books.schools(["school_code", "pupils_primary", "teaching_area"], [A, None, 3100.5]))
    assert stored(A, "pupils_primary").number == 620
    assert stored(A, "teaching_area").number == Decimal("3100.5")
    assert outcome.changed_answers == 1


def test_yes_no_choice_and_text_come_in(take) -> None:
    take(
        books.schools(
            ["school_code", "charter", "veto_safety", "it_teaching", "charter_note"],
            [A, "是", "无", "较好", "章程已经核准。" * 10],
        )
    )
    assert [stored(A, field).text for field in ("charter", "veto_safety", "it_teaching")] == ["是", "否", "较好"]


def test_tables_are_gathered_per_school_and_rooms_share_a_sheet(take) -> None:
    rooms = (
        ["kind", "school_code", "name", "area", "built_year"],
        [
            ["音乐", A, "音乐一", 96.5, 2015],
            ["美术", A, "美术一", 90, 2016],
            ["音乐", B, "无", None, None],
        ],
    )
    classes = (
        ["school_code", "stage", "grade", "number", "pupils"],
        [
            [A, "小学", "一年级", 1, 40],
            [B, "初中", "七年级", 1, 45],
            [A, "小学", "一年级", 2, 41],
        ],
    )
    take(books.book({"音乐美术教室": rooms, "班级名册": classes}))
    assert stored(A, "music_rooms").rows == [{"name": "音乐一", "area": "96.5", "built_year": "2015"}]
    assert stored(A, "art_rooms").rows[0]["name"] == "美术一"
    assert [row["number"] for row in stored(A, "class_list").rows] == ["1", "2"]
    assert stored(B, "music_rooms").rows == [], "无 states that there is none, which is not blank"
    assert not Answer.objects.filter(submission__school__code=B, field="art_rooms").exists()


def test_the_bureaus_own_figures_come_from_their_sheet(take) -> None:
    take(books.book({"区县数据": (["population_total", "townships"], [[12.34, 5]])}))
    answers = Answer.objects.filter(submission__school=None, submission__department=None)
    assert {row.field: row.number for row in answers} == {"population_total": Decimal("12.34"), "townships": Decimal(5)}


@pytest.mark.parametrize("value", ["\u202d712\u202c", "７１２", "712\ufeff", "7\u200b12", "＋712", "\u2060712.0"])
def test_a_dressed_figure_is_read(take, value) -> None:
    take(books.schools(["school_code", "pupils_primary", "it_teaching"], ["41020\u200e20001", value, "⼀般\u00a0"]))
    assert stored(A, "pupils_primary").number == 712
    assert stored(A, "it_teaching").text == "一般"


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("十二", "应填数字"),
        (-3, "填的是“-3”"),
        (12.5, "应填整数"),
        ("1.2E+17", "科学记数法"),
        (1.2e17, "位数过多"),
        ("12人", "应填数字"),
        ("不适用", "须写明原因"),
        (True, "应填数字"),
        ("1 2", "应填数字"),
    ],
)
def test_a_wrong_cell_is_named_by_sheet_row_column_and_header(take, value, word) -> None:
    found = problems(take, books.schools(["school_code", "pupils_primary"], [A, 600], [B, value]))
    assert len(found) == 1
    for part in ("工作表“学校数据”", "第 4 行", "B 列", "表头pupils_primary", word):
        assert part in found[0]


def test_every_fault_is_listed_not_only_the_first(take) -> None:
    found = problems(
        take,
        books.schools(
            ["school_code", "pupils_primary", "teaching_area", "charter", "it_teaching"],
            [A, -1, "很大", "也许", "优秀"],
            ["4102020099", 1, 1, "是", "好"],
            [C, 1, 1, "是", "好"],
        ),
    )
    assert len(found) == 6
    assert any("4102020099 不在学校名录中" in text for text in found)
    assert any("丙小学" in text and "不属于龙亭区" in text for text in found)


def test_an_unknown_column_is_an_error(take) -> None:
    found = problems(take, books.schools(["school_code", "pupils_primry"], [A, 600]))
    assert "pupils_primry" in found[0]


def test_a_school_twice_is_an_error_that_names_both_rows(take) -> None:
    found = problems(take, books.schools(["school_code", "pupils_primary"], [A, 600], [A, 601]))
    assert "第 4 行" in found[0]
    assert "第 3 行" in found[0]


def test_a_code_that_lost_its_digits_is_refused(take) -> None:
    found = problems(take, books.schools(["school_code", "pupils_primary"], ["10202000", 600]))
    assert "学校标识码" in found[0]


def test_a_class_list_that_does_not_sum_is_refused_at_its_place(take) -> None:
    classes = (["school_code", "stage", "grade", "number", "pupils"], [[A, "小学", "一年级", "1", 40]])
    found = problems(take, books.schools(["school_code", "pupils_primary"], [A, 600], 班级名册=classes))
    assert any("甲小学" in text and "40" in text and "600" in text for text in found)


def test_contradictions_between_cells_are_refused(take) -> None:
    found = problems(take, books.schools(["school_code", "pupils_primary", "boarders_primary"], [A, 600, 601]))
    assert len(found) == 1
    assert "第 3 行 C 列" in found[0]


@pytest.mark.parametrize(
    ("kind", "rows", "word"),
    [
        ("音乐美术教室", [["书法", A, "一", 90, 2015]], "类别应为"),
        ("音乐美术教室", [["音乐", A, "一", "大", 2015]], "应填数字"),
        ("音乐美术教室", [["音乐", "41020", "一", 90, 2015]], "学校标识码"),
        ("音乐美术教室", [["音乐", A, "不适用", None, None]], "没有写明原因"),
    ],
)
def test_table_rows_are_checked_cell_by_cell(take, kind, rows, word) -> None:
    codes = ["kind", "school_code", "name", "area", "built_year"]
    found = problems(take, books.book({kind: (codes, rows)}))
    assert any(word in text and "第 3 行" in text for text in found)


def test_district_figures_take_one_row(take) -> None:
    found = problems(take, books.book({"区县数据": (["townships"], [[5], [6]])}))
    assert "只能有一行" in found[0]


@pytest.mark.parametrize(("facts", "word"), [({"评估年度": "2025"}, "2025"), ({"区划代码": "410203"}, "410203")])
def test_a_template_of_another_round_or_district_is_refused(take, facts, word) -> None:
    data = books.with_readme({"学校数据": (["school_code", "pupils_primary"], [[A, 600]])}, facts)
    assert any(word in text for text in problems(take, data))


def test_a_readme_written_by_hand_may_name_the_round_in_words_and_another_template(take) -> None:
    facts = {"评估年度": "2026 学年", "区划代码": "龙亭区", "模板版本": "2.3"}
    outcome = take(books.with_readme({"学校数据": (["school_code", "pupils_primary"], [[A, 600]])}, facts))
    assert stored(A, "pupils_primary").number == 600
    assert outcome.plan.notes == ("工作簿写明的模板版本是“2.3”，现行版本是“1”；各列已按代码逐一核对。",)


def test_a_sheet_of_another_name_is_left_out_with_a_remark_not_in_silence(take) -> None:
    classes = (["school_code", "stage", "grade", "number", "pupils"], [[A, "小学", "一", "1", 45]])
    outcome = take(books.schools(["school_code", "pupils_primary"], [A, 620], 班级名单=classes, Sheet1=([], [])))
    assert not Answer.objects.filter(field="class_list").exists()
    misspelt, stray = outcome.plan.notes
    assert "工作表“班级名单”不是模板中的工作表，没有导入。是否应为“班级名册”？" in misspelt
    assert "“Sheet1”" in stray


@pytest.mark.parametrize(
    ("number", "pupils", "said"),
    [
        ("2", 0, "工作表“班级名册”第 5 行：甲小学：“班级名册”第 5 行“人数”为 0 人，应不小于 1，请核对"),
        ("1", 44, "工作表“班级名册”第 5 行：甲小学：“班级名册”第 5 行与第 4 行重复（小学 一 1），请删除或更正"),
    ],
)
def test_a_fault_in_a_table_is_named_by_its_row_in_the_sheet(take, number, pupils, said) -> None:
    codes = ["school_code", "stage", "grade", "number", "pupils"]
    rows = [[B, "初中", "一", "1", 40], [A, "小学", "一", "1", 45], [A, "小学", "一", number, pupils]]
    assert problems(take, books.book({"班级名册": (codes, rows)})) == [said]


def test_a_matching_readme_is_welcome(take) -> None:
    facts = {"评估年度": "2026", "区划代码": "410202", "模板版本": "1"}
    take(books.with_readme({"学校数据": (["school_code", "pupils_primary"], [[A, 600]])}, facts))
    assert stored(A, "pupils_primary").number == 600


def test_a_workbook_without_a_single_row_is_refused(take) -> None:
    with pytest.raises(Invalid, match="没有任何填报数据"):
        take(books.schools(["school_code", "pupils_primary"]))


def test_a_workbook_whose_only_sheet_is_misnamed_says_which_name_was_expected(take) -> None:
    said = problems(take, books.book({"数据": (["school_code", "pupils_primary"], [[A, 620]])}))
    assert said == ["工作表“数据”不是模板中的工作表，没有导入。是否应为“学校数据”？如是，请改名后重新导入。"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04nonsense", b"name,age\n1,2\n"])
def test_what_is_no_workbook_is_refused(take, data) -> None:
    with pytest.raises(Invalid):
        take(data)


def test_a_workbook_without_any_known_sheet_is_refused(take) -> None:
    with pytest.raises(Invalid, match="没有可以导入的工作表"):
        take(books.book({"Sheet1": (["a"], [[1]])}))


def test_a_row_of_a_closed_school_is_left_out_with_a_remark(take, cast) -> None:
    make_school("4102020009", "停办小学", cast.district, status="停办")
    outcome = take(books.schools(["school_code", "pupils_primary"], [A, 600], ["4102020009", 30]))
    assert "停办小学已停办" in outcome.plan.notes[0]
    assert Answer.objects.count() == 1


def test_a_school_registered_after_the_opening_is_named_with_the_remedy(take, cast) -> None:
    make_school("4102020003", "新建小学", cast.district)
    found = problems(take, books.schools(["school_code", "pupils_primary"], ["4102020003", 600]))
    assert "--add" in found[0]


def test_a_name_that_differs_is_remarked_because_a_row_may_have_slipped(take) -> None:
    outcome = take(books.schools(["school_code", "school_name", "pupils_primary"], [A, "甲小", 600]))
    assert "请核对有没有错行" in outcome.plan.notes[0]


def test_a_row_with_the_name_of_another_school_is_refused(take) -> None:
    found = problems(take, books.schools(["school_code", "school_name", "pupils_primary"], [A, "乙初级中学", 600]))
    assert f"学校标识码 {A} 是“甲小学”，这一行的学校名称却是“乙初级中学”" in found[0]
    assert not Answer.objects.exists()


def test_a_dry_run_says_what_would_change_and_writes_nothing(take) -> None:
    outcome = take(books.schools(["school_code", "pupils_primary"], [A, 600]), dry_run=True, submit=True, approve=True)
    assert (outcome.saved, outcome.submitted, outcome.approved) == (1, 1, 1)
    entry = outcome.plan.entries[0]
    assert (entry.changes[0].old, entry.changes[0].new) == ("", "600")
    assert not Answer.objects.exists()
    assert not AuditEvent.objects.filter(action="returns.import").exists()


def test_submit_and_approve_make_receipts_and_figures_that_count(take, round_, cast) -> None:
    data = books.schools(["school_code", "pupils_primary", "pupils_junior"], [A, 600, None], [B, None, 700])
    outcome = take(data, submit=True, approve=True)
    assert (outcome.submitted, outcome.approved) == (2, 2)
    loaded = {row.school_code: row for row in submissions.load_revisions(round_)}
    assert loaded[A].answers == {"pupils_primary": Value(600)}
    assert loaded[B].receipt.startswith("410202-2026-")
    decision = Decision.objects.first()
    assert decision.decided_by == cast.admin
    trail = list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))
    assert trail[-1] == "returns.import"
    assert trail.count("submission.approve") == 2


ODD = ["school_code", "pupils_primary", "equipment_value"]
WRONG_UNIT = [A, 600, 1_200_000]  # 元 for 万元


def test_warnings_of_the_form_are_listed_with_their_place(take) -> None:
    outcome = take(books.schools(ODD, WRONG_UNIT))
    (warning,) = outcome.plan.warnings
    assert "甲小学" in warning.what
    assert "第 3 行" in warning.where
    assert stored(A, "equipment_value").number == 1_200_000
    submission = Submission.objects.get(school__code=A)
    (warned,) = workflow.assess(submissions.load(submission)).unwaived
    assert warned.problem.message.partition("；")[0] in warning.what, "the form says the same"


def test_nothing_unlikely_is_approved_without_a_reason(take) -> None:
    found = problems(take, books.schools(ODD, WRONG_UNIT), approve=True)
    assert "甲小学" in found[0]
    assert "第 3 行" in found[0]
    assert "5 至 300 字" in problems(take, books.schools(ODD, WRONG_UNIT), approve=True, accept_warnings="对")[0]
    assert not Answer.objects.exists()


def test_the_reason_is_stored_with_every_warning_and_in_the_revision(take, round_) -> None:
    outcome = take(books.schools(ODD, WRONG_UNIT), approve=True, accept_warnings="含新购的机器人实训设备")
    assert outcome.approved == 1
    waiver = Waiver.objects.get()
    assert (waiver.field, waiver.reason) == ("equipment_value", "含新购的机器人实训设备")
    frozen = Revision.objects.get().content
    assert frozen["waivers"][0]["reason"] == waiver.reason
    assert frozen["partial"]["unexplained"] == []
    assert "含新购的机器人实训设备" in Decision.objects.get().comment
    assert AuditEvent.objects.get(action="returns.import").after["accepted"] == waiver.reason


def test_the_bureaus_figures_are_compared_with_the_schools_of_the_same_workbook(take) -> None:
    data = books.schools(
        ["school_code", "exchange_eligible"], [A, 30], [B, 12], 区县数据=(["exchange_eligible"], [[43]])
    )
    (warning,) = take(data).plan.warnings
    assert "43 人，多于 2 所学校填报的“符合交流条件教师”合计 42 人" in warning.what
    take(data, approve=True, accept_warnings="含局机关借调教师一人")
    assert [waiver.check_code for waiver in Waiver.objects.all()] == ["schools_sum"]
    assert Revision.objects.get(submission__school=None).content["waivers"][0]["reason"] == "含局机关借调教师一人"


def test_what_was_waived_before_is_not_asked_again(take) -> None:
    take(books.schools(ODD, WRONG_UNIT), approve=True, accept_warnings="含新购的机器人实训设备")
    assert take(books.schools(ODD, WRONG_UNIT), approve=True).plan.warnings == []


def test_what_was_handed_in_with_open_warnings_needs_the_reason_as_well(take) -> None:
    take(books.schools(ODD, WRONG_UNIT), submit=True)
    with pytest.raises(Invalid, match="1 处提示没有说明"):
        take(books.schools(ODD, WRONG_UNIT), approve=True)
    assert take(books.schools(ODD, WRONG_UNIT), approve=True, accept_warnings="已与购置合同核对").approved == 1
    assert "已与购置合同核对" in Decision.objects.get().comment


def test_figures_are_compared_with_last_years_as_on_the_form(take, cast, round_) -> None:
    opened(cast, code="2025", school_year_start=dt.date(2025, 9, 1))
    earlier = Round.objects.get(code="2025")
    take(books.schools(["school_code", "pupils_primary"], [A, 200]), approve=True, round_id=earlier.pk)
    outcome = take(books.schools(["school_code", "pupils_primary"], [A, 600]))
    submission = Submission.objects.get(school__code=A, round=round_)
    shown = [warned.problem.message for warned in workflow.assess(submissions.load(submission)).unwaived]
    assert shown, "the form compares with last year"
    assert len(outcome.plan.warnings) == len(shown)


def test_the_same_workbook_again_changes_nothing(take) -> None:
    data = books.schools(["school_code", "pupils_primary"], [A, 600])
    take(data, submit=True, approve=True)
    outcome = take(data, submit=True, approve=True)
    assert (outcome.saved, outcome.submitted, outcome.approved) == (0, 0, 0)


def test_a_row_without_figures_is_not_handed_in(take) -> None:
    outcome = take(books.schools(["school_code", "pupils_primary"], [A, 600], [B, None]), submit=True)
    assert outcome.submitted == 1
    assert Submission.objects.get(school__code=B).state == S.DRAFT


def test_what_is_handed_in_cannot_be_changed_by_an_import(take) -> None:
    take(books.schools(["school_code", "pupils_primary"], [A, 600]), submit=True)
    with pytest.raises(Invalid) as refusal:
        take(books.schools(["school_code", "pupils_primary"], [A, 601], [B, None]))
    assert "已提交，不能再改" in str(refusal.value.problems[0])
    assert stored(A, "pupils_primary").number == 600


def test_a_submission_sent_back_can_be_imported_again(take, round_) -> None:
    take(books.schools(["school_code", "pupils_primary"], [A, 600]), submit=True)
    Submission.objects.filter(school__code=A).update(state=S.SENT_BACK)
    outcome = take(books.schools(["school_code", "pupils_primary"], [A, 601]), submit=True, approve=True)
    assert (outcome.submitted, outcome.approved) == (1, 1)
    assert {row.school_code: row.number for row in submissions.load_revisions(round_)} == {A: 2}


def test_only_who_manages_the_round_imports(take, cast) -> None:
    data = books.schools(["school_code", "pupils_primary"], [A, 600])
    with pytest.raises(NotAllowed):
        take(data, by=cast.reviewer)
    with pytest.raises(NotFound):
        take(data, by=cast.foreign_admin)


def test_a_closed_round_takes_nothing(take, round_) -> None:
    Round.objects.filter(pk=round_.pk).update(state=Round.State.CLOSED)
    with pytest.raises(Conflict, match="已关闭"):
        take(books.schools(["school_code", "pupils_primary"], [A, 600]))


def test_not_applicable_reaches_the_engine_with_its_reason(take, round_) -> None:
    take(books.schools(["school_code", "multimedia_rooms"], [A, "不适用:在建"]), approve=True)
    assert submissions.load_revisions(round_)[0].answers["multimedia_rooms"] == NotApplicable("在建")


def test_staff_is_taken_over_like_every_other_item(take) -> None:
    take(books.schools(["school_code", "staff_primary", "teachers_primary"], [A, 33, 30]))
    assert stored(A, "staff_primary").number == 33
