"""The demonstration district in the database: every promise of the story, made through the actions."""

import io
from collections import Counter
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains

from indicators.collection.relaxations.models import Relaxation
from indicators.collection.reviews import queue_queries as queue
from indicators.collection.submissions.models import Round, SendBackReason, Submission, Waiver
from indicators.planning.scenarios import queries as scenarios
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations import actions as evaluations, judging
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import inputs_sha256
from inspections.claims.models import CheckedFigure
from inspections.rectification.models import Entry, Finding
from inspections.reports.models import Report
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from portal.core.audit import queries as audit
from portal.core.audit.models import AuditEvent
from portal.core.jobs.models import Job
from portal.core.notices.models import Notice
from portal.demo import generator, names
from portal.demo.names import ACCOUNTS, PASSWORD
from portal.management.commands import load_demo
from schools.access.scope import Perm, visible
from schools.directory.models import School
from tests.shared import shared

S = Submission.State


@shared
def loaded() -> load_demo.Loaded:
    """The usual district."""
    return load_demo.load()


@pytest.fixture(autouse=True)
def _in_it(loaded) -> None:
    """Every test sees the loaded district and leaves it as it was."""


def states(code: str) -> Counter:
    rows = Submission.objects.filter(round__code=code, school__isnull=False)
    return Counter(rows.values_list("state", flat=True))


def of(loaded: load_demo.Loaded, position: int) -> Submission:
    return loaded.current.rows[loaded.town.sketches[position].code]


def test_what_last_year_lacked_is_tried_as_measures_and_a_plan_is_asked_for(loaded) -> None:
    scenario = Scenario.objects.get(name="缺口一次补齐")
    assert scenario.evaluation.round.code == "2025"
    tried = scenarios.trial(scenario)
    assert [part.passes for part in tried.before.parts].count(False)
    assert all(part.passes for part in tried.after.parts)
    assert list(Job.objects.filter(kind="plan").values_list("state", flat=True)) == [Job.State.QUEUED]


def test_the_past_years_are_closed_approved_and_judged() -> None:
    for code in ("2023", "2024", "2025"):
        assert states(code) == {S.APPROVED: 42}
        round_ = Round.objects.get(code=code)
        assert round_.state == Round.State.CLOSED
        assert [evaluation.complete for evaluation in round_.evaluations.all()] == [True]


def test_a_past_year_is_judged_on_exactly_the_generated_figures(loaded) -> None:
    town = loaded.town
    schools = generator.school_answers(town.spec, town.sketches, town.seed, 2024)
    answers = generator.district_answers(town.spec, town.sketches, schools, town.seed, 2024)
    generated = replace(generator.district_data(town.sketches, schools), answers=answers)
    assert Evaluation.objects.get(round__code="2024").inputs_sha256 == inputs_sha256(town.spec, generated)


def test_the_current_year_is_open_with_submissions_at_every_step(loaded) -> None:
    round_ = Round.objects.get(code="2026", district__code=names.DISTRICT)
    assert round_.state == Round.State.OPEN
    assert 18 <= (round_.due_at - timezone.now()).days <= 22
    assert states("2026") == {S.APPROVED: 30, S.SUBMITTED: 7, S.DRAFT: 3, S.IN_REVIEW: 1, S.SENT_BACK: 1}
    for position in (names.NOT_STARTED, names.FILLING, names.HANDED_OVER):
        of(loaded, position).refresh_from_db()
    assert of(loaded, names.NOT_STARTED).started_at is None
    assert of(loaded, names.FILLING).started_at
    assert of(loaded, names.HANDED_OVER).handed_over_at


def test_the_school_sent_back_sees_the_reasons_at_the_items(loaded, sign_in) -> None:
    row = of(loaded, names.SENT_BACK)
    reasons = SendBackReason.objects.filter(decision__revision__submission=row)
    page = sign_in(User.objects.get(username="reporter2")).get(reverse("submissions:edit", args=[row.pk]), follow=True)
    assert reasons.count() == 2
    for reason in reasons:
        assert reason.text in page.content.decode()


