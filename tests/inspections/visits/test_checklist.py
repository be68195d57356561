"""Questions of the checklist and the claims beside them."""

import pytest

from indicators.standards import reader
from inspections.visits import checklist
from inspections.visits.checklist import questions_for
from schools.directory.models import Kind

CONTENT = reader.read_folder(reader.SHIPPED / "national-2017")


def _claim(key: str, answers: dict, kind: str = "小学") -> str:
    return next(q.claimed for q in questions_for(kind, answers, CONTENT) if q.key == key)


def test_every_question_names_an_indicator_and_fields_of_the_standard() -> None:
    spec = reader.spec_from_content(CONTENT)
    codes = {entry.code for entry in (*spec.indicators, *spec.vetoes)}
    for entry in checklist._load():
        assert entry["indicator"] in codes
        assert set(entry.get("except_kinds", ())) <= set(Kind.values)
        for claim in entry["claims"]:
            fields = claim.get("sum") or [claim.get("rows") or claim["value"]]
            assert set(fields) <= set(spec.items), entry["key"]
            for column in ("smallest", "largest"):
                if column in claim:
                    assert claim[column] in {c.code for c in spec.items[claim["rows"]].columns}


def test_keys_are_unique_and_fit_an_address() -> None:
    keys = [entry["key"] for entry in checklist._load()]
    assert len(keys) == len(set(keys))
    assert all(len(key) <= 40 and key.replace("-", "").isalnum() for key in keys)


def test_a1_to_a7_and_the_main_conditions_are_asked() -> None:
    asked = {q.indicator for q in questions_for("小学", {}, CONTENT)}
    assert asked >= {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "B3", "B5", "B12", "C3"}


def test_special_schools_are_not_asked_about_a1_to_a7() -> None:
    assert not {q.indicator for q in questions_for("特殊教育学校", {}, CONTENT)} & {f"A{n}" for n in range(1, 8)}


@pytest.mark.parametrize(
    ("answers", "claimed"),
    [
        ({}, "未填报"),
        ({"multimedia_rooms": {"value": "24"}}, "网络多媒体教室 24 间"),
        ({"multimedia_rooms": {"value": "0"}}, "网络多媒体教室 0 间"),
        ({"multimedia_rooms": {"not_applicable": "未建成"}}, "未填报"),
    ],
)
def test_a_blank_is_not_a_zero(answers: dict, claimed: str) -> None:
    assert _claim("a7-multimedia", answers) == claimed


def test_a_sum_with_a_blank_part_is_not_shown() -> None:
    answers = {
        "backbone_teachers_primary": {"value": "3"}, "pe_teachers_primary": {"value": "2"},
        "music_teachers_primary": {"value": "1"},
    }  # fmt: skip
    assert _claim("a2-backbone", answers) == "小学 3 人"
    assert _claim("a3-arts", answers) == "未填报"


def test_stages_are_claimed_apart() -> None:
    answers = {"backbone_teachers_primary": {"value": "3"}, "backbone_teachers_junior": {"value": "5"}}
    assert _claim("a2-backbone", answers, "九年一贯制学校") == "小学 3 人；初中 5 人"


def test_rooms_say_how_many_and_the_smallest() -> None:
    rows = [{"name": "音乐一", "area": "96.5"}, {"name": "音乐二", "area": "88"}]
    assert _claim("b3-music", {"music_rooms": {"value": rows}}) == "音乐教室 2 间，最小 88 ㎡"


def test_classes_say_the_largest() -> None:
    rows = [{"pupils": "44"}, {"pupils": "47"}]
    assert _claim("b5-classes", {"class_list": {"value": rows}}) == "班级 2 个班，最大 47 人"
