"""The 待办 list: who is asked to do what, in which order, until when."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from indicators.collection.submissions.models import Decision, Extension, Revision, Round, SendBackReason, Submission
from inspections.letters import actions as letters
from portal.core.jobs.models import Job
from portal.home import queries, school_task_queries as school_tasks, task_queries as tasks
from schools.access.scope import memberships
from tests.cast import grant, make_school, make_user
from tests.inspections import making
from tests.inspections.letters import papers
from tests.portal.home.conftest import in_days, make_finding, make_round, make_visit, of, put, stamped

pytestmark = pytest.mark.django_db
S = Submission.State


def acts(user) -> list[str]:
    user.__dict__.pop("_rights", None)
    return [task.action for task in tasks.for_user(user)]


def test_a_reporter_is_asked_to_start_then_to_go_on(cast, round_) -> None:
    assert acts(cast.reporter_a) == ["开始填报"]
    put(of(round_, cast.school_a), started_at=timezone.now())
    assert acts(cast.reporter_a) == ["继续填报"]


def test_nobody_is_asked_to_fill_for_somebody_else(cast, round_) -> None:
    assert [task.subject for task in tasks.for_user(cast.reporter_a)] == ["甲小学 · 2026 年度自评"]
    assert [task.subject for task in tasks.for_user(cast.liaison)] == ["区财政局 · 2026 年度自评"]
    assert [task.subject for task in tasks.for_user(cast.admin)] == ["龙亭区 · 2026 年度自评"]
    assert acts(cast.foreign_admin) == []


def test_after_handing_over_only_the_head_is_informed(cast, round_) -> None:
    put(
        of(round_, cast.school_a),
        started_at=timezone.now(),
        handed_over_at=timezone.now(),
        handed_over_by=cast.reporter_a,
    )
    assert acts(cast.reporter_a) == []
    (task,) = tasks.for_user(cast.principal_a)
    assert task.action == "核对并签发提交"
    assert task.url == reverse("submissions:sign", args=[of(round_, cast.school_a).pk])
    assert [row.stage for row in school_tasks.under_way(school_tasks.own_submissions(cast.reporter_a))] == [
        "awaiting_head"
    ]


def test_the_workbench_of_a_school_asks_each_thing_once_by_what_is_written_already(
    cast, round_, sign_in, monkeypatch
) -> None:
    written, write = [], SQLCompiler.as_sql

    def noted(compiler, *args, **options):
        written.append(compiler.query.model.__name__)
        return write(compiler, *args, **options)

    first, second, own = sign_in(cast.reporter_a), sign_in(cast.reporter_b), str(of(round_, cast.school_b))
    assert first.get("/").status_code == 200
    monkeypatch.setattr(SQLCompiler, "as_sql", noted)
    with CaptureQueriesContext(connection) as asked:
        page = second.get("/").content.decode()
    assert own in page
    assert len(asked) <= 18
    assert set(written) <= {"Session", "User"}


def _sent_back(cast, round_, reasons: int, number: int = 1) -> Submission:
    submission = put(of(round_, cast.school_a), state=S.SENT_BACK, started_at=timezone.now())
    revision = Revision.objects.create(
        submission=submission,
        number=number,
        content={},
        sha256="0" * 64,
        receipt=f"R{number}",
        submitted_at=timezone.now(),
        submitted_by=cast.principal_a,
    )
    decision = Decision.objects.create(revision=revision, verdict="returned", decided_by=cast.reviewer)
    for reason in range(reasons):
        SendBackReason.objects.create(decision=decision, item=f"item{reason}", text="不符")
    return submission


def test_one_sent_back_says_how_many_items_to_answer_counting_the_last_decision_only(cast, round_) -> None:
    _sent_back(cast, round_, 5)
    _sent_back(cast, round_, 2, number=2)
    assert acts(cast.reporter_a) == ["回复 2 处退回"]


def test_submitted_submissions_wait_for_the_reviewer_as_one_line(cast, round_) -> None:
    for school, days in ((cast.school_a, 4), (cast.school_b, 1)):
        put(of(round_, school), state=S.SUBMITTED, submitted_at=timezone.now() - timedelta(days=days))
    (task,) = tasks.for_user(cast.reviewer)
    assert (task.action, task.note) == ("审核 2 份填报", "最早一份已等待 4 天")
    assert acts(cast.reporter_a) == ["写学校自评报告"]
    assert [row.state for row in school_tasks.under_way(school_tasks.own_submissions(cast.reporter_a))] == ["submitted"]


def test_the_own_extension_counts_not_the_common_due_time(cast, round_) -> None:
    Extension.objects.create(
        submission=of(round_, cast.school_a),
        due_at=timezone.now() + timedelta(days=20),
        reason="校舍维修",
        **stamped(cast.admin),
    )
    assert [task.due for task in tasks.for_user(cast.reporter_a)] == [in_days(20)]
    assert [task.due for task in tasks.for_user(cast.reporter_b)] == [in_days(10)]


def test_the_bureau_is_asked_to_remind_those_past_their_own_due_time(cast) -> None:
    late = make_round(cast, due=-2)
    for school in (cast.school_a, cast.school_b):
        Submission.objects.create(round=late, school=school, **stamped(cast.admin))
    assert acts(cast.admin) == ["催报 2 家"]
    Extension.objects.create(
        submission=of(late, cast.school_a),
        due_at=timezone.now() + timedelta(days=3),
        reason="校舍维修",
        **stamped(cast.admin),
    )
    assert acts(cast.admin) == ["催报 1 家"]
    assert acts(cast.leader) == []


def test_when_all_are_approved_the_bureau_is_asked_to_evaluate(cast, round_) -> None:
    Submission.objects.update(state=S.APPROVED, decided_at=timezone.now())
    assert acts(cast.admin) == ["运行评估"]
    put(of(round_, cast.school_a), state=S.IN_REVIEW)
    assert "运行评估" not in acts(cast.admin)


def test_nobody_waits_for_a_school_closed_since_the_opening(cast, round_) -> None:
    Submission.objects.exclude(school=cast.school_a).update(state=S.APPROVED, decided_at=timezone.now())
    round_.due_at = timezone.now() - timedelta(days=2)
    round_.save()
    assert acts(cast.admin) == ["催报 1 家"]
    cast.school_a.status = "停办"
    cast.school_a.save()
    assert acts(cast.admin) == ["运行评估"]
    assert acts(cast.reporter_a) == []


def test_closed_rounds_ask_for_nothing(cast, round_) -> None:
    round_.state = "closed"
    round_.save()
    assert acts(cast.reporter_a) == []
    assert acts(cast.admin) == []


def test_findings_go_to_the_school_then_to_the_verifier(cast) -> None:
    finding = make_finding(cast, 1)
    assert acts(cast.reporter_a) == ["落实整改"]
    assert acts(cast.reporter_b) == []
    finding.state, finding.rectified_by = "close_requested", cast.reporter_a
    finding.save()
    assert acts(cast.reporter_a) == []
    assert acts(cast.inspector_a) == ["核查销号申请"]
    assert acts(cast.inspector_b) == []


def test_who_rectified_is_never_asked_to_verify(cast) -> None:
    grant(cast.reporter_a, "inspector", school=cast.school_a)
    make_finding(cast, 1, state="close_requested", rectified_by=cast.reporter_a)
    assert acts(cast.reporter_a) == []


def test_many_findings_become_one_line_per_state_with_the_first_due_day(cast) -> None:
    for number in range(12):
        make_finding(cast, number, due=number - 3, state="sent_back" if number > 9 else "rectifying")
    lines = [(task.action, task.due, task.url) for task in tasks.for_user(cast.reporter_a)]
    assert lines == [
        ("落实整改 10 项", in_days(-3), "/findings/?state=rectifying"),
        ("重新整改（核查退回） 2 项", in_days(7), "/findings/?state=sent_back"),
    ]


def test_findings_not_dispatched_are_the_bureaus_business(cast) -> None:
    make_finding(cast, 1, state="to_dispatch")
    assert acts(cast.admin) == ["派发 1 项问题"]
    assert acts(cast.reporter_a) == []


def test_visits_show_to_leader_and_team_only(cast) -> None:
    colleague = make_user("inspector_c", "同组督学")
    grant(colleague, "inspector", school=cast.school_a)
    visit = make_visit(cast, cast.inspector_a)
    assert acts(colleague) == []
    visit.team.add(colleague, cast.inspector_a)
    assert acts(colleague) == ["入校督导"]
    assert acts(cast.inspector_a) == ["入校督导"]


def test_a_failed_job_of_ones_own_is_listed(cast) -> None:
    Job.objects.create(
        kind="evaluate",
        title="评估",
        key="k",
        owner=cast.admin,
        state="failed",
        queued_at=timezone.now(),
        finished_at=timezone.now(),
        error="缺数据",
    )
    assert acts(cast.admin) == ["查看失败原因并重试"]
    assert acts(cast.reviewer) == []


def test_the_list_is_ordered_by_due_day_and_says_what_is_overdue(cast, round_, sign_in) -> None:
    make_finding(cast, 1, due=-3)
    make_finding(cast, 2, due=2)
    shown = tasks.for_user(cast.reporter_a)
    assert [task.remaining for task in shown] == ["已逾期 3 天", "还剩 2 天", "还剩 10 天"]
    page = sign_in(cast.reporter_a).get("/").content.decode()
    assert page.index("已逾期 3 天") < page.index("还剩 2 天") < page.index("还剩 10 天")


def test_the_summary_names_who_stands_where(cast, round_, sign_in) -> None:
    put(of(round_, cast.school_b), state=S.APPROVED)
    page = sign_in(cast.leader).get("/").content.decode()
    assert "2026 年度自评" in page
    assert "?stage=not_started" in page
    assert "乙初级中学" in page
    assert queries.current_rounds(cast.reporter_a) == []
    assert queries.current_rounds(cast.foreign_admin) == []


def test_an_open_round_comes_before_a_newer_closed_one(cast, round_) -> None:
    newer = make_round(cast, code="2027")
    newer.state = "closed"
    newer.save()
    assert [summary.round for summary in queries.current_rounds(cast.leader)] == [round_]


def test_next_years_round_does_not_push_aside_the_one_being_filled_in(cast, round_, sign_in) -> None:
    newer = make_round(cast, code="2027")
    newer.due_at = round_.due_at + timedelta(days=365)
    newer.save()
    assert [summary.round for summary in queries.current_rounds(cast.leader)] == [round_, newer]
    page = sign_in(cast.leader).get("/").content.decode()
    assert page.index(f'id="round-{round_.pk}"') < page.index(f'id="round-{newer.pk}"')


def test_without_an_open_round_the_newest_is_shown(cast, round_) -> None:
    newer = make_round(cast, code="2027")
    Round.objects.update(state="closed")
    assert [summary.round for summary in queries.current_rounds(cast.leader)] == [newer]


def test_the_ledger_counts_the_own_district(cast) -> None:
    make_finding(cast, 1, due=-1)
    make_finding(cast, 2, due=1)
    summary = queries.ledger(cast.leader)
    assert (summary.open, summary.overdue, summary.closed) == (2, 1, 0)
    assert queries.ledger(cast.foreign_admin).open == 0
    assert queries.ledger(cast.reporter_a) is None


@pytest.mark.parametrize("username", ["admin", "reviewer", "leader", "expert", "auditor", "inspector_a", "liaison"])
def test_an_empty_list_offers_a_next_step(cast, sign_in, username: str) -> None:
    page = sign_in(getattr(cast, username)).get("/").content.decode()
    assert "目前没有待办事项" in page
    assert queries.next_step(getattr(cast, username)).label in page


def test_a_person_without_any_role_is_shown_who_to_ask(cast, sign_in) -> None:
    assert not memberships(cast.expired_expert)
    assert "联系局管理员" in sign_in(cast.expired_expert).get("/").content.decode()


def _queries_of_home(client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get("/").status_code == 200
    return len(seen)


def test_the_workbench_asks_the_same_number_of_queries_for_5_and_50_schools(cast, round_, sign_in) -> None:
    grant(cast.admin, "reviewer", district=cast.district)
    client = sign_in(cast.admin)
    client.get("/")

    def add(numbers: range) -> None:
        for number in numbers:
            school = make_school(f"41020210{number:02d}", f"第{number}小学", cast.district)
            Submission.objects.create(
                round=round_, school=school, state="submitted", submitted_at=timezone.now(), **stamped(cast.admin)
            )
            make_finding(cast, number, school=school, state="to_dispatch")

    add(range(5))
    few = _queries_of_home(client)
    add(range(5, 50))
    assert _queries_of_home(client) == few
    assert few <= 34


def test_many_places_of_one_role_are_shown_in_one_line(cast, sign_in) -> None:
    from tests.cast import grant

    grant(cast.inspector_a, "inspector", school=cast.school_b)
    said = sign_in(cast.inspector_a).get("/").context["roles"]
    assert said == ["责任督学 · 甲小学等 2 个单位"]


def test_an_admin_without_schools_is_sent_to_the_register(db, sign_in) -> None:
    from schools.directory.models import District
    from tests.cast import grant, make_user

    boss = make_user("boss", "新管理员")
    grant(boss, "admin", district=District.objects.create(code="410204", name="鼓楼区"))
    assert sign_in(boss).get("/").context["next_step"].url == "/schools/import/"


def test_a_paper_waits_for_the_signature_of_the_school_it_was_sent_to(cast) -> None:
    finding = making.dispatched(cast)
    letter = papers.issued(cast, subject=finding.school_id)
    assert "签收文书" in acts(cast.principal_a)
    assert "签收文书" not in acts(cast.reporter_b)
    letters.receive(letter_id=letter.pk, by=cast.principal_a)
    assert "签收文书" not in acts(cast.principal_a)
