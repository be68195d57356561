"""Judges one part (a school's stage) on A1–A7: exact values, thresholds and gaps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from indicators.standard.engine import numbers, scope as scopes
from indicators.standard.engine.data import Answers, NotApplicable, SchoolData, figure
from indicators.standard.engine.spec import Indicator, Spec

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What the whole school lacks of something its stages share; with it every one of ``stages`` meets its bound.

    Exact, in the numerator's own unit: a part's gap ÷ its share, and the most where several parts fall short.
    """

    amount: Fraction
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedIndicator:
    """One indicator of one part. Everything is exact; None means it cannot be judged.

    ``waived`` are the missing fields that were answered 不适用 rather than left blank. ``short`` and
    ``short_of_floor`` are the school's where the part falls short of what it shares with other stages.
    """

    indicator: Indicator
    stage: str
    pupils: int | None
    figures: tuple[Fraction | None, ...]
    all_pupils: scopes.StagePupils
    share: Fraction | None
    numerator: Fraction | None
    value: Fraction | None
    reaches: bool | None
    reaches_floor: bool | None
    missing: tuple[str, ...]
    waived: tuple[str, ...]
    short: Shortfall | None = None
    short_of_floor: Shortfall | None = None

    @property
    def threshold(self) -> Fraction:
        """In the indicator's unit."""
        return self.indicator.thresholds[self.stage]

    @property
    def floor(self) -> Fraction:
        """85 % of the threshold, unrounded."""
        return self.indicator.floors[self.stage]

    @property
    def gap(self) -> Fraction | None:
        """In the numerator's own unit."""
        return self._lacking(self.threshold)

    @property
    def gap_to_floor(self) -> Fraction | None:
        return self._lacking(self.floor)

    @property
    def spare(self) -> Fraction | None:
        """By how much of the numerator the threshold is exceeded (negative: missed); None like the value."""
        if self.value is None or self.pupils is None:
            return None
        return (self.value - self.threshold) * self.pupils / self.indicator.rule.factor

    def _lacking(self, bound: Fraction) -> Fraction | None:
        if self.value is None or self.pupils is None:
            return None
        if self.value >= bound:
            return ZERO
        return (bound - self.value) * self.pupils / self.indicator.rule.factor

    def near_limit(self, places: int) -> bool | None:
        """临界: with figures printed to this many places the verdict would read otherwise."""
        if self.value is None:
            return None
        value = numbers.scaled_half_up(self.value, places)
        if _reads(value, self.threshold, places) != self.reaches:
            return True
        if self.reaches:
            return False
        # Official tables print the floor rounded (4.51 for 4.505): between the two is 临界 as well.
        printed_floor = Fraction(numbers.scaled_half_up(self.floor, places), 10**places)
        between = (self.value >= printed_floor) != self.reaches_floor
        return between or _reads(value, self.floor, places) != self.reaches_floor


def _reads(scaled: int, bound: Fraction, places: int) -> bool:
    """scaled × 10^-places ≥ bound."""
    return scaled * bound.denominator >= bound.numerator * 10**places


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """A school's stage with its indicators and whether it passes."""

    school: SchoolData
    stage: str
    pupils: int | None
    indicators: tuple[JudgedIndicator, ...]
    passes: bool | None
    single: bool

    @property
    def reached(self) -> int:
        return sum(result.reaches is True for result in self.indicators)

    def indicator(self, code: str) -> JudgedIndicator:
        """KeyError for a code it does not have."""
        for result in self.indicators:
            if result.indicator.code == code:
                return result
        raise KeyError(code)


def of_school(spec: Spec, school: SchoolData, scope: scopes.Scope) -> list[JudgedPart]:
    single = len(scope.pupils) == 1
    return [
        JudgedPart(school, stage, scope.pupils[stage], results, passes(spec, results), single)
        for stage, results in judge_stages(spec, school.given, scope.pupils).items()
    ]


