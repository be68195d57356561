"""What happens to every request: its real address, refusals as Chinese pages, nothing cached that has data."""

import logging
import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote

from django.conf import settings
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from portal.core.errors import Invalid, Refused
from portal.core.lib import views, written

log = logging.getLogger(__name__)
# A person's own number belongs there, the text is nobody's to read, or it is no text of a person but a key or digest of
# the page; answers (f-) say themselves what is wrong with one.
_UNCHECKED = re.compile(r"phone|username|.*password\d?|f-.*|form_key|key|seen|csrfmiddlewaretoken|page_person")
Next = Callable[[HttpRequest], HttpResponse]
_UNSTORABLE = "提交的内容里有不可见的控制字符（NUL），没有保存。请删除从别处粘贴来的内容，重新输入。"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


class ClientAddressMiddleware:
    """Puts the client's address in `REMOTE_ADDR`, for lock-out and audit alike.

    What a proxy says counts only when its own address lies in TRUSTED_PROXIES. With proxies named, what anybody
    else claims to have forwarded is dropped; without, `X-Forwarded-For` is never read.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if networks := settings.TRUSTED_PROXIES:
            peer = request.META.get("REMOTE_ADDR", "")
            if not peer or _is_within(_address(peer), networks):  # a Unix socket has no address
                request.META["REMOTE_ADDR"] = _client(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""), networks)
            else:
                for name in _FORWARDED:
                    request.META.pop(name, None)
        return self.get_response(request)


def _client(peer: str, forwarded: str, networks: Sequence[IPv4Network | IPv6Network]) -> str:
    """The last address that is none of ours; those before it may be invented."""
    nearest = peer
    for text in reversed(forwarded.split(",")):
        address = _address(text)
        if address is None:
            break
        nearest = str(address)
        if not _is_within(address, networks):
            break
    return nearest


def _is_within(address: IPv4Address | IPv6Address | None, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """`10.0.0.1`, `10.0.0.1:1234`, `::1`, `[::1]:1234`; IPv4 inside IPv6 becomes IPv4."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class PublicPagesMiddleware:
    """Pages for everybody know nobody: below PUBLIC_PATHS no cookie comes in, none goes out, and nothing is stored."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(settings.PUBLIC_PATHS):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        response.cookies.clear()
        response.headers["Cache-Control"] = "no-store"
        # The address of such a page may be a key.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


class ErrorPagesMiddleware:
    """Turns `Refused` and a lost database into answers a user can read."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        except OperationalError:
            log.exception("database not reachable")
            return views.unavailable(request)
        if response.status_code == 405 and not response.content:
            return views.not_this_way(request, response.headers.get("Allow", ""))
        accepts = request.headers.get("Accept", "")
        by_script = accepts.startswith("application/json") and "HX-Request" not in request.headers
        if request.method == "POST" and response.status_code == 302 and by_script:
            # A script that followed the redirect would use up the messages meant for the page it opens next.
            answer = JsonResponse({"location": response.headers["Location"]})
            answer.cookies = response.cookies
            return answer
        return response

    @staticmethod
    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return views.refused(request, exception)
        if isinstance(exception, OperationalError):
            log.error("database error: %s", exception)
            return views.unavailable(request)
        if isinstance(exception, (DataError, OverflowError)):
            # A number or a day no column can hold, past a form that set no limit (SQLite's driver says it the
            # second way): the action is rolled back, the log says where.
            log.error("a value does not fit its column", exc_info=exception)
            return views.refused(request, Invalid("填写的数字或文字超出可以保存的范围，没有保存。请改短后重试。"))
        return None


class OldBrowserMiddleware:
    """Internet Explorer's kernel, also inside other browsers, gets a page that it can show and that says what to do."""

    kernel = re.compile(r"MSIE |Trident/")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.kernel.search(request.headers.get("User-Agent", "")):
            return render(request, "errors/old_browser.html", {"chrome": settings.OLDEST_CHROME})
        return self.get_response(request)


class PlainRequestMiddleware:
    """Refuses what no page can handle: other methods, files above the limit, and NUL in addresses; posted texts lose control characters."""

    methods = ("GET", "HEAD", "POST", "OPTIONS")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in self.methods:
            return views.not_this_way(request, ", ".join(self.methods))
        texts = (request.path_info, unquote(request.META.get("QUERY_STRING", "")), *request.COOKIES.values())
        if any("\0" in text for text in texts):
            return views.refused(request, Invalid(_UNSTORABLE))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Once the protection token has been checked."""
        if any("\0" in name for name in request.POST):
            return views.refused(request, Invalid(_UNSTORABLE))
        # Control characters are pasted along unseen.
        if not all(text.isprintable() for _, values in request.POST.lists() for text in values):
            posted = request.POST.copy()
            for name, values in request.POST.lists():
                posted.setlist(name, [written.lines(text) for text in values])
            posted._mutable = False
            request.POST = posted  # type: ignore[assignment]
        texts = (text for name, held in request.POST.lists() if not _UNCHECKED.fullmatch(name) for text in held)
        if refusal := next(filter(None, map(written.refusal, texts)), ""):
            return views.refused(request, Invalid(f"填写的{refusal}。"))
        if name := views.too_large(request):
            return views.file_too_large(request, name)
        return None


class CompressMiddleware(GZipMiddleware):
    """Pages and JSON, each padded at random by Django, so that its size says nothing of the secrets in it (BREACH).

    Files are large and mostly compressed already.
    """

    kinds = ("text/html", "application/json")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or kind not in self.kinds:
            return response
        return super().process_response(request, response)


class NoStoreMiddleware:
    """Pages for signed-in people are never stored by browsers or proxies (等保2.0)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
