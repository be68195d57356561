"""What comes after a 专项 or 综合督导 and by when: 申辩, 督导意见书, 整改情况 (教育督导条例 §20–22)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from inspections.deadlines import queries as deadlines
from inspections.deadlines.models import Deadline
from inspections.visits.models import Visit
from portal.core.lib import dates, workdays
from portal.core.lib.workdays import Counted, Period, Unit

K = Deadline.Kind
# 经常性督导 ends without a 督导意见书, so without these steps; the two others also need a full team (§16).
FULL = (Visit.Kind.SPECIAL, Visit.Kind.COMPREHENSIVE)
_KINDS = (K.PLEA, K.OPINION, K.REPORT)


@dataclass(frozen=True, slots=True)
class Step:
    """One step after a visit, in words with its date."""

    label: str
    words: str


def frozen(visit: Visit) -> dict[str, list[Any]]:
    """Return the district's periods as a visit keeps them when it is finished; none for 经常性督导."""
    if visit.kind not in FULL:
        return {}
    set_ = deadlines.periods(visit.school.district_id)
    return {kind.value: [set_[kind].count, set_[kind].unit.value] for kind in _KINDS}


def in_words(visit: Visit) -> dict[str, str]:
    """Return the periods a visit keeps, for the audit trail."""
    return {kind: str(period) for kind, period in _periods(visit).items()}


def plea(visit: Visit) -> str:
    """Say to the school until when it may contradict; blank where there is nothing to contradict."""
    period = _periods(visit).get(K.PLEA)
    return f"；如有异议，可在{dates.day(workdays.add_days(_day(visit), period))}前申辩" if period else ""


def steps(visit: Visit) -> Sequence[Step]:
    """Return the steps after a finished visit; none for 经常性督导 and for visits finished before they were kept.

    Feedback is given when the visit is finished, so 申辩 and 督导意见书 count from that day. 整改情况 counts from the
    督导意见书, which leaves the portal on paper: the latest possible day is given.
    """
    periods = _periods(visit)
    if not periods:
        return ()
    until_plea, opinion = (workdays.count(_day(visit), periods[kind]) for kind in (K.PLEA, K.OPINION))
    report = workdays.count(opinion.due, periods[K.REPORT])
    return (
        Step("申辩截止", _dated(until_plea, "完成督导之日起")),
        Step("督导意见书", _dated(opinion, "完成督导之日起", "前出具")),
        Step("整改情况", "最迟 " + _dated(report, "督导意见书出具之日起", "前报送")),
    )


def _periods(visit: Visit) -> dict[str, Period]:
    return {kind: Period(count, Unit(unit)) for kind, (count, unit) in visit.periods.items()}


def _day(visit: Visit) -> dt.date:
    return timezone.localtime(visit.finished_at).date()


def _dated(counted: Counted, since: str, until: str = "") -> str:
    off = workdays.rest(counted.due)
    day = dates.day(counted.due)
    return f"{day}{until}（{since} {counted.how}{f'；当天是{off}' if off else ''}{counted.caution}）"
