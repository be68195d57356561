"""Accounts by name: how a typed name is read, and the account commands act under."""

import re
import unicodedata

from portal.core.accounts.models import User


def system_user() -> User:
    """The named SYSTEM actor of commands without `--by`."""
    user = User.objects.filter(is_system=True).first()
    return user or User.objects.create_user("system", name="系统", is_system=True, is_active=False)


def plain_name(typed: str) -> str:
    """A work account's name (or a code) in plain characters: ｒｅｐｏｒｔｅｒ２ is reporter2, blanks and invisible marks go."""
    plain = unicodedata.normalize("NFKC", typed)
    return re.sub(r"\s", "", "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Cc")))


def name_key(typed: str) -> str:
    """By what two names are the same account: upper and lower case do not matter."""
    return plain_name(typed).casefold()
