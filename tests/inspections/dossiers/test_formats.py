"""Stored dossiers of every format are read and printed alike, with the data version they were stored under."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indicators.collection.submissions.models import Revision
from inspections.addenda.models import Addendum, AddendumFile
from inspections.dossiers import actions, catalogue_facts, document, pieces, workbook
from inspections.dossiers.models import Dossier
from inspections.dossiers.pieces import FORMAT
from inspections.letters import actions as letters
from inspections.self_reports.models import SelfReport
from inspections.visits.models import Visit
from portal.core.lib import digests
from schools.directory import actions as directory
from schools.directory.facts import SchoolFacts
from tests.inspections.dossiers.conftest import NOW, Place, keep
from tests.inspections.dossiers.test_catalogue import LATER
from tests.inspections.letters import papers
from tests.samples import shape

SAMPLES = Path(__file__).parent / "catalogues"
SCHOOL = "4102020001"
# Of each format, over what was stored less the day and the mark.
SIGNED = {
    1: "f50133cf96f0edae24bce142e6a6d74c349cb63116c9b090728718704800340d",
    2: "4e146bdbbc2abddb1aee9b0c0845e05fd41fc27bf7937b38f070611d9e02eb2a",
}
# A dossier of format 1 from before letters, addenda and self-reports were in it.
BEFORE_LETTERS = "1-before-letters"


def stored(name: int | str) -> dict[str, Any]:
    """The sample of a format."""
    content: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return content


def printed(tree: pieces.DossierCatalogue) -> list[bytes]:
    """Every file made from the catalogue alone."""
    return [
        workbook.ledger(tree),
        workbook.letters(tree),
        workbook.missing(tree),
        document.findings(tree, SCHOOL, "甲小学"),
        document.visits(tree, SCHOOL, "甲小学"),
        document.programme(tree, tree.facts["programmes"][0]),
        document.contents(tree, {}),
    ]


def with_everything(place: Place) -> Dossier:
    """A visit with a witness and an addendum, a letter, a self-report, a school renamed since."""
    cast = place.cast
    visit = Visit.objects.get()
    visit.witness = "李副校长"
    visit.save()
    by = {"created_by": cast.inspector_a, "updated_by": cast.inspector_a}
    addendum = Addendum.objects.create(visit=visit, text="次日复看，已联网 24 间", created_by=cast.inspector_a)
    AddendumFile.objects.create(addendum=addendum, document=keep(b"addendum", "补拍.jpg", cast.inspector_a))
    letters.receive(letter_id=papers.issued(cast).pk, by=cast.principal_a)
    revision = Revision.objects.get(submission__school=cast.school_a)
    word, paper = (keep(kind.encode(), f"自评报告.{kind}", cast.principal_a) for kind in ("docx", "pdf"))
    signed = {"issued_at": NOW, "issued_by": cast.principal_a, "content": {}, "docx": word, "pdf": paper}
    state = SelfReport.State.ISSUED
    SelfReport.objects.create(submission=revision.submission, revision=revision, state=state, **signed, **by)
    facts = replace(SchoolFacts.of(cast.school_a), name="青禾小学")
    directory.edit_school(school_id=cast.school_a.pk, version=1, valid_from=LATER, by=cast.admin, facts=facts)
    return actions.build(evaluation_id=place.evaluation.pk, by=cast.admin)


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_dossier_of_every_format_prints_the_same_under_the_same_data_version(number: int) -> None:
    tree, newest = pieces.from_json(stored(number)), pieces.from_json(stored(FORMAT))
    assert catalogue_facts.fingerprint(tree) == SIGNED[FORMAT]
    assert printed(tree) == printed(newest)
    assert pieces.upgraded(stored(number)).keys() == stored(FORMAT).keys()


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_the_sample_is_as_it_was_stored(number: int) -> None:
    held = {name: value for name, value in stored(number).items() if name not in ("frozen_on", "audit_checkpoint")}
    assert digests.fingerprint(held) == SIGNED[number]


def test_what_an_older_dossier_does_not_hold_is_none_of_it() -> None:
    content = stored(BEFORE_LETTERS)
    assert not {"letters", "since", "self_reports"} & content["facts"].keys()
    read = pieces.upgraded(content)
    assert (read["audit_checkpoint"], read["facts"]["letters"], read["facts"]["since"]) == ("", [], {})
    assert all((visit["witness"], visit["addenda"]) == ("", []) for visit in read["facts"]["visits"])
    assert all(printed(pieces.from_json(content)))


@pytest.mark.django_db
def test_a_new_dossier_has_the_shape_of_the_sample(place: Place) -> None:
    assert shape(with_everything(place).catalogue) == shape(stored(FORMAT))


@pytest.mark.django_db
def test_the_same_data_stored_in_an_older_format_are_the_same_dossier(place: Place) -> None:
    dossier = actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin)
    older = dossier.catalogue | {"format": 1}
    facts = {name: value for name, value in older["facts"].items() if name not in ("since", "self_reports")}
    visits = [{k: v for k, v in one.items() if k not in ("witness", "addenda")} for one in facts["visits"]]
    dossier.catalogue = older | {"facts": facts | {"visits": visits}}
    dossier.data_sha256 = "of format 1"
    dossier.save()
    assert actions.build(evaluation_id=place.evaluation.pk, by=place.cast.admin) == dossier


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        pieces.from_json(stored(FORMAT) | {"format": 99})
