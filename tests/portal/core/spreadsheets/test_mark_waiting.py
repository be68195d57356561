"""Marked workbooks wait an hour at most, for one person only, one at a time."""

import os
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from portal.core.errors import NotFound
from portal.core.spreadsheets import mark
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def held(settings: Any) -> list[Path]:
    return list((Path(settings.FILES_ROOT) / "marked").glob("*"))


def test_only_the_person_who_sent_it_gets_it_as_often_as_they_ask(cast: Cast) -> None:
    token = mark.save(b"book", by=cast.admin)
    assert token is not None
    assert [mark.fetch(token, by=cast.admin) for _ in range(2)] == [b"book"] * 2
    with pytest.raises(NotFound):
        mark.fetch(token, by=cast.foreign_admin)
    with pytest.raises(NotFound):
        mark.fetch(uuid.uuid4(), by=cast.admin)


def test_the_next_one_takes_the_place_of_the_one_before(cast: Cast, settings: Any) -> None:
    first = mark.save(b"1", by=cast.admin)
    mark.save(b"2", by=cast.admin)
    mark.save(b"3", by=cast.foreign_admin)
    assert len(held(settings)) == 2
    assert first is not None
    with pytest.raises(NotFound):
        mark.fetch(first, by=cast.admin)


def test_after_an_hour_it_is_gone_whoever_comes_by(cast: Cast, settings: Any) -> None:
    token = mark.save(b"book", by=cast.admin)
    old = time.time() - mark.STORED_SECONDS - 1
    os.utime(held(settings)[0], (old, old))
    mark.discard(by=cast.foreign_admin)
    assert held(settings) == []
    assert token is not None
    with pytest.raises(NotFound, match="一小时"):
        mark.fetch(token, by=cast.admin)


def test_a_full_disk_costs_the_offer_not_the_answer(cast: Cast, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_bytes(b"")
    settings.FILES_ROOT = tmp_path / "a-file"
    assert mark.save(b"book", by=cast.admin) is None
