"""The proxy that compose ships, as a real nginx before a portal that is only a socket."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from tests.processes import ROOT, free_port, wait_for

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx on this machine (.ci/run installs it)"),
]


class Portal(BaseHTTPRequestHandler):
    """Says what it was asked; …/die ends like a worker that was killed in mid-request."""

    def do_POST(self) -> None:
        self.server.begun.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/die"):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        said = json.dumps({"headers": dict(self.headers), "size": len(body)}).encode()
        self.send_response(503 if self.path == "/own" else 200)
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Proxy:
    """nginx with the shipped configuration, moved to free ports and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.portal = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
        self.portal.begun = []
        threading.Thread(target=self.portal.serve_forever, daemon=True).start()
        self.folder, self.plain, self.port = folder, free_port(), free_port()
        (folder / "log").mkdir(mode=0o777)
        # Its workers are nobody in particular: they must get through to pages and log.
        folder.chmod(0o755), (folder / "log").chmod(0o777)
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=127.0.0.1",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                folder / "privkey.pem",
                "-out",
                folder / "fullchain.pem",
            ],
            check=True,
            capture_output=True,
        )
        shutil.copytree(ROOT / "proxy/pages", folder / "pages")
        text = (ROOT / "proxy/nginx.conf").read_text()
        for old, new in {
            "/tmp/": f"{folder}/",
            "/var/log/youheng": f"{folder}/log",
            "/srv/pages": f"{folder}/pages",
            "/certificates": str(folder),
            "8080": str(self.plain),
            "8443": str(self.port),
            "web:8000": f"127.0.0.1:{self.portal.server_port}",
        }.items():
            assert old in text
            text = text.replace(old, new)
        (folder / "nginx.conf").write_text(text)
        self.address = f"https://127.0.0.1:{self.port}"
        user = "user root;" if os.geteuid() == 0 else ""
        words = ["nginx", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/errors", "-g", f"daemon off; {user}"]
        self.errors = folder / "stderr"
        with self.errors.open("w") as said:
            self.process = subprocess.Popen(words, stderr=said)
        wait_for("nginx", self._answers)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env, session.verify = False, str(self.folder / "fullchain.pem")
        return session

    def ask(self, path: str, method: str = "POST", **content: object) -> requests.Response:
        with self.session() as session:
            answer = session.request(method, self.address + path, timeout=20, **content)
        answer.encoding = "utf-8"
        return answer

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.portal.shutdown()
        self.portal.server_close()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    made = Proxy(tmp_path_factory.mktemp("proxy"))
    yield made
    made.close()


def test_a_killed_worker_is_a_chinese_page_that_says_when_to_come_back(proxy: Proxy) -> None:
    answer = proxy.ask("/die", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (502, "30")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<html lang=zh-CN>" in answer.text
    assert "约 30 秒后重试" in answer.text
    shown = proxy.ask("/die", headers={"Accept": "application/json"}).json()
    assert "约 30 秒后重试" in shown["message"]


def test_the_portals_own_refusals_pass(proxy: Proxy) -> None:
    answer = proxy.ask("/own")
    assert (answer.status_code, answer.json()["size"]) == (503, 0)


def test_what_a_client_claims_to_have_forwarded_stands_before_its_own_address(proxy: Proxy) -> None:
    claimed = {"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil", "Forwarded": "x"}
    headers = proxy.ask("/", headers=claimed).json()["headers"]
    assert headers["X-Forwarded-For"] == "8.8.8.8, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "https"
    assert not {"X-Forwarded-Host", "Forwarded"} & headers.keys()
    assert headers["Host"] == "127.0.0.1"


def test_a_body_above_the_limit_is_refused_in_chinese_before_the_portal_hears_of_it(proxy: Proxy) -> None:
    with open(proxy.folder / "large", "wb") as file:
        file.truncate(61 * 1024 * 1024)
    with open(proxy.folder / "large", "rb") as file:
        answer = proxy.ask("/large", data=file, headers={"Accept": "text/html", "Expect": "100-continue"})
    assert answer.status_code == 413
    assert "超过 60 MB" in answer.text
    assert "/large" not in proxy.portal.begun


def test_half_a_request_never_reaches_the_portal(proxy: Proxy) -> None:
    trusting = ssl.create_default_context(cafile=str(proxy.folder / "fullchain.pem"))
    with trusting.wrap_socket(
        socket.create_connection(("127.0.0.1", proxy.port)), server_hostname="127.0.0.1"
    ) as client:
        client.sendall(b"POST /half HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n" + b"x" * 4000)
        assert proxy.ask("/after").status_code == 200
    assert "/after" in proxy.portal.begun
    assert "/half" not in proxy.portal.begun


def test_plain_http_is_led_to_https(proxy: Proxy) -> None:
    answer = requests.get(f"http://127.0.0.1:{proxy.plain}/a?b=1", allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://127.0.0.1/a?b=1")


def test_every_day_has_an_access_log_of_its_own_without_what_was_searched_for(proxy: Proxy) -> None:
    proxy.ask("/schools/?q=secret", method="GET")
    (log,) = wait_for("the log", lambda: list((proxy.folder / "log").glob("access-????-??-??.log")))
    wait_for("the line", lambda: '"GET /schools/" 200' in log.read_text())
    assert "secret" not in log.read_text()


def test_the_log_has_neither_code_nor_address_of_who_answers_a_survey(proxy: Proxy) -> None:
    proxy.ask("/s/mzxw6ytboi2dkmrv/")
    (log,) = wait_for("the log", lambda: list((proxy.folder / "log").glob("access-????-??-??.log")))
    line = wait_for("the line", lambda: next((one for one in log.read_text().splitlines() if "/s/" in one), ""))
    assert re.fullmatch(r'- \[\S+\] "POST /s/" 200 \d+ \S+', line)
    for path in ("/s/mzxw6ytboi2dkmrv/die", "/elsewhere/die"):
        assert proxy.ask(path).status_code == 502
    wait_for("the line about another address", lambda: "/elsewhere/die" in proxy.errors.read_text())
    assert "mzxw6ytboi2dkmrv" not in proxy.errors.read_text()


def test_one_address_that_asks_without_end_is_slowed_and_informed(proxy: Proxy) -> None:
    """Last: the allowance of this address is used up afterwards."""
    until = time.monotonic() + 15
    with proxy.session() as session:
        while time.monotonic() < until:
            answer = session.get(proxy.address, headers={"Accept": "text/html"}, timeout=20)
            if answer.status_code != 200:
                break
    assert answer.status_code == 429
    assert "过于频繁" in answer.content.decode()


def test_the_portals_address_is_looked_up_again() -> None:
    """nginx looks a plain name up once, when it starts; one in a variable each time."""
    assert set(re.findall(r"proxy_pass (\S+);", (ROOT / "proxy/nginx.conf").read_text())) == {"http://$portal"}
