"""Idle time-out and the forced change of a first password."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

_STAMP = "last_seen"
_STAMP_EVERY_SECONDS = 60


class SessionLimitsMiddleware:
    """Signs out idle sessions and sends first log-ins to the password page (等保2.0 8.1.4.1)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        now = int(time.time())
        seen = request.session.get(_STAMP, now)
        if now - seen > settings.SESSION_IDLE_SECONDS:
            logout(request)
            return redirect(f"{reverse('login')}?expired=1&next={request.get_full_path()}")
        # Written once a minute, not on every request: a write per page view would lock SQLite needlessly.
        if now - seen >= _STAMP_EVERY_SECONDS or _STAMP not in request.session:
            request.session[_STAMP] = now
        if request.user.must_change_password and request.path not in self._open_paths():
            messages.info(request, "首次登录,请先设置自己的密码。")
            return redirect("password_change")
        return self.get_response(request)

    @staticmethod
    def _open_paths() -> set[str]:
        return {reverse("password_change"), reverse("logout"), reverse("healthz")}
