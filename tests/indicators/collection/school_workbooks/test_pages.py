"""A school takes its workbook away, fills it in, and accepts what changed; nothing is stored before, nothing is written over."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from indicators.collection.submissions import actions as submissions, queries
from indicators.collection.submissions.models import Answer, Submission
from indicators.standard.engine import NotApplicable, Value
from portal.core.audit.models import AuditEvent
from portal.core.files.models import Document
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.spreadsheets import guard
from tests.figures import enter, good_answers
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.portal.core.spreadsheets.books import workbook
from tests.shared import shared

pytestmark = pytest.mark.django_db
VALUES, CLASSES, README = "填报数据", "班级名册", "说明"
Sheets = dict[str, list[list[Any]]]


@shared
def started(cast: Any, submission: Any) -> Submission:
    """Last year's figures handed in, two of this year's entered."""
    last = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    then = good_answers(queries.spec_of(last), "小学", primary=355)
    submissions.save(submission_id=last.pk, values=then, taken_over=True, by=cast.admin)
    submissions.submit(submission_id=last.pk, by=cast.admin, partial=True)
    values = {
        "pupils_primary": Value(40),
        "teaching_area": Value(2500),
        "class_list": Value(({"stage": "小学", "grade": "一年级", "number": "1班", "pupils": 40},)),
    }
    submissions.save(submission_id=submission.pk, values=values, by=cast.reporter_a)
    return submission


def at(page: str, submission: Any, *more: Any) -> str:
    return reverse(f"school_workbooks:{page}", args=[submission.pk, *more])


def taken_away(client: Any, submission: Any) -> Sheets:
    book = python_calamine.load_workbook(BytesIO(client.get(at("template", submission)).content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def row_of(sheets: Sheets, code: str) -> list[Any]:
    column = sheets[VALUES][1].index("field")
    return next(row for row in sheets[VALUES] if row[column] == code)


def cell(sheets: Sheets, code: str, column: str = "value") -> Any:
    return row_of(sheets, code)[sheets[VALUES][1].index(column)]


def fill(sheets: Sheets, **values: Any) -> bytes:
    """The workbook with these values typed in."""
    for code, value in values.items():
        row_of(sheets, code)[sheets[VALUES][1].index("value")] = value
    rows = {name: [[_typed(value) for value in row] for row in rows] for name, rows in sheets.items()}
    return workbook(rows)


def _typed(value: Any) -> Any:
    return None if value == "" else value.isoformat() if isinstance(value, date) else value


def send(client: Any, submission: Any, data: bytes) -> Any:
    file = SimpleUploadedFile("本校数据.xlsx", data)
    return client.post(at("upload", submission), {"file": file}, follow=True)


def take(client: Any, submission: Any, which: str, document: Document | None = None) -> Any:
    document = document or Document.objects.latest("pk")
    return client.post(at("confirm", submission, document.public_id), {"take": which}, follow=True)


def proposed(shown: Any) -> dict[str, tuple[str, str]]:
    return {one.item.code: (one.now, one.text) for one in shown.context["plan"]["proposals"]}


def stored(submission: Any, code: str) -> Answer:
    return Answer.objects.get(submission=submission, field=code)


def test_the_template_asks_what_the_form_asks_and_shows_last_year(cast: Any, started: Any, sign_in: Any) -> None:
    sheets = taken_away(sign_in(cast.reporter_a), started)
    readme = {row[0]: row[1] for row in sheets[README]}
    assert (readme["评估年度"], readme["学校标识码"], readme["模板版本"]) == ("2026", cast.school_a.code, "1")
    assert (cell(sheets, "pupils_primary"), cell(sheets, "pupils_primary", "last_year")) == (40, 355)
    assert cell(sheets, "boarders_primary") == ""
    codes = [row[sheets[VALUES][1].index("field")] for row in sheets[VALUES][2:]]
    assert "pupils_junior" not in codes, "a stage the school does not run"
    assert "veto_safety" not in codes, "the head's to state"
    assert sheets[CLASSES][1:] == [["stage", "grade", "number", "pupils"], ["小学", "一年级", "1班", 40.0]]
    assert sum(row[0] == "班级名册" for row in sheets["上年明细"]) == 9
    assert "veto_safety" in str(taken_away(sign_in(cast.principal_a), started)[VALUES])
    assert AuditEvent.objects.filter(action="school_workbook.export").count() == 2


def test_sent_back_as_it_came_nothing_changes(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, started, client.get(at("template", started)).content)
    assertContains(shown, "没有要采用的改动")
    assert proposed(shown) == {}


def test_every_change_is_shown_before_anything_is_stored_and_all_are_accepted(
    cast: Any, started: Any, sign_in: Any
) -> None:
    client = sign_in(cast.reporter_a)
    sheets = taken_away(client, started)
    sheets[CLASSES].append(["小学", "二年级", "1班", 41])
    data = fill(
        sheets, pupils_primary=81, teaching_area=2600, boarders_primary=0, multimedia_rooms="不适用：在建，暂借教室"
    )
    shown = send(client, started, data)
    assert proposed(shown) == {
        "class_list": ("1 行", "2 行"),
        "pupils_primary": ("40", "81"),
        "teaching_area": ("2500", "2600"),
        "boarders_primary": ("", "0"),
        "multimedia_rooms": ("", "不适用（在建，暂借教室）"),
    }
    assertContains(shown, "工作表“填报数据”第")
    assert stored(started, "teaching_area").number == 2500
    done = take(client, started, "all")
    assertContains(done, "采用 5 项")
    assert stored(started, "teaching_area").number == 2600
    assert stored(started, "boarders_primary").number == 0, "zero is not blank"
    assert len(stored(started, "class_list").rows) == 2
    assert stored(started, "multimedia_rooms").reason == "在建，暂借教室"
    assert stored(started, "teaching_area").updated_by == cast.reporter_a
    event = AuditEvent.objects.get(action="school_workbook.accept")
    assert event.after["fields"] == sorted(proposed(shown))
    assertContains(take(client, started, "all"), "没有重复导入")
    assert AuditEvent.objects.filter(action="school_workbook.accept").count() == 1, "sent twice is done once"


def test_one_change_is_accepted_and_the_others_stay_on_offer(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, started, fill(taken_away(client, started), teaching_area=2600, boarders_primary=5))
    one = next(one for one in shown.context["plan"]["proposals"] if one.item.code == "boarders_primary")
    done = take(client, started, one.take)
    assert proposed(done) == {"teaching_area": ("2500", "2600")}
    assert stored(started, "boarders_primary").number == 5
    assert stored(started, "teaching_area").number == 2500
    assertContains(take(client, started, one.take), "没有重复导入")
    take(client, started, "all")
    assert stored(started, "teaching_area").number == 2600


def test_what_somebody_stored_since_the_workbook_was_made_is_a_conflict(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    data = fill(taken_away(client, started), teaching_area=2600, boarders_primary=5)
    submissions.save(submission_id=started.pk, values={"teaching_area": Value(2550)}, by=cast.principal_a)
    shown = send(client, started, data)
    assertContains(shown, f"{cast.principal_a.name}于")
    assertContains(shown, "全部采用（1 项）")
    done = take(client, started, "all")
    assert stored(started, "teaching_area").number == 2550, "never with all the others"
    assert stored(started, "boarders_primary").number == 5
    (conflict,) = done.context["plan"]["proposals"]
    assert conflict.conflict
    assertContains(take(client, started, "all"), "没有采用：教学及辅助用房面积", status_code=409)
    take(client, started, conflict.take)
    assert stored(started, "teaching_area").number == 2600, "seen and taken over by itself"


def test_what_somebody_stores_after_the_preview_is_not_written_over(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, started, fill(taken_away(client, started), teaching_area=2600))
    (one,) = shown.context["plan"]["proposals"]
    submissions.save(submission_id=started.pk, values={"teaching_area": Value(2550)}, by=cast.principal_a)
    for which in (one.take, "all"):
        assertContains(take(client, started, which), "有人改过，没有采用", status_code=409)
    assert stored(started, "teaching_area").number == 2550


def test_what_was_left_as_it_came_gives_way_to_what_is_stored_since(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    data = fill(taken_away(client, started), boarders_primary=5)
    submissions.save(submission_id=started.pk, values={"teaching_area": Value(2550)}, by=cast.principal_a)
    assert set(proposed(send(client, started, data))) == {"boarders_primary"}


def test_a_cell_made_blank_changes_nothing_and_is_named(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, started, fill(taken_away(client, started), teaching_area=""))
    assert proposed(shown) == {}
    assertContains(shown, "在工作簿里清空了，系统里的没有改动，要清空请在填报页里清空：教学及辅助用房面积。")


def test_faults_come_back_in_the_workbook_with_their_place(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    sheets = taken_away(client, started)
    sheets[CLASSES].append(["小学", "二年级", "1班", "很多"])
    sheets[VALUES].append([""] * len(sheets[VALUES][1]))
    sheets[VALUES][-1][sheets[VALUES][1].index("field")] = "no_such_item"
    wrong = {
        "pupils_primary": "六百",
        "boarders_primary": 400,
        "class_list": "9 个班",
        "charter_note": "联系人身份证号 11010519491231002X",
    }
    answer = send(client, started, fill(sheets, **wrong))
    assert answer.status_code == 400
    for words in ("六百", "很多", "no_such_item", "这一项是明细表，不能填在这里", "身份证号", "下载标注了错误的工作簿"):
        assertContains(answer, words, status_code=400)
    number = sheets[VALUES].index(row_of(sheets, "pupils_primary")) + 1
    assertContains(answer, f"工作表“填报数据”第 {number} 行 E 列（小学在校生数）", status_code=400)
    assert not Document.objects.filter(name="本校数据.xlsx").exists()
    marked = client.get(offered(answer))
    book = python_calamine.load_workbook(BytesIO(marked.content))
    rows = book.get_sheet_by_name(VALUES).to_python(skip_empty_area=False)
    assert rows[0][-1] == "错误说明"
    assert "六百" in rows[number - 1][-1]
    assert "很多" in str(book.get_sheet_by_name(CLASSES).to_python()[-1])
    again = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    again[VALUES] = [row for row in again[VALUES] if "no_such_item" not in row]
    again[CLASSES][-1][3] = 41
    right = {"pupils_primary": 81, "boarders_primary": 4, "class_list": "见工作表“班级名册”", "charter_note": ""}
    shown = send(client, started, fill(again, **right))
    assert set(proposed(shown)) == {"pupils_primary", "boarders_primary", "class_list"}, "corrected and sent again"


def offered(answer: Any) -> str:
    text = answer.content.decode()
    start = text.index("/import/marked/")
    return text[text.rindex('"', 0, start) + 1 : text.index('"', start)]


def test_figures_that_contradict_each_other_come_back_at_their_cell(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    sheets = taken_away(client, started)
    answer = send(client, started, fill(sheets, boarders_primary=900))
    number = sheets[VALUES].index(row_of(sheets, "boarders_primary")) + 1
    assertContains(answer, f"第 {number} 行 E 列", status_code=400)
    submissions.save(submission_id=started.pk, values={"boarders_primary": Value(900)}, by=cast.reporter_a)
    shown = send(client, started, fill(taken_away(client, started), left_behind_pupils_primary=4))
    assert set(proposed(shown)) == {"left_behind_pupils_primary"}, "what was wrong on the form already stops nothing"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("学校标识码", "4102020002", "请下载本校的模板"),
        ("评估年度", "2025", "请下载本年度的模板"),
        ("学校标识码", None, "没有写明学校标识码"),
    ],
)
def test_the_workbook_of_another_school_or_year_is_refused(
    cast: Any, started: Any, sign_in: Any, key: str, value: str | None, words: str
) -> None:
    client = sign_in(cast.reporter_a)
    sheets = taken_away(client, started)
    row = next(row for row in sheets[README] if row[0] == key)
    row[:] = ["", ""] if value is None else [key, value]
    answer = send(client, started, fill(sheets, teaching_area=2600))
    assertContains(answer, words, status_code=400)
    assertContains(answer, "这份工作簿不是本校本年度的", status_code=400)


def test_the_workbook_of_the_district_is_refused(cast: Any, started: Any, sign_in: Any) -> None:
    data = workbook({"学校数据": [["学校标识码"], ["school_code"], [cast.school_a.code]]})
    assertContains(send(sign_in(cast.reporter_a), started, data), "请下载本校的模板", status_code=400)


def test_what_only_the_head_states_is_left_to_the_head(cast: Any, started: Any, sign_in: Any) -> None:
    data = fill(taken_away(sign_in(cast.principal_a), started), veto_safety="无", teaching_area=2600)
    client = sign_in(cast.reporter_a)
    shown = send(client, started, data)
    assert set(proposed(shown)) == {"teaching_area"}
    assertContains(shown, "由校长本人确认，没有列入：")
    take(client, started, "veto_safety:0")
    assert not Answer.objects.filter(submission=started, field="veto_safety").exists()
    head = sign_in(cast.principal_a)
    assert "veto_safety" in proposed(send(head, started, data))
    take(head, started, "all")
    assert stored(started, "veto_safety").text == "否"


def test_only_who_uploaded_it_sees_or_accepts_it(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    send(client, started, fill(taken_away(client, started), teaching_area=2600))
    document = Document.objects.latest("pk")
    for other, status in ((cast.principal_a, 404), (cast.reporter_b, 404), (cast.reviewer, 403)):
        away = sign_in(other)
        assert away.get(at("preview", started, document.public_id)).status_code == status
        assert take(away, started, "all", document).status_code == status
    assert client.get(at("preview", started, uuid4())).status_code == 404
    assert stored(started, "teaching_area").number == 2500


def test_a_handed_in_form_takes_no_workbook(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    data = fill(taken_away(client, started), teaching_area=2600)
    send(client, started, data)
    type(started).objects.filter(pk=started.pk).update(state="submitted")
    for answer in (client.get(at("template", started)), send(client, started, data), take(client, started, "all")):
        assert answer.status_code == 409
    assert stored(started, "teaching_area").number == 2500


def test_only_schools_have_a_workbook_of_their_own(cast: Any, round_: Any, sign_in: Any) -> None:
    assertContains(sign_in(cast.admin).get(at("upload", make_submission(round_))), "只有学校的填报", status_code=404)


@pytest.mark.parametrize("which", ["", "teaching_area", "teaching_area:x", "teaching_area:" + "9" * 30])
def test_nonsense_is_accepted_as_nothing(cast: Any, started: Any, sign_in: Any, which: str) -> None:
    client = sign_in(cast.reporter_a)
    send(client, started, fill(taken_away(client, started), teaching_area=2600))
    assertContains(take(client, started, which), "没有选择要采用的项目", status_code=400)
    assert stored(started, "teaching_area").number == 2500


def hostile_text(sheets: Sheets) -> bytes:
    return fill(sheets, charter_note='<script>alert(1)</script>=HYPERLINK("http://example.com")')


def formulas(sheets: Sheets) -> bytes:
    return fill(sheets, teaching_area=("=1/0", "#DIV/0!"), boarders_primary=("=WEBSERVICE(A1)", 4))


def test_hostile_text_stays_text(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    shown = send(client, started, hostile_text(taken_away(client, started)))
    assertNotContains(shown, "<script>alert")
    take(client, started, "all")
    assert stored(started, "charter_note").text.startswith("<script>")
    sheets = taken_away(client, started)
    assert cell(sheets, "charter_note").startswith("<script>alert(1)</script>=HYPERLINK"), "as text, no formula"


def test_a_broken_formula_comes_back_and_no_formula_is_stored(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    answer = send(client, started, formulas(taken_away(client, started)))
    assert answer.status_code == 400
    assertContains(answer, "下载标注了错误的工作簿", status_code=400)


@pytest.mark.parametrize("data", [b"", b"MZ\x90\x00", b"PK\x03\x04" + b"x" * 100])
def test_what_is_no_workbook_is_refused_in_chinese(cast: Any, started: Any, sign_in: Any, data: bytes) -> None:
    answer = send(sign_in(cast.reporter_a), started, data)
    assertContains(answer, "文件", status_code=400)
    assertNotContains(answer, "下载标注了错误的工作簿", status_code=400)


@pytest.fixture
def everything_is_large(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr(guard, "REQUEST_ROWS", 1)


@pytest.mark.usefixtures("everything_is_large")
def test_a_large_workbook_is_read_and_taken_over_by_jobs(cast: Any, started: Any, sign_in: Any) -> None:
    client = sign_in(cast.reporter_a)
    send(client, started, fill(taken_away(client, started), teaching_area=2600, boarders_primary=5))
    check = Job.objects.get(kind="check_school_workbook")
    assert runner.run_one(check.pk)
    check.refresh_from_db()
    shown = client.get(check.result["url"])
    assert set(proposed(shown)) == {"teaching_area", "boarders_primary"}
    one = next(one for one in shown.context["plan"]["proposals"] if one.item.code == "boarders_primary")
    for _ in range(2):
        assert take(client, started, one.take).status_code == 200
    job = Job.objects.get(kind="import_school_workbook")
    assert stored(started, "teaching_area").number == 2500
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    assert job.result["url"] == check.result["url"], "the rest is shown again"
    left = [one.item.code for one in client.get(job.result["url"]).context["plan"]["proposals"] if not one.is_same]
    assert left == ["teaching_area"]
    take(client, started, "all")
    assert runner.run_one(Job.objects.exclude(pk__in=[check.pk, job.pk]).get(kind="import_school_workbook").pk)
    assert stored(started, "teaching_area").number == 2600
    assert client.get(reverse("school_workbooks:preview", args=[started.pk, uuid4()])).status_code == 404


def test_the_pages_take_few_queries(
    cast: Any, started: Any, sign_in: Any, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    client = sign_in(cast.reporter_a)
    sheets = taken_away(client, started)
    data = fill(sheets, teaching_area=2600, boarders_primary=5)
    with django_assert_max_num_queries(16):
        client.get(at("template", started))
    file = SimpleUploadedFile("本校数据.xlsx", data)
    with django_assert_max_num_queries(18):
        url = client.post(at("upload", started), {"file": file}).url
    with django_assert_max_num_queries(15):
        client.get(url)
    confirm = at("confirm", started, Document.objects.latest("pk").public_id)
    with django_assert_max_num_queries(27):
        client.post(confirm, {"take": "all"})


def test_the_form_leads_here(cast: Any, started: Any, sign_in: Any) -> None:
    page = sign_in(cast.reporter_a).get(reverse("submissions:edit", args=[started.pk]), follow=True)
    assertContains(page, at("upload", started))
    assertContains(sign_in(cast.reporter_a).get(at("upload", started)), at("template", started))


def test_statements_of_the_complete_form_survive_the_round_trip(cast: Any, submission: Any, sign_in: Any) -> None:
    """Every kind of answer leaves as it is stored and is not proposed when it comes back."""
    values = good_answers(queries.spec_of(submission), "小学") | {"honours": NotApplicable("没有评选")}
    enter(submission, values, by=cast.reporter_a, head=cast.principal_a)
    client = sign_in(cast.principal_a)
    sheets = taken_away(client, submission)
    assert proposed(send(client, submission, fill(sheets))) == {}
    for row in sheets[VALUES][2:]:
        row[sheets[VALUES][1].index("version")] = ""
    assert proposed(send(client, submission, fill(sheets))) == {}, "read back it is what is stored"
