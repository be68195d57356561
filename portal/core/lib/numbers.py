"""Printing of numbers: round half-up once, at the very end; and reading of those in addresses and hidden fields."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def half_up(value: Decimal | Fraction | int, digits: int) -> Decimal:
    """教育评估 tables: values 2, CV 3, percentages 1."""
    if isinstance(value, Fraction):
        scaled = value * 10**digits
        sign = -1 if scaled < 0 else 1
        whole = int((abs(scaled) * 2 + 1) // 2)
        return Decimal(sign * whole).scaleb(-digits)
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def text(value: Decimal | Fraction | int | None, digits: int, *, blank: str = "—") -> str:
    return blank if value is None else f"{half_up(value, digits):f}"


def plain(value: Decimal | None, *, blank: str = "") -> str:
    """As entered: no trailing zeros, no exponent."""
    if value is None:
        return blank
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def at_most(limit: str) -> str:
    """A limit of the standard, printed as it is everywhere: ≤ 0.65."""
    return f"≤ {limit}"


def at_least(threshold: str) -> str:
    """≥ 4.2."""
    return f"≥ {threshold}"


def megabytes(size: int, digits: int = 0) -> str:
    """20 MB; without `digits` rounded down."""
    return f"{size / 1048576:.{digits}f} MB" if digits else f"{size // 1048576} MB"


def whole(sent: str) -> int | None:
    """None for what no 64-bit column holds."""
    # Longer ones are not even read: Python refuses to, beyond some thousands of digits.
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 19):
        return None
    number = int(sent)
    return number if number < 2**63 else None
