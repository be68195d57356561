"""The registers as data: what they declare fits together, and what people write is read or refused in words."""

import re

import pytest

from indicators.standard.standards import queries as standards
from schools.registers.kinds import KINDS, RegisterKind

SCHOOLS = {"甲小学": "4102020001", "4102020001": "4102020001", "实验小学": None}
EXCHANGE = {
    "person": "张小明",
    "direction": "交流出校",
    "partner": "甲小学",
    "form": "支教",
    "backbone": "是",
    "stage": "小学",
    "subject": "数学",
    "from_on": "2025年9月1日",
    "until_on": "2026.6.30",
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_a_declaration_names_only_fields_it_has(kind: RegisterKind) -> None:
    named = [*kind.totals, *(code for pair in (*kind.one_of, *kind.not_over) for code in pair)]
    wheres = [one.only_if for one in kind.fields.values()] + [one.when for one in kind.spans]
    wheres += [feed.where for feed in kind.feeds] + ([kind.target.where] if kind.target else [])
    named += [feed.sum for feed in kind.feeds if feed.sum] + [code for where in wheres for code in where]
    assert set(named) <= set(kind.fields)
    assert all(set(words) <= set(kind.fields[code].choices) for where in wheres for code, words in where.items())
    assert kind.clock in ("学年", "年")
    assert set(kind.units) <= {"school", "department", "township", "district"}
    assert re.match(r"龙政办〔2021〕8号 二（[一二三四五六七]）", kind.clause)
    assert len(kind.name) <= 31, "names a sheet"


@pytest.mark.django_db
def test_the_indicators_a_register_serves_are_those_of_the_standard() -> None:
    spec = standards.load_spec(standards.current())
    codes = {one.code for one in (*spec.indicators, *spec.vetoes)}
    assert {code for kind in KINDS.values() for code in kind.indicators} <= codes
    # A register that is held against items serves the indicators that ask for them.
    for kind in KINDS.values():
        asked = {feed.item for feed in kind.feeds if feed.of == "own"}
        assert not asked or kind.indicators, kind.code


def test_what_people_write_is_stored_in_one_way() -> None:
    data, faults = KINDS["exchange"].check(EXCHANGE | {"partner": "４１０２０２０００１", "rank": " "}, SCHOOLS)
    assert faults == {}
    assert (data["partner"], data["from_on"], data["until_on"]) == ("4102020001", "2025-09-01", "2026-06-30")
    assert "rank" not in data, "blank is nothing, not an empty word"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"person": ""}, "person", "“教师姓名”未填写"),
        ({"person": "张*"}, "person", "不是完整的姓名"),
        ({"partner": "实验小学"}, "partner", "不止一所"),
        ({"outside": "市一中"}, "partner", "只填一个"),
        ({"partner": ""}, "partner", "要填一个"),
        ({"direction": "区外交流到校"}, "partner", "不应填写"),
        ({"backbone": "可能"}, "backbone", "可填：是、否"),
        ({"from_on": "去年"}, "from_on", "应为一个日期"),
        ({"until_on": "2025-08-01", "form": "走教"}, "until_on", "早于"),
        ({"until_on": "2026-01-31"}, "until_on", "支教的期限应为 1—3 年"),
        ({"until_on": "2028-10-01"}, "until_on", "1—3 年"),
        ({"subject": "文" * 101}, "subject", "最多 100 个字"),
        ({"subject": "张三 13800138000"}, "subject", "手机号"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(typed: dict[str, str], field: str, words: str) -> None:
    _, faults = KINDS["exchange"].check(EXCHANGE | typed, SCHOOLS)
    assert list(faults) == [field]
    assert words in str(faults[field])


@pytest.mark.parametrize("until", ["2026-06-30", "2028-08-31", "2028-09-01"])
def test_a_term_of_teaching_elsewhere_is_one_to_three_years(until: str) -> None:
    assert KINDS["exchange"].check(EXCHANGE | {"until_on": until}, SCHOOLS)[1] == {}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"amount": "1e400"}, "科学记数法"),
        ({"amount": "0.00001"}, "最多 4 位小数"),
        ({"amount": "-1"}, "不小于 0"),
        ({"times": "1.5"}, "整数"),
        ({"times": "９" * 40}, "不小于 0"),
    ],
)
def test_numbers_have_their_bounds(typed: dict[str, str], words: str) -> None:
    sound = {"scheme": "社会捐助", "times": "0", "amount": "1,200.50"}
    assert KINDS["aid"].check(sound, {}) == ({"scheme": "社会捐助", "times": "0", "amount": "1200.5"}, {})
    _, faults = KINDS["aid"].check(sound | typed, {})
    assert words in str(faults[next(iter(typed))])
