"""The table of a visit's life."""

import itertools

import pytest

from inspections.visits.models import Visit
from inspections.visits.workflow import TABLE
from portal.core.errors import Conflict

VERBS = [verb.code for verb in TABLE.verbs]


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(Visit.State.values, VERBS)))
def test_only_the_moves_of_the_table_are_possible(state: str, verb: str) -> None:
    if state in TABLE[verb].at:
        assert TABLE.move(state, verb) == (TABLE[verb].to or state)
    else:
        with pytest.raises(Conflict, match="请刷新页面"):
            TABLE.move(state, verb)


def test_nothing_leaves_a_finished_or_cancelled_visit() -> None:
    assert {state for verb in TABLE.verbs for state in verb.at if verb.code != "supplement"} == {"planned", "underway"}
    assert TABLE["supplement"].to == ""
