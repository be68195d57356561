"""How a work account's name is read: as people type it, on any keyboard."""

import re
import unicodedata


def tidy(value: str) -> str:
    """Return a typed name in plain characters: ｒｅｐｏｒｔｅｒ２ is reporter2, blanks and invisible marks go."""
    plain = unicodedata.normalize("NFKC", value)
    return re.sub(r"\s", "", "".join(sign for sign in plain if unicodedata.category(sign) not in ("Cf", "Cc")))


def key(value: str) -> str:
    """Return by what two names are the same account: upper and lower case do not matter."""
    return tidy(value).casefold()
