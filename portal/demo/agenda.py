"""What happens in the current term, in the order in which it happens."""

from collections.abc import Callable

from portal.demo.clock import Clock

Act = Callable[[], object]


class Agenda:
    """Dated actions, carried out by the calendar whatever the order they were written down in."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int, Act]] = []

    def at(self, day: int, minute: int, act: Act) -> None:
        """Plan an action for a day counted from today and a minute of that day."""
        self._entries.append((day, minute, len(self._entries), act))

    def carry_out(self, clock: Clock, *, before: int = 1) -> None:
        """Do everything planned for the days before one, with the clock at its moment; an action is done once."""
        due = sorted((entry for entry in self._entries if entry[0] < before), key=lambda entry: entry[:3])
        self._entries = [entry for entry in self._entries if entry[0] >= before]
        for day, minute, _, act in due:
            clock.set(day, *divmod(minute, 60))
            act()
