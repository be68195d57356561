"""Pages of the ledger: the list, what puts findings into it, the conversation on one finding with one address per step."""

from collections.abc import Callable, Container
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.results.evaluations.models import Evaluation
from inspections.rectification import actions, forms, queries, raising_actions, workbook, workflow
from inspections.rectification.forms import ContentForm, FindingFilter, FinishForm, RegisterForm
from inspections.rectification.models import Entry, Finding
from inspections.rectification.raising_actions import FindingContent
from inspections.visits import queries as visit_queries
from inspections.visits import rights as visit_rights
from inspections.visits.models import Visit
from portal.core.accounts.rights import Request
from portal.core.errors import Conflict, Invalid
from portal.core.files import uploads
from portal.core.forms.once import once
from portal.core.lib import downloads, numbers
from schools.access import restricted
from schools.access.permissions import Perm
from schools.access.scope import holds, require, visible
from schools.access.workflow import VerbRow
from schools.directory import past
from schools.directory.models import School

_CONTENT = FindingContent.__dataclass_fields__
_REASON = "reason-"


@require(Perm.FINDING_VIEW)
@require_GET
def findings(request: Request) -> HttpResponse:
    chosen = FindingFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    view = request.GET.get("view", "problems")
    page = Paginator(chosen.qs, 20).get_page(request.GET.get("page"))
    now = queries.current(page)
    queries.as_then(page)
    for row in page:
        row.now = now[row.pk]
        row.tone = workflow.TABLE.states[row.state].tone
        row.measures = workbook.entries_text(row, Entry.Kind.MEASURE)
        row.progress = workbook.entries_text(row, Entry.Kind.PROGRESS, Entry.Kind.REQUEST_CLOSE)
    schools = School.objects.filter(pk__in=chosen.qs.order_by().values("school"))
    context = {
        "filter": chosen,
        "page": page,
        "view": view if view in workbook.VIEWS else "problems",
        "views": workbook.VIEWS,
        "counts": queries.counts(request.user),
        "may_name": restricted.may_name(request.user, schools),
        "may_register": holds(request.user, Perm.FINDING_DISPATCH),
        "evaluation": queries.latest_evaluation(request.user),
    }
    return render(request, "inspections/rectification/list.html", context)


@require(Perm.FINDING_VIEW)
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse:
    chosen = FindingFilter(request.GET, queryset=queries.for_list(request.user), request=request)
    purpose = request.POST.get("purpose")
    content = actions.export(findings=chosen.qs, title="问题整改台账", by=request.user, purpose=purpose)
    return downloads.download(content, f"问题整改台账-{timezone.localdate():%Y%m%d}.xlsx")


@require(Perm.FINDING_VIEW)
@require_GET
def detail(request: Request, finding_id: int) -> HttpResponse:
    return _page(request, queries.get(request.user, finding_id))


def _page(request: Request, finding: Finding, typed: dict[str, Any] | None = None) -> HttpResponse:
    entries = queries.conversation(finding)
    for entry in entries:
        entry.tone = workflow.TABLE.mark(entry.kind)  # type: ignore[attr-defined]
    now = queries.current([finding])[finding.pk]
    verbs = workflow.TABLE.offers(request.user, finding)
    context = {
        "finding": finding,
        "now": now,
        "tone": workflow.TABLE.states[finding.state].tone,
        "entries": entries,
        "steps": forms.offered(verbs, finding, now, typed),
        "indicator": dict(queries.indicator_choices([finding.school.district_id])).get(
            finding.indicator, finding.indicator
        ),
        "may_ask": finding.state in workflow.TABLE["request_close"].at,
        "may_amend": workflow.TABLE["amend"] in verbs,
        "bare": request.user.pk in {entry.by_id for entry in entries if entry.kind in Entry.RECTIFYING},
    }
    return render(request, "inspections/rectification/detail.html", context, status=400 if typed else 200)


def step(verb: VerbRow) -> Callable[..., HttpResponse]:
    """The view of a verb of the table: its form leads to the action of its name, or back to the page with what is wrong."""
    action = getattr(actions, verb.code)

    def view(request: Request, finding_id: int) -> HttpResponse:
        finding = queries.get(request.user, finding_id)
        form = forms.form_for(verb, finding, request.POST, request.FILES)
        if form.is_valid():
            try:
                action(finding_id=finding.pk, by=request.user, **form.cleaned_data)
            except Invalid as refusal:
                _show_refusal(form, refusal)
            else:
                messages.success(request, verb.done)
                return redirect("rectification:detail", finding.pk)
        return _page(request, finding, {verb.code: form})

    view.__name__ = verb.code
    assert verb.right  # noqa: S101 a verb with a form has one
    return require(*verb.right.perms)(require_POST(uploads.inspected()(once(view))))


