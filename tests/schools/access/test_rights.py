"""A person's rights: read once for a request, by no other one, and never old."""

import datetime as dt
import time
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone

from indicators.collection.submissions.models import Round, Submission
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed
from schools.access import scope
from schools.access.models import Membership
from schools.access.permissions import ROLES, where_given
from schools.access.scope import Perm
from schools.directory.models import School, SchoolChange
from tests.cast import Cast, grant, make_user
from tests.indicators.district import open_round
from tests.schools.register import make_township

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


def test_a_right_over_a_row_of_a_place_at_hand_needs_no_further_query(
    cast: Cast, reporter: User, django_assert_num_queries
) -> None:
    round_, stamps = open_round(cast.district), {"created_by": cast.admin, "updated_by": cast.admin}
    own, other = (
        Submission.objects.create(round=round_, school=school, **stamps) for school in (cast.school_a, cast.school_b)
    )
    reviewer, foreign = (User.objects.get(pk=person.pk) for person in (cast.reviewer, cast.foreign_admin))
    with django_assert_num_queries(1):
        scope.ensure(reporter, Perm.SUBMISSION_FILL, own)
    with django_assert_num_queries(1):
        scope.ensure(reviewer, Perm.SUBMISSION_REVIEW, own)
        scope.ensure(reviewer, Perm.SUBMISSION_REVIEW, other)
    assert not scope.may(reporter, Perm.SUBMISSION_FILL, other)
    assert not scope.may(reporter, Perm.SUBMISSION_REVIEW, own)
    assert not scope.may(foreign, Perm.SUBMISSION_REVIEW, own)
    assert not scope.may(reporter, Perm.SUBMISSION_FILL, Submission(round=round_, school=cast.school_a, **stamps))


def test_what_a_school_says_of_an_earlier_day_gives_no_right_today(cast: Cast) -> None:
    admin = User.objects.get(pk=cast.admin.pk)
    left = School.objects.get(pk=cast.school_c.pk)
    left.district, left.today = cast.district, (left.name, left.kind)
    row = Membership.objects.select_related("school").get(user=cast.reporter_a)
    row.school = left
    assert not scope.may(admin, Perm.SCHOOL_VIEW, left)
    assert not Membership.place.keys_at_hand(row, "district")


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
    evening = timezone.localtime().replace(hour=23, minute=59, second=58)
    later = time.monotonic() + 3
    monkeypatch.setattr(timezone, "now", lambda: evening)
    assert scope.holds(reporter, Perm.SUBMISSION_FILL)
    monkeypatch.setattr(timezone, "now", lambda: evening + dt.timedelta(seconds=3))
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not scope.holds(reporter, Perm.SUBMISSION_FILL)


def test_no_request_sees_what_another_one_read(cast: Cast, reporter: User, django_assert_num_queries) -> None:
    assert scope.holds(reporter, Perm.SUBMISSION_FILL)
    again = User.objects.get(pk=reporter.pk)
    with django_assert_num_queries(1):
        assert scope.holds(again, Perm.SUBMISSION_FILL)


def test_places_of_many_memberships_are_read_together(cast: Cast, django_assert_num_queries) -> None:
    person = make_user("everywhere", "到处的人")
    for school in (cast.school_a, cast.school_b):
        grant(person, "reporter", school=school)
    grant(person, "reviewer", district=cast.district)
    with django_assert_num_queries(2):  # the keys, then their places
        places = {str(row.place) for row in scope.memberships(person)}
    assert places == {str(cast.school_a), str(cast.school_b), str(cast.district)}
    with django_assert_num_queries(0):
        scope.memberships(person)


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


def test_a_role_over_a_township_reaches_what_lies_with_its_schools(cast: Cast, monkeypatch) -> None:
    town = make_township(cast.district, "北郊乡")
    School.objects.filter(pk=cast.school_a.pk).update(township=town)
    for school in (cast.school_a, cast.school_b):
        school.refresh_from_db()
        SchoolChange.objects.create(school=school, valid_from=timezone.localdate(), facts={}, by=cast.admin)
    person = make_user("of_the_town", "乡镇干部")
    grant(person, "liaison", department=town)

    def seen() -> tuple[list[str], list[str], bool]:
        user = User.objects.get(pk=person.pk)
        schools = scope.visible(user, School.objects.all(), Perm.SCHOOL_VIEW)
        changes = scope.visible(user, SchoolChange.objects.all(), Perm.SCHOOL_VIEW)
        names = [row.name for row in schools], [row.school.name for row in changes]
        return *names, user in scope.users_with(Perm.SCHOOL_VIEW, cast.school_a)

    assert seen() == ([cast.school_a.name], [], False)
    monkeypatch.setitem(ROLES, "liaison", replace(ROLES["liaison"], reach=frozenset({"township"})))
    assert seen() == ([cast.school_a.name], [cast.school_a.name], True)
    type(town).objects.filter(pk=town.pk).update(kind=town.Kind.BUREAU)
    assert seen()[1] == []


def test_the_trail_is_scoped_by_the_place_of_a_row(cast: Cast) -> None:
    change = SchoolChange.objects.create(school=cast.school_a, valid_from=timezone.localdate(), facts={}, by=cast.admin)
    for row in (cast.school_a, change, cast.reporter_a.memberships.get()):
        assert scope.audit_place(row) == {"district": cast.district.code, "school": cast.school_a.code}
    for row in (cast.district, cast.admin.memberships.get(), cast.liaison.memberships.get()):
        assert scope.audit_place(row) == {"district": cast.district.code, "school": ""}
    assert scope.audit_place(cast.admin) == {}


def test_the_people_of_a_row_are_those_of_its_own_place(cast: Cast) -> None:
    found = scope.people_of(Perm.SUBMISSION_FILL, [cast.school_a])
    assert found == {cast.school_a.pk: [cast.principal_a, cast.reporter_a]}
    assert set(scope.people_at(Perm.SUBMISSION_FILL, cast.school_a)) == {cast.reporter_a, cast.principal_a}
    assert list(scope.people_at(Perm.ACCOUNT_EDIT, cast.school_a)) == []


def test_the_form_says_over_what_each_role_is_given() -> None:
    assert where_given().startswith("填报员、校长选学校；督学选学校或区县；联络员选部门、乡镇街道；")
    assert where_given().endswith("；其余角色选区县")


def test_who_works_at_several_schools_reaches_what_is_their_districts_once(cast: Cast) -> None:
    round_ = open_round(cast.district, "2026")
    grant(cast.inspector_a, "inspector", school=cast.school_b)
    assert list(scope.visible(cast.inspector_a, Round.objects.all(), Perm.SUBMISSION_VIEW)) == [round_]
    assert not scope.visible(cast.foreign_admin, Round.objects.all(), Perm.SUBMISSION_VIEW).exists()
