"""A school reads its papers, says what is not clear, and takes over what was counted; nothing of a person stays."""

import io
import logging
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from indicators.collection.rosters.models import RosterMemory
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Answer
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from tests.indicators.collection.rosters.books import CANARY, CASES, IDENTITY, PUPILS, TEACHERS, Case
from tests.indicators.collection.rosters.test_counting import UNKNOWN, only
from tests.indicators.collection.submissions.conftest import make_submission
from tests.pages import flat

pytestmark = pytest.mark.django_db
HALF = only(["姓名", "岗位", "学历"], [CANARY, "教师", "研究生"], ["乙", "教师", "本科"])


def address(submission: Any, page: str = "read") -> str:
    return reverse(f"rosters:{page}", args=[submission.pk])


def send(client: Any, submission: Any, data: bytes, **said: str) -> Any:
    file = SimpleUploadedFile(f"{CANARY}的花名册.xlsx", data)
    return client.post(address(submission), {"file": file, **said})


def take(client: Any, submission: Any, shown: Any, fields: str = "all") -> Any:
    return client.post(address(submission, "accept"), {"sheet": shown.context["sheet"], "take": fields})


def stored(submission: Any) -> dict[str, Any]:
    return {
        row.field: row.number if row.rows is None else row.rows for row in Answer.objects.filter(submission=submission)
    }


def test_a_paper_is_read_and_all_of_it_taken_over(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, TEACHERS[0].data)
    assertContains(shown, "第 5 列“最高学历”=大学本科：2 行")
    assert stored(submission) == {}, "nothing is filled in before it is accepted"
    done = take(client, submission, shown)
    assertContains(done, "已采用 13 项")
    assert stored(submission)["teachers_bachelor_primary"] == 2
    assert stored(submission)["backbone_teachers_primary"] == 3
    trail = AuditEvent.objects.get(action="roster.accept")
    assert sorted(trail.after["papers"]["教职工花名册"]) == sorted(TEACHERS[0].figures)
    assert AuditEvent.objects.get(action="roster.read").after == {"papers": ["教职工花名册"], "rows": 5, "counted": 13}


def test_all_counts_only_what_is_not_there_already(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, TEACHERS[0].data)
    one = take(client, submission, shown, "teachers_bachelor_primary")
    assertContains(one, "13 项，请核对后采用")
    done = take(client, submission, one)
    assertContains(done, "已采用 12 项")
    assertNotContains(done, "请核对后采用")


def files(*contents: bytes) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{CANARY}{number}.xlsx", content) for number, content in enumerate(contents)]


