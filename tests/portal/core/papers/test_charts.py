"""Bars drawn from what they are given, described in words and as figures."""

from xml.etree import ElementTree

from portal.core.papers import charts
from portal.core.papers.charts import ChartBar

SERIES = (("已销号", "accent"), ("逾期", "bad"))
SVG = "{http://www.w3.org/2000/svg}"


def test_the_bars_are_as_long_as_their_parts_and_say_so_in_words() -> None:
    found = [ChartBar("甲<乙", (1, 3), "4 项", "4 项，其中逾期 3 项"), ChartBar("丙", (2, 0), "2 项", "2 项")]
    figure = next(charts.bars("问题", found, SERIES))
    drawing = ElementTree.fromstring(figure.svg)
    legend, bars = drawing.findall(f"{SVG}rect")[:2], drawing.findall(f"{SVG}rect")[2:]
    widths = [float(one.attrib["width"]) for one in bars]
    assert len(legend) == 2
    assert (round(widths[1] / widths[0]), round(widths[2] / widths[0]), widths[3]) == (3, 2, 0)
    assert figure.alt == "问题：甲<乙 4 项，其中逾期 3 项；丙 2 项。"
    assert figure.figures == [("甲<乙", "4 项，其中逾期 3 项"), ("丙", "2 项")]
    assert figure.source.startswith("data:image/svg+xml;base64,")


def test_nothing_is_drawn_of_a_single_bar() -> None:
    assert list(charts.bars("问题", [ChartBar("甲", (1, 3), "4 项")], SERIES)) == []
