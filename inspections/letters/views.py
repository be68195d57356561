"""Pages of papers: the list, a new draft, one paper with its text, issuing and service, the wording and words of a district."""

import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from inspections.letters import actions, document, forms, kinds, queries, wording_actions, workflow
from inspections.letters.forms import (
    BatchForm,
    DeliverForm,
    IssueForm,
    LetterFilter,
    SubjectForm,
    WithdrawForm,
    WordingForm,
    WordsForm,
)
from inspections.letters.models import Letter
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads, views as downloads
from portal.core.forms.once import once
from portal.core.lib import numbers
from portal.core.papers import pdf
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, require
from schools.directory import queries as directory

_PER_PAGE = 30


@require(Perm.LETTER_VIEW)
@require_GET
def letters(request: Request) -> HttpResponse:
    chosen = LetterFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    page = Paginator(chosen.qs, _PER_PAGE).get_page(request.GET.get("page"))
    for row in page:
        row.tone = workflow.TABLE.states[row.state].tone
    context = {
        "filter": chosen,
        "page": page,
        "may_draft": bool(drafted := queries.drafted_by(request.user)),
        "drafts_as_school": all(kind.author == "school" for kind in drafted),
        "may_export": holds(request.user, Perm.LETTER_DRAFT) or holds(request.user, Perm.LETTER_ISSUE),
        "settable": directory.districts(request.user, Perm.LETTER_ISSUE).filter(schools__isnull=False).distinct(),
    }
    return render(request, "inspections/letters/list.html", context)


@require(Perm.LETTER_DRAFT, Perm.LETTER_ISSUE)
@require_GET
def register(request: Request) -> HttpResponse:
    """Filtered as the list; orders and reports only if unfiltered."""
    chosen = LetterFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    content = actions.export(letters=chosen.qs, with_others=not chosen.form.chosen, by=request.user)
    return downloads.download(content, f"发文登记簿-{timezone.localdate():%Y%m%d}.xlsx")


@require(Perm.LETTER_DRAFT, Perm.FINDING_RECTIFY)
@require_GET
def new(request: Request) -> HttpResponse:
    return render(request, "inspections/letters/new.html", {"kinds": queries.drafted_by(request.user)})


@require(Perm.LETTER_DRAFT, Perm.FINDING_RECTIFY)
@once
def draft(request: Request, code: str) -> HttpResponse:
    kind = queries.kind_of(code)
    data = request.POST or ({"subject": request.GET["subject"]} if "subject" in request.GET else None)
    form = SubjectForm(request.POST or None, kind=kind, user=request.user, initial=data or {})
    if request.method == "POST" and form.is_valid():
        try:
            letter = actions.draft(kind=code, **form.about, by=request.user)
        except Conflict as refusal:
            form.add_error(None, refusal.lines)
        else:
            return redirect("letters:edit", letter.pk)
    context = {"form": form, "kind": kind}
    return render(request, "inspections/letters/draft.html", context, status=400 if form.errors else 200)


@require(Perm.LETTER_VIEW)
@require_GET
def detail(request: Request, letter_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, letter_id))


def _page(request: Request, letter: Letter, **bound: Any) -> HttpResponse:
    verbs = {verb.code for verb in workflow.TABLE.offers(request.user, letter)}
    text = queries.text_of(letter)
    context = {
        "letter": letter,
        "kind": letter.spec,
        "tone": workflow.TABLE.states[letter.state].tone,
        "verbs": verbs,
        "paper": document.of(text),
        "blocks": queries.preview(document.of(text)),
        "files": queries.files(letter),
        "accept": uploads.ACCEPT,
        "missing": text.missing() if "save" in verbs else [],
        "past_days": forms.past_days(letter) if "save" in verbs else [],
        "waits": workflow.waits_for(letter) if letter.state == Letter.State.DRAFT else "",
        "issue_form": bound.get("issue") or (IssueForm(by=request.user) if "issue" in verbs else None),
        "deliver_form": bound.get("deliver") or (DeliverForm(auto_id="deliver_%s") if "deliver" in verbs else None),
        "withdraw_form": bound.get("withdraw")
        or (WithdrawForm(auto_id="withdraw_%s") if "withdraw" in verbs else None),
    }
    return render(request, "inspections/letters/detail.html", context, status=400 if bound else 200)


