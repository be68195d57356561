"""Forms of visits: filters, the plan, one answer, the end."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from indicators.standard.engine import NotApplicable
from inspections.checklists import queries as checklists
from inspections.checklists.questions import Question
from inspections.rectification.forms import FilesField, FilesInput
from inspections.recusals import queries as recusals
from inspections.recusals.rights import Fitness
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.accounts.models import User
from portal.core.files import uploads
from portal.core.lib.forms import Day, ListFilter, Number, SortFilter, TickFilter, WordsFilter, ranked
from schools.access.scope import Perm, visible
from schools.directory.models import School, Status

# A figure's box and its tick, before the code of the figure; the templates write them too.
FIGURE, NONE = "figure-", "none-"


class VisitFilter(ListFilter):
    """Which visits to list."""

    school = WordsFilter(label="学校名称", names=["school__name__icontains"])
    state = django_filters.ChoiceFilter(choices=Visit.State.choices, label="状态")
    kind = django_filters.ChoiceFilter(choices=Visit.Kind.choices, label="类型")
    mine = TickFilter(label="只看我参加的", method="filter_mine")
    sort = SortFilter(
        school=("school__name",),
        planned=("planned_on",),
        kind=(ranked("kind", Visit.Kind.values), "planned_on"),
        leader=("leader__name", "planned_on"),
        state=(ranked("state", Visit.State.values), "planned_on"),
    )

    def filter_mine(self, rows: QuerySet[Visit], name: str, value: bool) -> QuerySet[Visit]:
        return rows.filter(team=self.request.user)


class TeamForm(forms.Form):
    """Who goes; only inspectors within the planner's reach can be chosen."""

    leader = forms.ModelChoiceField(
        User.objects.none(),
        label="组长",
        empty_label="请选择",
        help_text="专项督导、综合督导可以由局领导带队，局领导不计入督学人数。",
    )
    team = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="成员",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="专项督导、综合督导须有 3 名以上督学（《教育督导条例》第十六条）。",
    )

    def __init__(self, *args: Any, people: QuerySet[User], leaders: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("leader", leaders), ("team", people)):
            self.fields[name].queryset = choices  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = lambda person: person.name  # type: ignore[attr-defined]


class ChangeTeamForm(TeamForm):
    """Another team for a visit, and why; who may not inspect the school that day is not offered."""

    reason = forms.CharField(label="调整的原因", max_length=200, help_text="学校看得到，请不要写个人情况。")

    def __init__(self, *args: Any, user: User, visit: Visit, **kwargs: Any) -> None:
        people, leaders = (recusals.inspectors(user, Perm.VISIT_PLAN, *also) for also in ((), (Perm.VISIT_LEAD,)))
        fitness = Fitness(leaders)
        fit = [one.pk for one in leaders if not fitness.problem(one, visit.school, visit.goes_on, leads=True)]
        initial = {"leader": visit.leader_id, "team": [person.pk for person in visit.team.all()]}
        super().__init__(
            *args,
            people=people.filter(pk__in=fit),
            leaders=leaders.filter(pk__in=fit),
            initial=initial,
            auto_id="team_%s",
            **kwargs,
        )


class PlanForm(TeamForm):
    """Plan a visit; only schools within the planner's reach can be chosen."""

    school = forms.ModelChoiceField(School.objects.none(), label="学校", empty_label="请选择")
    kind = forms.ChoiceField(label="类型", choices=Visit.Kind.choices, initial=Visit.Kind.REGULAR)
    template = forms.ChoiceField(
        label="专项事项", required=False, help_text="专项督导按事项只问有关的题；其他类型不用选。"
    )
    is_follow_up = forms.BooleanField(
        label="回访：先看以前的问题，逐个写整改结论", required=False, help_text="包括没有销号的和近一年销号的。"
    )
    subject = forms.CharField(label="督导事项", max_length=200, help_text="例如：音乐、美术教室配备和使用情况")
    planned_on = Day(label="计划日期")
    notice_no = forms.CharField(label="通知文号", max_length=40, required=False)
    field_order = ("school", "kind", "template", "subject", "planned_on", "leader", "team", "notice_no")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        people = recusals.inspectors(user, Perm.VISIT_PLAN)
        leaders = recusals.inspectors(user, Perm.VISIT_PLAN, Perm.VISIT_LEAD)
        super().__init__(*args, people=people, leaders=leaders, **kwargs)
        schools = visible(user, School.objects.filter(status=Status.OPEN).order_by("code"), Perm.VISIT_PLAN)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        matters = checklists.matters(set(schools.order_by().values_list("district", flat=True)))
        self.fields["template"].choices = [("", "不分事项"), *matters]  # type: ignore[attr-defined]
        self.fields["planned_on"].widget.attrs["min"] = timezone.localdate().isoformat()
        if not self.is_bound and people.filter(pk=user.pk).exists():
            self.initial.setdefault("leader", user.pk)

    def clean_template(self) -> str:
        """Ignored for another kind."""
        return str(self.cleaned_data["template"]) if self.cleaned_data.get("kind") == Visit.Kind.SPECIAL else ""


