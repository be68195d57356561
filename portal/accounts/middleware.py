"""Idle and absolute time-out, and the forced change of a first password."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

_SEEN, _BEGAN = "last_seen", "began"
_STAMP_EVERY_SECONDS = 60


class SessionLimitsMiddleware:
    """Ends idle and over-long sessions, sends first log-ins to the password page (等保2.0 8.1.4.1)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return _for_scripts(request, self.get_response(request))
        now = int(time.time())
        seen, began = request.session.get(_SEEN, now), request.session.get(_BEGAN, now)
        if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
            logout(request)
            return _for_scripts(request, redirect(_sign_in_again(request)))
        # Written once a minute, not on every request: a write per page view would lock SQLite needlessly.
        if now - seen >= _STAMP_EVERY_SECONDS or _SEEN not in request.session:
            request.session[_SEEN], request.session[_BEGAN] = now, began
        if request.user.must_change_password and request.path not in self._open_paths():
            return redirect("password_change")
        return self.get_response(request)

    @staticmethod
    def _open_paths() -> set[str]:
        return {reverse("password_change"), reverse("logout"), reverse("healthz")}


def _sign_in_again(request: HttpRequest) -> str:
    """Return the sign-in address that leads back; what was posted cannot be repeated, so not to it."""
    query = {"expired": "1"} | ({"next": request.get_full_path()} if request.method == "GET" else {})
    return f"{reverse('login')}?{urlencode(query)}"


def _for_scripts(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tell scripts that nobody is signed in instead of sending them the sign-in page."""
    to_login = response.status_code == 302 and response.headers["Location"].startswith(reverse("login"))
    if not to_login or not request.headers.get("Accept", "").startswith("application/json"):
        return response
    body = {
        "title": "登录已失效",
        "message": "您已退出登录，这次操作没有保存。请重新登录后再试。",
        "problems": [],
        "login": reverse("login"),
    }
    return JsonResponse(body, status=401, json_dumps_params={"ensure_ascii": False})
