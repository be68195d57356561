"""A person's rights: read once for a request, by no other one, and never old."""

import datetime as dt
import time

import pytest
from django.db import connection
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from schools.access import scope
from schools.access.models import Membership
from schools.access.permissions import Perm
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def reporter(cast: Cast) -> User:
    """The clerk of school 甲 as a request or a job loads them."""
    return User.objects.get(pk=cast.reporter_a.pk)


def test_many_questions_are_one_query(reporter: User, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert all(scope.holds(reporter, Perm.SUBMISSION_FILL) for _ in range(100))
        assert [scope.holds(reporter, perm) for perm in Perm].count(True) > 5
        assert scope.role_names(reporter) == "学校填报员"
        assert scope.role_codes(reporter) == {"reporter"}


def test_a_right_over_the_place_of_a_role_needs_no_further_query(
    cast: Cast, reporter: User, django_assert_num_queries
) -> None:
    admin = User.objects.get(pk=cast.admin.pk)
    with django_assert_num_queries(2):
        for _ in range(5):
            scope.ensure(reporter, Perm.SUBMISSION_FILL, cast.school_a)
            scope.ensure(admin, Perm.ACCOUNT_EDIT, cast.district)
    assert not scope.may(reporter, Perm.SUBMISSION_FILL, cast.school_b)
    assert not scope.may(reporter, Perm.SUBMISSION_REVIEW, cast.school_a)


def test_districts_below_are_looked_up_once(cast: Cast, django_assert_num_queries) -> None:
    admin = User.objects.get(pk=cast.admin.pk)
    with django_assert_num_queries(5):
        assert all(scope.may(admin, Perm.SCHOOL_VIEW, cast.school_a) for _ in range(3))


def test_a_refusal_asks_once_whether_the_row_may_be_known(
    cast: Cast, reporter: User, django_assert_num_queries
) -> None:
    with django_assert_num_queries(2), pytest.raises(NotAllowed):
        scope.ensure(reporter, Perm.SCHOOL_EDIT, cast.school_a)


def test_a_job_of_hours_notices_what_another_process_wrote(cast: Cast, reporter: User, monkeypatch) -> None:
    assert scope.holds(reporter, Perm.SUBMISSION_FILL)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE schools_membership SET is_pending = %s WHERE user_id = %s", [True, reporter.pk])
    later = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not scope.holds(reporter, Perm.SUBMISSION_FILL)


def test_a_role_that_ends_today_is_gone_at_midnight(cast: Cast, reporter: User, monkeypatch) -> None:
    reporter.memberships.update(valid_until=timezone.localdate())
    assert scope.holds(reporter, Perm.SUBMISSION_FILL)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *_: tomorrow)
    assert not scope.holds(reporter, Perm.SUBMISSION_FILL)


def test_no_request_sees_what_another_one_read(cast: Cast, reporter: User, django_assert_num_queries) -> None:
    scope.memberships(reporter)
    again = User.objects.get(pk=reporter.pk)
    with django_assert_num_queries(1):
        scope.memberships(again)


@pytest.mark.parametrize(
    ("pending", "start", "end", "holds"),
    [
        (False, 0, None, True),
        (False, 0, 0, True),
        (False, -9, -1, False),
        (False, 1, None, False),
        (True, 0, None, False),
    ],
)
def test_in_force_is_one_rule_from_every_row(
    cast: Cast, reporter: User, pending: bool, start: int, end: int | None, holds: bool
) -> None:
    def day(days: int) -> dt.date:
        return timezone.localdate() + dt.timedelta(days=days)

    until = None if end is None else day(end)
    reporter.memberships.update(is_pending=pending, valid_from=day(start), valid_until=until)
    row = reporter.memberships.get()
    assert row.is_in_force is holds
    assert Membership.objects.in_force().filter(pk=row.pk).exists() is holds
    assert User.objects.filter(Membership.in_force("memberships__"), pk=reporter.pk).exists() is holds
    assert (reporter in scope.users_with(Perm.SUBMISSION_FILL, cast.school_a)) is holds
