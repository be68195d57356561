"""The page on which a school rehearses a visit, and the inspectors compare."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inspections.rehearsals import actions, queries, rights
from inspections.visits import queries as visits, rights as visit_rights
from inspections.visits.forms import FIGURE, NONE, AnswerForm
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.forms.once import once
from schools.access.scope import Perm, Request, may, require


@require(Perm.VISIT_VIEW)
@require_GET
def page(request: Request, visit_id: int) -> HttpResponse:
    return _page(request, visits.get(request.user, visit_id))


def _page(request: Request, visit: Visit, wrong: str = "", refusal: Sequence[str] = ()) -> HttpResponse:
    """The school's own while the visit is planned; for others once it is handed in."""
    rehearsal, rows = queries.of_visit(visit)
    is_own = may(request.user, Perm.FINDING_RECTIFY, visit)
    is_submitted = rehearsal is not None and rehearsal.submitted_at is not None
    if not is_own and not is_submitted:
        raise NotFound("学校还没有提交自查。")
    if not visit_rights.may_see_outcome(request.user, visit):
        rows = [queries.Rehearsed(row.question, row.own) for row in rows]
    context = {
        "visit": visit,
        "rehearsal": rehearsal,
        "rows": [(row, _boxes(row, request.POST if row.question.key == wrong else {})) for row in rows],
        "apart": [row for row in rows if row.differences],
        "answered": queries.answered(rows),
        "may_answer": rights.may_answer(request.user, visit, rehearsal),
        "choices": ChecklistAnswer.Seen.choices,
        "wrong": wrong,
        "refusal": refusal,
        "typed": request.POST,
    }
    return render(request, "inspections/rehearsals/page.html", context, status=400 if refusal else 200)


def _boxes(row: queries.Rehearsed, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was typed in a refused form, else the school's answer."""
    boxes = []
    for one in row.figures:
        name, none = f"{FIGURE}{one.figure.code}", f"{NONE}{one.figure.code}"
        value, is_none = (typed.get(name, ""), none in typed) if typed else (one.claim.value, one.claim.is_none)
        boxes.append({"figure": one.figure, "value": value, "is_none": is_none})
    return boxes


@require(Perm.FINDING_RECTIFY)
@require_POST
@once
def answer(request: Request, visit_id: int, question: str) -> HttpResponse:
    """If refused, its words stay in the form."""
    visit = visits.get(request.user, visit_id)
    asked = next((row.question for row in queries.of_visit(visit)[1] if row.question.key == question), None)
    if asked is None:
        raise NotFound("自查的清单里没有这一题。请刷新页面。")
    form = AnswerForm(request.POST, asked=asked)
    if not form.is_valid():
        return _page(request, visit, question, [str(text) for texts in form.errors.values() for text in texts])
    try:
        actions.answer(visit_id=visit.pk, question=question, by=request.user, **form.answer())
    except (Conflict, Invalid) as refusal:
        return _page(request, visit, question, refusal.lines)
    messages.success(request, "已保存。")
    return redirect(reverse("rehearsals:page", args=[visit.pk]) + f"#q-{question}")


@require(Perm.FINDING_RECTIFY)
@require_POST
@once
def submit(request: Request, visit_id: int) -> HttpResponse:
    visit = visits.get(request.user, visit_id)
    try:
        actions.submit(visit_id=visit.pk, by=request.user)
    except Invalid as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "自查已提交，督学看得到。")
    return redirect("rehearsals:page", visit.pk)
