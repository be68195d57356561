"""Changing the standard of a round: who may, when it is refused, what stays."""

import pytest

from indicators.collection.rounds import actions as rounds
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.models import Submission
from indicators.results.evaluations.models import Evaluation
from indicators.results.standard_change import actions
from indicators.standard.engine import Value
from indicators.standard.standards import actions as standard_actions, queries as standards
from portal.core.accounts.queries import system_user
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.indicators.standard.standards import overlays

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(world):
    standards.current()
    return standards.current("national-2021")


def adopt(world, standard, *, by=None, reason="按上级要求采用新表述"):
    return actions.adopt(round_id=world.round.pk, standard_id=standard.pk, reason=reason, by=by or world.cast.admin)


def test_the_round_has_the_new_standard_and_the_trail_says_why(world, newer):
    old = world.round.standard
    adopt(world, newer)
    world.round.refresh_from_db()
    assert world.round.standard == newer
    event = AuditEvent.objects.filter(action="round.adopt").latest("seq")
    assert event.before == {"standard": old.version}
    assert event.after == {"standard": newer.version, "reason": "按上级要求采用新表述"}


def test_past_evaluations_are_untouched(world, newer):
    before = Evaluation.objects.values().get(pk=world.evaluation.pk)
    adopt(world, newer)
    assert Evaluation.objects.values().get(pk=world.evaluation.pk) == before
    assert Evaluation.objects.get(pk=world.evaluation.pk).standard.code == "national-2017"


def test_only_who_manages_the_round_may(world, newer):
    for person in (world.cast.reviewer, world.cast.principal_a, world.cast.foreign_admin):
        with pytest.raises((NotAllowed, NotFound)):
            adopt(world, newer, by=person)
    world.round.refresh_from_db()
    assert world.round.standard.code == "national-2017"


def test_a_closed_round_keeps_its_standard(world, newer):
    rounds.close(round_id=world.round.pk, reason="数据已定稿", by=world.cast.admin)
    with pytest.raises(Conflict, match="已关闭"):
        adopt(world, newer)


def test_the_same_standard_is_no_change(world):
    with pytest.raises(Conflict, match="无需更换"):
        adopt(world, world.round.standard)


def test_a_reason_is_demanded(world, newer):
    with pytest.raises(Invalid, match="理由"):
        adopt(world, newer, reason="  ")


def test_a_standard_that_is_gone_is_reported(world, newer):
    newer.pk = 999_999
    with pytest.raises(NotFound, match="刷新"):
        adopt(world, newer)


@pytest.fixture
def narrower(world, tmp_path):
    """A standard without in_zone_pupils, music rooms and what rests on them."""
    text = (
        overlays.PROVINCE.partition("[rules]")[0]
        + """
[remove]
items = ["school.honours"]
"""
    )
    return standard_actions.load(by=system_user(), folders=[overlays.write(tmp_path, text)])[-1].standard


def test_answered_items_the_new_standard_does_not_know_are_listed(world, narrower):
    row = Submission.objects.get(round=world.round, school=world.cast.school_b)
    rows = ({"name": "绿色学校", "level": "省级", "year": 2024},)
    submissions.save(submission_id=row.pk, values={"honours": Value(rows)}, by=world.cast.reporter_b)
    with pytest.raises(Invalid) as refusal:
        adopt(world, narrower)
    shown = {problem.where: problem.what for problem in refusal.value.problems}
    assert list(shown) == ["特色创建与荣誉"]
    assert "新标准里没有这一项" in shown["特色创建与荣誉"]
    world.round.refresh_from_db()
    assert world.round.standard.code == "national-2017"


def test_a_standard_that_only_adds_has_nothing_in_its_way(world, tmp_path):
    province = standard_actions.load(by=system_user(), folders=[overlays.write(tmp_path)])[-1].standard
    assert adopt(world, province).standard == province
