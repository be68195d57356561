"""Answers as plain JSON and back."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.engine import NotApplicable, UnusableReturn, Value, decode, encode
from indicators.engine.returns import figure

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


def test_floats_have_no_place_in_a_return():
    with pytest.raises(UnusableReturn, match="float"):
        encode(Value(1.5))


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity")])
def test_a_figure_without_an_end_is_refused(number):
    with pytest.raises(UnusableReturn, match="不是有限的数字"):
        figure({"teaching_area": Value(number)}, "teaching_area")


def test_a_capped_figure_has_a_fingerprint_of_its_own():
    assert encode(Value(Fraction(1, 3))) == {"value": {"n": "1/3"}}
