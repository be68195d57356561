"""Pages of a district's checklists with their form: the list, a new matter and one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.checklists import actions, queries
from inspections.checklists.questions import Question
from inspections.rectification import queries as ledger
from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access.scope import Perm, Request, require
from schools.directory import queries as directory

_NEW = 3
_TEXT, _LOOK = 200, 500


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question on the page: ticked or not, and its words."""

    question: Question | None
    asks: BoundField
    text: BoundField
    look: BoundField
    indicator: BoundField | None = None

    @property
    def words(self) -> tuple[BoundField, BoundField]:
        return self.text, self.look

    @property
    def is_open(self) -> bool:
        return any(field.errors for field in self.words)

    @property
    def heading(self) -> str:
        return f"{self.question.indicator} {self.question.text}".strip() if self.question else ""


class MatterForm(forms.Form):
    """A new matter, made from a checklist there is."""

    name = forms.CharField(label="事项名称", max_length=actions.LONGEST_NAME, help_text="例如：实验教学、心理健康教育")
    copied = forms.ChoiceField(label="从哪份清单复制", help_text="建好后再勾选、改文字、加问自己的题。")
    reason = forms.CharField(label="新建的原因", max_length=200)

    def __init__(self, data: Any = None, *, templates: Sequence[queries.Template]) -> None:
        super().__init__(data)
        self.fields["copied"].choices = [(one.code, one.name) for one in templates]  # type: ignore[attr-defined]


class ChecklistForm(forms.Form):
    """A question whose words are those of the default keeps following the standard."""

    name = forms.CharField(label="事项名称", max_length=actions.LONGEST_NAME)
    reason = forms.CharField(
        label="修改原因", max_length=200, error_messages={"required": "请写明为什么修改，以后查得到。"}
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        template: queries.Template,
        pool: Sequence[Question],
        indicators: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data, initial={"seen": template.number, "name": template.name})
        if not template.is_matter:
            del self.fields["name"]
        self._default = {one.key: one for one in pool}
        chosen = {one.key: one for one in template.of(pool)}
        self._shown = [*(chosen.get(one.key, one) for one in pool), *template.own]
        for one in self._shown:
            self._add(one.key, one.text, one.look, ticked=one.key in chosen)
        self._new = [f"new-{number}" for number in range(1, _NEW + 1)]
        for name in self._new:
            self._add(name, "", "", ticked=False)
            label, listed = "加问的题：指标", [("", "不对应指标"), *indicators]
            field = forms.ChoiceField(label=label, choices=listed, required=False)
            field.widget.attrs["class"] = "form-select"
            self.fields[f"indicator_{name}"] = field

    def _add(self, key: str, text: str, look: str, *, ticked: bool) -> None:
        attrs = {"class": "form-control", "rows": 2}
        self.fields[f"ask_{key}"] = forms.BooleanField(label="问", required=False, initial=ticked)
        self.fields[f"ask_{key}"].widget.attrs["class"] = "form-check-input"
        for name, label, longest, first in (("text", "问什么", _TEXT, text), ("look", "怎么看", _LOOK, look)):
            area = forms.Textarea(attrs=attrs)
            field = forms.CharField(label=label, max_length=longest, required=False, initial=first, widget=area)
            self.fields[f"{name}_{key}"] = field

    def rows(self) -> Iterator[QuestionRow]:
        for one in self._shown:
            yield QuestionRow(one, self[f"ask_{one.key}"], self[f"text_{one.key}"], self[f"look_{one.key}"])

    def new_rows(self) -> Iterator[QuestionRow]:
        for name in self._new:
            words = self[f"text_{name}"], self[f"look_{name}"]
            yield QuestionRow(None, self[f"ask_{name}"], *words, self[f"indicator_{name}"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for one in self._shown:
            if given.get(f"ask_{one.key}") and not given.get(f"text_{one.key}"):
                self.add_error(f"text_{one.key}", "勾选了的题要写明问什么。")
        return given

    def questions(self) -> list[dict[str, str]]:
        """For `actions.change`; only for a valid form."""
        given, found = self.cleaned_data, []
        for one in self._shown:
            if given[f"ask_{one.key}"]:
                default = self._default.get(one.key)
                words = {name: given[f"{name}_{one.key}"].replace("\r\n", "\n") for name in ("text", "look")}
                if default:
                    words = {name: said for name, said in words.items() if said != getattr(default, name)}
                else:
                    words["indicator"] = one.indicator
                found.append({"key": one.key, **words})
        for name in self._new:
            if text := given[f"text_{name}"]:
                more = {"text": text, "look": given[f"look_{name}"], "indicator": given[f"indicator_{name}"]}
                found.append({"key": "", **more})
        return found


@require(Perm.DISTRICT_EDIT)
@require_GET
def checklists(request: Request, code: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    pool = queries.pool(district.pk)
    rows = [(one, len(one.of(pool))) for one in queries.in_force(district.pk)]
    return render(request, "inspections/checklists/list.html", {"district": district, "rows": rows})


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request, code: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    form = MatterForm(request.POST or None, templates=queries.in_force(district.pk))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create(district=code, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "事项已建好，安排专项督导时可以选。请核对下面的题。")
            return redirect("checklists:edit", code, made.code)
    context = {"district": district, "form": form}
    return render(request, "inspections/checklists/create.html", context, status=400 if form.errors else 200)


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def edit(request: Request, code: str, checklist: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    template = queries.template(district.pk, checklist)
    form = ChecklistForm(
        request.POST or None,
        template=template,
        pool=queries.pool(district.pk),
        indicators=ledger.indicator_choices([district.pk]),
    )
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("seen", "reason", "name") if name in form.cleaned_data}
        try:
            made = actions.change(district=code, code=checklist, questions=form.questions(), by=request.user, **given)
        except (Conflict, Invalid) as refusal:
            form.add_error(None, refusal.lines)
        else:
            said = f"已保存为第 {made.number} 版，以后开始的督导按新的问。" if made else "清单没有变化。"
            messages.success(request, said)
            return redirect("checklists:edit", code, checklist)
    context = {
        "district": district,
        "template": template,
        "form": form,
        "versions": queries.versions(district.pk, code=checklist),
    }
    return render(request, "inspections/checklists/edit.html", context, status=400 if form.errors else 200)


@require(Perm.DISTRICT_EDIT)
@require_POST
@once
def withdraw(request: Request, code: str, checklist: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    seen, reason = numbers.whole(request.POST.get("seen", "")) or 0, request.POST.get("reason", "")
    try:
        actions.withdraw(district=district.code, code=checklist, seen=seen, reason=reason, by=request.user)
    except Invalid as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "已办理，本区改过的各版仍有记录。")
    return redirect("checklists:edit", code, checklist)
