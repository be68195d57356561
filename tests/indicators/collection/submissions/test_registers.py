"""Figures beside what the registers hold of the same year: shown to school and reviewer, changing nothing."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from schools.registers import actions

pytestmark = pytest.mark.django_db
SAID = "交流出校教师：轮岗台账 1 人，填报 2 人"


@pytest.mark.parametrize(
    ("person", "page"),
    [
        ("principal_a", "submissions:check"),
        ("principal_a", "submissions:detail"),
        ("reviewer", "reviews:review"),
    ],
)
def test_a_figure_that_is_not_what_the_register_holds_is_named(world, sign_in, person: str, page: str) -> None:
    client, address = sign_in(getattr(world.cast, person)), reverse(page, args=[world.submission.pk])
    shown = client.get(address)
    assertContains(shown, SAID)
    assertNotContains(shown, "交流出校教师中的骨干教师：轮岗台账", msg_prefix="what agrees is not shown")
    actions.withdraw(entry_id=world.entry.pk, reason="登记错了", by=world.cast.reporter_a)
    assertNotContains(client.get(address), "轮岗台账")
