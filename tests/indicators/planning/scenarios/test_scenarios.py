"""Stored scenarios: actions, pages, the command."""

import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from python_calamine import CalamineWorkbook

from indicators.planning.scenarios import actions, queries
from indicators.results.evaluations.models import Evaluation
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


HERE = "4102029000"
EQUIP = {"kind": "equip", "school_code": HERE, "quantity": "900", "cost": "900"}


def test_a_scenario_without_measures_changes_nothing(scenario) -> None:
    trial = queries.trial(scenario)
    assert trial.before is trial.after
    assert trial.parts == trial.conditions == []


def test_a_measure_shows_the_parts_it_changes(cast, scenario) -> None:
    changed = actions.add_measure(scenario_id=scenario.pk, measure=EQUIP, by=cast.admin)
    trial = queries.trial(changed)
    assert {part.school_code for part in trial.parts} == {HERE}
    assert [one.label for part in trial.parts for one in part.figures if one.before != one.after] == ["A6"]
    assert trial.cost == 900
    assert AuditEvent.objects.filter(action="scenario.change").count() == 1


def test_a_measure_that_cannot_be_carried_out_is_not_stored(cast, scenario) -> None:
    for measure in (EQUIP | {"school_code": "1"}, EQUIP | {"quantity": "x"}):
        with pytest.raises(Invalid):
            actions.add_measure(scenario_id=scenario.pk, measure=measure, by=cast.admin)
    scenario.refresh_from_db()
    assert scenario.measures == []


def test_a_measure_is_removed_from_the_list_that_was_seen(cast, scenario) -> None:
    changed = actions.add_measure(scenario_id=scenario.pk, measure=EQUIP, by=cast.admin)
    with pytest.raises(Conflict):
        actions.remove_measure(scenario_id=scenario.pk, version=changed.version - 1, number=0, by=cast.admin)
    with pytest.raises(Invalid):
        actions.remove_measure(scenario_id=scenario.pk, version=changed.version, number=1, by=cast.admin)
    removed = actions.remove_measure(scenario_id=scenario.pk, version=changed.version, number=0, by=cast.admin)
    assert removed.measures == []


def test_a_copy_is_a_scenario_of_its_own(cast, scenario) -> None:
    actions.add_measure(scenario_id=scenario.pk, measure=EQUIP, by=cast.admin)
    copied = actions.copy(scenario_id=scenario.pk, by=cast.admin)
    actions.remove_measure(scenario_id=copied.pk, version=copied.version, number=0, by=cast.admin)
    scenario.refresh_from_db()
    assert len(scenario.measures) == 1


def test_only_the_bureau_changes_a_scenario(cast, scenario) -> None:
    with pytest.raises(NotAllowed):
        actions.add_measure(scenario_id=scenario.pk, measure=EQUIP, by=cast.leader)
    for person in (cast.foreign_admin, cast.reporter_b):
        with pytest.raises((NotAllowed, NotFound)):
            actions.copy(scenario_id=scenario.pk, by=person)


def test_the_page_adds_and_keeps_what_was_refused(cast, scenario, sign_in) -> None:
    client, url = sign_in(cast.admin), reverse("scenarios:add_measure", args=[scenario.pk])
    asked = {"kind": "move", "school": HERE, "stage": "primary", "quantity": "2", "cost": ""}
    page = client.post(url, asked)
    assert page.status_code == 400
    assert page.context["form"]["school"].value() == HERE
    assert client.post(url, {"kind": "equip", "school": HERE, "quantity": "30", "cost": "30"}).status_code == 302
    page = client.get(reverse("scenarios:detail", args=[scenario.pk]))
    assert f'data-part="{HERE}"' in page.content.decode()
    new = {
        "kind": "new_school",
        "new_code": "4102020099",
        "new_name": "新校",
        "new_kind": "小学",
        "new_area": "城区",
        "quantity": "1",
    }
    assert client.post(url, new).status_code == 302
    page = client.get(reverse("scenarios:detail", args=[scenario.pk]))
    assert "4102020099" in dict(page.context["form"].fields["school"].choices)


def test_measures_that_rest_on_a_removed_one_can_be_removed_too(cast, scenario, sign_in) -> None:
    new, extra = "4102020099", {"name": "新校", "school_kind": "小学", "area": "城区"}
    for measure in ({"kind": "new_school", "quantity": "1", "extra": extra}, {"kind": "equip", "quantity": "30"}):
        scenario = actions.add_measure(scenario_id=scenario.pk, measure=measure | {"school_code": new}, by=cast.admin)
    scenario = actions.remove_measure(scenario_id=scenario.pk, version=scenario.version, number=0, by=cast.admin)
    page = sign_in(cast.admin).get(reverse("scenarios:detail", args=[scenario.pk]))
    assert page.context["refusal"]
    assert [one.kind.code for one, _, _ in page.context["rows"]] == ["equip"]
    assert reverse("scenarios:remove_measure", args=[scenario.pk]) in page.content.decode()


def test_scenarios_stand_side_by_side(cast, scenario, sign_in) -> None:
    actions.add_measure(scenario_id=scenario.pk, measure=EQUIP, by=cast.admin)
    copied = actions.copy(scenario_id=scenario.pk, by=cast.admin)
    client = sign_in(cast.leader)
    page = client.get(reverse("scenarios:compare"), {"scenario": [scenario.pk, copied.pk]})
    assert [one.pk for one, _ in page.context["trials"]] == [scenario.pk, copied.pk]
    assert all(len(line.sides) == 2 for line in page.context["rows"])
    assert client.get(reverse("scenarios:compare"), {"scenario": ["x", "9" * 30]}).status_code == 200
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(reverse("scenarios:export", args=[scenario.pk])).content))
    equipped = next(row for row in book.get_sheet_by_name("学校前后").to_python() if row[3].startswith("A6"))
    assert all(isinstance(figure, float) for figure in equipped[4:7])


def test_the_queries_of_a_scenario_do_not_grow_with_its_measures(
    cast, scenario, sign_in, django_assert_max_num_queries
) -> None:
    client, url = sign_in(cast.admin), reverse("scenarios:detail", args=[scenario.pk])
    client.get(url)
    for _ in range(4):
        actions.add_measure(scenario_id=scenario.pk, measure=EQUIP, by=cast.admin)
    with django_assert_max_num_queries(12):
        client.get(url)


def what_if(path: Path, content: Any) -> dict[str, Any]:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    out = StringIO()
    call_command("what_if", "2026", "--district", "410202", "--measures", str(path), "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_judges_before_and_after(evaluated, tmp_path: Path) -> None:
    found = what_if(tmp_path / "measures.json", {"measures": [EQUIP]})
    assert list(found) == ["measures", "before", "after", "cost"]
    out = StringIO()
    call_command("evaluate", "2026", "--format", "json", stdout=out)
    assert found["before"] == json.loads(out.getvalue())
    one, other = (
        next(p for p in found[side]["parts"] if p["school_code"] == HERE)["indicators"]["A6"]["numerator"]
        for side in ("before", "after")
    )
    assert float(other) - float(one) == pytest.approx(900)
    assert found["cost"] == "900"
    assert Evaluation.objects.count() == 1


@pytest.mark.parametrize("content", ["{", "3", "[1]", '[{"kind": "hire"}]', json.dumps([EQUIP | {"school_code": "1"}])])
def test_the_command_refuses_in_chinese(evaluated, tmp_path: Path, content: str) -> None:
    with pytest.raises(CommandError, match=r"[一-鿿]"):
        what_if(tmp_path / "measures.json", content)
