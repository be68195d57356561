"""The district board as plain values, and how its figures read."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from indicators.results.evaluations import judging
from indicators.results.evaluations.stored import (
    Relaxed,
    StoredCoefficient,
    StoredCondition,
    StoredFigure,
    StoredPart,
    StoredResult,
)
from indicators.standard.engine import Indicator, Spec, Tally, numbers as exact, tally
from portal.core.lib import numbers
from portal.core.lib.verdicts import CONDITIONS, NOT_APPLICABLE, VERDICTS
from portal.core.papers import charts
from portal.core.papers.tree import Figure

UP, DOWN, NONE = "▲", "▼", "—"


def printed(value: str | None, places: int) -> str:
    """An exact decimal string rounded half up; None is —."""
    return NONE if value is None else numbers.text(Decimal(value), places)


def distance(indicator: Indicator, figure: StoredFigure) -> tuple[str, str, str]:
    """Tone, sign and words: 高于标准 12.3%, 还差 3 名骨干教师 and whether the floor is met."""
    if figure.value is None:
        return "muted", NONE, "缺数据"
    if figure.reaches:
        above = numbers.half_up((Decimal(figure.value) / Decimal(figure.threshold) - 1) * 100, 1)
        return "ok", UP, f"达标，高 {above:f}%" if above else "达标"
    floor = "底线已过" if figure.reaches_floor else "未过底线"
    return "warn" if figure.reaches_floor else "bad", DOWN, f"{lacking(indicator, figure)}，{floor}"


def lacking(indicator: Indicator, figure: StoredFigure) -> str:
    """Rounded up to what can be added: 还差 3 名骨干教师, 全校还需 5 间网络多媒体教室."""
    if figure.lacking is not None:
        return figure.lacking
    # Engines before 2.4 stored the part's own gap alone, and do not say what the whole school needs.
    rule, whose = indicator.rule, "还差" if figure.share in (None, "1") else "本学段还差"
    return f"{whose} {exact.text(exact.ceil_to(Fraction(figure.gap or 0), rule.gap_step))} {rule.gap_unit}"


def gap(indicator: Indicator, figure: StoredFigure) -> str:
    """Under the heading 差距: 3 名骨干教师, 全校还需 5 间网络多媒体教室."""
    return lacking(indicator, figure).removeprefix("还差 ")


def part_reason(spec: Spec, part: StoredPart) -> str:
    """How many indicators reach the standard, which cannot be judged, which miss the floor."""
    figures = part.indicators
    unknown = [code for code, figure in figures.items() if figure.value is None]
    if unknown:
        counted = tally(figure.reaches for figure in figures.values())
        return f"{counted.words}：{'、'.join(sorted(unknown))} 缺数据" if len(unknown) < len(figures) else "缺数据"
    reached = sum(bool(figure.reaches) for figure in figures.values())
    below = sorted(code for code, figure in figures.items() if not figure.reaches_floor)
    words = [f"{reached} 项达标"]
    if reached < spec.min_reached:
        words.append(f"少于 {spec.min_reached} 项")
    if below:
        words.append(f"{'、'.join(below)} 未过 {spec.floor_text} 底线")
    elif reached < len(figures):
        words.append(f"其余已过 {spec.floor_text} 底线")
    return "，".join(words)


def coefficient_words(coefficient: StoredCoefficient) -> tuple[str, str]:
    """Tone and words against the limit."""
    if coefficient.passes is None:
        return "muted", coefficient.why or VERDICTS[None].words
    near = "，临界" if coefficient.near_limit else ""
    return ("ok", f"不超过限值{near}") if coefficient.passes else ("bad", f"超过限值{near}")


@dataclass(frozen=True, slots=True)
class RegisteredFacts:
    """What the register recorded of a school when it was judged (`judging.REGISTER`)."""

    name: str
    kind: str
    area: str
    sponsor: int
    boarding: bool
    status: str


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One indicator of one part as shown; `relaxed` with the school's relaxation for it, if it has one."""

    code: str
    name: str
    value: str
    tone: str
    sign: str
    words: str
    near: bool
    reaches: bool | None
    figure: StoredFigure
    relaxed: "BoardCell | None" = None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One stage part; `relaxed` with the school's relaxations, if it has any."""

    school_code: str
    facts: RegisteredFacts
    stage: str
    stage_label: str
    pupils: str
    cells: tuple[BoardCell, ...]
    passes: bool | None
    verdict: str
    tone: str
    reason: str
    relaxed: "BoardRow | None" = None

    @property
    def school(self) -> str:
        return self.facts.name

    @property
    def counted(self) -> Tally:
        """Indicators by reached, not reached, not judged."""
        return tally(cell.reaches for cell in self.cells)

    @property
    def further(self) -> list[tuple[str, str | int]]:
        return [(column.label, column.value(self)) for column in COLUMNS if column.on_page]


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column of the board in addition to the indicators: its head and what it says of a part.

    The file has all of them, with a width in characters and a number format; the page those `on_page`, before 结论.
    """

    label: str
    value: Callable[[BoardRow], str | int]
    width: float
    number_format: str = "General"
    on_page: bool = False
    before_indicators: bool = False


# The page says the kind, the area and the pupils below the school's name.
COLUMNS = (
    BoardColumn("学校类型", lambda row: row.facts.kind, 14, before_indicators=True),
    BoardColumn("城乡类型", lambda row: row.facts.area, 8, before_indicators=True),
    BoardColumn("在校生数", lambda row: row.pupils, 9, "0", before_indicators=True),
    BoardColumn("达标项数", lambda row: row.counted.passing, 8, "0"),
    BoardColumn("未达标项数", lambda row: row.counted.failing, 8, "0"),
    BoardColumn("待定项数", lambda row: row.counted.open, 8, "0"),
)


@dataclass(frozen=True, slots=True)
class Share:
    """A school's share of a coefficient's variance."""

    school_code: str
    school: str
    percent: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One indicator over a stage; `relaxed` where granted."""

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
    coefficient: StoredCoefficient
    relaxed: "Summary | None" = None

    @property
    def top_words(self) -> str:
        """甲学校 31.2%、乙学校 12.0%."""
        return "、".join(f"{share.school} {share.percent}" for share in self.top)


