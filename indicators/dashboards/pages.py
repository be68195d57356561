"""What the coefficients page draws: the overview of all coefficients, and each stage's line and table."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString

from indicators.dashboards import drawing, markup, number_line
from indicators.dashboards.board import StageBoard, Summary
from indicators.dashboards.forms import CoefficientFilter
from indicators.dashboards.influence import StageInfluence
from indicators.dashboards.queries import Content


@dataclass(frozen=True, slots=True)
class OverviewCell:
    """One indicator's coefficient of one stage with its bar."""

    stage: StageBoard
    summary: Summary
    gauge: SafeString


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of the chosen indicator: drawing (None while no school has the figure) and table rows."""

    influence: StageInfluence
    line: SafeString | None
    rows: list[SafeString]


def overview(content: Content) -> list[list[OverviewCell]]:
    """Return a row per indicator with a cell per stage, all bars on one scale."""
    told = [summary.coefficient for stage in content.stages for summary in stage.summaries]
    top = max(
        (Decimal(one[key]) for one in told for key in ("cv", "limit") if one[key] is not None), default=Decimal(1)
    )
    rows = zip(*(stage.summaries for stage in content.stages), strict=True)
    return [
        [
            OverviewCell(stage, summary, drawing.gauge(summary, top))
            for stage, summary in zip(content.stages, row, strict=True)
        ]
        for row in rows
    ]


def stage(influence: StageInfluence, form: CoefficientFilter, address: Callable[[str], str]) -> StageView:
    """Return a stage's drawing and its rows in the order asked for; `address` gives a school's page by code."""
    line = number_line.of_stage(influence)
    drawn = drawing.number_line(line, f"line-{influence.board.stage}", address) if line else None
    rows = [markup.influence(one, address(one.row.school_code)) for one in form.ordered(influence.rows)]
    return StageView(influence, drawn, rows)
