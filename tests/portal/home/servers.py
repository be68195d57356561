"""A mail server and a gateway on this machine, as much of them as clients need, with their faults."""

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs; `server.fault` says where it stops."""

    def handle(self) -> None:
        server: Any = self.server
        if server.fault == "busy":
            return self.say("421 too busy")
        self.say("220 local")
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper().strip()
            if word == b"RCPT" and server.fault == "unknown":
                self.say("550 no such person")
            elif word == b"DATA":
                self.say("354 go on")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                if server.fault == "silent":
                    server.released.wait(60)
                    return None
                server.got.append(body)
                self.say("250 taken")
            elif word == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 local")
        return None

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Gateway(BaseHTTPRequestHandler):
    """A robot or an SMS gateway; `server.fault` is a status, an answer or silence."""

    def do_POST(self) -> None:
        server: Any = self.server
        server.asked.append(self.path)
        server.got.append((self.headers, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        if server.fault == "silent":
            server.released.wait(60)
            return
        status = server.fault if isinstance(server.fault, int) else 200
        said = server.fault if isinstance(server.fault, bytes) else b'{"errcode": 0}'
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args: object) -> None:
        return


def _serve(server: Any) -> Iterator[Any]:
    server.got, server.fault, server.released = [], None, threading.Event()
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def smtp(settings) -> Iterator[Any]:
    for server in _serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
        settings.DEFAULT_FROM_EMAIL = "youheng@example.gov.cn"
        yield server


@pytest.fixture
def gateway(settings) -> Iterator[Any]:
    for server in _serve(ThreadingHTTPServer(("127.0.0.1", 0), Gateway)):
        server.asked = []
        server.address = f"http://127.0.0.1:{server.server_address[1]}/hook?key=secret"
        yield server
