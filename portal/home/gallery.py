"""Sample data for the gallery of components (shown while developing only)."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone

from portal.core.jobs.models import Job


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="学校名称", help_text="按批文上的全称填写")
    kind = forms.ChoiceField(label="学校类型", choices=[("小学", "小学"), ("初级中学", "初级中学")])
    boarding = forms.BooleanField(label="寄宿制", required=False)


def context() -> dict[str, Any]:
    """Return one example of every component's parameters."""
    now = timezone.now()
    ended = [
        Job(pk=1, title="编制整改报告", state=Job.State.DONE, result={"url": "/"}),
        Job(pk=2, title="运行评估", state=Job.State.FAILED, error="甲小学的填报已被退回。"),
    ]
    return {
        "tones": [("ok", "达标"), ("warn", "临界"), ("bad", "未达标"), ("info", "审核中"), ("muted", "未开始")],
        "entries": [
            {"at": now, "title": "提交", "by": "甲校校长", "text": "第 1 次提交", "tone": "info"},
            {"at": now, "title": "退回", "by": "业务审核员", "text": "班级名册与在校生数不符", "tone": "bad"},
        ],
        "steps": [
            {"label": "填报", "state": "done"},
            {"label": "签发", "state": "now", "note": "校长"},
            {"label": "审核", "state": "todo"},
        ],
        "jobs": ended,
        "page": Paginator(range(95), 20).get_page(2),
        "form": SampleForm(),
    }
