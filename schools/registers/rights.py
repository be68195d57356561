"""Who maintains which register where: a unit its own, the bureau all in its district; some only the bureau."""

from typing import TypeAlias

from django.db.models import Q

from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotAllowed, NotFound
from schools.access.scope import Perm, ensure, granted, own_keys, passes, visible
from schools.directory.models import Department, District, School, Status
from schools.registers.kinds import RegisterKind
from schools.registers.models import RegisterEntry

Unit: TypeAlias = School | Department | District


def units(user: User, kind: RegisterKind) -> list[Unit]:
    """The bureau first. Three queries at most."""
    held = granted(user, Perm.REGISTER_KEEP)
    districts = list(visible(user, District.objects.all(), Perm.REGISTER_KEEP))
    found: list[Unit] = list(districts) if "district" in kind.units else []
    if "department" in kind.units or "township" in kind.units:
        # A right over a township is one over what it registers itself, not over its schools.
        rows = visible(user, Department.objects.select_related("district"), Perm.REGISTER_KEEP)
        rows = rows.filter(status=Department.Status.ACTIVE)
        found += [one for one in rows if ("township" if one.is_township else "department") in kind.units]
    if "school" in kind.units:
        own = Q(district__in=districts)
        if not kind.bureau_only:
            own |= Q(pk__in=held["school"])
        found += School.objects.filter(own, status=Status.OPEN).select_related("district").order_by("code")
    return found


def may_maintain(user: User, entry: RegisterEntry) -> bool:
    return passes(ensure_maintain, user, entry)


def ensure_maintain(user: User, entry: RegisterEntry) -> None:
    """Raises NotFound, NotAllowed, or Conflict for a withdrawn entry."""
    ensure(user, Perm.REGISTER_KEEP, entry)
    if entry.register.bureau_only:
        district = District.objects.filter(pk=RegisterEntry.place.district_of(entry).pk)
        if not visible(user, district, Perm.REGISTER_KEEP).exists():
            raise NotAllowed(f"“{entry.register.name}”由教育局登记，您可以查看。需要改的，请告诉教育局。")
    if entry.withdrawn_at is not None:
        raise Conflict("这条记录已经撤销，不能再改。需要的话，请另登记一条。")


def locked(entry_id: int, user: User) -> RegisterEntry:
    """To be changed. Raises as `ensure_maintain`."""
    rows = RegisterEntry.objects.select_for_update(no_key=True, of=("self",))
    entry = rows.select_related("school", "department", "district", "updated_by").filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("没有这条记录，或它不在您可以查看的范围内。")
    ensure_maintain(user, entry)
    return entry


def place_types(user: User) -> set[str]:
    """Among school, department, township, district."""
    held = granted(user, Perm.REGISTER_VIEW)
    found = {kind for kind in ("school", "district") if held[kind]}
    for department in Department.objects.filter(pk__in=own_keys(user, Perm.REGISTER_VIEW, "department")):
        found.add("township" if department.is_township else "department")
    return found
