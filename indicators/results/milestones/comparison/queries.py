"""Everything of a comparison in a fixed number of queries."""

from dataclasses import dataclass

from indicators.results.milestones.comparison import district, returns, schools
from indicators.results.milestones.comparison.district import CoefficientLine, Line
from indicators.results.milestones.comparison.returns import Return
from indicators.results.milestones.comparison.schools import Moved, Row
from indicators.results.milestones.comparison.sides import Side


@dataclass(frozen=True, slots=True)
class Overview:
    """The district then and now, and what became of its schools."""

    headings: tuple[Line, ...]
    coefficients: tuple[CoefficientLine, ...]
    entered: tuple[Line, ...]
    vetoes: tuple[Line, ...]
    moved: tuple[Moved, ...]
    same: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All there is to say of two sides, with the rows of schools and returns that were asked for."""

    then: Side
    now: Side
    overview: Overview
    rows: tuple[Row, ...]
    returns: tuple[Return, ...]


def overview(then: Side, now: Side) -> Overview:
    """Return the district's part of a comparison; `same` = both judged exactly the same inputs."""
    return Overview(
        headings=district.headings(then, now),
        coefficients=district.coefficients(then, now),
        entered=district.entered(then, now),
        vetoes=district.vetoes(then, now),
        moved=schools.moved(then, now, schools.register(then, now)),
        same=then.evaluation.inputs_sha256 == now.evaluation.inputs_sha256,
    )


def parts(then: Side, now: Side) -> tuple[Row, ...]:
    """Return every stage part of either side."""
    return schools.rows(then, now, schools.register(then, now))


def handed_in(then: Side, now: Side) -> tuple[Return, ...]:
    """Return every respondent of either side."""
    return returns.rows(then, now)
