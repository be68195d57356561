"""Plans stored by every release are shown alike, and a new one is written in the shape of the newest sample."""

import json
from pathlib import Path
from typing import Any

import pytest

from indicators.collection.submissions.models import Round
from indicators.planning.plans import pages
from indicators.planning.plans.models import FORMAT, PlanRun
from portal.core.lib import digests
from tests.cast import Cast
from tests.indicators.district import open_round
from tests.indicators.planning.plans import making
from tests.samples import shape

SAMPLES = Path(__file__).parent / "contents"
# Over the stored content, whatever it is read as.
SIGNED = {
    1: "45191a9f23caee2eaf07425cb9c62c8a495c658445b9093a856fa00f5834c5e3",
    2: "8d9335e2f939f679271b8f2a69c8ebf9b3fc583dad5286ae73c07b77c698ab1b",
}


def stored(name: int | str) -> PlanRun:
    """A plan as a release left it."""
    content = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return PlanRun(round=Round(name="2026 年度"), content=content)


def shown(plan: PlanRun) -> dict[str, Any]:
    """Every part of what pages and papers show of it."""
    parts = ("facts", "notes", "years", "levers", "schools", "measures", "binding", "below", "steps", "earlier")
    return {part: getattr(pages.PlanShown(plan), part) for part in parts}


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_plan_of_every_format_shows_the_same_and_its_digest_holds(number: int) -> None:
    plan = stored(number)
    assert shown(plan) == shown(stored(FORMAT))
    assert digests.fingerprint(plan.content) == SIGNED[number]


def test_an_early_plan_has_neither_steps_nor_an_earlier_year_and_says_why_it_ended() -> None:
    plan = stored("1-early")
    assert not {"next_steps", "one_year_earlier", "ended_by", "can_reach"} & plan.content.keys()
    assert not shown(plan)["steps"]
    assert shown(plan)["earlier"] is None
    assert shown(plan)["notes"] == shown(stored(FORMAT))["notes"]


def test_the_price_of_a_year_earlier_once_ignored_the_budgets() -> None:
    plan = stored(1)
    plan.content["one_year_earlier"] = {"year": 2027, "instead_of": 2028, "can_reach": True}
    assert plan.stored["one_year_earlier"]["budgets"] == "none"


def test_a_plan_of_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        _ = PlanRun(content=stored(FORMAT).content | {"format": 99}).stored


@pytest.mark.django_db
def test_a_new_plan_has_the_shape_of_the_sample(cast: Cast) -> None:
    plan = making.stored(open_round(cast.district), cast.school_a, cast.admin)
    assert shape(plan.content) == shape(stored(FORMAT).content)
