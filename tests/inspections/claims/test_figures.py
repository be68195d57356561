"""A figure found on site against the claim: blank, zero and 不适用 apart, judged unrounded by its tolerance."""

import tomllib
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured

from indicators.standard.engine import NotApplicable
from indicators.standard.standards import files, placeholders, reader
from inspections.checklists.questions import questions_for
from inspections.claims import figures
from inspections.claims.figures import ClaimedFigure, FoundFigure
from inspections.claims.models import Direction
from portal.config import env

CONTENT = files.read_folder(files.SHIPPED / "national-2017")
NONE = NotApplicable("未建")
YEARS = {"学年初": "2026年9月1日", "财政": "2025 财政年度", "学年": "2025-2026 学年"}


def claimed(key: str, answers: dict, kind: str = "九年一贯制学校") -> dict[str, ClaimedFigure]:
    spec, fill = reader.spec_from_content(CONTENT), placeholders.filler(CONTENT)
    question = next(one for one in questions_for(kind, answers, spec, fill, YEARS) if one.key == key)
    return {figure.code: figure for figure in question.figures}


def figure(amount: object, tolerance: str = "0", is_whole: bool = False) -> ClaimedFigure:
    made = claimed("a4-rooms", {})["teaching_area"]
    return replace(made, amount=amount, tolerance=tolerance, is_whole=is_whole)


@pytest.mark.parametrize(
    ("kind", "answers", "asked"),
    [
        ("小学", {}, ["primary"]),
        ("九年一贯制学校", {}, ["primary", "junior"]),
        ("九年一贯制学校", {"pupils_junior": {"value": "0"}}, ["primary"]),
        ("九年一贯制学校", {"pupils_junior": {"not_applicable": "没有招生"}}, ["primary"]),
        ("小学", {"pupils_junior": {"value": "45"}}, ["primary", "junior"]),
    ],
)
def test_only_stages_the_school_runs_are_asked(kind: str, answers: dict, asked: list[str]) -> None:
    """A stage with attached classes (附设班) too."""
    assert [one.stage for one in claimed("a1-degrees", answers, kind).values()] == asked


@pytest.mark.parametrize(
    ("amount", "found", "tolerance", "direction"),
    [
        ("24", "24", "0", Direction.SAME),
        ("24", "22", "0", Direction.OVER),
        ("24", "25", "0", Direction.UNDER),
        ("24", "0", "0", Direction.OVER),
        ("24", None, "0", None),
        (None, "22", "0", None),
        ("0", "0", "2%", Direction.SAME),
        ("0", "0.0001", "2%", Direction.UNDER),
        ("100", "98", "2%", Direction.SAME),
        ("100", "97.9999", "2%", Direction.OVER),
        ("100", "102.0001", "2%", Direction.UNDER),
        ("45", "46", "1", Direction.SAME),
        ("45", "47", "1", Direction.UNDER),
        (NONE, "3", "0", Direction.UNDER),
        ("3", NONE, "0", Direction.OVER),
        (NONE, "0", "0", Direction.SAME),
        (NONE, None, "0", None),
    ],
)
def test_a_difference_is_judged_unrounded(amount, found, tolerance, direction) -> None:
    said, seen = (Decimal(one) if isinstance(one, str) else one for one in (amount, found))
    assert FoundFigure(figure(said, tolerance), seen).direction is direction


def test_what_is_better_less_flatters_when_it_is_claimed_too_low() -> None:
    (size,) = (one for one in claimed("b5-classes", {}).values() if one.less_is_better)
    rooms = claimed("a7-multimedia", {})["multimedia_rooms"]
    found = [
        FoundFigure(replace(one, amount=Decimal(45)), Decimal(seen)).as_checked().is_flattering
        for one in (size, rooms)
        for seen in (45, 50, 40)
    ]
    assert (size.code, found) == ("class_list-pupils", [False, True, False, False, False, True])


def test_the_words_of_a_difference_have_a_number_where_there_are_two() -> None:
    assert FoundFigure(figure(Decimal(24)), Decimal("21.5")).difference == "多报 2.5 ㎡"
    assert FoundFigure(figure(NONE), Decimal(3)).difference == "少报"
    assert FoundFigure(figure(Decimal(24)), Decimal(24)).difference == ""


def test_blank_zero_and_not_applicable_stay_apart_when_frozen() -> None:
    for amount in (None, Decimal(0), Decimal("12.50"), NONE):
        one = figure(amount)
        assert ClaimedFigure.of(one.as_dict()) == one
    assert [figure(amount).words for amount in (None, Decimal(0), NONE)] == ["", "0 ㎡", "不适用"]


