"""Signing in and out, one's own password, two-step sign-in."""

from typing import Any, cast

import segno
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from portal.core.accounts import actions, authentication, middleware
from portal.core.accounts.authentication import Request, public, signed_in
from portal.core.accounts.forms import CodeForm, FirstCodeForm, IdentityForm, PasswordForm, SignInForm, confirm_identity
from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=settings.HTTPS)
    # Only paths: a bare word would be taken for the name of a page by `redirect`.
    return wanted if safe and wanted.startswith("/") else reverse(settings.LOGIN_REDIRECT_URL)


@public
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The answer never says which of the two was wrong."""
    switching = "switch" in request.GET
    if request.user.is_authenticated and request.method != "POST" and not switching:
        return redirect(_next(request))
    username = request.POST.get("username", "")
    was_locked = request.method == "POST" and not AxesProxyHandler.is_allowed(request, {"username": username})
    form: AuthenticationForm = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = cast(User, form.get_user())
        if not authentication.has_two_step(user):
            return _signed_in(request, user, _next(request))
        authentication.set_pending(request, user, _next(request))
        return redirect("login_code")
    # While the account is locked nothing more is written, so that guessing cannot flood the trail.
    if request.method == "POST" and not was_locked:
        actions.note_failed_sign_in(username=username, locked=getattr(request, "axes_locked_out", False))
    context = {"form": form, "next": _next(request), "expired": "expired" in request.GET, "switching": switching}
    return render(request, "portal/accounts/sign_in.html", context)


def _signed_in(request: HttpRequest, user: User, leads_to: str) -> HttpResponse:
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    middleware.begin(request)
    actions.note_sign_in(by=user)
    response = redirect(leads_to)
    authentication.remember_browser(request, response, user)
    return response


@public
@sensitive_post_parameters()
def sign_in_code(request: HttpRequest) -> HttpResponse:
    waiting = authentication.pending(request)
    if waiting is None:
        return redirect("login")
    user, leads_to = waiting
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wrong = actions.verify_code(code=form.cleaned_data["code"], by=user)
        if not wrong:
            authentication.clear_pending(request)
            return _signed_in(request, user, leads_to)
        form.add_error("code", wrong)
    return render(request, "portal/accounts/code.html", {"form": form, "person": user.username})


@require_POST
@signed_in
def sign_out(request: Request) -> HttpResponse:
    actions.note_sign_out(by=request.user)
    logout(request)
    return redirect("login")


@signed_in
@sensitive_post_parameters()
def change_password(request: Request) -> HttpResponse:
    """Other sessions of the account end."""
    form = PasswordForm(request.POST or None, by=request.user)
    # The old one first: what is said of the new one must show nobody at an open page what the old one is.
    if request.method == "POST" and form.is_valid() and confirm_identity(request, form, "old_password"):
        try:
            user = actions.change_password(
                new=form.cleaned_data["new_password1"], name=form.cleaned_data.get("name", ""), by=request.user
            )
        except Invalid as error:
            form.add_error("new_password1", [str(problem) for problem in error.problems])
        else:
            update_session_auth_hash(request, user)
            messages.success(request, "密码已修改。")
            return redirect("home")
    context = {
        "form": form,
        "is_old": authentication.is_password_old(request.user),
        "days": settings.PASSWORD_MAX_AGE_DAYS,
    }
    return render(request, "portal/accounts/change_password.html", context)


@signed_in
@require_GET
def two_step_overview(request: Request) -> HttpResponse:
    return _two_step_page(request)


def _two_step_page(request: Request, form: IdentityForm | FirstCodeForm | None = None) -> HttpResponse:
    is_on, device = authentication.has_two_step(request.user), authentication.device_being_set_up(request.user)
    context: dict[str, Any] = {"is_on": is_on, "is_required": authentication.needs_two_step(request.user)}
    if is_on:
        context |= {"left": authentication.codes_left(request.user), "form": form or IdentityForm(by=request.user)}
    elif device:
        secret = device.config_url.partition("secret=")[2].partition("&")[0]
        context |= {
            "device": device,
            "form": form or FirstCodeForm(),
            "picture": segno.make(device.config_url).svg_data_uri(scale=5, border=4, dark="black", light="white"),
            "secret": [secret[at : at + 4] for at in range(0, len(secret), 4)],
        }
    else:
        context["form"] = form or IdentityForm(by=request.user)
    return render(request, "portal/accounts/two_step/page.html", context, status=400 if form else 200)


def _identity_errors(request: Request) -> IdentityForm | None:
    """None if the person proved who they are."""
    form = IdentityForm(request.POST, by=request.user)
    return None if form.is_valid() and confirm_identity(request, form) else form


@require_POST
@signed_in
@sensitive_post_parameters()
def begin_two_step(request: Request) -> HttpResponse:
    if form := _identity_errors(request):
        return _two_step_page(request, form)
    actions.begin_two_step(by=request.user)
    return redirect("two_step")


@require_POST
@signed_in
@sensitive_post_parameters()
def confirm_two_step(request: Request) -> HttpResponse:
    """The recovery codes are shown on this answer and nowhere else."""
    form = FirstCodeForm(request.POST)
    if authentication.device_being_set_up(request.user) is None:
        raise Conflict(actions.NOTHING_WAITS)
    if not form.is_valid():
        return _two_step_page(request, form)
    codes = actions.confirm_two_step(code=form.cleaned_data["code"], by=request.user)
    if codes is None:
        form.add_error("code", "验证码不正确。请核对手机时间是否准确，等应用换出新的验证码再输入。")
        return _two_step_page(request, form)
    middleware.begin(request)
    return _codes(request, codes)


@require_POST
@signed_in
@sensitive_post_parameters()
def renew_codes(request: Request) -> HttpResponse:
    if form := _identity_errors(request):
        return _two_step_page(request, form)
    return _codes(request, actions.renew_codes(by=request.user))


def _codes(request: Request, codes: list[str]) -> HttpResponse:
    # Answered directly, not after a redirect: the codes must pass through no session and no message.
    return render(request, "portal/accounts/two_step/codes.html", {"codes": codes})


@require_POST
@signed_in
@sensitive_post_parameters()
def turn_off_two_step(request: Request) -> HttpResponse:
    if form := _identity_errors(request):
        return _two_step_page(request, form)
    actions.turn_off_two_step(by=request.user)
    middleware.begin(request)
    messages.success(request, "两步验证已关闭。")
    return redirect("two_step")


@public
def locked_out(request: HttpRequest, credentials: dict | None = None, *args: object, **kwargs: object) -> HttpResponse:
    seconds = authentication.seconds_to_wait(request)
    if seconds:
        message = (
            f"您所在的网络地址上登录失败过多，为防止猜测密码，每 {authentication.PAUSE.seconds} 秒只接受一次登录。"
            f"请 {seconds} 秒后再试；用以前登录过的浏览器不受影响。"
        )
    else:
        seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
        message = (
            f"密码连续输错次数过多，这个账号在您的网络地址上暂停登录 {seconds // 60} 分钟。"
            "请稍后再试，或联系局管理员重置密码；他人在别处登录不受影响，用以前登录过的浏览器也不受影响。"
        )
    context = {"title": "登录已暂停", "status": 429, "message": message}
    response = render(request, "errors/error.html", context, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
