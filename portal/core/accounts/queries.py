"""Accounts by name: how a typed name is read, and the account commands act under."""

import re
import unicodedata

from portal.core.accounts.models import User


def system_user() -> User:
    """The named SYSTEM actor of commands without `--by`."""
    user = User.objects.filter(is_system=True).first()
    return user or User.objects.create_user("system", name="系统", is_system=True, is_active=False)


def plain_name(typed: str) -> str:
    """Also of a code: ｒｅｐｏｒｔｅｒ２ is reporter2, blanks and invisible marks go."""
    plain = unicodedata.normalize("NFKC", typed)
    return re.sub(r"\s", "", "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Cc")))


def name_key(typed: str) -> str:
    """Equal for names of the same account, in upper and lower case."""
    return plain_name(typed).casefold()
