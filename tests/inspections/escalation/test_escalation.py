"""Escalation: which level is reached, proposed once, decided by those who may, answered by the school."""

from collections.abc import Callable
from copy import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inspections.escalation import actions, queries
from inspections.escalation.models import LEVELS, Escalation
from inspections.letters import actions as letters
from inspections.letters.models import Letter
from inspections.rectification.models import Finding
from portal.core.accounts.queries import system_user
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.jobs import runner, work
from portal.core.jobs.models import Job
from portal.core.lib import dates
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from tests.inspections.letters import papers
from tests.inspections.making import dispatched, today

pytestmark = pytest.mark.django_db
S = Escalation.State


def _late(cast, days: int, **changes) -> Finding:
    finding = dispatched(cast, **changes)
    Finding.objects.filter(pk=finding.pk).update(due_on=today(-days))
    finding.refresh_from_db()
    return finding


def _night(cast) -> int:
    return actions.propose(district_id=cast.district.pk, by=system_user())


def _proposed(cast, days: int) -> Escalation:
    finding = _late(cast, days)
    _night(cast)
    return finding.escalations.get()


def _do(verb: str, row: Escalation, by, **more) -> Escalation:
    row.refresh_from_db()
    return getattr(actions, verb)(escalation_id=row.pk, version=row.version, by=by, **more)


def _issued(cast) -> Escalation:
    return _do("issue", _proposed(cast, 3), cast.admin, text="请抓紧整改", reply_due_on=today(7))


@pytest.mark.parametrize(
    ("category", "days", "level"),
    [
        ("with_deadline", -8, None),
        ("with_deadline", -7, "remind"),
        ("with_deadline", 0, "remind"),
        ("with_deadline", 1, "order"),
        ("with_deadline", 14, "order"),
        ("with_deadline", 15, "second"),
        ("with_deadline", 30, "talk"),
        ("with_deadline", 60, "circular"),
        ("with_deadline", 400, "circular"),
        ("at_once", -3, None),
        ("at_once", 15, "talk"),
    ],
)
def test_the_level_follows_days_and_category(cast, category: str, days: int, level: str | None) -> None:
    finding = _late(cast, days, category=category)
    reached = queries.level_reached(finding, queries.days_of(cast.district.pk), today())
    assert (reached and reached[0]) == level


@pytest.mark.parametrize(
    ("severity", "days", "level"),
    [
        ("", 14, "order"),
        ("ordinary", 14, "order"),
        ("serious", 7, "second"),
        ("grave", 7, "talk"),
        ("grave", 1, "order"),
    ],
)
def test_the_graver_the_sooner(cast, severity: str, days: int, level: str) -> None:
    finding = _late(cast, days)
    Finding.objects.filter(pk=finding.pk).update(severity=severity)
    assert _night(cast) == 1
    assert finding.escalations.get().level == level


@pytest.mark.parametrize(
    "changes",
    [
        lambda: {"state": "close_requested", "waiting_since": today(-40)},
        lambda: {"state": "to_dispatch"},
        lambda: {"state": "void"},
        lambda: {"shifted_due_on": today(8)},
    ],
)
def test_the_verifiers_clock_escalates_nothing_against_the_school(cast, changes: Callable[[], dict]) -> None:
    finding = _late(cast, 40)
    Finding.objects.filter(pk=finding.pk).update(**changes())
    assert _night(cast) == 0


def test_a_night_proposes_once_and_notifies_who_decides(cast) -> None:
    _late(cast, 3)
    _late(cast, 40)
    Notice.objects.all().delete()
    assert (_night(cast), _night(cast)) == (2, 0)
    notified = set(Notice.objects.values_list("user__username", flat=True))
    assert notified == {"admin", "leader"}


def test_a_higher_level_takes_the_place_of_a_proposal_nobody_decided(cast) -> None:
    row = _proposed(cast, 3)
    Escalation.objects.filter(pk=row.pk).update(due_on=today(-20))
    Finding.objects.filter(pk=row.finding_id).update(due_on=today(-20))
    assert _night(cast) == 1
    row.refresh_from_db()
    assert row.state == S.DROPPED
    assert row.finding.escalations.get(state=S.PROPOSED).level == "second"


