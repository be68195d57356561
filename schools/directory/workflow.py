"""A school ends, is merged or runs again: what is decided about all that depends on it, and what follows.

The slices above foresee and settle what they keep of a school themselves: each module named in settings.SCHOOL_TIES has
`foresee(change)`, which only reads, and `settle(change, by)`, called in the transaction of the action.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.lib import dates, digests
from schools.directory import facts
from schools.directory.models import School, Status

MAX_REASON = 200


class Verb(StrEnum):
    """What happens to the school; the label is shown to people."""

    MERGE = "合并"
    CLOSE = "停办"
    REOPEN = "恢复办学"


TOPICS: Mapping[str, str] = {
    "pupils": "学生",
    "rooms": "校舍和设备",
    "findings": "没有销号的问题",
    "visits": "已安排的督导",
    "duties": "没有完成的目标任务",
    "accounts": "账号授权",
}
_ENDING = {
    "visits": {"cancel": "取消", "keep": "照常进行", "move": "改到接收学校"},
    "duties": {"withdraw": "取消", "bureau": "由教育局（本级）继续完成"},
    "accounts": {"keep": "保留，继续办理本校未完的事", "end": "结束在本校的授权"},
}
# What may be decided, the usual first.
OPTIONS: Mapping[Verb, Mapping[str, Mapping[str, str]]] = {
    Verb.MERGE: {
        "pupils": {"successor": "转入并入学校", "elsewhere": "转入其他学校", "none": "没有在校生"},
        "rooms": {"successor": "划归并入学校", "elsewhere": "划归其他单位", "none": "不再使用"},
        "findings": {"successor": "由并入学校继续整改", "school": "留在本校，整改到销号为止"},
        "visits": {**_ENDING["visits"], "move": "改到并入学校"},
        "duties": {"successor": "由并入学校继续完成", **_ENDING["duties"]},
        "accounts": {**_ENDING["accounts"], "successor": "改授并入学校的同一角色"},
    },
    Verb.CLOSE: {
        "pupils": {"elsewhere": "转入其他学校", "none": "没有在校生"},
        "rooms": {"elsewhere": "划归其他单位", "none": "不再使用"},
        **_ENDING,
    },
    Verb.REOPEN: {
        "pupils": {"successor": "从并入学校转回", "elsewhere": "另行招生或由其他学校转入"},
        "rooms": {"successor": "从并入学校划回", "elsewhere": "另行安排"},
    },
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A school's change from a day on; `successor` takes it over or, where it runs again, had taken it over.

    `receivers` are the other schools its pupils go to, or come back from; where none of the district takes any,
    `elsewhere` says why. `visited` is where planned visits move to.
    """

    verb: Verb
    school: School
    day: date
    successor: School | None = None
    reason: str = ""
    decisions: Mapping[str, str] = field(default_factory=dict)
    receivers: tuple[School, ...] = ()
    elsewhere: str = ""
    visited: School | None = None

    @property
    def gains(self) -> dict[School, tuple[str, ...]]:
        found = dict.fromkeys(self.receivers, ("pupils",))
        moved = tuple(topic for topic in ("pupils", "rooms") if self.decisions.get(topic) == "successor")
        return ({self.successor: moved} if self.successor and moved else {}) | found

    @property
    def scatters(self) -> bool:
        return self.verb != Verb.REOPEN and self.decisions.get("pupils") == "elsewhere"

    @property
    def whereabouts(self) -> str:
        """Of the pupils, without a successor; "" where nobody says, as in a workbook."""
        if self.receivers:
            names = "、".join(school.name for school in self.receivers)
            return f"从{names}转回" if self.verb == Verb.REOPEN else f"转入{names}"
        return f"没有本区学校接收（{self.elsewhere.strip()}）" if self.scatters and self.elsewhere else ""

    @property
    def why(self) -> str:
        reason = self.reason.strip()
        return f"{reason}；学生{self.whereabouts}"[:MAX_REASON] if self.whereabouts else reason

    @property
    def summary(self) -> str:
        into = f"并入{self.successor.name}" if self.verb == Verb.MERGE and self.successor else self.verb.value
        return f"{self.school.name}自{dates.day(self.day)}起{into}"


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing that follows: where, and what, in whole sentences."""

    where: str
    text: str


def options(verb: Verb, successor: bool) -> dict[str, Mapping[str, str]]:
    """By topic; a school that was merged into none gets nothing back."""
    return dict(OPTIONS[verb]) if successor or verb == Verb.CLOSE else {}


def usual(verb: Verb) -> dict[str, str]:
    return {topic: next(iter(choices)) for topic, choices in OPTIONS[verb].items()}


def problem_of(change: Transition) -> str:
    """In Chinese; "" when there is none."""
    if change.day > timezone.localdate():
        return facts.NOT_YET
    if change.school.opened_on and change.day < change.school.opened_on:
        return f"日期早于学校的设立日期（{dates.day(change.school.opened_on)}），请核对。"
    if change.verb == Verb.REOPEN and change.school.closed_on and change.day < change.school.closed_on:
        return f"恢复办学的日期不能早于停办日期（{dates.day(change.school.closed_on)}）。"
    if change.verb == Verb.MERGE and change.successor is not None:
        if change.successor.pk == change.school.pk:
            return "并入学校就是这所学校自己，请另选。"
        if change.successor.status == Status.CLOSED:
            return f"{change.successor.name}已停办，不能并入。请另选一所在办的学校。"
    for school in change.receivers:
        if school in (change.school, change.successor) or school.status == Status.CLOSED:
            return f"{school.name}不能选为接收学校：须是另一所在办的学校。"
    if not 0 < len(change.reason.strip()) <= MAX_REASON:
        return f"请写明{change.verb}的原因，{MAX_REASON} 字以内，例如批准文件的文号。"
    wanted = options(change.verb, change.successor is not None)
    for topic, choices in wanted.items():
        if change.decisions.get(topic) not in choices:
            return f"请选择{TOPICS[topic]}怎么办。"
    if change.scatters and not change.receivers and not change.elsewhere.strip():
        return "请选择接收学生的学校；没有本区学校接收的，写明学生的去向。"
    taking = [school for school in (change.successor, *change.receivers) if school]
    if change.decisions.get("visits") == "move" and change.visited not in taking:
        return "督导改到哪所学校，请在接收学生的学校中选择。"
    return ""


def foresee(change: Transition) -> list[Consequence]:
    pupils = [Consequence(TOPICS["pupils"], f"{change.whereabouts}。")] if change.whereabouts else []
    return [*pupils, *(row for tie in _ties() for row in tie.foresee(change))]


def settle(change: Transition, *, by: User) -> None:
    for tie in _ties():
        tie.settle(change, by=by)


def digest(change: Transition, consequences: list[Consequence]) -> str:
    parts = [
        change.verb,
        change.summary,
        change.school.version,
        dict(change.decisions),
        [school.code for school in (*change.receivers, *([change.visited] if change.visited else []))],
        [[row.where, row.text] for row in consequences],
    ]
    return digests.fingerprint(parts)


def _ties() -> list[ModuleType]:
    return [import_module(name) for name in settings.SCHOOL_TIES]
