"""Accounts by name: how a typed name is read and what it may be, and the account commands act under."""

import re
import unicodedata

from portal.core.accounts.models import User
from portal.core.errors import Invalid
from portal.core.lib import written

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{2,49}")
_PHONE = re.compile(r"[0-9+() -]{5,20}")


def system_user() -> User:
    """Of commands without `--by`."""
    user = User.objects.filter(is_system=True).first()
    return user or User.objects.create_user("system", name="系统", is_system=True, is_active=False)


def plain_name(typed: str) -> str:
    """ｒｅｐｏｒｔｅｒ２ is reporter2; blanks and invisible marks go."""
    plain = unicodedata.normalize("NFKC", typed)
    return re.sub(r"\s", "", "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Cc")))


def name_key(typed: str) -> str:
    return plain_name(typed).casefold()


def checked_username(typed: str) -> str:
    """Raises Invalid, also for an identity number."""
    plain = plain_name(typed)
    if written.IDENTITY in written.personal_numbers(plain):
        raise Invalid("工作账号不能是身份证号。请另取一个，如单位编号加姓名拼音。")
    if not _USERNAME.fullmatch(plain):
        raise Invalid("工作账号须为 3–50 位字母、数字或 . _ - @，以字母或数字开头。")
    return plain


def checked_name(typed: str) -> str:
    """Without outer blanks. Raises Invalid."""
    tidy = re.sub(r"\s+", " ", typed).strip()
    if not 1 <= len(tidy) <= 50:
        raise Invalid("请填写姓名，最多 50 个字。")
    return tidy


def checked_office(typed: str) -> str:
    """Blank for none. Raises Invalid."""
    tidy = " ".join(typed.split())
    if len(tidy) > 30:
        raise Invalid("科室最多 30 个字。")
    return tidy


def checked_phone(typed: str) -> str:
    """Blank for none. Raises Invalid."""
    if typed and not _PHONE.fullmatch(typed):
        raise Invalid("联系电话只能包含数字、空格、+ - ( )，5–20 位；没有请留空。")
    return typed
