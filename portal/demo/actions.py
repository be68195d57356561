"""Actions only a demonstration needs: departments, and many accounts that share one known password."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotAllowed
from schools.access.models import Membership
from schools.directory.models import Department, District, School


@dataclass(frozen=True, slots=True)
class Person:
    """An account to be made: one role over each of the places."""

    username: str
    name: str
    role: str
    places: Sequence[District | School | Department]


@transaction.atomic
def make_departments(*, district: District, names: Mapping[str, str], by: User) -> dict[str, Department]:
    _only_system(by)
    made = {
        code: Department.objects.create(district=district, code=code, name=name, created_by=by, updated_by=by)
        for code, name in names.items()
    }
    audit.record("demo.departments", by=by, obj=district, district=district.code, after=dict(names))
    return made


@transaction.atomic
def make_accounts(*, district: District, people: Iterable[Person], password: str, by: User) -> dict[str, User]:
    """By account name; nobody has to change the password."""
    _only_system(by)
    # One hash for all: hashing with argon2 for every school would take longer than all the rest.
    encoded, made = make_password(password), {}
    for person in people:
        user = User(username=person.username, name=person.name, password=encoded)
        user.save(force_insert=True)
        Membership.objects.bulk_create(
            Membership(
                user=user,
                role=person.role,
                valid_from=timezone.localdate(),
                created_by=by,
                updated_by=by,
                **{place._meta.model_name or "": place},
            )
            for place in person.places
        )
        made[person.username] = user
    audit.record("demo.accounts", by=by, obj=district, district=district.code, after={"accounts": len(made)})
    return made


@transaction.atomic
def let_passwords_stay(*, usernames: Iterable[str], by: User) -> None:
    _only_system(by)
    User.objects.filter(username__in=usernames).update(password_changed_at=None)
    audit.record("demo.passwords", by=by, after={"accounts": list(usernames)})


def _only_system(by: User) -> None:
    if not by.is_system:
        raise NotAllowed("演示数据只能在服务器上用命令载入。")
