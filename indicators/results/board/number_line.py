"""Where schools stand on a line by their value: places in percent of its width, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isqrt

from indicators.results.board.board import Cell, Row, Summary
from indicators.results.board.influence import StageInfluence
from portal.core.lib import numbers

# Places left free at both ends, in percent.
_MARGIN = Decimal(5)
# Half the height of the number of a rank, in pixels.
_RANK = 7
Ends = tuple[Decimal, Decimal]
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


@dataclass(frozen=True, slots=True)
class Dot:
    """A school: place in percent, lane above (−) or below the line, radius in pixels; `rank` 1–3 weighs most.

    `under` puts the number of the rank below the circle, where another one stands above it.
    """

    row: Row
    cell: Cell
    x: Decimal
    lane: int
    radius: int
    rank: int
    under: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place: a tick, the mean, the threshold."""

    x: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One indicator over a stage. `band` is mean ± limit × mean, `deviation` mean ± standard deviation:
    the coefficient exceeds its limit exactly when the deviation leaves the band."""

    title: str
    told: str
    dots: tuple[Dot, ...]
    ticks: tuple[Mark, ...]
    threshold: Mark
    mean: Mark | None
    band: Ends | None
    deviation: Ends | None
    lanes: int
    canvas: Canvas


@dataclass(frozen=True, slots=True)
class _Scale:
    low: Decimal
    high: Decimal

    def place(self, value: Decimal) -> Decimal:
        """Percent of the width, to 2 decimals."""
        reach = (value - self.low) / (self.high - self.low)
        return numbers.half_up(_MARGIN + (100 - 2 * _MARGIN) * reach, 2)


def of_stage(influence: StageInfluence, canvas: Canvas = WIDE) -> NumberLine | None:
    """Return the line of a stage's schools as it fits a canvas; None while no school has the figure."""
    board, summary, code = influence.board, influence.summary, influence.indicator.code
    cells = ((row, next(c for c in row.cells if c.code == code)) for row in board.rows)
    known = [(row, cell) for row, cell in cells if cell.figure["value"] is not None]
    if not known:
        return None
    threshold, mean, band, deviation = _bounds(summary)
    values = [Decimal(cell.figure["value"]) for _, cell in known]
    scale = _scale([*values, threshold, *(band or ()), *(deviation or ())])
    dots = _ranked(_laned(_dots(known, scale, influence, canvas), canvas), canvas)
    return NumberLine(
        title=f"{board.label}各校{influence.indicator.name}",
        told=_told(influence, len(dots)),
        dots=dots,
        ticks=_ticks(scale),
        threshold=Mark(scale.place(threshold), f"标准 {summary.threshold}"),
        mean=None if mean is None else Mark(scale.place(mean), f"均值 {summary.mean}"),
        band=None if band is None else (scale.place(band[0]), scale.place(band[1])),
        deviation=None if deviation is None else (scale.place(deviation[0]), scale.place(deviation[1])),
        lanes=max(abs(dot.lane) for dot in dots),
        canvas=canvas,
    )


def _bounds(summary: Summary) -> tuple[Decimal, Decimal | None, Ends | None, Ends | None]:
    """Threshold, mean, mean ± limit × mean and mean ± standard deviation; None without a coefficient."""
    told, threshold = summary.coefficient, Decimal(summary.threshold)
    if told["cv"] is None:
        return threshold, None, None, None
    mean, sd = Decimal(told["mean"]), Decimal(told["sd"])
    reach = mean * Decimal(told["limit"])
    return threshold, mean, (mean - reach, mean + reach), (mean - sd, mean + sd)


def _dots(known: Sequence[tuple[Row, Cell]], scale: _Scale, influence: StageInfluence, canvas: Canvas) -> list[Dot]:
    ranks = {one.row.school_code: rank for rank, one in enumerate(influence.largest, 1)}
    largest = max(int(row.pupils) for row, _ in known)
    return [
        Dot(
            row=row,
            cell=cell,
            x=scale.place(Decimal(cell.figure["value"])),
            lane=0,
            radius=_radius(int(row.pupils), largest, canvas),
            rank=ranks.get(row.school_code, 0),
        )
        for row, cell in known
    ]


