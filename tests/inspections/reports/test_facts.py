"""Where one school stands, whatever of it could be judged."""

import pytest

from inspections.reports import facts
from tests.cast import Cast, make_school
from tests.indicators.collection.relaxations.district import fresh
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated

FAILING = {"pe_teachers_primary": 0, "music_teachers_primary": 0, "art_teachers_primary": 0}


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        (FAILING | {"backbone_teachers_junior": None}, False),
        ({"backbone_teachers_junior": None}, None),
        (FAILING, False),
        ({}, True),
    ],
)
def test_one_failing_part_fails_the_school_whatever_the_other_lacks(
    cast: Cast, changes: dict[str, int | None], passes: bool | None
) -> None:
    round_ = open_round(cast.district)
    school = make_school("4102020009", "九年学校", cast.district, kind="九年一贯制学校")
    hand_in(round_, school, figures("九年一贯制学校", **changes))
    assert facts.evaluation_of(fresh(evaluated(cast, round_)), {school.code}).passes is passes
