"""What each school does to a coefficient, read from the stored result, and the number line that shows it."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from indicators.results.board import board
from indicators.results.board.board import BoardCell, BoardRow, StageBoard, Summary
from indicators.results.evaluations.stored import StoredResult
from indicators.standard.engine import AnalysedPart, Analysis, Effect, Indicator, Spec, Spread, largest, numbers
from portal.core.lib.numbers import half_up, plain

# With fewer, a school could work out another's figures from its own share (as survey groups under 5 are withheld).
FEWEST_TOLD = 5
# Moves of one teacher show in the fourth or fifth decimal.
CHANGE_PLACES = 5


@dataclass(frozen=True, slots=True)
class ChangedCoefficient:
    """A coefficient as it would be: printed, whether rounding hides the verdict, and whether the verdict turns.

    `number` is unrounded; None when there would be no coefficient.
    """

    text: str
    words: str
    tone: str
    number: Decimal | None


@dataclass(frozen=True, slots=True)
class StepEffect:
    """What one step more at the school does to the coefficient."""

    words: str
    text: str
    amount: Decimal | None
    outcome: ChangedCoefficient

    @property
    def sign(self) -> str:
        return {"降低": "▼", "升高": "▲"}.get(self.words, "")


@dataclass(frozen=True, slots=True)
class OwnInfluence:
    """All a school sees of a coefficient: its own share and the coefficient without it."""

    share: str
    without: ChangedCoefficient


@dataclass(frozen=True, slots=True)
class Influence:
    """One school part's contribution; figures printed, `effect` holds the exact ones."""

    row: BoardRow
    value: str
    near: bool
    from_mean: str
    share: str
    without: ChangedCoefficient
    at_mean: ChangedCoefficient
    one_more: StepEffect
    effect: Effect


@dataclass(frozen=True, slots=True)
class StageInfluence:
    """One indicator of one stage; without rows `why` says why nothing can be worked out."""

    board: StageBoard
    summary: Summary
    indicator: Indicator
    rows: tuple[Influence, ...]
    largest: tuple[Influence, ...]
    why: str

    @property
    def step(self) -> str:
        """1 名骨干教师, 100 ㎡教学及辅助用房."""
        rule = self.indicator.rule
        return f"{numbers.text(rule.trial_step)} {rule.gap_unit}"

    @property
    def lacks_shares(self) -> bool:
        """The evaluation is too old to say how figures were split."""
        return any(row.effect.part.added is None for row in self.rows)


def of_stage(spec: Spec, result: StoredResult, board: StageBoard, code: str) -> StageInfluence:
    """Largest share first, ties by code."""
    indicator, summary = spec.indicator(code), next(s for s in board.summaries if s.code == code)
    found = analysis(spec, result, board.stage, code)
    if found is None:
        return StageInfluence(board, summary, indicator, (), (), summary.coefficient.why)
    cells = {row.school_code: (row, next(c for c in row.cells if c.code == code)) for row in board.rows}
    ranked = sorted(found.effects, key=lambda e: (-(e.share or 0), e.part.school_code))
    rows = tuple(_influence(spec, *cells[e.part.school_code], found.now, e) for e in ranked)
    top = {effect.part.school_code for effect in largest(ranked)}
    return StageInfluence(board, summary, indicator, rows, tuple(r for r in rows if r.row.school_code in top), "")


def analysis(spec: Spec, result: StoredResult, stage: str, code: str) -> Analysis | None:
    """None without a coefficient. Exact to the 28 significant digits split numerators are stored with."""
    if result.coefficients[stage][code].cv is None:
        return None
    rule = spec.indicator(code).rule
    parts = []
    for part in result.parts:
        if part.stage == stage:
            figure = part.indicators[code]
            # One step at the school adds all of a teacher to the part, but only the split share of a room.
            share = figure.share if rule.shared else "1"
            added = None if share is None else Fraction(share) * rule.trial_step
            parts.append(
                AnalysedPart(part.school_code, int(figure.denominator or 0), Fraction(figure.numerator or 0), added)
            )
    return Analysis(
        parts=tuple(parts),
        factor=rule.factor,
        limit=spec.stages[stage].limit,
        near_places=spec.printing["near_cv"],
    )


def own(spec: Spec, found: Analysis | None, school_code: str) -> OwnInfluence | None:
    """None without a coefficient, or with so few schools that the others' figures could be calculated."""
    if found is None or len(found.parts) < FEWEST_TOLD:
        return None
    effect = found.effect(next(part for part in found.parts if part.school_code == school_code))
    return OwnInfluence(percent(spec, effect), outcome(spec, found.now, effect.without))