def test_more_time_drops_the_proposal_and_a_new_due_day_starts_anew(cast) -> None:
    row = _proposed(cast, 3)
    Finding.objects.filter(pk=row.finding_id).update(due_on=today(30))
    assert _night(cast) == 0
    row.refresh_from_db()
    assert row.state == S.DROPPED
    Finding.objects.filter(pk=row.finding_id).update(due_on=today(-2))
    assert _night(cast) == 1


def test_a_closed_finding_drops_its_proposal(cast) -> None:
    row = _proposed(cast, 3)
    Finding.objects.filter(pk=row.finding_id).update(
        state="closed", closed_at=timezone.now(), closed_by=cast.inspector_a
    )
    _night(cast)
    row.refresh_from_db()
    assert row.state == S.DROPPED


def test_a_declined_level_is_not_proposed_again(cast) -> None:
    row = _proposed(cast, 3)
    _do("decline", row, cast.admin, reason="学校已经报送验收材料")
    assert _night(cast) == 0
    assert row.finding.escalations.count() == 1


def test_what_is_put_off_is_on_nobodys_list_until_its_day(cast) -> None:
    row = _proposed(cast, 3)
    assert queries.to_decide(cast.admin).get() == row
    _do("put_off", row, cast.admin, reason="等招标结果", until=today(5))
    assert not queries.to_decide(cast.admin).exists()
    Escalation.objects.update(put_off_until=today())
    assert queries.to_decide(cast.admin).get() == row
    with pytest.raises(Invalid):
        _do("put_off", row, cast.admin, reason="等招标结果", until=today())


@pytest.mark.parametrize("verb", ["issue", "decline"])
@pytest.mark.parametrize(
    ("days", "who", "error"),
    [
        (3, "leader", NotAllowed),
        (3, "reviewer", NotAllowed),
        (3, "inspector_a", NotAllowed),
        (3, "foreign_admin", NotFound),
        (40, "admin", NotAllowed),
        (40, "reporter_a", NotAllowed),
    ],
)
def test_the_office_decides_orders_and_the_leader_talks(cast, verb: str, days: int, who: str, error: type) -> None:
    more = {"text": "请整改", "reply_due_on": today(7)} if verb == "issue" else {"reason": "不需要"}
    with pytest.raises(error):
        _do(verb, _proposed(cast, days), getattr(cast, who), **more)


def test_the_whole_road_from_issue_to_the_end(cast) -> None:
    row = _do("issue", _proposed(cast, 40), cast.leader, text="请到局里说明情况", reply_due_on=today(7))
    assert row.number == f"约谈〔{today().year}〕1号"
    _do("acknowledge", row, cast.principal_a)
    _do("answer", row, cast.reporter_a, text="设备下周到货")
    _do("ask_again", row, cast.leader, reason="没有写完成日期")
    row.refresh_from_db()
    assert (row.state, row.reply, row.replied_by) == (S.ACKNOWLEDGED, "", None)
    _do("answer", row, cast.reporter_a, text="设备 12 月 5 日到货，8 日前装完")
    _do("finish", row, cast.leader, text="已按期装完")
    row.refresh_from_db()
    assert (row.state, row.acknowledged_by, row.finished_by) == (S.DONE, cast.principal_a, cast.leader)


@pytest.mark.parametrize(
    "change", [lambda: {"waiting_since": today()}, lambda: {"state": "void"}, lambda: {"due_on": today(9)}]
)
def test_what_was_overtaken_since_the_night_is_not_issued(cast, change: Callable[[], dict]) -> None:
    row, changes = _proposed(cast, 3), change()
    Finding.objects.filter(pk=row.finding_id).update(**changes)
    with pytest.raises(Conflict):
        _do("issue", row, cast.admin, text="请整改", reply_due_on=today(7))
    assert "due_on" in changes or not queries.to_decide(cast.admin).exists()


def test_numbers_run_by_word_and_year(cast) -> None:
    year = today().year
    numbers = []
    for _ in range(2):
        row = _proposed(cast, 3)
        numbers.append(_do("issue", row, cast.admin, text="请整改", reply_due_on=today(7)).number)
    assert numbers == [f"督办〔{year}〕1号", f"督办〔{year}〕2号"]


