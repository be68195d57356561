"""Forms for signing in and for one's own password."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm


class SignInForm(AuthenticationForm):
    """Account and password."""

    username = forms.CharField(label="工作账号", max_length=50, widget=forms.TextInput(
        attrs={"autofocus": True, "autocomplete": "username"}))  # fmt: skip
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
