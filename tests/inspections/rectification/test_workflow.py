"""The table of a finding's life."""

import itertools

import pytest

from inspections.rectification import actions, forms
from inspections.rectification.models import Entry, Finding
from inspections.rectification.workflow import TABLE
from portal.core.errors import Conflict


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(Finding.State.values, TABLE.verbs)))
def test_only_the_moves_of_the_table_are_possible(state: str, verb) -> None:
    if state in verb.at:
        assert TABLE.move(state, verb.code) == (verb.to or state)
    else:
        with pytest.raises(Conflict, match="请刷新页面"):
            TABLE.move(state, verb.code)


def test_nothing_is_closed_without_the_school_asking() -> None:
    assert set(TABLE["close"].at) == {"close_requested", "verifying"}


def test_a_closed_finding_can_only_be_reopened() -> None:
    assert [verb.code for verb in TABLE.fitting("closed")] == ["reopen"]


def test_every_state_can_be_reached_and_left() -> None:
    assert {verb.to for verb in TABLE.verbs if verb.to} | {"to_dispatch"} == set(Finding.State.values)
    assert {state for verb in TABLE.verbs for state in verb.at} == set(Finding.State.values) - {"void"}
    assert set(TABLE.states) == set(Finding.State.values)


@pytest.mark.parametrize("verb", [verb for verb in TABLE.verbs if verb.form], ids=lambda verb: verb.code)
def test_a_verb_with_a_form_is_whole(verb) -> None:
    assert verb.form in forms.FORMS
    assert all((verb.right, verb.label, verb.done, verb.audit))
    assert callable(getattr(actions, verb.code))
    assert verb.code in Entry.Kind.values
