"""Actions on accounts and roles: each within the districts of the one who acts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from portal.core.accounts import authentication, queries as people
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.lib import written
from portal.core.lib.models import one_of_each
from portal.core.notices import actions as notices
from schools.access import rights
from schools.access.models import Membership
from schools.access.permissions import PLACES, ROLES
from schools.access.scope import Perm, audit_place, ensure, users_with
from schools.accounts import queries
from schools.directory.models import District

_NO_ROLE = "没有这项授权，或它不在您可以管理的范围内。"


@transaction.atomic
def create_account(
    *,
    username: str,
    name: str,
    phone: str,
    office: str = "",
    role: str,
    place: queries.Place,
    valid_until: date | None = None,
    by: User,
) -> tuple[User, str]:
    """The account and its first password, which is stored nowhere and must be changed at the first log-in.

    Raises Invalid for a taken account name or a role that does not fit the place.
    """
    ensure(by, Perm.ACCOUNT_EDIT, place)
    _check_role(role, place)
    password = authentication.first_password()
    person = User(
        username=people.checked_username(username),
        name=people.checked_name(name),
        phone=people.checked_phone(phone),
        office=people.checked_office(office),
        must_change_password=True,
        password_issued_by=None if by.is_system else by,
    )
    person.set_password(password)
    if User.objects.filter(username__iexact=person.username).exists():
        raise Invalid(
            f"工作账号“{person.username}”已被使用。一人一个账号：同一人请在其账号下增加授权，不同的人请换一个账号名。"
        )
    with one_of_each("做了同样的操作", "请刷新页面查看最新情况。"):
        person.save(force_insert=True)
    row = _grant(person, role, place, timezone.localdate(), valid_until, by=by)
    after = {"username": person.username, "name": person.name, "role": role, "place": str(row.place)} | _waits(row)
    audit.record("account.create", by=by, obj=person, **audit_place(row), after=after)
    return person, password


@transaction.atomic
def edit_account(*, user_id: int, name: str, phone: str, office: str, by: User) -> User:
    person = _locked(user_id, by=by)
    before = {"name": person.name, "phone": person.phone, "office": person.office}
    person.name, person.phone = people.checked_name(name), people.checked_phone(phone)
    person.office = people.checked_office(office)
    after = {"name": person.name, "phone": person.phone, "office": person.office}
    if before == after:
        return person
    person.is_unnamed = person.is_unnamed and person.name == before["name"]
    person.save(update_fields=["name", "phone", "office", "is_unnamed"])
    audit.record("account.edit", by=by, obj=person, district=_home(person, by), before=before, after=after)
    return person


@transaction.atomic
def grant(
    *, user_id: int, role: str, place: queries.Place, valid_from: date, valid_until: date | None = None, by: User
) -> Membership:
    """Raises Invalid when the person holds the role there already."""
    person = _seen(user_id, by=by)
    ensure(by, Perm.ACCOUNT_EDIT, place)
    _check_role(role, place)
    row = _grant(person, role, place, valid_from, valid_until, by=by)
    after = {"role": role, "place": str(row.place), "valid_from": valid_from, "valid_until": valid_until} | _waits(row)
    audit.record("membership.grant", by=by, obj=row, after=after)
    return row


@transaction.atomic
def confirm_memberships(*, membership_ids: Sequence[int], by: User) -> list[Membership]:
    """By a second person, all or none: those that wait begin, those given without one count as reviewed."""
    rows = _rows().filter(pk__in=membership_ids).order_by("pk")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    if len(found) != len(set(membership_ids)):
        raise NotFound(_NO_ROLE)
    with audit.gathered():
        for row in found:
            if not (row.is_pending or row.is_unreviewed):
                ensure(by, Perm.ACCOUNT_EDIT, row.place)
                continue
            rights.ensure_confirm(by, row)
            if row.is_over:
                raise Conflict("这项授权已经结束，不能再确认。需要的话请重新申请。")
            rights.ensure_apart(row.role, row.user)
            if row.is_pending:
                row.valid_from = max(row.valid_from, timezone.localdate())
            place, asked_by = str(row.place), row.created_by.name
            after = {"role": row.role, "place": place, "asked_by": asked_by, "reviewed": row.is_unreviewed}
            row.is_pending = row.is_unreviewed = False
            row.confirmed_at, row.confirmed_by, row.updated_by = timezone.now(), by, by
            row.save()
            audit.record("membership.confirm", by=by, obj=row, after=after)
    return found


@transaction.atomic
def end_membership(*, membership_id: int, reason: str, by: User) -> Membership:
    """From the next request on: the last day becomes yesterday; if it began today or later, also the first."""
    row = _rows().select_for_update(of=("self",), no_key=True).filter(pk=membership_id).first()
    if row is None:
        raise NotFound(_NO_ROLE)
    if row.is_over:
        ensure(by, Perm.ACCOUNT_EDIT, row.place)
        return row
    rights.ensure_end(by, row)
    yesterday = timezone.localdate() - timedelta(days=1)
    reason = written.reason(reason, "结束授权")
    before = {"valid_from": row.valid_from, "valid_until": row.valid_until}
    row.valid_from, row.valid_until, row.updated_by = min(row.valid_from, yesterday), yesterday, by
    row.end_reason = reason
    row.save()
    after = {
        "role": row.role,
        "place": str(row.place),
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "reason": reason,
    }
    audit.record("membership.end", by=by, obj=row, before=before, after=after)
    return row


@transaction.atomic
def disable_account(*, user_id: int, reason: str, by: User) -> User:
    """Open sessions end with their next request, for good."""
    person = _locked(user_id, by=by)
    if person.pk == by.pk:
        raise Invalid("不能停用自己的账号。请由另一位管理员办理。")
    return _set_active(person, False, reason, by=by)


@transaction.atomic
def enable_account(*, user_id: int, by: User) -> User:
    return _set_active(_locked(user_id, by=by), True, by=by)


@transaction.atomic
def reset_password(*, user_id: int, reason: str, by: User) -> tuple[User, str]:
    """With its new first password; it signs nothing today unless a second account manager confirms it."""
    person = _locked(user_id, by=by)
    if person.pk == by.pk:
        raise Invalid("不能在这里重置自己的密码。请在右上角“修改密码”中修改。")
    reason = written.reason(reason, "重置密码")
    password = authentication.first_password()
    authentication.replace_password(person, make_password(password), is_first=True)
    person.password_reset_at, person.password_reset_by, person.password_reset_reason = timezone.now(), by, reason
    person.password_issued_by = None if by.is_system else by
    person.save(update_fields=["password_reset_at", "password_reset_by", "password_reset_reason", "password_issued_by"])
    authentication.lift_lockout(person)
    _notify(person, f"{by.name}重置了您的密码：{reason}", by)
    audit.record("account.reset_password", by=by, obj=person, district=_home(person, by), after={"reason": reason})
    return person, password


@transaction.atomic
def drop_two_step(*, user_id: int, reason: str, by: User) -> User:
    """When phone and recovery codes are lost; sessions end."""
    person = _locked(user_id, by=by)
    if person.pk == by.pk:
        raise Invalid("不能在这里解除自己的两步验证。请在右上角“两步验证”中关闭。")
    if not authentication.has_two_step(person):
        return person
    reason = written.reason(reason, "解除两步验证")
    authentication.remove_two_step(person)
    person.sessions_ended_at = timezone.now()
    person.save(update_fields=["sessions_ended_at"])
    _notify(person, f"{by.name}解除了您的两步验证，现在只用密码登录：{reason}", by)
    audit.record("account.drop_two_step", by=by, obj=person, district=_home(person, by), after={"reason": reason})
    return person


@transaction.atomic
def confirm_reset(*, user_id: int, by: User) -> User:
    """By a second person: the account may sign today all the same."""
    person = _locked(user_id, by=by)
    if person.password_reset_by is None or not person.is_reset_today:
        return person
    rights.ensure_second(by, person.password_reset_by, person)
    after = {"reset_by": person.password_reset_by.name}
    person.password_reset_at = person.password_reset_by = None
    person.save(update_fields=["password_reset_at", "password_reset_by"])
    audit.record("account.confirm_reset", by=by, obj=person, district=_home(person, by), after=after)
    return person


@dataclass(frozen=True, slots=True)
class SetUp:
    """What `create_admin` found and did."""

    person: User
    district: District
    made_account: bool
    made_district: bool
    made_role: bool


@transaction.atomic
def create_admin(
    *, username: str, name: str, password: str, district_code: str, district_name: str = "", by: User
) -> SetUp:
    """Makes what is missing; an existing account keeps its name and password."""
    # Whoever can run commands on the server has every right anyway.
    if not by.is_system:
        raise NotAllowed("首个管理员只能在服务器上用命令建立。")
    person = User.objects.select_for_update(no_key=True).filter(username__iexact=username).first()
    made_account = person is None
    if person is None:
        person = User(
            username=people.checked_username(username),
            name=people.checked_name(name),
            password_changed_at=timezone.now(),
        )
        authentication.check_password_rules(password, person)
        person.set_password(password)
        person.save(force_insert=True)
    elif not person.is_active:
        raise Invalid(f"账号“{username}”已停用。请由其他管理员启用，或另建一个账号。")
    if not re.fullmatch(r"[0-9]{6}", district_code):
        raise Invalid(f"区划代码“{district_code}”应为 6 位数字，如 410202。")
    known = District.objects.filter(code=district_code).first()
    district, made_district = known or District.objects.register(district_code, district_name), known is None
    held = Membership.objects.in_force().filter(user=person, role="admin", district=district)
    made_role = not held.exists()
    if made_role:
        Membership.objects.create(
            user=person, role="admin", district=district, valid_from=timezone.localdate(), created_by=by, updated_by=by
        )
    if made_account or made_role or made_district:
        audit.record(
            "account.create_admin",
            by=by,
            obj=person,
            district=district.code,
            after={"username": username, "made_account": made_account, "made_district": made_district},
        )
    return SetUp(person, district, made_account, made_district, made_role)


def _rows() -> QuerySet[Membership]:
    return Membership.objects.select_related(
        "user", "created_by", "district", "school__district", "department__district"
    )


def _waits(row: Membership) -> dict[str, str]:
    if row.is_pending:
        return {"second": "待第二人确认"}
    return {"second": "没有可以确认的第二人，已生效，待复核"} if row.is_unreviewed else {}


def _seen(user_id: int, *, by: User) -> User:
    person = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_system=False).first()
    if person is None:
        raise NotFound("没有这个账号，或它不在您可以查看的范围内。")
    queries.ensure_reach(by, Perm.ACCOUNT_EDIT, person)
    return person


def _locked(user_id: int, *, by: User) -> User:
    """Only for those who reach every role of the account."""
    person = _seen(user_id, by=by)
    queries.ensure_reach_of_all(by, person)
    return person


def _set_active(person: User, active: bool, reason: str = "", *, by: User) -> User:
    if person.is_active == active:
        return person
    person.disabled_reason = "" if active else written.reason(reason, "停用账号")
    person.is_active = active
    person.sessions_ended_at = timezone.now()
    person.save(update_fields=["is_active", "sessions_ended_at", "disabled_reason"])
    action = "account.enable" if active else "account.disable"
    why = {} if active else {"reason": person.disabled_reason}
    audit.record(
        action,
        by=by,
        obj=person,
        district=_home(person, by),
        before={"active": not active},
        after={"active": active} | why,
    )
    return person


def _notify(person: User, text: str, by: User) -> None:
    url = reverse("notices:list")
    notices.notify([person], text=text, url=url, key=f"account-{person.pk}-{timezone.now():%Y%m%d%H%M%S%f}", by=by)


def _grant(person: User, role: str, place: queries.Place, start: date, until: date | None, *, by: User) -> Membership:
    if until is not None and until < max(start, timezone.localdate()):
        raise Invalid("失效日期不能早于生效日期，也不能早于今天。")
    rights.ensure_apart(role, person)
    kind, _ = type(place).place.key_of(place)
    held = Membership.objects.filter(user=person, role=role, **{kind: place})
    if held.exclude(valid_until__lt=timezone.localdate()).exists():
        raise Invalid(f"{person.name}在“{place}”已是{ROLES[role].name}，不用重复授权。需要改期限的，请先结束原授权。")
    row = Membership(
        user=person,
        role=role,
        valid_from=start,
        valid_until=until,
        created_by=by,
        updated_by=by,
        **{kind: place},
        **rights.pending_flags(role, person, by, type(place).place.district_of(place)),
    )
    with one_of_each("做了同样的操作", "请刷新页面查看最新情况。"):
        row.save(force_insert=True)
    if row.is_pending or row.is_unreviewed:
        who, must = (
            (Perm.ACCOUNT_EDIT, "须由您或另一位局管理员确认")
            if row.is_pending
            else (Perm.AUDIT_VIEW, "已生效，请您复核")
        )
        notices.notify(
            users_with(who, Membership.place.district_of(row)).exclude(pk=person.pk),
            text=f"{by.name}申请授予{person.name}“{row.get_role_display()} · {row.place}”，{must}",
            url=reverse("accounts:pending"),
            key=f"membership:{row.pk}:confirm",
            by=by,
        )
    return row


def _check_role(role: str, place: queries.Place) -> None:
    spec = ROLES.get(role)
    if spec is None:
        raise Invalid("没有这个角色。请从列表中选择。")
    if not queries.kinds_of(place) & spec.reach:
        fitting, kind = "、".join(PLACES[kind] for kind in sorted(spec.reach)), PLACES[place._meta.model_name or ""]
        raise Invalid(f"“{spec.name}”只能授予{fitting}，不能授予{kind}“{place}”。请另选角色或单位。")


def _home(person: User, by: User) -> str:
    """Code of the district through which `by` reaches the person, for the audit trail."""
    rows = Membership.objects.filter(queries.within(by, Perm.ACCOUNT_EDIT), user=person)
    row = rows.select_related("district", "school__district", "department__district").order_by("-valid_from").first()
    return Membership.place.district_of(row).code if row else ""
