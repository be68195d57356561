"""The coefficient of a few schools worked out three ways, every step in words with its numbers, and why they differ.

The two unweighted ways are how NOT to do it: every school alike, as spreadsheets do; never a verdict.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from indicators.standard.engine import Coefficient, Indicator, Spec, coefficients, numbers
from indicators.standard.engine.words import number
from indicators.standard.teaching.forms import ExampleSchool

T = TypeVar("T")


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
        return numbers.root(self.cv_squared)


def unweighted(values: Sequence[Fraction], *, sample: bool) -> Unweighted:
    """STDEVP (``sample``: STDEV, two values or more) ÷ AVERAGE; the mean must be above 0."""
    divisor = len(values) - sample
    mean = sum(values, Fraction(0)) / len(values)
    squares = tuple((value - mean) ** 2 for value in values)
    return Unweighted(divisor, mean, squares, sum(squares, Fraction(0)) / divisor / (mean * mean))


@dataclass(frozen=True, slots=True)
class SchoolStep:
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
    lines: tuple[SchoolStep, ...] = ()
    ways: tuple[Way, ...] = ()
    reasons: tuple[str, ...] = ()
    why_not: str = ""


def lesson(spec: Spec, stage: str, indicator: Indicator, schools: Sequence[ExampleSchool]) -> Lesson:
    """Two or more schools with pupils; the engine calculates the figures."""
    factor = indicator.rule.factor
    values = [school.amount * factor / school.pupils for school in schools]
    figures = [
        coefficients.PartFigure(school.name, school.pupils, school.amount, value)
        for school, value in zip(schools, values, strict=True)
    ]
    ruled = coefficients.of_figures(spec, stage, indicator, figures)
    label, limit = spec.stages[stage].label, spec.stages[stage].limit_text
    if ruled.cv_squared is None:
        return Lesson(indicator, label, limit, why_not=ruled.why)
    simple, sampled = unweighted(values, sample=False), unweighted(values, sample=True)
    page = _Printed(spec, schools, values)
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
        reasons=tuple(_reasons(schools, values, indicator, ruled, simple)),
    )


@dataclass(frozen=True, slots=True)
class _Printed:
    """The steps of the same schools, printed with the standard's number of places."""

    spec: Spec
    schools: Sequence[ExampleSchool]
    values: Sequence[Fraction]

    def value(self, figure: Fraction | Decimal | None) -> str:
        return numbers.printed(figure, self.spec.printing["value"])

    def cv(self, figure: Decimal | None) -> str:
        return numbers.printed(figure, self.spec.printing["cv"])

    def lines(self, indicator: Indicator, ruled: Coefficient, simple: Unweighted) -> tuple[SchoolStep, ...]:
        everybody, whole = sum(school.pupils for school in self.schools), sum(simple.squares, Fraction(0))
        scale = _scale(indicator)
        return tuple(
            SchoolStep(
                school.name,
                number(school.pupils),
                f"{number(school.amount)} {indicator.rule.numerator_unit}",
                f"{number(school.amount)} ÷ {school.pupils}{scale} ＝ {self.value(value)}",
                _percent(Fraction(school.pupils, everybody)),
                _percent(own.share),
                _percent(square / whole if whole else Fraction(0)),
            )
            for school, value, own, square in zip(
                self.schools, self.values, ruled.contributions, simple.squares, strict=True
            )
        )

    def ruled(self, indicator: Indicator, ruled: Coefficient) -> Way:
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
                f"{school.name}：{school.pupils} ÷ {everybody} ×{self._distance(value, mean)} ＝ {_term(term)}"
                for school, value, term in zip(self.schools, self.values, terms, strict=True)
            ),
            f"√（{_sum(terms, _term)}）＝ √{_term(variance)} ＝ {_sd(ruled.sd)}",
            f"{_sd(ruled.sd)} ÷ {mean} ＝ {self.cv(ruled.cv)}",
            self.cv(ruled.cv),
            bool(ruled.passes),
            bool(ruled.near_limit),
        )

    def simply(self, title: str, ruled: Coefficient, simple: Unweighted) -> Way:
        mean, whole = self.value(simple.mean), sum(simple.squares, Fraction(0))
        count = len(self.values)
        divided = f"{count}" if simple.divisor == count else f"（{count} － 1）"
        return Way(
            title,
            f"（{_sum(self.values, self.value)}）÷ {count} ＝ {mean}",
            tuple(
                f"{school.name}：{self._distance(value, mean)} ＝ {_term(square)}"
                for school, value, square in zip(self.schools, self.values, simple.squares, strict=True)
            ),
            f"√[（{_sum(simple.squares, _term)}）÷ {divided}] ＝ √{_term(whole / simple.divisor)} ＝ {_sd(simple.sd)}",
            f"{_sd(simple.sd)} ÷ {mean} ＝ {self.cv(simple.cv)}",
            self.cv(simple.cv),
            simple.cv_squared <= ruled.limit * ruled.limit,
        )

    def _distance(self, value: Fraction, mean: str) -> str:
        return f"（{self.value(value)} － {mean}）²"


