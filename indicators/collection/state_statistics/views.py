"""Pages of the statistics: comparison, import, prefill, explanation."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.collection.rounds import queries as rounds
from indicators.collection.state_statistics import actions, queries
from indicators.collection.state_statistics.forms import CompareFilter, DifferenceReasonForm
from indicators.collection.state_statistics.queries import LABELS, TONES, StatisticsDifference
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round
from portal.core.accounts.rights import Request
from portal.core.errors import NotFound, Refused
from portal.core.lib import downloads
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import ensure, may, require

PAGE = 100


def _lines(request: Request, round_: Round) -> list[StatisticsDifference]:
    return queries.lines(round_, list(queries.school_submissions(request.user).filter(round=round_)))


@require(Perm.SUBMISSION_VIEW)
@require_GET
def compare(request: Request) -> HttpResponse:
    round_ = queries.choose(request.user, request.GET.get("round", ""))
    if round_ is None:
        return render(request, "indicators/state_statistics/compare.html", {"round": None})
    lines = _lines(request, round_)
    held = queries.rounds(request.user)
    form = CompareFilter(held, round_, lines, request.GET)
    shown = form.apply(lines)
    counts = queries.counts(lines)
    context = {
        "round": round_,
        "form": form,
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "counts": [(state.value, LABELS[state], TONES[state], count) for state, count in counts.items()],
        "imported": bool(lines),
        "tolerance": queries.tolerance(),
        "year": queries.year_of(round_),
        "may_name": restricted.may_name(request.user, queries.submissions_of(shown)),
        "manages": may(request.user, Perm.ROUND_MANAGE, round_),
        "fills": queries.fills(request.user, round_),
        "several": len(held) > 1,
        "reset": f"{reverse('state_statistics:compare')}?round={round_.pk}",
    }
    return render(request, "indicators/state_statistics/compare.html", context)


@require(Perm.SUBMISSION_VIEW)
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse:
    round_ = queries.choose(request.user, request.GET.get("round", ""))
    if round_ is None:
        raise NotFound("还没有评估年度，没有可以导出的核对结果。")
    lines = _lines(request, round_)
    form = CompareFilter(queries.rounds(request.user), round_, lines, request.GET)
    content = actions.export(
        round_=round_,
        lines=form.apply(lines),
        by=request.user,
        filtered=form.described(),
        purpose=request.POST.get("purpose"),
    )
    name = f"{round_.district}{round_.name}统计核对.xlsx"
    return downloads.download(content, name)


@require(Perm.ROUND_MANAGE)
@require_POST
def prefill(request: Request, round_id: int) -> HttpResponse:
    round_ = rounds.get(request.user, round_id)
    made = actions.prefill(round_id=round_.pk, by=request.user)
    schools = len({row.submission_id for row in made})
    done = f"已为 {schools} 所学校预填 {len(made)} 项，请学校核对。" if made else "没有可以预填的空白项。"
    messages.success(request, done)
    return redirect(f"{reverse('state_statistics:compare')}?round={round_.pk}")


@require(Perm.SUBMISSION_FILL)
@require_http_methods(["GET", "POST"])
def difference_reason(request: Request, submission_id: int, item: str) -> HttpResponse:
    submission = submissions.get(request.user, submission_id)
    ensure(request.user, Perm.SUBMISSION_FILL, submission)
    line = queries.line(submission, item)
    form = DifferenceReasonForm(
        request.POST or None, initial={"reason": line.explanation.reason if line.explanation else ""}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_difference_reason(submission_id=submission.pk, item=item, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"已说明“{line.item.label}”的差异，审核人可以看到。")
            return redirect(f"{reverse('state_statistics:compare')}?round={submission.round_id}")
    context = {"submission": submission, "line": line, "form": form}
    return render(
        request, "indicators/state_statistics/difference_reason.html", context, status=400 if form.errors else 200
    )
