"""Pages of the returns workbook: template, upload, preview, confirmation."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.returns import actions, queries
from indicators.returns import preview as preview_of
from indicators.returns.forms import NextForm
from indicators.rounds import queries as rounds
from indicators.rounds.models import Round
from portal.accounts.doors import Request
from portal.documents import store
from portal.errors import Invalid, NotFound, Offer
from portal.jobs import workbooks
from portal.jobs.models import Job
from portal.lib import sheets
from schools.access.permissions import Perm
from schools.access.scope import ensure, require


@require(Perm.ROUND_MANAGE)
@require_GET
def template(request: Request, round_id: int) -> HttpResponse:
    """Hand out the workbook, filled with what is answered so far."""
    round_ = rounds.get(request.user, round_id)
    content = actions.export_workbook(round_id=round_.pk, by=request.user)
    return _workbook(content, f"填报数据-{round_.district.name}-{round_.code}.xlsx")


def _workbook(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, name) or "", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=actions.MEDIA_TYPE, headers=headers)


@require(Perm.ROUND_MANAGE)
@require_http_methods(["GET", "POST"])
def upload(request: Request, round_id: int) -> HttpResponse:
    """Take a workbook, check it, keep it for the preview; with errors it is handed back marked."""
    round_ = rounds.get(request.user, round_id)
    ensure(request.user, Perm.ROUND_MANAGE, round_)
    if request.method == "GET":
        context = {"round": round_, "form": NextForm(), "max_bytes": settings.WORKBOOK_MAX_BYTES}
        return render(request, "indicators/returns/upload.html", context)
    file = request.FILES.get("file")
    if file is None:
        raise Invalid("没有选择文件。请选择填报数据（.xlsx）后再上传。")
    if file.size > settings.WORKBOOK_MAX_BYTES:
        limit = settings.WORKBOOK_MAX_BYTES // 1024 // 1024
        raise Invalid(f"文件超过 {limit} MB，没有接收。请删除图片和多余的工作表后重新上传。")
    data, name, steps = file.read(), file.name or "填报数据.xlsx", NextForm(request.POST).steps
    if sheets.is_large(data):
        after = request.POST.get("after", "save")
        job = actions.check_later(round_id=round_.pk, data=data, name=name, after=after, by=request.user)
        return redirect("jobs:detail", job.pk)
    try:
        actions.import_returns(round_id=round_.pk, data=data, name=name, by=request.user, dry_run=True, **steps)
    except Invalid as error:
        raise _with_marked(request, round_, data, name, error) from error
    document = actions.keep_workbook(round_id=round_.pk, data=data, name=name, by=request.user)
    after = request.POST.get("after", "save")
    return redirect(f"{reverse('returns:preview', args=[round_.pk, document.public_id])}?after={after}")


def _with_marked(request: Request, round_: Round, data: bytes, name: str, error: Invalid) -> Invalid:
    """The same refusal, offering the workbook with its faults marked."""
    token = actions.mark_workbook(round_id=round_.pk, data=data, name=name, problems=error.problems, by=request.user)
    offer = Offer("下载标注了错误的工作簿", reverse("returns:marked", args=[round_.pk, token])) if token else None
    return Invalid(error.message, error.problems, offer=offer)


@require(Perm.ROUND_MANAGE)
@require_GET
def marked(request: Request, round_id: int, token: UUID) -> HttpResponse:
    """Hand a refused workbook back to the person who sent it, its faults marked."""
    round_ = rounds.get(request.user, round_id)
    content = actions.fetch_marked(round_id=round_.pk, token=token, by=request.user)
    return _workbook(content, f"填报数据-{round_.code}-标注错误.xlsx")


def _check_of(round_: Round, public_id: UUID) -> Job | None:
    """The job that checked a large workbook for this round; None for a small one."""
    job = workbooks.checked(kind="returns", document=public_id)
    if job is not None and job.args["round"] != round_.pk:
        raise NotFound("这份工作簿是为另一个评估年度上传的。请回到该年度查看，或在本年度重新上传。")
    return job


@require(Perm.ROUND_MANAGE)
@require_GET
def preview(request: Request, round_id: int, public_id: UUID) -> HttpResponse:
    """Show what the import would change now."""
    round_ = rounds.get(request.user, round_id)
    document = queries.upload(request.user, public_id)
    job = _check_of(round_, public_id)
    if job is None:
        form = NextForm(request.GET)
        outcome = actions.import_returns(
            round_id=round_.pk, data=b"".join(store.read(document)), name=document.name, by=request.user, dry_run=True,
            **form.steps,
        )  # fmt: skip
        shown = preview_of.of(outcome)
    elif "preview" in job.result:
        form, shown = NextForm(job.args), job.result["preview"]
    else:
        return redirect("jobs:detail", job.pk)
    context = {"round": round_, "document": document, "outcome": shown, "form": form}
    return render(request, "indicators/returns/preview.html", context)


@require(Perm.ROUND_MANAGE)
@require_POST
def confirm(request: Request, round_id: int, public_id: UUID) -> HttpResponse:
    """Carry out the import that was previewed, after checking it once more."""
    round_ = rounds.get(request.user, round_id)
    document = queries.upload(request.user, public_id)
    if job := _check_of(round_, public_id):
        reason = request.POST.get("accept_warnings", "")
        asked = actions.import_later(round_id=round_.pk, check=job, accept_warnings=reason, by=request.user)
        return redirect("jobs:detail", asked.pk)
    outcome = actions.import_returns(
        round_id=round_.pk, data=b"".join(store.read(document)), name=document.name, by=request.user,
        accept_warnings=request.POST.get("accept_warnings", ""), **NextForm(request.POST).steps,
    )  # fmt: skip
    messages.success(request, f"导入完成：{outcome.summary}。")
    return redirect("rounds:detail", round_.pk)
