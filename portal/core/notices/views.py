"""The inbox: list, open, mark as read."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.core.accounts.authentication import Request, signed_in
from portal.core.notices import actions
from portal.core.notices.models import Notice

_PER_PAGE = 30


@signed_in
def index(request: Request) -> HttpResponse:
    unread_only = request.GET.get("show") == "unread"
    notices = Notice.objects.filter(user=request.user)
    if unread_only:
        notices = notices.filter(read_at=None)
    page = Paginator(notices, _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/notices/list.html", {"page": page, "unread_only": unread_only})


@signed_in
@require_POST
def read(request: Request, notice_id: int) -> HttpResponse:
    notice = actions.mark_read(notice_id=notice_id, by=request.user)
    local = notice.url and url_has_allowed_host_and_scheme(notice.url, {request.get_host()})
    return redirect(notice.url if local else "notices:list")


@signed_in
@require_POST
def read_all(request: Request) -> HttpResponse:
    actions.mark_all_read(by=request.user)
    return redirect("notices:list")
