"""Bar charts as SVG: vector in PDF, a picture in Word, the same on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from portal.core.lib.static_files import colour
from portal.core.papers.tree import Figure

# Units of the drawing, about a point when it is as wide as the text.
_WIDTH, _TAIL, _ROW, _BAR, _TOP, _LETTER, _LINE = 440, 96, 20, 12, 22, 10, 12
# Characters of a label in a line; the rest stands below.
_WRAP = 14
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One bar: its parts in the order of the series, what is written behind it, and in the table where that says more."""

    label: str
    parts: tuple[int, ...]
    tail: str
    words: str = ""


def bars(caption: str, found: Sequence[ChartBar], series: Sequence[tuple[str, str]]) -> Iterator[Figure]:
    """`series` are names and colour tokens; one without a name is not in the legend.

    Nothing for a single bar: the sentence says it.
    """
    if len(found) >= _FEWEST:
        figures = [(bar.label, bar.words or bar.tail.replace("　", "，")) for bar in found]
        between = "；" if any(bar.words for bar in found) else "，"
        described = between.join(f"{label} {value}" for label, value in figures)
        yield Figure(_draw(found, series), alt=f"{caption}：{described}。", caption=caption, figures=figures)


def _draw(found: Sequence[ChartBar], series: Sequence[tuple[str, str]]) -> bytes:
    labels = [wrap(bar.label, _WRAP) or [""] for bar in found]
    start = _LETTER * max(len(line) for lines in labels for line in lines) + 8
    room = _WIDTH - start - _TAIL
    most = max(max(sum(bar.parts) for bar in found), 1)
    height = _TOP + sum(_ROW + _LINE * (len(lines) - 1) for lines in labels)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-size="{_LETTER}">']
    named = [(name, colour(token), max(60, _LETTER * len(name) + 24)) for name, token in series if name]
    x = min(start, max(_WIDTH - sum(width for _, _, width in named), 0))
    for name, fill, width in named:
        parts.append(f'<rect x="{x}" y="4" width="9" height="9" fill="{fill}"/><text x="{x + 13}" y="12">{name}</text>')
        x += width
    y = _TOP
    for bar, lines in zip(found, labels, strict=True):
        for line in lines:
            parts.append(f'<text x="{start - 6}" y="{y + 10}" text-anchor="end">{escape(line)}</text>')
            y += _LINE
        # Next to the middle of its label.
        middle = y - _LINE * (len(lines) + 1) // 2
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
