"""What gunicorn refuses before the portal sees it is refused in Chinese."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.config.web_worker import QUEUE_SECONDS
from tests.processes import Installation, wait_for


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("web"))
    installation.start_web("--access-logfile", "-")
    yield installation
    installation.close()


@pytest.fixture
def port(installation: Installation) -> int:
    return int(installation.address.rsplit(":", 1)[1])


def answer(port: int, request: bytes, seconds: float = 60) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        client.sendall(request)
        read = b""
        while part := client.recv(65536):
            read += part
    return read.decode()


def asked(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers, "", ""]).encode()


def test_an_address_of_8000_characters_reaches_the_portal(port: int) -> None:
    said = answer(port, asked("/schools/?q=" + "%E5%B0%8F" * 880))
    assert said.startswith("HTTP/1.1 302 ")
    assert "/login/?next=/schools/" in said


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        (asked("/schools/?q=" + "x" * 8200), "414 URI Too Long", "减少筛选条件"),
        (asked("/", "Cookie: " + "x" * 9000), "431 Request Header Fields Too Large", "清除浏览器中本站的 Cookie"),
        (b"nonsense\r\n\r\n", "400 Bad Request", "不完整或不合规"),
        (asked("/", "no colon here"), "400 Bad Request", "不完整或不合规"),
    ],
)
def test_what_cannot_be_read_is_refused_in_chinese(port: int, request_: bytes, status: str, words: str) -> None:
    said = answer(port, request_)
    assert said.startswith(f"HTTP/1.1 {status}\r\n")
    assert "charset=utf-8" in said
    assert words in said
    assert "<html lang=zh-CN>" in said


def test_no_line_of_a_log_has_the_code_of_a_survey(installation: Installation, port: int) -> None:
    """The portal's own, here that there are no tables yet, and the web server's."""
    assert answer(port, asked("/s/mzxw6ytboi2dkmrv/?from=qr")).startswith("HTTP/1.1 500 ")
    lines, log = ("Internal Server Error: /s//", '"GET /s//?from=qr'), installation.folder / "web.log"
    wait_for("both lines", lambda: all(line in log.read_text() for line in lines))
    assert "mzxw6ytboi2dkmrv" not in log.read_text()


def test_half_a_request_of_many_clients_stops_nobody(port: int) -> None:
    """Twelve clients that begin a request and send no more: two workers that read one at a time would be stopped."""
    slow = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(12)]
    try:
        for client in slow:
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        # Silent ones hold no thread at all.
        slow += [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(40)]
        assert answer(port, asked("/healthz")).startswith("HTTP/1.1 200 ")
        # Not because the others had gone before; their time being over, they are.
        slow[0].setblocking(False)
        with pytest.raises(BlockingIOError):
            slow[0].recv(1)
        slow[0].settimeout(60)
        assert slow[0].recv(1) == b""
    finally:
        for client in slow:
            client.close()


def test_half_a_request_stops_a_worker_that_reads_one_at_a_time(tmp_path: Path) -> None:
    """Negative control: gunicorn's plain worker, and one slow client for each."""
    installation = Installation(tmp_path)
    slow = []
    try:
        port = int(installation.start_web("--worker-class", "sync", "--threads", "1").rsplit(":", 1)[1])
        for _ in range(2):
            slow.append(socket.create_connection(("127.0.0.1", port), timeout=60))
            slow[-1].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        with pytest.raises(TimeoutError):
            answer(port, asked("/healthz"), seconds=2)
    finally:
        for client in slow:
            client.close()
        installation.close()


@pytest.mark.parametrize(
    ("accept", "kind", "words"),
    [
        ("text/html", "text/html", "<h1>现在使用的人太多</h1>"),
        ("application/json", "application/json", '"problems": []'),
    ],
)
def test_who_waited_too_long_for_a_thread_is_refused_and_the_next_one_answered(
    tmp_path: Path, accept: str, kind: str, words: str
) -> None:
    installation = Installation(tmp_path)
    try:
        port = int(installation.start_web("--workers", "1", "--threads", "1").rsplit(":", 1)[1])
        # With this cookie the portal reads the form before it answers.
        form = ("Content-Type: application/x-www-form-urlencoded", "Content-Length: 4", "Accept: application/json")
        # Answered at once by the thread that takes the request.
        taken = b"HTTP/1.1 100 Continue\r\n\r\n"
        head = asked("/login/", f"Cookie: csrf={'x' * 32}", "Expect: 100-continue", *form).replace(b"GET", b"POST", 1)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as busy,
            socket.create_connection(("127.0.0.1", port), timeout=30) as waiting,
            socket.create_connection(("127.0.0.1", port), timeout=30) as health,
        ):
            busy.sendall(head + b"a=b")
            assert busy.recv(len(taken)) == taken
            waiting.sendall(asked("/login/", f"Accept: {accept}"))
            health.sendall(asked("/healthz"))
            waiting.settimeout(QUEUE_SECONDS + 1)
            with pytest.raises(TimeoutError):
                waiting.recv(1)
            busy.sendall(b"c")
            assert busy.recv(12) == b"HTTP/1.1 403"
            waiting.settimeout(30)
            said = b"".join(iter(lambda: waiting.recv(65536), b"")).decode()
            assert health.recv(12) == b"HTTP/1.1 200"
        assert said.startswith("HTTP/1.1 503 Service Unavailable\r\n")
        assert "Retry-After: 10\r\n" in said
        assert f"Content-Type: {kind}; charset=utf-8\r\n" in said
        assert words in said
        assert "已保存的内容不会丢失" in said
        assert answer(port, asked("/")).startswith("HTTP/1.1 302 ")
    finally:
        installation.close()


def test_the_image_takes_the_servers_settings_along() -> None:
    root = Path(__file__).parents[2]
    assert (root / "gunicorn.conf.py").is_file()
    assert "gunicorn.conf.py" in (root / "Dockerfile").read_text()
