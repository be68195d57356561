"""What a process remembers without growing for ever."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Bounded(dict[K, V]):
    """At most `size` entries: emptied when one more comes. For what can be worked out again.

    Not Django's cache, which pickles: unpickling a board took 25 ms at every request, a school's page 43 ms.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self._size and key not in self:
            self.clear()
        super().__setitem__(key, value)
