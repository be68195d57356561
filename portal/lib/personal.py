"""Numbers that name a person: 公民身份号码 by its check digit (GB 11643) and mobile numbers. Pure Python."""

import re
from datetime import date

from portal.lib import written

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}((?:18|19|20)\d\d)(\d\d)(\d\d)\d{3}[\dXx](?![0-9A-Za-z])", re.ASCII)
_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}(?![\d.])", re.ASCII)
# Only lines with so many digits are worth a closer look; the rest of a long document costs nothing.
_LIKELY = re.compile(r"\d(?:\W{0,2}\d){10}")
# GB 11643-1999 §4.3: weights by place, check digit by the sum modulo 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
IDENTITY, MOBILE = "身份证号", "手机号"


def count(text: str) -> dict[str, int]:
    """Return how many different numbers of each kind a text holds, however they are dressed; kinds without any left out."""
    plain = "\n".join(written.folded(line) for line in text.splitlines() if _LIKELY.search(line))
    found = {
        IDENTITY: {match[0].upper() for match in _IDENTITY.finditer(plain) if _is_identity(match)},
        MOBILE: {re.sub(r"\D", "", match[0])[-11:] for match in _MOBILE.finditer(plain)},
    }
    return {kind: len(numbers) for kind, numbers in found.items() if numbers}


def told(counts: dict[str, int]) -> str:
    """Say what was found: `身份证号 2 个、手机号 1 个`; "" for nothing."""
    return "、".join(f"{kind} {number} 个" for kind, number in counts.items())


def has_identity(text: str) -> bool:
    """Whether a text holds an identity number."""
    return len(text) >= 18 and IDENTITY in count(text)


def _is_identity(match: re.Match[str]) -> bool:
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    number = match[0].upper()
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] == number[17]
