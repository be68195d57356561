"""One import: upload, dry run, marked workbook, preview, confirmation; large workbooks by jobs. A slice declares an `ImportKind`."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils.module_loading import import_string

from portal.core.accounts.authentication import View
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotFound, Offer, Problem
from portal.core.files import store
from portal.core.files.models import Document
from portal.core.files.views import XLSX
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.jobs.runner import JobContext
from portal.core.lib import digests
from portal.core.spreadsheets import guard, mark

# The hint of a workbook whose columns are not named in a line.
FORMATS = ".xlsx 最好；.xls、.ods 也能读，但隐藏的行列和百分比格式看不出来。WPS 的 .et 请另存为 .xlsx。"
_MOST_SHOWN = 200
_STEPS = 2


@dataclass(frozen=True, slots=True)
class ImportPlace:
    """What an import is for: the district its audit rows name and the row (a round), where its addresses name one."""

    district: str
    obj: Model | None = None
    # What the trail calls the row.
    code: str = ""

    @property
    def pk(self) -> int:
        """Of the row; 0 without one."""
        return self.obj.pk if self.obj else 0


@dataclass(frozen=True, slots=True)
class SentWorkbook:
    """A workbook on its way in; `typed` holds the kind's options and, on confirmation, `seen` and what it asks."""

    place: ImportPlace
    data: bytes
    name: str
    by: User
    typed: Mapping[str, str]
    progress: Callable[[int, int, str], None] = lambda done, total, note: None


@dataclass(frozen=True, slots=True)
class Imported:
    """An import that is done, summed up in words; `is_new` is False when there was nothing left to do.

    `is_partial`: accepted in part, so that its preview is shown again with the rest.
    """

    summary: str = ""
    next_steps: str = ""
    is_new: bool = True
    is_partial: bool = False

    @property
    def said(self) -> str:
        return f"导入完成：{self.summary}。" if self.is_new else "这份文件的内容都已经在系统里，没有重复导入。"


class Repeated(Exception):
    """Nothing of what was previewed is left to do: it was confirmed before."""


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of import, all that differs from the next.

    `name` is that of its jobs (check_NAME, import_NAME) and in settings.IMPORTS. `dry_run` returns the preview as plain
    JSON with its `digest`, or raises Invalid with every problem; `apply` writes all or nothing in one transaction with
    its audit row, when `typed["seen"]` is its digest (`ensure_seen`). Confirmed twice is done once and says so (`carry_out`).
    """

    name: str
    label: str
    # What the box for the file says below it.
    hint: str
    right: Callable[[View], View]
    place: Callable[[User, int | None], ImportPlace]
    dry_run: Callable[[SentWorkbook], dict[str, Any]]
    apply: Callable[[SentWorkbook], Imported]
    leads_to: Callable[[ImportPlace], str]
    leads_label: str
    # URL namespace of its pages.
    namespace: str
    # Audit codes: AREA.upload_OF, AREA.mark_OF, AREA.download_marked, AREA.ask_check, AREA.ask_import.
    audit_area: str
    audit_of: str = ""
    # Folder of upload.html and preview.html; those there may extend these.
    templates: str = "portal/imports"
    # What its addresses and jobs name before the workbook: "round" for <int:round_id>/import/.
    of: str = ""
    # What was typed that changes the dry run, with defaults; what is asked on confirmation besides.
    options: Callable[[Mapping[str, Any]], dict[str, str]] = lambda typed: {}
    asks: tuple[str, ...] = ()
    # More rows than this are a job; 0: as many as any web request may take.
    most_rows: int = 0
    marks_faults: bool = True
    plain_sheets: Collection[str] = ()
    context: Callable[[ImportPlace, Mapping[str, str]], dict[str, Any]] = lambda place, options: {}
    # Of what is accepted piece by piece: the preview next to what is stored by now.
    up_to_date: Callable[[ImportPlace, Mapping[str, Any]], Mapping[str, Any]] = lambda place, plan: plan

    def is_large(self, data: bytes) -> bool:
        return guard.is_large(data, self.most_rows)

    def code(self, step: str) -> str:
        """The audit code of a step: school.upload_register."""
        return f"{self.audit_area}.{step}" + (f"_{self.audit_of}" if self.audit_of else "")

    def address(self, page: str, place: ImportPlace, *more: Any, options: Mapping[str, str] | None = None) -> str:
        base = reverse(f"{self.namespace}:{page}", args=[*([place.obj.pk] if place.obj else []), *more])
        return f"{base}?{urlencode(options)}" if options else base


def ensure_seen(seen: str, digest: str, *, is_empty: bool, what: str, unit: str) -> None:
    """A command has no preview: nothing was `seen`.

    If another preview was seen, raises Repeated when nothing is left to do (`is_empty`), else Conflict.
    """
    if seen and seen != digest:
        if is_empty:
            raise Repeated
        raise Conflict(
            f"预览之后{what}又有变动，没有导入任何{unit}。请查看新的预览（后台检查的大文件请重新上传）后再确认。"
        )


def carry_out(kind: ImportKind, sent: SentWorkbook) -> Imported:
    try:
        return kind.apply(sent)
    except Repeated:
        return Imported(is_new=False)


def uploaded(user: User, public_id: UUID) -> Document:
    """Raises NotFound for anybody else's."""
    document = Document.objects.filter(public_id=public_id, created_by=user).first()
    if document is None:
        raise NotFound("没有找到上传的工作簿，请重新上传。")
    return document


