"""Pages of the programme with the form to type one: what was adopted, what came with the portal, adopting it."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.programmes import actions, queries
from inspections.programmes.models import Programme
from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from portal.core.lib import written
from portal.core.lib.forms import Day, WholeNumber
from schools.access.scope import Perm, Request, holds, require
from schools.directory.models import District

# Rows offered beyond those filled, and the most of each.
_MORE, _MOST = 2, {"phase": 12, "goal": 20, "safeguard": 12}


class ProgrammeForm(forms.Form):
    """Blank rows are left out; `document_no` names the programme, so it is typed once."""

    district = forms.ModelChoiceField(District.objects.none(), label="区县", empty_label=None)
    title = forms.CharField(label="方案名称", max_length=120)
    document_no = forms.CharField(label="文号", max_length=40, help_text="如 龙政办〔2021〕8号")
    goal_year = WholeNumber(label="目标年份", min_value=2017, max_value=2060)
    reason = forms.CharField(
        label="修改的原因", max_length=written.LONGEST_REASON, help_text="记入审计记录，并通知有任务的单位"
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, districts: Any, programme: Programme | None = None) -> None:
        filled = _filled(programme)
        super().__init__(data, initial=filled)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]
        if programme:
            del self.fields["district"], self.fields["document_no"]
        else:
            del self.fields["reason"], self.fields["seen"]
        self._phases = programme.phases.count() if programme else 0
        self.rows: dict[str, int] = {}
        for kind, most in _MOST.items():
            typed = [n for n in range(most) if (data or filled).get(f"{kind}_{n}_title")]
            count = min(max([len(typed), *(n + 1 for n in typed)]) + _MORE, most)
            self.rows[kind] = max(count, 3)
            for number in range(self.rows[kind]):
                self._add_row(kind, number)

    def _add_row(self, kind: str, number: int) -> None:
        name, shown = f"{kind}_{number}", number + 1
        plain = forms.TextInput(attrs={"class": "form-control"})
        self.fields[f"{name}_title"] = forms.CharField(
            label=f"第 {shown} 条标题", required=False, max_length=40 if kind == "phase" else 120, widget=plain
        )
        if kind == "phase":
            for part, label in (("starts_on", "开始"), ("ends_on", "结束")):
                field = Day(label=f"第 {shown} 个阶段{label}", required=False)
                field.widget.attrs["class"] = "form-control"
                self.fields[f"{name}_{part}"] = field
            return
        area = forms.Textarea(attrs={"class": "form-control", "rows": 2})
        self.fields[f"{name}_text"] = forms.CharField(
            label=f"第 {shown} 条内容", required=False, max_length=2000, widget=area
        )
        if kind == "goal":
            codes = forms.TextInput(attrs={"class": "form-control"})
            self.fields[f"{name}_indicators"] = forms.CharField(
                label=f"第 {shown} 条看哪些指标", required=False, max_length=120, widget=codes
            )

    def head(self) -> list[BoundField]:
        return [self[name] for name in ("district", "title", "document_no", "goal_year") if name in self.fields]

    def _bound(self, kind: str) -> Iterator[list[BoundField]]:
        for number in range(self.rows[kind]):
            yield [self[name] for name in self.fields if name.startswith(f"{kind}_{number}_")]

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[list[BoundField]]]]:
        """Heading, columns, rows."""
        yield "实施步骤", ["阶段", "开始", "结束"], self._bound("phase")
        yield "工作目标", ["标题", "内容", "看哪些指标（如 A4、B1）"], self._bound("goal")
        yield "保障措施", ["标题", "内容"], self._bound("safeguard")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if sum(bool(values.get(f"phase_{number}_title")) for number in range(self.rows["phase"])) < self._phases:
            self.add_error("phase_0_title", "已经登记的阶段不能删去，可以改名称和日期。")
        for kind, count in self.rows.items():
            for number in range(count):
                name = f"{kind}_{number}"
                others = [key for key in values if key.startswith(f"{name}_") and values[key]]
                if others and not values.get(f"{name}_title"):
                    self.add_error(f"{name}_title", "请填写，或把这一行清空。")
                if kind == "phase" and values.get(f"{name}_title"):
                    for part in ("starts_on", "ends_on"):
                        if f"{name}_{part}" not in self.errors and not values.get(f"{name}_{part}"):
                            self.add_error(f"{name}_{part}", "请填写日期。")
        return values

    def content(self, programme: Programme | None) -> queries.Content:
        typed = self.cleaned_data

        def entries(kind: str) -> Iterator[dict[str, Any]]:
            for number in range(self.rows[kind]):
                name = f"{kind}_{number}"
                if typed[f"{name}_title"]:
                    entry: dict[str, Any] = {"title": typed[f"{name}_title"], "text": typed[f"{name}_text"]}
                    codes = typed.get(f"{name}_indicators", "").replace("，", "、").replace(",", "、").split("、")
                    if named := [code.strip().upper() for code in codes if code.strip()]:
                        entry["indicators"] = named
                    yield entry

        phases = [
            {
                "name": typed[f"phase_{n}_title"],
                "starts_on": typed[f"phase_{n}_starts_on"],
                "ends_on": typed[f"phase_{n}_ends_on"],
            }
            for n in range(self.rows["phase"])
            if typed[f"phase_{n}_title"]
        ]
        return {
            "title": typed["title"],
            "document_no": programme.document_no if programme else typed["document_no"].strip(),
            "goal_year": typed["goal_year"],
            "phases": phases,
            "goals": list(entries("goal")),
            "safeguards": list(entries("safeguard")),
        }


def _filled(programme: Programme | None) -> dict[str, Any]:
    if programme is None:
        return {}
    found: dict[str, Any] = {"title": programme.title, "goal_year": programme.goal_year}
    found["seen"] = queries.fingerprint(programme)
    for number, phase in enumerate(programme.phases.all()):
        name = f"phase_{number}"
        found |= {f"{name}_title": phase.name, f"{name}_starts_on": phase.starts_on, f"{name}_ends_on": phase.ends_on}
    for kind, entries in (("goal", programme.goals), ("safeguard", programme.safeguards)):
        for number, one in enumerate(entries):
            name = f"{kind}_{number}"
            found |= {f"{name}_title": one["title"], f"{name}_text": one["text"]}
            found[f"{name}_indicators"] = "、".join(one.get("indicators", ()))
    return found


PAGE = 10


@require(Perm.ROUND_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    today = timezone.localdate()
    page = Paginator(queries.adopted(request.user), PAGE).get_page(request.GET.get("page"))
    plans = queries.waiting(request.user, today) if page.number == 1 else []
    plans += queries.shown(request.user, list(page.object_list), today)
    return render(
        request,
        "inspections/programmes/index.html",
        {"page": page, "plans": plans, "may_type": holds(request.user, Perm.ROUND_MANAGE)},
    )


@require(Perm.ROUND_MANAGE)
@require_POST
@once
def adopt(request: Request, code: str) -> HttpResponse:
    district, content = queries.shipped(request.user, code)
    programme = actions.adopt_programme(
        district=district, content=content, reason="按系统随附的方案内容更新", by=request.user
    )
    messages.success(request, f"已登记{district.name}的实施方案（{programme.document_no}），整改报告可以按阶段编制。")
    return redirect("programmes:programmes")


@require(Perm.ROUND_MANAGE)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request) -> HttpResponse:
    return _typed(request, None)


@require(Perm.ROUND_MANAGE)
@require_http_methods(["GET", "POST"])
@once
def edit(request: Request, programme_id: int) -> HttpResponse:
    return _typed(request, queries.get(request.user, programme_id))


def _typed(request: Request, programme: Programme | None) -> HttpResponse:
    districts = queries.own_districts(request.user)
    form = ProgrammeForm(request.POST or None, districts=districts, programme=programme)
    if request.method == "POST" and form.is_valid():
        district = programme.district if programme else form.cleaned_data["district"]
        content = form.content(programme)
        if not programme and queries.is_known(district, content["document_no"]):
            form.add_error("document_no", "这个文号的方案已经登记，请打开它修改。")
        else:
            try:
                made = actions.adopt_programme(
                    district=district,
                    content=content,
                    reason=form.cleaned_data.get("reason", ""),
                    seen=form.cleaned_data.get("seen", ""),
                    by=request.user,
                )
            except (Invalid, Conflict) as refusal:
                form.add_error(None, refusal.lines)
            else:
                then = "已通知有任务的单位。" if programme else "下一步：在“目标任务”下达任务。"
                messages.success(request, f"{made}已保存。{then}")
                return redirect("programmes:programmes")
    context = {"form": form, "programme": programme}
    return render(request, "inspections/programmes/edit.html", context, status=400 if form.errors else 200)
