"""Figures next to what the registers hold of the same year: shown to school and reviewer, changing nothing."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from indicators.collection.submissions import difference_queries as differences
from indicators.standard.engine import Value
from indicators.standard.standards import queries as standards
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


def test_of_a_table_of_many_years_only_the_rows_of_the_registers_year_are_counted(world) -> None:
    cast, items = world.cast, {"honours": standards.load_spec(standards.current()).items["honours"]}
    typed = {"name": "文明校园", "kind": "文明校园", "level": "市级"}
    year = int(world.submission.round.school_year[:4])
    actions.create(kind="honour", unit=cast.school_a, year=year, typed=typed, by=cast.reporter_a)
    row = {"name": "文明校园", "level": "市级", "year": year}
    earlier = row | {"year": year - 1}
    assert not differences.from_registers(world.submission, items, {"honours": Value((row, earlier))})
    (found,) = differences.from_registers(world.submission, items, {"honours": Value((earlier, earlier))})
    assert found.words == f"特色创建与荣誉（{year} 年的）：特色荣誉台账 1 条，填报 0 条"
