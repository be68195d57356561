"""The form that ends a school, merges it into another or lets it run again."""

from typing import Any

from django import forms
from django.utils import timezone

from portal.accounts.models import User
from portal.lib import fields
from schools.access.permissions import Perm
from schools.directory import queries, transitions
from schools.directory.models import School, Status
from schools.directory.transitions import MAX_REASON, Transition, Verb

_HELP = {
    Verb.MERGE: "从这一天起学校停办。学年初基准日在这一天之前的年度仍按原来的学校计入",
    Verb.CLOSE: "从这一天起学校停办。学年初基准日在这一天之前的年度仍计入",
    Verb.REOPEN: "从这一天起学校重新办学，学年初基准日在这一天或以后的年度重新计入",
}


class TransitionForm(forms.Form):
    """Day, successor, reason and what becomes of everything."""

    day = fields.Day(
        label="日期", initial=timezone.localdate,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    successor = forms.ModelChoiceField(
        School.objects.none(), label="并入学校", to_field_name="code", empty_label="请选择",
    )  # fmt: skip
    reason = forms.CharField(
        label="原因", max_length=MAX_REASON, help_text="例如批准文件的文号，记入变更记录",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, verb: Verb, school: School, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verb, self.school = verb, school
        self.fields["day"].label, self.fields["day"].help_text = f"{verb}日期", _HELP[verb]
        self.fields["reason"].label = f"{verb}的原因"
        if verb == Verb.MERGE:
            others = queries.schools(by, Perm.SCHOOL_EDIT).filter(district=school.district_id, status=Status.OPEN)
            self.fields["successor"].queryset = others.exclude(pk=school.pk)  # type: ignore[attr-defined]
            if school.closed_on:
                self.fields["day"].initial = school.closed_on
        else:
            del self.fields["successor"]
        has_successor = verb == Verb.MERGE or school.successor is not None
        self.topics = transitions.options(verb, has_successor)
        for topic, choices in self.topics.items():
            self.fields[topic] = forms.ChoiceField(
                label=transitions.TOPICS[topic], choices=list(choices.items()), widget=forms.RadioSelect,
                initial=next(iter(choices)),
            )  # fmt: skip

    def transition(self) -> Transition:
        """Return the change that is wanted; only after the form proved valid."""
        data = self.cleaned_data
        successor = data["successor"] if self.verb == Verb.MERGE else self.school.successor
        decisions = {topic: data[topic] for topic in self.topics}
        return Transition(self.verb, self.school, data["day"], successor, data["reason"], decisions)
