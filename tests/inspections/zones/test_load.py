"""How much each inspector has to do: own schools, those due, visits planned and done."""

import datetime as dt

import pytest
from django.utils import timezone

from inspections.visits.models import Visit
from inspections.zones import actions, queries
from tests.cast import Cast, grant, make_user
from tests.inspections import making

pytestmark = pytest.mark.django_db


def test_schools_due_visits_planned_and_done_are_counted_by_person(cast: Cast) -> None:
    other = make_user("duxue", "新督学")
    grant(other, "inspector", district=cast.district)
    zone = actions.create(district_id=cast.district.pk, name="第一责任区", by=cast.admin)
    actions.assign(zone_id=zone.pk, inspector=cast.inspector_a, school_ids=[cast.school_a.pk], by=cast.admin)
    actions.assign(zone_id=zone.pk, inspector=other, school_ids=[cast.school_b.pk], by=cast.admin)
    done, old, _ = (making.planned(cast, team=[other], by=cast.admin) for _ in range(3))
    for visit, days in ((done, 3), (old, 200)):
        moment = timezone.now() - dt.timedelta(days=days)
        Visit.objects.filter(pk=visit.pk).update(state="done", started_at=moment, finished_at=moment)
    found = {row.person: (row.schools.count, row.due, row.planned, row.done) for row in queries.burdens(cast.admin)}
    assert found == {cast.inspector_a: (1, 0, 1, 1), other: (1, 1, 1, 1)}


def test_only_what_lies_within_reach_is_counted(cast: Cast) -> None:
    making.planned(cast)
    assert [row.person for row in queries.burdens(cast.foreign_admin)] == [cast.inspector_b]
    assert [row.planned for row in queries.burdens(cast.foreign_admin)] == [0]