def _sum(figures: Sequence[T], shown: Callable[[T], str]) -> str:
    return " ＋ ".join(shown(figure) for figure in figures)


def _sd(figure: Decimal | None) -> str:
    return numbers.printed(figure, 3)


def _scale(indicator: Indicator) -> str:
    factor = indicator.rule.factor
    return "" if factor == 1 else f" × {number(factor)}"


def _percent(share: Fraction | Decimal) -> str:
    """29.5%."""
    return f"{numbers.printed(share * 100, 1)}%"


def _reasons(
    schools: Sequence[ExampleSchool],
    values: Sequence[Fraction],
    indicator: Indicator,
    ruled: Coefficient,
    simple: Unweighted,
) -> Iterator[str]:
    if not any(simple.squares) or ruled.mean is None:
        yield "各校数值完全相同，没有差异，怎么算都是 0。"
        return
    if len({school.pupils for school in schools}) == 1:
        yield f"各校在校生相同，每校的分量都是 1/{len(schools)}，所以加权与不加权（总体标准差）结果完全相同。"
    else:
        # Whose weight Pᵢ/P instead of 1/n changes the variance most: (Pᵢ/P − 1/n)(Xᵢ−X̄)².
        everybody, alike = sum(school.pupils for school in schools), Fraction(1, len(schools))
        weights = [Fraction(school.pupils, everybody) for school in schools]
        squares = [(value - ruled.mean) ** 2 for value in values]
        changes = [abs((weight - alike) * square) for weight, square in zip(weights, squares, strict=True)]
        at = changes.index(max(changes))
        less, far = ("只", "就只有") if weights[at] > alike else ("却", "却有")
        yield (
            f"差别主要来自{schools[at].name}：它有 {schools[at].pupils} 名学生，占全部的 {_percent(weights[at])}，"
            f"不加权时{less}按 1/{len(schools)}（{_percent(alike)}）算。"
            f"它的数值是 {_value(values[at])} {indicator.unit}，与均值 {_value(ruled.mean)} 之差的平方，"
            f"乘 {_percent(weights[at])} 是 {_term(squares[at] * weights[at])}，"
            f"乘 {_percent(alike)} {far} {_term(squares[at] * alike)}。"
        )
        yield (
            f"均值也不同：规定用全部总量除以全部在校生，得 {_value(ruled.mean)} {indicator.unit}；"
            f"不加权是各校数值的简单平均，得 {_value(simple.mean)} {indicator.unit}。"
        )
    yield (
        f"样本标准差（STDEV.S）除以 n－1 ＝ {len(schools) - 1}，是抽样估计用的；"
        "这里是全部学校，不是抽样，所以它总比总体标准差（STDEV.P）大。"
    )


def _term(figure: Fraction) -> str:
    return numbers.printed(figure, 4)


def _value(figure: Fraction | None) -> str:
    return numbers.printed(figure, 2)
