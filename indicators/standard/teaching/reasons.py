"""Why the weighted and the simple coefficient of the same schools differ, in sentences."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from indicators.standard.engine import Indicator, numbers
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.teaching.forms import School
from indicators.standard.teaching.unweighted import Unweighted


def of(
    schools: Sequence[School], values: Sequence[Fraction], indicator: Indicator, ruled: Coefficient, simple: Unweighted
) -> tuple[str, ...]:
    """Return the sentences: who weighs how much, how the means differ, why n − 1 is wrong here."""
    return tuple(_sentences(schools, values, indicator, ruled, simple))


def percent(share: Fraction | Decimal) -> str:
    """A share as a percentage with one decimal, e.g. 29.5%."""
    return f"{numbers.printed(share * 100, 1)}%"


def _sentences(
    schools: Sequence[School], values: Sequence[Fraction], indicator: Indicator, ruled: Coefficient, simple: Unweighted
) -> Iterator[str]:
    if not any(simple.squares) or ruled.mean is None:
        yield "各校数值完全相同，没有差异，怎么算都是 0。"
        return
    if len({school.pupils for school in schools}) == 1:
        yield f"各校在校生相同，每校的分量都是 1/{len(schools)}，所以加权与不加权（总体标准差）结果完全相同。"
    else:
        yield _heaviest(schools, values, indicator, ruled.mean)
        yield (
            f"均值也不同：规定用全部总量除以全部在校生，得 {_value(ruled.mean)} {indicator.unit}；"
            f"不加权是各校数值的简单平均，得 {_value(simple.mean)} {indicator.unit}。"
        )
    yield (
        f"样本标准差（STDEV.S）除以 n－1 ＝ {len(schools) - 1}，是抽样估计用的；"
        "这里是全部学校，不是抽样，所以它总比总体标准差（STDEV.P）大。"
    )


def _heaviest(schools: Sequence[School], values: Sequence[Fraction], indicator: Indicator, mean: Fraction) -> str:
    """The school whose weight Pᵢ/P instead of 1/n changes the variance most: (Pᵢ/P − 1/n)(Xᵢ−X̄)²."""
    everybody, alike = sum(school.pupils for school in schools), Fraction(1, len(schools))
    weights = [Fraction(school.pupils, everybody) for school in schools]
    squares = [(value - mean) ** 2 for value in values]
    changes = [abs((weight - alike) * square) for weight, square in zip(weights, squares, strict=True)]
    at = changes.index(max(changes))
    less, far = ("只", "就只有") if weights[at] > alike else ("却", "却有")
    return (
        f"差别主要来自{schools[at].name}：它有 {schools[at].pupils} 名学生，占全部的 {percent(weights[at])}，"
        f"不加权时{less}按 1/{len(schools)}（{percent(alike)}）算。"
        f"它的数值是 {_value(values[at])} {indicator.unit}，与均值 {_value(mean)} 之差的平方，"
        f"乘 {percent(weights[at])} 是 {term(squares[at] * weights[at])}，"
        f"乘 {percent(alike)} {far} {term(squares[at] * alike)}。"
    )


def term(figure: Fraction) -> str:
    """A school's squared distance as the steps print it, with four decimals."""
    return numbers.printed(figure, 4)


def _value(figure: Fraction | None) -> str:
    return numbers.printed(figure, 2)
