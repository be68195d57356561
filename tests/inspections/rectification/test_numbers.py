"""Numbers of the ledger: per district, year and source, without gaps or doubles."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from inspections.rectification import actions, raising
from inspections.rectification.models import Finding
from portal.core.errors import Invalid
from tests.inspections.making import content, dispatched
from tests.processes import Installation


def _take(source: str = "DD", ledger: str = "410202", year: int = 2026, count: int = 1) -> list[str]:
    with transaction.atomic():
        return raising.take_numbers(ledger=ledger, year=year, source=source, count=count)


@pytest.mark.django_db
def test_numbers_count_per_district_year_and_source() -> None:
    assert _take() == ["2026-DD-001"]
    assert _take(count=2) == ["2026-DD-002", "2026-DD-003"]
    assert _take(source="PG") == ["2026-PG-001"]
    assert _take(year=2027) == ["2027-DD-001"]
    assert _take(ledger="410203") == ["2026-DD-001"]


@pytest.mark.django_db
def test_two_districts_may_use_the_same_number(cast) -> None:
    mine = dispatched(cast)
    theirs = actions.register(school_id=cast.school_c.pk, source="XF", content=content(), by=cast.foreign_admin)
    assert mine.number == theirs.number == f"{timezone.localdate().year}-XF-001"


@pytest.mark.django_db
def test_a_refused_finding_gives_its_number_back(cast) -> None:
    first = dispatched(cast)
    with pytest.raises(Invalid):
        # Refused after the number was taken: the file is no photo.
        actions.register(
            school_id=cast.school_a.pk,
            source="XF",
            content=content(),
            by=cast.admin,
            photo=SimpleUploadedFile("a.jpg", b"MZ"),
        )
    assert int(dispatched(cast).number[-3:]) == int(first.number[-3:]) + 1


_RACE = """
import threading
from django.db import connection, models, transaction
from inspections.rectification import raising
from inspections.rectification.models import LedgerCount

workers, each, locked = 4, 5, {locked}
barrier, taken, faults = threading.Barrier(workers), [], []
if not locked:
    # Who adds it would wait at the barrier for those the database holds back until it is added.
    LedgerCount.objects.create(ledger="410202", year=2026, source="DD")
    models.QuerySet.select_for_update = lambda rows, **how: rows.all()
    save = LedgerCount.save
    def save_together(row, *args, **kwargs):
        barrier.wait(timeout=60)
        save(row, *args, **kwargs)
    LedgerCount.save = save_together

def work():
    try:
        if locked:
            barrier.wait(timeout=60)
        for _ in range(each):
            with transaction.atomic():
                taken.extend(raising.take_numbers(ledger="410202", year=2026, source="DD"))
    except Exception as fault:
        faults.append(repr(fault))
    finally:
        connection.close()

threads = [threading.Thread(target=work) for _ in range(workers)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
result = {{"taken": sorted(taken), "faults": faults}}
"""
_EXPECTED = [f"2026-DD-{number:03d}" for number in range(1, 21)]


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Installation]:
    """An installation on a SQLite file: the tests' own database in memory knows no second writer."""
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


@pytest.mark.django_db
def test_numbers_need_a_transaction(monkeypatch) -> None:
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(RuntimeError):
        raising.take_numbers(ledger="410202", year=2026, source="DD")


def test_the_database_refuses_a_number_twice() -> None:
    assert "finding_number_once" in {constraint.name for constraint in Finding._meta.constraints}
