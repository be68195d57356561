"""The table of a visit's life."""

import itertools

import pytest

from inspections.visits.models import Visit
from inspections.visits.workflow import MOVES, move
from portal.core.errors import Conflict

VERBS = ("start", "cancel", "record", "finish")


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(Visit.State.values, VERBS)))
def test_only_the_moves_of_the_table_are_possible(state: str, verb: str) -> None:
    if (state, verb) in MOVES:
        assert move(state, verb) == MOVES[state, verb]
    else:
        with pytest.raises(Conflict, match="请刷新页面"):
            move(state, verb)


def test_nothing_leaves_a_finished_or_cancelled_visit() -> None:
    assert {state for state, _ in MOVES} == {"planned", "underway"}
