"""Small charts for documents as SVG: bars against a threshold. Colour never speaks alone: words stand beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

from portal.documents.text import clean
from portal.documents.tree import Figure

_WIDTH, _ROW, _LABEL, _VALUE = 640, 26, 190, 130
_GOOD, _BAD, _GREY, _INK = "#1B7F4B", "#B42318", "#98A2B3", "#1D2939"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: label, length (None: not assessable, no bar), what is printed beside, whether it reaches."""

    label: str
    value: Decimal | None
    shown: str
    reaches: bool | None = None


def bars(bars: Sequence[Bar], title: str, threshold: Decimal | None = None, threshold_label: str = "") -> Figure:
    """Horizontal bars over a common scale from 0, with a dashed line at the threshold. Negative values raise
    ValueError: none of the figures drawn here can be negative."""
    values = [bar.value for bar in bars if bar.value is not None] + ([threshold] if threshold is not None else [])
    if any(value < 0 for value in values):
        raise ValueError("bars cannot be negative")
    top = max(values, default=Decimal(1)) or Decimal(1)
    scale = (_WIDTH - _LABEL - _VALUE) / float(top)
    height = _ROW * len(bars) + (30 if threshold is not None else 6)
    body = "".join(_bar(bar, number, scale) for number, bar in enumerate(bars))
    if threshold is not None:
        body += _line(float(threshold) * scale + _LABEL, height, threshold_label)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="Noto Sans SC, SimHei, sans-serif" font-size="13" fill="{_INK}" role="img">'
        f"<title>{_escaped(title)}</title>{body}</svg>"
    )
    alt = f"{title}：" + "；".join(f"{bar.label} {bar.shown}" for bar in bars)
    return Figure(svg.encode(), alt=alt, caption=title)


def _bar(bar: Bar, number: int, scale: float) -> str:
    y = number * _ROW + 4
    length = float(bar.value) * scale if bar.value is not None else 0
    colour = {True: _GOOD, False: _BAD, None: _GREY}[bar.reaches]
    label = bar.label if len(bar.label) <= 13 else f"{bar.label[:12]}…"
    return (
        f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{_escaped(label)}</text>'
        f'<rect x="{_LABEL}" y="{y}" width="{length:.2f}" height="{_ROW - 8}" fill="{colour}"/>'
        f'<text x="{_LABEL + length + 6:.2f}" y="{y + 14}">{_escaped(bar.shown)}</text>'
    )


def _line(x: float, height: int, label: str) -> str:
    return (
        f'<line x1="{x:.2f}" x2="{x:.2f}" y1="0" y2="{height - 22}" stroke="{_INK}" stroke-dasharray="4 3"/>'
        f'<text x="{x:.2f}" y="{height - 6}" text-anchor="middle">{_escaped(label)}</text>'
    )


def _escaped(text: str) -> str:
    return escape(clean(text))
