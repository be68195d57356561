"""Uploads are shown to a ClamAV daemon, where one is set: over TCP, as clamd speaks (`man clamd`, INSTREAM)."""

import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from indicators.collection.submissions.models import Submission
from portal.config import env
from portal.core.errors import Invalid, Refused
from portal.core.files import uploads
from portal.core.files.models import Document
from tests.attacks import corpus
from tests.indicators.collection.submissions.conftest import make_round, make_submission

# Not the EICAR file itself: a scanner of this machine would take it away.
MARK = b"youheng-test-virus"


def _read(connection: socket.socket, length: int) -> bytes:
    return connection.recv(length, socket.MSG_WAITALL)


def _answer(connection: socket.socket, said: str) -> None:
    with connection:
        if b"INSTREAM" not in _read(connection, len(b"nINSTREAM\n")):
            return
        content = b""
        while length := struct.unpack("!L", _read(connection, 4))[0]:
            content += _read(connection, length)
        verdict = said or ("Youheng.Test FOUND" if MARK in content else "OK")
        connection.sendall(f"stream: {verdict}\n".encode())


@pytest.fixture
def daemon(settings) -> Iterator[list[str]]:
    """A daemon that finds MARK; what is put into the list it answers instead."""
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMAV = f"127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                _answer(connection, said[0] if said else "")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield said
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.fixture
def submission(cast) -> Submission:
    """The submission of 甲小学."""
    return make_submission(make_round(cast.district, "2026"), school=cast.school_a)


def infected() -> bytes:
    return corpus.pdf().replace(b"%%EOF", b"%" + MARK + b"\n%%EOF")


def test_a_file_with_a_virus_is_refused_and_a_sound_one_is_not(daemon) -> None:
    assert uploads.accept(corpus.upload("图.pdf", corpus.pdf())).name == "图.pdf"
    with pytest.raises(Invalid, match=r"“图\.pdf”里有病毒（Youheng\.Test），没有保存"):
        uploads.accept(corpus.upload("图.pdf", infected()))
    with pytest.raises(Invalid, match="有病毒"):
        uploads.accept(corpus.upload("照片.jpg", corpus.image() + MARK))


@pytest.mark.parametrize("said", ["INSTREAM size limit exceeded. ERROR", "Can't allocate memory ERROR", "what?"])
def test_what_the_daemon_cannot_say_is_not_stored(daemon, said: str) -> None:
    daemon.append(said)
    with pytest.raises(Refused, match="查毒服务没有答复"):
        uploads.accept(corpus.upload("图.pdf", corpus.pdf()))


@pytest.mark.django_db
def test_with_the_daemon_down_nothing_is_stored_and_the_page_says_so(cast, submission, sign_in, settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMAV = f"127.0.0.1:{server.getsockname()[1]}"
    address = reverse("evidence:attach", args=[submission.pk, "teaching_area"])
    file = {"file": corpus.upload("图.pdf", corpus.pdf())}
    answer = sign_in(cast.reporter_a).post(address, file, headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert "查毒服务没有答复" in answer.json()["message"]
    assert not Document.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "register:upload",
        "departments:upload",
        "workbooks:upload",
        "state_statistics:upload",
        "school_workbooks:upload",
    ],
)
def test_workbooks_are_looked_at_too(cast, submission, sign_in, daemon, address: str) -> None:
    place = [submission.round_id] if address.startswith(("workbooks", "state")) else []
    place = [submission.pk] if address.startswith("school_workbooks") else place
    file = {"file": corpus.upload("表.xlsx", b"PK\x03\x04" + MARK)}
    answer = sign_in(cast.admin).post(reverse(address, args=place), file)
    assert "“表.xlsx”里有病毒" in answer.content.decode()


def test_without_the_setting_nobody_is_asked(settings) -> None:
    assert settings.CLAMAV == ""
    assert uploads.accept(corpus.upload("图.pdf", infected())).name == "图.pdf"


def test_the_setting_names_a_port_or_a_socket(monkeypatch) -> None:
    for text, place in (("clamav:3310", "clamav:3310"), ("unix:///run/clamd.ctl", "/run/clamd.ctl"), ("", "")):
        monkeypatch.setenv("CLAMAV", text)
        assert env.daemon("CLAMAV") == place
    monkeypatch.setenv("CLAMAV", "clamav")
    with pytest.raises(ImproperlyConfigured, match="主机:端口"):
        env.daemon("CLAMAV")


@pytest.mark.service
@pytest.mark.skipif(not shutil.which("clamd"), reason="no ClamAV on this machine")
@pytest.mark.parametrize("by", ["port", "socket"])
def test_a_real_daemon_finds_it(settings, tmp_path: Path, by: str) -> None:
    (tmp_path / "test.ndb").write_text(f"Youheng.Test:0:*:{MARK.hex()}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    listening = f"TCPSocket {port}\nTCPAddr 127.0.0.1" if by == "port" else f"LocalSocket {tmp_path}/clamd.ctl"
    configuration = tmp_path / "clamd.conf"
    configuration.write_text(f"DatabaseDirectory {tmp_path}\n{listening}\nForeground yes\nUser root\n")
    process = subprocess.Popen([shutil.which("clamd"), "-c", configuration], stdout=subprocess.DEVNULL)
    settings.CLAMAV = f"127.0.0.1:{port}" if by == "port" else f"{tmp_path}/clamd.ctl"
    try:
        for _ in range(1800):
            try:
                uploads.accept(corpus.upload("图.pdf", corpus.pdf()))
                break
            except Refused:
                time.sleep(0.1)
        with pytest.raises(Invalid, match=r"里有病毒（Youheng\.Test"):
            uploads.accept(corpus.upload("图.pdf", infected()))
    finally:
        process.terminate()
        process.wait(30)
