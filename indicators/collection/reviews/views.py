"""Pages of the review: the queue, one submission, the decisions."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.collection.reviews import (
    actions,
    forms,
    pattern_queries as patterns,
    points,
    queries,
    queue_queries as queue,
    surroundings_queries as surroundings,
)
from indicators.collection.state_statistics import queries as statistics
from indicators.collection.submissions import queries as submissions, rights
from indicators.collection.submissions.models import Round, Submission
from indicators.collection.submissions.workflow import TABLE
from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from portal.core.lib import numbers
from portal.core.lib.views import wants_json
from schools.access import restricted
from schools.access.scope import Perm, Request, may, passes, require
from schools.directory import queries as directory

PAGE = 30
TABS = ("changes", "figures", "history")


@require(Perm.SUBMISSION_REVIEW)
@require_GET
def waiting(request: Request) -> HttpResponse:
    places = directory.townships(directory.districts(request.user, Perm.SUBMISSION_REVIEW))
    found = forms.QueueFilter(request.GET, queryset=queries.handed_in(request.user), request=request, places=places)
    rows, held = queue.with_points(request.user, found.qs, oldest=found.form.asked.get("order") == "oldest")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    if held is None:
        held = surroundings.of(request.user, [row for row in page.object_list if row.state in queries.WAITING])
    without_points = [pk for pk, own_points in held.items() if not own_points]
    clean = queue.to_approve_together(request.user).filter(pk__in=without_points)
    own = queries.rounds(request.user).filter(state=Round.State.OPEN)
    districts = {row.round.district_id for row in page.object_list}
    rules = surroundings.limits_of(*districts) if len(districts) == 1 else None
    context = {
        "form": found.form,
        "page": page,
        "rows": [queue.QueueRow(row, held.get(row.pk)) for row in submissions.as_then(page.object_list)],
        "changed": queries.signed_by_another_standard(own),
        "kinds": points.kinds(rules),
        "is_default": rules is None,
        "clean": Counter(row.round for row in clean).items(),
        "most": queue.MOST if len(rows) > queue.MOST else 0,
    }
    return render(request, "indicators/reviews/queue.html", context)


@require(Perm.SUBMISSION_VIEW)
@require_GET
def review(request: Request, submission_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, submission_id))


def _page(
    request: Request,
    submission: Submission,
    error: Invalid | None = None,
    typed: dict[str, queries.TypedReason] | None = None,
) -> HttpResponse:
    read = queries.load(request.user, submission, typed, [*request.GET.getlist("open"), *request.POST.getlist("open")])
    tab = request.GET.get("tab") or request.POST.get("tab") or ""
    if tab not in TABS or (tab == "changes" and not read.is_resubmitted):
        tab = "changes" if read.is_resubmitted else "figures"
    may_review = may(request.user, Perm.SUBMISSION_REVIEW, submission)
    context = {
        "submission": submission,
        "read": read,
        "tab": tab,
        "phrases": forms.PHRASES,
        "entries": read.history,
        "statistics": statistics.standing(submission),
        "error": error,
        "comment": request.POST.get("comment", ""),
        "may_review": may_review,
        "may_open_restricted": restricted.may_open(request.user, submission),
        "is_own": not passes(rights.ensure_not_own, read.revision, request.user),
        "verbs": {verb.code for verb in TABLE.offers(request.user, submission)},
        "is_waiting": submission.state in queries.WAITING,
        "left": queue.to_decide(request.user).exclude(pk=submission.pk).count() if may_review else 0,
    }
    return render(request, "indicators/reviews/review.html", context, status=400 if error else 200)


@require(Perm.SUBMISSION_REVIEW)
@require_POST
def mark(request: Request, submission_id: int) -> HttpResponse:
    """Items are separated by spaces."""
    submission = queries.get(request.user, submission_id)
    items = (request.POST.get("pass") or request.POST.get("undo") or "").split()
    if not items:
        raise Invalid("没有选择项目。请点项目旁的“通过”。")
    actions.mark_items(
        submission_id=submission.pk,
        revision_id=numbers.whole(request.POST.get("revision", "")) or 0,
        items=items,
        passed=bool(request.POST.get("pass")),
        by=request.user,
    )
    typed = forms.typed_reasons(request.POST)
    if typed and not wants_json(request):
        return _page(request, submission, typed=typed)
    asked = {"tab": request.POST.get("tab", ""), "open": request.POST.getlist("open")}
    url = reverse("reviews:review", args=[submission.pk])
    return redirect(f"{url}?{urlencode(asked, doseq=True)}#row-{items[0]}")


@require(Perm.SUBMISSION_REVIEW)
@require_POST
def begin(request: Request, submission_id: int) -> HttpResponse:
    submission = queries.get(request.user, submission_id)
    actions.begin_review(submission_id=submission.pk, by=request.user)
    messages.success(request, "已开始审核，填报单位不能再撤回。")
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
    messages.success(request, f"已退回{submission.respondent}的填报，填报单位会收到通知。")
    return _next(request, submission)


@require(Perm.SUBMISSION_REVIEW)
@require_POST
@once
def approve(request: Request, submission_id: int) -> HttpResponse:
    return _pass(request, submission_id, actions.approve, "已通过")


@require(Perm.SUBMISSION_REVIEW)
@require_POST
@once
def check(request: Request, submission_id: int) -> HttpResponse:
    return _pass(request, submission_id, actions.check, "业务审核已通过，等局管理员审定")


def _pass(request: Request, submission_id: int, action: Callable[..., Any], done: str) -> HttpResponse:
    submission = queries.get(request.user, submission_id)
    if typed := forms.typed_reasons(request.POST):
        error = Invalid("您填写了退回原因，却点了“通过”，没有办理。要退回请点“退回”；确定通过请先清空退回原因。")
        return _page(request, submission, error, typed)
    try:
        action(submission_id=submission.pk, comment=request.POST.get("comment", ""), by=request.user)
    except Invalid as error:
        return _page(request, submission, error)
    messages.success(request, f"{submission.respondent}的填报{done}。")
    return _next(request, submission)


def _next(request: Request, submission: Submission) -> HttpResponse:
    """What waits next; after one of a batch's sample the rest of the sample, then the batch."""
    drawn = queue.batch(request.user, submission.round)
    sample = queue.sample_of(drawn) if drawn else []
    if any(one.submission.pk == submission.pk for one in sample):
        left = [one.submission.pk for one in sample if not (one.is_passed or one.is_sent_back)]
        return redirect("reviews:review", left[0]) if left else redirect("reviews:batch", submission.round_id)
    following = queue.next_waiting(request.user, submission)
    return redirect("reviews:review", following.pk) if following else redirect("reviews:queue")