def test_a_colleague_has_two_of_its_sections_and_one_is_open_again(loaded, sign_in) -> None:
    given = of(loaded, names.SENT_BACK).shares.filter(user__username=names.COLLEAGUE)
    assert {row.section: bool(row.done_at) for row in given} == {"premises": False, "equipment": True}
    home = sign_in(User.objects.get(username=names.COLLEAGUE)).get(reverse("home"))
    assertContains(home, reverse("submissions:section", args=[of(loaded, names.SENT_BACK).pk, "premises"]))


def test_a_review_begun_shows_what_was_let_pass(loaded, sign_in) -> None:
    url = reverse("reviews:review", args=[of(loaded, names.IN_REVIEW).pk])
    assertContains(sign_in(loaded.town.reviewer).get(url, {"tab": "history"}), "第 1 次提交逐项通过 2 项")


def test_unusual_figures_are_explained_and_some_have_files_behind_them(loaded) -> None:
    assert Waiver.objects.filter(field="equipment_value", submission__round__code="2026").exists()
    assert Waiver.objects.count() < 42
    assert of(loaded, names.MODEL).evidence.count() == 3


def test_one_coefficient_of_the_current_year_is_near_its_limit() -> None:
    stored = Evaluation.objects.get(round__code="2026").result["coefficients"]
    near = [
        (stage, code, one["passes"])
        for stage, by_code in stored.items()
        for code, one in by_code.items()
        if one["near_limit"]
    ]
    assert near == [("junior", "A6", False)]


def test_the_current_year_can_be_judged_and_names_who_is_missing(loaded) -> None:
    round_ = Round.objects.select_related("standard", "district").get(code="2026")
    judged = judging.judge(round_, judging.read(round_), timezone.now())
    evaluation = evaluations.record(judged=judged, by=loaded.town.admin)
    assert evaluation.verdict is None
    assert {row.school_code for row in judged.result.missing} == {
        loaded.town.sketches[position].code
        for position in (
            names.NOT_STARTED,
            names.FILLING,
            names.HANDED_OVER,
            names.SENT_BACK,
            names.IN_REVIEW,
            *names.SUBMITTED,
            *names.CLEAN,
        )
    }
    assert sum(part.passes is True for part in judged.result.parts) > len(judged.result.parts) / 2


def test_six_schools_wait_with_nothing_to_look_at(loaded) -> None:
    held = queue.clean(loaded.town.reviewer, of(loaded, names.CLEAN[0]).round)
    assert {one.submission_id for one in held} == {of(loaded, position).pk for position in names.CLEAN}
    assert queue.clean(loaded.town.admin, of(loaded, names.CLEAN[0]).round)


def test_findings_are_in_every_state_late_and_reopened_ones_among_them() -> None:
    assert set(Finding.objects.values_list("state", flat=True)) == set(Finding.State.values)
    assert {"PG", "DD", "XF"} <= set(Finding.objects.values_list("source", flat=True))
    late = [finding for finding in Finding.objects.all() if finding.days_overdue]
    waiting = Finding.objects.exclude(state=Finding.State.CLOSED).count()
    assert 0 < len(late) < waiting / 2
    assert Finding.objects.filter(reopened__gt=0).exists()
    assert set(Entry.objects.values_list("kind", flat=True)) >= set(Entry.Kind.values) - {
        "decline_extension",
        "also_missed",
        "import",
        "transfer",
    }


def test_visits_are_planned_under_way_done_and_cancelled() -> None:
    assert set(Visit.objects.values_list("state", flat=True)) == set(Visit.State.values)
    for visit in Visit.objects.exclude(kind=Visit.Kind.REGULAR):
        assert visit.team.count() >= 3
    underway = Visit.objects.get(state=Visit.State.UNDERWAY)
    assert underway.checklist["receipt"]
    assert 0 < underway.answers.count() < len(underway.checklist["questions"])
    assert set(CheckedFigure.objects.values_list("direction", flat=True)) >= {"same", "over"}


