"""A round's figures judged by two standards: exactly the conclusions that differ are listed."""

from decimal import Decimal

import pytest

from indicators.results.evaluations.models import Evaluation
from indicators.results.standard_change import queries
from indicators.standard.standards import actions as standard_actions, queries as standards
from portal.core.accounts.queries import system_user
from tests.indicators import district
from tests.indicators.standard.standards import overlays
from tests.shared import shared

pytestmark = pytest.mark.django_db
HEAD = overlays.PROVINCE.partition("[rules]")[0]


def loaded(folder, body):
    return standard_actions.load(by=system_user(), folders=[overlays.write(folder, HEAD + body)])[-1].standard


@shared
def round_a(cast):
    round_ = district.open_round(cast.district)
    district.hand_in(round_, cast.school_a, district.figures("小学"))
    district.hand_in(round_, cast.school_b, district.figures("初级中学"))
    return round_


def test_the_same_standard_changes_nothing(round_a):
    found = queries.would_change(round_a, round_a.standard, round_a.standard)
    assert found.changes == 0
    assert found.schools == 2


def test_a_part_that_falls_is_named_with_its_indicators(cast, round_a, tmp_path):
    body = """
[[change.indicators]]
code = "A1"
thresholds = { primary = 30 }
"""
    found = queries.would_change(round_a, round_a.standard, loaded(tmp_path, body))
    (turn,) = found.parts
    assert (turn.subject, turn.before, turn.after) == (f"{cast.school_a.name}（小学）", "达标", "未达标")
    assert turn.detail == "A1 达标 → 未达标且未过底线（标准 4.2 → 30）"


def test_a_school_that_keeps_its_conclusion_is_listed_apart(cast, round_a, tmp_path):
    """A tired reader counts the first list: only schools whose own conclusion turns stand in it."""
    body = """
[[change.indicators]]
code = "A1"
thresholds = { primary = 7.5 }
"""
    found = queries.would_change(round_a, round_a.standard, loaded(tmp_path, body))
    assert found.parts == ()
    (turn,) = found.within
    assert (turn.before, turn.after, turn.detail) == ("达标", "达标", "A1 达标 → 未达标（标准 4.2 → 7.5）")
    assert found.changes == 1


def test_a_school_that_falls_below_the_floor_only_says_so(cast, round_a, tmp_path):
    """Not reaching the standard before and after, but above the floor before: the reason must be given."""
    body = """
[[change.indicators]]
code = "A1"
thresholds = { primary = 9 }
"""
    district.hand_in(round_a, cast.school_a, district.figures("小学", teachers_bachelor_primary=10))
    found = queries.would_change(round_a, round_a.standard, loaded(tmp_path, body))
    (turn,) = found.parts
    assert (turn.before, turn.after, turn.detail) == ("达标", "未达标", "A1 未达标 → 未达标且未过底线（标准 4.2 → 9）")


def test_special_funds_between_6000_and_8000_pass_only_the_older_wording(round_a):
    standards.current()
    newer = standards.current("national-2021")
    district.hand_in(round_a, None, {"special_pupils": 100, "special_funds": Decimal(70)})
    found = queries.would_change(round_a, round_a.standard, newer)
    b7 = next(turn for turn in found.indicators if turn.subject.startswith("B7"))
    assert (b7.before, b7.after) == ("达标", "未达标")
    assert "7000" in b7.detail
    assert [(t.subject[:2], t.before, t.tone) for t in found.vetoes] == [("E7", "本版没有", "muted")]


def test_a_lower_limit_of_the_coefficients_is_reported(cast, round_a, tmp_path):
    other = district.make_school("4102020009", "丁小学", cast.district)
    district.hand_in(round_a, other, district.figures("小学", multimedia_rooms=90))
    body = """
[[change.stages]]
code = "primary"
cv_limit = 0.1
"""
    found = queries.would_change(round_a, round_a.standard, loaded(tmp_path, body))
    turn = next(t for t in found.coefficients if "A7" in t.subject)
    assert (turn.before, turn.after, turn.detail) == ("达标", "未达标", "上限 0.5 → 0.1")


def test_nothing_is_written(round_a):
    standards.current()
    queries.would_change(round_a, round_a.standard, standards.current("national-2021"))
    assert Evaluation.objects.count() == 0


def test_the_queries_do_not_grow_with_the_schools(
    cast, round_a, django_assert_num_queries, django_assert_max_num_queries
):
    standards.current()
    newer = standards.current("national-2021")
    queries.would_change(round_a, round_a.standard, newer)
    with django_assert_max_num_queries(20) as few:
        queries.would_change(round_a, round_a.standard, newer)
    district.fill(round_a, 10)
    with django_assert_num_queries(len(few.captured_queries)):
        queries.would_change(round_a, round_a.standard, newer)