def test_of_two_papers_of_one_order_signed_at_once_the_second_takes_the_next_number(cast) -> None:
    order = _issued(cast)
    letter = papers.ready(cast, "supervision", order.finding_id)
    first = copy(letter)
    first.pk = None
    first.save()
    begun = []

    def sign_first(execute, sql, params, many, context):
        """The other is signed while this one waits for the lock of the series."""
        if "numberseries" in sql and not begun:
            begun.append(sql)
            Letter.objects.filter(pk=first.pk).update(word="督办", year=today().year, serial=1)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(sign_first):
        letter = letters.issue(letter_id=letter.pk, signer="张局长", by=cast.admin)
    assert begun
    assert (order.number, letter.number) == (f"督办〔{today().year}〕1号", f"督办〔{today().year}〕2号")


def test_a_reminder_has_no_number_and_ends_when_it_is_sent(cast) -> None:
    row = _do("issue", _proposed(cast, -5), cast.admin, text="还有 5 天到期")
    assert (row.state, row.number, row.reply_due_on) == (S.DONE, "", None)
    assert Notice.objects.filter(user=cast.reporter_a, text__contains="提醒").exists()


def test_an_order_needs_a_day_to_reply_by_and_words(cast) -> None:
    row = _proposed(cast, 3)
    for more in (
        {"text": "请整改"},
        {"text": "请整改", "reply_due_on": today(-1)},
        {"text": " ", "reply_due_on": today(7)},
    ):
        with pytest.raises(Invalid):
            _do("issue", row, cast.admin, **more)
    row.refresh_from_db()
    assert (row.state, row.number) == (S.PROPOSED, "")


def test_a_double_click_issues_once(cast) -> None:
    row = _proposed(cast, 3)
    click = {
        "escalation_id": row.pk,
        "version": row.version,
        "text": "请整改",
        "reply_due_on": today(7),
        "by": cast.admin,
    }
    actions.issue(**click)
    with pytest.raises(Conflict):
        actions.issue(**click)


def test_only_the_school_signs_and_answers(cast) -> None:
    row = _issued(cast)
    for who, error in ((cast.admin, NotAllowed), (cast.inspector_a, NotAllowed), (cast.reporter_b, NotFound)):
        with pytest.raises(error):
            _do("acknowledge", row, who)


def test_schools_and_readers_see_only_what_was_issued(cast) -> None:
    row = _proposed(cast, 3)
    seen = {
        name: queries.seen_by(getattr(cast, name)).exists() for name in ("admin", "leader", "expert", "principal_a")
    }
    assert seen == {"admin": True, "leader": True, "expert": False, "principal_a": False}
    _do("issue", row, cast.admin, text="请整改", reply_due_on=today(7))
    assert queries.seen_by(cast.principal_a).get() == row
    assert not queries.seen_by(cast.reporter_b).exists()


def test_who_has_to_act_finds_it_among_the_tasks(cast) -> None:
    def actions_of(user) -> list[str]:
        return [task.action for task in tasks.for_user(user) if "督办" in task.action or "约谈" in task.action]

    talk, order = _proposed(cast, 40), _proposed(cast, 3)
    assert actions_of(cast.leader) == ["决定 1 项约谈"]
    assert actions_of(cast.admin) == ["决定 1 项督办"]
    _do("issue", talk, cast.leader, text="请说明", reply_due_on=today(7))
    _do("issue", order, cast.admin, text="请整改", reply_due_on=today(7))
    assert actions_of(cast.principal_a) == ["签收督办单", "签收督办单"]
    _do("acknowledge", order, cast.principal_a)
    _do("answer", order, cast.principal_a, text="已完成")
    assert actions_of(cast.admin) == ["办结督办"]


def test_a_district_sets_its_own_days_and_leaves_levels_out(cast) -> None:
    days = queries.days_of(cast.district.pk)
    days |= {("order", "with_deadline"): 5, ("second", "with_deadline"): None}
    assert actions.set_levels(code=cast.district.code, days=days, by=cast.admin) == 2
    assert actions.set_levels(code=cast.district.code, days=days, by=cast.admin) == 0
    _late(cast, 4)
    row = _proposed(cast, 20)
    assert row.level == "order"
    assert queries.days_of(cast.other_district.pk)["order", "with_deadline"] == LEVELS["order"].days["with_deadline"]


