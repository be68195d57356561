"""Where a coefficient comes from: each part's share, and what it would be without, at the mean, or with one more.

With P = ΣPᵢ, T = Σxᵢ and Q = Σxᵢ²/Pᵢ the coefficient is CV² = Q·P/T² − 1, so changing one part
changes three sums and nothing is added up again. Squares decide; roots are only shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from indicators.standard.engine import coefficients, numbers


@dataclass(frozen=True, slots=True)
class Part:
    """A stage part as the coefficient sees it.

    ``added`` is what one step (a teacher, 100 ㎡, 万元, a room given to the school) adds
    to this part's numerator: the part's split share of it. None when the share is not known.
    """

    school_code: str
    pupils: int
    numerator: Fraction
    added: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A coefficient over some parts, judged; ``reason`` (a key of coefficients.REASONS) says why there is none."""

    squared: Fraction | None = None
    passes: bool | None = None
    near_limit: bool | None = None
    reason: str = ""

    @property
    def cv(self) -> Decimal | None:
        """The coefficient to 60 digits, for printing."""
        return None if self.squared is None else numbers.root(self.squared)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one part does to the coefficient.

    ``share`` of the variance (0 to 1; None when all parts are alike); ``without`` the part;
    ``at_mean`` with it lifted to today's mean (None when it is there already); ``with_one_more``
    step (None when its split share is not known).
    """

    part: Part
    value: Fraction
    from_mean: Fraction
    share: Fraction | None
    without: Spread
    at_mean: Spread | None
    with_one_more: Spread | None


@dataclass(frozen=True)
class Analysis:
    """One indicator over all parts of a stage; every part must have its figure."""

    parts: tuple[Part, ...]
    factor: Fraction
    limit: Fraction
    near_places: int

    @cached_property
    def now(self) -> Spread:
        """The coefficient as it is."""
        return self._spread(len(self.parts), *self._sums)

    @cached_property
    def mean(self) -> Fraction | None:
        """X̄ in the indicator's unit; None without parts."""
        return None if self._per_pupil is None else self._per_pupil * self.factor

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """Every part's effect in the order given; empty while there is no coefficient."""
        return tuple(self.effect(part) for part in self.parts) if self.now.squared is not None else ()

    def effect(self, part: Part) -> Effect:
        """What this part does; ValueError while there is no coefficient."""
        mean = self._per_pupil
        if mean is None or self.now.squared is None:
            raise ValueError(f"没有差异系数：{self.now.reason}")
        at_mean = mean * part.pupils
        return Effect(
            part=part,
            value=part.numerator * self.factor / part.pupils,
            from_mean=(part.numerator / part.pupils - mean) * self.factor,
            share=self._share(part, mean),
            without=self._changed(part, None),
            at_mean=self._changed(part, at_mean) if part.numerator < at_mean else None,
            with_one_more=None if part.added is None else self._changed(part, part.numerator + part.added),
        )

    @cached_property
    def _sums(self) -> tuple[int, Fraction, Fraction]:
        """P, T and Q."""
        return (
            sum(part.pupils for part in self.parts),
            numbers.exact_sum(part.numerator for part in self.parts),
            numbers.exact_sum(_square(part, part.numerator) for part in self.parts),
        )

    @cached_property
    def _per_pupil(self) -> Fraction | None:
        pupils, total, _ = self._sums
        return total / pupils if pupils else None

    @cached_property
    def _variance(self) -> Fraction:
        """Σ Pᵢ(xᵢ/Pᵢ − T/P)²."""
        pupils, total, squares = self._sums
        return squares - total * total / pupils

    def _share(self, part: Part, mean: Fraction) -> Fraction | None:
        if not self._variance:
            return None
        distance = part.numerator / part.pupils - mean
        return part.pupils * distance * distance / self._variance

    def _changed(self, part: Part, numerator: Fraction | None) -> Spread:
        """The coefficient with another numerator at this part, or (None) without the part."""
        pupils, total, squares = self._sums
        total, squares = total - part.numerator, squares - _square(part, part.numerator)
        if numerator is None:
            return self._spread(len(self.parts) - 1, pupils - part.pupils, total, squares)
        return self._spread(len(self.parts), pupils, total + numerator, squares + _square(part, numerator))

    def _spread(self, count: int, pupils: int, total: Fraction, squares: Fraction) -> Spread:
        if count < 2 or total <= 0:
            return Spread(reason="no_parts" if not count else "single_part" if count == 1 else "zero_mean")
        squared = coefficients.square(pupils, total, squares)
        near = coefficients.near(squared, self.limit, self.near_places)
        return Spread(squared, squared <= self.limit * self.limit, near)


def largest(effects: Sequence[Effect], count: int = 3) -> list[Effect]:
    """The parts the variance comes from most, ties by code; parts at the mean are never among them."""
    away = [effect for effect in effects if effect.share]
    return sorted(away, key=lambda effect: (-effect.share, effect.part.school_code))[:count]  # type: ignore[operator]


def _square(part: Part, numerator: Fraction) -> Fraction:
    return numerator * numerator / part.pupils
