"""三个增长 (教育法 §56): whether what is spent on education rises from one year to the next, by stage.

Judged apart from the verdict of 教督〔2017〕6号, never part of it.
"""

from dataclasses import dataclass
from fractions import Fraction

from indicators.standard.engine import numbers
from indicators.standard.engine.conditions import together
from indicators.standard.engine.data import Answers, figure
from indicators.standard.engine.spec import Growth, Rising, Spec


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """One figure of two years; ``against`` is the growth it has to exceed, in per cent, None where it only has to rise."""

    rising: Rising
    now: Fraction | None
    before: Fraction | None
    rate: Fraction | None
    against: Fraction | None
    passes: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class GrowthResult:
    """One of the three conditions: all its figures have to rise."""

    growth: Growth
    lines: tuple[GrowthLine, ...]

    @property
    def passes(self) -> bool | None:
        """None while a figure of either year is missing."""
        return together(line.passes for line in self.lines)


def judge(spec: Spec, answers: Answers) -> tuple[GrowthResult, ...]:
    places = spec.printing["percent"]
    found = []
    for growth in spec.growths:
        other, lines = _rate(growth.faster_than, answers) if growth.faster_than else None, []
        for rising in growth.rising:
            now, before = figure(answers, rising.now), figure(answers, rising.before)
            rate = _rate(rising, answers)
            why = _figures(spec, rising, answers, rate)
            if growth.faster_than:
                passes = None if rate is None or other is None else rate > other
                why += f"；{_figures(spec, growth.faster_than, answers, other)}"
                alike = numbers.printed(rate, places) == numbers.printed(other, places)
                if passes is not None and rate != other and alike:
                    why += "（临界，以未四舍五入的数为准）"
            else:
                passes = None if now is None or before is None else now > before
            lines.append(GrowthLine(rising, now, before, rate, other, passes, why))
        found.append(GrowthResult(growth, tuple(lines)))
    return tuple(found)


def _rate(rising: Rising, answers: Answers) -> Fraction | None:
    """In per cent; None while a year is missing, and where nothing was there to grow from."""
    now, before = figure(answers, rising.now), figure(answers, rising.before)
    return None if now is None or not before else (now - before) * 100 / before


def _figures(spec: Spec, rising: Rising, answers: Answers, rate: Fraction | None) -> str:
    """生均教育经费 上年 13850 元，本年 14270 元，增长 3.0%."""
    years = []
    for year, code in (("上年", rising.before), ("本年", rising.now)):
        value = numbers.text(figure(answers, code))
        years.append(f"{year} {f'{value} {rising.unit}' if value else '待填'}")
    shown = "，".join(years)
    if rate is not None:
        shown += f"，{'下降' if rate < 0 else '增长'} {numbers.printed(abs(rate), spec.printing['percent'])}%"
    elif figure(answers, rising.before) == 0 and figure(answers, rising.now) is not None:
        shown += "，上年为 0，算不出增长率"
    return f"{rising.label} {shown}"
