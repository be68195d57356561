"""The table of a finding's life."""

import itertools

import pytest

from inspections.rectification.models import Finding
from inspections.rectification.workflow import MOVES, WORDS, move, verbs
from portal.core.errors import Conflict


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
