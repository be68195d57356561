"""Reads of the deadlines: what a district set, over the defaults."""

from collections.abc import Iterable, Mapping

from inspections.deadlines.models import Deadline
from portal.core.lib.dates import Period

K = Deadline.Kind

# In 日: nothing changes for a district that sets nothing. The first three are custom, the others those of most districts.
DEFAULTS: Mapping[str, Period] = {
    K.AT_ONCE: Period(7),
    K.WITH_DEADLINE: Period(30),
    K.LONG_TERM: Period(180),
    # 《重庆市教育督导条例》: 专项督导评议后 5 日内反馈; the national text gives no days.
    K.FEEDBACK: Period(5),
    K.PLEA: Period(5),
    K.OPINION: Period(30),
    K.REPORT: Period(30),
}


def periods(district_id: int) -> dict[str, Period]:
    """By `Deadline.Kind`, in its order; one query."""
    return periods_of([district_id])[district_id]


def periods_of(district_ids: Iterable[int]) -> dict[int, dict[str, Period]]:
    """By district; one query."""
    found = {district_id: dict(DEFAULTS) for district_id in district_ids}
    for row in Deadline.objects.filter(district__in=found):
        found[row.district_id][row.kind] = row.period
    return found
