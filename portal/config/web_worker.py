"""gunicorn's worker: threads that no slow client can occupy, and Chinese answers where the portal cannot give one."""

import errno
import json
import time
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.http.errors import (
    ConfigurationProblem,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import _DEFER, ThreadWorker

# A request's line and headers are a few kilobytes; a browser sends them at once.
HEAD_SECONDS = 10
# A body may take as long as its line needs, but something of it must arrive.
IDLE_SECONDS = 30
# Whoever waited longer for a thread is refused, which costs nothing: with more requests than the machine can answer, a
# queue would grow until nobody is answered in time. The proxy and the image's health check ask what never waits.
QUEUE_SECONDS = 3
_HEALTH = "/healthz"
_OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
_TOO_LONG = (414, "URI Too Long", "网址过长", "网址超过 8000 个字符，没有打开。请回到列表页，减少筛选条件后重试。")
_TOO_MANY = (
    431,
    "Request Header Fields Too Large",
    "浏览器带来的信息过多",
    "多半是这个网址的 Cookie 积得太多。请清除浏览器中本站的 Cookie，重新登录后再试。",
)
_MALFORMED = (400, "Bad Request", "请求有误", "浏览器发来的内容不完整或不合规，请返回上一页重试。")
_FAILED = (500, "Internal Server Error", "系统出错", "系统出现意外错误，没有处理这次请求。请返回上一页重试。")
_BUSY = (503, "Service Unavailable", "现在使用的人太多", "这次操作没有处理，已保存的内容不会丢失。请约 10 秒后重试。")


class _Impatient:
    """A client's socket as the parser reads it: whoever is too slow is as good as gone."""

    def __init__(self, sock: Any) -> None:
        self.sock, self.until, self.is_in_body = sock, 0.0, False

    def recv(self, size: int) -> bytes:
        """Raises ConnectionResetError when the time is over or the client left in mid-body.

        gunicorn itself would pass half a form on as if it were whole.
        """
        left = self.until - time.monotonic() if self.until else IDLE_SECONDS
        try:
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(left)
            read: bytes = self.sock.recv(size)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the client is too slow") from error
        finally:
            with suppress(OSError):
                self.sock.settimeout(None)
        if self.is_in_body and not read:
            raise ConnectionResetError(errno.ECONNRESET, "the client left in the middle of its request")
        return read


class Worker(ThreadWorker):
    """The threaded worker with deadlines and answers of our own; faults of the portal itself are answered by Django."""

    def enqueue_req(self, conn: Any) -> None:
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """A request whose head does not come in time gives its thread back."""
        conn.waited = time.monotonic() - conn.queued_at
        # Until something was said the poller waits, not a thread.
        if not conn.initialized and not conn.wait_for_data(0):
            return _DEFER
        conn.init()
        reader = conn.parser.unreader
        if not isinstance(reader.sock, _Impatient):
            reader.sock = _Impatient(reader.sock)
        reader.sock.until, reader.sock.is_in_body = time.monotonic() + HEAD_SECONDS, False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        sock = conn.parser.unreader.sock
        sock.until, sock.is_in_body = 0.0, True
        if conn.waited > QUEUE_SECONDS and req.path != _HEALTH:
            self.log.warning("request of %s refused: it waited %.1f s for a thread", conn.client[0], conn.waited)
            wants_json = dict(req.headers).get("ACCEPT", "").startswith("application/json")
            _answer(conn.sock, *_BUSY, wants_json=wants_json, more="Retry-After: 10\r\n")
            return False
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        if not isinstance(exc, ParseException) or isinstance(exc, _OURS):
            self.log.exception("request of %s failed", (addr or ("", 0))[0])
            status, reason, title, words = _FAILED
        else:
            self.log.warning("request of %s refused: %s", (addr or ("", 0))[0], exc)
            known = {LimitRequestLine: _TOO_LONG, LimitRequestHeaders: _TOO_MANY}
            status, reason, title, words = known.get(type(exc), _MALFORMED)
        _answer(client, status, reason, title, words)


def _answer(
    client: Any, status: int, reason: str, title: str, words: str, *, wants_json: bool = False, more: str = ""
) -> None:
    kind, body = "application/json", json.dumps({"title": title, "message": words, "problems": []}, ensure_ascii=False)
    if not wants_json:
        kind, body = (
            "text/html",
            f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{title} · 优衡</title>"
            f"<h1>{title}</h1><p>{words}</p><p><a href=/>回到工作台</a></p></html>",
        )
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: {kind}; charset=utf-8\r\n{more}"
    sent = body.encode()
    with suppress(OSError):
        util.write_nonblock(client, f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
