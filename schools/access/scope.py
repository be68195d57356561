"""One rule for who sees and does what: `visible` for lists, `ensure` for actions, `may` for buttons, `require` for views.

A model says where its rows lie by a `Place`; one without is reached by nobody. A slice needs this module alone, for
`Perm` comes along: `from schools.access.scope import Perm, ensure, visible`.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial, reduce, wraps
from math import inf
from operator import or_
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import EmptyResultSet
from django.db.models import (
    BigAutoField,
    BooleanField,
    DateField,
    F,
    Field,
    Func,
    Model,
    OuterRef,
    Q,
    QuerySet,
)
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.core.accounts.authentication import Request as Request, View
from portal.core.accounts.models import User
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.lib.prepared import Prepared
from schools.access.models import Membership, Place
from schools.access.permissions import ROLES, Perm, roles_with

M = TypeVar("M", bound=Model)
_NO_RIGHT = "您的角色不能进行这项操作（{perm}）。如确需办理，请联系局管理员。"


_HELD = Prepared(
    lambda user, today: (
        Membership.objects.filter(Membership.in_force(today=today), user=user)
        .order_by("role", "pk")
        .only("role", "district", "school", "department")
    ),
    user=BigAutoField(),
    today=DateField(),
)
_PLACED = Prepared(
    lambda user, today: (
        Membership.objects.filter(Membership.in_force(today=today), user=user)
        .order_by("role", "pk")
        .select_related("district", "school__district", "department__district")
    ),
    user=BigAutoField(),
    today=DateField(),
)
# Nobody acts on rights read longer ago, not even in a job of hours.
_FRESH_SECONDS = 10
# So few districts that most rows of a province are foreign to the person.
_FEW = 20


@dataclass(slots=True)
class _Rights:
    """What a person may do, as read once for a request, and until when (of `time.monotonic`) that holds."""

    memberships: list[Membership]
    grants: frozenset[Perm]
    until: float
    # Districts with all below them: a condition over joined districts would use no index.
    below: dict[frozenset[int], list[int]] = field(default_factory=dict)
    placed: list[Membership] | None = None


def _rights(user: User) -> _Rights:
    # They belong to the object of the request, so no other request ever sees them.
    rights: _Rights | None = user.__dict__.get("_rights")
    if rights is None or time.monotonic() >= rights.until:
        rows = _HELD(user=user.pk, today=timezone.localdate())
        # For some seconds, but never beyond midnight, when a role may end.
        now = timezone.localtime()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        fresh = min(_FRESH_SECONDS, (midnight - now).total_seconds())
        rights = user.__dict__["_rights"] = _Rights(rows, _granted_by(rows), time.monotonic() + fresh)
    return rights


def _granted_by(rows: Iterable[Membership]) -> frozenset[Perm]:
    return frozenset[Perm]().union(*(ROLES[row.role].grants for row in rows))


def held(user: User) -> list[Membership]:
    """The roles in force with the keys of their places."""
    return _rights(user).memberships


def memberships(user: User) -> list[Membership]:
    """With their places, which few requests ask for: rights need only the keys."""
    rights = _rights(user)
    if rights.placed is None:
        rights.placed = _PLACED(user=user.pk, today=timezone.localdate())
    return rights.placed


def role_names(user: User) -> str:
    if user.is_system:
        return "系统"
    return "、".join(dict.fromkeys(ROLES[row.role].name for row in held(user)))


def role_codes(user: User) -> set[str]:
    return {row.role for row in held(user)}


def home_district(user: User) -> str:
    """The code of the one district in which a person holds roles today; "" for several."""
    if user.is_system:
        return ""
    codes = {Membership.place.district_of(row).code for row in memberships(user)}
    return codes.pop() if len(codes) == 1 else ""


def audit_place(row: Model | None) -> dict[str, Any]:
    declared = getattr(type(row), "place", None)
    if not isinstance(declared, Place):
        return {}
    kind, _ = declared.key_of(row)
    school = row.place.code if kind == "school" else ""  # type: ignore[union-attr]
    return {"district": declared.district_of(row).code, "school": school}


def holds(user: User, perm: Perm) -> bool:
    if user.is_system:
        return True
    return bool(user.is_active) and perm in _rights(user).grants


def granted(user: User, perm: Perm) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for row in held(user):
        if perm in ROLES[row.role].grants:
            found[row.kind].add(Membership.place.key_of(row)[1])
    return found


def _reach(user: User, model: type[Model], perm: Perm) -> Q | None:
    declared: Place | None = getattr(model, "place", None)
    held = granted(user, perm)
    reach: Q | None = None
    for kind in ("district", "school", "department", "township"):
        paths = declared.paths[kind] if declared and held[kind] else ()
        for path in paths:
            ids = _below(user, held[kind]) if kind == "district" else held[kind]
            first, _, rest = path.partition("__")
            if rest and (len(paths) > 1 or _leads_to_many(model, path)):
                # Its own columns are compared, so that each one's index serves.
                nearest: type[Model] = model._meta.get_field(first).related_model  # type: ignore[assignment]
                inside = nearest._default_manager.filter(among(rest, ids)).order_by()
                # Whoever sees a province sees most rows anyway.
                few = len(ids) <= _FEW
                own = Q(_Among(F(f"{first}_id"), inside.values("pk"))) if few else Q(**{f"{first}__in": inside})
            else:
                own = among(path or "pk", ids)
            reach = own if reach is None else reach | own
    return reach


@cache
def _leads_to_many(model: type[Model], path: str) -> bool:
    """A join along such a path would give a row once for each of the person's places."""
    name, _, rest = path.partition("__")
    if not name:
        return False
    field: Any = model._meta.get_field(name)
    return bool(field.one_to_many or field.many_to_many) or _leads_to_many(field.related_model, rest)