def _record(code: str, place: ImportPlace, by: User, after: dict[str, Any], obj: Model | None = None) -> None:
    audit.record(code, by=by, obj=obj or place.obj, district=place.district, after=after)


@transaction.atomic
def store_upload(kind: ImportKind, sent: SentWorkbook) -> Document:
    mark.discard(by=sent.by)
    document = store.save([sent.data], name=sent.name, media_type=XLSX, by=sent.by)
    about = {kind.of: sent.place.code} if kind.of else {}
    after = {"name": document.name, "sha256": document.sha256, **about}
    _record(kind.code("upload"), sent.place, sent.by, after, document)
    return document


@transaction.atomic
def refusal(kind: ImportKind, sent: SentWorkbook, error: Invalid) -> Invalid:
    """Offers its sender the workbook with the faults marked, for an hour."""
    if not kind.marks_faults:
        return error
    content = mark.faults(sent.data, error.problems, plain=kind.plain_sheets)
    token = mark.save(content, by=sent.by) if content else None
    _record(kind.code("mark"), sent.place, sent.by, {"file": sent.name, "problems": len(error.problems)})
    offer = Offer("下载标注了错误的工作簿", kind.address("marked", sent.place, token)) if token else None
    return Invalid(error.message, error.problems, offer=offer)


def shortened(error: Invalid) -> Invalid:
    more = len(error.problems) - _MOST_SHOWN
    if more <= 0:
        return error
    rest = Problem(f"另有 {more} 处错误没有列出", "", "请先改正以上各处，再上传检查。")
    return Invalid(error.message, [*error.problems[:_MOST_SHOWN], rest], offer=error.offer)


@transaction.atomic
def fetch_marked(kind: ImportKind, place: ImportPlace, token: UUID, *, by: User) -> bytes:
    content = mark.fetch(token, by=by)
    _record(f"{kind.audit_area}.download_marked", place, by, {})
    return content


def _check_key(kind: ImportKind, document: Document, options: Mapping[str, str]) -> str:
    return ":".join([f"check_{kind.name}", str(document.public_id), *options.values()])


def _check(kind: ImportKind, place: ImportPlace, document: Document, options: Mapping[str, str], by: User) -> Job:
    of = {kind.of: place.obj.pk} if place.obj else {}
    return jobs.enqueue(
        kind=f"check_{kind.name}",
        title=f"检查“{document.name}”",
        args={"document": str(document.public_id), "name": document.name, **of, **options},
        key=_check_key(kind, document, options),
        by=by,
    )


