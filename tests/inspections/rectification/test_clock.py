"""Late because of the school and late because of the verifier are distinguished."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.rectification import actions, queries
from inspections.rectification.models import Finding
from tests.inspections.making import DONE, OPINION, dispatched, photo, today

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 10, 1)


@pytest.fixture
def clock(monkeypatch):
    """Set how many days after the due day it is."""

    def at(days: int) -> None:
        monkeypatch.setattr(timezone, "localdate", lambda *_: DAY + dt.timedelta(days=days))

    return at


@pytest.fixture
def finding(cast, clock) -> Finding:
    """A finding with a measure, due on DAY."""
    clock(-30)
    finding = dispatched(cast, due_on=DAY)
    actions.measure(finding_id=finding.pk, version=finding.version, text="更换设备", by=cast.reporter_a)
    return finding


def _do(verb: str, finding: Finding, by, **more) -> None:
    finding.refresh_from_db()
    said = {"text": DONE} | more
    getattr(actions, verb)(finding_id=finding.pk, version=finding.version, by=by, **said)
    finding.refresh_from_db()


def _days(finding: Finding) -> tuple[int, int]:
    finding.refresh_from_db()
    found = Finding.objects.filter(queries.late_by_school(), pk=finding.pk).exists()
    assert found is (finding.days_late > 0)
    return finding.days_late, finding.days_overdue - finding.days_late


def test_the_schools_clock_stands_still_while_closing_is_asked_for(cast, clock, finding) -> None:
    clock(3)
    assert _days(finding) == (3, 0)
    _do("request_close", finding, cast.reporter_a, uploads=[photo()])
    clock(10)
    assert _days(finding) == (3, 7)
    assert (finding.late_words, finding.waiting_words) == ("整改超期 3 天，等核查 7 天", "等核查 7 天")
    _do("begin_check", finding, cast.inspector_a)
    _do("send_back", finding, cast.inspector_a, text="203 教室仍不能联网")
    clock(12)
    assert _days(finding) == (5, 7)


def test_who_asked_in_time_is_not_late_however_long_nobody_looks(cast, clock, finding) -> None:
    clock(-2)
    _do("request_close", finding, cast.reporter_a, uploads=[photo()])
    clock(20)
    assert _days(finding) == (0, 20)
    _do("send_back", finding, cast.inspector_a, text="203 教室仍不能联网")
    assert _days(finding) == (0, 20)
    clock(21)
    assert _days(finding) == (1, 20)


def test_an_unanswered_wish_for_more_time_is_the_verifiers_clock(cast, clock, finding) -> None:
    clock(-1)
    _do("ask_extension", finding, cast.reporter_a, due_on=DAY + dt.timedelta(days=30))
    clock(5)
    assert _days(finding) == (0, 5)
    assert finding.waiting_words == "等答复延期 6 天"
    _do("decline_extension", finding, cast.inspector_a)
    clock(7)
    assert _days(finding) == (2, 5)
    _do("extend", finding, cast.admin, due_on=DAY + dt.timedelta(days=30))
    assert (finding.shifted_due_on, _days(finding)) == (None, (0, 0))


def test_a_wish_still_unanswered_after_a_sending_back_keeps_the_clock_still(cast, clock, finding) -> None:
    clock(-1)
    _do("ask_extension", finding, cast.reporter_a, due_on=DAY + dt.timedelta(days=30))
    _do("request_close", finding, cast.reporter_a, uploads=[photo()])
    clock(4)
    _do("send_back", finding, cast.inspector_a, text="203 教室仍不能联网")
    assert finding.waiting_since == DAY + dt.timedelta(days=4)


def test_closing_and_opening_again_set_the_clocks_anew(cast, clock, finding) -> None:
    clock(3)
    _do("request_close", finding, cast.reporter_a, uploads=[photo()])
    clock(10)
    _do("close", finding, cast.inspector_a, text=OPINION, method="documents")
    assert (finding.waiting_since, finding.days_late) == (None, 0)
    _do("reopen", finding, cast.admin, due_on=DAY + dt.timedelta(days=20))
    assert finding.shifted_due_on is None


def test_counts_filter_and_page_say_whose_delay_it_is(cast, sign_in) -> None:
    mine, theirs = dispatched(cast), dispatched(cast)
    Finding.objects.filter(pk=mine.pk).update(due_on=today(-3))
    Finding.objects.filter(pk=theirs.pk).update(
        due_on=today(-3), waiting_since=today(-4), state=Finding.State.CLOSE_REQUESTED
    )
    counts = queries.counts(cast.admin)
    assert (counts.overdue, counts.late_by_school, counts.late_by_verifier) == (2, 1, 1)
    client = sign_in(cast.admin)
    for value, found in (("school", mine), ("verifier", theirs)):
        page = client.get(reverse("rectification:list"), {"late": value}).context["page"]
        assert [row.pk for row in page] == [found.pk]
    html = client.get(reverse("rectification:detail", args=[theirs.pk])).content.decode()
    assert "整改超期 0 天，等核查 3 天" in html
