"""Pages that end a school, merge it into another or let it run again: what follows is shown before it is done."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal.core.accounts.doors import Request
from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.directory import queries, transition_actions, transitions
from schools.directory.models import School, Status
from schools.directory.transition_forms import TransitionForm
from schools.directory.transitions import Verb


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def merge(request: Request, code: str) -> HttpResponse:
    """Merge a school into another."""
    return _page(request, code, Verb.MERGE, transition_actions.merge_school)


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def close(request: Request, code: str) -> HttpResponse:
    """Close a school that is merged into none."""
    return _page(request, code, Verb.CLOSE, transition_actions.close_school)


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def reopen(request: Request, code: str) -> HttpResponse:
    """Let a closed school run again."""
    return _page(request, code, Verb.REOPEN, transition_actions.reopen_school)


def _page(request: Request, code: str, verb: Verb, action: Callable[..., School]) -> HttpResponse:
    school = queries.get_school_for_edit(request.user, code)
    if request.method == "GET" and (done := _done(school, verb)):
        messages.info(request, done)
        return redirect("directory:detail", school.code)
    form = TransitionForm(request.POST or None, verb=verb, school=school, by=request.user)
    context: dict[str, Any] = {"school": school, "form": form, "verb": verb}
    if request.method != "POST" or not form.is_valid():
        return render(request, "schools/directory/transition.html", context, status=400 if form.errors else 200)
    change = form.transition()
    if problem := transitions.problem_of(change):
        form.add_error(None, problem)
        return render(request, "schools/directory/transition.html", context, status=400)
    status = 200
    if "confirm" in request.POST:
        wanted: dict[str, Any] = {"receivers": [row.code for row in change.receivers]}
        if verb == Verb.MERGE and change.successor:
            wanted |= {"successor": change.successor.code}
        if verb == Verb.CLOSE:
            wanted |= {"visited": change.visited.code if change.visited else ""}
        if verb != Verb.REOPEN:
            wanted |= {"elsewhere": change.elsewhere}
        try:
            saved = action(
                code=code,
                day=change.day,
                reason=change.reason,
                decisions=change.decisions,
                seen=request.POST.get("seen", ""),
                by=request.user,
                **wanted,
            )
        except (Conflict, Invalid) as error:
            form.add_error(None, error.message)
            status = 409 if isinstance(error, Conflict) else 400
        else:
            messages.success(request, f"已办理：{change.told}。")
            return redirect("directory:detail", saved.code)
    foreseen = transitions.foresee(change)
    context |= {"change": change, "consequences": foreseen, "seen": transitions.digest(change, foreseen)}
    return render(request, "schools/directory/transition.html", context, status=status)


def _done(school: School, verb: Verb) -> str:
    """Why there is nothing to do, or ""."""
    if verb == Verb.REOPEN:
        return f"{school.name}在办，不需要恢复办学。" if school.status == Status.OPEN else ""
    if school.successor is not None:
        return f"{school.name}已并入{school.successor.name}。要更正的，请先办理“恢复办学”。"
    return f"{school.name}已经停办。" if verb == Verb.CLOSE and school.status == Status.CLOSED else ""
