"""What is no usable file, at every place that takes one: Chinese 400, nothing stored."""

from itertools import product
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from indicators.collection.submissions.models import Evidence, Submission
from portal.core.files import uploads
from portal.core.files.inspection import sandbox
from portal.core.files.models import Document
from portal.core.files.store import path_of
from tests.attacks import corpus
from tests.bad_input.asking import ask, faults, session_of
from tests.known import Known
from tests.permissions.world import QUESTION

pytestmark = pytest.mark.django_db

FILES = {
    "empty": b"",
    "executable": b"MZ\x90\x00" + b"\0" * 2000,
    "old excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000,
    "csv": "学校标识码，学校名称\n4102020001，甲小学\n".encode("gbk"),
    "html": b"<html><body><table></table></body></html>",
    "zip of nothing": b"PK\x05\x06" + b"\0" * 18,
    "cut zip": b"PK\x03\x04" + b"\0" * 500,
    "word": corpus.office(),
    "bomb": None,
    "noise": bytes(range(256)) * 40,
}
# Each content comes under each of these; one content under all the stranger names.
ORDINARY = ["表.xlsx", "表.pdf", "表.jpg"]
STRANGE = [
    "表.exe",
    "表",
    "../../etc/passwd",
    "a\0b.xlsx",
    "CON.pdf",
    "文" * 300 + ".xlsx",
]


def _places(world):
    """Return every address that takes a file: who sends it, under which name, with what else."""
    cast, at = world.cast, world.visit.pk
    finding = world.finding
    step = {"version": finding.version, "text": "更换了两间教室的交换机和面板，多媒体教室现在都能联网上课"}
    return {
        "register": (cast.admin, reverse("register:upload"), "file", {}),
        "submissions": (cast.admin, reverse("workbooks:upload", args=[world.round.pk]), "file", {"after": "approve"}),
        "school workbook": (cast.reporter_a, reverse("school_workbooks:upload", args=[world.draft.pk]), "file", {}),
        "evidence": (
            cast.reporter_a,
            reverse("evidence:attach", args=[world.submission.pk, "teaching_area"]),
            "file",
            {},
        ),
        "photo": (cast.inspector_a, reverse("visits:attach_photo", args=[at, QUESTION]), "photo", {}),
        "finding": (cast.inspector_a, reverse("visits:raise_finding", args=[at]), "photo", _content()),
        "register finding": (
            cast.admin,
            reverse("rectification:register"),
            "photo",
            _content() | {"school": world.cast.school_a.pk, "source": "inspection"},
        ),
        "measure": (
            cast.reporter_a,
            reverse("rectification:measure", args=[finding.pk]),
            "uploads",
            step | {"responsible": "甲"},
        ),
        "progress": (cast.reporter_a, reverse("rectification:progress", args=[finding.pk]), "uploads", step),
        "closing": (cast.reporter_a, reverse("rectification:request_close", args=[finding.pk]), "uploads", step),
    }


def _content() -> dict[str, str]:
    from tests.inspections import making

    return {
        "indicator": "A1",
        "problem": "问题",
        "requirement": "整改",
        "category": "immediate",
        "due_on": making.today(30).isoformat(),
    }


PLACES = (
    "register",
    "submissions",
    "school workbook",
    "evidence",
    "photo",
    "finding",
    "register finding",
    "measure",
    "progress",
    "closing",
)


@pytest.fixture
def draft(world):
    """The world with 甲校's submission open again."""
    Submission.objects.filter(pk=world.submission.pk).update(state=Submission.State.DRAFT)
    return world


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_usable_file_is_400_in_chinese_and_not_stored(draft, place: str) -> None:
    person, address, field, more = _places(draft)[place]
    known = Known(session_of(person))
    stored = Document.objects.count()
    wrong = []
    for kind, name in [*product(FILES, ORDINARY), *product(["noise"], STRANGE)]:
        content = FILES[kind]
        file = SimpleUploadedFile(name, corpus.office_bomb() if content is None else content)
        answer = ask(known, "post", address, more | {field: file})
        if answer.status_code != 400 or faults(answer):
            wrong.append((kind, name[:20], answer.status_code, faults(answer)))
    assert wrong == []
    assert Document.objects.count() == stored


