"""Reads of the register of departments, within the person's districts."""

from django.db.models import QuerySet

from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.scope import Perm, visible
from schools.directory import queries as directory
from schools.directory.models import Department, District


def departments(user: User) -> QuerySet[Department]:
    rows = Department.objects.select_related("district").order_by("district__code", "status", "kind", "code")
    return visible(user, rows, Perm.DISTRICT_EDIT)


def get(user: User, pk: int) -> Department:
    """Raises NotFound for one the person does not maintain."""
    department = departments(user).filter(pk=pk).first()
    if department is None:
        raise NotFound("没有这个部门，或不在您管理的范围内。")
    return department


def own_districts(by: User) -> list[District]:
    return directory.maintained_districts(by, Perm.DISTRICT_EDIT, "部门名录")
