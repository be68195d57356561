"""Boxes of the forms: figures rounded half up once, blanks marked 待填, never 0."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from indicators.results.evaluations.stored import StoredCondition
from indicators.standard.engine import Answer, NotApplicable
from indicators.standard.engine.data import figure
from portal.core.lib import numbers
from portal.core.spreadsheets.write import Box, Line

WAITING, NOT_APPLICABLE, NONE = "待填", "不适用", "——"
# 表Ⅳ、表Ⅴ and the self-rating have a column 是否达标.
_YES_NO = {True: "是", False: "否", None: "不能判定"}


def places(count: int) -> str:
    """两位小数."""
    return f"{'零一两三四五六七八九'[count]}位小数" if count else "整数"


def head(text: str, colspan: int = 1, rowspan: int = 1) -> Box:
    return Box(text, colspan, rowspan)


def label(text: str, rowspan: int = 1) -> Box:
    return Box(text, rowspan=rowspan, align="left")


def waiting() -> Box:
    return Box(WAITING, open=True)


def printed(value: Decimal | Fraction | int, places: int) -> Box:
    return Box(numbers.half_up(value, places))


def exact(text: str | None, places: int) -> Box:
    """From an exact decimal string; None waits."""
    return waiting() if text is None else printed(Decimal(text), places)


def answered(answers: Mapping[str, Answer], code: str, places: int) -> Box:
    if isinstance(answers.get(code), NotApplicable):
        return Box(NOT_APPLICABLE)
    number = figure(answers, code)
    return waiting() if number is None else printed(number, places)


def percent(part: int, whole: int) -> Box:
    """With one decimal; without a whole there is no share."""
    return printed(Fraction(part * 100, whole), 1) if whole else Box(NONE)


def verdict(passes: bool | None, applicable: bool = True) -> Box:
    return Box(yes_no(passes, applicable))


def yes_no(passes: bool | None, applicable: bool = True) -> str:
    """是, 否, 不能判定 or 不适用."""
    return _YES_NO[passes] if applicable else NOT_APPLICABLE


def numbered(count: int) -> Line:
    """The line L1, L2 … under a head."""
    return [head(f"L{number}") for number in range(1, count + 1)]


_BLANK = re.compile(r"\{(\w+):(\d)\}(%?)")
_WHOLE = Decimal(100)
_DISTRICT = "district"


def filled(sentence: str, condition: StoredCondition) -> str:
    """Fill in the figures one of B1–D1 was judged by: {rate:1} is rounded half up to one decimal.

    What is missing reads 待填, what is not demanded 不适用; more than 100 % is 100 with the figure behind it.
    """
    # While a school has reported nothing, what was added up over schools is a part and no sum.
    whole = {need.respondent for need in condition.missing} <= {_DISTRICT}
    known = condition.figures if whole else {}
    over: list[str] = []

    def blank(found: re.Match[str]) -> str:
        name, places, unit = found.groups()
        if name not in known:
            own = [c for c in condition.conditions if name == c.code or name.startswith(f"{c.code}_")]
            return WAITING + unit if all(one.applicable for one in own) else NOT_APPLICABLE
        value = Decimal(known[name])
        if unit and value > _WHOLE:
            over.append(f"（计算值 {numbers.text(value, 1)}%，超过 100%，请核对）")
            value = _WHOLE
        return numbers.text(value, int(places)) + unit

    return _BLANK.sub(blank, sentence) + "".join(over)
