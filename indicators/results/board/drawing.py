"""Drawings as inline SVG: places in percent, so that they fit a phone, work without scripts and print."""

from collections.abc import Callable
from decimal import Decimal
from html import escape

from django.utils.safestring import SafeString, mark_safe

from indicators.results.board.board import Summary
from indicators.results.board.number_line import Dot, Mark, NumberLine
from portal.core.lib.numbers import half_up

_TOP, _HALF, _BELOW = 40, 18, 24
_RANKS = " ①②③"


def number_line(line: NumberLine, name: str, url: Callable[[str], str]) -> SafeString:
    """Draw a number line; every school is a link. `name` makes ids unique, `url` gives a school's page by code."""
    reach = _HALF + line.lanes * line.canvas.lane
    middle = _TOP + reach
    axis = middle + reach

    def height(dot: Dot) -> int:
        return middle + dot.lane * line.canvas.lane

    body = [
        _band(line, axis),
        f'<line class="line-axis" x1="2%" x2="98%" y1="{axis}" y2="{axis}"/>',
        *(_tick(tick, axis) for tick in line.ticks),
        _mark(line.mean, "line-mean", 14, axis) if line.mean else "",
        _mark(line.threshold, "line-threshold", 30, axis),
        # The three that weigh most come last and their numbers after them, so that nothing covers these.
        *(_dot(dot, height(dot), url(dot.row.school_code)) for dot in sorted(line.dots, key=lambda d: d.rank > 0)),
        *(_rank(dot, height(dot)) for dot in line.dots if dot.rank),
    ]
    return mark_safe(  # noqa: S308 every text is escaped where it is put in
        f'<svg class="number-line" width="100%" height="{axis + _BELOW}" role="group" '
        f'aria-labelledby="{name}-title {name}-told"><title id="{name}-title">{escape(line.title)}</title>'
        f'<desc id="{name}-told">{escape(line.told)}</desc>{"".join(body)}</svg>'
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


def _tick(tick: Mark, axis: int) -> str:
    return (
        f'<line class="line-axis" x1="{tick.x}%" x2="{tick.x}%" y1="{axis}" y2="{axis + 4}"/>'
        f'<text class="line-tick" x="{tick.x}%" y="{axis + 18}" text-anchor="middle">{tick.label}</text>'
    )


def _mark(mark: Mark, kind: str, y: int, axis: int) -> str:
    anchor = "start" if mark.x < 15 else "end" if mark.x > 85 else "middle"
    return (
        f'<line class="{kind}" x1="{mark.x}%" x2="{mark.x}%" y1="{y + 4}" y2="{axis}"/>'
        f'<text class="{kind}-label" x="{mark.x}%" y="{y}" text-anchor="{anchor}">{escape(mark.label)}</text>'
    )


def _dot(dot: Dot, y: int, url: str) -> str:
    near = "，临界" if dot.cell.near else ""
    told = f"{dot.row.school}：{dot.cell.value}，{dot.cell.words}{near}，在校生 {dot.row.pupils} 人"
    return (
        f'<a href="{escape(url)}" aria-label="{escape(told)}"><title>{escape(told)}</title>'
        f'<circle class="dot dot-{dot.cell.tone}{" dot-top" if dot.rank else ""}" cx="{dot.x}%" cy="{y}" r="{dot.radius}"/></a>'
    )


def _rank(dot: Dot, y: int) -> str:
    place = y + dot.radius + 13 if dot.under else y - dot.radius - 2
    return f'<text class="line-rank" x="{dot.x}%" y="{place}" text-anchor="middle">{_RANKS[dot.rank]}</text>'


def gauge(summary: Summary, top: Decimal) -> SafeString:
    """Draw a coefficient as a bar against its limit; `top` is the end of the common scale. Words stand beside."""
    told = summary.coefficient
    if told["cv"] is None:
        return mark_safe("")
    width, limit = (half_up(Decimal(told[key]) / top * 100, 2) for key in ("cv", "limit"))
    return mark_safe(  # noqa: S308 figures and our own words only
        '<svg class="gauge" width="100%" height="14" aria-hidden="true">'
        f'<rect class="gauge-bar gauge-{summary.tone}" x="0" y="3" width="{width}%" height="8"/>'
        f'<line class="gauge-limit" x1="{limit}%" x2="{limit}%" y1="0" y2="14"/></svg>'
    )
