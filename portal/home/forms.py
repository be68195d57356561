"""Filters of the boards, stored in the address."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from portal.core.audit.models import AuditEvent
from portal.core.jobs.models import Job
from portal.core.lib import fields, written
from portal.home import audit


class JobFilterForm(forms.Form):
    """Which jobs to list; an unknown value filters nothing."""

    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *Job.State.choices])

    def narrow(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        state = self.cleaned_data.get("state") if self.is_valid() else ""
        return jobs.filter(state=state) if state else jobs


class AuditFilterForm(forms.Form):
    """Which part of the trail to show; a field with an unknown value filters nothing."""

    actor = forms.CharField(label="操作人", required=False, max_length=50)
    action = forms.ChoiceField(label="操作", required=False)
    object = forms.CharField(label="对象", required=False, max_length=50)
    school = forms.CharField(label="学校标识码", required=False, max_length=10)
    since = fields.Day(label="从", required=False)
    until = fields.Day(label="到", required=False)
    failed = forms.BooleanField(label="只看未成功", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", "全部"), *audit.ACTIONS.items()]  # type: ignore[attr-defined]

    def narrow(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        self.is_valid()
        wanted = self.cleaned_data
        tests = {
            "action": wanted.get("action"),
            "school_code": written.digits(wanted.get("school") or ""),
            "at__date__gte": wanted.get("since"),
            "at__date__lte": wanted.get("until"),
        }
        events = events.filter(**{name: value for name, value in tests.items() if value})
        for name in ("actor", "object"):
            events = events.filter(fields.matching(wanted.get(name) or "", names=[f"{name}_name__contains"]))
        return events.filter(success=False) if wanted.get("failed") else events


class SampleForm(forms.Form):
    """One field of each kind, for the gallery of components."""

    name = forms.CharField(label="学校名称", help_text="按批文上的全称填写")
    kind = forms.ChoiceField(label="学校类型", choices=[("小学", "小学"), ("初级中学", "初级中学")])
    boarding = forms.BooleanField(label="寄宿制", required=False)
