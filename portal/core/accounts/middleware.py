"""Limits of a session (time-outs, a password to change, a second step to set up), and the person its pages were made for."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from portal.core.accounts import authentication
from portal.core.errors import Conflict
from portal.core.lib import views

# Every write carries the person its page was made for (一人一账号, also at a browser several people share).
FIELD, HEADER = "page_person", "X-Page-Person"
_READING = ("GET", "HEAD", "OPTIONS")
_SEEN, _BEGAN, _TWO_STEP = "last_seen", "began", "two_step"
_STAMP_EVERY_SECONDS = 60


def begin(request: HttpRequest) -> None:
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
        due = ""
        if authentication.is_password_change_due(request.user):
            due = "password_change"
        elif not request.session.get(_TWO_STEP) and authentication.needs_two_step(request.user):
            # Asked once a session.
            if authentication.has_two_step(request.user):
                request.session[_TWO_STEP] = True
            else:
                due = "two_step"
        open_names = ("password_change", "logout", "healthz", "two_step", "two_step_begin", "two_step_confirm")
        if due and request.path not in {reverse(name) for name in open_names}:
            return _first(request, due)
        return self.get_response(request)


def _sign_in_again(request: HttpRequest) -> str:
    """Leads back to the page; after a post to the page of its form, never to the action."""
    page = request.get_full_path()
    if request.method != "GET":
        came_from = urlsplit(request.headers.get("Referer", ""))
        is_ours = came_from.netloc == request.get_host() and came_from.path != request.path
        page = urlunsplit(("", "", came_from.path, came_from.query, "")) if is_ours else ""
    query = {"expired": "1"} | ({"next": page} if page else {})
    return f"{reverse('login')}?{urlencode(query)}"


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith(reverse("login"))


def _first(request: HttpRequest, due: str) -> HttpResponse:
    """What is due before anything else. A script gets an error: it would take a redirect for success."""
    if request.method in _READING or not request.headers.get("Accept", "").startswith("application/json"):
        return redirect(due)
    what = {"password_change": "修改密码", "two_step": "开启两步验证"}[due]
    body = {
        "title": f"请先{what}",
        "message": f"您的账号要先{what}，这次操作没有保存。请在新窗口办好，再回到本页提交一次。",
        "problems": [],
        "login": reverse("login"),
        "offer": {"url": reverse(due), "label": f"在新窗口{what}"},
    }
    return JsonResponse(body, status=409, json_dumps_params={"ensure_ascii": False})


def _for_scripts(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not _leads_to_sign_in(response) or not request.headers.get("Accept", "").startswith("application/json"):
        return response
    body = {
        "title": "登录已失效",
        "message": "您已退出登录，这次操作没有保存。请重新登录后再试。",
        "problems": [],
        "login": reverse("login"),
    }
    return JsonResponse(body, status=401, json_dumps_params={"ensure_ascii": False})


class PagePersonMiddleware:
    """Refuses what a page of one person asks for in the session of another.

    Forms carry the person in a field next to their protection token (`csrf_token` writes both), scripts in a header.
    A cookie names the person signed in, so that a page notices the change before it sends anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_inside = request.user.is_authenticated and request.path != reverse("login")
        if is_inside and _page_person(request) not in ("", str(request.user.pk)):
            return _refused(request)
        response = self.get_response(request)
        # Names who is signed in to the scripts of pages open in this browser, for as long as the session lasts.
        name, person, seconds = settings.PERSON_COOKIE_NAME, "", 0
        if request.user.is_authenticated:
            person, seconds = str(request.user.pk), settings.SESSION_IDLE_SECONDS
        if person or name in request.COOKIES:
            response.set_cookie(name, person, max_age=seconds, secure=settings.HTTPS, samesite="Lax")
        return response

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """A browser's write that names nobody, once its protection token has been checked."""
        # Programs send no Origin and have no page that could belong to somebody else.
        from_page = request.method not in _READING and "Origin" in request.headers
        if from_page and request.user.is_authenticated and request.path != reverse("login"):
            return None if _page_person(request) else _refused(request)
        return None


def _page_person(request: HttpRequest) -> str:
    if HEADER in request.headers:
        return request.headers[HEADER]
    try:
        return request.POST.get(FIELD, "")
    except UnreadablePostError:
        return ""  # cut off on its way: the checks after this one answer it


def _refused(request: HttpRequest) -> HttpResponse:
    error = Conflict(
        f"这个页面是用另一个账号打开的，而这个浏览器现在登录的是{request.user}。为免记到他人名下，这次操作没有保存。"
        "请由打开页面的人在新窗口重新登录，再回到原页面操作；要用现在的账号办理，请从工作台重新进入。"
    )
    if not request.headers.get("Accept", "").startswith("application/json"):
        return views.refused(request, error)
    body = {
        "title": "登录的账号已更换",
        "message": error.message,
        "problems": [],
        "login": f"{reverse('login')}?switch=1",
    }
    return JsonResponse(body, status=error.status, json_dumps_params={"ensure_ascii": False})
