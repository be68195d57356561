"""The coefficient of a few schools worked out three ways, every step in words with its numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from indicators.standard.engine import Indicator, Spec, coefficients, numbers
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.words import number
from indicators.standard.teaching import reasons, unweighted
from indicators.standard.teaching.forms import School
from indicators.standard.teaching.unweighted import Unweighted

T = TypeVar("T")
_SD = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One school's row: how its value comes about and how much it weighs both ways."""

    name: str
    pupils: str
    amount: str
    formula: str
    of_pupils: str
    of_variance: str
    of_variance_simply: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way to work it out: what each step reads, and the verdict it would give."""

    title: str
    mean: str
    terms: tuple[str, ...]
    sd: str
    cv: str
    shown: str
    passes: bool
    near: bool = False


@dataclass(frozen=True, slots=True)
class Lesson:
    """The whole page; ``why_not`` instead of ways when the rule gives no coefficient."""

    indicator: Indicator
    stage: str
    limit: str
    lines: tuple[Line, ...] = ()
    ways: tuple[Way, ...] = ()
    reasons: tuple[str, ...] = ()
    why_not: str = ""


def of(spec: Spec, stage: str, indicator: Indicator, schools: Sequence[School]) -> Lesson:
    """Work out two or more schools with pupils; the rule's figures are the engine's own."""
    rows = [_row(indicator, school) for school in schools]
    ruled = coefficients.of_figures(spec, stage, indicator, rows)
    label, limit = spec.stages[stage].label, spec.stages[stage].limit_text
    if ruled.cv_squared is None:
        return Lesson(indicator, label, limit, why_not=ruled.why)
    values = [row.value for row in rows]
    simple, sampled = unweighted.population(values), unweighted.sample(values)
    page = _Page(spec, schools, values)
    return Lesson(
        indicator,
        label,
        limit,
        lines=page.lines(indicator, ruled, simple),
        ways=(
            page.ruled(indicator, ruled),
            page.simply("不加权，总体标准差（STDEV.P）", ruled, simple),
            page.simply("不加权，样本标准差（STDEV.S）", ruled, sampled),
        ),
        reasons=reasons.of(schools, values, indicator, ruled, simple),
    )


def _row(indicator: Indicator, school: School) -> coefficients.PartFigure:
    value = school.amount * indicator.rule.factor / school.pupils
    return coefficients.PartFigure(school.name, school.pupils, school.amount, value)


@dataclass(frozen=True, slots=True)
class _Page:
    """Prints steps of the same schools with the standard's number of places."""

    spec: Spec
    schools: Sequence[School]
    values: Sequence[Fraction]

    def value(self, figure: Fraction | Decimal | None) -> str:
        return numbers.printed(figure, self.spec.printing["value"])

    def cv(self, figure: Decimal | None) -> str:
        return numbers.printed(figure, self.spec.printing["cv"])

    def lines(self, indicator: Indicator, ruled: Coefficient, simple: Unweighted) -> tuple[Line, ...]:
        everybody, whole = sum(school.pupils for school in self.schools), sum(simple.squares, Fraction(0))
        scale = _scale(indicator)
        return tuple(
            Line(
                school.name,
                number(school.pupils),
                f"{number(school.amount)} {indicator.rule.numerator_unit}",
                f"{number(school.amount)} ÷ {school.pupils}{scale} ＝ {self.value(value)}",
                reasons.percent(Fraction(school.pupils, everybody)),
                reasons.percent(own.share),
                reasons.percent(square / whole if whole else Fraction(0)),
            )
            for school, value, own, square in zip(
                self.schools, self.values, ruled.contributions, simple.squares, strict=True
            )
        )

    def ruled(self, indicator: Indicator, ruled: Coefficient) -> Way:
        """The rule's way, from the engine's mean, shares of the variance and coefficient."""
        assert ruled.mean is not None and ruled.cv_squared is not None  # noqa: S101, PT018 there is a coefficient
        amounts, pupils = [s.amount for s in self.schools], [s.pupils for s in self.schools]
        total, everybody, mean = sum(amounts, Fraction(0)), sum(pupils), self.value(ruled.mean)
        variance = ruled.cv_squared * ruled.mean * ruled.mean
        terms = [Fraction(own.share) * variance for own in ruled.contributions]
        return Way(
            "按规定：按在校生加权",
            f"（{_sum(amounts, number)}）÷（{_sum(pupils, number)}）{_scale(indicator)}"
            f" ＝ {number(total)} ÷ {everybody}{_scale(indicator)} ＝ {mean}",
            tuple(
                f"{school.name}：{school.pupils} ÷ {everybody} ×{self._distance(value, mean)} ＝ {reasons.term(term)}"
                for school, value, term in zip(self.schools, self.values, terms, strict=True)
            ),
            f"√（{_sum(terms, reasons.term)}）＝ √{reasons.term(variance)} ＝ {_sd(ruled.sd)}",
            f"{_sd(ruled.sd)} ÷ {mean} ＝ {self.cv(ruled.cv)}",
            self.cv(ruled.cv),
            bool(ruled.passes),
            bool(ruled.near_limit),
        )

    def simply(self, title: str, ruled: Coefficient, simple: Unweighted) -> Way:
        """A way that weighs every school alike."""
        mean, whole = self.value(simple.mean), sum(simple.squares, Fraction(0))
        count = len(self.values)
        divided = f"{count}" if simple.divisor == count else f"（{count} － 1）"
        return Way(
            title,
            f"（{_sum(self.values, self.value)}）÷ {count} ＝ {mean}",
            tuple(
                f"{school.name}：{self._distance(value, mean)} ＝ {reasons.term(square)}"
                for school, value, square in zip(self.schools, self.values, simple.squares, strict=True)
            ),
            f"√[（{_sum(simple.squares, reasons.term)}）÷ {divided}] ＝ √{reasons.term(whole / simple.divisor)} ＝ {_sd(simple.sd)}",
            f"{_sd(simple.sd)} ÷ {mean} ＝ {self.cv(simple.cv)}",
            self.cv(simple.cv),
            simple.cv_squared <= ruled.limit * ruled.limit,
        )

    def _distance(self, value: Fraction, mean: str) -> str:
        return f"（{self.value(value)} － {mean}）²"


def _sum(figures: Sequence[T], shown: Callable[[T], str]) -> str:
    return " ＋ ".join(shown(figure) for figure in figures)


def _sd(figure: Decimal | None) -> str:
    return numbers.printed(figure, _SD)


def _scale(indicator: Indicator) -> str:
    factor = indicator.rule.factor
    return "" if factor == 1 else f" × {number(factor)}"
