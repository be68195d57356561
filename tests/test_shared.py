"""What is shared by tests and put back is what was made."""

from pathlib import Path

import pytest
from django.db import connection

from tests import shared
from tests.conftest import cast, world

pytestmark = pytest.mark.django_db
MAKES = [fixture._get_wrapped_function().make for fixture in (cast, world)]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="made anew on every other database")
def test_rows_files_and_counters_put_back_are_those_that_were_made(tmp_path: Path) -> None:
    levels = shared.Levels(tmp_path / "levels")

    def standing(copy: str) -> tuple[object, ...]:
        levels.stand(MAKES, Path())
        values = levels.give(tmp_path / copy)
        files = {path.relative_to(tmp_path / copy) for path in (tmp_path / copy).rglob("*")}
        return shared.all_rows(), values["world"].cast.admin.pk, files

    empty = shared.all_rows()
    made = standing("made")
    levels.stand([], Path())
    assert shared.all_rows() == empty
    assert len(levels.made) == 2
    assert standing("again") == made != empty
    levels.stand([], Path())
