"""Two people ask for the same report in the same moment."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from indicators.standard.standards import queries as standards
from inspections.programmes.models import Phase
from inspections.reports import actions
from inspections.reports.models import Report
from portal.core.jobs.models import Job
from tests.cast import Cast, assemble
from tests.inspections.reports import conftest

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one writer in at a time by itself")
    standards.current()
    return assemble()


def at_once(cast: Cast, phase: Phase, monkeypatch: pytest.MonkeyPatch, *, seconds: float = 1) -> list[object]:
    """Let two requests meet where each has found no report and adds one, if nothing separates them for so long."""
    both, outcomes, save = threading.Barrier(2), [], Report.save

    def slow(report: Report, **asked: Any) -> None:
        try:
            both.wait(timeout=seconds)
        except threading.BrokenBarrierError:
            both.reset()
        save(report, **asked)

    def ask() -> None:
        try:
            outcomes.append(actions.compile_report(district=cast.district, phase=phase, by=cast.admin).version)
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(Report, "save", slow)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


phases = conftest.phases


def test_they_get_one_report_and_one_job(
    cast: Cast, phases: tuple[Phase, Phase], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at_once(cast, phases[1], monkeypatch) == [1, 1]
    assert (Report.objects.count(), Job.objects.count()) == (1, 1)


def test_without_the_lock_one_of_them_would_fail(
    cast: Cast, phases: tuple[Phase, Phase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, **options: self)
    outcomes = at_once(cast, phases[1], monkeypatch, seconds=60)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IntegrityError", "int"]
