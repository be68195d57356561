"""Numbers that name a person: 公民身份号码 by its check digit (GB 11643) and mobile numbers. Pure Python."""

import re
from collections.abc import Mapping
from datetime import date

from portal.core.lib import written

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}((?:18|19|20)\d\d)(\d\d)(\d\d)\d{3}[\dXx](?![0-9A-Za-z])", re.ASCII)
# Next to a letter of a hexadecimal number it is a piece of a digest or a key.
_MOBILE = re.compile(r"(?<![\da-fA-F.])(?:\+?86[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}(?![\da-fA-F]|\.\d)", re.ASCII)
# Only lines with so many digits are worth a closer look; the rest of a long document costs nothing.
_LIKELY = re.compile(r"\d(?:\W{0,2}\d){10}")
# GB 11643-1999 §4.3: weights by place, check digit by the sum modulo 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
IDENTITY, MOBILE = "身份证号", "手机号"
# A name, also one of two characters with a blank between them, and what follows it in brackets.
_NAME = re.compile(r"([^、，,;；/\s（(]+)(?:\s+[^、，,;；/\s（(](?=$|[、，,;；/\s（(]))?([（(][^）)]*[）)])?")
# Behind a mobile number that is meant to be read by everybody: `13… （公开：招生咨询电话）`.
_PUBLIC = re.compile(r" ?\(公开:[^()]{2,}\)")


def count(text: str) -> dict[str, int]:
    """How many different ones of each kind."""
    plain = "\n".join(written.folded(line) for line in text.splitlines() if _LIKELY.search(line))
    found = {
        IDENTITY: {match[0].upper() for match in _IDENTITY.finditer(plain) if _is_identity(match)},
        MOBILE: {re.sub(r"\D", "", match[0])[-11:] for match in _MOBILE.finditer(plain)},
    }
    return {kind: len(numbers) for kind, numbers in found.items() if numbers}


def in_words(counts: Mapping[str, int]) -> str:
    """`身份证号 2 个、手机号 1 个`."""
    return "、".join(f"{kind} {number} 个" for kind, number in counts.items())


def refusal(text: str) -> str:
    """Why a text that many people read is not stored; "" when it may be. A mobile number may stay with its reason in brackets."""
    found = count(text) if len(text) >= 11 else {}
    if IDENTITY in found:
        return "文字里有身份证号，没有保存。这里的文字很多人可以看到，请删去号码；名册请作为“含个人信息”的材料上传"
    lines = [written.folded(line) for line in text.splitlines()] if MOBILE in found else []
    if any(not _PUBLIC.match(line, match.end()) for line in lines for match in _MOBILE.finditer(line)):
        return "文字里有手机号，没有保存。这里的文字很多人可以看到，请删去号码；确需公开的，在号码后面写明原因，写成：号码（公开：招生咨询电话）"
    return ""


def masked(text: str) -> str:
    """138****8000."""
    text = _IDENTITY.sub(lambda match: f"{match[0][:6]}{'*' * 8}{match[0][-4:]}", text)
    return _MOBILE.sub(lambda match: re.sub(r"\D", "", match[0])[:-8] + "****" + match[0][-4:], text)


def initial(names: str) -> str:
    """张*、李*（副校长）, without accounts."""
    without = re.sub(r"[（(][\x21-\x7e]*[）)]", "", names)
    return _NAME.sub(lambda match: f"{match[1][0]}*{match[2] or ''}", without)


def _is_identity(match: re.Match[str]) -> bool:
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    number = match[0].upper()
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] == number[17]
