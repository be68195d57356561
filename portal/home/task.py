"""One thing a person has to do, as the 待办 list shows it."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

_SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person has to do: the next action, what it is about, where, until when."""

    action: str
    subject: str
    url: str
    due: dt.date | None = None
    note: str = ""

    @property
    def days(self) -> int | None:
        """Negative when overdue."""
        return None if self.due is None else (self.due - timezone.localdate()).days

    @property
    def tone(self) -> str:
        if self.days is None:
            return "muted"
        if self.days < 0:
            return "bad"
        return "warn" if self.days <= _SOON_DAYS else "info"

    @property
    def is_urgent(self) -> bool:
        return self.tone in ("bad", "warn")

    @property
    def remaining(self) -> str:
        if self.days is None:
            return "无期限"
        if self.days < 0:
            return f"已逾期 {-self.days} 天"
        return "今天截止" if self.days == 0 else f"还剩 {self.days} 天"
