"""Pages that put findings into the ledger and send them to the school."""

from collections.abc import Container
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from indicators.results.evaluations.models import Evaluation
from inspections.rectification import queries, rights
from inspections.rectification.forms import ContentForm, FinishForm, RegisterForm
from inspections.rectification.raising import actions, gaps
from inspections.rectification.raising.actions import Content
from inspections.visits import access
from inspections.visits import queries as visit_queries
from inspections.visits.models import Visit
from portal.core.accounts.doors import Request
from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from portal.core.lib import numbers
from schools.access.permissions import Perm
from schools.access.scope import require, visible
from schools.directory import past

_CONTENT = Content.__dataclass_fields__
_REASON = "reason-"


def _content(form: ContentForm) -> Content:
    return Content(**{name: value for name, value in form.cleaned_data.items() if name in _CONTENT})


def _show_refusal(form: Any, refusal: Invalid, listed: Container[str] = ()) -> None:
    """Put what is wrong into the form, without the places the page lists anyway."""
    for text in [str(problem) for problem in refusal.problems if problem.where not in listed] or [refusal.message]:
        form.add_error(None, text)


def _version(request: Request) -> int:
    """The version the person looked at; anything else counts as stale."""
    sent = numbers.whole(request.POST.get("version", ""))
    return -1 if sent is None else sent


def _status(form: Any) -> int:
    return 400 if form.is_bound and form.errors else 200


@require(Perm.VISIT_RECORD)
@once
def raise_on_visit(request: Request, visit_id: int) -> HttpResponse:
    """Register a problem seen on a visit, prefilled from the checklist question in the address."""
    visit = visit_queries.get(request.user, visit_id)
    access.ensure_recorder(request.user, visit)
    question = request.GET.get("question", "")
    first, has_photo = _prefill(visit, question)
    form = ContentForm(request.POST or None, request.FILES or None, initial=first, districts=[visit.school.district])
    if request.method == "POST" and form.is_valid():
        photo = form.cleaned_data["photo"]
        try:
            actions.raise_on_visit(
                visit_id=visit.pk, content=_content(form), question=question, photo=photo, by=request.user
            )
        except Invalid as refusal:
            _show_refusal(form, refusal)
        else:
            messages.success(request, "问题已登记，完成督导时派发给学校。")
            return redirect("visits:checklist", visit.pk)
    context = {"form": form, "visit": visit, "has_photo": has_photo}
    return render(request, "inspections/rectification/raise.html", context, status=_status(form))


def _prefill(visit: Visit, key: str) -> tuple[dict[str, str], bool]:
    """What the checklist knows already: indicator, claimed value, seen value, note, photo."""
    if not key:
        return {}, False
    question = visit_queries.question_of(visit, key)
    answer = visit.answers.filter(question=key).first()
    found, note = (answer.found, answer.note) if answer else ("", "")
    claimed = f"填报值：{question.claimed}" if question.claimed else ""
    seen = f"现场值：{found}" if found else ""
    words = [piece for piece in (f"“{question.text}”一项，现场检查不符合", claimed, seen, note) if piece]
    first = {
        "indicator": question.indicator,
        "problem": "\n".join(words),
        "current_value": found,
        "requirement": "核实后更正填报数据，并整改到位",
    }
    return first, visit_queries.first_photo(visit, key) is not None


