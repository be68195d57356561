"""What tests share is made anew under another clock or other settings, and only then."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from portal.core.accounts.models import User
from schools.directory.models import District
from tests.inspections.reports.ledger import at
from tests.shared import Levels, circumstances

JULY = frozenset([at])


@pytest.fixture
def july() -> Iterator[None]:
    with at("2026-07-15"):
        yield


def test_what_a_file_has_set_up_makes_its_rows_its_own(july: None, request: pytest.FixtureRequest) -> None:
    assert [func.__name__ for func in circumstances(request)] == ["july"]


def test_what_every_test_may_use_does_not(
    tmp_path: Path, sign_in: Callable[[User], Client], request: pytest.FixtureRequest
) -> None:
    assert circumstances(request) == frozenset()


@pytest.mark.django_db
def test_rows_stand_as_long_as_nothing_differs(tmp_path: Path) -> None:
    made: list[District] = []

    def district() -> District:
        made.append(District.objects.create(code="410209", name="甲区"))
        return made[-1]

    def city() -> District:
        return District.objects.create(code="410900", name="乙市")

    levels = Levels(tmp_path)
    for wanted, under, times in (
        ([district], frozenset(), 1),
        ([district], frozenset(), 1),
        ([district, city], frozenset(), 1),
        ([district], JULY, 2),
        ([district, city], JULY, 2),
        ([district], frozenset(), 3),
        ([city, district], frozenset(), 4),
        ([], frozenset(), 4),
    ):
        levels.stand(wanted, under)
        there = {row.code for row in District.objects.filter(code__in=["410209", "410900"])}
        assert there == {{district: "410209", city: "410900"}[make] for make in wanted}
        assert len(made) == times
