"""Fixtures every test may use."""

import copy
import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.conf import settings
from django.db import transaction
from django.db.backends.signals import connection_created
from django.test import Client
from pytest_socket import socket_allow_hosts

from portal.core.accounts.models import User
from tests.cast import Cast, assemble
from tests.processes import migrated

if TYPE_CHECKING:
    from tests.permissions.world import World

# `make test` installs no browser driver; `make test-integration` does.
collect_ignore = [] if find_spec("playwright") else ["browser"]

# A busy machine must not make a property test fail for its pace.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


ANY_TABLE = "SELECT 1 FROM sqlite_master"

# Few tests each, minutes altogether: begun last they would leave the other core idle.
LONGEST = (
    "tests/bad_input/test_forms.py",
    "tests/test_main_job.py",
    "tests/portal/core/test_backup.py",
    "tests/portal/core/jobs/test_processes.py",
    "tests/inspections/dossiers/test_killed.py",
    "tests/bad_input/test_files.py",
    "tests/test_setup.py",
    "tests/permissions/test_restricted.py",
    "tests/portal/demo/test_load.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay to the end: the collector of garbage need not look at them again and again."""
    gc.freeze()


def pytest_runtest_setup() -> None:
    """No test talks to any other machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """A database in memory begins as a copy of a migrated one, so that the migrations find nothing left to do."""

    def fill(connection: Any, **_: Any) -> None:
        raw = connection.connection
        if connection.vendor == "sqlite" and connection.is_in_memory_db() and not raw.execute(ANY_TABLE).fetchone():
            with closing(sqlite3.connect(migrated())) as source:
                source.backup(raw)

    connection_created.connect(fill)
    yield
    connection_created.disconnect(fill)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The shipped standards stand in the database, as on every installation; without a trail, which tests begin."""
    from indicators.standard.standards import loading
    from indicators.standard.standards.models import Standard

    with django_db_blocker.unblock():
        for one in loading.plan():
            Standard.objects.create(
                code=one.content["code"],
                revision=one.revision,
                name=one.content["name"],
                content=one.content,
                sha256=one.sha256,
            )


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path: Path) -> None:
    """Each test keeps its files in a folder of its own."""
    settings.FILES_ROOT = tmp_path / "files"
    settings.AUDIT_CHECKPOINTS = tmp_path / "audit-checkpoints"


@pytest.fixture
def cast(db: None) -> Cast:
    """The named cast, in the database."""
    return assemble()


@contextmanager
def once(blocker: Any, files: Path) -> Iterator[None]:
    """What is made inside, rows and files, stays for a whole file of tests and is rolled back after it."""
    with blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(settings, "FILES_ROOT", files)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def _world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["World"]:
    from tests.permissions.world import build

    files = tmp_path_factory.mktemp("files")
    with once(django_db_blocker, files):
        yield build(assemble(), files)


@pytest.fixture
def world(_world: "World", db: None, settings: Any) -> "World":
    """One of everything in the cast's district, built once a file; whatever a test writes is rolled back.

    Each test has objects of its own: what it refreshes or changes in memory would outlive the roll-back.
    """
    settings.FILES_ROOT, settings.DEBUG = _world.files, False
    return copy.deepcopy(_world)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Return a function that gives a client signed in as somebody."""

    def as_user(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_user
