"""The form of one department."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.core.accounts.models import User
from portal.core.lib import written
from schools.access.permissions import Perm
from schools.departments.actions import FACTS
from schools.departments.workbook import CODE_LENGTH, NAME_LENGTH
from schools.directory import queries
from schools.directory.facts import Fault, check_name
from schools.directory.models import Department, District


class DepartmentForm(forms.Form):
    """The facts of a department; its district is chosen once, among the person's own."""

    district = forms.ModelChoiceField(District.objects.none(), label="区县", empty_label=None)
    code = forms.CharField(label="编号", max_length=CODE_LENGTH, help_text="本区自定，如 CZ、01；导入时按它找到部门")
    name = forms.CharField(label="名称", max_length=NAME_LENGTH, help_text="全称，如 龙亭区财政局、北郊乡人民政府")
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
        super().__init__(data, initial={name: getattr(department, name) for name in FACTS} if department else None)
        if department:
            del self.fields["district"]
            self.fields["reason"].initial = department.abolished_reason
        else:
            del self.fields["reason"]
            self.fields["district"].queryset = queries.districts(by, Perm.DISTRICT_EDIT)  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        return self._name("code", "编号", CODE_LENGTH)

    def clean_name(self) -> str:
        return self._name("name", "名称", NAME_LENGTH)

    def _name(self, field: str, label: str, longest: int) -> str:
        try:
            return check_name(self.cleaned_data[field], label, longest)
        except Fault as fault:
            raise ValidationError(str(fault)) from fault

    def facts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in FACTS}
