"""Capacity under way (台账的在建项目) on the pages of forecasts and plans, and the way back from the project."""

import pytest
from django.urls import reverse

from schools.registers import actions
from tests.indicators.district import open_round
from tests.indicators.planning.plans.making import stored

pytestmark = pytest.mark.django_db
PROJECT = {
    "name": "教学楼扩建",
    "nature": "改扩建",
    "planned_on": "2027-06-30",
    "milestone": "主体完工",
    "seats": "360",
}


def test_a_plan_names_what_is_under_way_and_the_project_leads_back(cast, sign_in) -> None:
    plan = stored(open_round(cast.district), cast.school_a, cast.admin)
    entry = actions.create(kind="project", unit=cast.school_a, year=2026, typed=PROJECT, by=cast.admin)
    client, project = sign_in(cast.admin), reverse("registers:detail", args=[entry.pk])
    for url in (
        reverse("plans:detail", args=[plan.pk]),
        reverse("plans:school", args=[plan.pk, cast.school_a.code]),
    ):
        text = client.get(url).content.decode()
        assert project in text
        assert "新增学位 360 个" in text
        assert "主体完工" in text
    back = client.get(project).content.decode()
    assert "从 2027 年秋季起使用" in back
    assert reverse("forecast:school", args=[cast.school_a.code]) in back
    assert reverse("plans:list") in back
    # The school sees its forecast, no plan.
    own = sign_in(cast.reporter_a).get(project).content.decode()
    assert reverse("forecast:school", args=[cast.school_a.code]) in own
    assert "看达标规划" not in own
