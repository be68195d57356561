"""Pages of visits: the list, the plan, one visit, what it finds, its end."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET, require_POST

from inspections.checklists import queries as checklists
from inspections.claims.models import Direction
from inspections.rectification.forms import ContentForm
from inspections.visits import actions, document, queries, rights, workflow
from inspections.visits.forms import (
    CancelForm,
    ChangeTeamForm,
    FinishForm,
    PaperForm,
    PlanForm,
    RescheduleForm,
    VisitFilter,
)
from inspections.visits.models import SIGNATURE, Visit
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads, views as downloads
from portal.core.forms.once import once
from portal.core.lib import dates
from portal.core.papers import pdf
from schools.access.scope import Perm, Request, holds, require, visible
from schools.directory.models import School

_REASON = "reason-"


@require(Perm.VISIT_VIEW)
@require_GET
def visits(request: Request) -> HttpResponse:
    chosen = VisitFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    for visit in queries.as_then(page):
        visit.tone = workflow.TABLE.states[visit.state].tone  # type: ignore[attr-defined]
    context = {
        "filter": chosen,
        "page": page,
        "may_plan": holds(request.user, Perm.VISIT_PLAN),
        "may_see_recusals": holds(request.user, Perm.VISIT_RECORD) or holds(request.user, Perm.RECUSAL_VIEW),
    }
    return render(request, "inspections/visits/list.html", context)


@require(Perm.VISIT_VIEW)
@require_GET
def coverage(request: Request) -> HttpResponse:
    page = Paginator(queries.coverage(request.user), 30).get_page(request.GET.get("page"))
    plannable = visible(request.user, School.objects.filter(pk__in=[school.pk for school in page]), Perm.VISIT_PLAN)
    context = {
        "page": page,
        "rows": queries.with_days(page),
        "may_plan": holds(request.user, Perm.VISIT_PLAN),
        "plannable": set(plannable.values_list("pk", flat=True)),
    }
    return render(request, "inspections/visits/coverage.html", context)


@require(Perm.VISIT_VIEW)
@require_GET
def calendar(request: Request) -> HttpResponse:
    month = queries.month(request.user, request.GET.get("month", ""))
    return render(request, "inspections/visits/calendar.html", {"month": month, "today": timezone.localdate()})


@require(Perm.VISIT_PLAN)
@once
def plan(request: Request) -> HttpResponse:
    form = PlanForm(request.POST or None, user=request.user, initial={"school": request.GET.get("school")})
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        school = values.pop("school")
        try:
            visit = actions.plan(school_id=school.pk, by=request.user, **values)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "督导已安排，已通知学校和督导小组。")
            return redirect("visits:detail", visit.pk)
    return render(request, "inspections/visits/plan.html", {"form": form}, status=400 if form.errors else 200)


@require(Perm.VISIT_VIEW)
@require_GET
def detail(request: Request, visit_id: int) -> HttpResponse:
    return _detail(request, queries.get(request.user, visit_id))


def _detail(request: Request, visit: Visit, **sent: Form) -> HttpResponse:
    """`sent`: refused forms, by verb."""
    verbs = {verb.code for verb in workflow.TABLE.offers(request.user, visit)}
    context = {
        "visit": visit,
        "tone": workflow.TABLE.states[visit.state].tone,
        "verbs": verbs,
        "may_see_campaigns": holds(request.user, Perm.CAMPAIGN_VIEW),
        "cancel_form": (sent.get("cancel") or CancelForm()) if "cancel" in verbs else None,
        "rehearses": not rights.may_see_outcome(request.user, visit),
        "may_object": rights.may_object(request.user, visit),
        "reschedule_form": sent.get("reschedule") or ("reschedule" in verbs and RescheduleForm(auto_id="day_%s")),
        "paper_form": (sent.get("on_paper") or PaperForm()) if "start" in verbs else None,
    }
    context["chain"] = import_string(settings.VISIT_CHAIN)(visit, request.user)
    if "change_team" in verbs:
        context["unfit"] = rights.unfit(visit, visit.goes_on)
        context["team_form"] = sent.get("change_team") or ChangeTeamForm(user=request.user, visit=visit)
    if rights.may_see_outcome(request.user, visit):
        asked = queries.asked(visit)
        answered = sum(entry.is_answered for entry in asked)
        context |= {"asked": asked, "answered": answered, "findings": visit.findings.order_by("id")}
        context["followup"] = queries.steps_after(visit)
        context["followed"] = visit.follow_ups.select_related("finding")
        context["pages"] = visit.photos.filter(question="", withdrawn_at=None)
        context["signature"] = visit.photos.filter(question=SIGNATURE, withdrawn_at=None).first()
        context["addenda"] = visit.addenda.select_related("created_by").prefetch_related("files__document")
        context["different"] = visit.figures.exclude(direction=Direction.SAME).count()
    queries.as_then([visit])
    return render(request, "inspections/visits/detail.html", context, status=400 if sent else 200)


@require(Perm.VISIT_RECORD)
@require_POST
@once
def start(request: Request, visit_id: int) -> HttpResponse:
    visit = actions.start(visit_id=queries.get(request.user, visit_id).pk, by=request.user)
    return redirect("followups:page" if queries.to_follow(visit).exists() else "visits:checklist", visit.pk)


@require(Perm.VISIT_RECORD)
@require_GET
def paper(request: Request, visit_id: int) -> HttpResponse:
    """To fill in by hand, with a code that leads back to this visit."""
    visit = queries.get(request.user, visit_id)
    workflow.RECORD.ensure(request.user, visit)
    # A planned visit is printed as it would start now; nothing is stored.
    visit.checklist = visit.checklist or checklists.frozen(visit.school, visit.template or visit.kind)
    questions, receipt = queries.frozen_questions(visit), visit.checklist["receipt"]
    address = request.build_absolute_uri(reverse("visits:detail", args=[visit.pk]))
    queries.as_then([visit])
    made = pdf.render(document.blank(visit, questions, receipt, address))
    return downloads.download(made, f"{visit.school}{dates.day(visit.planned_on)}现场检查记录表.pdf", "application/pdf")


@require(Perm.VISIT_RECORD)
@require_POST
@uploads.inspected(uploads.PHOTOS)
@once
def type_in(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    form = PaperForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.start(visit_id=visit.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "纸质记录已收到，请逐题补录。")
            return redirect("visits:checklist", visit.pk)
    return _detail(request, visit, on_paper=form)


@require(Perm.VISIT_PLAN)
@require_POST
@once
def reschedule(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    form = RescheduleForm(request.POST, auto_id="day_%s")
    if form.is_valid():
        try:
            actions.reschedule(visit_id=visit.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "督导已改期，已通知学校和督导小组。")
            return redirect("visits:detail", visit.pk)
    return _detail(request, visit, reschedule=form)


@require(Perm.VISIT_PLAN)
@require_POST
@once
def change_team(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    form = ChangeTeamForm(request.POST, user=request.user, visit=visit)
    if form.is_valid():
        try:
            actions.change_team(visit_id=visit.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "督导小组已调整，已通知学校和有关督学。")
            return redirect("visits:detail", visit.pk)
    return _detail(request, visit, change_team=form)


@require(Perm.VISIT_PLAN)
@require_POST
@once
def cancel(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _detail(request, visit, cancel=form)
    actions.cancel(visit_id=visit.pk, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, "督导已取消，已通知学校和督导小组。")
    return redirect("visits:detail", visit.pk)


@require(Perm.VISIT_RECORD)
@uploads.inspected(uploads.PHOTOS)
@once
def raise_finding(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    workflow.RECORD.ensure(request.user, visit)
    key = request.GET.get("question", "")
    first = queries.finding_of(visit, key) if key else {}
    form = ContentForm(request.POST or None, request.FILES or None, initial=first, districts=[visit.school.district])
    if request.method == "POST" and form.is_valid():
        content, photo = form.content(), form.cleaned_data["photo"]
        try:
            despite = form.cleaned_data["despite"]
            actions.raise_finding(
                visit_id=visit.pk, content=content, question=key, photo=photo, despite=despite, by=request.user
            )
        except Invalid as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, "问题已登记，完成督导时派发给学校。")
            return redirect("visits:checklist", visit.pk)
    has_photo = bool(key) and queries.first_photo(visit, key) is not None
    context = {"form": form, "visit": visit, "has_photo": has_photo, "requirement": queries.REQUIREMENT}
    return render(request, "inspections/visits/raise.html", context, status=400 if form.errors else 200)


@require(Perm.VISIT_RECORD)
@once
def finish(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    workflow.RECORD.ensure(request.user, visit)
    if visit.state not in workflow.TABLE["finish"].at:
        raise Conflict(f"这次督导目前是“{visit.get_state_display()}”，不能完成。请刷新页面查看最新状态。")
    form = FinishForm(request.POST or None, request.FILES or None, visit=visit, initial={"summary": visit.summary})
    unanswered = [entry for entry in queries.asked(visit) if not entry.is_answered]
    reasons = {key.removeprefix(_REASON): str(text) for key, text in request.POST.items() if key.startswith(_REASON)}
    if request.method == "POST" and form.is_valid():
        try:
            actions.finish(visit_id=visit.pk, reasons=reasons, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            listed = {entry.question.text for entry in unanswered}
            problems = [str(problem) for problem in refusal.problems if problem.where not in listed]
            form.add_error(None, problems or [refusal.message])
        else:
            when = "随督导意见书派发" if form.cleaned_data.get("hold") else "已派发"
            messages.success(request, f"督导已完成，问题{when}，已通知学校。")
            return redirect("visits:detail", visit.pk)
    context = {
        "form": form,
        "visit": visit,
        "unanswered": unanswered,
        "findings": visit.findings.order_by("id"),
        "left": [(entry, reasons.get(entry.question.key, "")) for entry in queries.without_finding(visit)],
    }
    return render(request, "inspections/visits/finish.html", context, status=400 if form.errors else 200)
