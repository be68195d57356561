"""Boxes of the forms: figures rounded half up once, blanks marked 待填, never 0."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from indicators.standard.engine import Answer, NotApplicable
from indicators.standard.engine.data import figure
from portal.core.lib import numbers
from portal.core.spreadsheets.write import Box, Line

WAITING, NOT_APPLICABLE, NONE = "待填", "不适用", "——"
# 表Ⅳ、表Ⅴ and the self-rating have a column 是否达标.
_YES_NO = {True: "是", False: "否", None: "不能判定"}


def places(count: int) -> str:
    """How many decimals a note says a figure keeps: 两位小数."""
    return f"{'零一两三四五六七八九'[count]}位小数" if count else "整数"


def head(text: str, colspan: int = 1, rowspan: int = 1) -> Box:
    """A box of the head."""
    return Box(text, colspan, rowspan)


def label(text: str, rowspan: int = 1) -> Box:
    """Words at the left of a line."""
    return Box(text, rowspan=rowspan, align="left")


def waiting() -> Box:
    """A box nobody has answered yet."""
    return Box(WAITING, open=True)


def printed(value: Decimal | Fraction | int, places: int) -> Box:
    """A figure as the form prints it."""
    return Box(numbers.half_up(value, places))


def exact(text: str | None, places: int) -> Box:
    """A figure of the evaluation, given as its exact decimal string; None waits."""
    return waiting() if text is None else printed(Decimal(text), places)


def answered(answers: Mapping[str, Answer], code: str, places: int) -> Box:
    """An answered item as a figure."""
    if isinstance(answers.get(code), NotApplicable):
        return Box(NOT_APPLICABLE)
    number = figure(answers, code)
    return waiting() if number is None else printed(number, places)


def percent(part: int, whole: int) -> Box:
    """A share in per cent with one decimal; without a whole there is no share."""
    return printed(Fraction(part * 100, whole), 1) if whole else Box(NONE)


def verdict(passes: bool | None, applicable: bool = True) -> Box:
    """是否达标: 是, 否, 不能判定 or 不适用."""
    return Box(yes_no(passes, applicable))


def yes_no(passes: bool | None, applicable: bool = True) -> str:
    """A verdict in the words of the forms."""
    return _YES_NO[passes] if applicable else NOT_APPLICABLE


def numbered(count: int) -> Line:
    """The line L1, L2 … under a head."""
    return [head(f"L{number}") for number in range(1, count + 1)]
