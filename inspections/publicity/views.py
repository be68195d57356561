"""The public page of a district with its complaints, for everybody; and where the bureau says what is on it."""

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inspections.publicity import actions, queries, workflow
from inspections.publicity.forms import AcceptForm, AnswerTextForm, ComplaintForm, NoticeForm, PageForm, ReceiptForm
from inspections.publicity.models import Complaint, PublicPage
from portal.core.accounts.authentication import Request, public
from portal.core.errors import Invalid, NotFound
from portal.core.files import store
from portal.core.forms.once import once
from schools.access.scope import Perm, require

PAGE = 20


@public
@csrf_exempt
@require_GET
def everybody(request: HttpRequest, code: str) -> HttpResponse:
    page = queries.page(code)
    context = {
        "page": page,
        "standing": queries.standing(page),
        "notices": queries.notices(page),
        "results": queries.results(page),
    }
    return render(request, "inspections/publicity/public_page.html", context)


@public
@csrf_exempt
@require_GET
def result(request: HttpRequest, code: str, letter_id: int) -> HttpResponse:
    page = queries.page(code)
    letter = queries.results(page).filter(pk=letter_id).first()
    if letter is None or letter.pdf is None:
        raise NotFound("没有这份督导结果，或已经撤回。")
    return store.attachment(letter.pdf)


@public
@csrf_exempt
@require_http_methods(["GET", "POST"])
def complain(request: HttpRequest, code: str) -> HttpResponse:
    """No cookie: the form's own key makes a second sending the same one. What is refused stays in the page."""
    page = queries.page(code)
    if not page.takes_complaints:
        raise NotFound("这里现在不接收群众反映。请按公开页上的其他渠道反映。")
    form, status = ComplaintForm(request.POST or None, page=page), 200
    if request.method == "POST" and form.is_valid():
        sent = form.sent()
        receipt = queries.receipt(sent.key)
        known = queries.by_receipt(page, receipt)
        if known is None and actions.is_too_often(address=request.META.get("REMOTE_ADDR", "")):
            form.add_error(None, f"这个网络地址半小时内已提交 {actions.MOST} 次，请半小时后再提交。您写的内容还在。")
            status = 429
        else:
            complaint = known or actions.complain(page=page, sent=sent)
            return render(
                request,
                "inspections/publicity/receipt.html",
                {"page": page, "receipt": receipt, "complaint": complaint},
            )
    elif form.errors:
        status = 400
    context = {"page": page, "form": form}
    return render(request, "inspections/publicity/complain.html", context, status=status)


@public
@csrf_exempt
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """By its receipt, which is posted and never in an address."""
    page = queries.page(code)
    form, complaint = ReceiptForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        complaint = queries.by_receipt(page, form.cleaned_data["receipt"])
        if complaint is None:
            form.add_error("receipt", "没有这个查询码，请核对后再输入一次。")
    context = {"page": page, "form": form, "complaint": complaint}
    return render(request, "inspections/publicity/ask.html", context, status=400 if form.errors else 200)


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def edit(request: Request, code: str) -> HttpResponse:
    page = queries.own_page(request.user, code)
    form = PageForm(request.POST or None, user=request.user, page=page)
    if request.method == "POST" and form.is_valid():
        actions.set_page(district=page.district, by=request.user, **form.cleaned_data)
        messages.success(request, "已保存。")
        return redirect("publicity:edit", code)
    return _edit(request, page, form=form)


def _edit(request: Request, page: PublicPage, *, form: PageForm, notice: NoticeForm | None = None) -> HttpResponse:
    addresses = [
        (label, url, segno.make(url).svg_data_uri(border=2, scale=4))
        for label, name in (("公开页", "publicity:everybody"), ("群众反映", "publicity:complain"))
        for url in [request.build_absolute_uri(reverse(name, args=[page.district.code]))]
    ]
    context = {
        "page": page,
        "form": form,
        "notice_form": notice or NoticeForm(),
        "notices": queries.notices(page),
        "addresses": addresses if page.is_open else [],
    }
    status = 400 if form.errors or (notice and notice.errors) else 200
    return render(request, "inspections/publicity/edit.html", context, status=status)


@require(Perm.DISTRICT_EDIT)
@require_POST
@once
def publish(request: Request, code: str) -> HttpResponse:
    page = queries.own_page(request.user, code)
    form = NoticeForm(request.POST)
    if form.is_valid():
        actions.publish(district=page.district, by=request.user, **form.cleaned_data)
        messages.success(request, "公告已发布。" if page.is_open else "公告已保存，打开“对外公开”后才能看到。")
        return redirect("publicity:edit", code)
    return _edit(request, page, form=PageForm(user=request.user, page=page), notice=form)


@require(Perm.DISTRICT_EDIT)
@require_POST
@once
def withdraw(request: Request, notice_id: int) -> HttpResponse:
    notice = queries.own_notice(request.user, notice_id)
    actions.withdraw(notice_id=notice.pk, by=request.user)
    messages.success(request, "公告已撤下。")
    return redirect("publicity:edit", notice.district.code)


@require(Perm.FINDING_DISPATCH)
@require_GET
def complaints(request: Request) -> HttpResponse:
    page = Paginator(queries.complaints(request.user), PAGE).get_page(request.GET.get("page"))
    rows = [(row, workflow.TABLE.states[row.state].tone) for row in page]
    return render(request, "inspections/publicity/complaints.html", {"page": page, "rows": rows})


@require(Perm.FINDING_DISPATCH)
@require_GET
def complaint(request: Request, complaint_id: int) -> HttpResponse:
    return _complaint(request, get_object_or_404(queries.complaints(request.user), pk=complaint_id))


def _complaint(
    request: Request, found: Complaint, accepting: AcceptForm | None = None, answering: AnswerTextForm | None = None
) -> HttpResponse:
    context = {
        "complaint": found,
        "tone": workflow.TABLE.states[found.state].tone,
        "verbs": {verb.code for verb in workflow.TABLE.offers(request.user, found)},
        "accept_form": accepting or AcceptForm(complaint=found),
        "answer_form": answering or AnswerTextForm(),
    }
    return render(
        request, "inspections/publicity/complaint.html", context, status=400 if accepting or answering else 200
    )


@require(Perm.FINDING_DISPATCH)
@require_POST
@once
def accept(request: Request, complaint_id: int) -> HttpResponse:
    found = get_object_or_404(queries.complaints(request.user), pk=complaint_id)
    form = AcceptForm(request.POST, complaint=found)
    if form.is_valid():
        despite = form.cleaned_data["despite"]
        try:
            finding = actions.accept(complaint_id=found.pk, content=form.content(), despite=despite, by=request.user)
        except Invalid as refusal:
            form.add_error(None, refusal.lines)
        else:
            messages.success(request, f"已受理，登记为 {finding.number}，等待派发。")
            return redirect("rectification:detail", finding.pk)
    return _complaint(request, found, accepting=form)


@require(Perm.FINDING_DISPATCH)
@require_POST
@once
def answer(request: Request, complaint_id: int) -> HttpResponse:
    found = get_object_or_404(queries.complaints(request.user), pk=complaint_id)
    form = AnswerTextForm(request.POST)
    if form.is_valid():
        actions.answer(complaint_id=found.pk, text=form.cleaned_data["text"], by=request.user)
        messages.success(request, "已答复，反映的人用查询码可以看到。")
        return redirect("publicity:complaint", found.pk)
    return _complaint(request, found, answering=form)
