"""Charts as SVG: vector in PDF, a picture in Word, and on the page what prints and what is read without scripts.

Each carries what `static/js/charts.js` needs to draw it again so that it answers to pointer and keys.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from textwrap import wrap

from portal.core.lib.numbers import plain
from portal.core.lib.static_files import colour
from portal.core.papers.tree import Figure

# Units of the drawing, about a point when it is as wide as the text.
_WIDTH, _TAIL, _ROW, _BAR, _TOP, _LETTER, _LINE = 440, 96, 20, 12, 22, 10, 12
# Characters of a label in a line; the rest stands below.
_WRAP = 14
_FEWEST = 2
# Lines and points differ in shape too: colour alone says nothing in black and white. Names are those of ECharts.
SHAPES = {
    "circle": "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
    "triangle": "M0 -4L4 3L-4 3z",
    "rect": "M-3 -3h6v6h-6z",
    "diamond": "M0 -4L4 0L0 4L-4 0z",
}
_TALL, _PLOT_LEFT, _PLOT_BOTTOM = 190, 44, 20
# Steps between the lines across, at most.
_TICKS = 4


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One bar: its parts in the order of the series, what is written behind it, and in the table where that says more."""

    label: str
    parts: tuple[int, ...]
    tail: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A value for each label, None where there is none, and as it is printed; one without a name is dashed and only drawn."""

    name: str
    token: str
    values: Sequence[Decimal | None]
    printed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ChartSpot:
    """A point at x and y of the drawing, its group (in the order of the groups) and size; `words` and `link` in the table."""

    label: str
    x: Decimal
    y: Decimal
    radius: int
    group: int
    words: str
    link: str = ""


def bars(caption: str, found: Sequence[ChartBar], series: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """`series`: names and colour tokens; a nameless one is not in the legend.

    Nothing for a single bar: the sentence says it.
    """
    if len(found) >= _FEWEST:
        figures = [(bar.label, bar.words or bar.tail.replace("　", "，")) for bar in found]
        between = "；" if any(bar.words for bar in found) else "，"
        described = between.join(f"{label} {value}" for label, value in figures)
        parts = zip(*(bar.parts for bar in found), strict=True)
        drawn = [
            {"name": name, "colour": token, "values": values}
            for (name, token), values in zip(series, parts, strict=True)
        ]
        plot = json.dumps({"kind": "bars", "series": drawn, "tails": [bar.tail for bar in found]}, ensure_ascii=False)
        alt = f"{caption}：{described}。"
        yield Figure(_draw_bars(found, series), alt=alt, caption=caption, figures=figures, plot=plot)


def lines(
    caption: str, labels: Sequence[str], found: Sequence[ChartLine], limit: tuple[str, Decimal] | None = None
) -> Iterator[Figure]:
    """`limit`: a line across with its name. Nothing unless a line has two values."""
    if not any(sum(value is not None for value in line.values) >= _FEWEST for line in found):
        return
    named = [line for line in found if line.name]
    figures = [
        (label, "；".join(f"{line.name} {line.printed[at]}" for line in named)) for at, label in enumerate(labels)
    ]
    drawn = [
        {
            "name": line.name,
            "colour": line.token,
            "shape": shape,
            "values": [None if value is None else plain(value) for value in line.values],
        }
        for line, shape in zip(found, _shapes(found), strict=True)
    ]
    plot = {"kind": "lines", "series": drawn, "limit": limit and {"name": limit[0], "value": plain(limit[1])}}
    yield Figure(
        _draw_lines(labels, found, limit),
        alt=f"{caption}：{'。'.join(f'{label} {words}' for label, words in figures)}。",
        caption=caption,
        figures=figures,
        plot=json.dumps(plot, ensure_ascii=False),
    )


def spots(
    caption: str,
    size: tuple[int, int],
    found: Sequence[ChartSpot],
    groups: Sequence[tuple[str, str, str]],
    note: str = "",
) -> Figure:
    """Points on a plane of `size`; `groups`: names, colour tokens and shapes, the last drawn on top with names.

    `note` ends the legend: the picture is also seen without its page.
    """
    drawn = [
        {
            "name": name,
            "colour": token,
            "shape": shape,
            "spots": [
                [at, plain(spot.x), plain(spot.y), spot.radius] for at, spot in enumerate(found) if spot.group == group
            ],
        }
        for group, (name, token, shape) in enumerate(groups)
    ]
    counted = "，".join(f"{one['name']} {len(one['spots'])}" for one in drawn)
    return Figure(
        _draw_spots(size, found, groups, note),
        alt=f"{caption}：{counted}。",
        caption=caption,
        figures=[(spot.label, spot.words) for spot in found],
        links=[spot.link for spot in found],
        plot=json.dumps({"kind": "spots", "series": drawn, "size": size}, ensure_ascii=False),
    )


def _shapes(found: Sequence[ChartLine]) -> list[str]:
    names = list(SHAPES)
    return [names[at % len(names)] for at, _ in enumerate(found)]


def _open(width: int, height: int, letter: int = _LETTER) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="{letter}">'


def _mark(shape: str, x: Decimal | float, y: Decimal | float, fill: str, scale: str = "1") -> str:
    return f'<path d="{SHAPES[shape]}" transform="translate({x} {y}) scale({scale})" fill="{fill}"/>'


def _draw_bars(found: Sequence[ChartBar], series: Sequence[tuple[str, str]]) -> bytes:
    labels = [wrap(bar.label, _WRAP) or [""] for bar in found]
    start = _LETTER * max(len(line) for lines in labels for line in lines) + 8
    room = _WIDTH - start - _TAIL
    most = max(max(sum(bar.parts) for bar in found), 1)
    height = _TOP + sum(_ROW + _LINE * (len(lines) - 1) for lines in labels)
    parts = [_open(_WIDTH, height)]
    named = [(name, colour(token), max(60, _LETTER * len(name) + 24)) for name, token in series if name]
    x = min(start, max(_WIDTH - sum(width for _, _, width in named), 0))
    for name, fill, width in named:
        parts.append(f'<rect x="{x}" y="4" width="9" height="9" fill="{fill}"/><text x="{x + 13}" y="12">{name}</text>')
        x += width
    y = _TOP
    for bar, lines_ in zip(found, labels, strict=True):
        for line in lines_:
            parts.append(f'<text x="{start - 6}" y="{y + 10}" text-anchor="end">{escape(line)}</text>')
            y += _LINE
        # Next to the middle of its label.
        middle = y - _LINE * (len(lines_) + 1) // 2
        at: float = start
        for part, (_, token) in zip(bar.parts, series, strict=True):
            length = round(room * part / most, 1)
            parts.append(
                f'<rect x="{round(at, 1)}" y="{middle}" width="{length}" height="{_BAR}" fill="{colour(token)}"/>'
            )
            at += length
        parts.append(f'<text x="{round(at, 1) + 6}" y="{middle + 10}">{escape(bar.tail)}</text>')
        y += _ROW - _LINE
    return ("".join(parts) + "</svg>").encode()


def _draw_lines(labels: Sequence[str], found: Sequence[ChartLine], limit: tuple[str, Decimal] | None) -> bytes:
    legend, top = _legend([(line.name, line.token, shape) for line, shape in zip(found, _shapes(found), strict=True)])
    known = [value for line in found for value in line.values if value is not None]
    ticks = _ticks(min(known + ([limit[1]] if limit else [])), max(known + ([limit[1]] if limit else [])))
    right, bottom = _WIDTH - 20, top + _TALL - _PLOT_BOTTOM
    step = (right - _PLOT_LEFT - 12) / max(len(labels) - 1, 1)

    def x(at: int) -> float:
        return round(_PLOT_LEFT + 12 + step * at, 1)

    def y(value: Decimal) -> float:
        return round(float(bottom - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (bottom - top - 8)), 1)

    parts = [_open(_WIDTH, top + _TALL), legend]
    for tick in ticks:
        parts.append(f'<path d="M{_PLOT_LEFT} {y(tick)}H{right}" stroke="{colour("line")}"/>')
        parts.append(f'<text x="{_PLOT_LEFT - 5}" y="{y(tick) + 4}" text-anchor="end">{plain(tick)}</text>')
    # As many labels as have room.
    every = -(-len(labels) * max(map(len, labels)) * (_LETTER - 2) // (right - _PLOT_LEFT))
    for at, label in enumerate(labels):
        if at % every == 0:
            parts.append(f'<text x="{x(at)}" y="{bottom + 15}" text-anchor="middle">{escape(label)}</text>')
    if limit:
        across = f'd="M{_PLOT_LEFT} {y(limit[1])}H{right}" stroke="{colour("bad")}" stroke-dasharray="6 3"'
        parts.append(
            f'<path {across}/><text x="{right}" y="{y(limit[1]) - 4}" text-anchor="end">{escape(limit[0])}</text>'
        )
    for line, shape in zip(found, _shapes(found), strict=True):
        points = [(x(at), y(value)) if value is not None else None for at, value in enumerate(line.values)]
        path = "".join(
            f"{'L' if at and points[at - 1] else 'M'}{point[0]} {point[1]}" for at, point in enumerate(points) if point
        )
        dashes = "" if line.name else ' stroke-dasharray="2 3"'
        parts.append(f'<path d="{path}" fill="none" stroke="{colour(line.token)}" stroke-width="1.5"{dashes}/>')
        parts += [_mark(shape, *point, colour(line.token)) for point in points if point and line.name]
    return ("".join(parts) + "</svg>").encode()


def _legend(named: Sequence[tuple[str, str, str]]) -> tuple[str, int]:
    """Names with their marks, and where the drawing begins below them."""
    parts, x, y = [], 4, 12
    for name, token, shape in named:
        if not name:
            continue
        width = _LETTER * len(name) + 26
        if x > 4 and x + width > _WIDTH:
            x, y = 4, y + 14
        parts.append(_mark(shape, x + 4, y - 4, colour(token)) + f'<text x="{x + 12}" y="{y}">{escape(name)}</text>')
        x += width
    return "".join(parts), y + 6


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """From below the lowest to above the highest, in steps of 1, 2 or 5 × 10ⁿ."""
    span = (high - low) or abs(high) or Decimal(1)
    power = Decimal(10) ** (span / _TICKS).adjusted()
    step = next(power * times for times in (1, 2, 5, 10) if power * times * _TICKS >= span)
    ticks = [(low / step).to_integral_value("ROUND_FLOOR") * step]
    while len(ticks) < _FEWEST or ticks[-1] < high:
        ticks.append(ticks[-1] + step)
    return ticks


def _draw_spots(
    size: tuple[int, int], found: Sequence[ChartSpot], groups: Sequence[tuple[str, str, str]], note: str
) -> bytes:
    width, height = size
    letter = 16
    counts = Counter(spot.group for spot in found)
    legend, top = _legend([(f"{name} {counts[at]}", token, shape) for at, (name, token, shape) in enumerate(groups)])
    if note:
        legend, top = f'{legend}<text x="4" y="{top + 8}">{escape(note)}</text>', top + 14
    top = top * letter // _LETTER
    parts = [
        _open(width, height + top, letter),
        f'<g transform="scale({letter / _LETTER})" font-size="{_LETTER}">{legend}</g>',
    ]
    parts.append(f'<g transform="translate(0 {top})">')
    for spot in found:
        _, token, shape = groups[spot.group]
        scale = plain(Decimal(spot.radius) / 3)
        parts.append(f'<g fill-opacity="0.6">{_mark(shape, spot.x, spot.y, colour(token), scale)}</g>')
    # Named above the others, so that no point covers a name.
    for spot in (one for one in found if one.group == len(groups) - 1):
        parts.append(
            f'<text x="{spot.x}" y="{spot.y - spot.radius - 5}" text-anchor="middle">{escape(spot.label)}</text>'
        )
    return ("".join(parts) + "</g></svg>").encode()
