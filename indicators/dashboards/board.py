"""The district board as plain values, built from an evaluation's exact result: pages, files and CLI show these."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.dashboards import figures
from indicators.engine import Spec
from indicators.engine import numbers as exact

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What the register said of a school when it was judged."""

    name: str
    kind: str
    area: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator of one part as shown."""

    code: str
    name: str
    value: str
    tone: str
    sign: str
    words: str
    near: bool
    reaches: bool | None
    figure: Json


@dataclass(frozen=True, slots=True)
class Row:
    """One stage part with its seven cells and its verdict."""

    school_code: str
    school: str
    kind: str
    area: str
    stage: str
    stage_label: str
    pupils: str
    cells: tuple[Cell, ...]
    passes: bool | None
    verdict: str
    tone: str
    reason: str


@dataclass(frozen=True, slots=True)
class Share:
    """A school's share of a coefficient's variance."""

    school_code: str
    school: str
    percent: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One indicator over a stage: mean, coefficient, limit and the schools it comes from."""

    code: str
    name: str
    unit: str
    threshold: str
    mean: str
    cv: str
    limit: str
    tone: str
    words: str
    near: bool
    passes: bool | None
    top: tuple[Share, ...]
    coefficient: Json


@dataclass(frozen=True, slots=True)
class StageBoard:
    """All parts of a stage and its seven summaries; `rows` may be filtered, the summaries never are."""

    stage: str
    label: str
    rows: tuple[Row, ...]
    summaries: tuple[Summary, ...]
    total: int

    @property
    def has_shares(self) -> bool:
        """Whether any coefficient could be traced to its schools."""
        return any(summary.top for summary in self.summaries)


def stages(spec: Spec, result: Json, facts: Mapping[str, SchoolFacts]) -> tuple[StageBoard, ...]:
    """Return the boards of the stages that have schools, primary before junior."""
    boards = []
    for stage in spec.judged_stages:
        rows = tuple(row(spec, part, facts) for part in result["parts"] if part["stage"] == stage)
        if rows:
            summaries = _summaries(spec, stage, result["coefficients"][stage], facts)
            boards.append(StageBoard(stage, spec.stages[stage].label, rows, summaries, len(rows)))
    return tuple(boards)


def row(spec: Spec, part: Json, facts: Mapping[str, SchoolFacts]) -> Row:
    """Return one part as a row of the matrix."""
    own, stage = facts[part["school_code"]], spec.stages[part["stage"]]
    verdict, tone = figures.VERDICTS[part["passes"]]
    return Row(
        school_code=part["school_code"],
        school=own.name,
        kind=own.kind,
        area=own.area,
        stage=stage.code,
        stage_label=stage.label,
        pupils=part["pupils"] or figures.NONE,
        cells=cells(spec, part),
        passes=part["passes"],
        verdict=verdict,
        tone=tone,
        reason=figures.part_reason(spec, part),
    )


def cells(spec: Spec, part: Json) -> tuple[Cell, ...]:
    """Return the seven cells of a part in the standard's order."""
    made = []
    for indicator in spec.resources:
        figure = part["indicators"][indicator.code]
        tone, sign, words = figures.distance(indicator, figure)
        value = figures.printed(figure["value"], spec.printing["value"])
        made.append(
            Cell(indicator.code, indicator.short_name, value, tone, sign, words, bool(figure["near_limit"]),
                 figure["reaches"], figure)
        )  # fmt: skip
    return tuple(made)


def _summaries(
    spec: Spec, stage: str, coefficients: Mapping[str, Json], facts: Mapping[str, SchoolFacts]
) -> tuple[Summary, ...]:
    made = []
    for indicator in spec.resources:
        told = coefficients[indicator.code]
        tone, words = figures.coefficient_words(told)
        made.append(
            Summary(
                code=indicator.code,
                name=indicator.short_name,
                unit=indicator.unit,
                threshold=exact.text(indicator.thresholds[stage]) or "",
                mean=figures.printed(told["mean"], spec.printing["mean"]),
                cv=figures.printed(told["cv"], spec.printing["cv"]),
                limit=figures.printed(told["limit"], 2),
                tone=tone,
                words=words,
                near=bool(told["near_limit"]),
                passes=told["passes"],
                top=_top(told["contributions"], facts),
                coefficient=told,
            )
        )
    return tuple(made)


def _top(contributions: list[Json], facts: Mapping[str, SchoolFacts]) -> tuple[Share, ...]:
    """The three schools the variance comes from most; ties by code, so that the order never wavers."""
    largest = sorted(contributions, key=lambda c: (-Decimal(c["share"]), c["school_code"]))[:3]
    return tuple(
        Share(c["school_code"], facts[c["school_code"]].name, figures.printed(str(Decimal(c["share"]) * 100), 1) + "%")
        for c in largest
        if Decimal(c["share"])
    )
