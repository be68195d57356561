"""Separation of powers (三员分立): who manages accounts gets no other power alone, and signs for nobody."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import Invalid, NotAllowed
from schools.access.models import Membership
from schools.access.permissions import ROLES, Perm, roles_with

# Who inspects, reviews, audits or signs for a school.
GUARDED = frozenset({"inspector", "reviewer", "auditor", "principal"})
# In the hands of the giver, an account that manages accounts would be the second person.
_HANDED_OUT = GUARDED | {"admin"}
_TOMORROW = "请明天再办，或由另一位局管理员办理。"


def standing(role: str, person: User, by: User, district: Model) -> dict[str, bool]:
    """How a role given begins: `is_pending` until a second account manager confirms it, or, where there has
    been none yet (first set-up), `is_unreviewed`.

    A second one is needed for one's own, for that of an account whose password the giver issued, and for all
    guarded ones where powers are separated. Raises NotAllowed for a giver whose account was reset today,
    or made today by the one who gains.
    """
    if role in _HANDED_OUT and not by.is_system:
        ensure_own_hand(by)
        _ensure_not_made_today(by, [person])
    if not _needs_second(role, person, by):
        return {"is_pending": False, "is_unreviewed": False}
    waits = settings.SEPARATION_OF_POWERS or _managers(district).exclude(user__in=[by.pk, person.pk or by.pk]).exists()
    return {"is_pending": waits, "is_unreviewed": not waits}


def _needs_second(role: str, person: User, by: User) -> bool:
    if by.is_system:
        return False
    is_handed_out = person.pk is None or person.password_issued_by_id == by.pk
    is_own = person.pk == by.pk
    return (role in GUARDED and (is_own or settings.SEPARATION_OF_POWERS)) or (role in _HANDED_OUT and is_handed_out)


def _managers(district: Model) -> QuerySet[Membership]:
    """The roles of those who may confirm for a district, or might have: its own account managers and those above.

    Also of those who are gone: otherwise who shuts the second one out would be alone again.
    """
    rows = Membership.objects.filter(role__in=roles_with(Perm.ACCOUNT_EDIT), is_pending=False, user__is_system=False)
    return rows.filter(Q(district=district) | Q(district__district=district) | Q(district__district__district=district))


def ensure_apart(role: str, person: User) -> None:
    """Where powers are separated: refuse to have one person manage accounts and hold a guarded role."""
    if not settings.SEPARATION_OF_POWERS or person.pk is None:
        return
    held = Membership.objects.filter(user=person).exclude(valid_until__lt=timezone.localdate())
    others = {"admin"} if role in GUARDED else GUARDED if role == "admin" else frozenset()
    clash = next((row for row in held if row.role in others), None)
    if clash:
        raise Invalid(
            f"三员分立：{person.name}已是{ROLES[clash.role].name}，不能同时是{ROLES[role].name}。请授予另一个人，或先结束原授权。"
        )


def ensure_own_hand(by: User) -> None:
    """Refuse to sign or decide with an account whose password somebody else reset today. Raises NotAllowed."""
    person = User.objects.select_related("password_reset_by").get(pk=by.pk)
    if person.is_reset_today:
        raise NotAllowed(
            f"这个账号的密码今天由{person.password_reset_by.name}重置过。为分清责任，今天不能用它签发、提交、审批、销号、发布报告，也不能授予或确认职权。"  # type: ignore[union-attr]
            f"请明天再办；今天就要办的，请另一位局管理员在“账号”中确认这次重置。"
        )


def ensure_second(by: User, asker: User, gainer: User) -> None:
    """Refuse who asked for it or gains by it to be the second person, also by an account made today. Raises NotAllowed."""
    if by in (asker, gainer):
        raise NotAllowed("须由另一位局管理员确认：申请人和被授权人本人都不能确认。")
    ensure_own_hand(by)
    _ensure_not_made_today(by, [asker, gainer])
    if _is_made_today(asker, [by]):
        raise NotAllowed(f"{asker.name}的账号今天由您开设，今天不能由您确认其申请。{_TOMORROW}")


def _ensure_not_made_today(by: User, others: Sequence[User]) -> None:
    if _is_made_today(by, others):
        raise NotAllowed(
            f"您的账号今天由{by.password_issued_by.name}开设，今天不能给其授权，也不能确认其申请。{_TOMORROW}"  # type: ignore[union-attr]
        )


def _is_made_today(person: User, others: Sequence[User]) -> bool:
    return person.password_issued_by in others and timezone.localdate(person.created_at) == timezone.localdate()
