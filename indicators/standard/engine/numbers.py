"""Exact arithmetic and its printing: fractions inside, rounding only in print."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

# Significant digits of what is shown and never judged.
DIGITS = 60
_PRINT = Context(prec=28, rounding=ROUND_HALF_UP)
_WORK = Context(prec=DIGITS, rounding=ROUND_HALF_UP)
LARGEST_EXACT = 10**28
_SIGNS = {1: "＋", -1: "－"}


def text(number: Fraction | Decimal | int | None) -> str | None:
    """Exact when 28 significant digits hold it, else rounded to 28."""
    if number is None:
        return None
    if isinstance(number, Fraction):
        if number.denominator == 1 and -LARGEST_EXACT < number.numerator < LARGEST_EXACT:
            return str(number.numerator)
        decimal = _PRINT.divide(Decimal(number.numerator), Decimal(number.denominator))
    else:
        decimal = _PRINT.plus(Decimal(number))
    if not decimal:
        return "0"
    shown = f"{decimal:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def scaled_half_up(number: Fraction, places: int) -> int:
    """Rounded half up (away from zero) to places, in units of 10^-places."""
    scaled, denominator = abs(number.numerator) * 10**places, number.denominator
    rounded = (2 * scaled + denominator) // (2 * denominator)
    return rounded if number >= 0 else -rounded


def printed(number: Fraction | Decimal | None, places: int) -> str:
    """Rounded half up; "—" for None."""
    if number is None:
        return "—"
    whole = scaled_half_up(Fraction(number), places)
    return f"{Decimal(whole).scaleb(-places):.{places}f}"


def signed_sum(terms: Sequence[tuple[int, str | None]], gap: str = "") -> str:
    """Signs are 1 or -1; several terms come in brackets."""
    shown = gap.join(f"{_SIGNS[sign]}{words}" for sign, words in terms).removeprefix("＋")
    return shown if len(terms) == 1 else f"（{shown}）"


def ceil_to(number: Fraction, step: Fraction) -> Fraction:
    """The smallest multiple of step not below number."""
    return -(-number // step) * step


def rate(amount: Fraction, factor: Fraction, per: int) -> Fraction:
    """amount × factor ÷ per, reduced once instead of twice."""
    return Fraction(amount.numerator * factor.numerator, amount.denominator * factor.denominator * per)


def exact_sum(numbers: Iterable[Fraction]) -> Fraction:
    """Like denominators first, then pairwise, to stay near linear."""
    by_denominator: dict[int, int] = defaultdict(int)
    for number in numbers:
        by_denominator[number.denominator] += number.numerator
    level = [Fraction(n, d) for d, n in sorted(by_denominator.items())]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + odd
    [total] = level or [Fraction(0)]
    return total


def decimal(number: Fraction) -> Decimal:
    """To 60 significant digits, for display only."""
    return _WORK.divide(Decimal(number.numerator), Decimal(number.denominator))


def root(square: Fraction) -> Decimal:
    """To 60 significant digits."""
    return _WORK.sqrt(decimal(square))


def mean(values: Sequence[Decimal]) -> Decimal:
    """To 60 significant digits."""
    total = Decimal(0)
    for value in values:
        total = _WORK.add(total, value)
    return _WORK.divide(total, Decimal(len(values)))


def weighted_square(weight: int, value: Fraction, centre: Decimal) -> Decimal:
    """weight × (value − centre)² to 60 significant digits, whatever the caller's context."""
    distance = _WORK.subtract(decimal(value), centre)
    return _WORK.multiply(Decimal(weight), _WORK.multiply(distance, distance))


def shares(terms: Sequence[Decimal]) -> list[Decimal]:
    """All zero when the sum is."""
    whole = Decimal(0)
    for term in terms:
        whole = _WORK.add(whole, term)
    return [_WORK.divide(term, whole) if whole else Decimal(0) for term in terms]