def test_several_papers_are_read_together(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = client.post(address(submission), {"file": files(TEACHERS[0].data, PUPILS[1].data)})
    take(client, submission, shown)
    assert {"teachers_bachelor_primary", "class_list"} <= set(stored(submission))
    assert AuditEvent.objects.get(action="roster.read").after["papers"] == ["教职工花名册", "学籍班级名册"]
    assertNotContains(shown, CANARY)


def test_sheets_of_the_same_name_say_of_which_file_they_are(cast: Any, submission: Any, sign_in: Any) -> None:
    shown = sign_in(cast.reporter_a).post(address(submission), {"file": files(HALF, only(["甲", "乙"], [1, 2]))})
    assertContains(shown, "工作表“a”")
    assertContains(shown, "工作表“a（第 2 个文件）”")


@pytest.mark.parametrize(
    ("contents", "words"),
    [([HALF, b"no workbook"], "第 2 个文件："), ([HALF] * 9, "一次最多读 8 个文件")],
)
def test_a_file_that_cannot_be_read_is_named_by_its_place(cast, submission, sign_in, contents, words) -> None:
    answer = sign_in(cast.reporter_a).post(address(submission), {"file": files(*contents)})
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_one_figure_is_taken_over_and_the_others_stay_on_offer(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, TEACHERS[0].data)
    done = take(client, submission, shown, "pe_teachers_primary")
    assert set(stored(submission)) == {"pe_teachers_primary"}
    assertContains(done, "全部采用（12 项）")
    take(client, submission, done)
    assert len(stored(submission)) == 13


def test_the_class_list_is_taken_over_as_a_table(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    take(client, submission, send(client, submission, PUPILS[1].data))
    assert [tuple(row.values()) for row in stored(submission)["class_list"]] != []
    assert {row["pupils"] for row in stored(submission)["class_list"]} == {"45", "44", "46"}


def test_what_somebody_changed_meanwhile_is_not_written_over(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, TEACHERS[0].data)
    submissions.save(submission_id=submission.pk, values={"teachers_primary": Value(9)}, by=cast.principal_a)
    done = take(client, submission, shown)
    assertContains(done, "读取之后有人改过，没有采用：小学专任教师数")
    assert stored(submission)["teachers_primary"] == 9
    take(client, submission, done, "teachers_primary")
    assert stored(submission)["teachers_primary"] == 4, "seen and taken over once more"


@pytest.mark.parametrize("sheet", ["", "nonsense", "a:b:c"])
def test_only_what_was_counted_here_is_taken_over(cast: Any, submission: Any, sign_in: Any, sheet: str) -> None:
    answer = sign_in(cast.reporter_a).post(address(submission, "accept"), {"sheet": sheet, "take": "all"})
    assertContains(answer, "请重新选择文件读取", status_code=400)


def test_what_another_person_read_is_not_taken_over(cast: Any, submission: Any, sign_in: Any) -> None:
    shown = send(sign_in(cast.reporter_a), submission, TEACHERS[0].data)
    assertContains(take(sign_in(cast.principal_a), submission, shown), "另一个人读取的结果", status_code=400)


def test_an_unknown_table_is_asked_about_and_read_as_said(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, UNKNOWN)
    assertContains(shown, "有看不明白的地方，不猜")
    assertNotContains(shown, "数出")
    key = shown.context["tables"][0]["layout"].key
    shown = send(client, submission, UNKNOWN, **{f"kind-{key}": "rooms"})
    assertContains(shown, "没有找到必需的列")


def test_a_file_without_any_table_says_what_to_do_with_its_sheets_unfolded(cast, submission, sign_in) -> None:
    shown = send(sign_in(cast.reporter_a), submission, only(["甲", "乙"], [1, 2]))
    assertContains(shown, "没有认出要读的表")
    assertContains(shown, '<details class="card mb-3" open>')


def test_pupils_who_left_are_not_among_the_rows_a_class_list_names(cast, submission, sign_in) -> None:
    head = ["姓名", "年级", "班级", "学籍状态"]
    pupils = [["甲", "五年级", "1班", "在读"], ["乙", "五年级", "1班", "在读"], ["丙", "五年级", "1班", "转出"]]
    shown = send(sign_in(cast.reporter_a), submission, only(head, *pupils))
    assertContains(shown, "2 行，1 个班")


def test_what_was_said_is_remembered_for_the_school_without_its_words(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, HALF)
    question = shown.context["questions"][0]
    shown = send(client, submission, HALF, **{f"said-{question.code}": "master"})
    assert not shown.context["questions"]
    assert RosterMemory.objects.get().said == {question.code: "master"}
    assert not send(client, submission, HALF).context["questions"], "it is not asked again"
    anew = send(client, submission, HALF, anew="1").context["questions"]
    assert anew, "unless somebody wants to correct it"
    send(client, submission, HALF, **{f"said-{question.code}": "doctor"})
    assert RosterMemory.objects.get().said == {question.code: "doctor"}
    other = make_submission(submission.round, school=cast.school_b)
    assert send(sign_in(cast.admin), other, HALF).context["questions"], "another school is asked"


def test_a_corrected_column_is_remembered(cast: Any, submission: Any, sign_in: Any) -> None:
    data = only(["房子", "面积"], ["音乐教室", 96], ["普通教室", 60])
    client = sign_in(cast.reporter_a)
    key = send(client, submission, data).context["tables"][0]["layout"].key
    said = {f"kind-{key}": "rooms", f"column-{key}-rooms-1-1": "use", f"column-{key}-rooms-1-2": "floor_area"}
    assert send(client, submission, data, **said).context["proposals"]
    shown = send(client, submission, data)
    assert {one.item.code for one in shown.context["proposals"]} >= {"teaching_area", "indoor_sports_area"}


def test_a_hundred_columns_and_nonsense_do_no_harm(cast: Any, submission: Any, sign_in: Any) -> None:
    said = {"kind-x": "no", "row-x": "９", "column-a-b": "use", "column-a-1": "", "said-1": "x", "said-": "y"}
    assert send(sign_in(cast.reporter_a), submission, HALF, **said).status_code == 200


@pytest.mark.parametrize("data", [b"", b"MZ...", b"PK\x03\x04 not a zip", b"text"])
def test_what_is_no_workbook_is_refused_in_chinese(cast: Any, submission: Any, sign_in: Any, data: bytes) -> None:
    answer = send(sign_in(cast.reporter_a), submission, data)
    assert answer.status_code == 400
    assert re.search("文件是空的|可执行程序|已损坏|不是 Excel 工作簿", flat(answer.content.decode()))


def test_a_handed_in_form_is_not_filled_from_papers(cast: Any, submission: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, TEACHERS[0].data)
    type(submission).objects.update(state="submitted")
    assert client.get(address(submission)).url == reverse("submissions:detail", args=[submission.pk])
    assert send(client, submission, TEACHERS[0].data).status_code == 409
    assert take(client, submission, shown).status_code == 409
    assert stored(submission) == {}


def test_only_schools_read_papers(cast: Any, round_: Any, sign_in: Any) -> None:
    own = make_submission(round_)
    assertContains(sign_in(cast.admin).get(address(own)), "只有学校的填报", status_code=404)


@pytest.mark.parametrize(
    "case", [*PUPILS, *TEACHERS, *CASES["assets"][:1], *CASES["rooms"][-1:]], ids=lambda case: case.name
)
def test_nothing_of_a_person_is_stored(cast: Any, submission: Any, sign_in: Any, caplog: Any, case: Case) -> None:
    """Neither name nor number of anybody in database, log, files or answer; not even the name of the file."""
    client = sign_in(cast.reporter_a)
    files = Document.objects.count()
    with caplog.at_level(logging.DEBUG):
        shown = send(client, submission, case.data)
        if shown.context["proposals"]:
            done = take(client, submission, shown)
            assertNotContains(done, CANARY)
        send(client, submission, HALF)
        send(client, submission, b"PK\x03\x04" + CANARY.encode())
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    for words in (CANARY, IDENTITY[:14]):
        assert words not in dump.getvalue()
        assert words not in dump.getvalue().encode().decode("unicode_escape", errors="ignore")
        assert words not in caplog.text
        assert words not in shown.content.decode()
    assert Document.objects.count() == files


def test_reading_and_accepting_take_few_queries(
    cast: Any, submission: Any, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, submission, PUPILS[0].data)
    with django_assert_max_num_queries(10):
        client.get(address(submission))
    with django_assert_max_num_queries(19):
        shown = send(client, submission, PUPILS[0].data)
    with django_assert_max_num_queries(25):
        take(client, submission, shown)