def outcome(spec: Spec, now: Spread, then: Spread | None, otherwise: str = board.NONE) -> ChangedCoefficient:
    """`otherwise` when there is nothing to change."""
    if then is None:
        return ChangedCoefficient(otherwise, "", "muted", None)
    if then.cv is None:
        return ChangedCoefficient("不能计算", "", "muted", None)
    words = [] if then.passes == now.passes else ["变为不超限" if then.passes else "变为超限"]
    tone = "" if not words else "ok" if then.passes else "bad"
    if then.near_limit:
        words.append("临界")
    return ChangedCoefficient(board.printed(str(then.cv), spec.printing["cv"]), "，".join(words), tone, then.cv)


def _influence(spec: Spec, row: BoardRow, cell: BoardCell, now: Spread, effect: Effect) -> Influence:
    then, new = effect.with_one_more, outcome(spec, now, effect.with_one_more)
    one_more = StepEffect("", board.NONE, None, new)
    if then and then.squared is not None and now.squared is not None and now.cv is not None and then.cv is not None:
        amount = then.cv - now.cv
        shown, least = half_up(abs(amount), CHANGE_PLACES), Decimal(1).scaleb(-CHANGE_PLACES)
        words = "降低" if then.squared < now.squared else "升高"
        one_more = StepEffect(words, f"{shown:f}" if shown else f"不足 {least:f}", amount, new)
        if then.squared == now.squared:
            one_more = StepEffect("不变", "", Decimal(0), new)
    return Influence(
        row=row,
        value=cell.value,
        near=cell.near,
        from_mean=f"{half_up(effect.from_mean, spec.printing['value']):+f}",
        share=percent(spec, effect),
        without=outcome(spec, now, effect.without),
        at_mean=outcome(spec, now, effect.at_mean, "已不低于均值"),
        one_more=one_more,
        effect=effect,
    )


def percent(spec: Spec, effect: Effect) -> str:
    """Of the variance; 0 if all schools are alike."""
    return f"{half_up((effect.share or Fraction(0)) * 100, spec.printing['percent']):f}%"


# Places left free at both ends, in percent.
_MARGIN = Decimal(5)
# In pixels: half the height of the number of a rank; above the dots, around their lanes, below the axis.
_RANK = 7
_TOP, _HALF, _BELOW = 40, 18, 24
_TICKS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Canvas:
    """In pixels: the width overlaps are judged at, the radii, the height of a lane; how many lanes on each side."""

    width: int
    smallest: int
    largest: int
    lane: int
    lanes: int


WIDE = Canvas(width=900, smallest=4, largest=13, lane=17, lanes=3)
PHONE = Canvas(width=250, smallest=3, largest=7, lane=13, lanes=6)


class Ends(NamedTuple):
    """A stretch of the line, in percent."""

    low: Decimal
    high: Decimal

    @property
    def width(self) -> Decimal:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Dot:
    """A school: place in percent, lane above (−) or below the line, radius in pixels; `rank` 1–3 weighs most.

    `under` puts the number of the rank below the circle, where another one stands above it.
    """

    row: BoardRow
    cell: BoardCell
    x: Decimal
    lane: int
    radius: int
    rank: int
    under: bool = False
    y: int = 0

    @property
    def words(self) -> str:
        near = "，临界" if self.cell.near else ""
        return f"{self.row.school}：{self.cell.value}，{self.cell.words}{near}，在校生 {self.row.pupils} 人"

    @property
    def number(self) -> str:
        return " ①②③"[self.rank]

    @property
    def number_y(self) -> int:
        return self.y + (self.radius + 13 if self.under else -self.radius - 2)


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place: a tick, the mean, the threshold."""

    x: Decimal
    label: str

    @property
    def anchor(self) -> str:
        return "start" if self.x < 15 else "end" if self.x > 85 else "middle"


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One indicator over a stage. `band` is mean ± limit × mean, `deviation` mean ± standard deviation:
    the coefficient exceeds its limit exactly when the deviation leaves the band."""

    influence: StageInfluence
    dots: tuple[Dot, ...]
    ticks: tuple[Mark, ...]
    threshold: Mark
    mean: Mark | None
    band: Ends | None
    deviation: Ends | None
    axis: int
    height: int

    @property
    def title(self) -> str:
        return f"{self.influence.board.label}各校{self.influence.indicator.name}"

    @property
    def description(self) -> str:
        influence, summary, unit = self.influence, self.influence.summary, self.influence.indicator.unit
        words = f"{len(self.dots)} 所（部）按指标值排列，标准 {summary.threshold} {unit}"
        if influence.why:
            return f"{words}。{influence.why}。"
        most = "、".join(f"{one.row.school} {one.value}（占 {one.share}）" for one in influence.largest)
        return (
            f"{words}，均值 {summary.mean} {unit}，差异系数 {summary.cv}，限值 {summary.limit}，{summary.words}。"
            f"影响最大：{most or '各校相同'}。"
        )

    @property
    def drawn(self) -> list[Dot]:
        """The three with the most weight last, so that nothing covers them."""
        return sorted(self.dots, key=lambda dot: dot.rank > 0)


