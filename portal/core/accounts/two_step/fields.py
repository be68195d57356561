"""The field a one-time code is typed in."""

from django import forms


def code_field(help_text: str = "") -> forms.CharField:
    """Return the field for a code of the app or a recovery code."""
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
    """One code."""

    code = code_field()


class FirstCodeForm(forms.Form):
    """The first code of an app being set up."""

    code = code_field("验证应用里现在显示的 6 位数字。")
