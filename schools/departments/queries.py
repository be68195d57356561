"""Reads of the register of departments, within the person's districts."""

from django.db.models import QuerySet

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory.models import Department, District


def departments(user: User) -> QuerySet[Department]:
    """Townships after bureaus."""
    rows = Department.objects.select_related("district").order_by("district__code", "status", "kind", "code")
    return visible(user, rows, Perm.DISTRICT_EDIT)


def get(user: User, pk: int) -> Department:
    """Raises NotFound for one the person does not keep."""
    department = departments(user).filter(pk=pk).first()
    if department is None:
        raise NotFound("没有这个部门，或不在您管理的范围内。")
    return department


def own_districts(by: User) -> list[District]:
    """Where the person may import. Raises NotAllowed when that is nowhere."""
    own = list(visible(by, District.objects.order_by("code"), Perm.DISTRICT_EDIT))
    if not own:
        raise NotAllowed("您的角色不能维护部门名录。如确需办理，请联系局管理员。")
    return own
