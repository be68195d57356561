"""What people write, without its disguises: full width, invisible marks, blanks, separators. Pure Python.

Numbers that name a person are found in it: 公民身份号码 by its check digit (GB 11643) and mobile numbers.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from portal.core.errors import Invalid

_PLAIN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+)?(\.\d+)?", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_DATE = re.compile(r"(\d{4})([-/.年])(\d{1,2})([-/.月])(\d{1,2})日?([ T]0?0:00(:00)?)?", re.ASCII)
# Not NFKC, which would read 5² as 52.
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－−﹣–．﹒，﹐／％﹪：ｅＥ", "0123456789+----..,,/%%:eE")
# Radicals that look like characters and have no compatibility form (Unicode, EquivalentUnifiedIdeograph).
_RADICALS = str.maketrans(
    "⺁⺄⺌⺎⺝⺟⺠⺩⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻢⻣⻤⻥⻦⻧⻨⻩⻫⻬⻭⻮⻯⻰⻱⻳",
    "厂乙小兀月母民王虎西见角贝车长门青韦页风飞马骨鬼鱼鸟卤麦黄斉齐歯齿竜龙龟龟",
) | {0x2F00 + n: unicodedata.normalize("NFKC", chr(0x2F00 + n)) for n in range(0xD6)}
TOTAL = re.compile(r".{0,10}(合计|总计|小计|累计)")
_REMARK = re.compile(r"(注|备注|说明|填[报表]人|制表人?|审核人?|(单位)?负责人|联系电话|填[报表]日期)[:：].*", re.DOTALL)
_BRACKETS = str.maketrans("()", "（）")
_BLANKS = re.compile(r"\s+")
_JOINERS = "\u200c\u200d"
_DRAWN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
LONGEST_REASON = 200
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
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


def bare(text: str) -> str:
    """Without invisible marks and outer blanks; every blank (NBSP, ideographic) a plain one."""
    # Nearly every text: what Python can print holds neither marks nor blanks but the plain one.
    if text.isascii() or (text.isprintable() and not _DRAWN.search(text)):
        return text.strip()
    # What only changes how its neighbour is drawn is as invisible as format marks are.
    marked = [(c, unicodedata.category(c)) for c in _DRAWN.sub("", text)]
    return "".join(" " if kind == "Zs" else c for c, kind in marked if kind != "Cf").strip()


def folded(text: str) -> str:
    """For comparing: NFKC, radicals as characters."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", bare(text)).translate(_RADICALS)).strip()


def spellings(text: str) -> list[str]:
    seen, plain = bare(text).translate(_RADICALS), folded(text)
    return list(dict.fromkeys(word for word in (seen, plain, plain.translate(_BRACKETS)) if word))


def is_within(text: str, *words: str) -> bool:
    """Blank is in all."""
    sought = folded(text).casefold()
    return any(sought in folded(word).casefold() for word in words)


def is_aside(values: Collection[object]) -> bool:
    """A total, or words below the table: 注：…, 填表人：…."""
    filled = [value for value in values if value is not None]
    words = [bare(value) for value in filled if isinstance(value, str)]
    return any(map(TOTAL.fullmatch, words)) or (len(words) == len(filled) and any(map(_REMARK.fullmatch, words)))


def chosen(text: str, choices: Collection[str]) -> str | None:
    if text in choices:
        return text
    sought = folded(text)
    return next((choice for choice in choices if folded(choice) == sought), None)


def digits(text: str) -> str:
    """Half width, no blanks."""
    return bare(text).translate(_FULL_WIDTH).replace(" ", "")


def number(text: str, *, is_rate: bool = False) -> Decimal:
    """1,184 and 1 184 are 1184; 95% is 95 for a rate. Raises ValueError in Chinese."""
    shown = bare(text)
    plain = shown.translate(_FULL_WIDTH)
    if plain.endswith("%"):
        if not is_rate:
            raise ValueError(f"“{shown[:30]}”带百分号，而这一项不是比率；请按本项的单位填写数字")
        plain = plain[:-1].rstrip()
    if _SCIENTIFIC.fullmatch(plain):
        raise ValueError(f"“{shown[:30]}”是科学记数法，末尾数字可能已丢失；请写出完整的数字")
    if not _PLAIN.fullmatch(plain) or not plain.strip("+-"):
        raise ValueError(f"应填数字，填的是“{shown[:30]}”；请只填数字，不带单位和文字")
    return Decimal(plain.replace(",", "").replace(" ", ""))


