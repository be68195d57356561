"""Pages of the review: the queue, one submission, the decisions."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from indicators.collection.reviews import actions, forms, queries
from indicators.collection.reviews.forms import QueueFilter
from indicators.collection.submissions import facts, rights
from indicators.collection.submissions.models import Round, Submission
from indicators.collection.submissions.pages import history
from indicators.collection.submissions.workflow import TABLE
from portal.core.accounts.rights import Request
from portal.core.errors import Invalid
from portal.core.forms.once import once
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import may, passes, require
from schools.directory import queries as directory

PAGE = 30
TABS = ("changes", "figures", "history")


@require(Perm.SUBMISSION_REVIEW)
@require_GET
def queue(request: Request) -> HttpResponse:
    places = directory.townships(directory.districts(request.user, Perm.SUBMISSION_REVIEW))
    form = QueueFilter(request.GET, rounds=queries.rounds(request.user), places=places)
    page = Paginator(form.apply(queries.handed_in(request.user)), PAGE).get_page(request.GET.get("page"))
    changed = queries.signed_by_another_standard(queries.rounds(request.user).filter(state=Round.State.OPEN))
    facts.as_then(page.object_list)
    return render(request, "indicators/reviews/queue.html", {"form": form, "page": page, "changed": changed})


@require(Perm.SUBMISSION_VIEW)
@require_GET
def review(request: Request, submission_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, submission_id))


def _page(
    request: Request,
    submission: Submission,
    error: Invalid | None = None,
    typed: dict[str, forms.TypedReason] | None = None,
) -> HttpResponse:
    read = queries.load(submission)
    tab = request.GET.get("tab") or request.POST.get("tab") or ""
    if tab not in TABS or (tab == "changes" and not read.is_resubmitted):
        tab = "changes" if read.is_resubmitted else "figures"
    may_review = may(request.user, Perm.SUBMISSION_REVIEW, submission)
    is_own = not passes(rights.ensure_not_own, read.revision, request.user)
    context = {
        "submission": submission,
        "read": read,
        "tab": tab,
        "phrases": forms.PHRASES,
        "entries": history(read.revisions, read.items),
        "typed": typed or {},
        "error": error,
        "comment": request.POST.get("comment", ""),
        "may_review": may_review,
        "may_open_restricted": restricted.may_open(request.user, submission),
        "is_own": is_own,
        "may_decide": may_review and not is_own and submission.state in queries.HANDED_IN,
        "is_waiting": submission.state in TABLE["approve"].at,
    }
    return render(request, "indicators/reviews/review.html", context, status=400 if error else 200)


@require(Perm.SUBMISSION_REVIEW)
@require_POST
def begin(request: Request, submission_id: int) -> HttpResponse:
    submission = queries.get(request.user, submission_id)
    actions.begin_review(submission_id=submission.pk, by=request.user)
    messages.success(request, "已开始审核，学校不能再撤回。")
    return redirect("reviews:review", submission.pk)


@require(Perm.SUBMISSION_REVIEW)
@require_POST
@once
def send_back(request: Request, submission_id: int) -> HttpResponse:
    submission = queries.get(request.user, submission_id)
    typed = forms.typed_reasons(request.POST)
    try:
        actions.send_back(
            submission_id=submission.pk,
            reasons=forms.reasons(typed),
            comment=request.POST.get("comment", ""),
            by=request.user,
        )
    except Invalid as error:
        return _page(request, submission, error, typed)
    messages.success(request, f"已退回{submission.respondent}的填报，填报人和校长会收到通知。")
    return redirect("reviews:queue")


@require(Perm.SUBMISSION_REVIEW)
@require_POST
@once
def approve(request: Request, submission_id: int) -> HttpResponse:
    submission = queries.get(request.user, submission_id)
    if typed := forms.typed_reasons(request.POST):
        error = Invalid("您填写了退回原因，却点了“通过”，没有办理。要退回请点“退回”；确定通过请先清空退回原因。")
        return _page(request, submission, error, typed)
    try:
        actions.approve(submission_id=submission.pk, comment=request.POST.get("comment", ""), by=request.user)
    except Invalid as error:
        return _page(request, submission, error)
    messages.success(request, f"{submission.respondent}的填报已通过。")
    following = queries.next_waiting(request.user, submission)
    return redirect("reviews:review", following.pk) if following else redirect("reviews:queue")


@require(Perm.SUBMISSION_REVIEW)
def send_back_blanks(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.round_of(request.user, round_id)
    if request.method == "POST":
        done = actions.send_back_blanks(round_id=round_.pk, by=request.user)
        if done:
            messages.success(request, f"已退回 {len(done)} 份填报，填报人和校长会收到通知。")
        else:
            messages.info(request, "没有需要您退回补填的填报。")
        return redirect("reviews:queue")
    rows = queries.with_blanks(round_)
    own = [row for row in rows if not passes(rights.ensure_not_own, row.revision, request.user)]
    context = {"round": round_, "rows": rows, "own": own, "count": len(rows) - len(own)}
    return render(request, "indicators/reviews/blanks.html", context)