@pytest.mark.parametrize("place", PLACES[:4])
def test_no_file_at_all_is_400_in_chinese(draft, place: str) -> None:
    person, address, field, more = _places(draft)[place]
    for data in (more, more | {field: "words"}, more | {"other": SimpleUploadedFile("a.pdf", b"x")}):
        answer = ask(person, "post", address, data)
        assert (answer.status_code, faults(answer)) == (400, [])


@pytest.mark.parametrize("place", PLACES)
def test_a_file_above_the_limit_is_413_and_never_reaches_the_page(draft, place: str, settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    person, address, field, more = _places(draft)[place]
    for name in ("表.xlsx", "图.jpg"):
        answer = ask(
            person, "post", address, more | {field: SimpleUploadedFile(name, b"\xff\xd8\xff" + b"a" * 3_000_000)}
        )
        assert (answer.status_code, faults(answer)) == (413, [])
        assert f"“{name}”超过 1 MB" in answer.content.decode()


def test_a_file_of_exactly_the_limit_comes_through(draft, settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    person, address, field, more = _places(draft)["register"]
    answer = ask(person, "post", address, more | {field: SimpleUploadedFile("表.xlsx", b"a" * 1024 * 1024)})
    assert (answer.status_code, faults(answer)) == (400, [])
    assert "不是 Excel 工作簿" in answer.content.decode()


def test_a_file_whose_bytes_vanished_is_404_in_chinese(draft) -> None:
    cast = draft.cast
    places = [
        (cast.reporter_a, reverse("evidence:download", args=[draft.evidence.pk]), draft.evidence.document),
        (
            cast.inspector_a,
            reverse("visits:photo", args=[draft.photographed.pk, draft.photographed.photos.get().pk]),
            None,
        ),
        (cast.admin, reverse("rectification:file", args=[draft.finding.pk, draft.file.pk]), draft.file.document),
        (cast.admin, reverse("reports:download", args=[draft.report.pk, "pdf"]), draft.report.pdf),
        (cast.admin, reverse("dossiers:download", args=[draft.dossier.pk]), draft.dossier.package),
        (cast.admin, reverse("register:preview", args=[draft.register.public_id]), draft.register),
        (cast.admin, reverse("workbooks:preview", args=[draft.round.pk, draft.book.public_id]), draft.book),
    ]
    moved = []
    try:
        for document in Document.objects.all():
            path = path_of(document.sha256)
            if path.exists():
                path.rename(path.with_suffix(".gone"))
                moved.append(path)
        for person, address, _ in places:
            answer = ask(person, "get", address)
            assert (address, answer.status_code, faults(answer)) == (address, 404, [])
        for address in ("register:confirm", "workbooks:confirm"):
            args = [draft.register.public_id] if "register" in address else [draft.round.pk, draft.book.public_id]
            answer = ask(cast.admin, "post", reverse(address, args=args), {"after": "save"})
            assert (address, answer.status_code, faults(answer)) == (address, 404, [])
    finally:
        for path in moved:
            path.with_suffix(".gone").rename(path)
    assert Evidence.objects.filter(pk=draft.evidence.pk).exists()


@pytest.mark.parametrize("place", ["photo", "finding", "register finding", "measure", "progress", "closing"])
def test_a_file_is_inspected_before_the_transaction_of_its_action(draft, place: str, monkeypatch) -> None:
    """A slow inspection inside it would keep every other writer of SQLite waiting."""
    person, address, field, more = _places(draft)[place]
    outside, seen = len(connection.savepoint_ids), []
    inspect = sandbox.inspect

    def watched(*args, **kwargs):
        seen.append(len(connection.savepoint_ids))
        return inspect(*args, **kwargs)

    monkeypatch.setattr(sandbox, "inspect", watched)
    client = Client()
    client.force_login(person)
    files = corpus.upload("照片.jpg", corpus.image())
    client.post(address, {field: files, "form_key": str(uuid4())} | more)
    assert seen == [outside]


def test_more_files_than_any_action_takes_are_refused_without_a_look_at_all(draft, monkeypatch) -> None:
    person, address, field, more = _places(draft)["progress"]
    seen: list[str] = []
    monkeypatch.setattr(uploads, "_accept", lambda upload, allowed: seen.append(upload.name))
    client = Client()
    client.force_login(person)
    files = [corpus.upload(f"照片{number}.jpg", b"no picture") for number in range(60)]
    answer = client.post(address, {field: files, "form_key": str(uuid4())} | more)
    assert answer.status_code == 400
    assert "一次最多上传" in answer.content.decode()
    assert len(seen) == uploads.MOST_AT_ONCE
