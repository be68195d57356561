"""Actions that make the missing accounts of all schools of a district at once, and hand out their first passwords."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from portal.core.accounts import authentication
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import Conflict, Invalid
from portal.core.jobs import actions as jobs
from portal.core.jobs.models import Job
from portal.core.lib import digests, written
from portal.core.lib.models import one_of_each
from schools.access import rights
from schools.access.models import Membership
from schools.access.permissions import ROLES
from schools.access.scope import Perm, ensure
from schools.accounts import queries
from schools.directory.models import District, School

KIND = "issue_accounts"
_SUFFIX = {"reporter": "tb", "principal": "xz"}


@dataclass(frozen=True, slots=True)
class Issued:
    """One account as handed out: the only place where its first password is readable."""

    school: School
    role: str
    username: str
    password: str
    user: User | None = None

    @property
    def role_name(self) -> str:
        return ROLES[self.role].name


@transaction.atomic
def start(*, district: District, reissue: bool, reason: str = "", site: str, by: User) -> Job:
    """One job at a time for a district: the open one comes back.

    Raises Invalid when there is nothing to issue, or for `reissue` (new passwords, never used) without a `reason`.
    """
    ensure(by, Perm.ACCOUNT_EDIT, district)
    last = Job.objects.filter(kind=KIND, args__district=district.pk).order_by("-pk").first()
    if last and last.is_open:
        return last
    _refuse_nothing(district, len(queries.never_used(district) if reissue else queries.missing_accounts(district)))
    reason = written.reason(reason, "重新发放") if reissue else ""
    job = jobs.enqueue(
        kind=KIND,
        title=f"{'重新发放' if reissue else '建立'}{district.name}学校账号",
        args={"district": district.pk, "reissue": reissue, "reason": reason, "site": site},
        key=f"{KIND}:{district.pk}:{last.pk if last else 0}",
        by=by,
        district=district.code,
    )
    after = {"reissue": reissue} | ({"reason": reason} if reissue else {})
    audit.record("account.ask_issue", by=by, obj=district, district=district.code, after=after)
    return job


def issue(
    *,
    district: District,
    by: User,
    reissue: bool = False,
    reason: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
    hand_out: Callable[[list[Issued]], None] = lambda issued: None,
) -> list[Issued]:
    """First passwords for the missing 填报员 and 校长, or new ones for those never used.

    `hand_out` gets them last, inside the transaction: if it raises, all is rolled back. Raises Invalid when there is
    none, Conflict when somebody was quicker.
    """
    ensure(by, Perm.ACCOUNT_EDIT, district)
    if reissue:
        unused = [(row, row.school) for row in queries.never_used(district)]
        issued = [
            Issued(at, row.role, row.user.username, authentication.first_password(), row.user)
            for row, at in unused
            if at
        ]
    else:
        issued = _named(queries.missing_accounts(district))
    _refuse_nothing(district, len(issued))
    # Hashing is slow on purpose; done before the transaction, so that nobody waits for the database meanwhile.
    hashes = []
    for done, item in enumerate(issued):
        progress(done, len(issued))
        hashes.append(make_password(item.password))
    with transaction.atomic():
        District.objects.select_for_update(no_key=True).get(pk=district.pk)
        if reissue:
            _replace(issued, hashes, reason, by=by)
        else:
            _write(issued, hashes, by=by)
        why = {"reissue": True, "reason": reason} if reissue else {}
        after = {"accounts": [item.username for item in issued]} | why
        audit.record("account.issue", by=by, obj=district, district=district.code, after=after)
        hand_out(issued)
    return issued


@transaction.atomic
def note_slips(*, job: Job, content: bytes, by: User) -> None:
    ensure(by, Perm.ACCOUNT_EDIT, District.objects.get(code=job.district_code))
    audit.record("account.download_slips", by=by, obj=job, district=job.district_code, after=digests.of(content))


def _refuse_nothing(district: District, count: int) -> None:
    if not count:
        raise Invalid(
            f"{district.name}每所在办学校都已有填报员和校长账号，没有需要新建的，也没有从未登录的账号要重新发放。"
        )


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
        issued.append(Issued(school, role, username, authentication.first_password()))
    return issued


def _write(issued: Sequence[Issued], hashes: Sequence[str], *, by: User) -> None:
    users = [
        User(
            username=item.username,
            name=f"{item.school.name}{item.role_name}"[:50],
            password=hashed,
            must_change_password=True,
            is_unnamed=True,
            password_issued_by=None if by.is_system else by,
        )
        for item, hashed in zip(issued, hashes, strict=True)
    ]
    with one_of_each("在批量建立账号", "请刷新页面查看还缺哪些账号。"):
        User.objects.bulk_create(users)
    today = timezone.localdate()
    # The same for everybody in a role: new accounts, one giver, one district.
    first = {item.role: (user, item.school.district) for user, item in zip(users, issued, strict=True)}
    flags = {role: rights.pending_flags(role, user, by, place) for role, (user, place) in first.items()}
    Membership.objects.bulk_create(
        Membership(
            user=user,
            role=item.role,
            school=item.school,
            valid_from=today,
            created_by=by,
            updated_by=by,
            **flags[item.role],
        )
        for user, item in zip(users, issued, strict=True)
    )


def _replace(issued: Sequence[Issued], hashes: Sequence[str], reason: str, *, by: User) -> None:
    pks = [item.user.pk for item in issued if item.user]
    unused = User.objects.select_for_update(no_key=True).filter(pk__in=pks, last_login=None).in_bulk()
    if len(unused) != len(set(pks)):
        raise Conflict("刚刚有人用其中一个账号首次登录，没有重新发放。请再点一次。")
    for item, hashed in zip(issued, hashes, strict=True):
        user = unused[item.user.pk]  # type: ignore[union-attr]
        authentication.replace_password(user, hashed, is_first=True)
        user.password_reset_at, user.password_reset_by, user.password_reset_reason = timezone.now(), by, reason
        user.password_issued_by = None if by.is_system else by
        user.save(
            update_fields=["password_reset_at", "password_reset_by", "password_reset_reason", "password_issued_by"]
        )
