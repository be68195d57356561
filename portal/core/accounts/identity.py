"""Asking somebody who is signed in to prove again who they are."""

from typing import Any

from django import forms
from django.contrib.auth import logout

from portal.core.accounts import actions
from portal.core.accounts.doors import Request
from portal.core.accounts.models import User
from portal.core.accounts.two_step import actions as two_step
from portal.core.accounts.two_step import devices
from portal.core.accounts.two_step.fields import code_field
from portal.core.errors import NotAllowed


class IdentityForm(forms.Form):
    """The password once more, and a code if the account signs in in two steps, for what only the person may do."""

    password = forms.CharField(
        label="登录密码",
        strip=False,
        help_text="请再输入一次您的登录密码，确认是您本人办理。",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "请输入您的登录密码。"},
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if devices.is_on(by):
            self.fields["code"] = code_field()


def confirm(request: Request, form: forms.Form, field: str = "password") -> bool:
    """Whether the form's password, and its code if it asks for one, are the person's own; what is wrong is said at its field.

    Raises NotAllowed after too many wrong ones; the session has ended then.
    """
    left = actions.confirm_password(password=form.cleaned_data[field], by=request.user)
    if left == 0:
        logout(request)
        raise NotAllowed(f"密码连续输错 {actions.MOST_WRONG} 次，为安全起见已退出登录，没有办理。请重新登录后再办理。")
    if left is not None:
        form.add_error(field, f"密码不正确，还可以再试 {left} 次，都不正确将退出登录。")
    # Only after the password: a code is spent by being checked.
    elif "code" in form.fields and (wrong := two_step.verify(code=form.cleaned_data["code"], by=request.user)):
        form.add_error("code", wrong)
    return form.is_valid()
