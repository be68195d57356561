"""Pages of two-step sign-in."""

from typing import Any

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from portal.core.accounts import identity, middleware
from portal.core.accounts.doors import Request, signed_in
from portal.core.accounts.identity import IdentityForm
from portal.core.accounts.two_step import actions, devices
from portal.core.accounts.two_step.fields import FirstCodeForm
from portal.core.errors import Conflict


@signed_in
@require_GET
def overview(request: Request) -> HttpResponse:
    """Show whether two-step sign-in is on, and what can be done about it."""
    return _page(request)


def _page(request: Request, form: IdentityForm | FirstCodeForm | None = None) -> HttpResponse:
    is_on, device = devices.is_on(request.user), devices.being_set_up(request.user)
    context: dict[str, Any] = {"is_on": is_on, "is_required": devices.is_required(request.user)}
    if is_on:
        context |= {"left": devices.codes_left(request.user), "form": form or IdentityForm(by=request.user)}
    elif device:
        secret = device.config_url.partition("secret=")[2].partition("&")[0]
        context |= {
            "device": device,
            "form": form or FirstCodeForm(),
            "picture": segno.make(device.config_url).svg_data_uri(scale=5, border=4, dark="#000", light="#fff"),
            "secret": [secret[at : at + 4] for at in range(0, len(secret), 4)],
        }
    else:
        context["form"] = form or IdentityForm(by=request.user)
    return render(request, "portal/accounts/two_step/page.html", context, status=400 if form else 200)


def _proved(request: Request) -> IdentityForm | None:
    """The form with what is wrong, None if the person proved who they are."""
    form = IdentityForm(request.POST, by=request.user)
    return None if form.is_valid() and identity.confirm(request, form) else form


@require_POST
@signed_in
@sensitive_post_parameters()
def begin(request: Request) -> HttpResponse:
    """Show a secret for the app, after the password."""
    if form := _proved(request):
        return _page(request, form)
    actions.begin(by=request.user)
    return redirect("two_step")


@require_POST
@signed_in
@sensitive_post_parameters()
def confirm(request: Request) -> HttpResponse:
    """Turn it on with the app's first code; the recovery codes are shown on the answer and nowhere else."""
    form = FirstCodeForm(request.POST)
    if devices.being_set_up(request.user) is None:
        raise Conflict(actions.NOTHING_WAITS)
    if not form.is_valid():
        return _page(request, form)
    codes = actions.confirm(code=form.cleaned_data["code"], by=request.user)
    if codes is None:
        form.add_error("code", "验证码不正确。请核对手机时间是否准确，等应用换出新的验证码再输入。")
        return _page(request, form)
    middleware.begin(request)
    return _codes(request, codes)


@require_POST
@signed_in
@sensitive_post_parameters()
def renew_codes(request: Request) -> HttpResponse:
    """Replace the recovery codes."""
    if form := _proved(request):
        return _page(request, form)
    return _codes(request, actions.renew_codes(by=request.user))


def _codes(request: Request, codes: list[str]) -> HttpResponse:
    # Answered directly, not after a redirect: the codes must pass through no session and no message.
    return render(request, "portal/accounts/two_step/codes.html", {"codes": codes})


@require_POST
@signed_in
@sensitive_post_parameters()
def turn_off(request: Request) -> HttpResponse:
    """Sign in with the password alone again."""
    if form := _proved(request):
        return _page(request, form)
    actions.turn_off(by=request.user)
    middleware.begin(request)
    messages.success(request, "两步验证已关闭。")
    return redirect("two_step")
