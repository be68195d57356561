"""A standing that was worked out before is shown as long as it is the one that would be worked out now, and no longer."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from indicators.collection.evidence import actions as evidence
from indicators.collection.relaxations import actions as relaxations
from indicators.collection.reviews import actions as reviews
from indicators.collection.rounds import actions as rounds
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Round, Submission
from indicators.results.evaluations import actions as evaluations, judging
from indicators.standard.engine import Value
from inspections.escalation import actions as escalation
from inspections.rectification.models import Finding
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.files import uploads
from portal.standing import memory, queries
from schools.directory import actions as directory
from schools.directory.facts import SchoolFacts
from tests.cast import PASSWORD, Cast, grant, make_school, make_user
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.planning.plans.test_facts import next_year, plan  # noqa: F401 a fixture
from tests.indicators.results.board.conftest import evaluated
from tests.inspections import making
from tests.inspections.duties import giving
from tests.inspections.publicity.making import complained
from tests.permissions.table import TABLE
from tests.permissions.world import World
from tests.shared import shared

pytestmark = pytest.mark.django_db
PAGE = reverse("standing:standing")


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    memory.forget()


@shared
def judged(cast: Cast) -> Cast:
    """Two years judged; in a third nobody has handed in, and three schools are asked."""
    third = make_school("4102020004", "丁小学", cast.district)
    for code, rooms in (("2024", 12), ("2025", 40)):
        opened = open_round(cast.district, code)
        hand_in(opened, cast.school_a, figures(multimedia_rooms=rooms))
        hand_in(opened, cast.school_b, figures("初级中学"))
        hand_in(opened, third, figures())
        evaluated(cast, opened)
    rounds.open_round(
        code="2026",
        name="2026 年度",
        district=cast.district,
        standard=opened.standard,
        due_at=timezone.now() + dt.timedelta(hours=1),
        school_year_start=dt.date(2026, 9, 1),
        fiscal_year=2026,
        school_year="2026-2027",
        by=cast.admin,
    )
    return cast


def seen(user: Any) -> queries.Standing | None:
    """What the memory shows, which must be what is worked out anew."""
    shown = memory.standing(user)
    assert shown == queries.standing(user)
    return shown


def test_what_did_not_change_is_not_worked_out_again(judged: Cast) -> None:
    assert memory.standing(judged.leader) is memory.standing(judged.leader)
    assert memory.standing(judged.leader) is not memory.standing(judged.admin)


def _judge_again(cast: Cast) -> None:
    opened = Submission.objects.filter(round__code="2025").first().round
    hand_in(opened, cast.school_a, figures(multimedia_rooms=2))
    evaluations.record(judged=judging.judge(opened, judging.read(opened), timezone.now()), by=cast.admin)


def _rename(cast: Cast) -> None:
    school = cast.school_a
    facts = replace(SchoolFacts.of(school), kind="初级中学")
    day = dt.date(2020, 9, 1)
    directory.edit_school(school_id=school.pk, version=school.version, facts=facts, valid_from=day, by=cast.admin)


def _send_back(cast: Cast) -> None:
    row = Submission.objects.get(round__code="2025", school=cast.school_a)
    Submission.objects.filter(pk=row.pk).update(state="submitted")
    reason = reviews.Reason(item="pupils", text="人数填错，请核对学籍系统")
    reviews.send_back(submission_id=row.pk, reasons=[reason], by=cast.reviewer)


def _relax(cast: Cast) -> None:
    other = make_user("colleague", "另一位局管理员")
    grant(other, "admin", district=cast.district)
    # A relaxation counts that is in force on the round's day.
    Round.objects.filter(code="2025").update(school_year_start=making.today())
    term = {"valid_from": making.today(), "valid_until": making.today(300)}
    row = relaxations.propose(
        school_id=cast.school_a.pk, kind="relax_school_size", reason="建校早", by=other, basis="会议纪要", **term
    )
    relaxations.attach_proof(relaxation_id=row.pk, file=uploads.accept(making.photo()), by=other)
    relaxations.approve(relaxation_id=row.pk, by=cast.admin)


def _close(cast: Cast) -> None:
    finding = making.to_verify(cast)
    seen(cast.leader)
    making.close(finding, cast.reviewer)


@pytest.mark.parametrize(
    "change", [_judge_again, _rename, _send_back, _relax, making.dispatched, _close], ids=lambda one: one.__name__
)
def test_what_changes_it_is_seen_at_once(judged: Cast, change: Callable[[Cast], Any]) -> None:
    before = seen(judged.leader)
    change(judged)
    assert seen(judged.leader) != before


def _order(cast: Cast) -> None:
    finding = making.dispatched(cast)
    Finding.objects.filter(pk=finding.pk).update(due_on=making.today(-1))
    escalation.propose(district_id=cast.district.pk, by=cast.admin)
    row = finding.escalations.get()
    term = {"text": "请抓紧", "reply_due_on": making.today()}
    escalation.issue(escalation_id=row.pk, version=row.version, by=cast.admin, **term)


LATE = {
    "finding": lambda cast: making.dispatched(cast, due_on=making.today()),
    "order": _order,
    "complaint": complained,
    "visit": making.planned,
}


@pytest.mark.parametrize("what", LATE)
def test_what_becomes_late_overnight_is_late_in_the_morning(judged: Cast, monkeypatch: Any, what: str) -> None:
    LATE[what](judged)
    before, later = seen(judged.admin), making.today(40)
    monkeypatch.setattr(timezone, "localdate", lambda *_: later)
    after = seen(judged.admin)
    assert len(after.late) > len(before.late)


def test_a_task_is_late_after_its_day_until_it_is_reported(judged: Cast, monkeypatch: Any) -> None:
    duty = giving.given(judged, school=judged.school_a)
    row = giving.quarter(duty)
    before = seen(judged.admin)
    monkeypatch.setattr(timezone, "localdate", lambda *_: row.due_on + dt.timedelta(days=1))
    late = seen(judged.admin)
    assert len(late.late) > len(before.late)
    giving.do("report", row, judged.reporter_a)
    assert len(seen(judged.admin).late) < len(late.late)


def test_a_submission_is_late_from_its_hour_on(judged: Cast, monkeypatch: Any) -> None:
    before, hour = seen(judged.leader), timezone.now() + dt.timedelta(hours=1, minutes=1)
    assert not [one for one in before.late if one.label.startswith("填报")]
    monkeypatch.setattr(timezone, "now", lambda: hour)
    assert [one.count for one in seen(judged.leader).late if one.label.startswith("填报")] == ["5 家"]
    row = Submission.objects.get(round__code="2026", school=judged.school_a)
    due = hour + dt.timedelta(hours=2)
    rounds.extend(round_id=row.round_id, submission_ids=[row.pk], due_at=due, reason="停电", by=judged.admin)
    assert [one.count for one in seen(judged.leader).late if one.label.startswith("填报")] == ["4 家"]
    monkeypatch.setattr(timezone, "now", lambda: due + dt.timedelta(seconds=1))
    assert [one.count for one in seen(judged.leader).late if one.label.startswith("填报")] == ["5 家"]


def test_a_plan_is_late_when_its_year_is_over(cast, plan, monkeypatch) -> None:  # noqa: F811 the fixture
    next_year(cast)
    before = seen(cast.leader)
    monkeypatch.setattr(timezone, "localdate", lambda *_: dt.date(2028, 1, 5))
    assert len(seen(cast.leader).late) > len(before.late)


def test_nobody_is_shown_what_another_was(judged: Cast) -> None:
    other = open_round(judged.other_district, "2025")
    hand_in(other, judged.school_c, figures())
    evaluations.record(judged=judging.judge(other, judging.read(other), timezone.now()), by=judged.foreign_admin)
    mine = seen(judged.admin)
    theirs = seen(judged.foreign_admin)
    assert (mine.district, theirs.district) == (judged.district, judged.other_district)
    # Somebody who changes offices, and not a word of it in the trail.
    judged.foreign_admin.memberships.all().delete()
    grant(judged.foreign_admin, "leader", district=judged.district)
    assert seen(User.objects.get(pk=judged.foreign_admin.pk)).district == judged.district


def test_each_day_and_round_asked_for_has_its_own(judged: Cast) -> None:
    earlier = Submission.objects.filter(round__code="2024").first().round
    asked = [(None, ""), (making.today(), ""), (None, str(earlier.pk))]
    for _ in range(2):
        for since, round_id in asked:
            assert memory.standing(judged.leader, since, round_id) == queries.standing(judged.leader, since, round_id)
    assert memory.standing(judged.leader).evaluation != memory.standing(judged.leader, None, str(earlier.pk)).evaluation


def test_pages_of_a_known_standing_ask_for_the_end_of_the_trail_alone(judged: Cast, sign_in: Any) -> None:
    counts, client = [], sign_in(judged.leader)
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(PAGE).status_code == 200
        counts.append(len(caught))
    # The session, the person, the roles, the end of the trail, unread notices.
    assert counts[1] == 5
    assert counts[0] <= 25


def _signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _sign_in(world: World, password: str) -> None:
    Client().post(reverse("login"), {"username": world.cast.reporter_a.username, "password": password})


def _attach(world: World) -> None:
    file = uploads.accept(making.photo("另一张.jpg"))
    evidence.attach(submission_id=world.draft.pk, item="teaching_area", file=file, by=world.cast.reporter_a)


def _save(world: World) -> None:
    submissions.save(submission_id=world.draft.pk, values={"pupils_primary": Value(5)}, by=world.cast.reporter_a)


def _export(world: World) -> None:
    assert _signed_in(world.cast.leader).get(reverse("standing:export", args=["docx"])).status_code == 200


DONE: dict[str, Callable[[World], Any]] = {
    "account.sign_in": lambda world: _sign_in(world, PASSWORD),
    "account.sign_in_failed": lambda world: _sign_in(world, "wrong"),
    "account.sign_out": lambda world: _signed_in(world.cast.reporter_a).post(reverse("logout")),
    "evidence.attach": _attach,
    "evidence.download": lambda world: evidence.hand_out(evidence_id=world.evidence.pk, by=world.cast.reviewer),
    "notice.read": lambda world: _signed_in(world.cast.reporter_a).post(
        reverse("notices:read", args=[world.notice.pk])
    ),
    "notice.read_all": lambda world: _signed_in(world.cast.reporter_a).post(reverse("notices:read_all")),
    "standing.export": _export,
    "submission.save": _save,
}


@pytest.mark.parametrize("action", memory.QUIET)
def test_a_quiet_action_changes_nothing_of_it(world: World, action: str) -> None:
    before, known = queries.standing(world.cast.leader), memory.standing(world.cast.leader)
    events = AuditEvent.objects.filter(action=action)
    count = events.count()
    DONE[action](world)
    assert events.count() == count + 1
    assert queries.standing(world.cast.leader) == before
    assert memory.standing(world.cast.leader) is known


def test_whatever_is_sent_it_shows_what_is(world: World) -> None:
    """Every form of the portal, sent by somebody who may."""
    acted = 0
    for row in TABLE:
        if row.method == "post" and row.allowed:
            with transaction.atomic():
                count = AuditEvent.objects.count()
                client = _signed_in(getattr(world.cast, sorted(row.allowed)[0]))
                client.post(reverse(row.name, kwargs=row.args(world)), row.data(world))
                acted += AuditEvent.objects.count() > count
                reader = User.objects.get(pk=world.cast.leader.pk)
                assert memory.standing(reader) == queries.standing(reader), row.name
                transaction.set_rollback(True)
    assert acted > 25
