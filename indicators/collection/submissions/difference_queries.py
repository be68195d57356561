"""Where something else is known than a submission says: what its registers add up to, what inspectors found on site.

In words; no figure is changed by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Revision, Submission
from indicators.standard.engine import Answer, Item, Value
from portal.core.accounts.models import User
from portal.core.lib import numbers
from schools.registers import queries as registers
from schools.registers.queries import RegisterSum


@dataclass(frozen=True, slots=True)
class RegisterDifference:
    """A figure that is not what the register holds, and the page of that register."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class SiteDifference:
    """A figure of a school that was found otherwise; `items` are its fields, `stage` "" where it is the whole school's.

    `is_changed`: the revision claims it otherwise than it did at the visit. `asks_correction`: the school wants to correct it.
    """

    school_code: str
    indicator: str
    stage: str
    items: tuple[str, ...]
    words: str
    answer: str
    url: str
    is_changed: bool
    asks_correction: bool


def from_registers(
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
    found = []
    for one in registers.sums(wanted, **place):
        item, answer = items[one.item], given[one.item]
        if (count := _count(answer, one)) == one.value:
            continue
        reported = answers.shown(item, answer)
        if count is not None and one.rows_by:
            reported = f"{numbers.plain(count)} 条"
        elif count is not None and item.unit:
            reported = f"{reported} {item.unit}"
        label = f"{item.label}（{one.year} 年的）" if one.rows_by else item.label
        held = f"{numbers.plain(one.value)} {item.unit or '条'}"
        url = f"{reverse('registers:entries', args=[one.kind.code])}?year={one.year}"
        found.append(RegisterDifference(f"{label}：{one.kind.short}台账 {held}，填报 {reported}", url))
    return found


def _count(answer: Answer, one: RegisterSum) -> Decimal | None:
    """None for 不适用."""
    if not isinstance(answer, Value):
        return None
    if not isinstance(answer.value, tuple):
        return Decimal(answer.value)  # type: ignore[arg-type]
    return Decimal(sum(not one.rows_by or row.get(one.rows_by) == one.year for row in answer.value))


def on_site(user: User, revisions: QuerySet[Revision]) -> list[SiteDifference]:
    """Those the person may see, of visits to the schools of these revisions; a fixed number of queries.

    Visits are of a slice above this one, which settings.SITE_CHECKS names.
    """
    read: Callable[[User, QuerySet[Revision]], list[SiteDifference]] = import_string(settings.SITE_CHECKS)
    return read(user, revisions)
