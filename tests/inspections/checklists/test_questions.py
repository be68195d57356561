"""Questions of the checklist and the claims next to them."""

import copy
import tomllib

import pytest

from indicators.standard.standards import files, placeholders, reader
from inspections.checklists import questions
from inspections.checklists.questions import Question, questions_for
from tests.indicators.standard.standards import overlays

CONTENT = files.read_folder(files.SHIPPED / "national-2017")


def asked(kind: str, answers: dict, content: dict = CONTENT) -> list[Question]:
    return questions_for(kind, answers, reader.spec_from_content(content), placeholders.filler(content))


def _claim(key: str, answers: dict, kind: str = "小学") -> str:
    return next(q.claimed for q in asked(kind, answers) if q.key == key)


def test_every_question_names_an_indicator_and_fields_of_the_standard() -> None:
    spec = reader.spec_from_content(CONTENT)
    codes = {entry.code for entry in (*spec.indicators, *spec.vetoes)}
    for entry in questions._load()["questions"]:
        assert entry["indicator"] in codes
        for claim in entry.get("claims", ()):
            fields = claim.get("sum") or [claim.get("rows") or claim["value"]]
            assert set(fields) <= set(spec.items), entry["key"]
            for column in ("smallest", "largest"):
                if column in claim:
                    assert claim[column] in {c.code for c in spec.items[claim["rows"]].columns}


def test_keys_are_unique_and_fit_an_address() -> None:
    keys = [entry["key"] for entry in questions._load()["questions"]]
    assert len(keys) == len(set(keys))
    assert all(len(key) <= 40 and key.replace("-", "").isalnum() for key in keys)


def test_a1_to_a7_and_the_main_conditions_are_asked() -> None:
    assert {q.indicator for q in asked("小学", {})} >= {
        "A1",
        "A2",
        "A3",
        "A4",
        "A5",
        "A6",
        "A7",
        "B3",
        "B5",
        "B12",
        "C3",
    }


def test_special_schools_are_not_asked_about_a1_to_a7() -> None:
    assert not {q.indicator for q in asked("特殊教育学校", {})} & {f"A{n}" for n in range(1, 8)}


@pytest.mark.parametrize(
    ("answers", "claimed"),
    [
        ({}, "未填报"),
        ({"multimedia_rooms": {"value": "24"}}, "网络多媒体教室 24 间"),
        ({"multimedia_rooms": {"value": "0"}}, "网络多媒体教室 0 间"),
        ({"multimedia_rooms": {"not_applicable": "未建成"}}, "网络多媒体教室 不适用"),
    ],
)
def test_a_blank_is_not_a_zero(answers: dict, claimed: str) -> None:
    assert _claim("a7-multimedia", answers) == claimed


def test_a_sum_with_a_blank_part_is_not_shown() -> None:
    answers = {
        "backbone_teachers_primary": {"value": "3"},
        "pe_teachers_primary": {"value": "2"},
        "music_teachers_primary": {"value": "1"},
    }
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


def test_what_only_an_overlay_adds_is_asked_in_its_words() -> None:
    content = files.compose(CONTENT, tomllib.loads(overlays.PROVINCE))
    added = next(q for q in asked("小学", {"libraries": {"value": "2"}}, content) if q.indicator == "B90")
    assert (added.key, added.text) == ("b90", "每校有图书室，与填报相符")
    assert added.look == "查看图书室照片。容易出错的：把仓库算作图书室。"
    assert added.claimed == "图书室 2 间"


def test_a_kind_of_room_that_an_overlay_adds_is_counted_too() -> None:
    content = copy.deepcopy(CONTENT)
    rooms = next(entry for entry in content["indicators"] if entry["code"] == "B3")["conditions"][0]
    content["items"].append(next(i for i in content["items"] if i["code"] == "art_rooms") | {"code": "science_rooms"})
    rooms["kinds"].append({"item": "science_rooms", "label": "科学", "min_area": 80.5})
    keys = {q.key: q.look for q in asked("小学", {}, content)}
    assert "80.5 ㎡" in keys["b3-science"]
    assert "b3-music" in keys


def test_a_question_whose_items_the_standard_no_longer_has_is_asked_in_its_words() -> None:
    content = copy.deepcopy(CONTENT)
    content["items"] = [item for item in content["items"] if item["code"] != "curriculum"]
    c7 = next(entry for entry in content["indicators"] if entry["code"] == "C7")
    c7["items"].remove("school.curriculum")
    c7["conditions"] = [
        {
            "code": "attested",
            "label": "综合实践",
            "rule": "holds",
            "who": "all",
            "items": [code for code in c7["conditions"][0]["items"] if code != "school.curriculum"],
            "accepted": c7["conditions"][0]["accepted"],
        }
    ]
    shown = next(q for q in asked("小学", {}, content) if q.indicator == "C7")
    assert (shown.key, shown.text) == ("c7", "课程开齐开足，教学秩序规范，综合实践活动有效开展，与填报相符")
