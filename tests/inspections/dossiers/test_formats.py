"""Stored dossiers of every format are read and printed alike, with the data version they were stored under."""

import json
from pathlib import Path

import pytest

from inspections.dossiers import catalogue_facts, document, pieces, workbook
from inspections.dossiers.pieces import FORMAT

SAMPLES = Path(__file__).parent / "catalogues"
SCHOOL = "4102020001"


def read(number: int) -> pieces.DossierCatalogue:
    """The sample of a format."""
    return pieces.from_json(json.loads((SAMPLES / f"{number}.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_dossier_of_every_format_prints_the_same_under_the_same_data_version(number: int) -> None:
    tree, newest = read(number), read(FORMAT)
    assert catalogue_facts.fingerprint(tree) == "974b3d23c7851decc0b8e48df22a8fdddcae1bec7c8df3e8ae34ab14992b5eb8"
    for render in (
        workbook.ledger,
        lambda tree: document.findings(tree, SCHOOL, "甲小学"),
        lambda tree: document.visits(tree, SCHOOL, "甲小学"),
        lambda tree: document.programme(tree, tree.facts["programmes"][0]),
        lambda tree: document.contents(tree, {}),
    ):
        assert render(tree) == render(newest)


def test_an_unknown_format_is_refused() -> None:
    stored = json.loads((SAMPLES / f"{FORMAT}.json").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="format"):
        pieces.from_json(stored | {"format": 99})