@transaction.atomic
def check_later(kind: ImportKind, sent: SentWorkbook) -> Job:
    return _check(kind, sent.place, store_upload(kind, sent), sent.typed, sent.by)


def checked(kind: ImportKind, place: ImportPlace, document: Document, options: Mapping[str, str]) -> Job | None:
    """The check with these options. Raises NotFound if never checked for this place."""
    rows = Job.objects.filter(key__startswith=_check_key(kind, document, {})).order_by("pk")
    first = rows.first()
    if first is None:
        raise NotFound("这份工作簿还没有检查过。请重新上传。")
    if place.obj and first.args.get(kind.of) != place.obj.pk:
        raise NotFound(
            "这份工作簿不是在这里上传的（属于另一个评估年度或另一份填报）。请回到原来的页面查看，或在这里重新上传。"
        )
    return rows.filter(key=_check_key(kind, document, options)).first()


@transaction.atomic
def confirm_later(
    kind: ImportKind,
    place: ImportPlace,
    document: Document,
    options: Mapping[str, str],
    typed: Mapping[str, str],
    *,
    by: User,
) -> Job:
    """The job that imports a large workbook as previewed; confirmed twice it is one job.

    Options not checked yet are checked first. Raises Conflict when another preview was seen.
    """
    job = checked(kind, place, document, options)
    if job is None:
        job = _check(kind, place, document, options, by)
        _record(f"{kind.audit_area}.ask_check", place, by, {"file": document.name, "job": job.pk, **options})
    elif "preview" in job.result:
        digest = job.result["preview"].get("digest", "")
        if typed["seen"] and typed["seen"] != digest:
            raise Conflict("导入的内容与预览时不同，没有导入。请查看新的预览后再确认。")
        args = {**typed, "seen": digest}
        job = jobs.enqueue(
            kind=f"import_{kind.name}",
            title=f"导入“{document.name}”",
            args={**job.args, **args},
            key=f"import_{kind.name}:{document.public_id}:{digests.fingerprint([*options.items(), args])[:16]}",
            by=by,
        )
        _record(f"{kind.audit_area}.ask_import", place, by, {"file": document.name, "job": job.pk})
    return job


def _sent(context: JobContext) -> tuple[ImportKind, SentWorkbook, Document]:
    kind: ImportKind = import_string(settings.IMPORTS[context.kind.partition("_")[2]])
    place = kind.place(context.by, context.args.get(kind.of))
    document = uploaded(context.by, UUID(context.args["document"]))
    typed = {name: context.args.get(name, "") for name in ("seen", *kind.asks)} | kind.options(context.args)
    return kind, SentWorkbook(place, b"".join(store.read(document)), document.name, context.by, typed), document


def check(context: JobContext) -> dict[str, Any]:
    context.progress(0, _STEPS, "正在读取并逐项核对")
    kind, sent, document = _sent(context)
    try:
        preview = kind.dry_run(sent)
    except Invalid as error:
        context.progress(1, _STEPS, "正在标注错误")
        raise refusal(kind, sent, error) from error
    context.progress(_STEPS, _STEPS)
    url = kind.address("preview", sent.place, document.public_id, options=kind.options(context.args))
    return {"url": url, "label": "查看预览", "preview": preview}


def take_over(context: JobContext) -> dict[str, Any]:
    """A worker's part; what it writes and the end of the job are one transaction."""
    context.progress(0, 0, "正在读取")
    kind, sent, document = _sent(context)
    with transaction.atomic():
        done = carry_out(kind, replace(sent, progress=context.reached))
        url, label = kind.leads_to(sent.place), kind.leads_label
        if done.is_partial:
            options = kind.options(context.args)
            url, label = kind.address("preview", sent.place, document.public_id, options=options), "查看其余的"
        return context.finish({"url": url, "label": label, "said": done.said + done.next_steps})
