"""The board: which school waits most for a visit, and why."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inspections.visits.models import Visit
from inspections.zones import actions, queries
from schools.directory.models import School
from tests.cast import Cast, grant, make_school
from tests.inspections import making

pytestmark = pytest.mark.django_db


def visited(cast: Cast, school: School, days: int) -> Visit:
    visit = making.planned(cast, school_id=school.pk, by=cast.admin)
    done = timezone.now() - dt.timedelta(days=days)
    Visit.objects.filter(pk=visit.pk).update(state="done", started_at=done, finished_at=done)
    return visit


def ranked(cast: Cast, user=None) -> list[queries.Waiting]:
    user = user or cast.admin
    return queries.board(user, list(queries.for_board(user)))


@pytest.fixture
def more(cast: Cast) -> list[School]:
    """Two further schools the inspector may visit; 乙 may be visited too."""
    schools = [make_school(f"41020200{n}", f"第{n}小学", cast.district) for n in (11, 12)]
    for school in (*schools, cast.school_b):
        grant(cast.inspector_a, "inspector", school=school)
    return schools


def test_the_longest_unvisited_come_first_then_the_weakest(cast: Cast, more: list[School]) -> None:
    first, second = more
    visited(cast, cast.school_a, 5)
    visited(cast, cast.school_b, 40)
    visited(cast, first, 60)
    making.dispatched(cast, cast.school_b)
    rows = ranked(cast)
    assert [row.school for row in rows] == [second, cast.school_b, first, cast.school_a]
    assert [reason.text for reason in rows[0].reasons] == ["还没有督导记录"]
    assert [reason.text for reason in rows[1].reasons] == ["距上次 40 天，超过 30 天", "1 个问题还在整改"]


def test_what_is_overdue_weighs_more_than_what_is_open(cast: Cast, more: list[School]) -> None:
    late = making.dispatched(cast, more[1])
    type(late).objects.filter(pk=late.pk).update(due_on=making.today(-3))
    for _ in range(2):
        making.dispatched(cast, more[0])
    rows = ranked(cast)
    assert [row.school for row in rows][:2] == [more[1], more[0]]
    assert "1 个问题逾期没有销号" in [reason.text for reason in rows[0].reasons]


def test_a_planned_visit_is_said(cast: Cast) -> None:
    making.planned(cast)
    row = next(row for row in ranked(cast) if row.school == cast.school_a)
    assert row.next_on == making.today()


def test_a_visit_not_begun_on_its_day_hides_no_later_one(cast: Cast) -> None:
    missed = making.planned(cast)
    Visit.objects.filter(pk=missed.pk).update(planned_on=making.today(-3))
    row = next(row for row in ranked(cast) if row.school == cast.school_a)
    assert (row.reasons[-1].text[:2], row.reasons[-1].tone) == ("原定", "warn")
    making.planned(cast)
    row = next(row for row in ranked(cast) if row.school == cast.school_a)
    assert (row.next_on, row.reasons[-1].tone) == (making.today(), "info")


def test_everybody_sees_the_own_reach(cast: Cast) -> None:
    assert {row.school for row in ranked(cast)} == {cast.school_a, cast.school_b}
    assert {row.school for row in ranked(cast, cast.inspector_a)} == {cast.school_a}
    assert {row.school for row in ranked(cast, cast.foreign_admin)} == {cast.school_c}


def test_the_board_is_narrowed_to_the_own_schools_and_a_zone(cast: Cast, sign_in) -> None:
    zone = actions.create(district_id=cast.district.pk, name="第一责任区", by=cast.admin)
    actions.assign(zone_id=zone.pk, inspector=cast.inspector_a, school_ids=[cast.school_a.pk], by=cast.admin)
    client, url = sign_in(cast.admin), reverse("zones:board")
    for query, schools in ((f"?zone={zone.pk}", [cast.school_a]), ("?mine=on", []), ("?school=乙", [cast.school_b])):
        assert [row.school for row in client.get(url + query).context["page"]] == schools


@pytest.mark.parametrize("name", ["board", "list", "load"])
def test_pages_take_the_same_number_of_queries_however_many_schools(cast: Cast, sign_in, name: str) -> None:
    client, zone = sign_in(cast.admin), actions.create(district_id=cast.district.pk, name="第一责任区", by=cast.admin)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"zones:{name}")).status_code == 200
        return len(seen)

    def add(number: int) -> None:
        school = make_school(f"41020201{number:02d}", f"第{number}小学", cast.district)
        grant(cast.inspector_a, "inspector", school=school)
        cast.inspector_a.__dict__.pop("_rights", None)
        actions.assign(zone_id=zone.pk, inspector=cast.inspector_a, school_ids=[school.pk], by=cast.admin)
        making.planned(cast, school_id=school.pk)
        making.dispatched(cast, school)

    add(0)
    count()  # the first request of a session writes it
    few = count()
    for number in range(1, 9):
        add(number)
    assert count() == few <= 16


def test_the_pages_of_a_zone_lead_through_the_work(cast: Cast, sign_in) -> None:
    client = sign_in(cast.admin)
    made = client.post(reverse("zones:create"), {"district": cast.district.pk, "name": "第一责任区"})
    edit = made.url
    again = client.post(reverse("zones:create"), {"district": cast.district.pk, "name": "第一责任区"})
    assert again.status_code == 400
    wrong = client.post(f"{edit}assign/", {"inspector": cast.inspector_a.pk, "schools": [cast.school_b.pk]})
    assert (wrong.status_code, "责任范围不含乙初级中学" in wrong.content.decode()) == (400, True)
    client.post(f"{edit}assign/", {"inspector": cast.inspector_a.pk, "schools": [cast.school_a.pk]})
    shown = client.get(edit)
    (charge,) = shown.context["charges"]
    client.post(reverse("zones:end", args=[charge.pk]), {"reason": "退休"})
    assert client.get(edit).context["charges"] == []
    client.post(f"{edit}rename/", {"name": "城区责任区"})
    assert client.get(reverse("zones:list")).context["rows"][0].zone.name == "城区责任区"
