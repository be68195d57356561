"""目标差距: how phases go, what each goal lacks, and the ways to the ledger and to the least-cost plan."""

from decimal import Decimal

import pytest
from django.urls import reverse

from indicators.planning.plans import queries as plans
from indicators.planning.plans.models import PlanRun
from inspections.duties import actions, pages
from tests.indicators.district import open_round
from tests.indicators.planning.plans.making import stored
from tests.inspections.duties.giving import content, given
from tests.shared import shared

pytestmark = pytest.mark.django_db


@shared
def plan(cast) -> PlanRun:
    """Of 甲小学, which lacks teachers and equipment."""
    return stored(open_round(cast.district), cast.school_a, cast.admin)


def page(client, programme_id: int):
    answer = client.get(reverse("duties:gaps", args=[programme_id]))
    assert answer.status_code == 200
    return answer


def test_a_goal_names_its_tasks_and_a_phase_counts_them(cast, sign_in) -> None:
    duty = given(cast, department=cast.department)
    duty.phase = duty.programme.phases.get(number=3)
    duty.save()
    found = page(sign_in(cast.leader), duty.programme_id).context["found"]
    assert [duty.code for duty in found.goals[3].tasks] == ["4-1"]
    assert [one.code for one in found.goals[3].indicators] == ["A1", "A2", "A3", "B11"]
    assert [(one.tasks, one.settled, one.late) for one in found.phases] == [(0, 0, 0), (0, 0, 0), (1, 0, 0), (0, 0, 0)]
    assert found.phases[2].url.endswith(f"phase={duty.phase_id}&year={duty.starts_on.year}")
    duty.years.update(due_on=duty.starts_on)
    assert page(sign_in(cast.leader), duty.programme_id).context["found"].phases[2].late == 1


def test_a_goal_leads_to_the_measures_of_the_plan_and_to_the_ledger(cast, plan, sign_in) -> None:
    duty = given(cast, measure="indicator", indicator="A6", unit="", years={}, school=cast.school_a)
    raising = [one for one in plan.content["measures"] if one["kind"] == "equip"]
    cost = sum(Decimal(one["cost"]) for one in raising)
    client = sign_in(cast.admin)
    text = page(client, duty.programme_id).content.decode()
    url = f"{reverse('plans:detail', args=[plan.pk])}?indicator=A6#measures"
    assert url in text
    way = pages.ways_out(plan, ["A6"])["A6"]
    assert way.words.startswith(f"{len(raising)} 项措施")
    assert f"{cost:.2f} 万元" in way.words
    shown = client.get(f"{reverse('plans:detail', args=[plan.pk])}?indicator=a6")
    assert len(shown.context["measures"]) == len(raising)
    assert "提高 A6 的措施" in shown.content.decode()
    assert len(raising) < len(plan.content["measures"])
    detail = client.get(reverse("duties:detail", args=[duty.pk])).content.decode()
    assert reverse("plans:school", args=[plan.pk, cast.school_a.code]) in detail
    # The school itself is shown no plan.
    assert "达标规划" not in sign_in(cast.reporter_a).get(reverse("duties:detail", args=[duty.pk])).content.decode()


def test_more_tasks_take_no_more_queries(cast, plan, sign_in, django_assert_max_num_queries) -> None:
    duty = given(cast, department=cast.department)
    for number in range(2, 10):
        made = content(code=f"4-{number}", school=cast.school_a if number % 2 else None)
        actions.create(programme_id=duty.programme_id, content=made, by=cast.admin)
    assert PlanRun.objects.exists()
    assert plans.newest_of(cast.admin, cast.district.pk)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(24):
        page(client, duty.programme_id)


def test_an_indicator_that_todays_standard_lacks_is_named_without_a_dead_link(cast, sign_in) -> None:
    programme = given(cast, department=cast.department).programme
    programme.goals[0]["indicators"] = ["Z9"]
    programme.save()
    text = page(sign_in(cast.leader), programme.pk).content.decode()
    assert "现行标准没有这项指标" in text
    assert "/standard/Z9/" not in text
