"""Forms of schools' self-reports: a problem with its next step, the head's statement."""

from django import forms

from portal.core.accounts.forms import IdentityForm
from portal.core.lib.forms import Day


class SelfReportProblemForm(forms.Form):
    """A problem, what is done about it, who does it and by when; what is left blank is asked for before issuing."""

    text = forms.CharField(
        label="问题",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请写明问题。"},
        help_text="花括号里的是数据，印出来是数字，填报改了跟着变；可以改写。",
    )
    measure = forms.CharField(label="措施", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    responsible = forms.CharField(label="责任人", max_length=60, required=False)
    due_on = Day(label="完成时间", required=False, error_messages={"invalid": "请按 2026-03-31 的格式填写日期。"})
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class SelfReportSignForm(IdentityForm):
    """The head's statement under the self-report."""

    field_order = ["promise", "password"]

    promise = forms.BooleanField(
        label="我已核对报告的文字和数据，承诺真实、准确、完整，并对此负责。",
        error_messages={"required": "请先核对并勾选承诺，再签发。"},
    )
