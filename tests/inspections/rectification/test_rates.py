"""Counts and closing rates."""

import datetime as dt
from fractions import Fraction

import pytest
from django.db import connection
from django.utils import timezone

from inspections.rectification import actions, queries
from inspections.rectification.models import Finding
from inspections.rectification.rates import Rates, closing_rates
from tests.inspections.making import dispatched, to_verify, today

pytestmark = pytest.mark.django_db


def _shift(finding: Finding, days: int) -> None:
    """Move everything about a finding into the past; steps are immutable, so around the model."""
    entry_ids = list(finding.entries.values_list("pk", flat=True))
    Finding.objects.filter(pk=finding.pk).update(created_at=timezone.now() - dt.timedelta(days=days))
    with connection.cursor() as cursor:
        for pk in entry_ids:
            moment = timezone.now() - dt.timedelta(days=days)
            cursor.execute("UPDATE inspections_entry SET at = %s WHERE id = %s", [moment, pk])


def _close(cast, finding: Finding) -> None:
    for deed, by in ((actions.record_measure, cast.reporter_a), (actions.request_close, cast.reporter_a),
                     (actions.close, cast.inspector_a)):  # fmt: skip
        finding.refresh_from_db()
        deed(finding_id=finding.pk, version=finding.version, text="已完成", by=by)


def test_overdue_is_computed_from_today_and_ends_with_closing(cast) -> None:
    finding = dispatched(cast)
    for days, late in ((1, 0), (0, 0), (-1, 1), (-40, 40)):
        Finding.objects.filter(pk=finding.pk).update(due_on=today(days))
        finding.refresh_from_db()
        assert finding.days_overdue == late
        assert queries.counts(cast.admin).overdue == (1 if late else 0)
    assert finding.due_words == "逾期 40 天"
    _close(cast, finding)
    finding.refresh_from_db()
    assert (finding.days_overdue, finding.due_words, queries.counts(cast.admin).overdue) == (0, "", 0)


def test_counts_are_those_of_ones_own_reach(cast) -> None:
    to_verify(cast)
    dispatched(cast, cast.school_b)
    assert queries.counts(cast.admin) == queries.Counts(0, 1, 1, 0, 0)
    assert queries.counts(cast.reporter_b) == queries.Counts(0, 1, 0, 0, 0)
    assert queries.counts(cast.foreign_admin).total == 0


def test_rates_of_a_period(cast) -> None:
    old, new, late, before = (dispatched(cast, indicator=code) for code in ("A1", "A2", "A3", "A4"))
    for finding in (old, late, before):
        _shift(finding, 100)
    _close(cast, old)
    _close(cast, before)
    _shift(before, 60)
    Finding.objects.filter(pk=before.pk).update(created_at=timezone.now() - dt.timedelta(days=100))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inspections_entry SET due_on = %s WHERE finding_id = %s", [today(-50), late.pk])
    rates = queries.closing_rates(district=cast.district, start=today(-30), end=today())
    # `before` was closed before the period: it belongs to neither side.
    assert rates.total == Rates(carried=2, opened=1, closed=1, open_at_end=2, overdue=1)
    assert rates.total.rate == Fraction(1, 3)
    assert rates.by_indicator["A1"] == Rates(carried=1, closed=1)
    assert rates.by_indicator["A2"] == Rates(opened=1, open_at_end=1)
    assert set(rates.by_indicator) == {"A1", "A2", "A3"}
    assert set(rates.by_school) == {cast.school_a.code}
    assert queries.closing_rates(school=cast.school_b, start=today(-30), end=today()).total == Rates()
    assert new.indicator == "A2"


def test_a_past_period_stays_as_it_was(cast) -> None:
    finding = dispatched(cast)
    _close(cast, finding)
    _shift(finding, 60)
    period = {"district": cast.district, "start": today(-90), "end": today(-30)}
    before = closing_rates(**period)
    finding.refresh_from_db()
    actions.reopen(finding_id=finding.pk, version=finding.version, text="又断网", due_on=today(9), by=cast.admin)
    assert closing_rates(**period) == before
    assert before.total == Rates(opened=1, closed=1)
    now = closing_rates(district=cast.district, start=today(-10), end=today())
    assert now.total == Rates(opened=1, open_at_end=1)


def test_nothing_to_close_has_no_rate(cast) -> None:
    assert closing_rates(district=cast.district, start=today(-30), end=today()).total.rate is None


def test_rates_take_a_fixed_number_of_queries(cast, django_assert_max_num_queries) -> None:
    for _ in range(12):
        dispatched(cast)
    with django_assert_max_num_queries(2):
        closing_rates(district=cast.district, start=today(-30), end=today())
