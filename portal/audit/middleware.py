"""Gives every request a number and remembers its address for the audit trail."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.audit import context


class AuditContextMiddleware:
    """Sets the audit context for the time of one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = context.begin(request.META.get("REMOTE_ADDR", ""))
        try:
            return self.get_response(request)
        finally:
            context.end(token)