@dataclass(frozen=True, slots=True)
class StageBoard:
    """All parts of a stage and its summaries; `rows` may be filtered, the summaries never are."""

    stage: str
    label: str
    rows: tuple[BoardRow, ...]
    summaries: tuple[Summary, ...]
    total: int

    @property
    def limit(self) -> str:
        """One for all indicators of the stage."""
        return self.summaries[0].limit

    @property
    def has_shares(self) -> bool:
        return any(summary.top for summary in self.summaries)

    @property
    def further(self) -> list[str]:
        return [column.label for column in COLUMNS if column.on_page]

    @property
    def width(self) -> int:
        return len(self.summaries) + len(self.further) + 2


# How far a school is, in the colours of the charts; the last begins at so many times the standard.
_FAR = Decimal("1.2")
BANDS = (
    ("未过底线", "bad"),
    ("过底线，未达标", "warn-dot"),
    ("达标", "ok"),
    (f"达标 {_FAR} 倍以上", "accent"),
    ("缺数据", "edge"),
)


def _band(figure: StoredFigure) -> int:
    if figure.value is None:
        return 4
    if not figure.reaches:
        return 1 if figure.reaches_floor else 0
    return 3 if Decimal(figure.value) >= Decimal(figure.threshold) * _FAR else 2


def distribution(stage: StageBoard) -> Figure | None:
    """How many schools are how far from each standard; None without schools."""
    found = []
    for at, summary in enumerate(stage.summaries):
        bands = Counter(_band(row.cells[at].figure) for row in stage.rows)
        parts = tuple(bands[band] for band in range(len(BANDS)))
        words = "，".join(f"{name} {count}" for (name, _), count in zip(BANDS, parts, strict=True) if count)
        tail = f"未达标 {parts[0] + parts[1]} / {sum(parts)}"
        found.append(charts.ChartBar(f"{summary.code} {summary.name}", parts, tail, words))
    return next(charts.bars(f"{stage.label}各校指标值与标准比", found, BANDS), None) if stage.rows else None


def stages(
    spec: Spec, result: StoredResult, facts: Mapping[str, RegisteredFacts], relaxed: Relaxed | None = None
) -> tuple[StageBoard, ...]:
    """Of stages with schools, primary before junior."""
    boards = []
    for stage in spec.judged_stages:
        rows = tuple(row(spec, part, facts, relaxed) for part in result.parts if part.stage == stage)
        if not rows:
            continue
        summaries = []
        for indicator in spec.resources:
            one = _summary(spec, stage, indicator, result.coefficients[stage][indicator.code], facts)
            other = relaxed.coefficient(stage, indicator.code) if relaxed else None
            summaries.append(replace(one, relaxed=_summary(spec, stage, indicator, other, facts)) if other else one)
        boards.append(StageBoard(stage, spec.stages[stage].label, rows, tuple(summaries), len(rows)))
    return tuple(boards)


