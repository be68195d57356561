"""Setting the clock back while the demonstration years are played through."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils import timezone


class Clock:
    """The moment the portal takes for now; `today` and `minute` are the real ones it counts from."""

    def __init__(self, real: dt.datetime) -> None:
        local = timezone.localtime(real)
        self.today = local.date()
        self.minute = local.hour * 60 + local.minute
        self._now = real

    def now(self) -> dt.datetime:
        """Stand in for `timezone.now`."""
        return self._now

    def day(self, days: int) -> dt.date:
        """So many days from today, negative for the past."""
        return self.today + dt.timedelta(days=days)

    def set(self, days: int, hour: int = 9, minute: int = 0) -> None:
        """Make it so many days from today, at an hour of the local day."""
        local = dt.datetime.combine(self.day(days), dt.time(hour)) + dt.timedelta(minutes=minute)
        self._now = timezone.make_aware(local)

    def tick(self, minutes: int) -> None:
        self._now += dt.timedelta(minutes=minutes)


@contextmanager
def turned_back() -> Iterator[Clock]:
    """Give a clock that the whole process follows inside the block, and put the real one back.

    Actions ask `timezone.now` and have no date to pass: only so do the demonstration years go
    through the real actions with dates of their own. The audit trail keeps the real time on purpose.
    Only for `load_demo`, a process of its own.
    """
    real = timezone.now
    clock = Clock(real())
    timezone.now = clock.now
    try:
        yield clock
    finally:
        timezone.now = real


Action = Callable[[], object]


class Agenda:
    """Dated actions, carried out by the calendar whatever the order they were written down in."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int, Action]] = []

    def at(self, day: int, minute: int, action: Action) -> None:
        """Plan an action for a day counted from today and a minute of that day."""
        self._entries.append((day, minute, len(self._entries), action))

    def carry_out(self, clock: Clock, *, before: int = 1) -> None:
        """Do everything planned for the days before one, with the clock at its moment; an action is done once."""
        due = sorted((entry for entry in self._entries if entry[0] < before), key=lambda entry: entry[:3])
        self._entries = [entry for entry in self._entries if entry[0] >= before]
        for day, minute, _, action in due:
            clock.set(day, *divmod(minute, 60))
            action()
