"""The command `plan`: its JSON, what `what_if` says of its measures, and what it refuses."""

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.indicators.district import figures, hand_in, open_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(cast) -> Any:
    """A primary and a junior school that lack teachers and equipment."""
    found = open_round(cast.district)
    poor = {"teachers_bachelor_primary": 2, "backbone_teachers_primary": 1, "equipment_value": Decimal("30")}
    hand_in(found, cast.school_a, figures("小学", 400, **poor))
    hand_in(found, cast.school_b, figures("初级中学", 300, multimedia_rooms=3))
    return found


def run(command: str, round_, *options: str) -> str:
    out = StringIO()
    call_command(command, "2026", "--district", round_.district.code, *options, "--format", "json", stdout=out)
    return out.getvalue()


def numbers(content: Any) -> list[Any]:
    """Everything in a JSON that is a number and not a string."""
    if isinstance(content, dict):
        return [one for key, value in content.items() if key not in ("year", "years") for one in numbers(value)]
    if isinstance(content, list):
        return [one for value in content for one in numbers(value)]
    return [content] if isinstance(content, (int, float)) and not isinstance(content, bool) else []


def test_the_measures_of_a_plan_give_its_verdict_in_what_if(round_, tmp_path: Path) -> None:
    written = run("plan", round_)
    found = json.loads(written)
    assert found["reaches"]
    assert all(part["passes"] for part in found["verdict_after"]["parts"])
    assert [year["year"] for year in found["years"]] == [2027, 2028, 2029]
    assert sum(Decimal(one["cost"]) for one in found["measures"]) == Decimal(found["total_cost"])
    assert sum(Decimal(year["cost"]) for year in found["years"]) == Decimal(found["total_cost"])
    assert Decimal(found["lower_bound"]) <= Decimal(found["total_cost"])
    shown = {key: found[key] for key in ("measures", "total_cost", "lower_bound", "gap", "verdict_after")}
    assert numbers([{"cost": year["cost"], "passing": year["parts_passing"]} for year in found["years"]]) == []
    assert numbers({**shown, "measures": [one | {"year": None} for one in shown["measures"]]}) == []
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(found["measures"]))
    assert json.loads(run("what_if", round_, "--measures", str(file)))["after"] == found["verdict_after"]
    assert run("plan", round_) == written


def test_a_budget_that_is_too_small_says_what_is_needed(round_) -> None:
    found = json.loads(run("plan", round_, "--years", "2027", "--budget", "2027=10", "--kinds", "hire,multimedia_room"))
    assert not found["reaches"]
    assert {one["school_code"] for one in found["below"]} >= {"4102020001"}
    assert Decimal(found["total_cost"]) <= 10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--years", "2029-2027"), "先写早的"),
        (("--years", "2020"), "2026"),
        (("--budget", "2031=5"), "在规划的年度以内"),
        (("--budget", "2027=x"), "数字"),
        (("--budget", "2027=1,2027=2"), "两次"),
        (("--kinds", "fire"), "没有“fire”"),
        (("--gap", "2"), "0 至 1"),
        (("--time-limit", "0"), "3600"),
        (("--pupils", "mid"), "班级名册"),
        (("--costs", "absent.toml"), "--costs"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(round_, options, words) -> None:
    with pytest.raises(CommandError) as refused:
        run("plan", round_, *options)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "TOML"),
        ('[unit_costs]\nmove = "0"', "大于 0"),
        ("[unit_costs]\nhire = 1.5", "数字文本"),
        ('[unit_costs]\nfire = "1"', "没有这种措施"),
        ('[lead_years]\nequip = "2"', "整数"),
        ('[yearly_caps]\nhire = "-1"', "不小于 0"),
        ('[prices]\nhire = "1"', "prices"),
        ("", "[unit_costs]"),
    ],
)
def test_a_costs_file_names_every_fault(round_, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "costs.toml"
    file.write_text(text)
    with pytest.raises(CommandError) as refused:
        run("plan", round_, "--costs", str(file))
    assert words in str(refused.value)


def test_schools_without_figures_are_named(cast) -> None:
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures("小学", 400))
    with pytest.raises(CommandError, match=cast.school_b.name):
        run("plan", round_)
