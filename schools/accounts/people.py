"""Whose accounts a person reaches: through the places of their roles, in force or ended."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.models import Membership
from schools.access.permissions import Perm
from schools.access.scope import visible
from schools.directory.models import Department, District, School

Place = District | School | Department


def within(user: User, perm: Perm) -> Q:
    """Return the condition on memberships: their place lies in a district over which the person holds `perm`."""
    reach = visible(user, District.objects.all(), perm).values("pk")
    return Q(district__in=reach) | Q(school__district__in=reach) | Q(department__district__in=reach)


def seen_by(user: User, perm: Perm = Perm.ACCOUNT_VIEW) -> "QuerySet[User]":
    """Return the people with a role, in force or ended, in a place over which the person holds `perm`."""
    reach = visible(user, District.objects.all(), perm).values("pk")
    # Three questions, each answered by its index: one with three joins would look at everybody's roles.
    first, *others = (
        Membership.objects.filter(**{f"{place}__in": reach}).order_by().values("user")
        for place in ("district", "school__district", "department__district")
    )
    return User.objects.filter(pk__in=first.union(*others), is_system=False)


def ensure(by: User, perm: Perm, person: User) -> None:
    """Refuse unless `by` holds `perm` over a place of the person's.

    Raises NotFound when not even the account may be known, NotAllowed when
    only this right lacks.
    """
    if seen_by(by, perm).filter(pk=person.pk).exists():
        return
    if seen_by(by).filter(pk=person.pk).exists():
        raise NotAllowed(f"您的角色不能进行这项操作（{perm.value}）。如确需办理，请联系局管理员。")
    raise NotFound("没有这个账号，或它不在您可以查看的范围内。")


def ensure_alone(by: User, person: User) -> None:
    """Refuse to touch an account that also holds a role out of reach: taking it over would carry that role along."""
    not_over = Membership.objects.filter(user=person).exclude(valid_until__lt=timezone.localdate())
    outside = not_over.exclude(within(by, Perm.ACCOUNT_EDIT))
    if not by.is_system and outside.exists():
        raise NotAllowed(
            "此人在您管理的范围以外也有任职，账号资料和密码须由上级管理员办理。您可以增加或结束本区县的授权。"
        )
