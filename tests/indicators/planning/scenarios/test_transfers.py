"""The transfer desk: rotations alone, both schools, the annex."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from indicators.planning.scenarios import actions, pages, queries
from indicators.results.evaluations import queries as evaluations
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid, NotFound
from tests.indicators.planning.scenarios.test_scenarios import EQUIP, HERE

pytestmark = pytest.mark.django_db
THERE = "4102029001"


def move(quantity: int, of: str = "backbone") -> dict:
    """From the second primary school to the first."""
    return {
        "kind": "move",
        "of": of,
        "stage": "primary",
        "school_code": HERE,
        "from_school_code": THERE,
        "quantity": str(quantity),
    }


def backbone_of(scenario) -> int:
    data = evaluations.case_of(scenario.evaluation).data
    return next(s.answers["backbone_teachers_primary"].value for s in data.schools if s.code == THERE)


def test_both_schools_are_shown_as_the_engine_judges_them(cast, scenario) -> None:
    actions.add_measure(scenario_id=scenario.pk, measure=EQUIP, by=cast.admin)
    changed = actions.add_measure(scenario_id=scenario.pk, measure=move(1), by=cast.admin)
    found = pages.desk(changed)
    [one] = found.transfers
    assert one.giver is not None
    assert one.receiver is not None
    assert (one.giver.school_code, one.receiver.school_code) == (THERE, HERE)
    assert found.codes == ("A1", "A2", "A3")
    assert found.people == 1
    # What else the scenario does is left out.
    shared = [f for f in one.receiver.figures if f.label not in found.codes]
    assert all(f.before == f.after for f in shared)


def test_a_rotation_that_takes_too_much_is_named_before_signing(cast, scenario) -> None:
    changed = actions.add_measure(scenario_id=scenario.pk, measure=move(backbone_of(scenario)), by=cast.admin)
    found = pages.desk(changed)
    before = {(p.school.code, p.stage): p for p in evaluations.case_of(scenario.evaluation).result.parts}
    reached = before[THERE, "primary"].indicators[1].reaches
    assert any("A2" in words for words in found.problems) == reached
    if before[THERE, "primary"].passes:
        assert any("由达标变为" in words for words in found.problems)


def test_what_was_not_judged_before_is_not_named_as_lost(cast, scenario) -> None:
    changed = actions.add_measure(scenario_id=scenario.pk, measure=move(backbone_of(scenario)), by=cast.admin)
    case = evaluations.case_of(scenario.evaluation)
    after = queries.trial(changed).after
    known = queries.Trial((), case.result, after, Decimal(0), 0)
    assert any(part.verdict.turn == "worse" for part in known.parts)
    blank = replace(case.result, parts=tuple(replace(part, passes=None) for part in case.result.parts))
    unknown = queries.Trial((), blank, after, Decimal(0), 0)
    assert all(part.verdict.turn != "worse" for part in unknown.parts)


@pytest.mark.parametrize(("kind", "head"), [("docx", b"PK"), ("pdf", b"%PDF")])
def test_the_annex_is_printed_and_on_record(cast, scenario, sign_in, kind: str, head: bytes) -> None:
    actions.add_measure(scenario_id=scenario.pk, measure=move(1), by=cast.admin)
    answer = sign_in(cast.leader).get(reverse("scenarios:annex", args=[scenario.pk, kind]))
    assert answer.content.startswith(head)
    assert AuditEvent.objects.get(action="scenario.export_annex").after["kind"] == kind


def test_without_rotations_there_is_no_annex(cast, scenario, sign_in) -> None:
    with pytest.raises(Invalid):
        actions.export_annex(scenario=scenario, kind="pdf", by=cast.admin)
    with pytest.raises(NotFound):
        actions.export_annex(scenario=scenario, kind="txt", by=cast.admin)
    assert sign_in(cast.admin).get(reverse("scenarios:transfers", args=[scenario.pk])).status_code == 200


def test_the_page_says_what_gets_worse(cast, scenario, sign_in) -> None:
    actions.add_measure(scenario_id=scenario.pk, measure=move(backbone_of(scenario)), by=cast.admin)
    page = sign_in(cast.admin).get(reverse("scenarios:transfers", args=[scenario.pk]))
    assert f'data-problems="{len(page.context["desk"].problems)}"' in page.content.decode()
