"""Pages of the submissions workbook: template, upload, preview, confirmation."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.collection.rounds import queries as rounds
from indicators.collection.workbooks import actions, queries
from indicators.collection.workbooks import plan as preview_of
from indicators.collection.workbooks.forms import NextForm
from portal.core.accounts.rights import Request
from portal.core.errors import Invalid
from portal.core.files import store, uploads
from portal.core.lib import downloads
from portal.core.spreadsheets import guard, imports
from schools.access.permissions import Perm
from schools.access.scope import ensure, require


@require(Perm.ROUND_MANAGE)
@require_GET
def template(request: Request, round_id: int) -> HttpResponse:
    round_ = rounds.get(request.user, round_id)
    content = actions.export_workbook(round_id=round_.pk, by=request.user)
    return _workbook(content, f"填报数据-{round_.district.name}-{round_.code}.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    return downloads.download(content, name)


@require(Perm.ROUND_MANAGE)
@require_http_methods(["GET", "POST"])
def upload(request: Request, round_id: int) -> HttpResponse:
    """Take a workbook, check it, store it for the preview; with errors it is handed back marked."""
    round_ = rounds.get(request.user, round_id)
    ensure(request.user, Perm.ROUND_MANAGE, round_)
    if request.method == "GET":
        context = {"round": round_, "form": NextForm(), "max_bytes": settings.WORKBOOK_MAX_BYTES}
        return render(request, "indicators/workbooks/upload.html", context)
    name, data = uploads.workbook(request.FILES.get("file"), "填报数据", by=request.user)
    steps = NextForm(request.POST).steps
    if guard.is_large(data):
        after = request.POST.get("after", "save")
        job = actions.check_later(round_id=round_.pk, data=data, name=name, after=after, by=request.user)
        return redirect("jobs:detail", job.pk)
    try:
        actions.import_returns(round_id=round_.pk, data=data, name=name, by=request.user, dry_run=True, **steps)
    except Invalid as error:
        token = actions.mark_workbook(
            round_id=round_.pk, data=data, name=name, problems=error.problems, by=request.user
        )
        raise imports.with_marked(error, "workbooks:marked", round_.pk, token) from error
    document = actions.keep_workbook(round_id=round_.pk, data=data, name=name, by=request.user)
    after = request.POST.get("after", "save")
    return redirect(f"{reverse('workbooks:preview', args=[round_.pk, document.public_id])}?after={after}")


@require(Perm.ROUND_MANAGE)
@require_GET
def marked(request: Request, round_id: int, token: UUID) -> HttpResponse:
    round_ = rounds.get(request.user, round_id)
    content = actions.fetch_marked(round_id=round_.pk, token=token, by=request.user)
    return _workbook(content, f"填报数据-{round_.code}-标注错误.xlsx")


@require(Perm.ROUND_MANAGE)
@require_GET
def preview(request: Request, round_id: int, public_id: UUID) -> HttpResponse:
    round_ = rounds.get(request.user, round_id)
    document = queries.upload(request.user, public_id)
    job = imports.checked(kind="returns", document=public_id, round_id=round_.pk)
    if job is None:
        form = NextForm(request.GET)
        outcome = actions.import_returns(
            round_id=round_.pk,
            data=b"".join(store.read(document)),
            name=document.name,
            by=request.user,
            dry_run=True,
            **form.steps,
        )
        shown = preview_of.preview(outcome)
    elif "preview" in job.result:
        form, shown = NextForm(job.args), job.result["preview"]
    else:
        return redirect("jobs:detail", job.pk)
    context = {"round": round_, "document": document, "outcome": shown, "form": form}
    return render(request, "indicators/workbooks/preview.html", context)


@require(Perm.ROUND_MANAGE)
@require_POST
def confirm(request: Request, round_id: int, public_id: UUID) -> HttpResponse:
    """Carry out the import that was previewed, after checking it once more."""
    round_ = rounds.get(request.user, round_id)
    document = queries.upload(request.user, public_id)
    if job := imports.checked(kind="returns", document=public_id, round_id=round_.pk):
        reason = request.POST.get("accept_warnings", "")
        asked = actions.import_later(round_id=round_.pk, check=job, accept_warnings=reason, by=request.user)
        return redirect("jobs:detail", asked.pk)
    outcome = actions.import_returns(
        round_id=round_.pk,
        data=b"".join(store.read(document)),
        name=document.name,
        by=request.user,
        accept_warnings=request.POST.get("accept_warnings", ""),
        **NextForm(request.POST).steps,
    )
    messages.success(request, f"导入完成：{outcome.summary}。")
    return redirect("rounds:detail", round_.pk)
