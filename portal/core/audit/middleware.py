"""Gives every request a number and remembers its address for the audit trail; does again what a deadlock took back."""

import logging
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.core.audit.actions import RequestContext, current_request
from portal.core.lib import models
from portal.core.lib.middleware import ErrorPagesMiddleware

log = logging.getLogger(__name__)


class AuditContextMiddleware:
    """Sets the audit context for the time of one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        token = current_request.set(RequestContext(address[:64], str(uuid.uuid4())))
        try:
            return self.get_response(request)
        finally:
            current_request.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Repeats the request PostgreSQL gave up, unless one of its actions is committed."""
        current = current_request.get()
        if not models.is_given_up(exception) or current.has_acted:
            return None
        log.warning("given up by the database, done again: %s", request.path)

        def answer() -> HttpResponse:
            view, args, kwargs = request.resolver_match  # type: ignore[misc]
            for _, files in request.FILES.lists():
                for file in files:
                    file.seek(0)
            return view(request, *args, **kwargs)

        try:
            return models.do_again(answer, may=lambda: not current.has_acted)
        except Exception as error:
            if response := ErrorPagesMiddleware.process_exception(request, error):
                return response
            raise