def passes(spec: Spec, results: tuple[JudgedIndicator, ...]) -> bool | None:
    """At least 6 of 7 reached, the others at their floor; None if any cannot be judged."""
    if any(result.value is None for result in results):
        return None
    reached = sum(bool(result.reaches) for result in results)
    return reached >= spec.min_reached and all(result.reaches_floor for result in results)


def judge_stages(spec: Spec, answers: Answers, pupils: scopes.StagePupils) -> dict[str, tuple[JudgedIndicator, ...]]:
    """From whatever is answered; missing items are listed per indicator."""
    shares = shares_of(spec, pupils)
    rows = [judge(indicator, answers, pupils, shares) for indicator in spec.resources]
    return dict(zip(shares, zip(*rows, strict=True), strict=True))


def shares_of(spec: Spec, pupils: scopes.StagePupils) -> dict[str, Fraction | None]:
    """Of what stages share, by judged stage; None while pupils are blank."""
    known = {stage: count for stage, count in pupils.items() if count is not None}
    judged = [stage for stage in spec.judged_stages if stage in pupils]
    if len(known) < len(pupils):
        return dict.fromkeys(judged)
    if len(known) == 1:
        return dict.fromkeys(judged, Fraction(1))
    return {stage: scopes.split_share(scopes.split_weights(spec, known), known, stage) for stage in judged}


def judge(
    indicator: Indicator, answers: Answers, pupils: scopes.StagePupils, shares: Mapping[str, Fraction | None]
) -> tuple[JudgedIndicator, ...]:
    """One indicator over the stages of a school."""
    unknown = tuple(f"pupils_{stage}" for stage, count in pupils.items() if count is None)
    row = tuple(_judge(indicator, answers, pupils, stage, share, unknown) for stage, share in shares.items())
    if len(pupils) == 1 or not any(one.reaches is False and one.share for one in row):
        return row
    short = _shortfall({one.stage: (one.gap, one.share) for one in row})
    of_floor = _shortfall({one.stage: (one.gap_to_floor, one.share) for one in row})
    return tuple(
        replace(one, short=short if one.gap else None, short_of_floor=of_floor if one.gap_to_floor else None)
        for one in row
    )


def _shortfall(gaps: Mapping[str, tuple[Fraction | None, Fraction | None]]) -> Shortfall | None:
    lacking = {stage: gap / share for stage, (gap, share) in gaps.items() if gap and share}
    return Shortfall(max(lacking.values()), tuple(lacking)) if lacking else None


def _judge(
    indicator: Indicator,
    answers: Answers,
    pupils: scopes.StagePupils,
    stage: str,
    part_share: Fraction | None,
    unknown: tuple[str, ...],
) -> JudgedIndicator:
    formula = indicator.rule
    terms = formula.terms[stage]
    count = pupils[stage]
    figures = tuple(figure(answers, term.code) for term in terms)
    missing = tuple(t.code for t, f in zip(terms, figures, strict=True) if f is None)
    if formula.shared:
        missing = unknown + missing
    elif count is None:
        missing = (f"pupils_{stage}", *missing)
    numerator = value = None
    if count is not None and not missing:
        signed = zip(terms, figures, strict=True)
        numerator = sum((known if term.sign == 1 else -known for term, known in signed if known), ZERO)
        if formula.shared and part_share is not None and part_share != 1:
            numerator *= part_share
        value = numbers.rate(numerator, formula.factor, count)
    reaches = None if value is None else value >= indicator.thresholds[stage]
    reaches_floor = None if value is None else reaches or value >= indicator.floors[stage]
    return JudgedIndicator(
        indicator=indicator,
        stage=stage,
        pupils=count,
        figures=figures,
        all_pupils=pupils if formula.shared else {stage: count},
        share=part_share if formula.shared else None,
        numerator=numerator,
        value=value,
        reaches=reaches,
        reaches_floor=reaches_floor,
        missing=missing,
        waived=tuple(code for code in missing if isinstance(answers.get(code), NotApplicable)),
    )