class CancelForm(forms.Form):
    """Why a visit is cancelled."""

    reason = forms.CharField(label="取消原因", max_length=200)


class RescheduleForm(forms.Form):
    """Another day for a planned visit, and why."""

    planned_on = Day(label="改到")
    reason = forms.CharField(label="改期原因", max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["planned_on"].widget.attrs["min"] = timezone.localdate().isoformat()


class PaperForm(forms.Form):
    """What was written on paper on site: the day on it and a photo of every page."""

    seen_on = Day(label="实际日期", help_text="按纸质记录上写的日期填。")
    pages = FilesField(
        label="纸质记录的照片",
        help_text="签名的每一页都拍下来，可以一次选多张。",
        widget=FilesInput(attrs={"accept": uploads.ACCEPT_PHOTOS}),
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id="paper_%s")
        self.fields["seen_on"].widget.attrs["max"] = timezone.localdate().isoformat()


class AnswerForm(forms.Form):
    """One answer of the checklist, with a box and a tick (不适用) for each figure of the question."""

    seen = forms.ChoiceField(
        choices=ChecklistAnswer.Seen.choices,
        required=False,
        error_messages={"invalid_choice": "结果只能是：是、否、未查看"},
    )
    found = forms.CharField(
        max_length=60, required=False, error_messages={"max_length": "现场值最多 60 个字，现有 %(show_value)d 个字"}
    )
    note = forms.CharField(
        max_length=300, required=False, error_messages={"max_length": "说明最多 300 个字，现有 %(show_value)d 个字"}
    )
    version = forms.IntegerField(min_value=0)

    def __init__(self, *args: Any, asked: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for figure in asked.figures:
            wrong = {"invalid": f"{figure.label}：应填数字，只填数字，不带单位和文字"}
            self.fields[f"{FIGURE}{figure.code}"] = Number(required=False, error_messages=wrong)
            self.fields[f"{NONE}{figure.code}"] = forms.BooleanField(required=False)

    def answer(self) -> dict[str, Any]:
        """For `save_answer`; an old page sends no figures, and none change."""
        sent, values = (
            self.cleaned_data,
            {name: self.cleaned_data[name] for name in ("seen", "found", "note", "version")},
        )
        codes = [figure.code for figure in self.asked.figures if f"{FIGURE}{figure.code}" in self.data]
        amounts = {
            code: NotApplicable("") if sent[f"{NONE}{code}"] else sent[f"{FIGURE}{code}"]
            for code in codes
            if sent[f"{NONE}{code}"] or sent[f"{FIGURE}{code}"] is not None
        }
        return values | {"figures": amounts if codes else None}


def figure_fields(answer: ChecklistAnswer) -> dict[str, str]:
    return {
        f"{NONE if 'not_applicable' in amount else FIGURE}{code}": amount.get("value", "on")
        for code, amount in answer.figures.items()
    }


class FinishForm(forms.Form):
    """The end of a visit."""

    summary = forms.CharField(label="督导小结", max_length=5000, widget=forms.Textarea(attrs={"rows": 5}))
    accept_unanswered = forms.BooleanField(label="未作答的题不再作答", required=False)
    hold = forms.BooleanField(
        label="问题随督导意见书派发",
        required=False,
        help_text="先反馈初步督导意见、听取申辩；签发督导意见书时派发给学校。立行立改的问题仍在完成时派发。",
    )

    witness = forms.CharField(label="校方在场人员", max_length=50, required=False, help_text="姓名和职务。")
    signature = forms.FileField(
        label="校方在场人员签名",
        required=False,
        widget=forms.FileInput(attrs={"accept": uploads.ACCEPT_PHOTOS, "data-signature": ""}),
        help_text="请在上面的框里用手指或鼠标签名；也可以拍下签字的纸。",
    )

    def __init__(self, *args: Any, visit: Visit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if visit.kind == Visit.Kind.REGULAR:
            del self.fields["hold"]
