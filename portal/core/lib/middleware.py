"""Every refusal becomes a Chinese page with the right status; pages with data are not cached."""

import logging
import re
from collections.abc import Callable
from urllib.parse import unquote

from django.conf import settings
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from portal.core.errors import Invalid, Refused
from portal.core.lib import error_views, personal, written
from portal.core.lib.upload_limit import too_large

log = logging.getLogger(__name__)
# A person's own number belongs there, the text is nobody's to read, or it is no text of a person but a key or digest of
# the page; answers (f-) say themselves what is wrong with one.
_NOT_LOOKED_AT = re.compile(r"phone|username|.*password\d?|f-.*|form_key|key|seen|csrfmiddlewaretoken|page_person")
Next = Callable[[HttpRequest], HttpResponse]


class ErrorPagesMiddleware:
    """Turns `Refused` and a lost database into answers a user can read."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        except OperationalError:
            log.exception("database not reachable")
            return error_views.unavailable(request)
        if response.status_code == 405 and not response.content:
            return error_views.not_this_way(request, response.headers.get("Allow", ""))
        if request.method == "POST" and response.status_code == 302 and _is_sent_by_upload(request):
            # A script that followed the redirect would use up the messages meant for the page it opens next.
            answer = JsonResponse({"location": response.headers["Location"]})
            answer.cookies = response.cookies
            return answer
        return response

    @staticmethod
    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return error_views.refused(request, exception)
        if isinstance(exception, OperationalError):
            log.error("database error: %s", exception)
            return error_views.unavailable(request)
        if isinstance(exception, (DataError, OverflowError)):
            # A number or a day no column can hold, past a form that set no limit (SQLite's driver says it the
            # second way): the action is rolled back, the log says where.
            log.error("a value does not fit its column", exc_info=exception)
            return error_views.refused(request, Invalid("填写的数字或文字超出可以保存的范围，没有保存。请改短后重试。"))
        return None


def _is_sent_by_upload(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json") and "HX-Request" not in request.headers


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
            return error_views.not_this_way(request, ", ".join(self.methods))
        told = (request.path_info, unquote(request.META.get("QUERY_STRING", "")), *request.COOKIES.values())
        if any("\0" in text for text in told):
            return error_views.refused(request, _unstorable())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Look at a posted form once its protection token has been checked."""
        if any("\0" in name for name in request.POST):
            return error_views.refused(request, _unstorable())
        _drop_controls(request)
        texts = (text for name, held in request.POST.lists() if not _NOT_LOOKED_AT.fullmatch(name) for text in held)
        if said := next(filter(None, map(personal.refusal, texts)), ""):
            return error_views.refused(request, Invalid(f"填写的{said}。"))
        if name := too_large(request):
            return error_views.file_too_large(request, name)
        return None


def _drop_controls(request: HttpRequest) -> None:
    """Control characters, pasted along unseen, are nobody's words: every form gets its texts without them."""
    if all(text.isprintable() for _, values in request.POST.lists() for text in values):
        return
    posted = request.POST.copy()
    for name, values in request.POST.lists():
        posted.setlist(name, [written.lines(text) for text in values])
    posted._mutable = False
    request.POST = posted  # type: ignore[assignment]


def _unstorable() -> Invalid:
    return Invalid("提交的内容里有不可见的控制字符（NUL），没有保存。请删除从别处粘贴来的内容，重新输入。")


class NoStoreMiddleware:
    """Pages for signed-in people are never kept by browsers or proxies (等保2.0)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
