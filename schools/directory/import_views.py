"""Pages of the register's import: template, upload, preview, confirmation, export."""

from datetime import date
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.core.accounts.rights import Request
from portal.core.errors import Conflict, Invalid, NotFound, Problem
from portal.core.files import store, uploads
from portal.core.jobs.models import Job
from portal.core.lib import downloads, written
from portal.core.spreadsheets import guard, imports
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.directory import import_actions, queries, workbook
from schools.directory import register as preview_of
from schools.directory.facts import NEWLY_FOUNDED, NEXT_STEPS
from schools.directory.forms import SchoolFilter
from schools.directory.models import Status

MOST_SHOWN = 200


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
def upload(request: Request) -> HttpResponse:
    """Take a workbook, check it, keep it for the preview; with errors it is handed back marked."""
    if request.method == "GET":
        context = {"max_bytes": settings.WORKBOOK_MAX_BYTES}
        return render(request, "schools/directory/import.html", context)
    sent, content = uploads.workbook(request.FILES.get("file"), "学校名录", by=request.user)
    name = uploads.neutral_name(sent)
    if guard.is_large(content):
        return redirect("jobs:detail", import_actions.check_later(name=name, content=content, by=request.user).pk)
    try:
        import_actions.import_register(source=content, name=name, by=request.user, dry_run=True)
    except Invalid as error:
        token = import_actions.mark_workbook(name=name, content=content, problems=error.problems, by=request.user)
        raise _shortened(error, token) from error
    document = import_actions.keep_workbook(name=name, content=content, by=request.user)
    return redirect("directory:preview", document.public_id)


def _shortened(error: Invalid, token: UUID | None) -> Invalid:
    """A page of a thousand errors helps nobody; the first ones show what is wrong, the marked workbook has all."""
    shown, more = list(error.problems[:MOST_SHOWN]), len(error.problems) - MOST_SHOWN
    if more > 0:
        shown.append(Problem(f"另有 {more} 处错误没有列出", "", "请先改正以上各处，再上传检查。"))
    return imports.with_marked(Invalid(error.message, shown), "directory:marked", token)


@require(Perm.SCHOOL_EDIT)
@require_GET
def marked(request: Request, token: UUID) -> HttpResponse:
    """Hand a refused register back to the person who sent it, its faults marked."""
    return downloads.download(import_actions.fetch_marked(token=token, by=request.user), "学校名录-标注错误.xlsx")


@require(Perm.SCHOOL_EDIT)
@require_GET
def preview(request: Request, public_id: UUID) -> HttpResponse:
    """Show what the import would do now, from the day in the address or else from today."""
    document = queries.uploaded(request.user, public_id)
    source = b"".join(store.read(document))
    valid_from = _day(request.GET.get("valid_from", "")) or timezone.localdate()
    if guard.is_large(source):
        job = _checked(public_id, valid_from)
        if "preview" not in job.result:
            return redirect("jobs:detail", job.pk)
        shown = job.result["preview"]
    else:
        shown = preview_of.preview(
            import_actions.import_register(
                source=source, name=document.name, by=request.user, dry_run=True, valid_from=valid_from
            )
        )
    context = {
        "document": document,
        "plan": shown,
        "valid_from": valid_from,
        "today": timezone.localdate(),
        "newly_founded": NEWLY_FOUNDED,
    }
    return render(request, "schools/directory/preview.html", context)


def _checked(public_id: UUID, valid_from: date) -> Job:
    job = imports.checked(kind="register", document=public_id, variant=valid_from.isoformat())
    if job is None:
        raise NotFound("这份名录还没有按这一天检查过。请重新上传。")
    return job


def _confirm_large(request: Request, public_id: UUID, valid_from: date) -> HttpResponse:
    """Ask for the import as it was previewed; of another day than that, for its check first."""
    previewed = _checked(public_id, _day(request.POST.get("previewed", "")) or timezone.localdate())
    if previewed.args["valid_from"] == valid_from.isoformat():
        job = import_actions.import_later(
            check=previewed, seen=request.POST.get("seen", ""), reason=request.POST.get("reason", ""), by=request.user
        )
    else:
        job = import_actions.check_again_later(check=previewed, valid_from=valid_from, by=request.user)
    return redirect("jobs:detail", job.pk)


@require(Perm.SCHOOL_EDIT)
@require_POST
def confirm(request: Request, public_id: UUID) -> HttpResponse:
    """Carry out the import that was previewed; what follows from another day than that previewed is shown first."""
    document = queries.uploaded(request.user, public_id)
    source = b"".join(store.read(document))
    valid_from, seen = _day(request.POST.get("valid_from", "")), request.POST.get("seen", "")
    if guard.is_large(source):
        return _confirm_large(request, public_id, valid_from or timezone.localdate())
    try:
        plan = import_actions.import_register(
            source=source,
            name=document.name,
            by=request.user,
            seen=seen,
            valid_from=valid_from,
            reason=request.POST.get("reason", ""),
        )
    except Conflict as error:
        if valid_from is None:
            raise
        messages.warning(request, error.message)
        return redirect(f"{reverse('directory:preview', args=[public_id])}?valid_from={valid_from.isoformat()}")
    messages.success(request, f"导入完成：{plan.summary}。")
    if any(entry.facts.status == Status.OPEN for entry in plan.new):
        messages.info(request, NEXT_STEPS)
    return redirect("directory:list")


def _day(typed: str) -> date | None:
    try:
        return written.day(typed) if typed else None
    except ValueError as error:
        raise Invalid("变更生效日期不对，没有导入任何学校。请返回预览，按 2026-09-01 的格式填写。") from error


@require(Perm.SCHOOL_EDIT)
@require_GET
def blank(request: Request) -> HttpResponse:
    return downloads.download(workbook.write(), "学校名录模板.xlsx")


@require(Perm.SCHOOL_EDIT)
@require_GET
def export(request: Request) -> HttpResponse:
    """Hand out the schools of the filtered list in the form the import takes."""
    rows = queries.schools(request.user, Perm.SCHOOL_EDIT)
    schools = list(SchoolFilter(request.GET, request=request, queryset=rows).qs)
    content = workbook.write(schools)
    import_actions.note_export(count=len(schools), content=content, by=request.user)
    return downloads.download(content, f"学校名录-{timezone.localdate():%Y%m%d}.xlsx")