@require(Perm.LETTER_DRAFT, Perm.FINDING_RECTIFY)
@once
def edit(request: Request, letter_id: int) -> HttpResponse:
    """What was typed stays when something is wrong."""
    letter = queries.get(request.user, letter_id)
    workflow.DRAFT.ensure(request.user, letter)
    if letter.state != Letter.State.DRAFT:
        return redirect("letters:detail", letter.pk)
    posted = request.POST.dict() if request.method == "POST" else None
    errors: list[str] = []
    if posted is not None:
        typed, problems = forms.read(letter, posted)
        errors = [str(problem) for problem in problems]
        if not errors:
            try:
                actions.save(
                    letter_id=letter.pk,
                    version=numbers.whole(posted.get("version", "")) or 0,
                    title=posted.get("title", "")[:200],
                    typed=typed,
                    red_head=bool(posted.get("red_head")),
                    by=request.user,
                )
            except (Invalid, Conflict) as refusal:
                errors = refusal.lines
            else:
                messages.success(request, "草稿已保存。")
                return redirect("letters:detail", letter.pk)
    context = {
        "letter": letter,
        "kind": letter.spec,
        "title": posted.get("title", "") if posted is not None else letter.title,
        "red_head": bool(posted.get("red_head")) if posted is not None else letter.red_head,
        "asked": queries.asked(letter, posted),
        "problems": errors,
    }
    return render(request, "inspections/letters/edit.html", context, status=400 if errors else 200)


@require(*workflow.DRAFT.perms)
@require_POST
@uploads.inspected()
@once
def attach(request: Request, letter_id: int) -> HttpResponse:
    letter = queries.get(request.user, letter_id)
    if "file" not in request.FILES:
        raise Invalid("没有收到文件，请先选择文件。")
    actions.attach(letter_id=letter.pk, upload=request.FILES["file"], by=request.user)  # type: ignore[arg-type]
    messages.success(request, "佐证已上传。")
    return redirect("letters:detail", letter.pk)


@require(*workflow.DRAFT.perms)
@require_POST
@once
def detach(request: Request, letter_id: int, file_id: int) -> HttpResponse:
    letter = queries.get(request.user, letter_id)
    actions.detach(letter_id=letter.pk, file_id=file_id, by=request.user)
    messages.success(request, "佐证已撤下，系统仍留有记录。")
    return redirect("letters:detail", letter.pk)


@require(Perm.LETTER_VIEW)
@require_GET
def file(request: Request, letter_id: int, file_id: int) -> HttpResponse:
    row = queries.file_of(request.user, letter_id, file_id)
    return restricted.attachment(row.document, behind=row.letter, by=request.user)


@require(*workflow.DRAFT.perms)
@require_POST
@once
def refresh(request: Request, letter_id: int) -> HttpResponse:
    letter = actions.refresh(letter_id=queries.get(request.user, letter_id).pk, by=request.user)
    messages.success(request, "已按现在的数据和文字重新填入，您填写的内容没有变。")
    return redirect("letters:detail", letter.pk)


@require(*workflow.DRAFT.perms)
@require_POST
@once
def discard(request: Request, letter_id: int) -> HttpResponse:
    letter = actions.discard(letter_id=queries.get(request.user, letter_id).pk, by=request.user)
    messages.success(request, "草稿已作废，系统仍留有记录。")
    return redirect("letters:detail", letter.pk)


@require(*workflow.ISSUE.perms)
@require_POST
@once
def issue(request: Request, letter_id: int) -> HttpResponse:
    letter = queries.get(request.user, letter_id)
    workflow.TABLE["issue"].ensure(request.user, letter)
    form = IssueForm(request.POST, by=request.user)
    if form.is_valid():
        try:
            read = numbers.whole(request.POST.get("version", ""))
            letter = actions.issue(letter_id=letter.pk, version=read, by=request.user, **form.cleaned_data)
        except (Invalid, Conflict) as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, f"已签发{f'，文号 {letter.number}' if letter.number else ''}，已通知收件人。")
            return redirect("letters:detail", letter.pk)
    return _page(request, letter, issue=form)


