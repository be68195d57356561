"""What the charts draw, as plain values for `json_script`; every chart stands beside a table that says the same."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.dashboards import figures
from indicators.dashboards.board import StageBoard
from indicators.engine import Spec


@dataclass(frozen=True, slots=True)
class Contribution:
    """A school's share of one coefficient's variance beside its value."""

    school_code: str
    school: str
    value: str
    pupils: str
    percent: str


@dataclass(frozen=True, slots=True)
class StageCharts:
    """A stage's board with its two charts and the contributions to one coefficient."""

    board: StageBoard
    limits: dict[str, Any]
    distribution: dict[str, Any]
    contributions: tuple[Contribution, ...]

    @property
    def has_coefficients(self) -> bool:
        """Whether at least one coefficient could be worked out."""
        return any(summary.coefficient["cv"] is not None for summary in self.board.summaries)

    @property
    def limits_id(self) -> str:
        """Element id of the coefficients' data."""
        return f"limits-{self.board.stage}"

    @property
    def distribution_id(self) -> str:
        """Element id of the distribution's data."""
        return f"distribution-{self.board.stage}"


def known(spec: Spec, code: str) -> str:
    """Return the indicator asked for, or the first one."""
    codes = [indicator.code for indicator in spec.resources]
    return code if code in codes else codes[0]


def of_stage(spec: Spec, board: StageBoard, code: str) -> StageCharts:
    """Return the charts of a stage: all seven coefficients, and one indicator over the schools."""
    return StageCharts(board, _limits(board), _distribution(spec, board, code), _contributions(board, code))


def _limits(board: StageBoard) -> dict[str, Any]:
    """Coefficients against their limit (data contract of static/js/charts.js)."""
    return {
        "kind": "coefficients",
        "title": f"{board.label}七项指标的差异系数",
        "unit": "",
        "limit": board.summaries[0].limit,
        "items": [
            {"label": f"{s.code} {s.name}", "value": s.coefficient["cv"], "text": s.cv, "tone": s.tone, "note": s.words}
            for s in board.summaries
        ],
    }


def _distribution(spec: Spec, board: StageBoard, code: str) -> dict[str, Any]:
    """One indicator over the schools, lowest first; schools without the figure last."""
    indicator = spec.indicator(code)
    cells = [(row.school, next(c for c in row.cells if c.code == code)) for row in board.rows]
    cells.sort(key=lambda pair: (pair[1].figure["value"] is None, Decimal(pair[1].figure["value"] or 0)))
    figure, summary = cells[0][1].figure, next(s for s in board.summaries if s.code == code)
    return {
        "kind": "distribution",
        "title": f"{board.label}各校{indicator.name}",
        "unit": indicator.unit,
        "limit": figure["threshold"],
        "floor": figure["floor"],
        "mean": None if summary.mean == figures.NONE else summary.mean,
        "items": [
            {"label": school, "value": cell.figure["value"], "text": cell.value, "tone": cell.tone, "note": cell.words}
            for school, cell in cells
        ],
    }


def _contributions(board: StageBoard, code: str) -> tuple[Contribution, ...]:
    rows = {row.school_code: row for row in board.rows}
    summary = next(s for s in board.summaries if s.code == code)
    shares = sorted(
        summary.coefficient["contributions"], key=lambda c: (-Decimal(c["share"]), c["school_code"])
    )  # fmt: skip
    made = []
    for entry in shares:
        row = rows[entry["school_code"]]
        value = next(cell.value for cell in row.cells if cell.code == code)
        percent = figures.printed(str(Decimal(entry["share"]) * 100), 1) + "%"
        made.append(Contribution(row.school_code, row.school, value, row.pupils, percent))
    return tuple(made)
