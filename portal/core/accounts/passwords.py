"""Password rules by profile (等保2.0 三级: length, mixed classes, age, no return to old ones), and setting a password."""

import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.core.accounts.models import FormerPassword, User
from portal.core.errors import Invalid, Problem

# So many former passwords are stored, as hashes.
REMEMBERED = 5
# Without 0 O 1 l I: read from paper and typed by hand.
_LOWER, _UPPER, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
_FIRST_LENGTH = 12


class LengthValidator(MinimumLengthValidator):
    """Django's rule, in Chinese: the sentence it refuses with is not translated yet."""

    def get_error_message(self) -> str:
        return f"密码太短，至少要有 {self.min_length} 位。"


class MixedClassesValidator:
    """At least three of: lower case, upper case, digits, other characters."""

    message = "密码须包含大写字母、小写字母、数字、符号中的至少三类"

    def validate(self, password: str, user: object = None) -> None:
        kinds = [r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]"]
        if sum(bool(re.search(kind, password)) for kind in kinds) < 3:
            raise ValidationError(self.message, code="password_classes")

    def get_help_text(self) -> str:
        return self.message


class NotUsedBeforeValidator:
    """Neither the present password nor one of the last so many."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.remembered = remembered

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        former = user.former_passwords.values_list("password", flat=True)[: self.remembered]
        if any(check_password(password, known) for known in (user.password, *former)):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return f"新密码不能与现在的密码{f'、最近 {self.remembered} 次用过的密码' if self.remembered else ''}相同。"


def is_old(user: User) -> bool:
    """In use for longer than the profile allows."""
    days, since = settings.PASSWORD_MAX_AGE_DAYS, user.password_changed_at
    return bool(days and since and timezone.now() - since > timedelta(days=days))


def is_change_due(user: User) -> bool:
    """A first password, or one in use for too long."""
    return user.must_change_password or is_old(user)


def check(password: str, user: User) -> None:
    """Raises Invalid with every rule broken."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("密码不符合要求。", [Problem(message) for message in error.messages]) from error


def replace(user: User, encoded: str, *, is_first: bool) -> None:
    """Store the former hash; a first password must be changed."""
    FormerPassword.objects.create(user=user, password=user.password)
    remembered = user.former_passwords.values("pk")[:REMEMBERED]
    FormerPassword.objects.filter(user=user).exclude(pk__in=list(remembered.values_list("pk", flat=True))).delete()
    user.password, user.must_change_password, user.password_changed_at = encoded, is_first, timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])


def first() -> str:
    """A random first password with lower case, upper case and digits (about 68 bits)."""
    pools = (_LOWER, _UPPER, _DIGITS)
    letters = [secrets.choice(pool) for pool in pools]
    letters += [secrets.choice("".join(pools)) for _ in range(_FIRST_LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
