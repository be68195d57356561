"""Idle and absolute time-out, the forced change of a first or too old password, the second step where a role asks for it."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from portal.core.accounts import passwords
from portal.core.accounts.models import User
from portal.core.accounts.two_step import devices

_SEEN, _BEGAN, _TWO_STEP = "last_seen", "began", "two_step"
_STAMP_EVERY_SECONDS = 60


def begin(request: HttpRequest) -> None:
    """Note when the session of somebody who just signed in, or turned the second step on or off, began."""
    request.session.pop(_TWO_STEP, None)
    request.session[_SEEN] = request.session[_BEGAN] = time.time()


class SessionLimitsMiddleware:
    """Ends idle and over-long sessions, sends first log-ins to the password page (等保2.0 8.1.4.1)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            response = self.get_response(request)
            if _leads_to_sign_in(response) and request.method != "GET":
                response = redirect(_sign_in_again(request))
            return _for_scripts(request, response)
        now = time.time()
        seen, began = request.session.get(_SEEN, now), request.session.get(_BEGAN, now)
        ended = request.user.sessions_ended_at
        is_over = now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE
        if is_over or (ended and began < ended.timestamp()):
            logout(request)
            return _for_scripts(request, redirect(_sign_in_again(request)))
        # Written once a minute, not on every request: a write per page view would lock SQLite needlessly.
        if now - seen >= _STAMP_EVERY_SECONDS or _SEEN not in request.session:
            request.session[_SEEN], request.session[_BEGAN] = now, began
        if passwords.is_change_due(request.user) and request.path not in self._open_paths():
            return redirect("password_change")
        if self._lacks_second_step(request, request.user) and request.path not in self._open_paths():
            return redirect("two_step")
        return self.get_response(request)

    @staticmethod
    def _open_paths() -> set[str]:
        names = ("password_change", "logout", "healthz", "two_step", "two_step_begin", "two_step_confirm")
        return {reverse(name) for name in names}

    @staticmethod
    def _lacks_second_step(request: HttpRequest, user: User) -> bool:
        """Whether a role asks for two-step sign-in and the account does not have it; asked once a session if it has."""
        if request.session.get(_TWO_STEP) or not devices.is_required(user):
            return False
        if devices.is_on(user):
            request.session[_TWO_STEP] = True
            return False
        return True


def _sign_in_again(request: HttpRequest) -> str:
    """Return the sign-in address that leads back: after a post to the page its form stood on, never to the action."""
    page = request.get_full_path() if request.method == "GET" else _page_of_form(request)
    query = {"expired": "1"} | ({"next": page} if page else {})
    return f"{reverse('login')}?{urlencode(query)}"


def _page_of_form(request: HttpRequest) -> str:
    """The page a posted form stood on, if it is ours and not the address of an action itself."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host() or came_from.path == request.path:
        return ""
    return urlunsplit(("", "", came_from.path, came_from.query, ""))


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith(reverse("login"))


def _for_scripts(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Answer scripts that nobody is signed in instead of sending them the sign-in page."""
    if not _leads_to_sign_in(response) or not request.headers.get("Accept", "").startswith("application/json"):
        return response
    body = {
        "title": "登录已失效",
        "message": "您已退出登录，这次操作没有保存。请重新登录后再试。",
        "problems": [],
        "login": reverse("login"),
    }
    return JsonResponse(body, status=401, json_dumps_params={"ensure_ascii": False})
