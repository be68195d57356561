"""Forms of papers: the fields a kind asks for, signing, service, withdrawal, wording, words; which papers to list."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.utils import timezone

from inspections.letters import kinds, queries
from inspections.letters.models import Letter
from portal.core.accounts.models import User
from portal.core.errors import Problem
from portal.core.lib import dates, written
from portal.core.lib.forms import Day, ListFilter, SortFilter, WordsFilter, ranked

_LONGEST_CELL = 500
_DAY_WRONG = {"invalid": "请按 2026-03-31 的格式填写日期。", "required": "请填写日期。"}


def read(letter: Letter, posted: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    typed: dict[str, Any] = {}
    problems: list[Problem] = []
    for one in queries.asked(letter, posted):
        if one.field.type == "T":
            rows: dict[str, dict[str, str]] = {}
            for key, cells in one.rows:
                row = {cell.column.code: written.prose(cell.value).strip() for cell in cells if cell.is_typed}
                long = [column.label for column in one.columns if len(row.get(column.code, "")) > _LONGEST_CELL]
                what = f"超过 {_LONGEST_CELL} 字"
                problems += [Problem(what, f"{one.field.label}：{label}", "请精简") for label in long]
                if any(row.values()):
                    rows[key] = row
            typed[one.field.code] = rows
        elif text := written.prose(one.value).strip():
            typed[one.field.code] = _checked(one.field, text, problems)
    return typed, problems


def _checked(field: kinds.LetterField, text: str, problems: list[Problem]) -> str:
    """As stored; faults go to `problems`."""
    if len(text) > field.most:
        problems.append(Problem(f"超过 {field.most} 字", field.label, "请精简"))
    try:
        if field.type == "d":
            return written.day(text).isoformat()
        if field.type == "n":
            return f"{written.number(text):f}"
    except ValueError:
        problems.append(
            Problem(f"看不懂“{text[:20]}”", field.label, "请填写数字" if field.type == "n" else "请填写日期")
        )
    if field.type == "c" and text not in field.choices:
        problems.append(Problem(f"没有“{text[:20]}”这一项", field.label, "请从列表中选择"))
    return text


def past_days(letter: Letter) -> list[str]:
    """Days typed in a draft that are over."""
    days = [(one.label, letter.typed.get(one.code, "")) for one in letter.spec.typed() if one.type == "d"]
    over = [(label, dt.date.fromisoformat(day)) for label, day in days if day]
    return [f"“{label}”填的{dates.day(day)}已经过去，请核对。" for label, day in over if day < timezone.localdate()]


class SubjectForm(forms.Form):
    """What a new paper is about."""

    subject: Any = forms.ModelChoiceField(queryset=None, label="")
    _LABELS = {"visit": "督导", "finding": "问题", "school": "学校", "district": "区县"}

    def __init__(self, *args: Any, kind: kinds.LetterKind, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["subject"]
        field.queryset = queries.subjects(user, kind)
        field.label = self._LABELS[kind.about]
        if kind.about == "finding":
            field.label_from_instance = lambda row: f"{row.number} {row.respondent} {row.problem[:24]}"
        if kind.departments and (rows := queries.departments(user)):
            field.required = False
            self.fields["department"] = forms.ModelChoiceField(rows, label="或部门、乡镇、街道", required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "department" in self.fields and not self.errors:
            chosen = [data.get("subject"), data.get("department")]
            if None not in chosen or not any(chosen):
                raise forms.ValidationError("请选一所学校，或选一个部门、乡镇、街道（只选一个）。")
        return data

    @property
    def about(self) -> dict[str, int]:
        if department := self.cleaned_data.get("department"):
            return {"department_id": department.pk}
        return {"subject_id": self.cleaned_data["subject"].pk}


class IssueForm(forms.Form):
    """Who signs, on which day."""

    signer = forms.CharField(label="签发人", max_length=60, help_text="印在内部登记里；不在文书上代替签字和印章。")
    issued_on = Day(label="成文日期", error_messages=_DAY_WRONG)

    def __init__(self, data: Any = None, *, by: User) -> None:
        super().__init__(data, initial={"signer": by.name, "issued_on": timezone.localdate()})


class BatchForm(forms.Form):
    """For which schools, and who signs."""

    signer = forms.CharField(label="签发人", max_length=60)
    schools: Any = forms.ModelMultipleChoiceField(queryset=None, label="学校", widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, letter: Letter, by: User) -> None:
        super().__init__(data, initial={"signer": by.name})
        self.fields["schools"].queryset = queries.for_batch(by, letter)  # type: ignore[attr-defined]


class DeliverForm(forms.Form):
    """Service on paper."""

    delivery = forms.ChoiceField(
        label="送达方式", choices=[row for row in Letter.Delivery.choices if row[0] != Letter.Delivery.PORTAL]
    )
    receiver = forms.CharField(label="收件人", max_length=60)
    on = Day(label="送达日期", error_messages=_DAY_WRONG)


class WithdrawForm(forms.Form):
    """Why a paper is withdrawn."""

    reason = forms.CharField(label="撤回原因", max_length=written.LONGEST_REASON, widget=forms.Textarea({"rows": 2}))


class WordingForm(forms.Form):
    """The parts of a kind's wording: heading and text of each."""

    def __init__(self, data: Any = None, *, sections: list[dict[str, Any]]) -> None:
        super().__init__(data)
        for number, one in enumerate(sections):
            name = one["annex"] or one["heading"] or "正文"
            self.fields[f"heading_{number}"] = forms.CharField(
                label=f"第 {number + 1} 部分的标题", max_length=60, required=False, initial=one["heading"]
            )
            self.fields[f"text_{number}"] = forms.CharField(
                label=f"第 {number + 1} 部分的文字（{name}）",
                max_length=4000,
                required=False,
                initial=one["text"],
                widget=forms.Textarea({"rows": 2 + one["text"].count("\n") * 2}),
            )
        self.fields["reason"] = forms.CharField(label="修改原因", max_length=written.LONGEST_REASON)
        self.count = len(sections)

    def parts(self) -> list[tuple[str, str]]:
        data = self.cleaned_data
        return [(data[f"heading_{number}"], data[f"text_{number}"]) for number in range(self.count)]


class WordsForm(forms.Form):
    """The issuing word (发文字) of each kind that has a number."""

    def __init__(self, data: Any = None, *, words: Mapping[str, str]) -> None:
        super().__init__(data)
        for code, word in words.items():
            label = queries.kind_of(code).name
            self.fields[code] = forms.CharField(label=label, max_length=20, initial=word)


class LetterFilter(ListFilter):
    """Which papers to list."""

    kind = django_filters.ChoiceFilter(
        label="文书", choices=lambda: [(code, kind.name) for code, kind in kinds.load().items()]
    )
    state = django_filters.ChoiceFilter(label="状态", choices=Letter.State.choices)
    year = django_filters.NumberFilter(label="发文年度")
    q = WordsFilter(
        label="标题、学校或标识码",
        max_length=50,
        names=["title__icontains", "school__name__icontains", "department__name__icontains"],
        codes=["school__code__startswith"],
    )
    sort = SortFilter(
        title=("kind", "title"),
        number=("year", "word", "serial"),
        unit=("school__name", "department__name"),
        state=(ranked("state", Letter.State.values),),
        issued=("issued_at",),
        reply=("reply_due_on",),
    )
