"""Heading numbers of official documents: 一、 （一） 1. （1） (GB/T 9704-2012 §7.3.3)."""

from dataclasses import dataclass, field

from portal.core.papers.tree import Heading

_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """1 to 999 in Chinese figures: 十, 十一, 二十, 一百零五, 一百一十."""
    if not 1 <= number <= 999:
        raise ValueError(f"no heading has the number {number}")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


@dataclass(slots=True)
class Numbering:
    """Counts the headings of one text; a heading of a higher level starts the lower ones again."""

    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def label(self, heading: Heading) -> str:
        """The heading's text with its number before it."""
        if not heading.numbered:
            return heading.text
        index = heading.level - 1
        self.counts[index] += 1
        self.counts[index + 1 :] = [0] * (3 - index)
        return _FORMS[index](self.counts[index]) + heading.text


_FORMS = (
    lambda number: f"{chinese_number(number)}、",
    lambda number: f"（{chinese_number(number)}）",
    lambda number: f"{number}.",
    lambda number: f"（{number}）",
)
