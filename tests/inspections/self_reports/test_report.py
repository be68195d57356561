"""A school's self-report: figures by reference, problems from what fails, signing, what stays frozen."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from indicators.collection.reviews import actions as reviews
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import NotApplicable, Value
from inspections.rectification.models import Finding
from inspections.self_reports import actions, document, queries
from inspections.self_reports.models import SelfReport, SelfReportProblem, SelfReportText
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import store
from portal.core.notices.models import Notice
from schools.directory.models import School
from tests.cast import PASSWORD, Cast
from tests.inspections import making
from tests.inspections.self_reports.making import NEXT_STEP, digest, handed_in, issued, opened, problem, typed
from tests.shared import shared

pytestmark = pytest.mark.django_db
SIGNED = {"promise": "on", "password": PASSWORD}


@shared
def round_(cast: Cast) -> None:
    opened(cast)


@shared
def submission(round_: None, cast: Cast) -> Submission:
    """Typed, not handed in: 小学 with 360 pupils."""
    return typed(cast)


def _desk(cast: Cast, submission: Submission) -> queries.Desk:
    return queries.desk(cast.reporter_a, queries.current(queries.submission(cast.reporter_a, submission.pk)))


def _words(desk: queries.Desk, code: str) -> str:
    section = next(one for one in desk.content["sections"] if one["code"] == code)
    return "\n".join([*section["paragraphs"], *section["points"]])


def _write(submission: Submission, text: str, by: Any, section: str = "practice", version: int = 0) -> SelfReportText:
    return actions.write_text(submission_id=submission.pk, section=section, text=text, version=version, by=by)


def _status(client: Any, address: str) -> int:
    """Of a page or a file, which is read to its end."""
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)


def test_a_changed_answer_changes_the_sentence(cast: Cast, submission: Submission) -> None:
    _write(submission, "全校 {小学在校生数} 名学生每人有一份成长档案。", cast.reporter_a)
    desk = _desk(cast, submission)
    assert "在校生 360 人，教学班 9 个" in _words(desk, "basics")
    assert _words(desk, "practice") == "全校 360 名学生每人有一份成长档案。"
    submissions.save(submission_id=submission.pk, values={"pupils_primary": Value(361)}, by=cast.reporter_a)
    assert _words(_desk(cast, submission), "practice") == "全校 361 名学生每人有一份成长档案。"


@pytest.mark.parametrize(
    ("answer", "shown"), [(None, "未填"), (Value(0), "0"), (NotApplicable("没有随迁子女就读"), "不适用")]
)
def test_blank_zero_and_not_applicable_are_three_things(
    cast: Cast, submission: Submission, answer: Any, shown: str
) -> None:
    submissions.save(submission_id=submission.pk, values={"migrant_pupils_primary": answer}, by=cast.reporter_a)
    desk = _desk(cast, submission)
    assert f"随迁子女 {shown} 人" in _words(desk, "basics")
    said = [str(one) for one in desk.remarks if "小学随迁子女" in str(one)]
    assert bool(said) is (answer is None)


def test_a_nine_year_school_has_both_parts_apart(round_: None, cast: Cast) -> None:
    School.objects.filter(pk=cast.school_a.pk).update(kind="九年一贯制学校")
    desk = _desk(cast, typed(cast, "九年一贯制学校"))
    basics = _words(desk, "basics")
    assert "小学部：在校生 360 人，教学班 9 个" in basics
    assert "初中部：在校生 300 人，教学班 8 个" in basics
    rows = desk.content["sections"][1]["tables"][0]["rows"]
    assert [row[0] for row in rows] == ["小学部"] * 7 + ["初中部"] * 7
    assert {"小学部A1情况", "初中部A1情况"} <= desk.facts.figures.keys()


def test_a_school_that_is_not_judged_says_why(round_: None, cast: Cast) -> None:
    School.objects.filter(pk=cast.school_a.pk).update(kind="特殊教育学校")
    submission = Submission.objects.get(school=cast.school_a)
    desk = _desk(cast, submission)
    assert "不参加资源配置指标评估" in _words(desk, "standing")
    assert desk.content["sections"][1]["tables"] == []


def test_what_fails_and_open_findings_are_proposed(cast: Cast, submission: Submission) -> None:
    submissions.save(submission_id=submission.pk, values={"multimedia_rooms": Value(1)}, by=cast.reporter_a)
    finding = making.dispatched(cast)
    desk = _desk(cast, submission)
    keys = [one.key for one, _ in desk.left]
    assert keys == ["A7.primary", f"finding.{finding.pk}"]
    made = actions.accept(submission_id=submission.pk, keys=keys, by=cast.reporter_a)
    assert [one.source for one in made] == keys
    assert made[1].due_on == finding.due_on
    # Sent twice is done once.
    assert actions.accept(submission_id=submission.pk, keys=keys, by=cast.principal_a) == []
    assert "还差 8 间网络多媒体教室" in _words(_desk(cast, submission), "problems")
    submissions.save(submission_id=submission.pk, values={"multimedia_rooms": Value(2)}, by=cast.reporter_a)
    assert "还差 7 间网络多媒体教室" in _words(_desk(cast, submission), "problems")
    # A problem dropped is proposed again.
    dropped = {"submission_id": submission.pk, "problem_id": made[0].pk, "by": cast.reporter_a}
    with pytest.raises(Conflict):
        actions.drop_problem(version=9, **dropped)
    actions.drop_problem(version=1, **dropped)
    assert [one.key for one, _ in _desk(cast, submission).left] == ["A7.primary"]


def test_the_finding_of_an_earlier_evaluation_is_not_named_twice(cast: Cast, submission: Submission) -> None:
    finding = Finding(pk=7, evaluation_id=1, stage="primary", indicator="A7", problem="缺 {2} 间", number="2025-PG-001")
    finding.responsible, finding.due_on, finding.steps = "总务主任", making.today(9), []
    submissions.save(submission_id=submission.pk, values={"multimedia_rooms": Value(1)}, by=cast.reporter_a)
    (one,) = _desk(cast, submission).facts.proposals([finding])
    assert (one.key, one.responsible, one.due_on) == ("A7.primary", "总务主任", finding.due_on)
    submissions.save(submission_id=submission.pk, values={"multimedia_rooms": Value(40)}, by=cast.reporter_a)
    (one,) = _desk(cast, submission).facts.proposals([finding])
    assert (one.key, one.is_failing) == ("finding.7", False)
    assert one.text == "缺 ｛2｝ 间（问题编号 2025-PG-001，按本年数据已达标，还没有销号）"


def test_a_problem_that_is_none_any_more_is_remarked(cast: Cast, submission: Submission) -> None:
    submissions.save(submission_id=submission.pk, values={"multimedia_rooms": Value(1)}, by=cast.reporter_a)
    assert "没有列入" in " ".join(map(str, _desk(cast, submission).remarks))
    actions.accept(submission_id=submission.pk, keys=["A7.primary"], by=cast.reporter_a)
    submissions.save(submission_id=submission.pk, values={"multimedia_rooms": Value(40)}, by=cast.reporter_a)
    said = " ".join(map(str, _desk(cast, submission).remarks))
    assert "没有低于标准" in said
    assert "没有列入" not in said


def test_praise_without_counts_or_against_the_figures_is_remarked(cast: Cast, submission: Submission) -> None:
    submissions.save(submission_id=submission.pk, values={"multimedia_rooms": Value(1)}, by=cast.reporter_a)
    _write(submission, "各项指标全部达标。\n家长满意率 98%。", cast.reporter_a)
    said = " ".join(map(str, _desk(cast, submission).remarks))
    assert "与填报的数据不符：“各项指标全部达标”" in said
    assert "只有比例、没有人数：“家长满意率 98%”" in said


def test_two_people_editing_get_a_conflict_and_nothing_is_lost(
    cast: Cast, submission: Submission, sign_in: Any
) -> None:
    address = reverse("self_reports:write", args=[submission.pk, "practice"])
    first, second = sign_in(cast.reporter_a), sign_in(cast.principal_a)
    assert first.post(address, {"text": "填报员写的。", "version": 0}).status_code == 302
    answer = second.post(address, {"text": "校长写的。", "version": 0})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "刚被甲校填报员改过" in page
    assert "填报员写的。" in page
    assert "校长写的。" in page
    assert SelfReportText.objects.get().text == "填报员写的。"
    # Knowing theirs, saved again it stands.
    assert second.post(address, {"text": "校长写的。", "version": answer.context["version"]}).status_code == 302
    # The same words sent again by a page of before change nothing.
    assert second.post(address, {"text": "校长写的。", "version": 0}).status_code == 302
    row = SelfReportText.objects.get()
    assert (row.text, row.version) == ("校长写的。", 2)


def test_two_people_at_one_problem_get_a_conflict(cast: Cast, submission: Submission, sign_in: Any) -> None:
    row = problem(cast, submission)
    address = reverse("self_reports:problem", args=[submission.pk, row.pk])
    given = {"text": "设备老旧", "measure": "更换", "responsible": "张老师", "due_on": "2027-03-31", "version": 1}
    assert sign_in(cast.reporter_a).post(address, given).status_code == 302
    mine = given | {"measure": "维修 3 套"}
    answer = sign_in(cast.principal_a).post(address, mine)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "刚被甲校填报员改过" in page
    assert "维修 3 套" in page
    again = answer.context["form"]["version"].value()
    assert sign_in(cast.principal_a).post(address, mine | {"version": again}).status_code == 302
    row.refresh_from_db()
    assert (row.measure, row.version) == ("维修 3 套", 3)


def test_a_problem_sent_twice_is_one(cast: Cast, submission: Submission, sign_in: Any) -> None:
    client, address = sign_in(cast.reporter_a), reverse("self_reports:new_problem", args=[submission.pk])
    given = {"text": "设备老旧", "form_key": "0b8f2b8e-8f8e-4a57-9a53-2f8c8a4e1d11"}
    assert [client.post(address, given).status_code for _ in range(2)] == [302, 302]
    assert SelfReportProblem.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("学生 {小学学生} 人", "没有叫“小学学生”的数据"),
        ("长" * (actions.LONGEST + 1), "请写在 10000 字以内"),
    ],
)
def test_what_cannot_be_stored_says_why_and_stays_typed(
    cast: Cast, submission: Submission, sign_in: Any, text: str, said: str
) -> None:
    address = reverse("self_reports:write", args=[submission.pk, "practice"])
    answer = sign_in(cast.reporter_a).post(address, {"text": text, "version": 0})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert answer.context["text"] == text
    assert not SelfReportText.objects.exists()


@pytest.mark.parametrize("text", ["联系 13812345678", "身份证 110101199003074514"])
def test_numbers_of_persons_are_not_stored(cast: Cast, submission: Submission, text: str) -> None:
    with pytest.raises(Invalid):
        _write(submission, text, cast.reporter_a)
    for field in ("text", "measure", "responsible"):
        with pytest.raises(Invalid):
            problem(cast, submission, **{field: text})


def test_hostile_words_are_words(cast: Cast, submission: Submission, sign_in: Any) -> None:
    hostile = "<script>alert(1)</script>\x00\u202e 100% {{ 1 }} &amp; #let x"
    with pytest.raises(Invalid):
        _write(submission, hostile, cast.reporter_a)
    _write(submission, hostile.replace("{", "(").replace("}", ")").replace("\x00", ""), cast.reporter_a)
    problem(cast, submission, text="=cmd|' /C calc'!A0 <b>", measure="]] \\ $x$ #import")
    page = sign_in(cast.reporter_a).get(reverse("self_reports:detail", args=[submission.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    client = sign_in(cast.reporter_a)
    for kind in ("docx", "pdf"):
        assert client.get(reverse("self_reports:draft", args=[submission.pk, kind])).status_code == 200
    assert client.get(reverse("self_reports:draft", args=[submission.pk, "exe"])).status_code == 404
    assert client.get(reverse("self_reports:write", args=[submission.pk, "nothing"])).status_code == 404


def test_the_portals_text_comes_back_when_emptied_and_says_when_it_changed(
    cast: Cast, submission: Submission, sign_in: Any
) -> None:
    address = reverse("self_reports:write", args=[submission.pk, "practice"])
    client = sign_in(cast.reporter_a)
    portal = client.get(address).context["text"]
    _write(submission, "自己写的。", cast.reporter_a)
    assert client.get(address).context["portal"] == portal
    submissions.save(submission_id=submission.pk, values={"self_report": Value("新的" * 40)}, by=cast.reporter_a)
    assert client.get(address).context["is_stale"]
    row = _write(submission, "", cast.reporter_a, version=1)
    assert (row.text, row.version) == ("", 2)
    assert _words(_desk(cast, submission), "practice") == "新的" * 40


def test_it_is_issued_only_whole_and_after_the_submission(cast: Cast, submission: Submission) -> None:
    with pytest.raises(Conflict, match="填报还没有签发提交"):
        issued(cast, submission)
    handed_in(cast, submission)
    with pytest.raises(Invalid) as refused:
        issued(cast, submission)
    assert "存在的问题" in str(refused.value.problems)
    row = problem(cast, submission, measure="", due_on=None)
    with pytest.raises(Invalid) as refused:
        issued(cast, submission)
    assert "没有写措施、完成时间" in str(refused.value.problems[0])
    given = {"text": row.text, **NEXT_STEP}
    seen = digest(cast, submission)
    actions.write_problem(submission_id=submission.pk, problem_id=row.pk, version=1, by=cast.reporter_a, **given)
    with pytest.raises(Conflict, match="刚被改过"):
        actions.issue(submission_id=submission.pk, seen=seen, by=cast.principal_a)
    assert issued(cast, submission).state == SelfReport.State.ISSUED
    with pytest.raises(Conflict):
        issued(cast, submission)


def test_issued_it_is_frozen_with_the_revision_it_quotes(cast: Cast, submission: Submission) -> None:
    handed_in(cast, submission)
    problem(cast, submission)
    report = issued(cast, submission)
    assert (report.revision, report.issued_by) == (submission.revisions.get(), cast.principal_a)
    assert report.revision.receipt in report.content["source"]
    for act in (
        lambda: _write(submission, "晚了。", cast.reporter_a),
        lambda: actions.accept(submission_id=submission.pk, keys=["A7.primary"], by=cast.reporter_a),
        lambda: problem(cast, submission),
    ):
        with pytest.raises(Conflict):
            act()
    assert report.pdf
    assert report.docx
    with store.open_file(report.pdf) as file:
        printed = "".join(page.extract_text() for page in PdfReader(file).pages)
    assert "甲小学" in printed
    assert "360" in printed
    assert "草稿" not in printed
    # Sent back and handed in again, the issued report still says what it said.
    reviews.send_back(submission_id=submission.pk, reasons=[reviews.Reason("pupils", "请核对")], by=cast.reviewer)
    submissions.save(submission_id=submission.pk, values={"teaching_area": Value(Decimal(9000))}, by=cast.reporter_a)
    report.refresh_from_db()
    assert "教学及辅助用房 2520 ㎡" in str(document.read(report.content))
    waiting = queries.delivered(cast.reviewer, submission.round_id)[submission.pk]
    assert waiting.is_outdated is False


def test_withdrawn_it_stays_on_record_and_its_words_go_on(cast: Cast, submission: Submission, sign_in: Any) -> None:
    handed_in(cast, submission)
    _write(submission, "做法一。", cast.reporter_a)
    problem(cast, submission)
    report = issued(cast, submission)
    address = reverse("self_reports:withdraw", args=[submission.pk])
    client = sign_in(cast.principal_a)
    assert client.post(address, {"reason": ""}).status_code == 400
    assert client.post(address, {"reason": "数据写错"}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.withdraw_reason) == ("withdrawn", "数据写错")
    draft = SelfReport.objects.get(state="draft")
    assert (draft.version, draft.texts.get().text, draft.problems.get().text) == (2, "做法一。", "设备老旧")
    assert (report.texts.count(), report.problems.count()) == (1, 1)
    for who in (cast.reviewer, cast.reporter_a):
        page = sign_in(who).get(reverse("self_reports:detail", args=[submission.pk])).content.decode()
        assert "数据写错" in page
        assert _status(sign_in(who), reverse("self_reports:download", args=[report.pk, "pdf"])) == 200
    assert [one.state for one in queries.delivered(cast.reviewer, submission.round_id).values()] == ["draft"]
    assert issued(cast, submission).version == 2


def test_the_head_signs_with_statement_and_password_and_nobody_else(
    cast: Cast, submission: Submission, sign_in: Any
) -> None:
    handed_in(cast, submission)
    problem(cast, submission)
    issue = reverse("self_reports:issue", args=[submission.pk])
    for who in (cast.admin, cast.leader, cast.reporter_a):
        assert sign_in(who).post(issue, SIGNED | {"seen": digest(cast, submission)}).status_code == 403
    client = sign_in(cast.principal_a)
    seen = client.get(reverse("self_reports:detail", args=[submission.pk])).context["desk"].digest
    for wrong in ({}, {"promise": "on", "password": "wrong"}, {"password": PASSWORD}):
        assert client.post(issue, wrong | {"seen": seen}).status_code == 400
    assert client.post(issue, SIGNED | {"seen": seen}).status_code == 302
    assert SelfReport.objects.get().issued_by == cast.principal_a
    assert Notice.objects.filter(user=cast.reviewer, text__contains="自评报告").exists()
    events = list(AuditEvent.objects.filter(action__startswith="self_report.").values_list("action", flat=True))
    assert sorted(events) == ["self_report.issue", "self_report.write_problem"]


def test_drafts_are_the_schools_own_and_what_is_issued_is_seen_within_reach(
    cast: Cast, submission: Submission, sign_in: Any
) -> None:
    handed_in(cast, submission)
    _write(submission, "还没想好的话。", cast.reporter_a)
    problem(cast, submission)
    page = reverse("self_reports:detail", args=[submission.pk])
    for who in (cast.reviewer, cast.admin, cast.inspector_a, cast.expert):
        shown = sign_in(who).get(page).content.decode()
        assert "学校还没有签发自评报告" in shown
        assert "还没想好的话" not in shown
    with pytest.raises(NotAllowed):
        _write(submission, "代写", cast.admin)
    report = issued(cast, submission)
    pdf = reverse("self_reports:download", args=[report.pk, "pdf"])
    for who in (cast.reviewer, cast.inspector_a, cast.expert, cast.reporter_a):
        assert "还没想好的话" in sign_in(who).get(page).content.decode()
        assert _status(sign_in(who), pdf) == 200
    for who in (cast.reporter_b, cast.foreign_admin, cast.inspector_b):
        assert [_status(sign_in(who), one) for one in (page, pdf)] == [404, 404]
        with pytest.raises(NotFound):
            _write(submission, "别校的", who)
    board = sign_in(cast.reviewer).get(reverse("rounds:detail", args=[submission.round_id])).content.decode()
    assert f'href="{page}"' in board
    school = sign_in(cast.reviewer).get(reverse("standing:school", args=[cast.school_a.code])).content.decode()
    assert f'href="{page}"' in school


def test_the_page_asks_a_fixed_number_of_queries(
    cast: Cast, submission: Submission, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        problem(cast, submission, text=f"问题 {number}")
    client = sign_in(cast.reporter_a)
    page = reverse("self_reports:detail", args=[submission.pk])
    client.get(page)
    with django_assert_max_num_queries(36):
        client.get(page)


def test_a_content_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format"):
        document.read({"kind": document.KIND, "format": 99})
    with pytest.raises(ValueError, match="no self-report"):
        document.read({"kind": "other"})
