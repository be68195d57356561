"""Forms for signing in, for one's own password and for proving again who one is."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from portal.core.accounts import actions, authentication, queries
from portal.core.accounts.authentication import Request
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed


class LoginNameField(UsernameField):
    """A work account as typed: Django's field (plain characters, no capitals by themselves), without invisible marks."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        return typed if self.max_length and len(typed) > self.max_length else queries.plain_name(typed)


class SignInForm(AuthenticationForm):
    """Account and password."""

    username = LoginNameField(
        label="工作账号", max_length=50, help_text="不区分大小写", widget=forms.TextInput(attrs={"autofocus": True})
    )
    password = forms.CharField(
        label="密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": "账号或密码不正确。请检查后重试；连续输错 5 次将锁定 30 分钟。",
        "inactive": "账号或密码不正确。请检查后重试；连续输错 5 次将锁定 30 分钟。",
    }


def _password(label: str, autocomplete: str, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}), **more
    )


class PasswordForm(forms.Form):
    """The present password once, the new one twice; the action knows what the new one must be."""

    old_password = _password("旧密码", "current-password")
    new_password1 = _password("新密码", "new-password")
    new_password2 = _password("再输入一次新密码", "new-password")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        if by.is_unnamed:
            self.fields["name"] = forms.CharField(
                label="姓名",
                max_length=50,
                help_text=actions.NAME_WANTED,
                widget=forms.TextInput(attrs={"autocomplete": "name"}),
            )
            self.order_fields(["name"])
        kinds, former = (
            ("，包含大写字母、小写字母、数字、符号中的三类", "或最近 5 次用过的") if settings.DENGBAO else ("", "")
        )
        self.fields[
            "new_password1"
        ].help_text = f"至少 8 位{kinds}；不能与账号、姓名、电话相近，不能是常见密码，也不能是现在的{former}密码。"

    def clean_name(self) -> str:
        if self.cleaned_data["name"] == self.by.name:
            raise forms.ValidationError(actions.NAME_WANTED)
        return self.cleaned_data["name"]

    def clean_new_password2(self) -> str:
        again = self.cleaned_data["new_password2"]
        if again != self.cleaned_data.get("new_password1", again):
            raise forms.ValidationError("两次输入的新密码不一致，请重新输入。")
        return again


def _code(help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label="动态验证码",
        max_length=20,
        help_text=help_text or "验证应用里现在显示的 6 位数字；手机不在身边时填一个恢复码。每个只能用一次。",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "请输入动态验证码。"},
    )


class CodeForm(forms.Form):
    """A code of the app or a recovery code."""

    code = _code()


class FirstCodeForm(forms.Form):
    """The first code of an app being set up."""

    code = _code("验证应用里现在显示的 6 位数字。")


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
        if authentication.has_two_step(by):
            self.fields["code"] = _code()


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
