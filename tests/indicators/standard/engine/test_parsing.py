"""Typed and imported text: what is taken, what is refused, and in which words."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from indicators.standard.engine import BadValue, NotApplicable, Value, parse_rows, parse_value


def parse(spec, code, raw):
    return parse_value(spec.items[code], raw)


@pytest.mark.parametrize("raw", [None, "", "   ", "\t", "　"])
def test_blank_is_blank_not_zero(spec, raw):
    assert parse(spec, "pupils_primary", raw) is None


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0", 0),
        (0, 0),
        (0.0, 0),
        ("900", 900),
        (900.0, 900),
        (" 1,234 ", 1234),
        ("１２３４", 1234),
        ("1，234", 1234),
        ("12.0", 12),
        ("+7", 7),
        ("007", 7),
    ],
)
def test_counts(spec, raw, number):
    answer = parse(spec, "pupils_primary", raw)
    assert answer == Value(number)
    assert type(answer.value) is int


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("12.5", "应填整数"),
        (12.5, "应填整数"),
        ("-1", "不能是负数"),
        (-1.0, "不能是负数"),
        ("－3", "不能是负数"),
        ("abc", "应填数字"),
        ("12人", "不带单位"),
        ("1,2,3", "应填数字"),
        ("1.2E+17", "科学记数法"),
        (1.2e17, "位数过多"),
        (float("nan"), "位数过多"),
        ("99999999999999", "过大"),
        (True, "应填数字"),
        (datetime(2026, 3, 31), "检查单元格格式"),
        ("=A1+1", "应填数字"),
        ("NaN", "应填数字"),
        ("5²", "应填数字"),
        ("①", "应填数字"),
        ("Infinity", "应填数字"),
        ("十二", "应填数字"),
    ],
)
def test_what_is_not_a_count_is_refused_in_words(spec, raw, words):
    with pytest.raises(BadValue, match=words):
        parse(spec, "pupils_primary", raw)


@pytest.mark.parametrize(
    ("raw", "number"), [("4.5", "4.5"), (0.1, "0.1"), ("1,000.50", "1000.50"), (".5", "0.5"), ("3.1400", "3.14")]
)
def test_areas_are_exact_decimals(spec, raw, number):
    answer = parse(spec, "teaching_area", raw)
    assert answer == Value(Decimal(number))
    assert isinstance(answer.value, Decimal)


@pytest.mark.parametrize("raw", ["1." + "0" * 40 + "1", "0.0000000000000001", "12345678901.12345"])
def test_more_digits_than_are_stored_are_refused_not_cut(spec, raw):
    with pytest.raises(BadValue, match="位数过多；最多 15 位有效数字"):
        parse(spec, "teaching_area", raw)


@pytest.mark.parametrize(
    ("raw", "number"),
    [("1.234", "1.234"), (1.23456789012345, "1.23456789012345"), ("12345678901.1234", "12345678901.1234")],
)
def test_areas_are_taken_as_finely_as_they_were_measured(spec, raw, number):
    assert parse(spec, "teaching_area", raw) == Value(Decimal(number))


@pytest.mark.parametrize(
    ("raw", "number"), [(8366.380000000001, "8366.38"), (0.1 + 0.2, "0.3"), (787.0699999999999, "787.07")]
)
def test_the_noise_of_a_spreadsheets_sums_is_no_digit_of_the_figure(spec, raw, number):
    assert parse(spec, "teaching_area", raw) == Value(Decimal(number))


def test_a_count_that_is_whole_but_for_a_spreadsheets_noise_is_whole(spec):
    assert parse(spec, "pupils_primary", 3 * 1.1 / 1.1 * 4 + 0.0000000000000018) == Value(12)


def test_ten_thousands_keep_six_places(spec):
    assert parse(spec, "equipment_value", "12.345678") == Value(Decimal("12.345678"))


@pytest.mark.parametrize("raw", ["不适用:本校没有初中", "不适用：本校没有初中", " 不适用 ： 本校没有初中 "])
def test_not_applicable_carries_its_reason(spec, raw):
    assert parse(spec, "pupils_junior", raw) == NotApplicable("本校没有初中")


@pytest.mark.parametrize("raw", ["不适用", "不适用:", "不适用： "])
def test_not_applicable_without_a_reason_is_refused(spec, raw):
    with pytest.raises(BadValue, match="须写明原因"):
        parse(spec, "pupils_junior", raw)


def test_a_text_beginning_with_those_words_is_a_text(spec):
    words = "不适用的老旧器材已全部更换。"
    assert parse(spec, "facility_use_note", words) == Value(words)


@pytest.mark.parametrize(("raw", "truth"), [("是", True), ("否", False), (" 有 ", True), ("无", False), (True, True)])
def test_yes_and_no(spec, raw, truth):
    assert parse(spec, "charter", raw).value is truth


def test_yes_no_names_its_own_words(spec):
    with pytest.raises(BadValue, match="应填“有”或“无”，填的是“可能”"):
        parse(spec, "veto_fraud", "可能")


def test_choices(spec):
    assert parse(spec, "workload", "较好") == Value("较好")
    with pytest.raises(BadValue, match="好、较好、一般、较差"):
        parse(spec, "workload", "优秀")


def test_control_characters_are_dropped_and_overlong_texts_refused(spec):
    assert parse(spec, "charter_note", "章程\x00\v第二行\u202e") == Value("章程\n第二行")
    assert parse(spec, "charter_note", "\u200b\ufeff") is None
    with pytest.raises(BadValue, match="最多 5000 字，现在有 5001 字"):
        parse(spec, "charter_note", "章" * 5001)


def test_table_rows_are_typed_and_blank_rows_dropped(spec):
    rows = [
        {"stage": "小学", "grade": "一年级", "number": 1.0, "pupils": "45"},
        {"stage": "", "grade": None, "number": " ", "pupils": None},
    ]
    assert parse_rows(spec.items["class_list"], rows) == Value(
        ({"stage": "小学", "grade": "一年级", "number": "1", "pupils": 45},)
    )


def test_a_bad_cell_names_its_row_and_column(spec):
    rows = [
        {"name": "音乐室", "area": "96", "built_year": "2012"},
        {"name": "二", "area": "很大", "built_year": "2012"},
    ]
    with pytest.raises(BadValue, match="第 2 行“面积”：应填数字，填的是“很大”"):
        parse_rows(spec.items["music_rooms"], rows)


def test_all_bad_cells_are_reported_and_a_sentence_names_the_first(spec):
    rows = [{"name": str(n), "area": "很大", "built_year": "2012"} for n in range(5)]
    with pytest.raises(BadValue, match=r"第 3 行“面积”：.*；共 5 格有误") as refused:
        parse_rows(spec.items["music_rooms"], rows)
    assert set(refused.value.cells) == {(n, "area") for n in range(5)}


@pytest.mark.parametrize(
    "raw", ["2026-03-31", "2026年3月31日", "2026/3/31", date(2026, 3, 31), datetime(2026, 3, 31, 9)]
)
def test_dates(spec, raw):
    rows = [{"date": raw, "kind": "疏散演练", "participants": 600}]
    assert parse_rows(spec.items["drills"], rows).value[0]["date"] == date(2026, 3, 31)


@pytest.mark.parametrize("raw", ["2026-02-30", "上周", "31.3.26"])
def test_what_is_no_date_is_refused(spec, raw):
    with pytest.raises(BadValue, match="应填日期"):
        parse_rows(spec.items["drills"], [{"date": raw}])


def test_a_table_is_not_a_cell(spec):
    with pytest.raises(BadValue, match="对应的工作表"):
        parse(spec, "class_list", "45")


def test_the_reason_for_not_applicable_is_short(spec):
    assert parse(spec, "charter_note", "不适用:" + "因" * 200) == NotApplicable("因" * 200)
    with pytest.raises(BadValue, match="原因最多 200 字，现在有 201 字"):
        parse(spec, "charter_note", "不适用:" + "因" * 201)


def test_a_million_digits_are_refused_before_they_are_read(spec):
    with pytest.raises(BadValue, match="填的内容有 101 个字；请只填数字"):
        parse(spec, "teaching_area", "1" * 101)


def test_infinity_is_no_figure(spec):
    with pytest.raises(BadValue, match="应填数字"):
        parse(spec, "teaching_area", Decimal("Infinity"))


def test_the_largest_figure_is_just_below_a_million_million(spec):
    assert parse(spec, "pupils_primary", "999999999999") == Value(999_999_999_999)
    with pytest.raises(BadValue, match="“1000000000000”过大，请核对单位"):
        parse(spec, "pupils_primary", "1000000000000")


def test_what_a_spreadsheet_no_longer_holds_exactly_is_refused_as_such(spec):
    with pytest.raises(BadValue, match="过大"):
        parse(spec, "pupils_primary", 999_999_999_999_999.0)
    with pytest.raises(BadValue, match="位数过多，末尾数字可能已丢失"):
        parse(spec, "pupils_primary", 1e15)


def test_a_hundred_characters_are_read_and_fifteen_places_stored(spec):
    assert parse(spec, "pupils_primary", "0" * 99 + "7") == Value(7)
    assert parse(spec, "teaching_area", "0.123456789012345") == Value(Decimal("0.123456789012345"))


def test_figures_typed_in_full_width_are_figures(spec):
    assert parse(spec, "teaching_area", "＋１，２３４．５６７８９０") == Value(Decimal("1234.56789"))
    with pytest.raises(BadValue, match="不能是负数"):
        parse(spec, "teaching_area", "－１")
    with pytest.raises(BadValue, match="科学记数法"):
        parse(spec, "teaching_area", "１ｅ５")
    with pytest.raises(BadValue, match="科学记数法"):
        parse(spec, "teaching_area", "１Ｅ５")
    rows = [{"date": "２０２６／３／３１", "kind": "疏散演练", "participants": 600}]
    assert parse_rows(spec.items["drills"], rows).value[0]["date"] == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("word", "truth"),
    [("是", True), ("有", True), ("true", True), ("TRUE", True), ("否", False), ("无", False), ("false", False)],
)
def test_every_word_for_yes_and_no(spec, word, truth):
    assert parse(spec, "charter", word) == Value(truth)


@pytest.mark.parametrize(
    ("code", "shown"), [("pupils_primary", 30), ("charter", 30), ("moral_education", 30), ("teaching_area", 40)]
)
def test_a_refusal_quotes_the_beginning_of_what_was_typed(spec, code, shown):
    typed = "1." + "1" * 58 if shown == 40 else "乱" * 60
    with pytest.raises(BadValue) as refused:
        parse(spec, code, typed)
    assert f"“{typed[:shown]}”" in str(refused.value)


def test_a_refused_date_is_quoted_by_its_beginning(spec):
    with pytest.raises(BadValue, match=f"填的是“{'乱' * 30}”"):
        parse_rows(spec.items["drills"], [{"date": "乱" * 60}])


def test_a_row_with_one_cell_is_a_row(spec):
    rows = [{"stage": "小学", "grade": "", "number": "", "pupils": ""}]
    assert parse_rows(spec.items["class_list"], rows).value[0]["stage"] == "小学"


def test_a_whole_number_in_a_text_cell_is_its_digits(spec):
    assert parse(spec, "charter_note", 2026.0) == Value("2026")
    assert parse(spec, "charter_note", 1e15) == Value("1000000000000000")
    assert parse(spec, "charter_note", 2.5) == Value("2.5")
