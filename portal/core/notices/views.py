"""The inbox: list, open, mark as read; the form of where the daily digest goes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.core.accounts.rights import Request, signed_in
from portal.core.errors import Invalid
from portal.core.notices import actions, channels
from portal.core.notices.models import Notice


class DigestForm(forms.Form):
    """One channel of this installation, or the inbox alone."""

    channel = forms.ChoiceField(label="每天汇总", required=False, widget=forms.RadioSelect)
    email = forms.EmailField(
        label="电子邮箱",
        required=False,
        max_length=200,
        help_text="选邮件时填写。请填自己的工作邮箱",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one.value, f"{one.label}，每天最多一次") for one in channels.for_people()]
        self.fields["channel"].choices = [("", "只在系统里看，不另外发送"), *offered]  # type: ignore[attr-defined]
        if channels.Channel.EMAIL not in channels.for_people():
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        return {"email": "", **(super().clean() or {})}


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


@signed_in
def digest(request: Request) -> HttpResponse:
    person = request.user
    form = DigestForm(request.POST or None, initial={"channel": person.digest, "email": person.email})
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_digest(**form.cleaned_data, by=person)
        except Invalid as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "已保存。")
            return redirect("notices:list")
    return render(request, "portal/notices/digest.html", {"form": form}, status=400 if form.errors else 200)
