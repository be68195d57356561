"""Reads written once for the people of one school: each gets what lies at the own school, and nobody more."""

import datetime as dt

import pytest
from django.core.exceptions import EmptyResultSet
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from portal.core.accounts.models import User
from portal.home import school_task_queries as school_tasks, task_queries as tasks
from schools.access.scope import OneSchoolRead, Perm, visible
from schools.directory.models import School
from tests.cast import Cast, grant, make_user

pytestmark = pytest.mark.django_db


def _read() -> OneSchoolRead:
    return OneSchoolRead(lambda user: visible(user, School.objects.all(), Perm.SUBMISSION_FILL).order_by("pk"))


def _again(person: User) -> User:
    return User.objects.get(pk=person.pk)


def test_people_of_the_same_roles_each_get_their_own_school(cast: Cast, monkeypatch) -> None:
    read = _read()
    assert read(cast.reporter_a) == [cast.school_a]
    monkeypatch.setattr(SQLCompiler, "as_sql", lambda *args, **options: pytest.fail("written again"))
    assert read(cast.reporter_b) == [cast.school_b]


def test_other_roles_and_other_places_are_asked_by_their_own_query(cast: Cast) -> None:
    read = _read()
    assert read(cast.reporter_a) == [cast.school_a]
    assert read(cast.admin) == list(visible(cast.admin, School.objects.all(), Perm.SUBMISSION_FILL).order_by("pk"))
    assert read(cast.leader) == read(make_user("nobody", "没有角色的人")) == []
    grant(cast.reporter_a, "reporter", school=cast.school_b)
    assert read(_again(cast.reporter_a)) == [cast.school_a, cast.school_b]


def test_who_may_not_gets_nothing_however_often_it_is_asked(cast: Cast, django_assert_num_queries) -> None:
    read, looker = _read(), make_user("looker", "只看的人")
    grant(looker, "inspector", school=cast.school_a)
    first, second = _again(looker), _again(looker)
    assert read(first) == []
    with django_assert_num_queries(1):  # the roles
        assert read(second) == []


def test_a_role_that_ended_and_an_account_that_was_disabled_get_nothing(cast: Cast) -> None:
    read = _read()
    assert read(cast.reporter_a) == [cast.school_a]
    User.objects.filter(pk=cast.reporter_a.pk).update(is_active=False)
    assert read(_again(cast.reporter_a)) == []
    cast.reporter_b.memberships.update(valid_until=timezone.localdate() - dt.timedelta(days=1))
    assert read(_again(cast.reporter_b)) == []


READS = {
    name: read
    for module in (school_tasks, tasks)
    for name, read in vars(module).items()
    if isinstance(read, OneSchoolRead)
}


@pytest.mark.parametrize("role", ["reporter", "principal"])
@pytest.mark.parametrize("name", READS)
def test_what_is_written_once_holds_no_day(name: str, role: str, monkeypatch) -> None:
    read, values = READS[name], {"soon": dt.date(2026, 1, 1)} if name == "_DUTY_REPORTS" else {}

    def written() -> str:
        try:
            return str(read._of((role,), user=1, school=2, **values).query)
        except EmptyResultSet:
            return ""  # not for this role

    today = written()
    later = timezone.now() + dt.timedelta(days=400)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert written() == today
