"""Charts say in words what they show, and labels are only ever labels."""

from decimal import Decimal

import pytest
from lxml import etree

from portal.documents import charts, pictures

BARS = [
    charts.Bar("A1", Decimal("0.25"), "0.25 达标", True),
    charts.Bar('<A4 & "A5">', Decimal("0.51"), "0.51 超过上限", False),
    charts.Bar("A7", None, "无法评估"),
]


def widths(figure):
    root = etree.fromstring(figure.svg)
    return [float(one.get("width")) for one in root.iter("{*}rect")]


def test_bars_are_as_long_as_their_values_and_none_has_no_length():
    first, second, third = widths(charts.bars(BARS, "差异系数", Decimal("0.5"), "上限 0.50"))
    assert first / second == pytest.approx(0.25 / 0.51, abs=0.001)
    assert third == 0


def test_the_description_names_every_bar():
    assert charts.bars(BARS[:1] + BARS[2:], "差异系数").alt == "差异系数：A1 0.25 达标；A7 无法评估"


def test_labels_are_escaped():
    words = ["".join(one.itertext()) for one in etree.fromstring(charts.bars(BARS, "题").svg).iter("{*}text")]
    assert '<A4 & "A5">' in words


def test_nothing_to_draw_and_all_zero_are_no_error():
    assert widths(charts.bars([], "题")) == []
    assert widths(charts.bars([charts.Bar("A1", Decimal(0), "0")], "题")) == [0]


def test_negative_values_are_refused():
    with pytest.raises(ValueError, match="negative"):
        charts.bars([charts.Bar("A1", Decimal(-1), "-1")], "题")


def test_a_chart_can_be_drawn_for_word():
    assert pictures.png(charts.bars(BARS, "题").svg, Decimal(442)).startswith(b"\x89PNG")
