"""Pages of the register of departments with the form: the list, one, a new one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.files import views as downloads
from portal.core.forms.once import once
from portal.core.lib import written
from schools.access.scope import Perm, Request, require
from schools.departments import actions, queries, workbook
from schools.directory import queries as directory
from schools.directory.facts import Fault, check_name
from schools.directory.models import Department, District


class DepartmentForm(forms.Form):
    """The facts of a department; its district is chosen once, among the person's own."""

    district = forms.ModelChoiceField(District.objects.none(), label="区县", empty_label=None)
    code = forms.CharField(
        label="编号", max_length=workbook.CODE_LENGTH, help_text="本区自定，如 CZ、01；导入时按它找到部门"
    )
    name = forms.CharField(
        label="名称", max_length=workbook.NAME_LENGTH, help_text="全称，如 龙亭区财政局、北郊乡人民政府"
    )
    kind = forms.ChoiceField(label="类型", choices=Department.Kind.choices)
    status = forms.ChoiceField(
        label="状态", choices=Department.Status.choices, help_text="撤销后不再分派填报任务，以前的填报仍保留"
    )

    reason = forms.CharField(
        label="撤销的原因",
        max_length=written.LONGEST_REASON,
        required=False,
        help_text="改为“撤销”时必填，例如机构改革文件的文号",
    )

    def __init__(self, data: Any = None, *, by: User, department: Department | None = None) -> None:
        super().__init__(
            data, initial={name: getattr(department, name) for name in actions.FACTS} if department else None
        )
        if department:
            del self.fields["district"]
            self.fields["reason"].initial = department.abolished_reason
        else:
            del self.fields["reason"]
            self.fields["district"].queryset = directory.districts(by, Perm.DISTRICT_EDIT)  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        return self._name("code", "编号", workbook.CODE_LENGTH)

    def clean_name(self) -> str:
        return self._name("name", "名称", workbook.NAME_LENGTH)

    def _name(self, field: str, label: str, longest: int) -> str:
        try:
            return check_name(self.cleaned_data[field], label, longest)
        except Fault as fault:
            raise ValidationError(str(fault)) from fault

    def facts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in actions.FACTS}


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
            form.add_error(None, error.lines)
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
