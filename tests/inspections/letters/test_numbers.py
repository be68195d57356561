"""Numbers of papers when many sign at once: none twice, none left out."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Installation

_RACE = """
import threading
from django.db import connection, models, transaction
from inspections.papers import workflow
from inspections.papers.models import NumberSeries
from schools.directory.models import District

district, _ = District.objects.get_or_create(code="410202", defaults={{"name": "龙亭区"}})
workers, each, locked = 4, 5, {locked}
barrier, taken, faults = threading.Barrier(workers), [], []
if not locked:
    NumberSeries.objects.create(district=district, word="督意", year=2026)
    models.QuerySet.select_for_update = lambda rows, **how: rows.all()
    save = NumberSeries.save
    def save_together(row, *args, **kwargs):
        barrier.wait(timeout=60)
        save(row, *args, **kwargs)
    NumberSeries.save = save_together

def work():
    try:
        if locked:
            barrier.wait(timeout=60)
        for _ in range(each):
            with transaction.atomic():
                taken.append(workflow.take_serial(district.pk, "督意", 2026))
    except Exception as fault:
        faults.append(repr(fault))
    finally:
        connection.close()

threads = [threading.Thread(target=work) for _ in range(workers)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
result = {{"taken": sorted(taken), "faults": faults}}
"""
_EXPECTED = list(range(1, 21))


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Installation]:
    """An installation on a SQLite file."""
    installation = Installation(tmp_path)
    yield installation
    installation.close()


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Installation]:
    """An installation on a PostgreSQL database of its own."""
    installation = Installation(tmp_path, server_url=os.environ["DATABASE_URL"])
    yield installation
    installation.close()


def test_threads_get_numbers_without_gaps_or_doubles(embedded: Installation) -> None:
    assert embedded.python(_RACE.format(locked=True)) == {"taken": _EXPECTED, "faults": []}


@pytest.mark.service
def test_threads_get_numbers_without_gaps_or_doubles_on_postgresql(production: Installation) -> None:
    assert production.python(_RACE.format(locked=True)) == {"taken": _EXPECTED, "faults": []}


@pytest.mark.service
def test_without_the_lock_numbers_would_double(production: Installation) -> None:
    result = production.python(_RACE.format(locked=False))
    assert len(set(result["taken"])) < len(result["taken"]) == len(_EXPECTED), result["faults"]
