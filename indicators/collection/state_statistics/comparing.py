"""Compares what a school reports with the statistics: pure values, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from indicators.standard.engine import Answer, Item, NotApplicable, Value


class State(StrEnum):
    """How the two figures stand to each other; the value is the word in addresses."""

    SAME = "same"
    DIFFERENT = "different"
    UNEXPLAINED = "unexplained"
    EXPLAINED = "explained"
    NO_STATISTICS = "no-statistics"
    NO_REPORT = "no-report"


LABELS = {
    State.UNEXPLAINED: "待说明",
    State.DIFFERENT: "有差异",
    State.EXPLAINED: "已说明",
    State.NO_REPORT: "填报缺",
    State.NO_STATISTICS: "统计缺",
    State.SAME: "一致",
}
TONES = {
    State.UNEXPLAINED: "bad",
    State.DIFFERENT: "warn",
    State.EXPLAINED: "info",
    State.NO_REPORT: "muted",
    State.NO_STATISTICS: "muted",
    State.SAME: "ok",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """An item that is compared: its words, and whether small differences are within the tolerance."""

    code: str
    label: str
    unit: str
    exact: bool
    stage: str


def agree(item: Compared, reported: Decimal, statistics: Decimal, tolerance: Decimal) -> bool:
    """Whether two figures agree: counts exactly, areas and values within `tolerance` percent of the statistics.

    The bound is included; a figure of 0 in the statistics leaves no room.
    """
    room = Decimal(0) if item.exact else abs(statistics) * tolerance / 100
    return abs(reported - statistics) <= room


def reported_of(answer: Answer | None) -> Decimal | None:
    """Return a reported figure; 不适用 counts as none there, which agrees with 0 in the statistics."""
    if answer is None:
        return None
    return Decimal(0) if isinstance(answer, NotApplicable) else Decimal(answer.value)  # type: ignore[arg-type]


def classes(items: Mapping[str, Item], given: Mapping[str, Answer], stage_label: str) -> Decimal | None:
    """Return how many classes of a stage the class list holds; None when it is not filled in."""
    answer = given.get("class_list")
    if not isinstance(answer, Value):
        return None
    return Decimal(sum(row.get("stage") == stage_label for row in answer.value))  # type: ignore[union-attr,misc]


def state(same: bool | None, *, has_report: bool, is_explained: bool, is_editable: bool) -> State:
    """Return how two figures stand; `same` is None when one of them is missing.

    A difference in a return that may still change is 有差异; once handed in it is 待说明 until explained.
    """
    if same is None:
        return State.NO_STATISTICS if has_report else State.NO_REPORT
    if same:
        return State.SAME
    if is_explained:
        return State.EXPLAINED
    return State.DIFFERENT if is_editable else State.UNEXPLAINED
