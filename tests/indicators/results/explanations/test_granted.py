"""Explanations next to granted relaxations: every page opens, and says what the relaxed verdict is."""

import json
from typing import Any

import pytest

from indicators.results.evaluations.models import Evaluation
from indicators.results.explanations import queries, views
from indicators.standard.engine.explain import ConclusionPlace
from indicators.standard.standards import queries as standards
from tests.cast import Cast
from tests.indicators.collection.relaxations.district import before_and_after
from tests.shared import shared


@shared
def pair(cast: Cast) -> tuple[Evaluation, Evaluation]:
    return before_and_after(cast)


A, B, D = "4102020001", "4102020002", "4102020003"
PLACES = [
    (ConclusionPlace("district"), "未达标", ""),
    (ConclusionPlace("stage", stage="primary"), "达标", "2 所（部）：达标 2，未达标 0，待定 0"),
    (ConclusionPlace("coefficient", "A5", stage="primary"), "达标", "差异系数 0.105"),
    (ConclusionPlace("part", school=A, stage="primary"), "达标", ""),
    (ConclusionPlace("indicator", "A5", school=A, stage="primary"), "达标", "租借校外场馆面积 1500"),
    (ConclusionPlace("condition", "B4"), "达标", ""),
    (ConclusionPlace("school", "B4", school=B), "达标", ""),
]
UNTOUCHED = [
    ConclusionPlace("coefficient", "A4", stage="primary"),
    ConclusionPlace("part", school=D, stage="primary"),
    ConclusionPlace("condition", "B3"),
    ConclusionPlace("indicator", "A4", school=A, stage="primary"),
    ConclusionPlace("school", "B4", school=A),
    ConclusionPlace("veto", "E1"),
]


@pytest.mark.parametrize(("place", "words", "figure"), PLACES)
def test_what_a_relaxation_is_about_says_so(pair, place: ConclusionPlace, words: str, figure: str) -> None:
    evaluation = pair[1]
    found = queries.relaxed_at(evaluation, standards.load_spec(evaluation.standard), place)
    assert found is not None
    assert found.words == words
    assert figure in found.figure
    if place.school:
        assert {one.school_code for one in found.allowed} == {place.school}


def test_a_stage_fails_by_its_coefficients_with_relaxations_too(pair) -> None:
    evaluation = pair[1]
    for result in (evaluation.result, evaluation.result["relaxed"]):
        result["coefficients"]["primary"]["A4"] |= {"passes": False, "reason": None}
    found = queries.relaxed_at(
        evaluation, standards.load_spec(evaluation.standard), ConclusionPlace("stage", stage="primary")
    )
    assert found is not None
    assert (found.words, found.figure) == ("未达标", "2 所（部）：达标 2，未达标 0，待定 0")


@pytest.mark.parametrize("place", UNTOUCHED)
def test_what_no_relaxation_is_about_stays_as_it_was(pair, place: ConclusionPlace) -> None:
    spec = standards.load_spec(pair[1].standard)
    assert queries.relaxed_at(pair[1], spec, place) is None
    assert queries.relaxed_at(pair[0], spec, ConclusionPlace("district")) is None


def test_every_page_and_its_json_show_it(pair, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.leader)
    for place in (one[0] for one in PLACES):
        address = views.address(pair[1].pk, place)
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "以下依据按严格口径。放宽口径：" in answer.content.decode(), address
        shown = json.loads(client.get(address, {"format": "json"}).content)
        assert shown["relaxed"]["verdict"] in ("达标", "未达标")
        assert "放宽口径：" not in client.get(views.address(pair[0].pk, place)).content.decode()


def test_a_school_reads_its_own_relaxations_alone(pair, cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.principal_a).get(f"/explanations/{pair[1].pk}/schools/{A}/primary/").content.decode()
    assert "甲小学 A5" in page
    assert "乙初级中学" not in page
