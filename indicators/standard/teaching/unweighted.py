"""How NOT to work out a coefficient: every school alike, as spreadsheets do. Teaching only, never a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from indicators.standard.engine import numbers


@dataclass(frozen=True, slots=True)
class Unweighted:
    """The simple coefficient; ``divisor`` is n (STDEVP) or n − 1 (STDEV)."""

    divisor: int
    mean: Fraction
    squares: tuple[Fraction, ...]
    cv_squared: Fraction

    @property
    def sd(self) -> Decimal:
        """√(Σ(Xᵢ−mean)² ÷ divisor)."""
        return numbers.root(sum(self.squares, Fraction(0)) / self.divisor)

    @property
    def cv(self) -> Decimal:
        """The standard deviation ÷ the mean of the schools' values."""
        return numbers.root(self.cv_squared)


def population(values: Sequence[Fraction]) -> Unweighted:
    """STDEVP ÷ AVERAGE of the schools' values (at least one, mean above 0)."""
    return _simple(values, len(values))


def sample(values: Sequence[Fraction]) -> Unweighted:
    """STDEV ÷ AVERAGE of the schools' values (at least two, mean above 0)."""
    return _simple(values, len(values) - 1)


def _simple(values: Sequence[Fraction], divisor: int) -> Unweighted:
    mean = sum(values, Fraction(0)) / len(values)
    squares = tuple((value - mean) ** 2 for value in values)
    return Unweighted(divisor, mean, squares, sum(squares, Fraction(0)) / divisor / (mean * mean))
