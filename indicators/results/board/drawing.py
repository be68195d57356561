"""The number line of a stage and the bars of coefficients as inline SVG: places in percent fit a phone and print."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape
from math import isqrt

from django.utils.safestring import SafeString, mark_safe

from indicators.results.board.board import BoardCell, BoardRow, Summary
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

    row: BoardRow
    cell: BoardCell
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
    description: str
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


def line_of_stage(influence: StageInfluence, canvas: Canvas = WIDE) -> NumberLine | None:
    """Return the line of a stage's schools as it fits a canvas; None while no school has the figure."""
    board, summary, code = influence.board, influence.summary, influence.indicator.code
    cells = ((row, next(c for c in row.cells if c.code == code)) for row in board.rows)
    known = [(row, cell, Decimal(cell.figure.value)) for row, cell in cells if cell.figure.value is not None]
    if not known:
        return None
    threshold, mean, band, deviation = _bounds(summary)
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
    return NumberLine(
        title=f"{board.label}各校{influence.indicator.name}",
        description=_description(influence, len(placed)),
        dots=placed,
        ticks=_ticks(scale),
        threshold=Mark(scale.place(threshold), f"标准 {summary.threshold}"),
        mean=None if mean is None else Mark(scale.place(mean), f"均值 {summary.mean}"),
        band=None if band is None else (scale.place(band[0]), scale.place(band[1])),
        deviation=None if deviation is None else (scale.place(deviation[0]), scale.place(deviation[1])),
        lanes=max(abs(dot.lane) for dot in placed),
        canvas=canvas,
    )


def _bounds(summary: Summary) -> tuple[Decimal, Decimal | None, Ends | None, Ends | None]:
    """Threshold, mean, mean ± limit × mean and mean ± standard deviation; None without a coefficient."""
    found, threshold = summary.coefficient, Decimal(summary.threshold)
    if found.cv is None or found.mean is None or found.sd is None:
        return threshold, None, None, None
    mean, sd = Decimal(found.mean), Decimal(found.sd)
    reach = mean * Decimal(found.limit)
    return threshold, mean, (mean - reach, mean + reach), (mean - sd, mean + sd)


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
    """Put the number of a rank under its circle where another number or another ranked circle is above."""
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


def _ticks(scale: _Scale) -> tuple[Mark, ...]:
    """Four to six round values."""
    rough = (scale.high - scale.low) / 5
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(nice * power for nice in _TICKS if nice * power >= rough)
    first = (scale.low / step).to_integral_value(ROUND_CEILING)
    last = (scale.high / step).to_integral_value(ROUND_FLOOR)
    values = (step * (first + count) for count in range(int(last - first) + 1))
    return tuple(Mark(scale.place(value), numbers.plain(value)) for value in values)


def _description(influence: StageInfluence, count: int) -> str:
    """The drawing in a sentence, for those who do not see it."""
    summary, unit = influence.summary, influence.indicator.unit
    words = f"{count} 所（部）按指标值排列，标准 {summary.threshold} {unit}"
    if influence.why:
        return f"{words}。{influence.why}。"
    most = "、".join(f"{one.row.school} {one.value}（占 {one.share}）" for one in influence.largest)
    return (
        f"{words}，均值 {summary.mean} {unit}，差异系数 {summary.cv}，限值 {summary.limit}，{summary.words}。"
        f"影响最大：{most or '各校相同'}。"
    )


_TOP, _HALF, _BELOW = 40, 18, 24
_RANKS = " ①②③"


