"""Reads of accounts and roles within what a person may see: through the places of their roles, in force or ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.models import Membership
from schools.access.permissions import PLACES, ROLES, RoleSpec
from schools.access.scope import Perm, visible
from schools.directory.models import Department, District, School, Status

# 等保2.0: who has not signed in for so long is listed for locking.
UNUSED_DAYS = 90
_SCHOOL_DATA = (Perm.SCHOOL_VIEW, Perm.SUBMISSION_VIEW, Perm.EVALUATION_VIEW, Perm.VISIT_VIEW, Perm.FINDING_VIEW)
# Where a role can be given.
Place = District | School | Department
_ROLES_OF_A_SCHOOL = ("reporter", "principal")


def accounts(user: User) -> "QuerySet[User]":
    rows = Membership.objects.filter(within(user, Perm.ACCOUNT_VIEW))
    rows = rows.select_related("district", "school", "department").order_by("-valid_from", "pk")
    return seen_by(user).prefetch_related(Prefetch("memberships", rows, "roles")).order_by("username")


def unused() -> Q:
    since = timezone.now() - timedelta(days=UNUSED_DAYS)
    return Q(is_active=True) & (Q(last_login__lt=since) | Q(last_login__isnull=True, created_at__lt=since))


def to_confirm(user: User) -> "QuerySet[Membership]":
    rows = Membership.objects.filter(_waits(user))
    return rows.select_related("user", "created_by", "district", "school", "department").order_by("pk")


def _waits(user: User) -> Q:
    held = Q(pk__in=Membership.objects.to_confirm()) & within(user, Perm.ACCOUNT_EDIT)
    return held | Q(pk__in=Membership.objects.to_review()) & within(user, Perm.ACCOUNT_VIEW)


def counts(user: User) -> dict[str, int]:
    # Looked up once, not for each account: PostgreSQL would take a second for those of thirty districts.
    waits = Membership.objects.filter(_waits(user)).values("user")
    return seen_by(user).aggregate(unused=Count("pk", filter=unused()), waiting=Count("pk", filter=Q(pk__in=waits)))


def get_account(user: User, pk: int) -> User:
    person = accounts(user).filter(pk=pk).first()
    if person is None:
        raise NotFound("没有这个账号，或它不在您可以查看的范围内。")
    return person


def get_account_for_edit(user: User, pk: int) -> User:
    """Raises NotFound or NotAllowed."""
    person = get_account(user, pk)
    ensure_reach(user, Perm.ACCOUNT_EDIT, person)
    return person


def places(user: User) -> dict[str, list[Place]]:
    """Where the person may give roles, by kind in words."""
    return {
        PLACES[model._meta.model_name or ""]: list(visible(user, model.objects.all(), Perm.ACCOUNT_EDIT))
        for model in (District, School, Department)
    }


def kinds_of(place: Place) -> set[str]:
    kinds = {kind for kind, paths in type(place).place.paths.items() if "" in paths}
    return kinds - ({"township"} if isinstance(place, Department) and not place.is_township else set())


def missing_accounts(district: District) -> list[tuple[School, str]]:
    schools = School.objects.filter(district=district, status=Status.OPEN).order_by("code")
    held = set(_at_schools(district).values_list("school_id", "role"))
    return [(school, role) for school in schools for role in _ROLES_OF_A_SCHOOL if (school.pk, role) not in held]


def never_used(district: District) -> "QuerySet[Membership]":
    """填报员 and 校长 of open schools who never signed in and have no role elsewhere."""
    elsewhere = Membership.objects.filter(user=OuterRef("user")).exclude(school__district=district)
    rows = _at_schools(district).filter(
        role__in=_ROLES_OF_A_SCHOOL, school__status=Status.OPEN, user__last_login=None, user__must_change_password=True
    )
    return rows.exclude(Exists(elsewhere)).select_related("user", "school").order_by("school__code", "role", "pk")


def _at_schools(district: District) -> "QuerySet[Membership]":
    rows = Membership.objects.in_force() | Membership.objects.to_confirm()
    return rows.filter(school__district=district, user__is_active=True)


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who can see a school's data, and why."""

    membership: Membership
    spec: RoleSpec
    why: str
    sees: Sequence[str]
    does: Sequence[str]


def who_sees(school: School) -> list[Witness]:
    """Nearest first; one query."""
    district = school.district
    above = [district.pk, district.parent_id, district.parent.parent_id if district.parent else None]
    roles = [code for code, spec in ROLES.items() if spec.grants & set(_SCHOOL_DATA)]
    rows = Membership.objects.in_force().filter(role__in=roles, user__is_active=True, user__is_system=False)
    reach = Q(school=school) | Q(district__in=[pk for pk in above if pk])
    if school.township_id:
        reach |= Q(department=school.township_id)
    rows = rows.filter(reach)
    rows = rows.select_related("user", "district", "school", "department")
    rows = rows.order_by("district_id", "role", "user__username")
    found = [_witness(row) for row in rows]
    return sorted(found, key=lambda item: item.membership.school_id is None)


def _witness(row: Membership) -> Witness:
    spec = ROLES[row.role]
    here = f"本校所在{row.department}的{spec.name}"
    if row.kind == "department":
        # Its other rights are over what the department itself hands in.
        return Witness(row, spec, here, [Perm.SCHOOL_VIEW.value], [])
    why = {
        "school": f"本校的{spec.name}" if spec.reach == {"school"} else f"负责本校的{spec.name}",
        "township": here,
        "district": f"{row.district}的{spec.name}，范围含辖区内全部学校",
    }[row.kind]
    sees = [perm.value for perm in _SCHOOL_DATA if perm in spec.grants]
    does = [
        perm.value
        for perm in Perm
        if perm in spec.grants and perm not in _SCHOOL_DATA and not perm.name.endswith("_VIEW")
    ]
    return Witness(row, spec, why, sees, does)


def within(user: User, perm: Perm) -> Q:
    reach = visible(user, District.objects.all(), perm).values("pk")
    return reduce(or_, (Q(**{f"{path}__in": reach}) for path in Membership.place.paths["district"]))


def seen_by(user: User, perm: Perm = Perm.ACCOUNT_VIEW) -> "QuerySet[User]":
    reach = visible(user, District.objects.all(), perm).values("pk")
    # Three questions, each answered by its index: one with three joins would look at everybody's roles.
    first, *others = (
        Membership.objects.filter(**{f"{path}__in": reach}).order_by().values("user")
        for path in Membership.place.paths["district"]
    )
    return User.objects.filter(pk__in=first.union(*others), is_system=False)


def ensure_reach(by: User, perm: Perm, person: User) -> None:
    """Raises NotFound, or NotAllowed when only this right lacks."""
    if seen_by(by, perm).filter(pk=person.pk).exists():
        return
    if seen_by(by).filter(pk=person.pk).exists():
        raise NotAllowed(f"您的角色不能进行这项操作（{perm.value}）。如确需办理，请联系局管理员。")
    raise NotFound("没有这个账号，或它不在您可以查看的范围内。")


def ensure_reach_of_all(by: User, person: User) -> None:
    """Raises NotAllowed: whoever takes an account over gets all its roles."""
    not_over = Membership.objects.filter(user=person).exclude(valid_until__lt=timezone.localdate())
    outside = not_over.exclude(within(by, Perm.ACCOUNT_EDIT))
    if not by.is_system and outside.exists():
        raise NotAllowed(
            "此人在您管理的范围以外也有任职，账号资料和密码须由上级管理员办理。您可以增加或结束本区县的授权。"
        )
