"""Forms of the public page: what it shows, a notice, a complaint, and what becomes of it."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone

from indicators.results.milestones.models import Milestone
from inspections.publicity import queries
from inspections.publicity.actions import SentComplaint
from inspections.publicity.models import Complaint, PublicNotice, PublicPage
from inspections.rectification import queries as ledger
from inspections.rectification.models import Finding
from inspections.rectification.workflow import FindingContent
from portal.core.accounts.models import User
from portal.core.lib import written
from portal.core.lib.forms import Day
from schools.directory.models import School


class PageForm(forms.Form):
    """What of a district is public."""

    is_open = forms.BooleanField(label="对外公开（任何人不用登录就能看）", required=False)
    milestone = forms.ModelChoiceField(
        Milestone.objects.none(),
        label="公开的评估结论",
        required=False,
        empty_label="不公开",
        help_text="只能选冻结的节点，公开结论、参评和达标的学校（学段）数，不公开各校数据",
    )
    shows_results = forms.BooleanField(
        label="公开督导结果", required=False, help_text="已签发的“督导结果公开稿”，撤回后随即不再显示"
    )
    takes_complaints = forms.BooleanField(label="接收群众反映", required=False)
    answer_days = forms.IntegerField(label="答复期限（日）", min_value=1, max_value=90)

    def __init__(self, *args: Any, user: User, page: PublicPage, **kwargs: Any) -> None:
        names = ("is_open", "milestone", "shows_results", "takes_complaints", "answer_days")
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(page, name) for name in names}
        self.fields["milestone"].queryset = queries.milestones(user, page.district)  # type: ignore[attr-defined]


class NoticeForm(forms.Form):
    """A notice to be published at once."""

    kind = forms.ChoiceField(label="类别", choices=PublicNotice.Kind.choices)
    title = forms.CharField(label="标题", max_length=80)
    text = forms.CharField(label="正文", max_length=20_000, widget=forms.Textarea(attrs={"rows": 8}))


class ComplaintForm(forms.Form):
    """What somebody reports; `website` is for programs only, people do not see it."""

    school = forms.ModelChoiceField(
        School.objects.none(), label="反映哪所学校", required=False, empty_label="不是某一所学校的事"
    )
    # Checked here and not on its way in, so that what was written stays in the page.
    f_text = forms.CharField(
        label="反映的情况",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="请写明时间、地点、什么事。2000 字以内，不要写别人的身份证号、手机号",
        error_messages={"required": "请写明反映的情况。", "max_length": "最多 2000 字，请精简。"},
    )
    phone = forms.CharField(
        label="您的联系方式（可以不填）", required=False, max_length=60, help_text="只有办理的人看得到，只用来核实情况"
    )
    website = forms.CharField(required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, page: PublicPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = queries.schools(page)  # type: ignore[attr-defined]

    def add_prefix(self, field_name: str) -> str:
        """As `f-…` a text is not looked into before it is here."""
        return super().add_prefix(field_name).replace("f_text", "f-text")

    def clean_f_text(self) -> str:
        text = written.prose(self.cleaned_data["f_text"]).strip()
        if refusal := written.refusal(text):
            raise forms.ValidationError(
                f"{refusal.partition('，')[0]}，请删去号码后再提交；您自己的号码请填在“联系方式”里。"
            )
        return text

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError("请清空这一栏再提交：它是用来挡住自动程序的。")
        return ""

    def sent(self) -> SentComplaint:
        data = self.cleaned_data
        return SentComplaint(data["school"], data["f_text"], data["phone"], data["form_key"])


class AcceptForm(forms.Form):
    """The finding a complaint becomes."""

    indicator = forms.ChoiceField(label="指标")
    problem = forms.CharField(label="问题描述", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    requirement = forms.CharField(label="整改要求", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    category = forms.ChoiceField(label="类别", choices=Finding.Category.choices)
    due_on = Day(label="整改期限")
    despite = forms.CharField(label="已有同类问题仍要登记的原因（没有不填）", required=False, max_length=200)

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"problem": complaint.text, "due_on": max(complaint.due_on, timezone.localdate())}
        choices = ledger.indicator_choices([complaint.district_id])
        self.fields["indicator"].choices = choices  # type: ignore[attr-defined]

    def content(self) -> FindingContent:
        return FindingContent(**{name: value for name, value in self.cleaned_data.items() if name != "despite"})


class AnswerTextForm(forms.Form):
    """The answer to a complaint."""

    text = forms.CharField(label="答复", max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class ReceiptForm(forms.Form):
    """The receipt somebody asks with."""

    receipt = forms.CharField(label="查询码", max_length=40)