@require(Perm.VISIT_RECORD)
@once
def finish_visit(request: Request, visit_id: int) -> HttpResponse:
    """Show what is still open on a visit, then finish it and dispatch its findings."""
    visit = visit_queries.get(request.user, visit_id)
    access.ensure_recorder(request.user, visit)
    if visit.state != Visit.State.UNDERWAY:
        raise Conflict(f"这次督导目前是“{visit.get_state_display()}”，不能完成。请刷新页面查看最新状态。")
    form = FinishForm(request.POST or None, initial={"summary": visit.summary})
    unanswered = [entry for entry in visit_queries.asked(visit) if not entry.is_answered]
    reasons = {key.removeprefix(_REASON): str(text) for key, text in request.POST.items() if key.startswith(_REASON)}
    if request.method == "POST" and form.is_valid():
        try:
            actions.finish_visit(visit_id=visit.pk, reasons=reasons, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            _show_refusal(form, refusal, listed={entry.question.text for entry in unanswered})
        else:
            messages.success(request, "督导已完成，问题已派发，已通知学校。")
            return redirect("visits:detail", visit.pk)
    context = {
        "form": form,
        "visit": visit,
        "unanswered": unanswered,
        "findings": queries.of_visit(visit),
        "left": [(entry, reasons.get(entry.question.key, "")) for entry in queries.without_finding(visit)],
    }
    return render(request, "inspections/rectification/finish_visit.html", context, status=_status(form))


@require(Perm.FINDING_DISPATCH)
@once
def register(request: Request) -> HttpResponse:
    """Register a problem that does not come from a visit and dispatch it."""
    form = RegisterForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            finding = actions.register(
                school_id=values["school"].pk,
                source=values["source"],
                content=_content(form),
                photo=values["photo"],
                by=request.user,
            )
        except Invalid as refusal:
            _show_refusal(form, refusal)
        else:
            messages.success(request, f"问题 {finding.number} 已登记并派发，已通知学校。")
            return redirect("rectification:detail", finding.pk)
    return render(request, "inspections/rectification/raise.html", {"form": form}, status=_status(form))


@require(Perm.FINDING_DISPATCH, Perm.VISIT_RECORD)
@once
def amend(request: Request, finding_id: int) -> HttpResponse:
    """Correct a finding before it is dispatched."""
    finding = queries.get(request.user, finding_id)
    rights.ensure_may_amend(request.user, finding)
    first = {name: getattr(finding, name) for name in _CONTENT}
    form = ContentForm(request.POST or None, request.FILES or None, initial=first, districts=[finding.school.district])
    if request.method == "POST" and form.is_valid():
        version = _version(request)
        photo = form.cleaned_data["photo"]
        try:
            actions.amend(finding_id=finding.pk, version=version, content=_content(form), photo=photo, by=request.user)
        except Invalid as refusal:
            _show_refusal(form, refusal)
        else:
            messages.success(request, "已修改。")
            return redirect("rectification:detail", finding.pk)
    context = {"form": form, "finding": finding, "has_photo": finding.photo_id is not None}
    return render(request, "inspections/rectification/raise.html", context, status=_status(form))


@require(Perm.FINDING_DISPATCH)
@require_POST
@once
def dispatch(request: Request, finding_id: int) -> HttpResponse:
    """Send a finding to the school."""
    finding = queries.get(request.user, finding_id)
    actions.dispatch(finding_id=finding.pk, version=_version(request), by=request.user)
    messages.success(request, "已派发，已通知学校。")
    return redirect("rectification:detail", finding.pk)


@require(Perm.FINDING_DISPATCH)
def raise_from_evaluation(request: Request, evaluation_id: int) -> HttpResponse:
    """Show the gaps of an evaluation that are not in the ledger yet, and raise them on POST."""
    evaluations = Evaluation.objects.select_related("round__district", "standard")
    evaluation = get_object_or_404(visible(request.user, evaluations, Perm.FINDING_DISPATCH), pk=evaluation_id)
    if request.method == "POST":
        done = actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=request.user)
        text = f"新登记 {done.created} 个，重新打开 {done.reopened} 个，台账中已有 {done.already_there} 个。"
        messages.success(request, text)
        return redirect("rectification:list")
    plan = gaps.plan(evaluation)
    shown = [*plan.new, *(gap for _, gap in plan.again)]
    past.on([gap.school for gap in shown], evaluation.round.school_year_start)
    context = {"evaluation": evaluation, "plan": plan, "dues": plan.dues()}
    return render(request, "inspections/rectification/from_evaluation.html", context)
