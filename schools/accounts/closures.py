"""What happens to people's roles at a school that ends or is merged into another."""

from django.db.models import QuerySet
from django.utils import timezone

from portal.core.accounts.models import User
from schools.access.models import Membership
from schools.access.permissions import ROLES
from schools.accounts import actions
from schools.directory.models import School
from schools.directory.workflow import Consequence, Transition, Verb


def foresee(change: Transition) -> list[Consequence]:
    rows = list(_held(change.school))
    if not rows:
        return []
    people = "、".join(f"{row.user.name}（{ROLES[row.role].name}）" for row in rows)
    if change.verb == Verb.REOPEN:
        text = f"{people}在{change.school.name}的授权仍有效；已经结束的不会自动恢复，请在“账号”中重新授予。"
    elif change.decisions.get("accounts") == "successor" and change.successor:
        text = f"{people}在{change.school.name}的授权结束，改授{change.successor.name}的同一角色（须另一位管理员确认的，确认后生效）。"
    elif change.decisions.get("accounts") == "end":
        text = f"{people}在{change.school.name}的授权结束；没有其他授权的，登录后看不到任何内容。"
    else:
        text = f"{people}在{change.school.name}的授权保留。"
    return [Consequence("账号", text)]


def settle(change: Transition, *, by: User) -> None:
    decided = change.decisions.get("accounts")
    if change.verb == Verb.REOPEN or decided not in ("end", "successor"):
        return
    for row in _held(change.school):
        actions.end_membership(membership_id=row.pk, reason=change.summary, by=by)
        if decided != "successor" or change.successor is None:
            continue
        if not _held(change.successor).filter(user=row.user_id, role=row.role).exists():
            actions.grant(
                user_id=row.user_id,
                role=row.role,
                place=change.successor,
                valid_from=max(row.valid_from, timezone.localdate()),
                valid_until=row.valid_until,
                by=by,
            )


def _held(school: School) -> QuerySet[Membership]:
    rows = Membership.objects.filter(school=school, user__is_active=True)
    return (
        rows.exclude(valid_until__lt=timezone.localdate()).select_related("user").order_by("role", "user__name", "pk")
    )
