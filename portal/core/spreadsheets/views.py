"""The pages of every import: upload, marked workbook, preview, confirmation; their addresses for one kind."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.core.accounts.authentication import Request, View
from portal.core.errors import Conflict, Invalid, NotFound, Offer
from portal.core.files import store, uploads, views as downloads
from portal.core.spreadsheets import imports
from portal.core.spreadsheets.imports import ImportKind, ImportPlace, SentWorkbook


def urls(kind: ImportKind) -> list[URLPattern]:
    head = f"<int:{kind.of}_id>/import/" if kind.of else "import/"

    def page(rest: str, view: Callable[..., HttpResponse], methods: Callable[[View], View]) -> URLPattern:
        def guarded(request: Request, **named: Any) -> HttpResponse:
            place = kind.place(request.user, named.pop(f"{kind.of}_id", None))
            return view(request, kind, place, **named)

        return path(f"{head}{rest}", kind.right(methods(guarded)), name=view.__name__)

    return [
        page("", upload, require_http_methods(["GET", "POST"])),
        *([page("marked/<uuid:token>.xlsx", marked, require_GET)] if kind.marks_faults else []),
        page("<uuid:public_id>/", preview, require_GET),
        page("<uuid:public_id>/confirm/", confirm, require_POST),
    ]


def _context(kind: ImportKind, place: ImportPlace, options: Mapping[str, str]) -> dict[str, Any]:
    shared = {
        "kind": kind,
        "upload_url": kind.address("upload", place),
        "max_bytes": settings.WORKBOOK_MAX_BYTES,
        "form": None,
    }
    return shared | kind.context(place, options)


def upload(request: Request, kind: ImportKind, place: ImportPlace) -> HttpResponse:
    if request.method == "GET":
        return render(request, f"{kind.templates}/upload.html", _context(kind, place, {}))
    name, data = uploads.workbook(request.FILES.get("file"), kind.label, by=request.user)
    options = kind.options(request.POST.dict())
    sent = SentWorkbook(place, data, uploads.neutral_name(name), request.user, options)
    if kind.is_large(data):
        return redirect("jobs:detail", imports.check_later(kind, sent).pk)
    try:
        kind.dry_run(sent)
    except Invalid as error:
        raise imports.shortened(imports.refusal(kind, sent, error)) from error
    document = imports.store_upload(kind, sent)
    chosen = {word: value for word, value in options.items() if word in request.POST}
    return redirect(kind.address("preview", place, document.public_id, options=chosen))


def marked(request: Request, kind: ImportKind, place: ImportPlace, token: UUID) -> HttpResponse:
    content = imports.fetch_marked(kind, place, token, by=request.user)
    return downloads.download(content, f"{kind.label}-标注错误.xlsx")


def preview(request: Request, kind: ImportKind, place: ImportPlace, public_id: UUID) -> HttpResponse:
    document, options = imports.uploaded(request.user, public_id), kind.options(request.GET.dict())
    data = b"".join(store.read(document))
    if kind.is_large(data):
        job = imports.checked(kind, place, document, options)
        if job is None:
            raise NotFound("这份工作簿还没有按现在的选择检查过。请返回原来的预览，或重新上传。")
        if "preview" not in job.result:
            return redirect("jobs:detail", job.pk)
        plan = job.result["preview"]
    else:
        plan = kind.dry_run(SentWorkbook(place, data, document.name, request.user, options))
    confirm_url = kind.address("confirm", place, public_id)
    shown = {"document": document, "plan": kind.up_to_date(place, plan), "confirm_url": confirm_url}
    context = _context(kind, place, options) | shown
    return render(request, f"{kind.templates}/preview.html", context)


def confirm(request: Request, kind: ImportKind, place: ImportPlace, public_id: UUID) -> HttpResponse:
    """Other options than those previewed are previewed first."""
    document, options = imports.uploaded(request.user, public_id), kind.options(request.POST.dict())
    typed = {name: request.POST.get(name, "") for name in ("seen", *kind.asks)}
    data = b"".join(store.read(document))
    try:
        if kind.is_large(data):
            job = imports.confirm_later(kind, place, document, options, typed, by=request.user)
            return redirect("jobs:detail", job.pk)
        done = imports.carry_out(kind, SentWorkbook(place, data, document.name, request.user, typed | options))
    except Conflict as error:
        anew = kind.address("preview", place, public_id, options=options)
        if not options.keys() & request.POST.keys():
            raise Conflict(error.message, offer=Offer("查看新的预览", anew, icon="eye")) from error
        messages.warning(request, error.message)
        return redirect(anew)
    (messages.success if done.is_new else messages.info)(request, done.said)
    if done.next_steps:
        messages.info(request, done.next_steps)
    if done.is_partial:
        return redirect(kind.address("preview", place, public_id, options=options))
    return redirect(kind.leads_to(place))
