"""What the registers add up to beside the figures of a submission: differences in words, which change no figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import Answer, Item, Value
from portal.core.lib import numbers
from schools.registers import queries as registers
from schools.registers.queries import RegisterSum


@dataclass(frozen=True, slots=True)
class RegisterDifference:
    """A figure that is not what the register holds, and the page of that register."""

    words: str
    url: str


def differences(
    submission: Submission, items: Mapping[str, Item], given: Mapping[str, Answer]
) -> list[RegisterDifference]:
    """Of what is answered and registered for the same year; one query."""
    clocks, round_ = _years(submission), submission.round
    wanted = {code: clocks[items[code].clock] for code in given if code in items and items[code].clock in clocks}
    place = {"school": submission.school} if submission.school_id else {"district": round_.district}
    sums = registers.sums(wanted, **place)
    return [
        _difference(items[code], given[code], one) for code, one in sums.items() if _count(given[code]) != one.value
    ]


def _years(submission: Submission) -> dict[str, int]:
    """By the clock of an item, the year its register goes by."""
    round_ = submission.round
    return {
        "学年": int(round_.school_year[:4]),
        "学年初": round_.school_year_start.year,
        "财政": round_.fiscal_year,
    }


def _count(answer: Answer) -> Decimal | None:
    """None for 不适用."""
    if not isinstance(answer, Value):
        return None
    return Decimal(len(answer.value) if isinstance(answer.value, tuple) else answer.value)  # type: ignore[arg-type]


def _difference(item: Item, answer: Answer, one: RegisterSum) -> RegisterDifference:
    reported = answers.shown(item, answer)
    if isinstance(answer, Value) and item.unit:
        reported = f"{reported} {item.unit}"
    held = f"{numbers.plain(one.value)} {item.unit or '条'}"
    url = f"{reverse('registers:entries', args=[one.kind.code])}?year={one.year}"
    return RegisterDifference(f"{item.label}：{one.kind.short}台账 {held}，填报 {reported}", url)
