"""Who may give, confirm and end roles (三员分立): who manages accounts gets no other power alone."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models import Model, Q
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotAllowed
from schools.access.models import Membership
from schools.access.permissions import ROLES, Perm, roles_with
from schools.access.scope import ensure, ensure_own_hand, passes, visible

# Who inspects, reviews, audits or signs for a school.
GUARDED = frozenset({"inspector", "reviewer", "auditor", "principal"})
# In the hands of the giver, an account that manages accounts would be the second person.
_HANDED_OUT = GUARDED | {"admin"}
_TOMORROW = "请明天再办，或由另一位局管理员办理。"


def pending_flags(role: str, person: User, by: User, district: Model) -> dict[str, bool]:
    """`is_pending` until a second account manager confirms, `is_unreviewed` where there has been none yet.

    Raises NotAllowed if the giver's account was reset today, or made today by the one who gains.
    """
    if role in _HANDED_OUT and not by.is_system:
        ensure_own_hand(by)
        _ensure_not_made_today(by, [person])
    is_handed_out = person.pk is None or person.password_issued_by_id == by.pk
    is_own = person.pk == by.pk
    needs_second = (role in GUARDED and (is_own or settings.SEPARATION_OF_POWERS)) or (
        role in _HANDED_OUT and is_handed_out
    )
    if by.is_system or not needs_second:
        return {"is_pending": False, "is_unreviewed": False}
    # Also those above, and those who are gone: otherwise who shuts the second one out would be alone again.
    above = Q(district=district) | Q(district__district=district) | Q(district__district__district=district)
    managers = Membership.objects.filter(
        above, role__in=roles_with(Perm.ACCOUNT_EDIT), is_pending=False, user__is_system=False
    )
    others = managers.exclude(user__in=[by.pk, person.pk or by.pk])
    waits = settings.SEPARATION_OF_POWERS or others.exists()
    return {"is_pending": waits, "is_unreviewed": not waits}


def ensure_apart(role: str, person: User) -> None:
    """Nobody manages accounts and holds a guarded role. Raises Invalid."""
    if not settings.SEPARATION_OF_POWERS or person.pk is None:
        return
    held = Membership.objects.filter(user=person).exclude(valid_until__lt=timezone.localdate())
    others = {"admin"} if role in GUARDED else GUARDED if role == "admin" else frozenset()
    clash = next((row for row in held if row.role in others), None)
    if clash:
        raise Invalid(
            f"三员分立：{person.name}已是{ROLES[clash.role].name}，不能同时是{ROLES[role].name}。请授予另一个人，或先结束原授权。"
        )


def ensure_second(by: User, asker: User, gainer: User) -> None:
    """The second person is neither of them, and neither side's account was made by the other today.

    Raises NotAllowed.
    """
    ensure_own_hand(by)
    _ensure_other(by, asker, gainer)


def _ensure_other(by: User, asker: User, gainer: User) -> None:
    if by in (asker, gainer):
        raise NotAllowed("须由另一位局管理员确认：申请人和被授权人本人都不能确认。")
    _ensure_not_made_today(by, [asker, gainer])
    if _is_made_today(asker, [by]):
        raise NotAllowed(f"{asker.name}的账号今天由您开设，今天不能由您确认其申请。{_TOMORROW}")


def ensure_confirm(by: User, row: Membership) -> None:
    """Raises NotFound or NotAllowed."""
    ensure(by, Perm.ACCOUNT_VIEW if row.is_unreviewed else Perm.ACCOUNT_EDIT, row.place)
    ensure_second(by, row.created_by, row.user)


def confirmable(by: User, rows: Iterable[Membership]) -> list[Membership]:
    """Those `ensure_confirm` accepts; two queries."""
    if not passes(ensure_own_hand, by):
        return []
    return [row for row in rows if passes(_ensure_other, by, row.created_by, row.user)]


def ensure_end(by: User, row: Membership) -> None:
    """Raises NotFound, NotAllowed, or Invalid for one's own right to manage accounts."""
    ensure(by, Perm.ACCOUNT_EDIT, row.place)
    if _is_own_office(by, row):
        raise Invalid("不能结束自己的管理员授权。请由另一位管理员办理。")


def endable(by: User, rows: Iterable[Membership]) -> list[Membership]:
    """Those `ensure_end` accepts that are not over; one query."""
    going_on = [row for row in rows if not row.is_over and not _is_own_office(by, row)]
    held = visible(by, Membership.objects.filter(pk__in=[row.pk for row in going_on]), Perm.ACCOUNT_EDIT)
    within = set(held.values_list("pk", flat=True))
    return [row for row in going_on if row.pk in within]


def _is_own_office(by: User, row: Membership) -> bool:
    return row.user_id == by.pk and Perm.ACCOUNT_EDIT in ROLES[row.role].grants


def _ensure_not_made_today(by: User, others: Sequence[User]) -> None:
    if _is_made_today(by, others):
        raise NotAllowed(
            f"您的账号今天由{by.password_issued_by.name}开设，今天不能给其授权，也不能确认其申请。{_TOMORROW}"  # type: ignore[union-attr]
        )


def _is_made_today(person: User, others: Sequence[User]) -> bool:
    makers = {other.pk for other in others if other.pk is not None}
    return person.password_issued_by_id in makers and timezone.localdate(person.created_at) == timezone.localdate()
