"""Charts drawn from what they are given, described in words and as figures."""

import json
import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from portal.core.papers import charts
from portal.core.papers.charts import ChartBar, ChartLine, ChartSpot

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


LINES = [
    ChartLine("小学", "accent", [Decimal(10), None, Decimal("12.5"), Decimal(15)], ["10 人", "—", "12.5 人", "15 人"]),
    ChartLine("", "accent", [Decimal(10), None, Decimal(12), Decimal(14)]),
]


def test_lines_stand_as_high_as_their_values_and_break_where_there_is_none() -> None:
    figure = next(charts.lines("在校生", ["2023", "2024", "2025", "2026"], LINES, ("限值", Decimal(20))))
    paths = [one.attrib for one in ElementTree.fromstring(figure.svg).iter(f"{SVG}path")]
    solid = next(one["d"] for one in paths if one.get("stroke-width") and "stroke-dasharray" not in one)
    assert [part[0] for part in re.findall("[ML][^ML]+", solid)] == ["M", "M", "L"]
    heights = [float(y) for _, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", solid)]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert sum("transform" in one for one in paths) == 4, (
        "a mark in the legend and one for each value, none for the dashed"
    )
    assert figure.figures[1:3] == [("2024", "小学 —"), ("2025", "小学 12.5 人")]
    assert figure.alt.startswith("在校生：2023 小学 10 人。2024 小学 —。")


def test_the_plot_holds_the_values_drawn_and_no_figure_of_its_own() -> None:
    plot = json.loads(next(charts.lines("在校生", ["2023", "2024", "2025", "2026"], LINES, ("限值", Decimal(20)))).plot)
    assert [one["values"] for one in plot["series"]] == [["10", None, "12.5", "15"], ["10", None, "12", "14"]]
    assert plot["limit"] == {"name": "限值", "value": "20"}
    plot = json.loads(
        next(charts.bars("问题", [ChartBar("甲", (1, 3), "4"), ChartBar("丙", (2, 0), "2")], SERIES)).plot
    )
    assert [(one["colour"], one["values"]) for one in plot["series"]] == [("accent", [1, 2]), ("bad", [3, 0])]


def test_one_value_is_no_line() -> None:
    assert (
        list(charts.lines("在校生", ["2025", "2026"], [ChartLine("小学", "accent", [None, Decimal(1)], ["—", "1"])]))
        == []
    )


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        ("0", "100", [0, 50, 100]),
        ("61.9", "74", ["60", "65", "70", "75"]),
        ("0.312", "0.498", ["0.3", "0.35", "0.4", "0.45", "0.5"]),
        ("7", "7", ["6", "8"]),
        ("0", "0", ["0", "0.5"]),
    ],
)
def test_ticks_are_round_and_hold_what_is_drawn(low: str, high: str, ticks: list[str]) -> None:
    assert charts._ticks(Decimal(low), Decimal(high)) == [Decimal(one) for one in ticks]


def test_points_differ_in_shape_and_those_of_the_last_group_are_named() -> None:
    groups = (("达标", "ok", "circle"), ("未达标", "bad", "triangle"))
    spots = [
        ChartSpot("甲<小", Decimal(100), Decimal(50), 9, 1, "在校生 900 人", "/a/"),
        ChartSpot("乙小学", Decimal(20), Decimal(50), 6, 0, "在校生 400 人", "/b/"),
    ]
    figure = charts.spots("学校分布图", (200, 100), spots, groups, "上为北")
    drawing = ElementTree.fromstring(figure.svg)
    assert len({one.attrib["d"] for one in drawing.iter(f"{SVG}path")}) == 2
    assert [one.text for one in drawing.iter(f"{SVG}text")] == ["达标 1", "未达标 1", "上为北", "甲<小"]
    assert figure.rows == [("甲<小", "在校生 900 人", "/a/"), ("乙小学", "在校生 400 人", "/b/")]
    assert [one["spots"] for one in json.loads(figure.plot)["series"]] == [[[1, "20", "50", 6]], [[0, "100", "50", 9]]]
    assert figure.alt == "学校分布图：达标 1，未达标 1。"