def test_nothing_happened_in_the_future_and_the_clock_runs_again() -> None:
    now = timezone.now()
    assert abs((now - timezone.now()).total_seconds()) < 60
    for model, moment in ((Submission, "submitted_at"), (Visit, "started_at"), (Finding, "created_at")):
        assert not model.objects.filter(**{f"{moment}__gt": now}).exists()


def test_the_trail_holds_and_keeps_the_real_time() -> None:
    count, breaks = audit.verify()
    assert count > 1000
    assert breaks == []
    assert (timezone.now() - AuditEvent.objects.earliest("seq").at).days == 0


def test_only_the_last_days_messages_are_unread() -> None:
    unread = Notice.objects.filter(read_at=None)
    assert unread.exists()
    assert (timezone.now() - unread.earliest("created_at").created_at).days <= 7


def test_there_are_an_edited_draft_an_issued_and_a_signed_report() -> None:
    draft = Report.objects.get(state=Report.State.READY)
    assert draft.phase.name == "整体推进阶段"
    assert draft.texts
    term, school = Report.objects.filter(state=Report.State.ISSUED).order_by("pk")
    assert (term.school, bool(term.number), bool(term.texts)) == (None, True, True)
    assert school.issued_by == school.created_by
    assert not Report.objects.filter(state=Report.State.COMPILING).exists()


def test_the_neighbour_sees_nothing_of_the_district() -> None:
    neighbour = User.objects.get(username="shunhe")
    seen = visible(neighbour, School.objects.all(), Perm.SCHOOL_VIEW)
    assert set(seen.values_list("district__code", flat=True)) == {names.NEIGHBOUR}
    assert not visible(neighbour, Submission.objects.all(), Perm.SUBMISSION_VIEW).exists()


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.username)
def test_every_account_signs_in_with_the_known_password_and_sees_its_home(account, client) -> None:
    client.post(reverse("login"), {"username": account.username, "password": PASSWORD})
    assert client.get(reverse("home")).status_code == 200


def test_the_accounts_are_printed_with_role_password_and_what_to_try() -> None:
    printed = io.StringIO()
    call_command("demo_accounts", stdout=printed)
    for account in ACCOUNTS:
        assert f"| {account.username} | {PASSWORD} |" in printed.getvalue()
        assert account.tip in printed.getvalue()


def test_no_password_of_the_demonstration_ever_has_to_be_changed() -> None:
    assert [user for user in User.objects.all() if user.must_change_password or user.password_changed_at] == []


def test_a_changed_password_is_not_printed() -> None:
    user = User.objects.get(username="leader")
    user.set_password("Another-2026")
    user.save()
    printed = io.StringIO()
    call_command("demo_accounts", stdout=printed)
    assert "| leader | （已修改） |" in printed.getvalue()


def test_loading_again_is_refused_and_with_if_empty_does_nothing() -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(CommandError, match="已有学校，没有载入任何演示数据"):
        call_command("load_demo")
    call_command("load_demo", "--if-empty", stdout=io.StringIO())
    assert AuditEvent.objects.count() == before


def test_both_verdicts_can_be_seen_and_a_relaxation_waits_for_its_decision(loaded) -> None:
    large, point = (loaded.town.schools[position] for position in (names.LARGE, names.SMALL_POINT))
    states_of = dict(Relaxation.objects.values_list("school__code", "state"))
    assert states_of == {large.code: Relaxation.State.APPROVED, point.code: Relaxation.State.PENDING}
    result = Evaluation.objects.latest("pk").result
    strict, relaxed = (
        {one["school_code"]: one["passes"] for one in shown["district_indicators"]["B4"]["schools"]}[large.code]
        for shown in (result, result["relaxed"])
    )
    assert (strict, relaxed) == (False, True)
