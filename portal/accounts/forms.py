"""Forms for signing in and for one's own password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UsernameField

from portal.accounts import login_names


class LoginNameField(UsernameField):
    """A work account as typed: Django's field (plain characters, no capitals by themselves), without invisible marks."""

    def to_python(self, value: Any) -> str:
        """Return the name in plain characters, without blanks and marks nobody sees."""
        typed = super().to_python(value) or ""
        return typed if self.max_length and len(typed) > self.max_length else login_names.tidy(typed)


class SignInForm(AuthenticationForm):
    """Account and password."""

    username = LoginNameField(
        label="工作账号", max_length=50, help_text="不区分大小写", widget=forms.TextInput(attrs={"autofocus": True})
    )
    password = forms.CharField(label="密码", strip=False, widget=forms.PasswordInput(
        attrs={"autocomplete": "current-password"}))  # fmt: skip
    error_messages = {
        "invalid_login": "账号或密码不正确。请检查后重试；连续输错 5 次将锁定 30 分钟。",
        "inactive": "账号或密码不正确。请检查后重试；连续输错 5 次将锁定 30 分钟。",
    }


class PasswordForm(PasswordChangeForm):
    """The old password once, the new one twice."""

    error_messages = PasswordChangeForm.error_messages | {"password_incorrect": "旧密码不正确，请重新输入。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "new_password1"
        ].help_text = "至少 8 位，包含大写字母、小写字母、数字、符号中的三类；不能与账号、姓名相近，也不能是常见密码。"
        self.fields["new_password2"].help_text = "再输入一次新密码。"
