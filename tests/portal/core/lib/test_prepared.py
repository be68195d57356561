"""Queries whose SQL is written once: the rows are those of the query itself, whoever asks and with what."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import BigAutoField, CharField, DateField, QuerySet

from portal.core.accounts.models import User
from portal.core.lib.prepared import Prepared, PreparedInsert, PreparedUpdate
from schools.access.models import Membership
from tests.cast import Cast, grant

pytestmark = pytest.mark.django_db


def held(user: Any, day: Any) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user, valid_from__lte=day).select_related("school__district").order_by("pk")


ROLES = Prepared(held, user=BigAutoField(), day=DateField())


def test_rows_come_with_all_the_query_fetches(cast: Cast, django_assert_num_queries) -> None:
    grant(cast.reporter_a, "principal", school=cast.school_b)
    with django_assert_num_queries(1):
        rows = ROLES(user=cast.reporter_a.pk, day=dt.date(2026, 9, 1))
        shown = [(row.role, row.school.name, row.school.district.name, row.valid_from) for row in rows]
    assert rows == list(held(cast.reporter_a, dt.date(2026, 9, 1)))
    assert [place for _, *place in shown] == [
        [school.name, school.district.name, dt.date(2020, 1, 1)] for school in (cast.school_a, cast.school_b)
    ]


def test_each_call_has_values_of_its_own(cast: Cast) -> None:
    day = dt.date(2026, 9, 1)
    assert [row.user_id for row in ROLES(user=cast.reporter_a.pk, day=day)] == [cast.reporter_a.pk]
    assert [row.user_id for row in ROLES(user=cast.reporter_b.pk, day=day)] == [cast.reporter_b.pk]
    assert ROLES(user=cast.reporter_a.pk, day=dt.date(2019, 12, 31)) == []


def test_the_query_is_built_once(cast: Cast) -> None:
    built = []

    def build(name: Any) -> QuerySet[User, Any]:
        built.append(name)
        return User.objects.filter(username=name).values_list("name", flat=True)

    names = Prepared(build, name=CharField())
    people = (cast.reporter_a, cast.reporter_b, cast.principal_a)
    assert [names(name=person.username) for person in people] == [[person.name] for person in people]
    assert len(built) == 1


def test_values_are_read_as_their_columns_say(answered) -> None:
    submission, rows = answered
    assert rows(submission=submission.pk) == [("multimedia_rooms", Decimal("12.5"), None, False)]
    assert rows(submission=submission.pk)[0].number == Decimal("12.5")


@pytest.fixture
def answered(cast: Cast):
    from indicators.collection.submissions.models import Answer, Submission
    from tests.indicators.district import open_round

    stamps = {"created_by": cast.admin, "updated_by": cast.admin}
    submission = Submission.objects.create(round=open_round(cast.district), school=cast.school_a, **stamps)
    Answer.objects.create(submission=submission, field="multimedia_rooms", number="12.5", updated_by=cast.admin)

    def build(submission: Any) -> QuerySet[Answer, Any]:
        rows = Answer.objects.filter(submission=submission)
        return rows.values_list("field", "number", "rows", "not_applicable", named=True)

    return submission, Prepared(build, submission=BigAutoField())


@pytest.mark.parametrize("count", [1, 2])
def test_rows_are_added_and_written_over(answered, django_assert_num_queries, count: int) -> None:
    from indicators.collection.submissions.models import Answer

    submission, by = answered[0], answered[0].created_by
    columns = ("number", "rows", "updated_at", "updated_by")
    write = PreparedInsert(Answer, unique=("submission", "field"), update=columns)
    figures: list[dict[str, Any]] = [{"number": Decimal("3.25")}, {"rows": [{"name": "甲"}]}, {}]
    for figure in figures:
        rows = [
            Answer(submission=submission, field=field, version=5, updated_by=by, **figure)
            for field in ("multimedia_rooms", "library_books")[:count]
        ]
        with django_assert_num_queries(1):
            write(rows)
        # Which version is not named to be written over; no rows are an SQL NULL.
        assert list(submission.answers.order_by("-field").values_list("number", "rows", "version", "updated_at")) == [
            (figure.get("number"), figure.get("rows"), version, row.updated_at)
            for row, version in zip(rows, (1, 5), strict=False)
        ]
    assert submission.answers.filter(rows__isnull=True).count() == count


def test_fields_of_one_row_are_set(answered, django_assert_num_queries) -> None:
    from indicators.collection.submissions.models import Answer

    submission, by = answered[0], answered[0].created_by
    other = Answer.objects.create(submission=submission, field="library_books", number=1, updated_by=by)
    row, write = submission.answers.get(field="multimedia_rooms"), PreparedUpdate(Answer, "number", "rows")
    for number, rows in ((Decimal("7.5"), None), (None, [{"name": "甲"}])):
        with django_assert_num_queries(1):
            write(pk=row.pk, number=number, rows=rows)
        row.refresh_from_db()
        assert (row.number, row.rows, row.updated_by) == (number, rows, by)
    other.refresh_from_db()
    assert (other.number, other.rows) == (1, None)


def test_without_rows_nothing_is_written(answered, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        PreparedInsert(User)([])


@pytest.mark.parametrize("beyond", [2**63, -(2**63) - 1, 10**30])
def test_a_number_no_column_can_hold_is_found_nowhere(beyond: int) -> None:
    assert ROLES(user=beyond, day=dt.date(2026, 9, 1)) == []


@pytest.mark.parametrize("values", [{}, {"user": 1}, {"user": 1, "day": None}, {"user": 1, "day": 1, "more": 1}])
def test_a_value_that_lacks_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="asks for user, day"):
        ROLES(**values)


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_get_each_others_rows(cast: Cast) -> None:
    people = [cast.reporter_a.pk, cast.reporter_b.pk, cast.principal_a.pk, cast.liaison.pk]
    together = Barrier(len(people))

    def ask(user: int) -> set[int]:
        try:
            together.wait()
            return {row.user_id for _ in range(50) for row in ROLES(user=user, day=dt.date(2026, 9, 1))}
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        assert list(pool.map(ask, people)) == [{user} for user in people]


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_refused_outside_a_transaction(cast: Cast) -> None:
    locked = Prepared(lambda pk: User.objects.filter(pk=pk).select_for_update(), pk=BigAutoField())
    with transaction.atomic():
        assert locked(pk=cast.admin.pk) == [cast.admin]
    with pytest.raises(transaction.TransactionManagementError):
        locked(pk=cast.admin.pk)
