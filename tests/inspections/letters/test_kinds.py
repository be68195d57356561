"""The kinds of papers as data: every one holds together and can be drafted, previewed and issued."""

import pytest

from inspections.letters import kinds
from inspections.letters.kinds import LetterKind

KINDS = list(kinds.load().values())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_names_its_basis_and_prints_what_it_asks_for(kind: LetterKind) -> None:
    assert kind.basis
    assert kind.look in ("official", "form")
    assert kind.author in ("bureau", "school")
    assert kind.about in ("visit", "finding", "school", "district")
    assert kind.signers in ("bureau", "team", "school")
    assert (kind.signers == "school") == (kind.author == "school")
    printed = kind.blanks
    assert {one.code for one in kind.fields if one.type != "s"} <= printed
    for one in kind.fields:
        assert (one.type == "c") == bool(one.choices)


def test_files_are_named_after_their_kind() -> None:
    assert {path.stem for path in kinds.FOLDER.glob("*.toml")} == set(kinds.load())
