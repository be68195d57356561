"""What became of a district over the years and the months: points of the small lines, and charts of the same."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from indicators.results.evaluations import stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.milestones import pages
from indicators.standard.engine import tally
from portal.core.lib import numbers
from portal.core.papers import charts
from portal.core.papers.tree import Figure

# A line needs no more.
_YEARS, _MONTHS = 6, 12
_LINES = (("parts", "学校达标（分学段）", "accent"), ("coefficients", "差异系数达标", "warn-dot"))

_verdicts_of: stored.Cache[dict[str, pages.Verdicts]] = stored.Cache(40)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What a measure was in the newest evaluation of a year or month: so many of so many, none of them open."""

    name: str
    passing: int
    total: int

    @property
    def percent(self) -> Decimal:
        return Decimal(self.passing) / self.total * 100

    @property
    def words(self) -> str:
        return f"{self.passing}/{self.total}（{numbers.text(self.percent, 1)}%）"


def verdicts(evaluation: Evaluation) -> dict[str, pages.Verdicts]:
    def make() -> dict[str, pages.Verdicts]:
        result = stored.of(evaluation)
        vetoes = {veto.code: None if veto.happened is None else not veto.happened for veto in result.vetoes}
        return pages.verdicts(result) | {"vetoes": vetoes}

    return _verdicts_of.get(evaluation, make)


def by_year(newest_first: Iterable[Evaluation]) -> list[tuple[str, Evaluation]]:
    """Each year's newest with its name, oldest first."""
    found = _first_of_each(newest_first, lambda one: one.round.school_year_start)
    return [(str(year.year), found[year]) for year in sorted(found)][-_YEARS:]


def _month_of(one: Evaluation) -> dt.date:
    return timezone.localdate(one.data_as_of).replace(day=1)


def _first_of_each(
    newest_first: Iterable[Evaluation], key: Callable[[Evaluation], dt.date]
) -> dict[dt.date, Evaluation]:
    found: dict[dt.date, Evaluation] = {}
    for one in newest_first:
        found.setdefault(key(one), one)
    return found


def point(name: str, evaluation: Evaluation, measure: str) -> TrendPoint | None:
    """None where something was not judged: what is missing is no decline."""
    counted = tally(verdicts(evaluation)[measure].values())
    return TrendPoint(name, counted.passing, counted.total) if counted.total and not counted.open else None


def figures(newest_first: Sequence[Evaluation]) -> Iterator[Figure]:
    """Shares that pass, by year and by month, where there are two to compare."""
    last = _month_of(newest_first[0])
    since = dt.date(last.year - 1, last.month, 1)
    by_month = _first_of_each(newest_first, _month_of)
    months = [(f"{month:%Y-%m}", by_month[month]) for month in sorted(by_month) if since < month <= last]
    for caption, found in (
        ("历年达标比例（%）", by_year(newest_first)),
        ("近 12 个月达标比例（%）", months[-_MONTHS:]),
    ):
        drawn = []
        for measure, label, token in _LINES:
            points = [point(name, one, measure) for name, one in found]
            values = [one.percent if one else None for one in points]
            drawn.append(charts.ChartLine(label, token, values, [one.words if one else "—" for one in points]))
        yield from charts.lines(caption, [name for name, _ in found], drawn)
