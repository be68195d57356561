"""Making the accounts of all schools at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit import actions as audit
from portal.errors import Conflict, Invalid
from schools.access import separation
from schools.access.models import Membership
from schools.access.permissions import ROLES, Perm
from schools.access.scope import ensure
from schools.accounts import passwords, queries
from schools.directory.models import District, School

# One argon2 hash takes a tenth of a second; a request must end long before the server's time limit of 30 seconds.
MOST_AT_ONCE = 80
_SUFFIX = {"reporter": "tb", "principal": "xz"}


@dataclass(frozen=True, slots=True)
class Issued:
    """One account as handed out: the only place where its first password is readable."""

    school: School
    role: str
    username: str
    password: str

    @property
    def role_name(self) -> str:
        """The role in words."""
        return ROLES[self.role].name


def issue_school_accounts(*, district: District, by: User) -> list[Issued]:
    """Make the missing 填报员 and 校长 accounts of a district's open schools; at most MOST_AT_ONCE.

    Returns them with their first passwords, which are stored nowhere and must
    be changed at the first log-in. Raises Invalid when none is missing.
    """
    ensure(by, Perm.ACCOUNT_EDIT, district)
    missing = queries.missing_accounts(district)[:MOST_AT_ONCE]
    if not missing:
        raise Invalid(f"{district.name}每所在办学校都已有填报员和校长账号，没有需要新建的。")
    # Hashing is slow on purpose; done before the transaction, so that nobody waits for the database meanwhile.
    issued = _named(missing)
    hashes = [make_password(item.password) for item in issued]
    with transaction.atomic():
        District.objects.select_for_update(no_key=True).get(pk=district.pk)
        _write(issued, hashes, by=by)
        accounts = [item.username for item in issued]
        audit.record("account.issue", by=by, obj=district, district=district.code, after={"accounts": accounts})
    return issued


def _named(missing: Sequence[tuple[School, str]]) -> list[Issued]:
    taken = set(User.objects.values_list("username", flat=True))
    issued = []
    for school, role in missing:
        stem = username = f"{school.code}{_SUFFIX[role]}"
        number = 1
        while username in taken:
            number += 1
            username = f"{stem}{number}"
        taken.add(username)
        issued.append(Issued(school, role, username, passwords.initial()))
    return issued


def _write(issued: Sequence[Issued], hashes: Sequence[str], *, by: User) -> None:
    users = [
        User(username=item.username, name=f"{item.school.name}{item.role_name}"[:50], password=hashed,
             must_change_password=True)
        for item, hashed in zip(issued, hashes, strict=True)
    ]  # fmt: skip
    try:
        # A savepoint, so that a refusal leaves the transaction in order.
        with transaction.atomic():
            User.objects.bulk_create(users)
    except IntegrityError as error:
        raise Conflict("刚刚有人在批量建立账号，您的操作没有保存。请刷新页面查看还缺哪些账号。") from error
    today = timezone.localdate()
    Membership.objects.bulk_create(
        Membership(
            user=user,
            role=item.role,
            school=item.school,
            valid_from=today,
            created_by=by,
            updated_by=by,
            is_pending=separation.needs_second(item.role, user, by),
        )
        for user, item in zip(users, issued, strict=True)
    )
