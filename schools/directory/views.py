"""Pages of the register: schools, their ends and mergers, and the settings of districts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from portal.core.lib import dates
from schools.access.scope import Perm, Request, holds, may, require
from schools.directory import actions, queries, workflow
from schools.directory.facts import NEXT_STEPS, in_words
from schools.directory.forms import DistrictForm, EditSchoolForm, NewSchoolForm, SchoolFilter, TransitionForm, initial
from schools.directory.models import School, Status
from schools.directory.workflow import Verb

PAGE = 50


@require(Perm.SCHOOL_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    found = SchoolFilter(request.GET, request=request, queryset=queries.schools(request.user))
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    context = {"filter": found, "page": page, "may_edit": holds(request.user, Perm.SCHOOL_EDIT)}
    context["may_set"] = holds(request.user, Perm.DISTRICT_EDIT)
    return render(request, "schools/directory/list.html", context)


@require(Perm.SCHOOL_VIEW)
@require_GET
def detail(request: Request, code: str) -> HttpResponse:
    school = queries.get_school(request.user, code)
    changes = queries.changes(school)
    successors = {code for change in changes for code in change.changed.get("successor", ()) if code}
    names = queries.names_of(successors) if successors else {}
    if any("township" in change.changed for change in changes):
        names |= {row.code: row.name for row in queries.townships([school.district])}
    entries: list[dict[str, object]] = []
    for change in changes:
        lines = [
            f"{row['label']}：{names.get(row['before'], row['before'])} → {names.get(row['after'], row['after'])}"
            for row in in_words(change.changed)
        ]
        title = f"自{dates.day(change.valid_from)}起变更" if lines else "登记入册"
        text = "\n".join([*lines, *([f"原因：{change.reason}"] if change.reason else [])])
        entries.append({"at": change.at, "by": change.by.name, "title": title, "text": text, "tone": "info"})
    context = {
        "school": school,
        "history": entries,
        "merged": queries.merged_into(request.user, school),
        "siblings": queries.siblings(request.user, school),
        "may_edit": may(request.user, Perm.SCHOOL_EDIT, school),
        "may_ask_who": may(request.user, Perm.PERMISSION_VIEW, school),
    }
    return render(request, "schools/directory/detail.html", context)


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request) -> HttpResponse:
    form = NewSchoolForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            school = actions.create_school(code=form.cleaned_data["code"], facts=form.facts(), by=request.user)
        except Invalid as error:
            form.add_error("code", error.message)
        else:
            messages.success(request, f"已登记 {school.name}。")
            if school.status == Status.OPEN:
                messages.info(request, NEXT_STEPS)
            _warn_of_namesake(request, school)
            return redirect("directory:detail", school.code)
    context = {"form": form, "groups": queries.groups(request.user)}
    return render(request, "schools/directory/create.html", context, status=400 if form.errors else 200)


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, code: str) -> HttpResponse:
    """A stale page is shown again with both values."""
    school = queries.get_school_for_edit(request.user, code)
    form = EditSchoolForm(request.POST or None, school=school, by=request.user)
    context = {"school": school, "form": form, "groups": queries.groups(request.user)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "schools/directory/edit.html", context, status=400 if form.errors else 200)
    data = form.cleaned_data
    try:
        saved = actions.edit_school(
            school_id=school.pk,
            version=data["version"],
            facts=form.facts(),
            valid_from=data["valid_from"],
            by=request.user,
        )
    except Conflict as error:
        # Sending the shown form again means: save mine, now that I know theirs.
        again = EditSchoolForm(
            {**request.POST.dict(), "version": initial(school)["version"]}, school=school, by=request.user
        )
        return render(request, "schools/directory/edit.html", {**context, "form": again, "conflict": error}, status=409)
    except Invalid as error:
        form.add_error(None, error.lines)
        return render(request, "schools/directory/edit.html", context, status=400)
    messages.success(request, f"{saved.name}的信息已保存。")
    _warn_of_namesake(request, saved)
    return redirect("directory:detail", school.code)


def _warn_of_namesake(request: Request, school: queries.School) -> None:
    # Two schools of one name cannot be distinguished on the pages; whether that is right only the office knows.
    other = queries.namesake(request.user, school)
    if other is not None:
        messages.warning(request, f"名录中另有一所在办学校也叫“{other.name}”（{other.code}），请核对学校名称。")


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def merge(request: Request, code: str) -> HttpResponse:
    return _transition_page(request, code, Verb.MERGE, actions.merge_school)


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def close(request: Request, code: str) -> HttpResponse:
    return _transition_page(request, code, Verb.CLOSE, actions.close_school)


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def reopen(request: Request, code: str) -> HttpResponse:
    return _transition_page(request, code, Verb.REOPEN, actions.reopen_school)


def _transition_page(request: Request, code: str, verb: Verb, action: Callable[..., School]) -> HttpResponse:
    school = queries.get_school_for_edit(request.user, code)
    if request.method == "GET" and (done := _done(school, verb)):
        messages.info(request, done)
        return redirect("directory:detail", school.code)
    form = TransitionForm(request.POST or None, verb=verb, school=school, by=request.user)
    context: dict[str, Any] = {"school": school, "form": form, "verb": verb}
    if request.method != "POST" or not form.is_valid():
        return render(request, "schools/directory/transition.html", context, status=400 if form.errors else 200)
    change = form.transition()
    if problem := workflow.problem_of(change):
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
            form.add_error(None, error.lines)
            status = 409 if isinstance(error, Conflict) else 400
        else:
            messages.success(request, f"已办理：{change.summary}。")
            return redirect("directory:detail", saved.code)
    foreseen = workflow.foresee(change)
    context |= {"change": change, "consequences": foreseen, "seen": workflow.digest(change, foreseen)}
    return render(request, "schools/directory/transition.html", context, status=status)


def _done(school: School, verb: Verb) -> str:
    if verb == Verb.REOPEN:
        return f"{school.name}在办，不需要恢复办学。" if school.status == Status.OPEN else ""
    if school.successor is not None:
        return f"{school.name}已并入{school.successor.name}。要更正的，请先办理“恢复办学”。"
    return f"{school.name}已经停办。" if verb == Verb.CLOSE and school.status == Status.CLOSED else ""


@require(Perm.DISTRICT_EDIT)
@require_GET
def districts(request: Request) -> HttpResponse:
    rows = queries.districts(request.user, Perm.DISTRICT_EDIT)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "schools/directory/districts.html", {"page": page})


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
def edit_district(request: Request, code: str) -> HttpResponse:
    district = queries.get_district(request.user, code)
    form = DistrictForm(request.POST or None, initial={"issuer": district.issuer})
    if request.method == "POST" and form.is_valid():
        saved = actions.edit_district(code=code, by=request.user, **form.cleaned_data)
        messages.success(request, f"已保存。以后编制的报告和档案，落款为“{saved.signature}”。")
        return redirect("directory:districts")
    context = {"district": district, "form": form}
    return render(request, "schools/directory/district.html", context, status=400 if form.errors else 200)
