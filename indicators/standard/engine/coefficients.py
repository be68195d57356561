"""校际差异系数: pupil-weighted, of totals, judged exactly by comparing squares.

X̄ = Σxᵢ ÷ ΣPᵢ, S² = Σ (Pᵢ/P)(Xᵢ−X̄)², CV = S ÷ X̄ (教督〔2017〕6号). With Q = Σ xᵢ²/Pᵢ and
T = Σxᵢ this is CV² = Q·P/T² − 1, so the verdict CV ≤ limit needs no root.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from indicators.standard.engine import numbers
from indicators.standard.engine.parts import PartResult
from indicators.standard.engine.spec import Indicator, Spec

if TYPE_CHECKING:
    from indicators.standard.engine.result import Result

REASONS = {
    "no_parts": "本学段没有参加评估的学校，无法计算差异系数",
    "missing": "有学校尚未填齐，暂不能计算差异系数",
    "single_part": "本学段只有一所学校，不计算差异系数",
    "zero_mean": "本学段均值不大于 0，不计算差异系数",
    "strict": "按放宽口径计算会超过限值，这一项仍按严格口径",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """A school's share of the variance: which schools the coefficient comes from."""

    school_code: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One indicator's coefficient of one stage; ``reason`` says why there is none."""

    indicator: Indicator
    stage: str
    limit: Fraction
    mean: Fraction | None = None
    sd: Decimal | None = None
    cv: Decimal | None = None
    cv_squared: Fraction | None = None
    passes: bool | None = None
    near_limit: bool | None = None
    reason: str = ""
    contributions: tuple[Contribution, ...] = ()

    @property
    def why(self) -> str:
        """Why there is no coefficient, in Chinese; empty when there is one."""
        return REASONS.get(self.reason, "")


def of_stage(spec: Spec, stage: str, parts: Sequence[PartResult]) -> dict[str, Coefficient]:
    """The coefficients of one stage over all its parts in scope."""
    own = [part for part in parts if part.stage == stage]
    return {
        indicator.code: _coefficient(spec, stage, indicator, own, position)
        for position, indicator in enumerate(spec.resources)
    }


@dataclass(frozen=True, slots=True)
class Row:
    """What a coefficient takes from one part: pupils Pᵢ, total xᵢ, value Xᵢ = xᵢ ÷ Pᵢ × factor."""

    school_code: str
    pupils: int
    numerator: Fraction
    value: Fraction


def _coefficient(
    spec: Spec, stage: str, indicator: Indicator, parts: Sequence[PartResult], position: int
) -> Coefficient:
    rows = list(_rows(parts, position))
    if not parts or len(rows) < len(parts):
        limit = spec.stages[stage].limit
        return Coefficient(indicator, stage, limit, reason="missing" if parts else "no_parts")
    return of_rows(spec, stage, indicator, rows)


def of_rows(spec: Spec, stage: str, indicator: Indicator, rows: Sequence[Row]) -> Coefficient:
    """The coefficient of these parts, one or more, judged against the stage's limit.

    A single part or a mean of 0 gives no coefficient but the reason why.
    """
    limit = spec.stages[stage].limit
    pupils = sum(row.pupils for row in rows)
    total = numbers.exact_sum(row.numerator for row in rows)
    mean = total * indicator.rule.factor / pupils
    if len(rows) == 1 or mean <= 0:
        reason = "single_part" if len(rows) == 1 else "zero_mean"
        return Coefficient(indicator, stage, limit, mean=mean, reason=reason)
    squares = numbers.exact_sum(numbers.rate(row.numerator, row.numerator, row.pupils) for row in rows)
    cv_squared = square(pupils, total, squares)
    return Coefficient(
        indicator,
        stage,
        limit,
        mean=mean,
        sd=numbers.root(cv_squared * mean * mean),
        cv=numbers.root(cv_squared),
        cv_squared=cv_squared,
        passes=cv_squared <= limit * limit,
        near_limit=near(cv_squared, limit, spec.printing["near_cv"]),
        contributions=_contributions(rows, mean),
    )


def favoured(strict: "Result", relaxed: "Result") -> dict[str, dict[str, Coefficient]]:
    """The relaxed coefficients, except where only the strict one is within its limit.

    A relaxation is allowed, not demanded: what one school may count additionally can widen
    the spread, and must not take away what the strict rule gives. ``reason`` says so.
    """
    return {
        stage: {code: _favoured(strict.coefficients[stage][code], one) for code, one in by_code.items()}
        for stage, by_code in relaxed.coefficients.items()
    }


def _favoured(strict: Coefficient, relaxed: Coefficient) -> Coefficient:
    return replace(strict, reason="strict") if strict.passes and relaxed.passes is False else relaxed


def _rows(parts: Sequence[PartResult], position: int) -> Iterator[Row]:
    """The parts that have the figure."""
    for part in parts:
        own = part.indicators[position]
        if own.pupils is not None and own.numerator is not None and own.value is not None:
            yield Row(part.school.code, own.pupils, own.numerator, own.value)


def square(pupils: int, total: Fraction, squares: Fraction) -> Fraction:
    """CV² from P, T and Q; the mean T/P must not be 0."""
    return squares * pupils / (total * total) - 1


def near(cv_squared: Fraction, limit: Fraction, places: int) -> bool:
    """临界: the coefficient printed to this many places would read as the other verdict.

    Rounded half up it reads ≤ limit exactly when it is below the next half step,
    so squares can be compared and no root is rounded first.
    """
    step = Fraction(1, 10**places)
    reads_as = (limit // step) * step + step / 2
    return (cv_squared < reads_as * reads_as) != (cv_squared <= limit * limit)


def _contributions(rows: Sequence[Row], mean: Fraction) -> tuple[Contribution, ...]:
    """Pᵢ(Xᵢ−X̄)² ÷ Σ Pⱼ(Xⱼ−X̄)², to 60 digits: shown, never judged."""
    centre = numbers.decimal(mean)
    terms = [numbers.weighted_square(row.pupils, row.value, centre) for row in rows]
    shares = numbers.shares(terms)
    return tuple(Contribution(r.school_code, s) for r, s in zip(rows, shares, strict=True))