def test_figures_have_item_unit_day_and_the_limit_of_each_stage() -> None:
    shared = claimed("a4-rooms", {"teaching_area": {"value": "5200.5"}})["teaching_area"]
    assert (shared.amount, shared.unit, shared.items) == (Decimal("5200.5"), "㎡", ("teaching_area",))
    assert (shared.year, shared.stage) == (YEARS["学年初"], "")
    assert shared.standard == "生均教学及辅助用房面积：小学不低于 4.5 ㎡，初中不低于 5.8 ㎡"
    degrees = claimed("a1-degrees", {})
    assert set(degrees) == {"a1-primary", "a1-junior"}
    assert degrees["a1-junior"].stage == "junior"
    assert "teachers_master_junior" in degrees["a1-junior"].items
    assert degrees["a1-junior"].standard.endswith("初中不低于 5.3 人")


def test_rows_are_counted_and_the_extreme_of_a_column_is_a_figure_of_its_own() -> None:
    rooms = claimed("b3-music", {"music_rooms": {"value": [{"area": "96.5"}, {"area": "88"}, {"area": ""}]}})
    assert {code: one.amount for code, one in rooms.items()} == {
        "music_rooms": Decimal(3),
        "music_rooms-area": Decimal(88),
    }
    assert claimed("b3-music", {"music_rooms": {"value": []}})["music_rooms"].amount == Decimal(0)
    classes = claimed("b5-classes", {"class_list": {"value": [{"pupils": "44"}, {"pupils": "47"}]}})
    assert classes["class_list-pupils"].amount == Decimal(47)
    assert "45" in classes["class_list-pupils"].standard


def test_a_part_that_is_not_applicable_adds_nothing_and_a_blank_one_leaves_the_sum_blank() -> None:
    names = ("pe_teachers", "music_teachers", "art_teachers", "arts_teachers")
    given = {f"{name}_primary": {"value": "2"} for name in names[:3]}
    last = f"{names[3]}_primary"
    assert claimed("a3-arts", given)["a3-primary"].amount is None
    assert claimed("a3-arts", given | {last: {"not_applicable": "没有"}})["a3-primary"].amount == Decimal(6)
    waived = {f"{name}_primary": {"not_applicable": "没有"} for name in names}
    assert claimed("a3-arts", waived)["a3-primary"].amount == NotApplicable("没有")


@pytest.mark.parametrize(
    ("found", "is_whole", "is_sound"),
    [
        ("0", True, True),
        ("2.5", True, False),
        ("2.5", False, True),
        ("2.50000", False, True),
        ("2.12345", False, False),
        ("-1", False, False),
        ("1000000000000", True, False),
        ("2." + "0" * 40 + "1", False, False),
    ],
)
def test_what_cannot_be_found_is_refused(found, is_whole, is_sound) -> None:
    asked = figure(Decimal(24), is_whole=is_whole)
    assert (figures.problems([asked], {asked.code: Decimal(found)}) == []) is is_sound


def test_a_figure_of_another_question_is_refused() -> None:
    assert figures.problems([figure(None)], {"pupils": Decimal(1)})


def test_every_tolerance_is_an_amount_with_a_source_and_every_unit_claimed_has_one() -> None:
    listed = tomllib.loads(figures.FILE.read_text())
    for entry in (*listed["units"].values(), *listed["items"].values()):
        assert Decimal(entry["tolerance"].removesuffix("%")) >= 0
        assert entry["source"]
    spec, fill = reader.spec_from_content(CONTENT), placeholders.filler(CONTENT)
    asked = [figure for one in questions_for("九年一贯制学校", {}, spec, fill) for figure in one.figures]
    assert {figure.unit for figure in asked} <= set(listed["units"])
    assert set(listed["items"]) <= {figure.code for figure in asked}


def test_the_bureau_sets_a_tolerance_by_figure_before_unit(settings) -> None:
    settings.VISIT_TOLERANCES = {"㎡": "3%", "teaching_area": "10"}
    rooms = claimed("a4-rooms", {})
    assert (rooms["teaching_area"].tolerance, rooms["indoor_sports_area"].tolerance) == ("10", "3%")
    assert claimed("a7-multimedia", {})["multimedia_rooms"].tolerance == "0"


def test_a_tolerance_that_is_no_amount_does_not_start(monkeypatch) -> None:
    monkeypatch.setitem(env.env.ENVIRON, "VISIT_TOLERANCES", "㎡=2%,人=0")
    assert env.amounts("VISIT_TOLERANCES") == {"㎡": "2%", "人": "0"}
    monkeypatch.setitem(env.env.ENVIRON, "VISIT_TOLERANCES", "㎡=一点")
    with pytest.raises(ImproperlyConfigured):
        env.amounts("VISIT_TOLERANCES")
