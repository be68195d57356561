"""Forms for signing in and for one's own password."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from portal.core.accounts import actions, login_names
from portal.core.accounts.models import User


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
    """The present password once, the new one twice; what the new one must be the action says."""

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
