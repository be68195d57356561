"""SVG figures as PNG, for Word, whose older versions show no SVG."""

from decimal import Decimal

import typst

from portal.core.papers import fonts

_RESOLUTION = 200
_SOURCE = b"""
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1pt)
"""


def png(svg: bytes, width: Decimal, font_set: fonts.FontSet | None = None) -> bytes:
    """The SVG drawn `width` pt wide at 200 dots per inch. Raises Refused when no Chinese font is installed."""
    font_set = font_set or fonts.default()
    return typst.compile(
        _SOURCE,
        format="png",
        ppi=_RESOLUTION,
        font_paths=font_set.book,
        ignore_system_fonts=True,
        sys_inputs={"svg": font_set.legible(svg.decode()), "width": str(width)},
    )
