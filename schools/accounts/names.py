"""What account names, names of people, telephone numbers and first passwords may be."""

import re
import secrets

from portal.core.accounts import queries
from portal.core.errors import Invalid
from portal.core.lib import personal

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{2,49}")
_PHONE = re.compile(r"[0-9+() -]{5,20}")


def username(value: str) -> str:
    """A work account name in plain characters. Raises Invalid for signs it may not hold, and an identity number."""
    plain = queries.plain_name(value)
    if personal.IDENTITY in personal.count(plain):
        raise Invalid("工作账号不能是身份证号。请另取一个，如单位编号加姓名拼音。")
    if not _USERNAME.fullmatch(plain):
        raise Invalid("工作账号须为 3–50 位字母、数字或 . _ - @，以字母或数字开头。")
    return plain


def name(value: str) -> str:
    """A person's name without outer blanks. Raises Invalid when blank or too long."""
    tidy = re.sub(r"\s+", " ", value).strip()
    if not 1 <= len(tidy) <= 50:
        raise Invalid("请填写姓名，最多 50 个字。")
    return tidy


def phone(value: str) -> str:
    """A telephone number ("" = none). Raises Invalid for other signs."""
    if value and not _PHONE.fullmatch(value):
        raise Invalid("联系电话只能包含数字、空格、+ - ( )，5–20 位；没有请留空。")
    return value


# Without 0 O 1 l I: read from paper and typed by hand.
_LOWER, _UPPER, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
LENGTH = 12


def first_password() -> str:
    """A random first password with lower case, upper case and digits (about 68 bits)."""
    pools = (_LOWER, _UPPER, _DIGITS)
    letters = [secrets.choice(pool) for pool in pools]
    letters += [secrets.choice("".join(pools)) for _ in range(LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
