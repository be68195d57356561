"""The district board as plain values, built from an evaluation's exact result: pages, files and CLI show these."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from indicators.results.board import figures
from indicators.results.evaluations.relaxed import Relaxed
from indicators.standard.engine import Indicator, Spec
from indicators.standard.engine import numbers as exact

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What the register said of a school when it was judged."""

    name: str
    kind: str
    area: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator of one part as shown; ``relaxed`` with the school's relaxation for it, if it has one."""

    code: str
    name: str
    value: str
    tone: str
    sign: str
    words: str
    near: bool
    reaches: bool | None
    figure: Json
    relaxed: "Cell | None" = None


@dataclass(frozen=True, slots=True)
class Row:
    """One stage part with its cells and its verdict; ``relaxed`` with the school's relaxations, if it has any."""

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
    relaxed: "Row | None" = None


@dataclass(frozen=True, slots=True)
class Share:
    """A school's share of a coefficient's variance."""

    school_code: str
    school: str
    percent: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One indicator over a stage: mean, coefficient, limit and the schools it comes from; ``relaxed`` where granted."""

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
    relaxed: "Summary | None" = None


@dataclass(frozen=True, slots=True)
class StageBoard:
    """All parts of a stage and its summaries; `rows` may be filtered, the summaries never are."""

    stage: str
    label: str
    rows: tuple[Row, ...]
    summaries: tuple[Summary, ...]
    total: int

    @property
    def has_shares(self) -> bool:
        """Whether any coefficient could be traced to its schools."""
        return any(summary.top for summary in self.summaries)


def stages(
    spec: Spec, result: Json, facts: Mapping[str, SchoolFacts], relaxed: Relaxed | None = None
) -> tuple[StageBoard, ...]:
    """Return the boards of the stages that have schools, primary before junior."""
    boards = []
    for stage in spec.judged_stages:
        rows = tuple(row(spec, part, facts, relaxed) for part in result["parts"] if part["stage"] == stage)
        if rows:
            summaries = _summaries(spec, stage, result["coefficients"][stage], facts, relaxed)
            boards.append(StageBoard(stage, spec.stages[stage].label, rows, summaries, len(rows)))
    return tuple(boards)


def row(spec: Spec, part: Json, facts: Mapping[str, SchoolFacts], relaxed: Relaxed | None = None) -> Row:
    """Return one part as a row of the matrix, beside it what its school's relaxations make of it."""
    other = relaxed.part(part) if relaxed else None
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
        cells=tuple(_cells(spec, part, relaxed)),
        passes=part["passes"],
        verdict=verdict,
        tone=tone,
        reason=figures.part_reason(spec, part),
        relaxed=row(spec, other, facts) if other else None,
    )


def _cells(spec: Spec, part: Json, relaxed: Relaxed | None) -> Iterator[Cell]:
    """The cells of a part in the standard's order."""
    for indicator in spec.resources:
        made = _cell(spec, indicator, part["indicators"][indicator.code])
        other = relaxed.figure(part, indicator.code) if relaxed else None
        yield replace(made, relaxed=_cell(spec, indicator, other)) if other else made


def _cell(spec: Spec, indicator: Indicator, figure: Json) -> Cell:
    tone, sign, words = figures.distance(indicator, figure)
    value = figures.printed(figure["value"], spec.printing["value"])
    return Cell(
        indicator.code,
        indicator.short_name,
        value,
        tone,
        sign,
        words,
        bool(figure["near_limit"]),
        figure["reaches"],
        figure,
    )


def _summaries(
    spec: Spec, stage: str, coefficients: Mapping[str, Json], facts: Mapping[str, SchoolFacts], relaxed: Relaxed | None
) -> tuple[Summary, ...]:
    made = []
    for indicator in spec.resources:
        one = _summary(spec, stage, indicator, coefficients[indicator.code], facts)
        other = relaxed.coefficient(stage, indicator.code) if relaxed else None
        made.append(replace(one, relaxed=_summary(spec, stage, indicator, other, facts)) if other else one)
    return tuple(made)


def _summary(spec: Spec, stage: str, indicator: Indicator, told: Json, facts: Mapping[str, SchoolFacts]) -> Summary:
    tone, words = figures.coefficient_words(told)
    return Summary(
        code=indicator.code,
        name=indicator.short_name,
        unit=indicator.unit,
        threshold=exact.text(indicator.thresholds[stage]) or "",
        mean=figures.printed(told["mean"], spec.printing["mean"]),
        cv=figures.printed(told["cv"], spec.printing["cv"]),
        limit=spec.stages[stage].limit_text,
        tone=tone,
        words=words,
        near=bool(told["near_limit"]),
        passes=told["passes"],
        top=_top(told["contributions"], facts),
        coefficient=told,
    )


def _top(contributions: list[Json], facts: Mapping[str, SchoolFacts]) -> tuple[Share, ...]:
    """The three schools the variance comes from most; ties by code, so that the order never wavers."""
    largest = sorted(contributions, key=lambda c: (-Decimal(c["share"]), c["school_code"]))[:3]
    return tuple(
        Share(c["school_code"], facts[c["school_code"]].name, figures.printed(str(Decimal(c["share"]) * 100), 1) + "%")
        for c in largest
        if Decimal(c["share"])
    )
