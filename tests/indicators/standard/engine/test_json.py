"""The published JSON: its keys, its numbers, its order."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from portal.core.lib.digests import canonical
from tests.indicators.standard.engine.builders import judge, no_vetoes, school

TOP = [
    "round",
    "district",
    "standard",
    "engine",
    "inputs_sha256",
    "complete",
    "parts",
    "coefficients",
    "district_indicators",
    "vetoes",
    "growth",
    "missing",
    "excluded",
    "verdict",
    "blocking",
]
PLAIN = re.compile(r"-?\d+(\.\d+)?")


def shown(result):
    return result.as_json(round="2026", district="410202")


def district(spec):
    return judge(
        spec,
        school("3", "教学点", pupils_primary=38),
        school("2", "九年一贯制学校", multimedia_rooms=7, **no_vetoes(spec)),
        school("1", pupils=300, multimedia_rooms=None, **no_vetoes(spec)),
        school("4", "初级中学", **no_vetoes(spec)),
    )


def test_top_level_keys_are_exactly_these(spec):
    assert list(shown(district(spec))) == TOP


def test_named_keys_are_there_in_every_entry(spec):
    content = shown(district(spec))
    for part in content["parts"]:
        assert {"school_code", "school_name", "stage", "pupils", "passes", "indicators"} <= part.keys()
        assert list(part["indicators"]) == ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]
        for indicator in part["indicators"].values():
            assert {"numerator", "value", "threshold", "reaches", "reaches_floor", "gap"} <= indicator.keys()
    assert list(content["coefficients"]) == ["primary", "junior"]
    for by_code in content["coefficients"].values():
        assert list(by_code) == ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]
        assert all({"mean", "sd", "cv", "limit", "passes"} <= c.keys() for c in by_code.values())
    assert list(content["district_indicators"]) == [i.code for i in spec.indicators if i.formula is None]
    assert all({"value", "passes", "why"} <= d.keys() for d in content["district_indicators"].values())
    assert [v["code"] for v in content["vetoes"]] == ["E1", "E2", "E3", "E4", "E5", "E6"]
    assert content["missing"] == [{"school_code": "0000000001", "item": "multimedia_rooms"}]
    assert [(e["school_code"], bool(e["reason"])) for e in content["excluded"]] == [("0000000003", True)]


def numbers(content):
    for part in content["parts"]:
        yield part["pupils"]
        for indicator in part["indicators"].values():
            yield from (indicator[k] for k in ("numerator", "denominator", "value", "threshold", "floor", "gap"))
    for by_code in content["coefficients"].values():
        for coefficient in by_code.values():
            yield from (coefficient[k] for k in ("mean", "sd", "cv", "limit"))


def test_numbers_are_plain_decimal_strings_or_null(spec):
    found = list(numbers(shown(district(spec))))
    assert None in found
    assert all(number is None or PLAIN.fullmatch(number) for number in found)


def test_numbers_are_exact_or_carry_28_digits(spec):
    part = shown(district(spec))["parts"][1]
    assert part["school_code"] == "0000000002"
    exact = Fraction(7 * 10, 21)
    printed = Fraction(Decimal(part["indicators"]["A7"]["numerator"]))
    assert abs(printed - exact) <= Fraction(1, 10**27)
    assert part["indicators"]["A4"]["threshold"] == "4.5"


def test_parts_come_in_order_of_code_then_primary_before_junior(spec):
    parts = [(p["school_code"], p["stage"]) for p in shown(district(spec))["parts"]]
    assert parts == [
        ("0000000001", "primary"),
        ("0000000002", "primary"),
        ("0000000002", "junior"),
        ("0000000004", "junior"),
    ]


def test_json_survives_a_round_trip_and_repeats_byte_for_byte(spec):
    first, second = (json.dumps(shown(district(spec)), ensure_ascii=False) for _ in range(2))
    assert first == second
    assert json.loads(first) == shown(district(spec))


def test_fingerprint_ignores_school_order_and_spelling_of_numbers(spec):
    forward = judge(spec, school("1", teaching_area="5000"), school("2"))
    backward = judge(spec, school("2"), school("1", teaching_area="5000.00"))
    assert forward.inputs_sha256 == backward.inputs_sha256


def test_fingerprint_sees_every_change(spec):
    base = judge(spec, school("1")).inputs_sha256
    others = [
        judge(spec, school("1", multimedia_rooms=49)),
        judge(spec, school("1", multimedia_rooms=None)),
        judge(spec, school("1", sponsor="10")),
        judge(spec, school("1", has_submission=False)),
        judge(spec, school("1"), teacher_wage=1),
    ]
    assert len({base, *(o.inputs_sha256 for o in others)}) == 6


def test_shared_figures_show_the_parts_exact_share_and_teachers_none(spec):
    parts = shown(district(spec))["parts"]
    nine = [part["indicators"] for part in parts if part["school_code"] == "0000000002"]
    shares = [Fraction(one["A7"]["share"]) for one in nine]
    assert [
        abs(share - Fraction(weight, 21)) < Fraction(1, 10**27) for share, weight in zip(shares, (10, 11), strict=True)
    ] == [True, True]
    assert [one["A1"]["share"] for one in nine] == [None, None]
    alone = next(part["indicators"] for part in parts if part["school_code"] == "0000000004")
    assert alone["A7"]["share"] == "1"


def test_the_order_in_which_figures_come_changes_no_fingerprint(spec):
    own = school("1")
    turned = replace(own, answers=dict(reversed(own.answers.items())))
    assert list(turned.answers) != list(own.answers)
    assert judge(spec, turned).inputs_sha256 == judge(spec, own).inputs_sha256


def test_the_fingerprint_is_taken_of_sorted_chinese_text():
    assert canonical({"b": "教", "a": [1, "x"]}) == '{"a":[1,"x"],"b":"教"}'.encode()


def test_a_coefficient_gives_the_reason_it_has_none_and_null_next_to_one_that_is_there(spec):
    two, one = (judge(spec, *(school(str(n)) for n in range(count))) for count in (2, 1))
    assert shown(two)["coefficients"]["primary"]["A7"]["reason"] is None
    assert shown(one)["coefficients"]["primary"]["A7"]["reason"] == "single_part"


def test_a_school_under_a_condition_shows_why_where_there_is_something_to_show(spec):
    schools = shown(judge(spec, school("1", pupils=2001), school("2")))["district_indicators"]["B4"]["schools"]
    assert [one.get("why") for one in schools] == ["义务教育阶段在校生 2001 人，超过 2000 人，多 1 人", None]
    assert ["why" in one for one in schools] == [True, False]