def day(text: str) -> date:
    """2026-3-21, 2026/3/21, 2026.3.21, 2026年3月21日. Raises ValueError."""
    found = _DATE.fullmatch(re.sub(r"\s*([-/.年月日])\s*", r"\1", bare(text).translate(_FULL_WIDTH)))
    if found is None or (found[2] == "年") != (found[4] == "月"):
        raise ValueError(text)
    return date(int(found[1]), int(found[3]), int(found[5]))


def lines(text: str) -> str:
    """Line ends as \\n, no other control or half characters."""
    if text.isprintable():
        return text
    broken = _BREAKS.sub("\n", text)
    return "".join(c for c in broken if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def prose(text: str) -> str:
    """Without marks nobody sees, radicals as characters."""
    if text.isprintable():
        return text.translate(_RADICALS)
    visible = (c for c in lines(text) if c in _JOINERS or unicodedata.category(c) != "Cf")
    return "".join(visible).translate(_RADICALS)


def reason(text: str, action: str) -> str:
    """Raises Invalid when blank or over LONGEST_REASON."""
    text = prose(text).strip()
    if not 0 < len(text) <= LONGEST_REASON:
        raise Invalid(f"没有办理：请写明{action}的原因，{LONGEST_REASON} 字以内。")
    return text


def said(text: str, what: str) -> str:
    """Raises Invalid when blank."""
    text = prose(text).strip()
    if not text:
        raise Invalid(f"请填写“{what}”。")
    return text


def read_json(body: bytes) -> dict[str, Any]:
    """Raises ValueError for anything but an object. Half characters (an emoji cut in two) become question marks."""
    try:
        content = json.loads(body)
        # Almost every body is sound as it is; the detour corrects all texts and names of the others at once.
        if rb"\ud" in body.lower():
            content = json.loads(json.dumps(content, ensure_ascii=False).encode(errors="replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def personal_numbers(text: str) -> dict[str, int]:
    """Different ones of each kind."""
    plain = "\n".join(folded(line) for line in text.splitlines() if _LIKELY.search(line))
    found = {
        IDENTITY: {match[0].upper() for match in _IDENTITY.finditer(plain) if _is_identity(match)},
        MOBILE: {re.sub(r"\D", "", match[0])[-11:] for match in _MOBILE.finditer(plain)},
    }
    return {kind: len(numbers) for kind, numbers in found.items() if numbers}


def personal_words(counts: Mapping[str, int]) -> str:
    """`身份证号 2 个、手机号 1 个`."""
    return "、".join(f"{kind} {number} 个" for kind, number in counts.items())


def refusal(text: str) -> str:
    """Why a text that many read is not stored; "" when it may be.

    A mobile number may stay with its reason in brackets.
    """
    found = personal_numbers(text) if len(text) >= 11 else {}
    if IDENTITY in found:
        return "文字里有身份证号，没有保存。这里的文字很多人可以看到，请删去号码；名册请作为“含个人信息”的材料上传"
    lines = [folded(line) for line in text.splitlines()] if MOBILE in found else []
    if any(not _PUBLIC.match(line, match.end()) for line in lines for match in _MOBILE.finditer(line)):
        return "文字里有手机号，没有保存。这里的文字很多人可以看到，请删去号码；确需公开的，在号码后面写明原因，写成：号码（公开：招生咨询电话）"
    return ""


def masked(text: str) -> str:
    """138****8000."""
    text = _IDENTITY.sub(lambda match: f"{match[0][:6]}{'*' * 8}{match[0][-4:]}", text)
    return _MOBILE.sub(lambda match: re.sub(r"\D", "", match[0])[:-8] + "****" + match[0][-4:], text)


def named(names: Sequence[str], most: int | None = None) -> str:
    """All, or the first `most` and how many there are."""
    shown = "、".join(names[:most])
    return shown if most is None or len(names) <= most else f"{shown}等 {len(names)} 个"


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
