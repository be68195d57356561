"""The first administrator of a district, made from the command line."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from portal.core.accounts import passwords as rules
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Invalid, NotAllowed
from schools.access.models import Membership
from schools.accounts import names
from schools.directory import places
from schools.directory.models import District


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
    """Make sure an account exists and is 局管理员 of a district; make the district if it is unknown.

    An existing account keeps its name and password. Only the SYSTEM actor may
    do this: whoever can run commands on the server has every right anyway.
    """
    if not by.is_system:
        raise NotAllowed("首个管理员只能在服务器上用命令建立。")
    person = User.objects.select_for_update(no_key=True).filter(username__iexact=username).first()
    made_account = person is None
    if person is None:
        person = _account(username, name, password)
    elif not person.is_active:
        raise Invalid(f"账号“{username}”已停用。请由其他管理员启用，或另建一个账号。")
    district, made_district = _district(district_code, district_name)
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


def _account(username: str, name: str, password: str) -> User:
    person = User(username=names.username(username), name=names.name(name), password_changed_at=timezone.now())
    rules.check(password, person)
    person.set_password(password)
    person.save(force_insert=True)
    return person


def _district(code: str, name: str) -> tuple[District, bool]:
    if not re.fullmatch(r"[0-9]{6}", code):
        raise Invalid(f"区划代码“{code}”应为 6 位数字，如 410202。")
    held = District.objects.filter(code=code).first()
    if held is not None:
        return held, False
    return places.register(code, name), True
