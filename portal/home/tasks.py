"""One line of the 待办 list and how the list is ordered."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

_SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person has to do: the next act, what it is about, where, until when."""

    act: str
    subject: str
    url: str
    due: dt.date | None = None
    note: str = ""

    @property
    def days(self) -> int | None:
        """Days until the due day; negative when overdue, None without a due day."""
        return None if self.due is None else (self.due - timezone.localdate()).days

    @property
    def tone(self) -> str:
        """Tone of the remaining time: overdue, soon, later, none."""
        if self.days is None:
            return "muted"
        if self.days < 0:
            return "bad"
        return "warn" if self.days <= _SOON_DAYS else "info"

    @property
    def remaining(self) -> str:
        """The remaining time in words."""
        if self.days is None:
            return "无期限"
        if self.days < 0:
            return f"已逾期 {-self.days} 天"
        return "今天截止" if self.days == 0 else f"还剩 {self.days} 天"


def ordered(tasks: Iterable[Task]) -> list[Task]:
    """Sort by due day, those without one last."""
    return sorted(tasks, key=lambda task: (task.due is None, task.due or dt.date.max, task.subject))
