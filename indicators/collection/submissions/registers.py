"""What the registers add up to, next to the figures of a submission: differences in words, which change no figure."""

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
    round_ = submission.round
    # By the clock of an item, the year its register goes by.
    clocks = {
        "学年": int(round_.school_year[:4]),
        "学年初": round_.school_year_start.year,
        "财政": round_.fiscal_year,
    }
    wanted = {code: clocks[items[code].clock] for code in given if code in items and items[code].clock in clocks}
    place = {"school": submission.school} if submission.school_id else {"district": round_.district}
    return [
        _difference(items[one.item], given[one.item], one)
        for one in registers.sums(wanted, **place)
        if _count(given[one.item], one) != one.value
    ]


def _count(answer: Answer, one: RegisterSum) -> Decimal | None:
    """None for 不适用."""
    if not isinstance(answer, Value):
        return None
    if not isinstance(answer.value, tuple):
        return Decimal(answer.value)  # type: ignore[arg-type]
    return Decimal(sum(not one.rows_by or row.get(one.rows_by) == one.year for row in answer.value))


def _difference(item: Item, answer: Answer, one: RegisterSum) -> RegisterDifference:
    reported = answers.shown(item, answer)
    if isinstance(answer, Value) and one.rows_by:
        reported = f"{numbers.plain(_count(answer, one) or Decimal(0))} 条"
    elif isinstance(answer, Value) and item.unit:
        reported = f"{reported} {item.unit}"
    label = f"{item.label}（{one.year} 年的）" if one.rows_by else item.label
    held = f"{numbers.plain(one.value)} {item.unit or '条'}"
    url = f"{reverse('registers:entries', args=[one.kind.code])}?year={one.year}"
    return RegisterDifference(f"{label}：{one.kind.short}台账 {held}，填报 {reported}", url)
