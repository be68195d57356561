"""HTTP for a submission's figures: the form, autosave, checks, signing, the read-only page."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.collection.submissions import (
    actions,
    answers,
    forms,
    owner_actions,
    pages,
    queries,
    rights,
    sheet_pages as sheet,
    workflow,
)
from indicators.collection.submissions.forms import OwnersForm
from indicators.collection.submissions.models import Submission, Waiver
from indicators.collection.submissions.queries import SubmissionFacts
from portal.core.accounts.authentication import Request
from portal.core.accounts.forms import confirm_identity
from portal.core.errors import Invalid, NotFound
from portal.core.lib import views
from schools.access.scope import Perm, require
from schools.directory import queries as directory


@require(Perm.SUBMISSION_FILL)
@require_GET
def mine(request: Request) -> HttpResponse:
    """The only one is opened at once."""
    rows = queries.own(request.user)
    if len(rows) == 1:
        return redirect("submissions:edit", pk=rows[0].pk)
    return render(request, "indicators/submissions/mine.html", {"rows": pages.cards(rows)})


@require(Perm.SUBMISSION_VIEW)
@require_GET
def edit(request: Request, pk: int) -> HttpResponse:
    submission = queries.get(request.user, pk)
    if not rights.may_fill(request.user, submission):
        return redirect("submissions:detail", pk=pk)
    known = queries.load(submission)
    parts = sheet.parts(known, workflow.assess(known), request.user.pk)
    if not parts:
        raise NotFound("按现行标准，本单位没有需要填报的项目。")
    own = [part for part in parts if part.is_own and not part.is_done]
    first = next((part for part in own or parts if part.sent_back), None) or next(
        (part for part in own or parts if part.tone != "ok"), (own or parts)[0]
    )
    return redirect("submissions:section", pk=pk, section=first.code)


@require(Perm.SUBMISSION_VIEW)
@require_GET
def section(request: Request, pk: int, section: str) -> HttpResponse:
    submission = queries.get(request.user, pk)
    if not rights.may_fill(request.user, submission):
        return redirect("submissions:detail", pk=pk)
    return _form(request, queries.load(submission), section)


def _form(
    request: Request, known: SubmissionFacts, section: str, typed: dict[str, sheet.Typed] | None = None
) -> HttpResponse:
    context = pages.form(request.user, known, section, typed=typed, extra=request.GET.get("stage", ""))
    if context is None:
        raise NotFound("这份填报没有这个栏目。")
    return render(request, "indicators/submissions/form.html", context, status=400 if typed else 200)


def _left_to_signer(request: Request, submission: Submission, parsed: forms.Parsed) -> forms.Parsed:
    """Refuse at its field what only who signs may state, so that everything else is saved."""
    items = queries.items_of(submission)
    foreign = queries.statements(items) & set(parsed.values)
    if foreign and not rights.may_state(request.user, submission):
        for code in foreign:
            typed = answers.shown(items[code], parsed.values.pop(code))
            parsed.refused[code] = sheet.Typed(typed, error=rights.HEAD_ONLY)
    return parsed


@require(Perm.SUBMISSION_FILL)
@require_POST
def save_section(request: Request, pk: int, section: str) -> HttpResponse:
    """Without scripts; what cannot be saved is shown again as typed. `same`: fields stated to be as last year."""

    def read(submission: Submission) -> forms.Parsed:
        items = queries.items_of(submission).values()
        parsed = forms.from_post((item for item in items if item.section == section), request.POST)
        return _left_to_signer(request, submission, parsed)

    parsed, saved = actions.save_sent(submission_id=pk, read=read, by=request.user)
    items = queries.items_of(saved.submission)
    refused = parsed.refused | pages.overtaken(items, saved.stale, parsed, request.POST)
    if refused:
        return _form(request, queries.load(saved.submission), section, refused)
    same = request.POST.get("same", "")
    if same:
        saved = actions.state_unchanged(submission_id=pk, fields=same.split(), by=request.user)
        if request.headers.get("Accept", "").startswith("application/json"):
            content = pages.answer(queries.load(saved.submission, saved.given), saved=saved, section=section)
            return JsonResponse(content, json_dumps_params={"ensure_ascii": False})
    messages.success(request, f"已记下：{len(same.split())} 项与上年相同，仍属实。" if same else "已保存。")
    go = request.POST.get("go", "")
    known_section = any(item.section == go for item in items.values())
    return redirect("submissions:section", pk=pk, section=go if known_section else section)


@require(Perm.SUBMISSION_FILL)
@require_POST
def save_answers(request: Request, pk: int) -> JsonResponse:
    """Autosave; the contract is in pages.answer."""
    body = views.json_body(request)

    def read(submission: Submission) -> forms.Parsed:
        return _left_to_signer(request, submission, forms.from_json(queries.items_of(submission), body))

    parsed, saved = actions.save_sent(submission_id=pk, read=read, by=request.user)
    known = queries.load(saved.submission, saved.given)
    content = pages.answer(known, parsed, saved, section=request.GET.get("section", ""))
    status = 409 if saved.stale else 400 if parsed.refused and not saved.versions else 200
    return JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})


@require(Perm.SUBMISSION_FILL)
@require_POST
def waive(request: Request, pk: int) -> HttpResponse:
    """The button's value names the check and the field."""
    submission = queries.get(request.user, pk)
    check, _, field = request.POST.get("warning", "").partition(":")
    reason = request.POST.get(f"reason:{check}:{field}", "")
    try:
        actions.waive(submission_id=pk, check=check, field=field, reason=reason, by=request.user)
    except Invalid as refusal:
        if request.headers.get("Accept", "").startswith("application/json"):
            raise
        return _checklist(
            request, submission, {"field": f"{check}:{field}", "reason": reason, "error": refusal.message}
        )
    if request.headers.get("Accept", "").startswith("application/json"):
        content = pages.answer(queries.load(submission), section=request.GET.get("section", ""))
        return JsonResponse(content, json_dumps_params={"ensure_ascii": False})
    messages.success(request, "已记录说明。")
    if request.POST.get("back") == "check":
        return redirect("submissions:check", pk=pk)
    item = next(one for one in queries.items_of(submission).values() if field in (one.code, one.base))
    place = f"row-{item.base}" if check == Waiver.SENT_BACK else f"f-{field}"
    return redirect(f"{reverse('submissions:section', args=[pk, item.section])}#{place}")


