"""Every road on which a file can leave, walked with a marked file: it reaches only those who may open it."""

import io
import zipfile
from collections.abc import Collection, Iterable

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from indicators.collection.relaxations.models import RelaxationProof
from inspections.dossiers import actions as dossiers
from inspections.dossiers.models import Dossier
from inspections.rectification.models import EntryFile, Finding
from inspections.visits.models import VisitPhoto
from portal.core.files import store
from portal.core.jobs import runner
from schools.access import restricted
from schools.registers.models import RegisterFile
from tests.known import Known
from tests.permissions.table import ALL, TABLE, Row
from tests.permissions.world import World
from tests.shared import shared

pytestmark = pytest.mark.django_db
MARKED = b"%PDF-1.4 440102198001021230 marked with personal data " * 20
MAY_OPEN = {"admin", "reviewer", "reporter_a", "principal_a"}
# Roads of a marked file with what it lies behind; the dossier is the bureau's alone.
ROADS = {
    "evidence:download": MAY_OPEN,
    "evidence:show": MAY_OPEN,
    "rectification:file": MAY_OPEN,
    "rectification:photo": MAY_OPEN,
    "visits:photo": {"admin", "reviewer"},  # not yet the school: the visit is under way
    "relaxations:proof": MAY_OPEN,
    "registers:file": MAY_OPEN,
    "dossiers:download": {"admin", "reviewer"},
    "dossiers:piece": {"admin", "reviewer"},
}


@shared
def marked(world: World) -> World:
    """The world in which one marked file lies behind everything that takes files, and in a finished dossier."""
    with transaction.atomic():
        document = store.save(
            [MARKED], name="名册.pdf", media_type="application/pdf", by=world.cast.admin, restricted=True
        )
    # Rows are immutable; the same bytes stand behind all of them, only here are they marked.
    for model, row, field in (
        (type(world.evidence), world.evidence, "document"),
        (EntryFile, world.file, "document"),
        (Finding, world.pictured, "photo"),
        (VisitPhoto, world.photographed.photos.get(), "document"),
        (RelaxationProof, world.relaxation_proof, "document"),
        (RegisterFile, world.entry_file, "document"),
    ):
        model._base_manager.filter(pk=row.pk).update(**{field: document})
    dossier = dossiers.build(evaluation_id=world.evaluation.pk, by=world.cast.admin)
    while runner.run_one():
        pass
    world.dossier = Dossier.objects.get(pk=dossier.pk)
    return world


def _answer(client: Client, known: Known, name: str, args: dict) -> tuple[bytes, bool]:
    """What an address answers, zips unpacked, and whether it is a page; what it writes is rolled back."""
    with known.asking(), transaction.atomic():
        address = reverse(name, kwargs=args)
        answer = client.post(address, {"purpose": "核对"}) if name == "dossiers:download" else client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    if zipfile.is_zipfile(io.BytesIO(body)):
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            body = b"".join(package.read(member) for member in package.namelist())
    return body, answer.headers.get("Content-Type", "").startswith("text/html")


def _signed_in(world: World, person: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(getattr(world.cast, person), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _reached(world: World, people: Collection[str] = ALL, rows: Iterable[Row] = TABLE) -> dict[str, set[str]]:
    """Who gets the marked bytes, by address; every address of `rows` is asked, and every piece of the dossier.

    Roads of files are asked by everybody, other files by whoever the truth table lets in. A page holds no file's bytes:
    that is seen with the first who may open it, and nobody else need ask.
    """
    asked = [(row, row.args(world)) for row in rows if row.method == "get"]
    (piece_row,) = (row for row in TABLE if row.name == "dossiers:piece")
    asked += [
        (piece_row, {"dossier_id": world.dossier.pk, "code": piece["code"]})
        for volume in world.dossier.catalogue["volumes"]
        for section in volume["sections"]
        for piece in section["pieces"]
        if not piece["made"]
    ]
    clients = {person: _signed_in(world, person) for person in sorted(people)}
    known = {person: Known(client.session.session_key or "") for person, client in clients.items()}
    reached: dict[str, set[str]] = {}
    for row, args in asked:
        for person, client in clients.items():
            if person in row.allowed or row.name in ROADS:
                body, is_page = _answer(client, known[person], row.name, args)
                if MARKED in body:
                    reached.setdefault(row.name, set()).add(person)
                elif is_page and row.name not in ROADS:
                    break
    return reached


def test_bytes_marked_after_the_package_was_made_are_held_back(world: World) -> None:
    stored = next(
        piece["stored"]
        for volume in world.dossier.catalogue["volumes"]
        for section in volume["sections"]
        for piece in section["pieces"]
        if piece["stored"]
    )
    client = _signed_in(world, "expert")
    address = reverse("dossiers:download", args=[world.dossier.pk])
    before = client.get(address)
    b"".join(before)
    assert before.status_code == 200
    with transaction.atomic():
        store.save(
            [store.path_of(stored).read_bytes()],
            name="又.pdf",
            media_type="application/pdf",
            by=world.cast.admin,
            restricted=True,
        )
    assert client.get(address).status_code == 404


def test_a_dossier_without_such_files_does_not_speak_of_them(world: World) -> None:
    for person in ("expert", "admin"):
        page = _signed_in(world, person).get(reverse("dossiers:detail", args=[world.dossier.pk])).content.decode()
        assert "个人信息" not in page


def test_a_marked_file_leaves_only_to_those_who_may_open_it(marked: World) -> None:
    assert _reached(marked) == ROADS


def test_the_walk_sees_a_road_without_the_rule(marked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with the rule off, leader and expert get the file on every road. Where another road is found
    with the rule on, nothing more is to be seen with it off.
    """
    monkeypatch.setattr(restricted, "openable", lambda user, rows: rows)
    people, rows = {"leader", "expert"}, [row for row in TABLE if row.name in ROADS]
    assert _reached(marked, people, rows) == dict.fromkeys(ROADS, people)


def test_the_package_for_experts_says_what_it_leaves_out(marked: World) -> None:
    dossier = marked.dossier
    name = dossier.open_package.name
    assert "不含个人信息材料" in name
    with zipfile.ZipFile(store.path_of(dossier.open_package.sha256)) as package:
        folder = package.namelist()[0].split("/")[0]
        info = package.read(f"{folder}/bag-info.txt").decode()
        listed = package.read(f"{folder}/data/00 总目录/总目录.json").decode()
    left_out = dossier.built["open"]["left_out"]
    assert left_out == 1
    assert f"本包未装入 {left_out} 个含个人信息的材料" in info
    assert "名册.pdf" in listed
    page = _signed_in(marked, "expert").get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    assert f"未装入 {left_out} 个含个人信息的材料" in page
