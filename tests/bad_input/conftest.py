"""One world for all bad input: whatever a request writes is rolled back."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.permissions.world import World, build


@pytest.fixture(scope="module")
def _world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    from django.conf import settings

    from tests.cast import assemble

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        files = tmp_path_factory.mktemp("files")
        patch.setattr(settings, "FILES_ROOT", files)
        yield build(assemble(), files)
        transaction.set_rollback(True)


@pytest.fixture
def world(_world: World, db: None, settings) -> World:
    """The world with its files in place and DEBUG off."""
    settings.FILES_ROOT, settings.DEBUG = _world.files, False
    return _world
