"""One rule for who sees and does what: `visible` for lists, `ensure` for actions, `may` for buttons, `require` for views.

A model says where it belongs by class attributes, lookup paths from itself:
`scope_district`, `scope_school`, `scope_department` ("" = the row itself, None or
absent = rows of this model are not reached that way).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce, wraps
from operator import or_
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.models import Membership
from schools.access.permissions import ROLES, Perm

M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponse]
_NO_RIGHT = "您的角色不能进行这项操作（{perm}）。如确需办理，请联系局管理员。"


# Nobody acts on rights read longer ago, not even in a job of hours.
_FRESH_SECONDS = 10


@dataclass(slots=True)
class _Rights:
    """What a person may do, as read once for a request, and when that was."""

    memberships: list[Membership]
    grants: frozenset[Perm]
    day: date
    read_at: float = field(default_factory=time.monotonic)
    # Districts with all below them: a condition over joined districts would use no index.
    below: dict[frozenset[int], list[int]] = field(default_factory=dict)

    @property
    def is_fresh(self) -> bool:
        """Whether they may still be used: read a moment ago, on the same day."""
        return self.day == timezone.localdate() and time.monotonic() - self.read_at < _FRESH_SECONDS


def _rights(user: User) -> _Rights:
    # They belong to the object of the request, so no other request ever sees them.
    rights: _Rights | None = user.__dict__.get("_rights")
    if rights is None or not rights.is_fresh:
        held = Membership.objects.filter(Membership.in_force(), user_id=user.pk)
        rows = list(held.select_related("district", "school__district", "department__district"))
        grants = frozenset[Perm]().union(*(ROLES[row.role].grants for row in rows))
        rights = user.__dict__["_rights"] = _Rights(rows, grants, timezone.localdate())
    return rights


def memberships(user: User) -> list[Membership]:
    return _rights(user).memberships


def role_names(user: User) -> str:
    if user.is_system:
        return "系统"
    return "、".join(dict.fromkeys(ROLES[row.role].name for row in memberships(user)))


def role_codes(user: User) -> set[str]:
    return {row.role for row in memberships(user)}


def home_district(user: User) -> str:
    """The code of the one district in which a person holds roles today; "" for several."""
    if user.is_system:
        return ""
    rows = memberships(user)
    places = {row.district or (row.school or row.department).district for row in rows}  # type: ignore[union-attr]
    return places.pop().code if len(places) == 1 else ""


def holds(user: User, perm: Perm) -> bool:
    if user.is_system:
        return True
    return bool(user.is_active) and perm in _rights(user).grants


def _reach(user: User, model: type[Model], perm: Perm) -> Q | None:
    granted = [row for row in memberships(user) if perm in ROLES[row.role].grants]
    reach: Q | None = None
    for name in ("district", "school", "department"):
        base = getattr(model, f"scope_{name}", None)
        ids = {getattr(row, f"{name}_id") for row in granted} - {None}
        if base is None or not ids:
            continue
        own = Q(**{f"{base}__in" if base else "pk__in": _below(user, ids) if name == "district" else ids})
        reach = own if reach is None else reach | own
    return reach


def _below(user: User, ids: set[int]) -> list[int]:
    """The districts and all below them, read once per request."""
    known, key = _rights(user).below, frozenset(ids)
    if key not in known:
        districts = Membership._meta.get_field("district").related_model._default_manager.all()  # type: ignore[union-attr]
        inside = Q(pk__in=ids) | Q(parent__in=ids) | Q(parent__parent__in=ids)
        known[key] = list(districts.filter(inside).order_by("pk").values_list("pk", flat=True))
    return known[key]


def visible(user: User, queryset: QuerySet[M], perm: Perm) -> QuerySet[M]:
    if user.is_system:
        return queryset
    if not user.is_active:
        return queryset.none()
    reach = _reach(user, queryset.model, perm)
    return queryset.none() if reach is None else queryset.filter(reach)


def may(user: User, perm: Perm, obj: Model) -> bool:
    if user.is_active and not user.is_system and _is_own_place(user, perm, obj):
        return True
    return visible(user, type(obj)._default_manager.filter(pk=obj.pk), perm).exists()


def _is_own_place(user: User, perm: Perm, obj: Model) -> bool:
    """Whether a role is given over `obj` itself: known without asking the database, for a place is never deleted."""
    place = next(
        (name for name in ("district", "school", "department") if getattr(obj, f"scope_{name}", None) == ""), ""
    )
    return bool(place) and any(
        getattr(row, f"{place}_id") == obj.pk and perm in ROLES[row.role].grants for row in memberships(user)
    )


def passes(guard: Callable[..., None], *args: Any) -> bool:
    """Whether an action's own guard lets the person through: asked by the button."""
    try:
        guard(*args)
    except (NotAllowed, NotFound):
        return False
    return True


def ensure(user: User, perm: Perm, obj: Model) -> None:
    """Raises NotFound when the person holds no right at all over a row, which must not leak; NotAllowed when this lacks."""
    if may(user, perm, obj):
        return
    rows = type(obj)._default_manager.filter(pk=obj.pk)
    views = [other for other in _rights(user).grants if other.name.endswith("_VIEW")] if user.is_active else []
    reaches = [reach for other in views if (reach := _reach(user, type(obj), other)) is not None]
    if reaches and rows.filter(reduce(or_, reaches)).exists():
        raise NotAllowed(_NO_RIGHT.format(perm=perm.value))
    raise NotFound("没有找到，或不在您可以查看的范围内。")


def ensure_own_hand(by: User) -> None:
    """Refuse to sign or decide with an account whose password somebody else reset today. Raises NotAllowed."""
    person = User.objects.select_related("password_reset_by").get(pk=by.pk)
    if person.is_reset_today:
        raise NotAllowed(
            f"这个账号的密码今天由{person.password_reset_by.name}重置过。为分清责任，今天不能用它签发、提交、审批、销号、发布报告，也不能授予或确认职权。"  # type: ignore[union-attr]
            f"请明天再办；今天就要办的，请另一位局管理员在“账号”中确认这次重置。"
        )


def require(*perms: Perm) -> Callable[[View], View]:
    """Signed in and holding one of `perms` somewhere, else 403."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(holds(request.user, perm) for perm in perms):  # type: ignore[arg-type]
                raise NotAllowed(_NO_RIGHT.format(perm="、".join(perm.value for perm in perms)))
            return view(request, *args, **kwargs)

        guarded.required = "、".join(perm.value for perm in perms)  # type: ignore[attr-defined]
        return guarded

    return decorate


def users_with(perm: Perm, *, school: Any = None, district: Any = None, department: Any = None) -> "QuerySet[User]":
    """Active people who hold `perm` over a school, a district or a department today; not those of a city above it."""
    place = Q()
    if school is not None:
        place |= Q(memberships__school=school) | Q(memberships__district=school.district_id)
    if district is not None:
        place |= Q(memberships__district=district)
    if department is not None:
        place |= Q(memberships__department=department)
    roles = [code for code, role in ROLES.items() if perm in role.grants]
    # One filter call: all conditions must hold for the same membership row.
    return User.objects.filter(
        place, Membership.in_force("memberships__"), is_active=True, memberships__role__in=roles
    ).distinct()