def row(spec: Spec, part: StoredPart, facts: Mapping[str, RegisteredFacts], relaxed: Relaxed | None = None) -> BoardRow:
    stage = spec.stages[part.stage]
    cells = []
    for indicator in spec.resources:
        cell = _cell(spec, indicator, part.indicators[indicator.code])
        figure = relaxed.figure(part, indicator.code) if relaxed else None
        cells.append(replace(cell, relaxed=_cell(spec, indicator, figure)) if figure else cell)
    other = relaxed.part(part) if relaxed else None
    verdict, tone = VERDICTS[part.passes]
    return BoardRow(
        school_code=part.school_code,
        facts=facts[part.school_code],
        stage=stage.code,
        stage_label=stage.label,
        pupils=part.pupils or NONE,
        cells=tuple(cells),
        passes=part.passes,
        verdict=verdict,
        tone=tone,
        reason=part_reason(spec, part),
        relaxed=row(spec, other, facts) if other else None,
    )


def _cell(spec: Spec, indicator: Indicator, figure: StoredFigure) -> BoardCell:
    tone, sign, words = distance(indicator, figure)
    return BoardCell(
        code=indicator.code,
        name=indicator.short_name,
        value=printed(figure.value, spec.printing["value"]),
        tone=tone,
        sign=sign,
        words=words,
        near=bool(figure.near_limit),
        reaches=figure.reaches,
        figure=figure,
    )


def _summary(
    spec: Spec, stage: str, indicator: Indicator, coefficient: StoredCoefficient, facts: Mapping[str, RegisteredFacts]
) -> Summary:
    tone, words = coefficient_words(coefficient)
    # The three schools the variance comes from most; ties by code, so that the order is stable.
    largest = sorted(coefficient.contributions, key=lambda one: (-Decimal(one.share), one.school_code))[:3]
    return Summary(
        code=indicator.code,
        name=indicator.short_name,
        unit=indicator.unit,
        threshold=exact.text(indicator.thresholds[stage]) or "",
        mean=printed(coefficient.mean, spec.printing["mean"]),
        cv=printed(coefficient.cv, spec.printing["cv"]),
        limit=spec.stages[stage].limit_text,
        tone=tone,
        words=words,
        near=bool(coefficient.near_limit),
        passes=coefficient.passes,
        top=tuple(
            Share(one.school_code, facts[one.school_code].name, printed(str(Decimal(one.share) * 100), 1) + "%")
            for one in largest
            if Decimal(one.share)
        ),
        coefficient=coefficient,
    )


@dataclass(frozen=True, slots=True)
class SchoolReason:
    """A school that does not meet a condition, or cannot be judged on it yet, and why."""

    school_code: str
    school: str
    why: str


@dataclass(frozen=True, slots=True)
class JudgedCondition:
    """One of B1–D1 with the schools in the way; `relaxed` where a relaxation was granted."""

    code: str
    name: str
    lines: tuple[str, ...]
    verdict: str
    tone: str
    near: bool
    failing: tuple[SchoolReason, ...]
    unknown: tuple[SchoolReason, ...]
    relaxed: "JudgedCondition | None" = None


def judged(
    spec: Spec, result: StoredResult, inputs: judging.StoredInputs, relaxed: Relaxed | None = None
) -> tuple[JudgedCondition, ...]:
    """B1–D1 in the standard's order (教督〔2017〕6号 二至四)."""
    names = judging.school_names(inputs)
    found = []
    for indicator in spec.indicators:
        code = indicator.code
        if code in result.conditions:
            strict = _condition(code, indicator.name, result.conditions[code], names)
            other = relaxed.condition(code) if relaxed else None
            found.append(replace(strict, relaxed=_condition(code, indicator.name, other, names)) if other else strict)
    return tuple(found)


def _condition(code: str, name: str, condition: StoredCondition, names: Mapping[str, str]) -> JudgedCondition:
    lines = [one.why for one in condition.conditions if one.why] or [condition.value or "", condition.why]
    verdict, tone = CONDITIONS[condition.passes] if condition.applicable else NOT_APPLICABLE
    failing, unknown = (
        tuple(
            SchoolReason(one.school_code, names[one.school_code], one.why)
            for one in condition.schools
            if one.passes is passes
        )
        for passes in (False, None)
    )
    return JudgedCondition(
        code, name, tuple(filter(None, lines)), verdict, tone, condition.near_limit, failing, unknown
    )
