"""The table of a round's life, and what it offers each person."""

import itertools

import pytest

from indicators.collection.rounds import actions
from indicators.collection.rounds.workflow import TABLE
from indicators.collection.submissions.models import Round
from portal.core.errors import Conflict
from tests.indicators.collection.rounds.test_actions import opened, past

VERBS = [verb.code for verb in TABLE.verbs]
OPEN = {"import", "adopt", "add_respondents", "remind", "extend", "close"}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(Round.State.values, VERBS)))
def test_only_the_moves_of_the_table_are_possible(state: str, verb: str) -> None:
    if state in TABLE[verb].at:
        assert TABLE.move(state, verb) == (TABLE[verb].to or state)
    else:
        with pytest.raises(Conflict, match=f"目前是“{Round.State(state).label}”，不能"):
            TABLE.move(state, verb)


def offers(person, round_: Round) -> set[str]:
    return {verb.code for verb in TABLE.offers(person, round_)}


def test_who_manages_rounds_is_offered_what_the_state_allows(cast) -> None:
    round_ = opened(cast)
    assert offers(cast.admin, round_) == OPEN
    assert offers(cast.reviewer, round_) == offers(cast.foreign_admin, round_) == set()
    assert offers(cast.admin, actions.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)) == {"reopen"}


def test_a_past_year_has_nothing_due(cast) -> None:
    assert offers(cast.admin, past(cast)) == OPEN - {"remind", "extend"}
