"""The form that ends a school, merges it into another or lets it run again."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.lib import fields
from schools.access.permissions import Perm
from schools.directory import queries, transitions
from schools.directory.models import School, Status
from schools.directory.transitions import MAX_REASON, Transition, Verb

_HELP = {
    Verb.MERGE: "从这一天起学校停办。学年初基准日在这一天之前的年度仍按原来的学校计入",
    Verb.CLOSE: "从这一天起学校停办。学年初基准日在这一天之前的年度仍计入",
    Verb.REOPEN: "从这一天起学校重新办学，学年初基准日在这一天或以后的年度重新计入",
}

# Asked where the pupils go to, or come from, other schools than a successor.
_SCATTERED = ("receivers", "elsewhere", "visited")


class TransitionForm(forms.Form):
    """Day, successor, reason and what becomes of everything."""

    day = fields.Day(
        label="日期",
        initial=timezone.localdate,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    successor = forms.ModelChoiceField(
        School.objects.none(),
        label="并入学校",
        to_field_name="code",
        empty_label="请选择",
    )
    reason = forms.CharField(
        label="原因",
        max_length=MAX_REASON,
        help_text="例如批准文件的文号，记入变更记录",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, verb: Verb, school: School, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verb, self.school = verb, school
        self.fields["day"].label, self.fields["day"].help_text = f"{verb}日期", _HELP[verb]
        self.fields["reason"].label = f"{verb}的原因"
        others = queries.schools(by, Perm.SCHOOL_EDIT).filter(district=school.district_id, status=Status.OPEN)
        if verb == Verb.MERGE:
            self.fields["successor"].queryset = others.exclude(pk=school.pk)  # type: ignore[attr-defined]
            if school.closed_on:
                self.fields["day"].initial = school.closed_on
        else:
            del self.fields["successor"]
        has_successor = verb == Verb.MERGE or school.successor is not None
        self.topics = transitions.options(verb, has_successor)
        for topic, choices in self.topics.items():
            self.fields[topic] = forms.ChoiceField(
                label=transitions.TOPICS[topic],
                choices=list(choices.items()),
                widget=forms.RadioSelect,
                initial=next(iter(choices)),
            )
        self._ask_receivers(others.exclude(pk=school.pk))

    @property
    def main(self) -> list[BoundField]:
        """What is always asked."""
        return [field for field in self if field.name not in _SCATTERED]

    @property
    def rest(self) -> list[BoundField]:
        """What is asked beside the receivers."""
        return [self[name] for name in _SCATTERED[1:] if name in self.fields]

    @property
    def shows_receivers(self) -> bool:
        """Whether the pupils go to other schools, as it stands."""
        return (self["pupils"].value() if "pupils" in self.fields else "elsewhere") == "elsewhere"

    def transition(self) -> Transition:
        """Return the change that is wanted; only after the form proved valid."""
        data = self.cleaned_data
        successor = data["successor"] if self.verb == Verb.MERGE else self.school.successor
        decisions = {topic: data[topic] for topic in self.topics}
        # A school that was merged into none has nothing to decide: its pupils come from wherever they are.
        scattered = decisions.get("pupils", "elsewhere") == "elsewhere"
        receivers = tuple(data["receivers"]) if scattered else ()
        elsewhere = data.get("elsewhere", "") if scattered and not receivers else ""
        visited = data.get("visited") or successor or next(iter(receivers), None)
        return Transition(
            self.verb,
            self.school,
            data["day"],
            successor,
            data["reason"],
            decisions,
            receivers,
            elsewhere,
            visited if decisions.get("visits") == "move" else None,
        )

    def _ask_receivers(self, others: QuerySet[School]) -> None:
        """Where the pupils go, or come from, if not to a successor; and where planned visits go instead."""
        again = self.verb == Verb.REOPEN
        self.fields["receivers"] = forms.ModelMultipleChoiceField(
            others,
            label="学生从哪些学校转回" if again else "接收学生的学校",
            required=False,
            to_field_name="code",
            help_text="可选多所；它们已交的填报将退回重填学生数",
            widget=forms.CheckboxSelectMultiple,
        )
        if again:
            return
        self.fields["elsewhere"] = forms.CharField(
            label="没有本区学校接收的，学生的去向",
            max_length=MAX_REASON,
            required=False,
            help_text="例如转到外区县的学校；选了接收学校的不填",
        )
        if self.verb == Verb.CLOSE:
            self.fields["visited"] = forms.ModelChoiceField(
                others,
                label="督导改到哪所接收学校",
                to_field_name="code",
                required=False,
                empty_label="第一所接收学校",
                help_text="“已安排的督导”选“改到接收学校”时用",
            )
