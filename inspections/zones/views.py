"""Pages of zones with their forms: the board and its filters, the register, one zone, who is in charge of which schools."""

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections import limits
from inspections.recusals import queries as recusals
from inspections.zones import actions, queries
from inspections.zones.models import Charge, Zone
from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.forms.once import once
from portal.core.lib.forms import ListFilter, TickFilter, WordsFilter
from schools.access.scope import Perm, Request, holds, require, visible
from schools.directory import queries as directory
from schools.directory.models import Department, District, School, Status


class BoardFilter(ListFilter):
    """Which schools to rank."""

    school = WordsFilter(label="学校名称", names=["name__icontains"])
    zone = django_filters.ModelChoiceFilter(label="责任区", queryset=Zone.objects.none(), method="filter_zone")
    township = django_filters.ModelChoiceFilter(label="乡镇、街道", queryset=Department.objects.none())
    mine = TickFilter(label="只看我负责的", method="filter_mine")

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        places = directory.townships(directory.districts(request.user, Perm.ZONE_VIEW))
        self.filters["zone"].queryset = queries.visible_zones(request.user)
        self.filters["township"].queryset = places
        if not places:
            del self.filters["township"]

    def filter_zone(self, rows: QuerySet[School], name: str, value: Zone) -> QuerySet[School]:
        return rows.filter(pk__in=Charge.objects.filter(zone=value, until=None).values("school"))

    def filter_mine(self, rows: QuerySet[School], name: str, value: bool) -> QuerySet[School]:
        return rows.filter(pk__in=Charge.objects.filter(inspector=self.request.user, until=None).values("school"))


class ZoneForm(forms.Form):
    """A new zone."""

    district = forms.ModelChoiceField(District.objects.none(), label="区县", empty_label=None)
    name = forms.CharField(label="责任区名称", max_length=40, help_text="例如：第一责任区")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].queryset = queries.districts(user)  # type: ignore[attr-defined]


class RenameForm(forms.Form):
    """Another name for a zone."""

    name = forms.CharField(label="责任区名称", max_length=40)


class AssignForm(forms.Form):
    """Who is in charge of which schools; a school says who is now."""

    inspector = forms.ModelChoiceField(User.objects.none(), label="责任督学", empty_label="请选择")
    schools = forms.ModelMultipleChoiceField(
        School.objects.none(),
        label="学校",
        widget=forms.CheckboxSelectMultiple,
        help_text="已有责任督学的学校改由所选的督学负责，原来的安排保留在记录里。",
    )

    def __init__(self, *args: Any, user: User, zone: Zone, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = {charge.school_id: charge for charge in queries.current(user)}
        self.fields["inspector"].queryset = recusals.inspectors(user, Perm.ZONE_MANAGE)  # type: ignore[attr-defined]
        self.fields["inspector"].label_from_instance = lambda person: person.name  # type: ignore[attr-defined]
        schools = School.objects.filter(district=zone.district, status=Status.OPEN).order_by("code")
        self.fields["schools"].queryset = schools  # type: ignore[attr-defined]
        self.fields["schools"].label_from_instance = lambda school: (  # type: ignore[attr-defined]
            f"{school.name}（{held[school.pk].zone}，{held[school.pk].inspector.name}）"
            if school.pk in held
            else f"{school.name}（还没有）"
        )


PAGE = 30


@require(Perm.ZONE_VIEW)
@require_GET
def board(request: Request) -> HttpResponse:
    chosen = BoardFilter(request.GET, queryset=queries.for_board(request.user), request=request)
    rows = queries.board(request.user, list(chosen.qs))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    ids = [row.school.pk for row in page]
    plannable = visible(request.user, School.objects.filter(pk__in=ids), Perm.VISIT_PLAN)
    context = {
        "filter": chosen,
        "page": page,
        "tally": queries.tallied(rows),
        "limits": limits,
        "may_plan": holds(request.user, Perm.VISIT_PLAN),
        "plannable": set(plannable.values_list("pk", flat=True)),
    }
    return render(request, "inspections/zones/board.html", context)


@require(Perm.ZONE_VIEW)
@require_GET
def register(request: Request) -> HttpResponse:
    context = {
        "rows": queries.register(request.user),
        "without": list(queries.without_charge(request.user)),
        "limits": limits,
        "managed": set(queries.managed(request.user).values_list("pk", flat=True)),
        "may_manage": holds(request.user, Perm.ZONE_MANAGE),
    }
    return render(request, "inspections/zones/list.html", context)


@require(Perm.ZONE_VIEW)
@require_GET
def load(request: Request) -> HttpResponse:
    context = {"rows": queries.burdens(request.user), "limits": limits}
    return render(request, "inspections/zones/load.html", context)


@require(Perm.ZONE_MANAGE)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request) -> HttpResponse:
    form = ZoneForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        district, name = form.cleaned_data["district"], form.cleaned_data["name"]
        try:
            zone = actions.create(district_id=district.pk, name=name, by=request.user)
        except Invalid as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, f"已设立{zone.name}。下一步：安排责任督学和学校。")
            return redirect("zones:edit", zone.pk)
    return render(request, "inspections/zones/create.html", {"form": form}, status=400 if form.errors else 200)


@require(Perm.ZONE_MANAGE)
@require_GET
def edit(request: Request, zone_id: int) -> HttpResponse:
    return _edit(request, queries.get(request.user, zone_id))


def _edit(
    request: Request, zone: Zone, renaming: RenameForm | None = None, assigning: AssignForm | None = None
) -> HttpResponse:
    charges = list(queries.current(request.user).filter(zone=zone))
    context = {
        "zone": zone,
        "charges": charges,
        "schools": queries.Load(len(charges), limits.ZONE_SCHOOLS),
        "limits": limits,
        "rename_form": renaming or RenameForm(initial={"name": zone.name}),
        "assign_form": assigning or AssignForm(user=request.user, zone=zone),
    }
    return render(request, "inspections/zones/edit.html", context, status=400 if renaming or assigning else 200)


@require(Perm.ZONE_MANAGE)
@require_POST
@once
def rename(request: Request, zone_id: int) -> HttpResponse:
    zone = queries.get(request.user, zone_id)
    form = RenameForm(request.POST)
    if form.is_valid():
        try:
            actions.rename(zone_id=zone.pk, name=form.cleaned_data["name"], by=request.user)
        except Invalid as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, "名称已保存。")
            return redirect("zones:edit", zone.pk)
    return _edit(request, zone, renaming=form)


@require(Perm.ZONE_MANAGE)
@require_POST
@once
def assign(request: Request, zone_id: int) -> HttpResponse:
    zone = queries.get(request.user, zone_id)
    form = AssignForm(request.POST, user=request.user, zone=zone)
    if form.is_valid():
        inspector = form.cleaned_data["inspector"]
        ids = [school.pk for school in form.cleaned_data["schools"]]
        try:
            made = actions.assign(zone_id=zone.pk, inspector=inspector, school_ids=ids, by=request.user)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, f"已安排{inspector.name}负责 {len(made)} 所学校，并已通知本人。")
            return redirect("zones:edit", zone.pk)
    return _edit(request, zone, assigning=form)


@require(Perm.ZONE_MANAGE)
@require_POST
@once
def end(request: Request, charge_id: int) -> HttpResponse:
    charge = queries.get_charge(request.user, charge_id)
    try:
        actions.end(charge_id=charge.pk, reason=request.POST.get("reason", ""), by=request.user)
    except Invalid as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "已结束这项安排，并已通知本人。")
    return redirect("zones:edit", charge.zone_id)
