"""Signing in and out, one's own password."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal.accounts import actions
from portal.accounts.doors import public, signed_in
from portal.accounts.forms import PasswordForm, SignInForm


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=settings.HTTPS)
    return wanted if safe else settings.LOGIN_REDIRECT_URL


@public
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for account and password; the answer never tells which of the two was wrong."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form: AuthenticationForm = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        actions.note_sign_in(by=form.get_user())
        return redirect(_next(request))
    context = {"form": form, "next": _next(request), "expired": "expired" in request.GET}
    return render(request, "portal/accounts/sign_in.html", context)


@require_POST
@signed_in
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    actions.note_sign_out(by=request.user)
    logout(request)
    return redirect("login")


@signed_in
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """Set one's own password; other sessions of the account end."""
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = actions.change_password(new=form.cleaned_data["new_password1"], by=request.user)
        update_session_auth_hash(request, user)
        messages.success(request, "密码已修改。")
        return redirect("home")
    return render(request, "portal/accounts/change_password.html", {"form": form})


@public
def locked_out(request: HttpRequest, credentials: dict | None = None, *args: object, **kwargs: object) -> HttpResponse:
    """Answer sign-ins while account plus address are locked after too many failures."""
    context = {"title": "登录已暂停", "status": 429,
               "message": "密码连续输错次数过多,该账号在本机已锁定 30 分钟。请稍后再试,或联系局管理员重置密码。"}  # fmt: skip
    return render(request, "errors/error.html", context, status=429)