def test_the_pages_lead_through_a_decision(cast, sign_in) -> None:
    row, client = _proposed(cast, 3), sign_in(cast.admin)
    page = client.get(reverse("escalation:detail", args=[row.pk]))
    form = page.context["steps"][0]["form"]
    assert form.initial["reply_due_on"] == dates.count(timezone.localdate(), dates.Period(5, dates.Unit.WORKDAYS)).due
    data = {"version": row.version, "text": "请抓紧整改", "reply_due_on": today(7).isoformat()}
    refused = client.post(reverse("escalation:issue", args=[row.pk]), data | {"reply_due_on": today(-1).isoformat()})
    assert refused.status_code == 400
    assert "请抓紧整改" in refused.content.decode()
    assert client.post(reverse("escalation:issue", args=[row.pk]), data).status_code == 302
    assert "督办〔" in sign_in(cast.principal_a).get(reverse("escalation:list")).content.decode()


def test_the_settings_page_takes_blank_and_negative_days(cast, sign_in) -> None:
    client, url = sign_in(cast.admin), reverse("escalation:settings", args=[cast.district.code])
    days = queries.days_of(cast.district.pk)
    data = {"-".join(key): "" if count is None else str(count) for key, count in days.items()}
    assert client.post(url, data | {"remind-with_deadline": "-10", "talk-at_once": ""}).status_code == 302
    changed = queries.days_of(cast.district.pk)
    assert (changed["remind", "with_deadline"], changed["talk", "at_once"]) == (-10, None)
    assert client.post(url, data | {"order-at_once": "9999"}).status_code == 400


def test_neither_list_nor_night_asks_more_for_more_findings(cast, sign_in) -> None:
    client = sign_in(cast.admin)

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as night:
            _night(cast)
        with CaptureQueriesContext(connection) as page:
            client.get(reverse("escalation:list"))
        return len(night), len(page)

    _late(cast, 3)
    asked()
    _late(cast, 3)
    few = asked()
    for _ in range(5):
        _late(cast, 3)
    assert asked() <= few


def test_the_job_of_the_night_is_left_once_a_day_and_proposes(cast, settings, monkeypatch) -> None:
    settings.NIGHTLY = {"escalate": "每日督办检查"}
    _late(cast, 3)
    noon = timezone.localtime().replace(hour=12)
    monkeypatch.setattr(timezone, "localtime", lambda value=None, *_: noon if value is None else value)
    for _ in range(3):
        work.leave_nightly()
    job = Job.objects.get(kind="escalate")
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.DONE, {"proposed": 1})
    work.leave_nightly()
    assert Job.objects.count() == 1


def test_nothing_is_left_before_the_hour(settings, monkeypatch) -> None:
    midnight = timezone.localtime().replace(hour=0)
    monkeypatch.setattr(timezone, "localtime", lambda *_: midnight)
    work.leave_nightly()
    assert not Job.objects.exists()


def test_the_levels_name_their_source_and_who_decides() -> None:
    assert all(level.source for level in LEVELS.values())
    assert [level.code for level in LEVELS.values() if level.is_leaders] == ["talk", "circular"]


def test_a_reply_to_what_somebody_has_answered_meanwhile_is_not_lost(cast, sign_in) -> None:
    row = _issued(cast)
    _do("acknowledge", row, cast.principal_a)
    row.refresh_from_db()
    typed = {"version": row.version, "text": "设备已到货" * 300}
    _do("answer", row, cast.principal_a, text="已完成")
    answer = sign_in(cast.reporter_a).post(reverse("escalation:answer", args=[row.pk]), typed)
    assert answer.status_code == 400
    assert typed["text"] in answer.content.decode()


def test_what_the_verifier_held_and_sent_back_is_proposed_again(cast) -> None:
    row = _proposed(cast, 3)
    Finding.objects.filter(pk=row.finding_id).update(waiting_since=today(-3))
    assert _night(cast) == 0
    row.refresh_from_db()
    assert row.state == S.DROPPED
    Notice.objects.all().delete()
    Finding.objects.filter(pk=row.finding_id).update(waiting_since=None, shifted_due_on=today(-2), state="sent_back")
    assert (_night(cast), _night(cast)) == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.days_late, row.version) == (S.PROPOSED, 2, 2)
    assert row.finding.escalations.count() == 1
    assert Notice.objects.get().user == cast.admin
