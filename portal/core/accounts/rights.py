"""Guards of views that need no particular right (every view carries one of these or `require`), and proof of identity."""

from collections.abc import Callable

from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from portal.core.accounts import actions
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed

View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """A request as a guarded view gets it: somebody is signed in (for type checks only)."""

    user: User  # type: ignore[assignment]


def public(view: View) -> View:
    view.required = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    guarded = login_required(view)
    guarded.required = "signed_in"  # type: ignore[attr-defined]
    return guarded


def confirm_identity(request: Request, form: forms.Form, field: str = "password") -> bool:
    """By password, and code if the form asks; errors go to their field.

    After too many the session ends: raises NotAllowed.
    """
    left = actions.confirm_password(password=form.cleaned_data[field], by=request.user)
    if left == 0:
        logout(request)
        raise NotAllowed(f"密码连续输错 {actions.MOST_WRONG} 次，为安全起见已退出登录，没有办理。请重新登录后再办理。")
    if left is not None:
        form.add_error(field, f"密码不正确，还可以再试 {left} 次，都不正确将退出登录。")
    # Only after the password: a code is spent by being checked.
    elif "code" in form.fields and (wrong := actions.verify_code(code=form.cleaned_data["code"], by=request.user)):
        form.add_error("code", wrong)
    return form.is_valid()
