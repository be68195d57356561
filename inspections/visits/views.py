"""Pages of visits: the list, the plan, one visit, the checklist for the phone."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.visits import actions, queries, rights, workflow
from inspections.visits.forms import AnswerForm, CancelForm, PlanForm, RescheduleForm, VisitFilter
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.accounts.rights import Request
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.files import uploads
from portal.core.forms.once import once
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import holds, require, visible
from schools.directory.models import School

ASKS = "现场值与填报值不同，却回答“是”。请核对：不符的改答“否”并登记问题；相符的更正现场值。完成督导时还会问到。"


@require(Perm.VISIT_VIEW)
@require_GET
def visits(request: Request) -> HttpResponse:
    chosen = VisitFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    for visit in queries.as_then(page):
        visit.tone = workflow.TABLE.states[visit.state].tone  # type: ignore[attr-defined]
    context = {"filter": chosen, "page": page, "may_plan": holds(request.user, Perm.VISIT_PLAN)}
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
            for problem in refusal.problems:
                form.add_error(None, str(problem))
        else:
            messages.success(request, "督导已安排，已通知学校和督导小组。")
            return redirect("visits:detail", visit.pk)
    return render(request, "inspections/visits/plan.html", {"form": form}, status=400 if form.errors else 200)


@require(Perm.VISIT_VIEW)
@require_GET
def detail(request: Request, visit_id: int) -> HttpResponse:
    return _detail(request, queries.get(request.user, visit_id))


def _detail(
    request: Request, visit: Visit, cancelling: CancelForm | None = None, other_day: RescheduleForm | None = None
) -> HttpResponse:
    verbs = {verb.code for verb in workflow.TABLE.offers(request.user, visit)}
    context = {
        "visit": visit,
        "tone": workflow.TABLE.states[visit.state].tone,
        "verbs": verbs,
        "cancel_form": (cancelling or CancelForm()) if "cancel" in verbs else None,
        "reschedule_form": (other_day or RescheduleForm(auto_id="day_%s")) if "reschedule" in verbs else None,
    }
    if rights.may_see_outcome(request.user, visit):
        asked = queries.asked(visit)
        answered = sum(entry.is_answered for entry in asked)
        context |= {"asked": asked, "answered": answered, "findings": visit.findings.order_by("id")}
        context["followup"] = queries.steps_after(visit)
    queries.as_then([visit])
    return render(request, "inspections/visits/detail.html", context, status=400 if cancelling or other_day else 200)


@require(Perm.VISIT_RECORD)
@require_POST
@once
def start(request: Request, visit_id: int) -> HttpResponse:
    visit = actions.start(visit_id=queries.get(request.user, visit_id).pk, by=request.user)
    return redirect("visits:checklist", visit.pk)


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
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "督导已改期，已通知学校和督导小组。")
            return redirect("visits:detail", visit.pk)
    return _detail(request, visit, other_day=form)


@require(Perm.VISIT_PLAN)
@require_POST
@once
def cancel(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _detail(request, visit, form)
    actions.cancel(visit_id=visit.pk, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, "督导已取消，已通知学校和督导小组。")
    return redirect("visits:detail", visit.pk)


@require(Perm.VISIT_RECORD)
@require_GET
def checklist(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    rights.ensure_record(request.user, visit)
    if visit.state != Visit.State.UNDERWAY:
        return redirect("visits:detail", visit.pk)
    asked = queries.asked(visit)
    context = {
        "visit": visit,
        "asked": asked,
        "answered": sum(entry.is_answered for entry in asked),
        "choices": ChecklistAnswer.Seen.choices,
        "accept_photos": uploads.ACCEPT_PHOTOS,
    }
    return render(request, "inspections/visits/checklist.html", context)


@require(Perm.VISIT_RECORD)
@require_POST
def answer(request: Request, visit_id: int, question: str) -> HttpResponse:
    """Save one answer; a script gets JSON, a plain form goes back to the question or on to the finding."""
    visit = queries.get(request.user, visit_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Invalid("这一题没有保存。", [Problem(str(text)) for texts in form.errors.values() for text in texts])
    try:
        saved = actions.save_answer(visit_id=visit.pk, question=question, by=request.user, **form.cleaned_data)
    except Conflict as conflict:
        return _conflict(request, visit, question, conflict)
    entry = queries.Asked(queries.question_of(visit, question), saved)
    asks = ASKS if entry.is_contradictory else ""
    if _wants_json(request):
        now = timezone.localtime()
        return JsonResponse({"version": saved.version, "saved_at": f"{now:%H:%M:%S}", "asks": asks})
    if request.POST.get("next") == "finding":
        return redirect(reverse("rectification:raise_on_visit", args=[visit.pk]) + f"?question={question}")
    messages.success(request, "已保存。")
    if asks:
        messages.warning(request, f"{entry.question.text}：{asks}")
    return redirect(reverse("visits:checklist", args=[visit.pk]) + f"#q-{question}")


def _conflict(request: Request, visit: Visit, question: str, conflict: Conflict) -> HttpResponse:
    """Answer a script with what the other person saved, so that the words on the phone need not be lost."""
    other = visit.answers.filter(question=question).select_related("updated_by").first()
    if not _wants_json(request) or other is None:
        raise conflict
    theirs = {"seen": other.seen, "found": other.found, "note": other.note, "version": other.version}
    body = {"message": conflict.message, "by": other.updated_by.name, "theirs": theirs}
    return JsonResponse(body, status=409, json_dumps_params={"ensure_ascii": False})


@require(Perm.VISIT_RECORD)
@require_POST
@uploads.inspected(uploads.PHOTOS)
def attach_photo(request: Request, visit_id: int, question: str) -> HttpResponse:
    """Take photos for one question: several from a form, or one with its `key` from the phone's queue."""
    visit = queries.get(request.user, visit_id)
    sent = request.FILES.getlist("photo")
    if not sent:
        raise Invalid("没有收到照片，请先拍照或选择图片。")
    key = None
    if len(sent) == 1:
        with suppress(ValueError):
            key = UUID(request.POST.get("key", ""))
    photos = [
        actions.attach_photo(visit_id=visit.pk, question=question, upload=upload, key=key, by=request.user)
        for upload in sent
    ]
    if _wants_json(request):
        addresses = [
            {
                "url": reverse("visits:photo", args=[visit.pk, photo.pk]),
                "withdraw": reverse("visits:withdraw_photo", args=[visit.pk, photo.pk]),
            }
            for photo in photos
        ]
        return JsonResponse({"photos": addresses})
    messages.success(request, f"已上传 {len(photos)} 张照片。")
    return redirect(reverse("visits:checklist", args=[visit.pk]) + f"#q-{question}")


@require(Perm.VISIT_RECORD)
@require_POST
def withdraw_photo(request: Request, visit_id: int, photo_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    reason = request.POST.get("reason", "")
    try:
        photo = actions.withdraw_photo(visit_id=visit.pk, photo_id=photo_id, reason=reason, by=request.user)
    except Invalid as error:
        if _wants_json(request):
            raise
        messages.error(request, error.message)
        return redirect("visits:checklist", visit.pk)
    if _wants_json(request):
        return JsonResponse({})
    messages.success(request, "照片已撤下，系统仍留有记录。")
    return redirect(reverse("visits:checklist", args=[visit.pk]) + f"#q-{photo.question}")


@require(Perm.VISIT_VIEW)
@require_GET
def photo(request: Request, visit_id: int, photo_id: int) -> HttpResponse:
    """Hand out one photo; to the school only once the visit is done."""
    visit = queries.get(request.user, visit_id)
    if not rights.may_see_outcome(request.user, visit):
        raise NotFound("督导完成后才能查看现场照片。")
    photo = get_object_or_404(visit.photos.select_related("document"), pk=photo_id)
    return restricted.attachment(photo.document, behind=visit, by=request.user)


def _wants_json(request: Request) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
