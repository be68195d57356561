"""Pages of recusals with their forms: the list with what may be done, a new one."""

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.recusals import actions, queries, rights
from inspections.recusals.models import KINDS, Recusal
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.forms.once import once
from portal.core.lib.forms import Day, ListFilter, TickFilter, WordsFilter
from schools.access.scope import Perm, Request, holds, require, visible
from schools.directory.models import School, Status


class RecusalFilter(ListFilter):
    """Which recusals to list."""

    school = WordsFilter(label="学校名称", names=["school__name__icontains"])
    inspector = WordsFilter(label="督学", names=["inspector__name__icontains"])
    origin = django_filters.ChoiceFilter(label="来源", choices=Recusal.Origin.choices)
    in_force = TickFilter(label="只看现在回避的", method="filter_in_force")

    def filter_in_force(self, rows: QuerySet[Recusal], name: str, value: bool) -> QuerySet[Recusal]:
        return rows.filter(Recusal.in_force(timezone.localdate()))


class DeclareForm(forms.Form):
    """The own relation to a school."""

    school = forms.ModelChoiceField(School.objects.none(), label="学校", empty_label="请选择")
    kind = forms.ChoiceField(
        label="情形",
        choices=[(code, relation.label) for code, relation in KINDS.items()],
        widget=forms.RadioSelect,
    )
    since = Day(label="从哪天起", help_text="曾在学校任职的，填离开学校的日期，满三年后自动结束。")
    note = forms.CharField(
        label="说明", max_length=200, required=False, help_text="只有本人、局管理员和局领导看得到。不写亲属姓名和号码。"
    )
    perm = Perm.VISIT_RECORD

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schools = School.objects.filter(status=Status.OPEN).order_by("code")
        self.fields["school"].queryset = visible(user, schools, self.perm)  # type: ignore[attr-defined]


class RecusalForm(DeclareForm):
    """Somebody else's relation, or a school's objection to somebody."""

    inspector = forms.ModelChoiceField(User.objects.none(), label="督学或带队的局领导", empty_label="请选择")
    is_objection = forms.BooleanField(label="学校提出的异议，须作出决定；决定前暂按回避", required=False)
    field_order = ("inspector", "school", "kind", "since", "note", "is_objection")
    perm = Perm.RECUSAL_MANAGE

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["inspector"].queryset = queries.inspectors(user, self.perm, Perm.VISIT_LEAD)  # type: ignore[attr-defined]
        self.fields["inspector"].label_from_instance = lambda person: person.name  # type: ignore[attr-defined]


@require(Perm.VISIT_RECORD, Perm.RECUSAL_VIEW)
@require_GET
def recusals(request: Request) -> HttpResponse:
    chosen = RecusalFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    endable, decidable = rights.offers(request.user, page.object_list)
    context = {
        "filter": chosen,
        "page": page,
        "endable": endable,
        "decidable": decidable,
        "may_declare": holds(request.user, Perm.VISIT_RECORD),
        "may_register": holds(request.user, Perm.RECUSAL_MANAGE),
    }
    return render(request, "inspections/recusals/list.html", context)


@require(Perm.VISIT_RECORD)
@require_http_methods(["GET", "POST"])
@once
def declare(request: Request) -> HttpResponse:
    form = DeclareForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            actions.declare(school_id=values.pop("school").pk, by=request.user, **values)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "已声明回避，已通知局管理员。")
            return redirect("recusals:list")
    return _form(request, form)


@require(Perm.RECUSAL_MANAGE)
@require_http_methods(["GET", "POST"])
@once
def register(request: Request) -> HttpResponse:
    form = RecusalForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            actions.register(school_id=values.pop("school").pk, by=request.user, **values)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "已登记回避，已通知本人。")
            return redirect("recusals:list")
    return _form(request, form)


def _form(request: Request, form: DeclareForm) -> HttpResponse:
    context = {"form": form, "sources": dict.fromkeys(relation.source for relation in KINDS.values())}
    return render(request, "inspections/recusals/create.html", context, status=400 if form.errors else 200)


@require(Perm.RECUSAL_MANAGE)
@require_POST
@once
def decide(request: Request, recusal_id: int) -> HttpResponse:
    recusal = queries.get(request.user, recusal_id)
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    actions.decide(recusal_id=recusal.pk, decision=decision, reason=reason, by=request.user)
    messages.success(request, "决定已登记，已通知本人。")
    return redirect("recusals:list")


@require(Perm.VISIT_RECORD, Perm.RECUSAL_MANAGE)
@require_POST
@once
def end(request: Request, recusal_id: int) -> HttpResponse:
    recusal = queries.get(request.user, recusal_id)
    actions.end(recusal_id=recusal.pk, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, "回避已结束。")
    return redirect("recusals:list")
