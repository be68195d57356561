"""What the newest evaluation says against a school, as the board of zones names it."""

import pytest
from django.db.models import QuerySet

from indicators.results.evaluations.models import IndicatorResult
from inspections.zones import queries
from tests.permissions.world import World

pytestmark = pytest.mark.django_db


def test_indicators_missed_in_the_newest_evaluation_are_named(world: World) -> None:
    user, school = world.cast.admin, world.cast.school_a
    missed = IndicatorResult.objects.filter(part__school=school, part__evaluation=world.evaluation).order_by("code")[0]
    # Results are never updated by the application.
    QuerySet.update(IndicatorResult.objects.filter(pk=missed.pk), reaches=False)
    rows = {row.school: row for row in queries.board(user, list(queries.for_board(user)))}
    assert (rows[school].weakness.failed, rows[school].weakness.year) == ((missed.code,), "2026 年度")
    assert f"最新评估（2026 年度）未达标：{missed.code}" in [reason.text for reason in rows[school].reasons]
    assert rows[world.cast.school_b].weakness.failed == ()
