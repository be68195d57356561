"""Reads of the register, always within what the person may see."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import QuerySet

from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.permissions import Perm
from schools.access.scope import ensure, visible
from schools.directory.models import Department, District, Group, School, SchoolChange, Status


def schools(user: User, perm: Perm = Perm.SCHOOL_VIEW) -> "QuerySet[School]":
    return visible(user, School.objects.select_related("district", "group", "successor", "township"), perm)


def get_school(user: User, code: str, perm: Perm = Perm.SCHOOL_VIEW) -> School:
    """By 学校标识码. Raises NotFound outside the person's scope."""
    school = schools(user, perm).filter(code=code).first()
    if school is None:
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    return school


def get_school_for_edit(user: User, code: str) -> School:
    """Raises NotFound outside the scope, NotAllowed without the right."""
    rows = School.objects.select_related("district", "group", "successor", "township")
    school = rows.filter(code=code).first()
    if school is None:
        raise NotFound("没有这所学校，或它不在您可以查看的范围内。")
    ensure(user, Perm.SCHOOL_EDIT, school)
    return school


def siblings(user: User, school: School) -> Sequence[School]:
    if school.group_id is None:
        return []
    return list(schools(user).filter(group=school.group_id).exclude(pk=school.pk))


def merged_into(user: User, school: School) -> Sequence[School]:
    return list(schools(user).filter(successor=school.pk))


def namesake(user: User, school: School) -> School | None:
    same = schools(user).filter(district=school.district_id, name=school.name, status=Status.OPEN)
    return same.exclude(pk=school.pk).first() if school.status == Status.OPEN else None


def names_of(codes: Collection[str]) -> dict[str, str]:
    return dict(School.objects.filter(code__in=codes).values_list("code", "name"))


def former_names(codes: Collection[str]) -> dict[str, set[str]]:
    """All names schools ever had, by 学校标识码; the present one is among them."""
    found: dict[str, set[str]] = defaultdict(set)
    for code, facts in SchoolChange.objects.filter(school__code__in=codes).values_list("school__code", "facts"):
        found[code].add(facts["name"])
    return found


def districts(user: User, perm: Perm) -> "QuerySet[District]":
    return visible(user, District.objects.all(), perm)


def get_district(user: User, code: str) -> District:
    """To set something of it. Raises NotFound outside the person's scope."""
    district = districts(user, Perm.DISTRICT_EDIT).filter(code=code).first()
    if district is None:
        raise NotFound("没有这个区县，或不在您管理的范围内。")
    return district


def groups(user: User, perm: Perm = Perm.SCHOOL_VIEW) -> "QuerySet[Group]":
    return Group.objects.filter(schools__in=schools(user, perm)).distinct()


def townships(districts: Iterable[District]) -> "QuerySet[Department]":
    rows = Department.objects.filter(district__in=list(districts), kind__in=Department.PLACES)
    return rows.select_related("district").order_by("district__code", "status", "code")


def changes(school: School) -> Sequence[SchoolChange]:
    """Newest first, in the order they were recorded."""
    return list(school.changes.select_related("by").order_by("-pk"))
