"""Pages of monthly updates: a district's, and a school's with the month's form."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from indicators.planning.monthly import actions, pages, queries
from indicators.planning.monthly.forms import MonthlyDayForm, MonthlyForm, chosen_month
from indicators.results.evaluations.queries import case_of
from portal.core.errors import NotFound, Refused
from portal.core.files import views as downloads
from portal.core.forms.once import once
from schools.access.scope import Perm, Request, ensure, may, require
from schools.directory import queries as directory
from schools.directory.models import District, School

PAGE = 100


def _district(request: Request) -> District | None:
    """The one asked for, else the first; None for who works for schools only."""
    places = directory.districts(request.user, Perm.MONTHLY_VIEW).order_by("code")
    asked = request.GET.get("district")
    place = places.filter(code=asked).first() if asked else places.first()
    if asked and place is None:
        raise NotFound("没有这个区县，或不在您可以查看的范围内。")
    return place


@require(Perm.MONTHLY_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    place = _district(request)
    if place is None:
        own = list(directory.schools(request.user, Perm.MONTHLY_VIEW)[:PAGE])
        if len(own) == 1:
            return redirect("monthly:school", own[0].code)
        return render(request, "indicators/monthly/schools.html", {"schools": own})
    return _district_page(request, place)


def _district_page(request: Request, place: District, form: MonthlyDayForm | None = None) -> HttpResponse:
    found, day = pages.district(place), queries.day_of(place)
    context: dict[str, Any] = {"district": place, "found": found, "month": queries.this_month(), "day": day}
    if found:
        context["page"] = Paginator(found.schools, PAGE).get_page(request.GET.get("page"))
        context["last"] = queries.last_month()
    if day:
        context |= {"unreported": queries.unreported(day), "due": queries.due_on(day)}
        context["may_remind"] = may(request.user, Perm.ROUND_MANAGE, place)
    if may(request.user, Perm.DISTRICT_EDIT, place):
        context["form"] = form or MonthlyDayForm(initial={"day": day.day if day else ""})
    return render(request, "indicators/monthly/district.html", context, status=400 if form else 200)


@require(Perm.DISTRICT_EDIT)
@require_POST
@once
def set_day(request: Request, code: str) -> HttpResponse:
    place = directory.get_district(request.user, code)
    ensure(request.user, Perm.DISTRICT_EDIT, place)
    form = MonthlyDayForm(request.POST)
    if not form.is_valid():
        return _district_page(request, place, form)
    actions.set_day(district_id=place.pk, day=form.cleaned_data["day"], by=request.user)
    messages.success(request, "已保存报送日。")
    return redirect(f"{reverse('monthly:district')}?district={code}")


@require(Perm.ROUND_MANAGE)
@require_POST
@once
def remind_again(request: Request, code: str) -> HttpResponse:
    place = directory.get_district(request.user, code)
    if reminded := actions.remind_again(district_id=place.pk, by=request.user):
        messages.success(request, f"已催报 {reminded} 所学校，填报员和校长会收到消息。")
    else:
        messages.warning(request, "没有发出：这些学校今天都已提醒过，或还没有填报账号。")
    return redirect(f"{reverse('monthly:district')}?district={code}")


@require(Perm.MONTHLY_VIEW)
@require_GET
def export(request: Request) -> HttpResponse:
    place = _district(request)
    if place is None:
        raise NotFound("只有教育局可以导出全区的月度动态。")
    content = actions.export(district=place, by=request.user)
    return downloads.download(content, f"{place}月度动态.xlsx", downloads.XLSX)


@require(Perm.MONTHLY_VIEW)
@once
def school(request: Request, code: str) -> HttpResponse:
    place = directory.get_school(request.user, code, Perm.MONTHLY_VIEW)
    found = pages.school(place)
    day = queries.day_of(place.district)
    is_owed = day is not None and bool(queries.unreported(day, {place.pk}))
    chosen = request.POST.get("month", "")[:7] or request.GET.get("month", "")
    # What is owed is reported first.
    month = queries.last_month() if is_owed and not chosen else chosen_month(chosen)
    form = _form(request, place, found, month) if found else None
    if request.method == "POST" and form is not None and form.is_valid():
        data = form.cleaned_data
        try:
            actions.report(
                school_id=place.pk,
                month=data["month"],
                changes=form.changes(),
                note=data["note"],
                version=data["version"],
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, f"已保存 {month:%Y 年 %-m 月}的动态。")
            return redirect("monthly:school", code)
    choices = []
    if found:
        first = queries.first_month(found.evaluation)
        choices = [one for one in reversed(queries.months()) if one >= first]
    context = {"school": place, "found": found, "form": form, "month": month, "choices": choices}
    if day and is_owed:
        context |= {"last": queries.last_month(), "due": queries.due_on(day)}
    return render(request, "indicators/monthly/school.html", context, status=400 if form and form.errors else 200)


def _form(request: Request, place: School, found: pages.MonthlySchoolPage, month: dt.date) -> MonthlyForm | None:
    """None for who only reads, and where no submission of the school was judged."""
    data = next((one for one in case_of(found.evaluation).data.schools if one.code == place.code), None)
    if data is None or not data.has_submission or not may(request.user, Perm.SUBMISSION_FILL, place):
        return None
    earlier = [one.update for one in found.reports if one.update.month < month]
    update = next((one.update for one in found.reports if one.update.month == month), None)
    answers = data.given
    if not found.is_unfit:
        answers = queries.changed(answers, reversed(queries.counted(earlier, found.evaluation, month)))
    items = queries.fields(case_of(found.evaluation).result.spec, data)
    before = {item.code: queries.number(answers.get(item.code)) for item in items}
    return MonthlyForm(request.POST or None, items=items, before=before, month=month, update=update)