@require(Perm.FINDING_VIEW)
@require_GET
def photo(request: Request, finding_id: int) -> HttpResponse:
    finding = queries.get(request.user, finding_id)
    if finding.photo is None:
        raise Http404
    return restricted.attachment(finding.photo, behind=finding, by=request.user)


@require(Perm.FINDING_VIEW)
@require_GET
def file(request: Request, finding_id: int, file_id: int) -> HttpResponse:
    file = queries.file_of(request.user, finding_id, file_id)
    return restricted.attachment(file.document, behind=file, by=request.user)


def _content(form: ContentForm) -> FindingContent:
    return FindingContent(**{name: value for name, value in form.cleaned_data.items() if name in _CONTENT})


def _show_refusal(form: Any, refusal: Invalid, listed: Container[str] = ()) -> None:
    for text in [str(problem) for problem in refusal.problems if problem.where not in listed] or [refusal.message]:
        form.add_error(None, text)


def _version(request: Request) -> int:
    sent = numbers.whole(request.POST.get("version", ""))
    return -1 if sent is None else sent


def _status(form: Any) -> int:
    return 400 if form.is_bound and form.errors else 200


@require(Perm.VISIT_RECORD)
@uploads.inspected(uploads.PHOTOS)
@once
def raise_on_visit(request: Request, visit_id: int) -> HttpResponse:
    visit = visit_queries.get(request.user, visit_id)
    visit_rights.ensure_record(request.user, visit)
    question = request.GET.get("question", "")
    first, has_photo = _prefill(visit, question)
    form = ContentForm(request.POST or None, request.FILES or None, initial=first, districts=[visit.school.district])
    if request.method == "POST" and form.is_valid():
        photo = form.cleaned_data["photo"]
        try:
            raising_actions.raise_on_visit(
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
    visit = visit_queries.get(request.user, visit_id)
    visit_rights.ensure_record(request.user, visit)
    if visit.state != Visit.State.UNDERWAY:
        raise Conflict(f"这次督导目前是“{visit.get_state_display()}”，不能完成。请刷新页面查看最新状态。")
    form = FinishForm(request.POST or None, initial={"summary": visit.summary})
    unanswered = [entry for entry in visit_queries.asked(visit) if not entry.is_answered]
    reasons = {key.removeprefix(_REASON): str(text) for key, text in request.POST.items() if key.startswith(_REASON)}
    if request.method == "POST" and form.is_valid():
        try:
            raising_actions.finish_visit(visit_id=visit.pk, reasons=reasons, by=request.user, **form.cleaned_data)
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
@uploads.inspected(uploads.PHOTOS)
@once
def register(request: Request) -> HttpResponse:
    form = RegisterForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            finding = raising_actions.register(
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


@require(*workflow.AMEND.perms)
@uploads.inspected(uploads.PHOTOS)
@once
def amend(request: Request, finding_id: int) -> HttpResponse:
    finding = queries.get(request.user, finding_id)
    workflow.AMEND.ensure(request.user, finding)
    first = {name: getattr(finding, name) for name in _CONTENT}
    form = ContentForm(request.POST or None, request.FILES or None, initial=first, districts=[finding.school.district])
    if request.method == "POST" and form.is_valid():
        version = _version(request)
        photo = form.cleaned_data["photo"]
        try:
            raising_actions.amend(
                finding_id=finding.pk, version=version, content=_content(form), photo=photo, by=request.user
            )
        except Invalid as refusal:
            _show_refusal(form, refusal)
        else:
            messages.success(request, "已修改。")
            return redirect("rectification:detail", finding.pk)
    context = {"form": form, "finding": finding, "has_photo": finding.photo_id is not None}
    return render(request, "inspections/rectification/raise.html", context, status=_status(form))


@require(Perm.FINDING_DISPATCH)
def raise_from_evaluation(request: Request, evaluation_id: int) -> HttpResponse:
    evaluations = Evaluation.objects.select_related("round__district", "standard")
    evaluation = get_object_or_404(visible(request.user, evaluations, Perm.FINDING_DISPATCH), pk=evaluation_id)
    if request.method == "POST":
        done = raising_actions.raise_from_evaluation(evaluation_id=evaluation.pk, by=request.user)
        text = f"新登记 {done.created} 个，重新打开 {done.reopened} 个，台账中已有 {done.already_there} 个。"
        messages.success(request, text)
        return redirect("rectification:list")
    plan = queries.gap_plan(evaluation)
    shown = [*plan.new, *(gap for _, gap in plan.again)]
    past.on([gap.school for gap in shown], evaluation.round.school_year_start)
    context = {"evaluation": evaluation, "plan": plan, "dues": plan.dues()}
    return render(request, "inspections/rectification/from_evaluation.html", context)
