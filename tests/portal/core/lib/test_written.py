"""What people write is read however it is dressed, and never read as something else."""

from datetime import date
from decimal import Decimal

import pytest

from portal.core.lib import written

MARKS = [*"\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\ufeff\u00ad", "\ufe0e"]


@pytest.mark.parametrize("mark", MARKS)
def test_marks_nobody_sees_are_no_part_of_a_figure_a_code_a_choice_or_a_day(mark) -> None:
    assert written.number(f"{mark}7{mark}12{mark}") == 712
    assert written.digits(f"41020{mark}20001{mark}") == "4102020001"
    assert written.chosen(f"小{mark}学", ["小学"]) == "小学"
    assert written.day(f"2026{mark}-3-21{mark}") == date(2026, 3, 21)
    assert written.bare(mark) == ""


@pytest.mark.parametrize(
    "text",
    [
        "1184",
        "１１８４",
        "1,184",
        "1，184",
        "１，１８４",
        "1﹐184",
        "1 184",
        "1\u00a0184",
        "1\u202f184",
        "1\u2009184",
        "1\u3000184",
        " 1184 ",
        "1184.0",
        "１１８４．０",
        "＋1184",
        "1184\ufeff",
        "\u202d1184\u202c",
    ],
)
def test_a_dressed_figure_is_the_figure(text) -> None:
    assert written.number(text) == 1184


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "11 84",
        "1,18",
        "1,2,3",
        "1184人",
        "1184/",
        "1184。",
        "O",
        "—",
        "无",
        "⑴",
        "¹²",
        "5²",
        "一千",
        "1_000",
        "١٢",
        "𝟏𝟐",
        "1.184E3",
        "１ｅ５",
        "NaN",
        "1184.5.6",
        "12-3",
    ],
)
def test_what_is_no_figure_is_not_taken_for_one(text) -> None:
    with pytest.raises(ValueError, match="；请"):
        written.number(text)


def test_a_minus_is_a_minus_in_every_script() -> None:
    assert [written.number(text) for text in ("-5", "－5", "−5", "﹣５", "–5")] == [-5] * 5


def test_percent_is_read_where_the_unit_is_a_rate_and_refused_elsewhere() -> None:
    assert written.number("95.5%", is_rate=True) == written.number("９５．５％", is_rate=True) == Decimal("95.5")
    with pytest.raises(ValueError, match="不是比率"):
        written.number("95%")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-21",
        "2026/3/21",
        "2026.3.21",
        "2026年3月21日",
        "２０２６．３．２１",
        "2026 年 3 月 21 日",
        "2026/3/21 0:00:00",
        "2026-03-21T00:00",
        "2026－3－21",
    ],
)
def test_days_are_read_in_every_usual_way(text) -> None:
    assert written.day(text) == date(2026, 3, 21)


@pytest.mark.parametrize("text", ["2026-02-30", "2026年3-21", "21.3.2026", "2026", "上周", "2026-3-21 8:30", ""])
def test_what_is_no_day_is_refused(text) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 the day itself has no words
        written.day(text)


def test_choices_are_compared_by_what_is_seen() -> None:
    assert written.chosen("⼩学", ["小学", "初中"]) == "小学"
    assert written.chosen("镇区（乡）", ["镇区(乡)"]) == "镇区(乡)"
    assert written.chosen("教学点\u00a0", ["小学", "教学点"]) == "教学点"
    assert written.chosen("⻰亭区", ["龙亭区"]) == "龙亭区"
    assert written.chosen("大学", ["小学"]) is None


def test_control_characters_become_line_ends_or_nothing() -> None:
    assert written.prose("一\r\n二\r三\v四\u2028五\x85六") == "一\n二\n三\n四\n五\n六"
    assert written.prose("章\x00程\x07\u200b\u202e\tA\ud800") == "章程\tA"
    assert written.prose("👨\u200d👩") == "👨\u200d👩"
