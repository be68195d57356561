"""What is cut off on its way leaves nothing: no row without bytes, no half of a text."""

import io
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from PIL import Image

from tests.faults.clients import Person, attaches
from tests.faults.ledger import Ledger
from tests.processes import Installation

MAKE = "from tests.faults import scene\nresult = scene.make()"
STORED = """
from inspections.models import Finding
from portal.core.files.models import Document
result = [*Document.objects.values_list("name", flat=True), *Finding.objects.values_list("problem", flat=True)]
"""
TEXT = "x" * 1500


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    installation.made = installation.python(MAKE)
    yield installation
    installation.close()


def asked(site: Installation, username: str, path: str, **content: object) -> bytes:
    """The bytes of a request as somebody's browser sends it."""
    write = attaches(site.made["submission"])
    person = Person(site.address, (username, site.made["password"]), Ledger(site.folder / "ledger"), write, 1)
    person.sign_in()
    headers = {"X-CSRFToken": person.session.cookies["csrf"], "Accept": "application/json", "Connection": "close"}
    request = requests.Request("POST", site.address + path, headers | {"Host": "127.0.0.1"}, **content)
    ready = person.session.prepare_request(request)
    head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in ready.headers.items()), "", ""]
    return "\r\n".join(head).encode() + (ready.body.encode() if isinstance(ready.body, str) else ready.body)


def upload(site: Installation) -> bytes:
    drawn = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(drawn, "PNG")
    path = f"/submissions/{site.made['submission']}/evidence/teaching_area/attach/"
    return asked(site, "reporter_a", path, files={"file": ("proof.png", drawn.getvalue())})


def finding(site: Installation) -> bytes:
    due = str(date.today() + timedelta(days=30))
    return asked(
        site,
        "admin",
        "/findings/new/",
        data={
            "school": site.made["school"],
            "source": "ZP",
            "indicator": "A7",
            "requirement": "补齐",
            "category": "with_deadline",
            "due_on": due,
            "problem": TEXT,
        },
    )


def cut(whole: bytes, percent: int) -> bytes:
    """The request with so much of its body."""
    head = whole.index(b"\r\n\r\n") + 4
    return whole[: head + (len(whole) - head) * percent // 100]


def send(site: Installation, content: bytes) -> bool:
    """Send, hang up, wait for the server to be done with it; whether it said that something was done."""
    with socket.create_connection(("127.0.0.1", int(site.address.rpartition(":")[2])), timeout=30) as client:
        client.sendall(content)
        client.shutdown(socket.SHUT_WR)
        said = b""
        while part := client.recv(65536):
            said += part
    return b'"location"' in said


def test_what_is_cut_off_is_not_there_at_all(site: Installation) -> None:
    site.start_web()
    for whole in (upload(site), finding(site)):
        assert [send(site, cut(whole, percent)) for percent in (1, 50, 99)] == [False] * 3
    assert site.python(STORED) == []
    assert [path for path in (site.folder / "files").rglob("*") if path.is_file()] == []
    assert [send(site, whole) for whole in (upload(site), finding(site))] == [True, True]
    assert site.python(STORED) == ["proof.png", TEXT]


def test_gunicorns_own_worker_keeps_half_a_text(site: Installation) -> None:
    """Negative control."""
    site.start_web("--worker-class", "gthread")
    assert send(site, cut(finding(site), 90))
    (stored,) = site.python(STORED)
    assert TEXT.startswith(stored)
    assert len(stored) < len(TEXT)