def _radius(pupils: int, largest: int, canvas: Canvas) -> int:
    """Area grows with the pupils; the smallest can still be hit."""
    return max(canvas.smallest, isqrt(canvas.largest * canvas.largest * pupils // largest))


def _scale(values: Sequence[Decimal]) -> _Scale:
    low, high = min(values), max(values)
    return _Scale(low, high if high > low else low + 1)


def _laned(dots: list[Dot], canvas: Canvas) -> tuple[Dot, ...]:
    """Move dots that would cover each other to lanes above and below; the largest stay nearest to the line."""
    lanes = sorted(range(-canvas.lanes, canvas.lanes + 1), key=lambda lane: (abs(lane), lane))
    placed: list[Dot] = []
    for dot in sorted(dots, key=lambda d: (-d.radius, d.row.school_code)):
        near = [other for other in placed if abs(other.x - dot.x) * canvas.width < 100 * (other.radius + dot.radius)]
        taken = {other.lane for other in near}
        placed.append(replace(dot, lane=next((lane for lane in lanes if lane not in taken), 0)))
    return tuple(sorted(placed, key=lambda d: (d.x, d.row.school_code)))


def _ranked(dots: tuple[Dot, ...], canvas: Canvas) -> tuple[Dot, ...]:
    """Put the number of a rank under its circle where another number or another ranked circle stands above."""
    first = sorted((dot for dot in dots if dot.rank), key=lambda d: d.rank)
    # Places and half sizes of what a number must keep clear of, in pixels.
    circles = {dot.row.school_code: (_across(dot, canvas), _middle(dot, canvas), dot.radius) for dot in first}
    written: list[tuple[Decimal, int, int]] = []
    under: set[str] = set()
    for dot in first:
        taken = [*written, *(circle for code, circle in circles.items() if code != dot.row.school_code)]
        x, y = _across(dot, canvas), _middle(dot, canvas)
        place = (x, y - dot.radius - _RANK, _RANK)
        if any(abs(x - left) < _RANK + half and abs(place[1] - top) < _RANK + half for left, top, half in taken):
            under.add(dot.row.school_code)
            place = (x, y + dot.radius + _RANK, _RANK)
        written.append(place)
    return tuple(replace(dot, under=True) if dot.row.school_code in under else dot for dot in dots)


def _across(dot: Dot, canvas: Canvas) -> Decimal:
    return dot.x * canvas.width / 100


def _middle(dot: Dot, canvas: Canvas) -> int:
    return dot.lane * canvas.lane


def _ticks(scale: _Scale) -> tuple[Mark, ...]:
    """Four to six round values."""
    rough = (scale.high - scale.low) / 5
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(nice * power for nice in _TICKS if nice * power >= rough)
    first = (scale.low / step).to_integral_value(ROUND_CEILING)
    last = (scale.high / step).to_integral_value(ROUND_FLOOR)
    values = (step * (first + count) for count in range(int(last - first) + 1))
    return tuple(Mark(scale.place(value), numbers.plain(value)) for value in values)


def _told(influence: StageInfluence, count: int) -> str:
    """The drawing in a sentence, for those who do not see it."""
    summary, unit = influence.summary, influence.indicator.unit
    told = f"{count} 所（部）按指标值排列，标准 {summary.threshold} {unit}"
    if influence.why:
        return f"{told}。{influence.why}。"
    most = "、".join(f"{one.row.school} {one.value}（占 {one.share}）" for one in influence.largest)
    return (
        f"{told}，均值 {summary.mean} {unit}，差异系数 {summary.cv}，限值 {summary.limit}，{summary.words}。"
        f"影响最大：{most or '各校相同'}。"
    )
