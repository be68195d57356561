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


def known(spec: Spec, code: str) -> str:
    """Return the indicator asked for, or the first one."""
    codes = [indicator.code for indicator in spec.resources]
    return code if code in codes else codes[0]


def of_stage(spec: Spec, board: StageBoard, code: str) -> StageCharts:
    """Return the charts of a stage: all seven coefficients, and one indicator over the schools."""
    return StageCharts(board, _limits(board), _distribution(spec, board, code), _contributions(board, code))


def _limits(board: StageBoard) -> dict[str, Any]:
    """Coefficients against their limit, for static/js/charts.js kind `limit`."""
    return {
        "kind": "limit",
        "title": f"{board.label}差异系数",
        "labels": [f"{s.code} {s.name}" for s in board.summaries],
        "values": [None if s.cv == figures.NONE else s.cv for s in board.summaries],
        "limit": board.summaries[0].limit,
        "limitLabel": f"限值 {board.summaries[0].limit}",
    }


def _distribution(spec: Spec, board: StageBoard, code: str) -> dict[str, Any]:
    """One indicator over the schools, lowest first, for static/js/charts.js kind `bars`."""
    indicator = spec.indicator(code)
    pairs = [(row.school, cell) for row in board.rows for cell in row.cells if cell.code == code]
    known_pairs = sorted((p for p in pairs if p[1].figure["value"]), key=lambda p: Decimal(p[1].figure["value"]))
    summary = next(s for s in board.summaries if s.code == code)
    return {
        "kind": "bars",
        "title": f"{board.label}{indicator.short_name}分布",
        "unit": indicator.unit,
        "labels": [name for name, _ in known_pairs],
        "values": [cell.value for _, cell in known_pairs],
        "tones": [cell.tone for _, cell in known_pairs],
        "lines": [
            {"label": f"标准 {summary.threshold}", "value": summary.threshold},
            {"label": f"均值 {summary.mean}", "value": None if summary.mean == figures.NONE else summary.mean},
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