@dataclass(frozen=True, slots=True)
class _Scale:
    low: Decimal
    high: Decimal

    def place(self, value: Decimal) -> Decimal:
        """Percent of the width, to 2 decimals."""
        reach = (value - self.low) / (self.high - self.low)
        return half_up(_MARGIN + (100 - 2 * _MARGIN) * reach, 2)

    def ticks(self) -> tuple[Mark, ...]:
        """Four to six round values."""
        rough = (self.high - self.low) / 5
        power = Decimal(1).scaleb(rough.adjusted())
        step = next(nice * power for nice in _TICKS if nice * power >= rough)
        first = (self.low / step).to_integral_value(ROUND_CEILING)
        last = (self.high / step).to_integral_value(ROUND_FLOOR)
        values = (step * (first + count) for count in range(int(last - first) + 1))
        return tuple(Mark(self.place(value), plain(value)) for value in values)


def line_of_stage(influence: StageInfluence, canvas: Canvas = WIDE) -> NumberLine | None:
    """None while no school has the figure."""
    board, summary, code = influence.board, influence.summary, influence.indicator.code
    cells = ((row, next(c for c in row.cells if c.code == code)) for row in board.rows)
    known = [(row, cell, Decimal(cell.figure.value)) for row, cell in cells if cell.figure.value is not None]
    if not known:
        return None
    found, threshold = summary.coefficient, Decimal(summary.threshold)
    mean = band = deviation = None
    if found.cv is not None and found.mean is not None and found.sd is not None:
        mean, sd = Decimal(found.mean), Decimal(found.sd)
        reach = mean * Decimal(found.limit)
        band, deviation = Ends(mean - reach, mean + reach), Ends(mean - sd, mean + sd)
    values = [*(value for _, _, value in known), threshold, *(band or ()), *(deviation or ())]
    low, high = min(values), max(values)
    scale = _Scale(low, high if high > low else low + 1)
    ranks = {one.row.school_code: rank for rank, one in enumerate(influence.largest, 1)}
    largest = max(int(row.pupils) for row, _, _ in known)
    dots = []
    for row, cell, value in known:
        # The area grows with the pupils; the smallest can still be hit.
        radius = max(canvas.smallest, isqrt(canvas.largest * canvas.largest * int(row.pupils) // largest))
        dots.append(Dot(row, cell, scale.place(value), 0, radius, ranks.get(row.school_code, 0)))
    placed = _ranked(_laned(dots, canvas), canvas)
    middle = _TOP + _HALF + max(abs(dot.lane) for dot in placed) * canvas.lane
    axis = 2 * middle - _TOP
    return NumberLine(
        influence=influence,
        dots=tuple(replace(dot, y=middle + dot.lane * canvas.lane) for dot in placed),
        ticks=scale.ticks(),
        threshold=Mark(scale.place(threshold), f"标准 {summary.threshold}"),
        mean=None if mean is None else Mark(scale.place(mean), f"均值 {summary.mean}"),
        band=Ends(*map(scale.place, band)) if band else None,
        deviation=Ends(*map(scale.place, deviation)) if deviation else None,
        axis=axis,
        height=axis + _BELOW,
    )


def _laned(dots: list[Dot], canvas: Canvas) -> tuple[Dot, ...]:
    """Moves dots that would cover each other to lanes above and below; the largest stay near the line."""
    lanes = sorted(range(-canvas.lanes, canvas.lanes + 1), key=lambda lane: (abs(lane), lane))
    placed: list[Dot] = []
    for dot in sorted(dots, key=lambda d: (-d.radius, d.row.school_code)):
        near = [other for other in placed if abs(other.x - dot.x) * canvas.width < 100 * (other.radius + dot.radius)]
        taken = {other.lane for other in near}
        placed.append(replace(dot, lane=next((lane for lane in lanes if lane not in taken), 0)))
    return tuple(sorted(placed, key=lambda d: (d.x, d.row.school_code)))


def _ranked(dots: tuple[Dot, ...], canvas: Canvas) -> tuple[Dot, ...]:
    """Puts the number of a rank under its circle where another number or ranked circle is above."""
    first = sorted((dot for dot in dots if dot.rank), key=lambda d: d.rank)
    # Places and half sizes of what a number must keep clear of, in pixels.
    circles = {dot.row.school_code: (dot.x * canvas.width / 100, dot.lane * canvas.lane, dot.radius) for dot in first}
    written: list[tuple[Decimal, int, int]] = []
    under: set[str] = set()
    for dot in first:
        taken = [*written, *(circle for code, circle in circles.items() if code != dot.row.school_code)]
        x, y, radius = circles[dot.row.school_code]
        place = (x, y - radius - _RANK, _RANK)
        if any(abs(x - left) < _RANK + half and abs(place[1] - top) < _RANK + half for left, top, half in taken):
            under.add(dot.row.school_code)
            place = (x, y + radius + _RANK, _RANK)
        written.append(place)
    return tuple(replace(dot, under=True) if dot.row.school_code in under else dot for dot in dots)
