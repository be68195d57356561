"""Pages of the register of departments."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.accounts.rights import Request
from portal.core.errors import Invalid
from portal.core.forms.once import once
from portal.core.lib import downloads
from schools.access.permissions import Perm
from schools.access.scope import require
from schools.departments import actions, queries, workbook
from schools.departments.forms import DepartmentForm

PAGE = 50


@require(Perm.DISTRICT_EDIT)
@require_GET
def index(request: Request) -> HttpResponse:
    page = Paginator(queries.departments(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "schools/departments/list.html", {"page": page})


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
@once
def create(request: Request) -> HttpResponse:
    form = DepartmentForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        district = form.cleaned_data["district"]
        try:
            made = actions.create_department(district_id=district.pk, facts=form.facts(), by=request.user)
        except Invalid as error:
            form.add_error("code", error.message)
        else:
            messages.success(request, f"已登记{made.name}。下一步：到“账号”为它的联络员建立账号。")
            return redirect("departments:list")
    context = {"form": form, "title": "登记部门", "button": "登记"}
    return render(request, "schools/departments/edit.html", context, status=400 if form.errors else 200)


@require(Perm.DISTRICT_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    department = queries.get(request.user, pk)
    form = DepartmentForm(request.POST or None, by=request.user, department=department)
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            saved = actions.edit_department(department_id=pk, facts=form.facts(), reason=reason, by=request.user)
        except Invalid as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"{saved.name}的信息已保存。")
            return redirect("departments:list")
    context = {"form": form, "title": department.name, "button": "保存"}
    return render(request, "schools/departments/edit.html", context, status=400 if form.errors else 200)


@require(Perm.DISTRICT_EDIT)
@require_GET
def template(request: Request) -> HttpResponse:
    return downloads.download(workbook.write(), "部门名录模板.xlsx")


@require(Perm.DISTRICT_EDIT)
@require_GET
def export(request: Request) -> HttpResponse:
    rows = list(queries.departments(request.user))
    content = workbook.write(rows)
    actions.note_export(count=len(rows), content=content, by=request.user)
    return downloads.download(content, f"部门名录-{timezone.localdate():%Y%m%d}.xlsx")
