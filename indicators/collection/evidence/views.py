"""HTTP for the files behind a submission."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from indicators.collection.evidence import actions
from indicators.collection.submissions import answers, facts, queries, rights
from indicators.collection.submissions.forms import EvidenceForm
from portal.core.accounts.rights import Request
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, Refused
from portal.core.files import store, uploads
from portal.core.files.uploads import Accepted
from portal.core.forms.once import once
from schools.access.permissions import Perm
from schools.access.scope import require


@require(Perm.SUBMISSION_VIEW)
@require_GET
def files(request: Request, pk: int, item: str) -> HttpResponse:
    """The files of one item, and the box to add more while the submission is open."""
    submission = queries.get(request.user, pk)
    items = answers.items_of(queries.spec_of(submission), is_school=bool(submission.school_id))
    entry = next((one for one in items.values() if one.base == item), None)
    if entry is None:
        raise NotFound("没有这个填报项。")
    known = facts.load(submission)
    context = {
        "submission": submission,
        "item": entry,
        "files": [row for row in known.evidence if row.item == entry.base],
        "form": EvidenceForm(),
        "can_fill": rights.may_fill(request.user, submission),
        "accept": uploads.ACCEPT,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
    }
    return render(request, "indicators/evidence/files.html", context)


@require(Perm.SUBMISSION_FILL)
@require_POST
def attach(request: Request, pk: int, item: str) -> HttpResponse:
    """Store the uploaded files of one item, each for itself."""
    submission = queries.get(request.user, pk)
    form = EvidenceForm(request.POST)
    sent = request.FILES.getlist("file")
    if not sent:
        raise Invalid("没有收到文件。请先选择文件，再点“上传”。")
    if not form.is_valid():
        raise Invalid("材料说明、公开原因最多 200 字，请缩短后重新上传。")
    # Looked into before the form is remembered: what takes seconds must keep nobody else from writing.
    looked = [_looked_at(file, form.cleaned_data["public_reason"]) for file in sent]
    return _store(request, submission.pk, item, looked, form.cleaned_data)


def _looked_at(file: UploadedFile, public_reason: str) -> Accepted | Problem:
    try:
        return uploads.accept(file, public_reason=public_reason)
    except Refused as refusal:
        return Problem(what=refusal.message)


@once
def _store(
    request: Request, pk: int, item: str, looked: list[Accepted | Problem], about: dict[str, Any]
) -> HttpResponse:
    done = [file if isinstance(file, Problem) else _attach(request, pk, item, file, about) for file in looked]
    problems = [problem for problem in done if problem]
    if len(problems) == len(looked) == 1:
        raise Invalid(problems[0].what)
    if len(problems) == len(looked):
        raise Invalid(f"{len(problems)} 个文件没有上传。", problems)
    messages.success(request, f"已上传 {len(looked) - len(problems)} 个文件。")
    for problem in problems:
        messages.error(request, f"没有上传：{problem.what}")
    # The query makes the address new, so that a page already open there is loaded again.
    known = facts.load(queries.get(request.user, pk))
    count = sum(row.item == item for row in known.evidence)
    return redirect(f"{_page(pk, item)}?{urlencode({'files': count})}")


def _attach(request: Request, pk: int, item: str, file: Accepted, about: dict[str, Any]) -> Problem | None:
    how = {name: about[name] for name in ("caption", "restricted")}
    try:
        done = actions.attach(submission_id=pk, item=item, file=file, by=request.user, **how)
    except (Conflict, NotAllowed, NotFound):
        raise
    except Refused as refusal:
        return Problem(what=refusal.message)
    if done.also_used:
        used = "、".join(sorted(set(done.also_used)))
        messages.warning(request, f"“{done.evidence.document.name}”与{used}的佐证是同一个文件，请确认没有传错。")
    return None


def _page(pk: int, item: str) -> str:
    return reverse("evidence:files", args=[pk, item])


@require(Perm.SUBMISSION_FILL)
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    evidence = queries.evidence(request.user, pk)
    try:
        actions.withdraw(evidence_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    except Invalid as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"已撤下“{evidence.document.name}”。")
    return redirect(_page(evidence.submission_id, evidence.item))


@require(Perm.SUBMISSION_VIEW)
@require_GET
def download(request: Request, pk: int) -> HttpResponse:
    evidence = actions.hand_out(evidence_id=pk, by=request.user)
    return store.attachment(evidence.document)
