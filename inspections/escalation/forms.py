"""Forms of escalation: the filter, the steps, a district's days by level and category."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils import timezone

from inspections.escalation import models, queries
from inspections.rectification.forms import FilesField, FilesInput
from inspections.rectification.models import Finding
from portal.core.files import uploads
from portal.core.lib import dates, written
from portal.core.lib.forms import (
    Day,
    FilterForm,
    ListFilter,
    PublicReason,
    SortFilter,
    WholeNumber,
    WordsFilter,
    ranked,
)
from schools.directory.models import District


class EscalationFilter(ListFilter):
    """Which escalations to list."""

    unit = WordsFilter(
        label="单位名称",
        names=[
            "finding__school__name__icontains",
            "finding__department__name__icontains",
            "finding__responsible_department__name__icontains",
        ],
    )
    state = django_filters.ChoiceFilter(choices=models.Escalation.State.choices, label="状态")
    level = django_filters.ChoiceFilter(choices=models.LEVEL_CHOICES, label="级次")
    sort = SortFilter(
        level=(ranked("level", [code for code, _ in models.LEVEL_CHOICES]), "number"),
        unit=("finding__school__name", "finding__department__name", "finding__responsible_department__name"),
        finding=("finding__number",),
        due=("due_on",),
        state=(ranked("state", models.Escalation.State.values),),
        reply=("reply_due_on",),
    )


class MonthFilter(FilterForm):
    """Which month, and of which district where there are several."""

    shows = ("month", "district")
    month = forms.ChoiceField(label="月份", required=False)
    district = forms.ModelChoiceField(District.objects.none(), label="区县", required=False, empty_label=None)

    def __init__(self, data: Any, *, districts: QuerySet[District]) -> None:
        super().__init__(data)
        names = [(f"{day:%Y-%m}", f"{day.year}年{day.month}月") for day in queries.months()]
        self.fields["month"].choices = names  # type: ignore[attr-defined]
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        if districts.count() < 2:
            del self.fields["district"]

    @property
    def month_asked(self) -> dt.date:
        """Its first day; this month by default."""
        asked = self.asked.get("month")
        return dt.date.fromisoformat(f"{asked}-01") if asked else queries.months()[0]


class ActForm(forms.Form):
    """A step; `version` is the state of the escalation the person looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class SayForm(ActForm):
    """A step with words."""

    text = forms.CharField(label="内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ReplyForm(SayForm):
    """What was done, with files."""

    uploads = FilesField(
        label="佐证材料",
        required=False,
        widget=FilesInput(attrs={"accept": uploads.ACCEPT}),
        help_text="可一次选多个：PDF、Word、Excel、照片（含苹果手机的 HEIC）。",
    )
    public_reason = PublicReason()


class WhyForm(ActForm):
    """A step with a reason."""

    reason = forms.CharField(label="原因", max_length=written.LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class PutOffForm(WhyForm):
    """Decide later."""

    until = Day(label="暂缓到")


class OrderForm(SayForm):
    """What is required, and by when the school replies."""

    reply_due_on = Day(label="反馈期限")


FORMS: dict[str, type[ActForm]] = {
    "bare": ActForm,
    "text": SayForm,
    "files": ReplyForm,
    "reason": WhyForm,
    "put_off": PutOffForm,
    "issue": OrderForm,
}
_ASKS = {"issue": "督办要求", "answer": "办理情况", "finish": "办结意见"}


def form_for(code: str, kind: str, row: models.Escalation, data: Any = None, files: Any = None) -> ActForm:
    counted = dates.count(timezone.localdate(), models.REPLY_WITHIN)
    words = f"问题 {row.finding.number} 整改期限为{dates.day(row.due_on)}，请抓紧整改，并书面回复办理情况。"
    first = {"version": row.version, "reply_due_on": counted.due, "text": words if code == "issue" else ""}
    form = FORMS[kind](data, files, initial=first, auto_id=f"{code}-%s")
    if code in _ASKS:
        form.fields["text"].label = _ASKS[code]
    if code == "issue" and row.spec.reply:
        form.fields["reply_due_on"].help_text = f"从今天起算 {counted.words}。可以另选日期。"
    elif code == "issue":
        del form.fields["reply_due_on"]
    if code == "answer":
        form.fields["text"].help_text = "写明做了什么、还差什么、哪天完成。"
    return form


class LevelsForm(forms.Form):
    """The days of every level for every category; blank where the level is not used."""

    def __init__(self, data: Any = None, *, days: Mapping[tuple[str, str], int | None]) -> None:
        super().__init__(data)
        for (level, category), count in days.items():
            self.fields[f"{level}-{category}"] = WholeNumber(
                label=f"{models.LEVELS[level].name}：{Finding.Category(category).label}",
                required=False,
                min_value=-models.MOST_DAYS,
                max_value=models.MOST_DAYS,
                initial=count,
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )

    def rows(self) -> Iterator[tuple[models.Level, list[tuple[str, BoundField]]]]:
        for level in models.LEVELS.values():
            yield level, [(label, self[f"{level.code}-{code}"]) for code, label in Finding.Category.choices]

    def days(self) -> dict[tuple[str, str], int | None]:
        """Only for a valid form."""
        found = {}
        for name, count in self.cleaned_data.items():
            level, _, category = name.partition("-")
            found[level, category] = count
        return found
