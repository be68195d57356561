"""Separation of powers (三员分立): who manages accounts gets no other power alone, and signs for nobody."""

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import User
from portal.errors import Invalid, NotAllowed
from schools.access.models import Membership
from schools.access.permissions import ROLES

# Who inspects, reviews, audits or signs for a school.
GUARDED = frozenset({"inspector", "reviewer", "auditor", "principal"})


def needs_second(role: str, person: User, by: User) -> bool:
    """Whether a role given waits for a second account manager: one's own, and all of them where powers are separated."""
    return role in GUARDED and not by.is_system and (person.pk == by.pk or settings.SEPARATION_OF_POWERS)


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
    """Refuse to sign with an account whose password somebody else reset today. Raises NotAllowed."""
    person = User.objects.select_related("password_reset_by").get(pk=by.pk)
    if person.is_reset_today:
        raise NotAllowed(
            f"这个账号的密码今天由{person.password_reset_by.name}重置过。为分清责任，今天不能用它签发。"  # type: ignore[union-attr]
            f"请明天再签发；今天就要签发的，请另一位局管理员在“账号”中确认这次重置。"
        )


def ensure_second(by: User, *firsts: User) -> None:
    """Refuse who asked for it or gains by it to be the second person. Raises NotAllowed."""
    if by in firsts:
        raise NotAllowed("须由另一位局管理员确认：申请人和被授权人本人都不能确认。")
