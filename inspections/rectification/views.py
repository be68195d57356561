"""Pages of the ledger and the conversation on one finding; one address per step."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.rectification import actions, current, ledger, offers, queries, rights
from inspections.rectification.forms import FindingFilter
from inspections.rectification.models import Entry, Finding
from portal.core.accounts.doors import Request
from portal.core.errors import Invalid
from portal.core.forms.once import once
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import holds, passes, require

TONES = {
    "to_dispatch": "muted",
    "rectifying": "info",
    "close_requested": "warn",
    "verifying": "warn",
    "closed": "ok",
    "sent_back": "bad",
}
_ENTRY_TONES = {
    "close": "ok",
    "send_back": "bad",
    "reopen": "bad",
    "decline_extension": "warn",
    "request_close": "warn",
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require(Perm.FINDING_VIEW)
@require_GET
def findings(request: Request) -> HttpResponse:
    """The ledger in one of its three views; filters are kept in the address."""
    chosen = FindingFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    view = request.GET.get("view", "problems")
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    now = current.of(page)
    queries.as_then(page)
    for row in page:
        row.now = now[row.pk]
        row.tone = TONES[row.state]
        row.measures = ledger.said(row, Entry.Kind.MEASURE)
        row.progress = ledger.said(row, Entry.Kind.PROGRESS, Entry.Kind.REQUEST_CLOSE)
    context = {
        "filter": chosen,
        "page": page,
        "view": view if view in ledger.VIEWS else "problems",
        "views": ledger.VIEWS,
        "counts": queries.counts(request.user),
        "may_name": holds(request.user, Perm.RESTRICTED_VIEW),
        "may_register": holds(request.user, Perm.FINDING_DISPATCH),
        "evaluation": queries.latest_evaluation(request.user),
    }
    return render(request, "inspections/rectification/list.html", context)


@require(Perm.FINDING_VIEW)
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse:
    """Download the filtered ledger as a workbook."""
    chosen = FindingFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    purpose = request.POST.get("purpose")
    content = actions.export(findings=chosen.qs, title="问题整改台账", by=request.user, purpose=purpose)
    answer = HttpResponse(content, content_type=_XLSX)
    name = f"问题整改台账-{timezone.localdate():%Y%m%d}.xlsx"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


@require(Perm.FINDING_VIEW)
@require_GET
def detail(request: Request, finding_id: int) -> HttpResponse:
    """One finding as a conversation with dates, and the steps the person may take."""
    return _page(request, queries.get(request.user, finding_id))


def _page(request: Request, finding: Finding, typed: dict[str, Any] | None = None) -> HttpResponse:
    entries = queries.conversation(finding)
    for entry in entries:
        entry.tone = _ENTRY_TONES.get(entry.kind, "info")  # type: ignore[attr-defined]
    now = current.of([finding])[finding.pk]
    context = {
        "finding": finding,
        "now": now,
        "tone": TONES[finding.state],
        "entries": entries,
        "steps": offers.offered(request.user, finding, now, typed),
        "indicator": dict(queries.indicator_choices([finding.school.district_id])).get(
            finding.indicator, finding.indicator
        ),
        "may_amend": finding.state == Finding.State.TO_DISPATCH
        and passes(rights.ensure_may_amend, request.user, finding),
        "bare": request.user.pk in {entry.by_id for entry in entries if entry.kind in queries.RECTIFYING_KINDS},
    }
    return render(request, "inspections/rectification/detail.html", context, status=400 if typed else 200)


def _take(request: Request, finding_id: int, verb: str, act: Callable[..., Any], done: str) -> HttpResponse:
    """Carry out one step, or show the finding again with what was typed and what is wrong."""
    finding = queries.get(request.user, finding_id)
    form = offers.form_for(offers.STEPS[verb], finding, request.POST, request.FILES)
    if form.is_valid():
        try:
            act(finding_id=finding.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            for text in [str(problem) for problem in refusal.problems] or [refusal.message]:
                form.add_error(None, text)
        else:
            messages.success(request, done)
            return redirect("rectification:detail", finding.pk)
    return _page(request, finding, {verb: form})


def _step(verb: str, act: Callable[..., Any], done: str, *perms: Perm) -> Callable[..., HttpResponse]:
    """Return the address of one step: who may knock, what is done, what is said afterwards."""

    def view(request: Request, finding_id: int) -> HttpResponse:
        return _take(request, finding_id, verb, act, done)

    view.__name__ = verb
    return require(*perms)(require_POST(once(view)))


# The school's steps.
measure = _step("measure", actions.record_measure, "整改措施已保存。", Perm.FINDING_RECTIFY)
progress = _step("progress", actions.record_progress, "整改进展已保存。", Perm.FINDING_RECTIFY)
request_close = _step("request_close", actions.request_close, "已申请销号，已通知核查人员。", Perm.FINDING_RECTIFY)
ask_extension = _step(
    "ask_extension", actions.ask_extension, "延期申请已提交，答复前原期限不变。", Perm.FINDING_RECTIFY
)
# The verifier's.
begin_check = _step("begin_check", actions.begin_check, "已开始核查。", Perm.FINDING_VERIFY)
close = _step("close", actions.close, "已销号，已通知学校。", Perm.FINDING_VERIFY)
send_back = _step("send_back", actions.send_back, "已退回，已通知学校。", Perm.FINDING_VERIFY)
# The action asks for the right to dispatch or to verify.
_DECIDING = (Perm.FINDING_DISPATCH, Perm.FINDING_VERIFY)
extend = _step("extend", actions.extend, "期限已延长，已通知学校。", *_DECIDING)
decline_extension = _step("decline_extension", actions.decline_extension, "已答复学校。", *_DECIDING)
reopen = _step("reopen", actions.reopen, "已重新打开，已通知学校。", *_DECIDING)


@require(Perm.FINDING_VIEW)
@require_GET
def photo(request: Request, finding_id: int) -> HttpResponse:
    """Hand out the photo of a finding."""
    finding = queries.get(request.user, finding_id)
    if finding.photo is None:
        raise Http404
    return restricted.attachment(finding.photo, behind=finding, by=request.user)


@require(Perm.FINDING_VIEW)
@require_GET
def file(request: Request, finding_id: int, file_id: int) -> HttpResponse:
    """Hand out a file of a step."""
    file = queries.file_of(request.user, finding_id, file_id)
    return restricted.attachment(file.document, behind=file, by=request.user)
