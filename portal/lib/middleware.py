"""Every refusal becomes a Chinese page with the right status; pages with data are not cached."""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from portal.errors import Refused
from portal.lib import error_views

log = logging.getLogger(__name__)
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
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return error_views.refused(request, exception)
        if isinstance(exception, OperationalError):
            log.error("database error: %s", exception)
            return error_views.unavailable(request)
        return None


class NoStoreMiddleware:
    """Pages for signed-in people are never kept by browsers or proxies (等保2.0)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