def number_line(line: NumberLine, name: str, url: Callable[[str], str]) -> SafeString:
    """Draw a number line; every school is a link. `name` makes ids unique, `url` gives a school's page by code."""
    middle = _TOP + _HALF + line.lanes * line.canvas.lane
    axis = 2 * middle - _TOP
    body = [_band(line, axis), f'<line class="line-axis" x1="2%" x2="98%" y1="{axis}" y2="{axis}"/>']
    for tick in line.ticks:
        body += [
            f'<line class="line-axis" x1="{tick.x}%" x2="{tick.x}%" y1="{axis}" y2="{axis + 4}"/>',
            f'<text class="line-tick" x="{tick.x}%" y="{axis + 18}" text-anchor="middle">{tick.label}</text>',
        ]
    body += [_mark(line.mean, "line-mean", 14, axis)] if line.mean else []
    body += [_mark(line.threshold, "line-threshold", 30, axis)]
    # The three that weigh most come last and their numbers after them, so that nothing covers these.
    for dot in sorted(line.dots, key=lambda d: d.rank > 0):
        body.append(_dot(dot, middle + dot.lane * line.canvas.lane, url(dot.row.school_code)))
    for dot in line.dots:
        if dot.rank:
            y = middle + dot.lane * line.canvas.lane
            y += dot.radius + 13 if dot.under else -dot.radius - 2
            body.append(f'<text class="line-rank" x="{dot.x}%" y="{y}" text-anchor="middle">{_RANKS[dot.rank]}</text>')
    return mark_safe(  # noqa: S308 every text is escaped where it is put in
        f'<svg class="number-line" width="100%" height="{axis + _BELOW}" role="group" '
        f'aria-labelledby="{name}-title {name}-told"><title id="{name}-title">{escape(line.title)}</title>'
        f'<desc id="{name}-told">{escape(line.description)}</desc>{"".join(body)}</svg>'
    )


def _band(line: NumberLine, axis: int) -> str:
    """The band of the limit, and within or beyond it the bar of the standard deviation."""
    if line.band is None or line.deviation is None:
        return ""
    (left, right), (low, high) = line.band, line.deviation
    y = axis - 7
    return (
        f'<rect class="line-band" x="{left}%" y="{_TOP - 4}" width="{right - left}%" height="{axis - _TOP + 4}"/>'
        f'<line class="line-deviation" x1="{low}%" x2="{high}%" y1="{y}" y2="{y}"/>'
        + "".join(f'<line class="line-deviation" x1="{x}%" x2="{x}%" y1="{y - 4}" y2="{y + 4}"/>' for x in (low, high))
    )


def _mark(mark: Mark, kind: str, y: int, axis: int) -> str:
    anchor = "start" if mark.x < 15 else "end" if mark.x > 85 else "middle"
    return (
        f'<line class="{kind}" x1="{mark.x}%" x2="{mark.x}%" y1="{y + 4}" y2="{axis}"/>'
        f'<text class="{kind}-label" x="{mark.x}%" y="{y}" text-anchor="{anchor}">{escape(mark.label)}</text>'
    )


def _dot(dot: Dot, y: int, url: str) -> str:
    near = "，临界" if dot.cell.near else ""
    words = f"{dot.row.school}：{dot.cell.value}，{dot.cell.words}{near}，在校生 {dot.row.pupils} 人"
    return (
        f'<a href="{escape(url)}" aria-label="{escape(words)}"><title>{escape(words)}</title>'
        f'<circle class="dot dot-{dot.cell.tone}{" dot-top" if dot.rank else ""}" cx="{dot.x}%" cy="{y}" r="{dot.radius}"/></a>'
    )


def gauge(summary: Summary, top: Decimal) -> SafeString:
    """Draw a coefficient as a bar against its limit; `top` is the end of the common scale."""
    found = summary.coefficient
    if found.cv is None:
        return mark_safe("")
    width, limit = (numbers.half_up(Decimal(end) / top * 100, 2) for end in (found.cv, found.limit))
    return mark_safe(  # noqa: S308 figures and our own words only
        '<svg class="gauge" width="100%" height="14" aria-hidden="true">'
        f'<rect class="gauge-bar gauge-{summary.tone}" x="0" y="3" width="{width}%" height="8"/>'
        f'<line class="gauge-limit" x1="{limit}%" x2="{limit}%" y1="0" y2="14"/></svg>'
    )