class _Among(Func):
    """`column IN (subquery)`. PostgreSQL reads the subquery beforehand: in a condition with OR it would otherwise look
    at every row of the table.
    """

    template, arg_joiner, output_field = "%(expressions)s", " IN ", BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(expressions)s)", arg_joiner=" = ANY(ARRAY", **context)


def among(path: str, keys: Collection[Any]) -> Q:
    """A single key is compared, for a query may be written before it is known (`OneSchoolRead`)."""
    only = next(iter(keys), None)
    return Q(**{path: only}) if len(keys) == 1 else Q(**{f"{path}__in": keys})


def _below(user: User, ids: set[int]) -> list[int]:
    """With the districts themselves; read once per request."""
    known, key = _rights(user).below, frozenset(ids)
    if key not in known:
        districts = Membership._meta.get_field("district").related_model._default_manager.all()  # type: ignore[union-attr]
        inside = Q(pk__in=ids) | Q(parent__in=ids) | Q(parent__parent__in=ids)
        known[key] = list(districts.filter(inside).order_by("pk").values_list("pk", flat=True))
    return known[key]


def own(user: User, perm: Perm, model: type[Model]) -> Q:
    """Rows at whose own place the person holds `perm`: those of its schools are not a bureau's own."""
    nearer: dict[str, bool] = {}
    found = Q(pk__in=[])
    for kind, path in model.place.own:  # type: ignore[attr-defined]
        found |= among(path or "pk", own_keys(user, perm, kind)) & Q(**nearer)
        nearer[f"{path}__isnull"] = True
    return found


def is_own(user: User, perm: Perm, row: Model) -> bool:
    """Whether the row is one of `own`."""
    kind, key = type(row).place.key_of(row)  # type: ignore[attr-defined]
    return key in own_keys(user, perm, kind)


def own_keys(user: User, perm: Perm, kind: str) -> set[int]:
    """Of the schools, departments or districts for which the person answers: a township is a department too."""
    held = granted(user, perm)
    return held[kind] | (held["township"] if kind == "department" else set())


class OneSchoolRead:
    """A read whose SQL is written once for all who hold the same roles at one school and none elsewhere (`Prepared`).

    `build` makes the query from the person and named values, and from nothing else that changes: no clock, no setting
    of a district, no list of changing length. For everybody else it is built each time.
    """

    def __init__(self, build: Callable[..., QuerySet[Any]], **values: "Field[Any, Any]") -> None:
        self._build, self._values = build, values
        self._written: dict[tuple[str, ...], Callable[..., list[Any]]] = {}

    def __call__(self, user: User, **values: Any) -> list[Any]:
        rows = held(user)
        schools = {row.school_id for row in rows}
        if not user.is_active or user.is_system or len(schools) != 1 or None in schools:
            return list(self._build(user, **values))
        roles = tuple(row.role for row in rows)
        if roles not in self._written:
            slots = self._values | {"user": BigAutoField(), "school": BigAutoField()}
            self._written[roles] = Prepared(partial(self._of, roles), **slots)
        try:
            return self._written[roles](user=user.pk, school=schools.pop(), **values)
        except EmptyResultSet:
            self._written[roles] = lambda **values: []  # nobody of these roles is shown anything
            return []

    def _of(self, roles: tuple[str, ...], *, user: Any, school: Any, **values: Any) -> QuerySet[Any]:
        anybody = User(pk=user, is_active=True)
        rows = [Membership(role=role, school_id=school) for role in roles]
        anybody.__dict__["_rights"] = _Rights(rows, _granted_by(rows), inf)
        return self._build(anybody, **values)


def visible(user: User, queryset: QuerySet[M], perm: Perm) -> QuerySet[M]:
    if user.is_system:
        return queryset
    if not user.is_active:
        return queryset.none()
    reach = _reach(user, queryset.model, perm)
    return queryset.none() if reach is None else queryset.filter(reach)


def may(user: User, perm: Perm, obj: Model) -> bool:
    declared: Place | None = getattr(type(obj), "place", None)
    if user.is_active and not user.is_system and declared is not None and not obj._state.adding:
        held = granted(user, perm)
        # Mostly known without asking the database.
        at_hand = {kind: keys for kind in held if (keys := declared.keys_at_hand(obj, kind))}
        if any(held[kind] & keys for kind, keys in at_hand.items()):
            return True
        if "district" in at_hand and not at_hand["district"].isdisjoint(_below(user, held["district"])):
            return True
    return visible(user, type(obj)._default_manager.filter(pk=obj.pk), perm).exists()


def passes(guard: Callable[..., None], *args: Any) -> bool:
    try:
        guard(*args)
    except (Conflict, NotAllowed, NotFound):
        return False
    return True


def ensure(user: User, perm: Perm, obj: Model) -> None:
    """Raises NotFound without any right over the row, which must not leak; NotAllowed when only this one lacks."""
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


def users_with(perm: Perm, place: Model) -> "QuerySet[User]":
    declared: Place = type(place).place  # type: ignore[attr-defined]
    return _users_with([perm], declared, lambda kind: [declared.keys_around(place, kind)])


def users_within(places: QuerySet[Any], *perms: Perm) -> "QuerySet[User]":
    """Like `users_with`, for any of the places and any of `perms`."""
    declared: Place = places.model.place
    rows = places.order_by()
    return _users_with(perms, declared, lambda kind: [rows.values(path or "pk") for path in declared.paths[kind]])


def _users_with(perms: Iterable[Perm], declared: Place, keys: Callable[[str], Iterable[Any]]) -> "QuerySet[User]":
    held = Q(pk__in=[])
    for column, kind, roles in _granting(perms, declared):
        for some in keys(kind):
            held |= Q(**{f"memberships__{column}__in": some, "memberships__role__in": roles})
    # One filter call: all conditions must hold for the same membership row.
    return User.objects.filter(held, Membership.in_force("memberships__"), is_active=True).distinct()


def roles_over(perm: Perm, model: type[Model]) -> QuerySet[Membership]:
    """In force over the place of a row of the model, for a subquery of such rows."""
    declared: Place = model.place  # type: ignore[attr-defined]
    held = Q(pk__in=[])
    for column, kind, roles in _granting([perm], declared):
        for path in declared.paths[kind]:
            held |= Q(**{column: OuterRef(path or "pk"), "role__in": roles})
    return Membership.objects.in_force().filter(held, user__is_active=True)


def _granting(perms: Iterable[Perm], declared: Place) -> Iterator[tuple[str, str, list[str]]]:
    """By kind of place: the column of a membership that names it, and the roles there that have one of the rights."""
    granting = frozenset[str]().union(*map(roles_with, perms))
    for kind, paths in declared.paths.items():
        # Who works for a township is shown nothing of its schools.
        if kind == "department" and "" not in paths:
            continue
        roles = sorted(code for code in granting if kind != "township" or kind in ROLES[code].reach)
        if roles and paths:
            yield ("department" if kind == "township" else kind), kind, roles


def people_at(perm: Perm, row: Model) -> "QuerySet[User]":
    kind, key = type(row).place.key_of(row)  # type: ignore[attr-defined]
    held = Membership.objects.in_force().filter(role__in=roles_with(perm), **{kind: key})
    return User.objects.filter(is_active=True, pk__in=held.values("user"))


def people_of(perm: Perm, rows: Iterable[Model]) -> dict[int, list[User]]:
    """Like `people_at`, per row, in one query."""
    places = {row.pk: type(row).place.key_of(row) for row in rows}  # type: ignore[attr-defined]
    keys: dict[str, set[int]] = defaultdict(set)
    for kind, key in places.values():
        keys[kind].add(key)
    members = Membership.objects.in_force().filter(role__in=roles_with(perm), user__is_active=True)
    at = reduce(or_, (Q(**{f"{kind}__in": ids}) for kind, ids in keys.items()), Q(pk__in=[]))
    found: dict[tuple[str, int], list[User]] = defaultdict(list)
    for row in members.filter(at).select_related("user"):
        found[Membership.place.key_of(row)].append(row.user)
    return {pk: found[place] for pk, place in places.items()}
