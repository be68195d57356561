"""Every write carries the person its page was made for (一人一账号, also at a browser several people share)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse

from portal.core.errors import Conflict
from portal.core.lib import error_views

FIELD, HEADER = "page_person", "X-Page-Person"
_READING = ("GET", "HEAD", "OPTIONS")


class PagePersonMiddleware:
    """Refuses what a page of one person asks for in the session of another.

    Forms carry the person in a field beside their protection token (`csrf_token` writes both), scripts in a header.
    A cookie names the person signed in, so that a page notices the change before it sends anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_wrong(request):
            return _refused(request)
        response = self.get_response(request)
        _name_in_cookie(request, response)
        return response

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Refuse a browser's write that names nobody, once its protection token has been checked."""
        # Programs send no Origin and have no page that could belong to somebody else.
        from_page = request.method not in _READING and "Origin" in request.headers
        if from_page and request.user.is_authenticated and not _is_sign_in(request) and not _page_person(request):
            return _refused(request)
        return None

    @staticmethod
    def _is_wrong(request: HttpRequest) -> bool:
        if not request.user.is_authenticated or _is_sign_in(request):
            return False
        return _page_person(request) not in ("", str(request.user.pk))


def _page_person(request: HttpRequest) -> str:
    if HEADER in request.headers:
        return request.headers[HEADER]
    try:
        return request.POST.get(FIELD, "")
    except UnreadablePostError:
        return ""  # cut off on its way: the checks after this one answer it


def _is_sign_in(request: HttpRequest) -> bool:
    return request.path == reverse("login")


def _refused(request: HttpRequest) -> HttpResponse:
    error = Conflict(
        f"这个页面是用另一个账号打开的，而这个浏览器现在登录的是{request.user}。为免记到他人名下，这次操作没有保存。"
        "请由打开页面的人在新窗口重新登录，再回到原页面操作；要用现在的账号办理，请从工作台重新进入。"
    )
    if not request.headers.get("Accept", "").startswith("application/json"):
        return error_views.refused(request, error)
    body = {"title": "登录的账号已更换", "message": error.message, "problems": [], "login": switch_address()}
    return JsonResponse(body, status=error.status, json_dumps_params={"ensure_ascii": False})


def switch_address() -> str:
    """Return the sign-in page for somebody else than who is signed in."""
    return f"{reverse('login')}?switch=1"


def _name_in_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Name who is signed in to the scripts of pages open in this browser, for as long as the session lasts."""
    name = settings.PERSON_COOKIE_NAME
    if request.user.is_authenticated:
        response.set_cookie(
            name, str(request.user.pk), max_age=settings.SESSION_IDLE_SECONDS, secure=settings.HTTPS, samesite="Lax"
        )
    elif name in request.COOKIES:
        response.set_cookie(name, "", max_age=0, secure=settings.HTTPS, samesite="Lax")
