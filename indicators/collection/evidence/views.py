"""HTTP for the files behind a submission, and the form of what goes with a file."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.collection.evidence import actions, queries as files_of
from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions import queries, rights
from indicators.collection.submissions.models import Round
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, Refused
from portal.core.files import store, temporary, uploads, views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers, written
from portal.core.lib.forms import PublicReason, RowFilter
from schools.access import restricted
from schools.access.scope import Perm, Request, require
from schools.directory.models import InstitutionKind


class EvidenceForm(forms.Form):
    caption = forms.CharField(label="材料说明（可不填）", required=False, max_length=actions.MAX_CAPTION)
    restricted = forms.BooleanField(
        label="含个人信息（教师名册、残疾儿童名册、身份证号等）",
        required=False,
        help_text="勾选后，只有本单位和审核人员可以下载。",
    )
    public_reason = PublicReason()


class CoverFilter(RowFilter):
    """Which respondents of a round to list by their proof."""

    of = forms.ChoiceField(
        label="填报单位", required=False, choices=[("", "学校"), ("units", "部门、乡镇街道和教育局")]
    )
    cover = forms.ChoiceField(
        label="有这种项目的",
        required=False,
        choices=[("", "全部"), *(one for one in files_of.Cover.choices if one[0] != "there")],
    )
    kind = forms.ChoiceField(label="学校类型", required=False, choices=[("", "全部"), *InstitutionKind.choices])
    q = forms.CharField(label="名称或代码", required=False, max_length=50)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("of"):
            del self.fields["kind"]

    def fits(self, row: files_of.MatrixRow) -> bool:
        wanted = self.asked
        if wanted.get("kind") and row.kind != wanted["kind"]:
            return False
        if wanted.get("cover") and wanted["cover"] not in row.covers.values():
            return False
        return written.is_within(wanted.get("q", ""), row.submission.respondent, row.code)


ROWS = 30


@require(Perm.SUBMISSION_VIEW)
@require_GET
def files(request: Request, pk: int) -> HttpResponse:
    """By required slots; while it is open, with what adds and places files."""
    submission = queries.get(request.user, pk)
    known = queries.load(submission)
    can_fill = rights.may_fill(request.user, submission)
    item = next((one for one in known.items.values() if one.base == request.GET.get("item")), None)
    sheet = files_of.sheet(request.user, known, item.base if item else "")
    context = {
        "submission": submission,
        "item": item,
        "sheet": sheet,
        "form": EvidenceForm(),
        "can_fill": can_fill,
        "can_put": can_fill and (sheet.waiting or sheet.used),
        "may_open_restricted": can_fill or restricted.may_open(request.user, submission),
        "accept": uploads.ACCEPT,
        "accept_photos": uploads.ACCEPT_PHOTOS,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_pages": actions.MAX_PAGES,
        "max_caption": actions.MAX_CAPTION,
    }
    return render(request, "indicators/evidence/files.html", context)


@require(Perm.SUBMISSION_FILL)
@require_http_methods(["GET", "POST"])
def part(request: Request, pk: int) -> HttpResponse:
    """One part of a large file, or how much is there: {"received": bytes}. `attach` takes the whole."""
    submission = queries.get(request.user, pk)
    rights.FILL.ensure(request.user, submission)
    if request.method == "GET":
        there = temporary.received(request.user, request.GET.get("sha256", ""))
    else:
        rights.ensure_editable(submission)
        sent, file = request.POST, request.FILES.get("part")
        size, offset = (numbers.whole(sent.get(name, "")) for name in ("size", "offset"))
        if file is None or size is None or offset is None:
            raise Invalid("没有收到文件的内容。请重新选择文件后再上传。")
        there = temporary.append(request.user, sent.get("sha256", ""), size=size, offset=offset, part=file)
    return JsonResponse({"received": there})


@require(Perm.SUBMISSION_FILL)
@require_POST
def attach(request: Request, pk: int, item: str = "") -> HttpResponse:
    """Files of one item, or those whose item is chosen later, each for itself."""
    submission = queries.get(request.user, pk)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        raise Invalid("材料说明、公开原因最多 200 字，请缩短后重新上传。")
    if sha256 := request.POST.get("stored"):
        with temporary.whole(request.user, sha256, request.POST.get("name", "")) as file:
            return _take(request, submission.pk, item, [file], form.cleaned_data)
    sent = request.FILES.getlist("file")
    if not sent:
        raise Invalid("没有收到文件。请先选择文件，再点“上传”。")
    return _take(request, submission.pk, item, sent, form.cleaned_data)


def _take(request: Request, pk: int, item: str, sent: Iterable[UploadedFile], about: dict[str, Any]) -> HttpResponse:
    # Looked into before the form is remembered: what takes seconds must keep nobody else from writing.
    looked: list[uploads.Accepted | Problem] = []
    for file in sent:
        try:
            looked.append(uploads.accept(file, public_reason=about["public_reason"]))
        except Refused as refusal:
            looked.append(Problem(what=refusal.message))
    return _store(request, pk, item, looked, about)


@once
def _store(
    request: Request, pk: int, item: str, looked: list[uploads.Accepted | Problem], about: dict[str, Any]
) -> HttpResponse:
    done = [file if isinstance(file, Problem) else _attach(request, pk, item, file, about) for file in looked]
    problems = [problem for problem in done if problem]
    if len(problems) == len(looked) == 1:
        raise Invalid(problems[0].what)
    if len(problems) == len(looked):
        raise Invalid(f"{len(problems)} 个文件没有上传。", problems)
    # What is sent file by file is counted by the page that sends.
    if "one_of_many" not in request.POST:
        messages.success(request, f"已上传 {len(looked) - len(problems)} 个文件。")
    for problem in problems:
        messages.error(request, f"没有上传：{problem.what}")
    known = queries.load(queries.get(request.user, pk))
    return redirect(_page(pk, item, files=len(known.evidence)))


def _attach(request: Request, pk: int, item: str, file: uploads.Accepted, about: dict[str, Any]) -> Problem | None:
    how = {name: about[name] for name in ("caption", "restricted")}
    try:
        done = actions.attach(submission_id=pk, item=item, file=file, by=request.user, **how)
    except (Conflict, NotAllowed, NotFound):
        raise
    except Refused as refusal:
        return Problem(what=refusal.message)
    if done.also_used:
        used = "、".join(sorted(set(done.also_used)))
        messages.warning(
            request, f"“{file.name}”与{used}是同一个文件，请确认没有传错。同一份材料用于几项，传一次、归到各项就行。"
        )
    return None


def _page(pk: int, item: str = "", **more: int) -> str:
    """A new address, so that a page already open there is loaded again."""
    asked = urlencode(more | ({"item": item} if item else {}))
    return f"{reverse('evidence:files', args=[pk])}{asked and f'?{asked}'}{item and f'#slot-{item}'}"


@require(Perm.SUBMISSION_FILL)
@require_POST
@once
def assign(request: Request, pk: int) -> HttpResponse:
    """One file to the item whose button was pressed, or every waiting file to the item chosen next to it."""
    submission, sent = queries.get(request.user, pk), request.POST
    pressed = sent.get("item", "")
    if pressed and not sent.get("evidence"):
        raise Invalid("没有选择文件。请先选一个文件，再点要放的项目。")
    if pressed:
        chosen = [(sent["evidence"], pressed)]
    else:
        keys = [key for key in sent if key.startswith("item-") and sent[key]]
        chosen = [(key.removeprefix("item-"), sent[key]) for key in keys]
    if not chosen:
        raise Invalid("没有选择项目。请在文件旁选它用于哪一项，或点项目上的“放这里”。")
    words = {"pages": sent.get("pages", ""), "caption": sent.get("caption", "")} if pressed else {}
    placed = [(numbers.whole(evidence) or 0, item) for evidence, item in chosen]
    actions.assign(submission_id=submission.pk, chosen=placed, by=request.user, **words)
    if len(chosen) > 1:
        messages.success(request, f"已归项 {len(chosen)} 个文件。")
    return redirect(_page(pk, pressed))


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
def show(request: Request, pk: int) -> HttpResponse:
    """In a frame of our own pages; recorded like a download."""
    evidence = actions.hand_out(evidence_id=pk, by=request.user)
    return store.shown(evidence.document)


@require(Perm.SUBMISSION_VIEW)
@require_GET
def download(request: Request, pk: int) -> HttpResponse:
    evidence = actions.hand_out(evidence_id=pk, by=request.user)
    return store.attachment(evidence.document)


@require(Perm.ROUND_VIEW)
@require_GET
def coverage(request: Request, round_id: int) -> HttpResponse:
    """Schools of a round by required proof, or with `?of=units` its departments, townships and the bureau."""
    round_, form, shown = _coverage(request, round_id)
    page = Paginator(shown.rows, ROWS).get_page(request.GET.get("page"))
    lines = [(row, [(item, row.covers.get(item.base)) for item in shown.slots]) for row in page]
    context = {"round": round_, "form": form, "slots": shown.slots, "page": page, "lines": lines}
    return render(request, "indicators/evidence/coverage.html", context)


@require(Perm.ROUND_VIEW)
@require_GET
def export_coverage(request: Request, round_id: int) -> HttpResponse:
    """As filtered."""
    round_, form, shown = _coverage(request, round_id)
    content = actions.export_coverage(round_=round_, shown=shown, by=request.user, filtered=form.described())
    return downloads.download(content, f"{round_.district}{round_.name}佐证情况.xlsx")


def _coverage(request: Request, round_id: int) -> tuple[Round, CoverFilter, files_of.EvidenceMatrix]:
    round_, form = rounds.get(request.user, round_id), CoverFilter(request.GET)
    rows = queries.as_then(rounds.submissions(request.user, round_))
    found = files_of.matrix(round_, rows, is_school=not form.asked.get("of"))
    return round_, form, replace(found, rows=tuple(form.apply(found.rows)))