@require(Perm.SUBMISSION_VIEW)
@require_GET
def check(request: Request, pk: int) -> HttpResponse:
    return _checklist(request, queries.get(request.user, pk))


def _checklist(request: Request, submission: Submission, refused: dict[str, str] | None = None) -> HttpResponse:
    """`refused` is a reason that was not stored, shown again at its warning as typed."""
    context = pages.checklist(request.user, queries.load(submission)) | {
        "can_fill": rights.may_fill(request.user, submission),
        "refused": refused,
    }
    return render(request, "indicators/submissions/check.html", context, status=400 if refused else 200)


@require(Perm.SUBMISSION_FILL)
@require_POST
def hand_over(request: Request, pk: int) -> HttpResponse:
    """What is still open is on the page with links."""
    queries.get(request.user, pk)
    try:
        submission = actions.hand_over(submission_id=pk, by=request.user)
    except Invalid as refusal:
        messages.error(request, refusal.message)
        return redirect("submissions:check", pk=pk)
    signer = "校长" if submission.school_id else "局管理员"
    messages.success(request, f"已送{signer}签发，并已发出通知。签发前仍可修改。")
    return redirect("submissions:check", pk=pk)


@require(Perm.SUBMISSION_SIGN)
@require_GET
def sign(request: Request, pk: int) -> HttpResponse:
    submission = queries.get(request.user, pk)
    if not submission.is_editable:
        return redirect("submissions:detail", pk=pk)
    return render(request, "indicators/submissions/sign.html", pages.signing(request.user, queries.load(submission)))


@require(Perm.SUBMISSION_SIGN)
@require_POST
def submit(request: Request, pk: int) -> HttpResponse:
    submission = queries.get(request.user, pk)
    form = forms.SignForm(request.POST, by=request.user)
    # Pressed twice the first one has spent the one-time code; the second leads to the same receipt.
    if form.is_valid() and queries.is_signed(submission, form.cleaned_data["number"], request.user):
        return redirect("submissions:detail", pk=pk)
    if not form.is_valid() or not confirm_identity(request, form):
        context = pages.signing(request.user, queries.load(submission)) | {"form": form}
        return render(request, "indicators/submissions/sign.html", context, status=400)
    revision = actions.submit(submission_id=pk, number=form.cleaned_data["number"], by=request.user)
    messages.success(request, f"已提交，回执号 {revision.receipt}。")
    return redirect("submissions:detail", pk=pk)


@require(Perm.SUBMISSION_SIGN)
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    queries.get(request.user, pk)
    try:
        actions.withdraw(submission_id=pk, reason=request.POST.get("reason", ""), by=request.user)
    except Invalid as error:
        messages.error(request, error.message)
        return redirect("submissions:detail", pk=pk)
    messages.success(request, "已撤回，可以继续修改。修改后须重新签发提交。")
    return redirect("submissions:edit", pk=pk)


@require(Perm.SUBMISSION_VIEW)
@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    submission = queries.get(request.user, pk)
    return render(
        request,
        "indicators/submissions/detail.html",
        pages.reading_page(request.user, queries.load(submission)),
    )


@require(Perm.SUBMISSION_VIEW)
@require_GET
def revision(request: Request, pk: int) -> HttpResponse:
    row = queries.revision(request.user, pk)
    return render(request, "indicators/submissions/revision.html", pages.frozen(row))


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
def owners(request: Request, code: str) -> HttpResponse:
    """`?propose` fills in the standard's default table, unsaved."""
    district = directory.get_district(request.user, code)
    propose = "propose" in request.GET
    form = OwnersForm(request.POST or None, district=district, propose=propose)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            changed = owner_actions.assign_items(
                district_id=district.pk, owners=form.owners(), reason=reason, by=request.user
            )
        except Invalid as error:
            refusal = error
        else:
            messages.success(request, f"已保存，{len(changed)} 项改了填报单位。" if changed else "分工没有变化。")
            return redirect("submissions:owners", code)
    context = {"district": district, "form": form, "propose": propose, "refusal": refusal}
    status = 400 if form.errors or refusal else 200
    return render(request, "indicators/submissions/owners.html", context, status=status)