@require(*workflow.ISSUE.perms)
@once
def batch(request: Request, letter_id: int) -> HttpResponse:
    letter = queries.get(request.user, letter_id)
    workflow.TABLE["issue"].ensure(request.user, letter)
    if not letter.spec.batch or letter.state != Letter.State.DRAFT:
        raise Conflict("这份文书不能逐校签发：只有整改通知书等写给一所学校的草稿可以。")
    form = BatchForm(request.POST or None, letter=letter, by=request.user)
    if request.method == "POST" and form.is_valid():
        ids = [school.pk for school in form.cleaned_data["schools"]]
        signer = form.cleaned_data["signer"]
        job = actions.ask_batch(letter_id=letter.pk, school_ids=ids, signer=signer, by=request.user)
        return redirect("jobs:detail", job.pk)
    context = {"form": form, "letter": letter, "kind": letter.spec}
    return render(request, "inspections/letters/batch.html", context, status=400 if form.errors else 200)


@require(*workflow.RECEIVE.perms)
@require_POST
@once
def receive(request: Request, letter_id: int) -> HttpResponse:
    letter = actions.receive(letter_id=queries.get(request.user, letter_id).pk, by=request.user)
    messages.success(request, "已签收。")
    return redirect("letters:detail", letter.pk)


@require(*workflow.DELIVER.perms)
@require_POST
@once
def deliver(request: Request, letter_id: int) -> HttpResponse:
    letter = queries.get(request.user, letter_id)
    workflow.TABLE["deliver"].ensure(request.user, letter)
    form = DeliverForm(request.POST, auto_id="deliver_%s")
    if form.is_valid():
        try:
            actions.deliver(letter_id=letter.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, "送达已登记。")
            return redirect("letters:detail", letter.pk)
    return _page(request, letter, deliver=form)


@require(*workflow.ISSUE.perms)
@require_POST
@once
def withdraw(request: Request, letter_id: int) -> HttpResponse:
    letter = queries.get(request.user, letter_id)
    workflow.TABLE["withdraw"].ensure(request.user, letter)
    form = WithdrawForm(request.POST, auto_id="withdraw_%s")
    if form.is_valid():
        actions.withdraw(letter_id=letter.pk, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, "已撤回，文号留在登记簿里，已通知收件人。")
        return redirect("letters:detail", letter.pk)
    return _page(request, letter, withdraw=form)


@require(Perm.LETTER_VIEW)
@require_GET
def preview(request: Request, letter_id: int) -> HttpResponse:
    """PDF; not recorded, for it is marked as a draft."""
    letter = queries.get(request.user, letter_id)
    if letter.pdf:
        return redirect("letters:download", letter.pk, "pdf")
    content = pdf.render(document.of(queries.text_of(letter)))
    return downloads.show(io.BytesIO(content), "草稿.pdf", downloads.PAPERS["pdf"])


@require(Perm.LETTER_VIEW)
@require_GET
def download(request: Request, letter_id: int, kind: str) -> HttpResponse:
    found = actions.take_file(letter_id=letter_id, kind=kind, by=request.user)
    return restricted.attachment(found, behind=queries.get(request.user, letter_id), by=request.user)


@require(Perm.LETTER_ISSUE)
@once
def wording(request: Request, code: str, kind: str) -> HttpResponse:
    district = get_object_or_404(directory.districts(request.user, Perm.LETTER_ISSUE), code=code)
    spec = queries.kind_of(kind)
    sections = queries.sections(spec, queries.wording(district.pk, spec))
    form = WordingForm(request.POST or None, sections=sections)
    if request.method == "POST" and form.is_valid():
        try:
            row = wording_actions.set_wording(
                district=district, kind=kind, parts=form.parts(), reason=form.cleaned_data["reason"], by=request.user
            )
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, f"第 {row.version} 版已保存，从现在起的新草稿使用；已签发的文书不变。")
            return redirect("letters:wording", code, kind)
    context = {
        "district": district,
        "kind": spec,
        "form": form,
        "versions": queries.versions(district.pk, spec),
        "blanks": queries.blanks(spec),
    }
    return render(request, "inspections/letters/wording.html", context, status=400 if form.errors else 200)


@require(Perm.LETTER_ISSUE)
@once
def words(request: Request, code: str) -> HttpResponse:
    district = get_object_or_404(directory.districts(request.user, Perm.LETTER_ISSUE), code=code)
    form = WordsForm(request.POST or None, words=queries.words(district.pk))
    if request.method == "POST" and form.is_valid():
        wording_actions.set_words(district=district, words=form.cleaned_data, by=request.user)
        messages.success(request, "发文字已保存，从现在起签发的文书使用。")
        return redirect("letters:words", code)
    context = {"district": district, "form": form, "kinds": kinds.load().values()}
    return render(request, "inspections/letters/words.html", context, status=400 if form.errors else 200)
