"""Pages of where the daily digest goes, and the one a link in a mail leads to."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal.core.accounts.authentication import Request, signed_in
from portal.core.addresses import actions, queries
from portal.core.errors import Conflict, Invalid
from portal.core.notices import channels


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


@signed_in
def digest(request: Request) -> HttpResponse:
    person = request.user
    form = DigestForm(request.POST or None, initial={"channel": person.digest, "email": person.email})
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.choose_digest(**form.cleaned_data, by=person)
        except Invalid as error:
            form.add_error(None, error.lines)
        else:
            if person.digest != channels.Channel.EMAIL or person.email_confirmed_at:
                messages.success(request, "已保存。")
                return redirect("notices:list")
            messages.success(request, f"已保存。确认邮件发到 {person.email}，打开里面的网址确认以后才会发汇总。")
            return redirect("notices:digest")
    context = {"form": form, "person": person, "valid_days": queries.VALID_FOR.days}
    return render(request, "portal/notices/digest.html", context, status=400 if form.errors else 200)


@signed_in
@require_POST
def ask_again(request: Request) -> HttpResponse:
    try:
        actions.ask_again(by=request.user)
    except (Invalid, Conflict) as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, f"确认邮件已发到 {request.user.email}。")
    return redirect("notices:digest")


@signed_in
@require_http_methods(["GET", "POST"])
def confirm_email(request: Request, token: str) -> HttpResponse:
    """GET changes nothing: mail scanners open links too."""
    if request.method == "POST":
        actions.confirm_email(token=token, by=request.user)
        messages.success(request, f"邮箱 {request.user.email} 已确认，每日汇总会发到这里。")
        return redirect("notices:digest")
    queries.ensure_valid(request.user, token)
    return render(request, "portal/notices/confirm_email.html", {"token": token})
