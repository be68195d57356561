"""The table of a finding's life."""

import itertools

import pytest

from inspections.rectification.models import Finding
from inspections.rectification.workflow import MOVES, WORDS, default_due, move, verbs
from portal.errors import Conflict
from tests.inspections.making import today


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(Finding.State.values, WORDS)))
def test_only_the_moves_of_the_table_are_possible(state: str, verb: str) -> None:
    if (state, verb) in MOVES:
        assert move(state, verb) == MOVES[state, verb]
    else:
        with pytest.raises(Conflict, match="请刷新页面"):
            move(state, verb)


def test_nothing_is_closed_without_the_school_asking() -> None:
    assert {state for (state, verb) in MOVES if verb == "close"} == {"close_requested", "verifying"}


def test_a_closed_finding_can_only_be_reopened() -> None:
    assert verbs("closed") == {"reopen"}


def test_every_state_can_be_reached_and_left() -> None:
    assert set(MOVES.values()) | {"to_dispatch"} == set(Finding.State.values)
    assert {state for state, _ in MOVES} == set(Finding.State.values)


@pytest.mark.parametrize(("category", "days"), [("at_once", 7), ("with_deadline", 30), ("long_term", 180)])
def test_the_customary_period_follows_the_category(category: str, days: int) -> None:
    assert default_due(category, today()) == today(days)
