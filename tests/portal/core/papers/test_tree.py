"""The tree refuses what would print wrongly, and numbers what needs numbers."""

import datetime

import pytest

from portal.core.papers import layout, tree
from portal.core.papers.tree import Numbering, chinese_number, clean


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (99, "九十九"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (219, "二百一十九"),
    ],
)
def test_chinese_numbers_read_as_a_clerk_writes_them(number, text):
    assert chinese_number(number) == text


@pytest.mark.parametrize("number", [0, -1, 1000])
def test_a_number_no_heading_can_have_is_refused(number):
    with pytest.raises(ValueError, match="no heading"):
        chinese_number(number)


def test_headings_count_by_level_and_start_again_under_the_next_higher_one():
    levels = [1, 2, 3, 4, 4, 2, 3, 1, 2]
    numbering = Numbering()
    labels = [numbering.label(tree.Heading("甲", level)) for level in levels]
    assert labels == ["一、甲", "（一）甲", "1.甲", "（1）甲", "（2）甲", "（二）甲", "1.甲", "二、甲", "（一）甲"]


def test_an_unnumbered_heading_neither_shows_nor_uses_a_number():
    numbering = Numbering()
    assert numbering.label(tree.Heading("前言", numbered=False)) == "前言"
    assert numbering.label(tree.Heading("总体情况")) == "一、总体情况"


@pytest.mark.parametrize("level", [0, 5])
def test_a_heading_has_one_of_four_levels(level):
    with pytest.raises(ValueError, match="level"):
        tree.Heading("甲", level)


TWO = [tree.TableColumn(), tree.TableColumn()]


@pytest.mark.parametrize(
    "rows",
    [
        [["a"]],
        [["a", "b", "c"]],
        [[tree.TableCell("a", colspan=3)]],
        [[tree.TableCell("a", rowspan=2), "b"], ["c", "d"]],
        [[tree.TableCell("a", rowspan=2), "b"]],
        [[tree.TableCell("a", colspan=0), "b"]],
        [["a", tree.TableCell("b", rowspan=2)], [tree.TableCell("c", colspan=2)]],
    ],
)
def test_a_table_whose_cells_do_not_fill_its_columns_is_refused(rows):
    with pytest.raises(ValueError, match="row"):
        tree.Table(TWO, (), rows)


def test_cells_find_their_columns_around_those_hanging_from_above():
    table = tree.Table(TWO, (), [[tree.TableCell("a", rowspan=2), "b"], ["c"]])
    assert [[placed.column for placed in row] for row in table.placed_rows()] == [[0, 1], [1]]


def test_key_values_fill_up_the_last_row():
    table = tree.KeyValues([("甲", "1"), ("乙", "2"), ("丙", "3")], pairs=2).as_table()
    assert [[tree.plain(tree.cell(item).text) for item in row] for row in table.rows] == [
        ["甲", "1", "乙", "2"],
        ["丙", "3", "", ""],
    ]


def test_ordered_points_have_circles_up_to_twenty_and_brackets_beyond():
    marks = tree.BulletList(["项"] * 21, ordered=True).marks()
    assert (marks[0], marks[19], marks[20]) == ("①", "⑳", "（21）")


def test_one_annex_has_no_number_and_several_have():
    def document(*titles):
        return tree.Paper(
            "题", "局", datetime.date(2026, 3, 5), [], annexes=[tree.Annex(title, []) for title in titles]
        )

    assert tree.annex_list(document("台账")) == [("附件：", "台账")]
    assert tree.annex_list(document("甲", "乙")) == [("附件：1. ", "甲"), ("　　　2. ", "乙")]
    assert tree.annex_list(document()) == []
    assert tree.annex_label(document("台账"), 0) == "附件"
    assert tree.annex_label(document("甲", "乙"), 1) == "附件2"


def test_all_texts_are_listed_for_the_check_of_glyphs(full):
    words = "".join(tree.texts(full))
    for part in (
        "阶段整改报告",
        "区督导办",
        "总体情况",
        "问题：",
        "二是",
        "组长",
        "第60小学",
        "本期",
        "一个字",
        "责任清单",
        "清单",
        "区政府办",
        "结束。",
    ):
        assert part in words


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\x00b\x1fc\x85", "abc\n"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\ud800好\uffff\ufeff", "好"),
        ("列\t表", "列\t表"),
    ],
)
def test_characters_no_file_can_hold_are_taken_out(raw, cleaned):
    assert clean(raw) == cleaned


def test_the_issuer_is_centred_over_the_date_and_never_leaves_the_page():
    date = "2026年3月5日"
    short = layout.issuer_indent("区教体局", date)
    assert short > layout.issuer_indent("区人民政府教育督导室", date)
    assert layout.issuer_indent("某" * 40, date) == 0


def test_the_red_head_fits_one_line():
    for mark in ("教育局文件", "某某区人民政府教育督导委员会办公室文件"):
        size = layout.red_head_size(mark)
        assert size * len(mark) <= layout.TEXT_WIDTH_MM * layout.PT_PER_MM
        assert size <= layout.RED_HEAD_MAX_PT
