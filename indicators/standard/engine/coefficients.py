"""校际差异系数: pupil-weighted, of totals, judged exactly by comparing squares; and where one comes from.

X̄ = Σxᵢ ÷ ΣPᵢ, S² = Σ (Pᵢ/P)(Xᵢ−X̄)², CV = S ÷ X̄ (教督〔2017〕6号). With P = ΣPᵢ, Q = Σ xᵢ²/Pᵢ and
T = Σxᵢ this is CV² = Q·P/T² − 1, so the verdict CV ≤ limit needs no root, and changing one part
changes three sums without adding anything up again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from indicators.standard.engine import numbers
from indicators.standard.engine.parts import JudgedPart
from indicators.standard.engine.spec import Indicator, Spec

REASONS = {
    "no_parts": "本学段没有参加评估的学校，无法计算差异系数",
    "missing": "有学校尚未填齐，暂不能计算差异系数",
    "single_part": "本学段只有一所学校，不计算差异系数",
    "zero_mean": "本学段均值不大于 0，不计算差异系数",
    "strict": "按放宽口径计算会超过限值，这一项仍按严格口径",
}


ByStage = Mapping[str, Mapping[str, "Coefficient"]]


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
        """In Chinese; empty when there is a coefficient."""
        return REASONS.get(self.reason, "")

    def as_json(self) -> dict[str, Any]:
        return {
            "mean": numbers.text(self.mean),
            "sd": numbers.text(self.sd),
            "cv": numbers.text(self.cv),
            "limit": numbers.text(self.limit),
            "passes": self.passes,
            "near_limit": self.near_limit,
            "reason": self.reason or None,
            "why": self.why,
            "contributions": [
                {"school_code": c.school_code, "share": numbers.text(c.share)} for c in self.contributions
            ],
        }


@dataclass(frozen=True, slots=True)
class PartFigure:
    """What a coefficient takes from one part: pupils Pᵢ, total xᵢ, value Xᵢ = xᵢ ÷ Pᵢ × factor."""

    school_code: str
    pupils: int
    numerator: Fraction
    value: Fraction


def of_stage(spec: Spec, stage: str, parts: Sequence[JudgedPart]) -> dict[str, Coefficient]:
    own = [part for part in parts if part.stage == stage]
    found = {}
    for position, indicator in enumerate(spec.resources):
        figures = []
        for part in own:
            judged = part.indicators[position]
            if judged.pupils is not None and judged.numerator is not None and judged.value is not None:
                figures.append(PartFigure(part.school.code, judged.pupils, judged.numerator, judged.value))
        if own and len(figures) == len(own):
            found[indicator.code] = of_figures(spec, stage, indicator, figures)
        else:
            reason = "missing" if own else "no_parts"
            found[indicator.code] = Coefficient(indicator, stage, spec.stages[stage].limit, reason=reason)
    return found


def of_figures(spec: Spec, stage: str, indicator: Indicator, figures: Sequence[PartFigure]) -> Coefficient:
    """A single part or a mean of 0 has a reason instead of a coefficient."""
    limit = spec.stages[stage].limit
    pupils = sum(part.pupils for part in figures)
    total = numbers.exact_sum(part.numerator for part in figures)
    mean = total * indicator.rule.factor / pupils
    if len(figures) == 1 or mean <= 0:
        reason = "single_part" if len(figures) == 1 else "zero_mean"
        return Coefficient(indicator, stage, limit, mean=mean, reason=reason)
    squares = numbers.exact_sum(numbers.rate(part.numerator, part.numerator, part.pupils) for part in figures)
    cv_squared = _square(pupils, total, squares)
    # Pᵢ(Xᵢ−X̄)² ÷ Σ Pⱼ(Xⱼ−X̄)², to 60 digits: shown, never judged.
    centre = numbers.decimal(mean)
    shares = numbers.shares([numbers.weighted_square(part.pupils, part.value, centre) for part in figures])
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
        contributions=tuple(Contribution(p.school_code, share) for p, share in zip(figures, shares, strict=True)),
    )


def favoured(strict: ByStage, relaxed: ByStage) -> dict[str, dict[str, Coefficient]]:
    """By stage and code the relaxed coefficients, except where only the strict one is within its limit.

    A relaxation is allowed, not demanded: it can widen the spread, but must not take away what the strict rule gives.
    ``reason`` says so.
    """
    found: dict[str, dict[str, Coefficient]] = {}
    for stage, by_code in relaxed.items():
        found[stage] = dict(by_code)
        for code, one in by_code.items():
            if one.passes is False and strict[stage][code].passes:
                found[stage][code] = replace(strict[stage][code], reason="strict")
    return found


def near(cv_squared: Fraction, limit: Fraction, places: int) -> bool:
    """临界: the coefficient printed to this many places would read as the other verdict.

    Rounded half up it reads ≤ limit exactly when it is below the next half step, so squares can be compared and no root
    is rounded first.
    """
    step = Fraction(1, 10**places)
    reads_as = (limit // step) * step + step / 2
    return (cv_squared < reads_as * reads_as) != (cv_squared <= limit * limit)


def _square(pupils: int, total: Fraction, squares: Fraction) -> Fraction:
    """CV² from P, T and Q; T must not be 0."""
    return squares * pupils / (total * total) - 1


@dataclass(frozen=True, slots=True)
class AnalysedPart:
    """A stage part as an analysis sees it.

    ``added`` is what one step (a teacher, 100 ㎡, 万元, a room given to the school) adds
    to this part's numerator: the part's split share of it. None when the share is not known.
    """

    school_code: str
    pupils: int
    numerator: Fraction
    added: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A coefficient over some parts, judged; ``reason`` (a key of REASONS) says why there is none."""

    squared: Fraction | None = None
    passes: bool | None = None
    near_limit: bool | None = None
    reason: str = ""

    @property
    def cv(self) -> Decimal | None:
        """To 60 digits, for printing."""
        return None if self.squared is None else numbers.root(self.squared)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one part does to the coefficient.

    ``share`` of the variance (0 to 1; None when all parts are alike); ``without`` the part;
    ``at_mean`` with it lifted to today's mean (None when it is there already); ``with_one_more``
    step (None when its split share is not known).
    """

    part: AnalysedPart
    value: Fraction
    from_mean: Fraction
    share: Fraction | None
    without: Spread
    at_mean: Spread | None
    with_one_more: Spread | None


@dataclass(frozen=True)
class Analysis:
    """One indicator over all parts of a stage; every part must have its figure. Squares decide, roots are only shown."""

    parts: tuple[AnalysedPart, ...]
    factor: Fraction
    limit: Fraction
    near_places: int

    @cached_property
    def now(self) -> Spread:
        return self._spread(len(self.parts), *self._sums)

    @cached_property
    def mean(self) -> Fraction | None:
        """X̄ in the indicator's unit; None without parts."""
        return None if self._per_pupil is None else self._per_pupil * self.factor

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """In order of the parts; empty without a coefficient."""
        return tuple(self.effect(part) for part in self.parts) if self.now.squared is not None else ()

    def effect(self, part: AnalysedPart) -> Effect:
        """ValueError without a coefficient."""
        mean = self._per_pupil
        if mean is None or self.now.squared is None:
            raise ValueError(f"没有差异系数：{self.now.reason}")
        pupils, total, squares = self._sums
        variance = squares - total * total / pupils  # Σ Pᵢ(xᵢ/Pᵢ − T/P)²
        distance = part.numerator / part.pupils - mean
        at_mean = mean * part.pupils
        return Effect(
            part=part,
            value=part.numerator * self.factor / part.pupils,
            from_mean=distance * self.factor,
            share=part.pupils * distance * distance / variance if variance else None,
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
            numbers.exact_sum(part.numerator * part.numerator / part.pupils for part in self.parts),
        )

    @cached_property
    def _per_pupil(self) -> Fraction | None:
        pupils, total, _ = self._sums
        return total / pupils if pupils else None

    def _changed(self, part: AnalysedPart, numerator: Fraction | None) -> Spread:
        """With another numerator at this part, or (None) without it."""
        pupils, total, squares = self._sums
        total, squares = total - part.numerator, squares - part.numerator * part.numerator / part.pupils
        if numerator is None:
            return self._spread(len(self.parts) - 1, pupils - part.pupils, total, squares)
        return self._spread(len(self.parts), pupils, total + numerator, squares + numerator * numerator / part.pupils)

    def _spread(self, count: int, pupils: int, total: Fraction, squares: Fraction) -> Spread:
        if count < 2 or total <= 0:
            return Spread(reason="no_parts" if not count else "single_part" if count == 1 else "zero_mean")
        squared = _square(pupils, total, squares)
        return Spread(squared, squared <= self.limit * self.limit, near(squared, self.limit, self.near_places))


def largest(effects: Sequence[Effect], count: int = 3) -> list[Effect]:
    """Parts with the largest share of the variance, ties by code; none at the mean."""
    away = [effect for effect in effects if effect.share]
    return sorted(away, key=lambda effect: (-effect.share, effect.part.school_code))[:count]  # type: ignore[operator]
