"""Pages of the record on site: the checklist for the phone, one answer, photos."""

from collections import Counter
from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.visits import actions, queries, rights, workflow
from inspections.visits.forms import AnswerForm, figure_fields
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.files import uploads
from portal.core.lib.views import wants_json
from schools.access import restricted
from schools.access.scope import Perm, Request, require

ASKS = "现场值与填报值不同，却回答“是”。请核对：不符的改答“否”并登记问题；相符的更正现场值。完成督导时还会问到。"


@require(Perm.VISIT_RECORD)
@require_GET
def checklist(request: Request, visit_id: int) -> HttpResponse:
    visit = queries.get(request.user, visit_id)
    workflow.RECORD.ensure(request.user, visit)
    if visit.state != Visit.State.UNDERWAY:
        return redirect("visits:detail", visit.pk)
    asked = queries.asked(visit)
    context = {
        "visit": visit,
        "asked": asked,
        "answered": sum(entry.is_answered for entry in asked),
        "to_follow": queries.to_follow(visit).count(),
        "marked": dict(Counter(label for entry in asked for label in {own[0] for own in entry.question.reasons})),
        "choices": ChecklistAnswer.Seen.choices,
        "accept_photos": uploads.ACCEPT_PHOTOS,
    }
    return render(request, "inspections/visits/checklist.html", context)


@require(Perm.VISIT_RECORD)
@require_POST
def answer(request: Request, visit_id: int, question: str) -> HttpResponse:
    """A script gets JSON; a plain form leads to the question or on to the finding."""
    visit = queries.get(request.user, visit_id)
    asked = queries.question_of(visit, question)
    form = AnswerForm(request.POST, asked=asked)
    if not form.is_valid():
        raise Invalid("这一题没有保存。", [Problem(str(text)) for texts in form.errors.values() for text in texts])
    try:
        saved = actions.save_answer(visit_id=visit.pk, question=question, by=request.user, **form.answer())
    except Conflict as conflict:
        # A script is answered with what the other person saved, so that the words on the phone need not be lost.
        other = visit.answers.filter(question=question).select_related("updated_by").first()
        if not wants_json(request) or other is None:
            raise
        theirs = {"seen": other.seen, "found": other.found, "note": other.note, "version": other.version}
        theirs |= figure_fields(other)
        body = {"message": conflict.message, "by": other.updated_by.name, "theirs": theirs}
        return JsonResponse(body, status=409, json_dumps_params={"ensure_ascii": False})
    entry = queries.Asked(asked, saved)
    asks = ASKS if entry.is_contradictory else ""
    if wants_json(request):
        now = timezone.localtime()
        return JsonResponse({"version": saved.version, "saved_at": f"{now:%H:%M:%S}", "asks": asks})
    if request.POST.get("next") == "finding":
        return redirect(reverse("visits:raise_finding", args=[visit.pk]) + f"?question={question}")
    messages.success(request, "已保存。")
    if asks:
        messages.warning(request, f"{entry.question.text}：{asks}")
    return redirect(reverse("visits:checklist", args=[visit.pk]) + f"#q-{question}")


@require(Perm.VISIT_RECORD)
@require_POST
@uploads.inspected(uploads.PHOTOS)
def attach_photo(request: Request, visit_id: int, question: str) -> HttpResponse:
    """Several from a form, or one with its `key` from the phone's queue."""
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
    if wants_json(request):
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
        if wants_json(request):
            raise
        messages.error(request, error.message)
        return redirect("visits:checklist", visit.pk)
    if wants_json(request):
        return JsonResponse({})
    messages.success(request, "照片已撤下，系统仍留有记录。")
    return redirect(reverse("visits:checklist", args=[visit.pk]) + f"#q-{photo.question}")


@require(Perm.VISIT_VIEW)
@require_GET
def photo(request: Request, visit_id: int, photo_id: int) -> HttpResponse:
    """To the school only once the visit is done."""
    visit = queries.get(request.user, visit_id)
    if not rights.may_see_outcome(request.user, visit):
        raise NotFound("督导完成后才能查看现场照片。")
    photo = get_object_or_404(visit.photos.filter(withdrawn_at=None).select_related("document"), pk=photo_id)
    return restricted.attachment(photo.document, behind=visit, by=request.user)