@require(Perm.SUBMISSION_REVIEW)
@require_GET
def batch(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.round_of(request.user, round_id)
    drawn = queue.batch(request.user, round_)
    sample, clean = queue.sample_of(drawn) if drawn else [], queue.clean(request.user, round_)
    context = {
        "round": round_,
        "batch": drawn,
        "sample": sample,
        "clean": clean,
        "rest": [row for row in clean if drawn and row.pk in drawn.revisions],
        "is_sent_back": any(row.is_sent_back for row in sample),
        "is_looked_at": bool(drawn) and all(row.is_passed for row in sample),
        "limits": surroundings.limits_of(round_.district_id),
    }
    return render(request, "indicators/reviews/batch.html", context)


@require(Perm.SUBMISSION_REVIEW)
@require_POST
@once
def draw(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.round_of(request.user, round_id)
    drawn = actions.draw(round_id=round_.pk, by=request.user)
    messages.success(request, f"已抽取 {len(drawn.sample)} 份，请先逐份看过。")
    return redirect("reviews:batch", round_.pk)


@require(Perm.SUBMISSION_REVIEW)
@require_POST
@once
def approve_rest(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.round_of(request.user, round_id)
    drawn = queue.batch(request.user, round_)
    if drawn is None:
        raise Conflict("还没有抽取要看的填报。请先抽取，逐份看过再一次通过。")
    done = actions.approve_rest(batch_id=drawn.pk, by=request.user)
    messages.success(request, f"已一次通过 {len(done)} 份填报。")
    return redirect("reviews:queue")


@require(Perm.PATTERN_VIEW)
@require_GET
def suspicious(request: Request) -> HttpResponse:
    """The newest year by default."""
    form = forms.PatternFilter(request.GET, rounds=queries.rounds(request.user, Perm.PATTERN_VIEW))
    round_ = form.asked.get("round") or form.newest
    limits = surroundings.limits_of(round_.district_id) if round_ else points.limits()
    found = patterns.of_round(request.user, round_, limits) if round_ else {}
    rules = points.patterns(limits)
    context = {
        "form": form,
        "round": round_,
        "kinds": [(rules[kind], held) for kind, held in found.items() if held],
        "nothing": [rules[kind] for kind, held in found.items() if not held],
    }
    return render(request, "indicators/reviews/patterns.html", context)


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def steps(request: Request, code: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    two = submissions.in_two_steps(district.pk)
    form = forms.StepsForm(request.POST or None, initial={"two": "two" if two else "one"})
    if request.method == "POST" and form.is_valid():
        changed = actions.set_steps(code=code, two=form.cleaned_data["two"], by=request.user)
        messages.success(request, "审核步骤已保存，从现在起的审核按新的步骤办。" if changed else "审核步骤没有变化。")
        return redirect("reviews:steps", code)
    context = {"district": district, "form": form}
    return render(request, "indicators/reviews/steps.html", context, status=400 if form.errors else 200)


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def limits(request: Request, code: str) -> HttpResponse:
    district = directory.get_district(request.user, code)
    form = forms.LimitsForm(request.POST or None, rules=surroundings.limits_of(district.pk))
    if request.method == "POST" and form.is_valid():
        changed = actions.set_limits(code=code, values=form.cleaned_data, by=request.user)
        messages.success(request, "审核界限已保存，从现在起按新的界限列出要看的。" if changed else "审核界限没有变化。")
        return redirect("reviews:limits", code)
    context = {"district": district, "form": form}
    return render(request, "indicators/reviews/limits.html", context, status=400 if form.errors else 200)


@require(Perm.SUBMISSION_REVIEW)
def send_back_blanks(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.round_of(request.user, round_id)
    if request.method == "POST":
        done = actions.send_back_blanks(round_id=round_.pk, by=request.user)
        if done:
            messages.success(request, f"已退回 {len(done)} 份填报，填报单位会收到通知。")
        else:
            messages.info(request, "没有需要您退回补填的填报。")
        return redirect("reviews:queue")
    rows = queries.with_blanks(round_)
    own = [row for row in rows if not passes(rights.ensure_not_own, row.revision, request.user)]
    context = {"round": round_, "rows": rows, "own": own, "count": len(rows) - len(own)}
    return render(request, "indicators/reviews/blanks.html", context)
