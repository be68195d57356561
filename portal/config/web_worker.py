"""gunicorn's worker: a request it cannot even hand to the portal is refused in Chinese."""

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
from gunicorn.workers.sync import SyncWorker

_OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
_TOO_LONG = (414, "URI Too Long", "网址过长", "网址超过 8000 个字符，没有打开。请回到列表页，减少筛选条件后重试。")
_TOO_MANY = (
    431, "Request Header Fields Too Large", "浏览器带来的信息过多",
    "多半是这个网址的 Cookie 积得太多。请清除浏览器中本站的 Cookie，重新登录后再试。",
)  # fmt: skip
_MALFORMED = (400, "Bad Request", "请求有误", "浏览器发来的内容不完整或不合规，请返回上一页重试。")


class Worker(SyncWorker):
    """The sync worker with answers of our own; faults of the portal itself are answered by Django before they get here."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be read; what is not the client's fault stays gunicorn's 500."""
        if not isinstance(exc, ParseException) or isinstance(exc, _OURS):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("request of %s refused: %s", (addr or ("", 0))[0], exc)
        with suppress(OSError):
            util.write_nonblock(client, _answer(exc))


def _answer(exc: ParseException) -> bytes:
    known = {LimitRequestLine: _TOO_LONG, LimitRequestHeaders: _TOO_MANY}
    status, reason, title, words = known.get(type(exc), _MALFORMED)
    body = (
        f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>{title} · 优衡</title>"
        f"<h1>{title}</h1><p>{words}</p><p><a href=/>回到工作台</a></p></html>"
    ).encode()
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
