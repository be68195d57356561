"""Answers as plain JSON and back."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.standard.engine import NotApplicable, UnusableData, Value, decode, encode, figure
from tests.indicators.standard.engine.builders import departments, judge, sound

ANSWERS = [
    Value(0),
    Value(900),
    Value(Decimal("12.5")),
    Value(True),
    Value(False),
    Value("九年"),
    Value("12"),
    Value(()),
    Value(({"name": "音乐室", "area": Decimal("96.5"), "built_year": 2012, "date": date(2026, 3, 31), "note": None},)),
    NotApplicable("没有初中"),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_answers_survive_json(answer):
    back = decode(json.loads(json.dumps(encode(answer))))
    assert back == answer
    assert type(back) is type(answer)


def test_equal_figures_have_equal_text():
    assert encode(Value(Decimal("12.50"))) == encode(Value(Decimal("12.5")))
    assert encode(Value(Decimal("100"))) == encode(Value(100))
    assert encode(Value(Decimal("1E+2"))) == encode(Value(100))


def test_text_digits_are_not_a_number():
    assert encode(Value("12")) != encode(Value(12))


def test_floats_have_no_place_in_a_submission():
    with pytest.raises(UnusableData, match="float"):
        encode(Value(1.5))


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity")])
def test_a_figure_without_an_end_is_refused(number):
    with pytest.raises(UnusableData, match="不是有限的数字"):
        figure({"teaching_area": Value(number)}, "teaching_area")


def test_a_capped_figure_has_a_fingerprint_of_its_own():
    assert encode(Value(Fraction(1, 3))) == {"value": {"n": "1/3"}}


def test_the_order_of_table_rows_changes_neither_fingerprint_nor_result(spec):
    rooms = (
        {"name": "甲", "area": Decimal(95), "built_year": 2018},
        {"name": "乙", "area": Decimal(89), "built_year": 2018},
        {"name": "丙", "area": Decimal(97), "built_year": 2018},
    )
    classes = tuple({"stage": "小学", "grade": "一年级", "number": str(n), "pupils": 44 + n} for n in range(5))
    tested = tuple(
        {"subject": "语文", "year": 2025, "level": level, "variation": Decimal(variation), "report": level}
        for level, variation in (("Ⅲ", "0.1"), ("Ⅱ", "0.2"))
    )

    def result(order):
        tables = {"class_list": classes, "music_rooms": rooms, "art_rooms": rooms}
        school = sound(spec, **{code: Value(rows[::order]) for code, rows in tables.items()})
        judged = judge(spec, school, **(departments() | {"monitoring": Value(tested[::order])}))
        return judged.as_json(round="2026", district="410202")

    assert result(1) == result(-1)
