"""Pages of rounds."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.collection.rounds import actions, pages, queries
from indicators.collection.rounds.forms import ExtensionForm, PipelineFilter, ReasonForm, RoundForm
from indicators.collection.rounds.workflow import TABLE
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Round, Submission
from indicators.standard.standards import queries as standard_queries
from portal.core.errors import Refused
from portal.core.files import views as downloads
from portal.core.forms.once import once
from schools.access import restricted
from schools.access.scope import Perm, Request, holds, may, people_of, require
from schools.directory import queries as directory

PAGE = 50


@require(Perm.ROUND_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    page = Paginator(queries.for_list(request.user), PAGE).get_page(request.GET.get("page"))
    rows = [{"round": row, "tone": TABLE.states[row.state].tone} for row in page]
    context = {"rows": rows, "page": page, "can_open": holds(request.user, Perm.ROUND_MANAGE)}
    return render(request, "indicators/rounds/list.html", context)


@require(Perm.ROUND_MANAGE)
@once
def open_round(request: Request) -> HttpResponse:
    initial = {"standard": standard_queries.newest(), "backfill": "backfill" in request.GET}
    form = RoundForm(request.POST or None, by=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        due_on, backfill = data.pop("due_on"), data.pop("backfill")
        data["due_at"] = None if backfill else queries.end_of(due_on)
        try:
            round_ = actions.open_round(**data, by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            done = "不设截止日期，没有发通知。" if round_.is_backfill else "相关填报人已收到通知。"
            messages.success(request, f"{round_.name}已开启，{done}")
            return redirect("rounds:detail", round_.pk)
    status = 400 if form.errors else 200
    return render(request, "indicators/rounds/open.html", {"form": form}, status=status)


@require(Perm.ROUND_VIEW)
@require_GET
def detail(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.get(request.user, round_id)
    form, lines = _board(request, round_)
    page = Paginator(form.apply(lines), PAGE).get_page(request.GET.get("page"))
    manages = may(request.user, Perm.ROUND_MANAGE, round_)
    context = {
        "round": round_,
        "steps": queries.pipeline(line.row for line in lines),
        "sort": form.ordering,
        "form": form,
        "page": page,
        "manages": manages,
        "verbs": {verb.code for verb in TABLE.offers(request.user, round_)},
        "late": [line.row.respondent for line in lines if line.late],
        "may_name": restricted.may_name(request.user, Submission.objects.filter(round=round_)),
        "newcomers": queries.newcomers(round_) if manages else [],
        "close": TABLE["close"],
        "reopen": TABLE["reopen"],
    }
    return render(request, "indicators/rounds/detail.html", context)


def _board(request: Request, round_: Round) -> tuple[PipelineFilter, list[queries.PipelineRow]]:
    rows = submissions.as_then(queries.submissions(request.user, round_))
    held, reports = queries.progress_of(round_, rows), queries.self_reports(request.user, round_)
    lines = [queries.PipelineRow(row, progress=held[row.pk], report=reports.get(row.pk)) for row in rows]
    return PipelineFilter(request.GET, places=list(directory.townships([round_.district]))), lines


@require(Perm.ROUND_VIEW)
@require_http_methods(["GET", "POST"])
def export(request: Request, round_id: int) -> HttpResponse:
    round_ = queries.get(request.user, round_id)
    form, lines = _board(request, round_)
    chosen = _chosen(request, [line.row for line in lines])
    content = actions.export(
        round_=round_,
        lines=[line for line in lines if line.row.pk in chosen] if chosen else form.apply(lines),
        by=request.user,
        filtered=f"勾选的 {len(chosen)} 个单位" if chosen else form.described(),
        purpose=request.POST.get("purpose"),
    )
    return downloads.download(content, f"{round_.district}{round_.name}填报进度.xlsx")


def _chosen(request: Request, rows: list[Submission]) -> list[int]:
    # A stale tick (handed in meanwhile) is dropped here; the names on the page say who is left.
    asked = set((request.POST if request.method == "POST" else request.GET).getlist("submission"))
    return [row.pk for row in rows if str(row.pk) in asked]


@require(Perm.ROUND_MANAGE)
@once
def extend(request: Request, round_id: int) -> HttpResponse:
    round_ = _ready(request, round_id, "extend")
    rows = queries.not_handed_in(round_)
    chosen = _chosen(request, rows)
    form = ExtensionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.extend(
                round_id=round_.pk,
                submission_ids=chosen,
                reason=form.cleaned_data["reason"],
                due_at=queries.end_of(form.cleaned_data["due_on"]),
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, "".join(refusal.lines))
        else:
            messages.success(request, f"已为 {len(done)} 个单位延期，并通知了填报人。")
            return redirect("rounds:detail", round_.pk)
    context = {"round": round_, "rows": rows, "chosen": chosen, "form": form}
    return render(request, "indicators/rounds/extend.html", context, status=400 if form.errors else 200)


@require(Perm.ROUND_MANAGE)
@require_GET
def remind(request: Request, round_id: int) -> HttpResponse:
    """Preview: the ticked ones, else all late, else all not handed in."""
    round_ = _ready(request, round_id, "remind")
    rows = queries.not_handed_in(round_)
    chosen = _chosen(request, rows) or [row.pk for row in queries.late(rows) or rows]
    people = people_of(Perm.SUBMISSION_FILL, rows)
    lines = [queries.PipelineRow(row, people[row.pk]) for row in rows]
    notified = queries.reminded_today(round_)
    waiting = [line for line in lines if any(p.pk not in notified and p != request.user for p in line.people)]
    context = {
        "round": round_,
        "lines": lines,
        "chosen": chosen,
        "notified": notified,
        "sample": next((line for line in waiting if line.row.pk in chosen), waiting[0] if waiting else None),
        "to_paste": f"【优衡】{pages.for_group(round_, rows, request.build_absolute_uri(reverse('submissions:mine')))}",
    }
    return render(request, "indicators/rounds/remind.html", context)


@require(Perm.ROUND_MANAGE)
@require_POST
@once
def send_reminders(request: Request, round_id: int) -> HttpResponse:
    round_ = _ready(request, round_id, "remind")
    rows = queries.not_handed_in(round_)
    chosen = _chosen(request, rows)
    people = people_of(Perm.SUBMISSION_FILL, [row for row in rows if row.pk in chosen])
    before = queries.reminded_today(round_)
    notified = actions.remind(round_id=round_.pk, submission_ids=chosen, by=request.user)
    again = len(before & {person.pk for staff in people.values() for person in staff})
    if notified:
        others = f"另有 {again} 人今天已提醒过，不再重复。" if again else ""
        messages.success(request, f"已提醒 {len(notified)} 人。{others}")
    else:
        messages.warning(request, "没有发出提醒：所选单位的填报人今天已提醒过，或还没有账号，或就是您本人。")
    return redirect("rounds:detail", round_.pk)


@require(Perm.ROUND_MANAGE)
@require_POST
@once
def add_respondents(request: Request, round_id: int) -> HttpResponse:
    round_ = _ready(request, round_id, "add_respondents")
    made = actions.add_respondents(round_id=round_.pk, by=request.user)
    messages.success(request, f"已加入 {len(made)} 个单位。" if made else "名录中没有新增的单位。")
    return redirect("rounds:detail", round_.pk)


@require(Perm.ROUND_MANAGE)
def close(request: Request, round_id: int) -> HttpResponse:
    return _change(request, round_id, "close", actions.close)


@require(Perm.ROUND_MANAGE)
def reopen(request: Request, round_id: int) -> HttpResponse:
    return _change(request, round_id, "reopen", actions.reopen)


def _change(request: Request, round_id: int, verb: str, action: Callable[..., Round]) -> HttpResponse:
    round_ = _ready(request, round_id, verb)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        action(round_id=round_.pk, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, f"{round_.name}{TABLE[verb].done}")
        return redirect("rounds:detail", round_.pk)
    context = {"round": round_, "verb": TABLE[verb], "form": form, "rows": queries.not_handed_in(round_)}
    status = 400 if request.method == "POST" else 200
    return render(request, "indicators/rounds/change_state.html", context, status=status)


def _ready(request: Request, round_id: int, verb: str) -> Round:
    round_ = queries.get(request.user, round_id)
    TABLE[verb].ensure(request.user, round_)
    TABLE.move(round_.state, verb)
    return round_
