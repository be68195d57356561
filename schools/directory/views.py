"""Pages of the register."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.accounts.doors import Request
from portal.core.errors import Conflict, Invalid
from portal.core.forms.once import once
from portal.core.lib import dates
from schools.access.permissions import Perm
from schools.access.scope import holds, may, require
from schools.directory import actions, queries
from schools.directory.facts import NEXT_STEPS, in_words
from schools.directory.forms import EditSchoolForm, NewSchoolForm, SchoolFilter, initial
from schools.directory.models import Status

PAGE = 50


@require(Perm.SCHOOL_VIEW)
@require_GET
def index(request: Request) -> HttpResponse:
    """List the schools the person may see, filtered by what the address says."""
    found = SchoolFilter(request.GET, request=request, queryset=queries.schools(request.user))
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    context = {"filter": found, "page": page, "may_edit": holds(request.user, Perm.SCHOOL_EDIT)}
    context["may_set"] = holds(request.user, Perm.DISTRICT_EDIT)
    return render(request, "schools/directory/list.html", context)


@require(Perm.SCHOOL_VIEW)
@require_GET
def detail(request: Request, code: str) -> HttpResponse:
    """Show a school's facts, its group and how its facts changed."""
    school = queries.get_school(request.user, code)
    context = {
        "school": school,
        "history": _history(school),
        "merged": queries.merged_into(request.user, school),
        "siblings": queries.siblings(request.user, school),
        "may_edit": may(request.user, Perm.SCHOOL_EDIT, school),
        "may_ask_who": may(request.user, Perm.PERMISSION_VIEW, school),
    }
    return render(request, "schools/directory/detail.html", context)


def _history(school: queries.School) -> list[dict[str, object]]:
    changes = queries.changes(school)
    successors = {code for change in changes for code in change.changed.get("successor", ()) if code}
    names = queries.names_of(successors) if successors else {}
    if any("township" in change.changed for change in changes):
        names |= {row.code: row.name for row in queries.townships([school.district])}
    return [_told(change, names) for change in changes]


def _told(change: queries.SchoolChange, names: dict[str, str]) -> dict[str, object]:
    rows = in_words(change.changed)
    lines = [
        f"{row['label']}：{names.get(row['before'], row['before'])} → {names.get(row['after'], row['after'])}"
        for row in rows
    ]
    title = f"自{dates.day(change.valid_from)}起变更" if lines else "登记入册"
    lines += [f"原因：{change.reason}"] if change.reason else []
    return {"at": change.at, "by": change.by.name, "title": title, "text": "\n".join(lines), "tone": "info"}


@require(Perm.SCHOOL_EDIT)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request) -> HttpResponse:
    """Register one school."""
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
    """Change a school's facts; a stale page is shown again with both values."""
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
        # Sending the shown form again means: mine shall stand, now that I know theirs.
        again = EditSchoolForm(
            {**request.POST.dict(), "version": initial(school)["version"]}, school=school, by=request.user
        )
        return render(request, "schools/directory/edit.html", {**context, "form": again, "conflict": error}, status=409)
    except Invalid as error:
        form.add_error(None, error.message)
        return render(request, "schools/directory/edit.html", context, status=400)
    messages.success(request, f"{saved.name}的信息已保存。")
    _warn_of_namesake(request, saved)
    return redirect("directory:detail", school.code)


def _warn_of_namesake(request: Request, school: queries.School) -> None:
    """Two schools of one name cannot be told apart on the pages; whether that is right only the office knows."""
    other = queries.namesake(request.user, school)
    if other is not None:
        messages.warning(request, f"名录中另有一所在办学校也叫“{other.name}”（{other.code}），请核对学校名称。")
