"""Seeded choices: the same seed and words give the same figures on every machine."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on nothing but the words they were made with."""

    def __init__(self, *words: object) -> None:
        # Figures of invented schools, not secrets: they have to repeat.
        self._random = random.Random(":".join(map(str, words)))  # noqa: S311

    def whole(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return self._random.randint(low, high)

    def share(self, low: str, high: str) -> Decimal:
        """Return a number between two decimals, in ten-thousandths: exact, never a float."""
        return Decimal(self._random.randint(int(Decimal(low) * 10_000), int(Decimal(high) * 10_000))) / 10_000

    def one(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self._random.randrange(len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Return so many different options."""
        return self._random.sample(list(options), count)
