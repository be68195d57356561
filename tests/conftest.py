"""Fixtures every test may use."""

import inspect
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from django.template.base import Template
from django.test import Client
from pytest_socket import socket_allow_hosts

from portal.core.accounts.models import User
from portal.core.files.inspection import sandbox
from tests import cheap
from tests.cast import Cast, assemble
from tests.processes import migrated, migrated_on
from tests.shared import Levels, asked_for, circumstances, is_transactional, shared

if TYPE_CHECKING:
    from tests.permissions.world import World

# `make test` installs no browser driver; `make test-integration` does.
collect_ignore = [] if find_spec("playwright") else ["browser"]

# A busy machine must not make a property test fail for its pace.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


ANY_TABLE = "SELECT 1 FROM sqlite_master"

# Few tests each, minutes altogether: begun last they would leave the other core idle; and those that wait more than they
# work, while `.ci/run` checks the types and the browsers start.
LONGEST = (
    "tests/bad_input/test_forms.py",
    "tests/test_main_job.py",
    "tests/portal/core/test_backup.py",
    "tests/portal/core/jobs/test_processes.py",
    "tests/portal/test_web_server.py",
    "tests/portal/test_proxy.py",
    "tests/inspections/dossiers/test_killed.py",
    "tests/bad_input/test_files.py",
    "tests/test_setup.py",
    "tests/permissions/test_restricted.py",
    "tests/portal/demo/test_load.py",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Asked for tests in the browser alone: no other file need be imported to find out that it has none."""
    is_other = collection_path.match("test_*.py") and b"mark.browser" not in collection_path.read_bytes()
    return True if is_other and config.option.markexpr == "browser" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; what asks for the same rows stands together, files and tests in each."""
    ranks: dict[Path, int] = {}
    asked: dict[Path, set[tuple[str, ...]]] = {}
    places: list[tuple[Any, ...]] = []
    for item in items:
        ranks.setdefault(item.path, len(ranks))
        wanted = tuple(f"{make.__module__}.{make.__qualname__}" for make in asked_for(item))
        places.append((is_transactional(item), wanted))
        if "_django_db_helper" in item.fixturenames or item.get_closest_marker("django_db"):
            asked.setdefault(item.path, set()).add(wanted)

    def place(numbered: tuple[int, pytest.Item]) -> tuple[Any, ...]:
        number, item = numbered
        rows = asked.get(item.path, set())
        of_world = not any("tests.conftest.world" in wanted for wanted in rows)
        return not item.nodeid.startswith(LONGEST), of_world, () in rows, ranks[item.path], *places[number]

    items[:] = [item for _, item in sorted(enumerate(items), key=place)]


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay to the end: the collector of garbage need not look at them again and again."""
    cheap.collect_seldom()
    cheap.give_frames_one_chunk()


def pytest_runtest_setup() -> None:
    """No test talks to any other machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def django_test_environment(django_test_environment: None) -> None:
    """As pytest-django makes it, but cheaper."""
    Template._render = cheap.render_page
    cheap.load_middleware_once()
    cheap.hash_columns_by_name()
    cheap.copy_expressions_at_once()
    cheap.leave_disks_to_the_system()
    cheap.empty_by_rows()


@pytest.fixture(scope="session", autouse=True)
def _looked_into_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "inspect", cheap.LookedInto())
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """The database begins as a copy of a migrated one, so that the migrations find nothing left to do."""

    def fill(connection: Any, **_: Any) -> None:
        raw = connection.connection
        if connection.vendor == "sqlite" and connection.is_in_memory_db() and not raw.execute(ANY_TABLE).fetchone():
            with closing(sqlite3.connect(migrated())) as source:
                source.backup(raw)

    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_on(os.environ["DATABASE_URL"])
        # Nobody needs it once its process has ended; and for a few rows any plan is good, so none is searched for.
        quick = {"synchronous_commit": "off", "jit": "off", "join_collapse_limit": 1, "from_collapse_limit": 1}
        connection.settings_dict["OPTIONS"]["options"] = " ".join(f"-c {name}={value}" for name, value in quick.items())
    connection_created.connect(fill)
    yield
    connection_created.disconnect(fill)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The shipped standards stand in the database, as on every installation; without a trail, which tests begin."""
    from indicators.standard.standards import difference_queries as difference
    from indicators.standard.standards.models import Standard

    with django_db_blocker.unblock():
        for one in difference.plan():
            Standard.objects.create(
                code=one.content["code"],
                revision=one.revision,
                name=one.content["name"],
                content=one.content,
                sha256=one.sha256,
            )


@pytest.fixture(scope="session")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    base = tmp_path_factory.mktemp("own")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def _own_files(settings, _folders: Iterator[Path]) -> None:
    """Each test stores its files in a folder of its own, which is made when the first one comes: most store none."""
    folder = next(_folders)
    settings.FILES_ROOT = folder / "files"
    settings.AUDIT_CHECKPOINTS = folder / "audit-checkpoints"


@pytest.fixture(scope="session")
def _levels(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Levels]:
    levels = Levels(tmp_path_factory.mktemp("shared"))
    yield levels
    with django_db_blocker.unblock():
        levels.stand([])


@pytest.fixture
def _standing(request: pytest.FixtureRequest, _levels: Levels, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        _levels.stand([] if is_transactional(request.node) else asked_for(request.node), circumstances(request))


@pytest.fixture
def _django_db_helper(_standing: None, _django_db_helper: None) -> None:
    """What is shared stands before pytest-django opens the transaction of the test."""


@pytest.fixture
def _shared(request: pytest.FixtureRequest, _levels: Levels, db: None, settings: Any) -> dict[str, Any]:
    if not is_transactional(request.node):
        return _levels.give(settings.FILES_ROOT)
    made: dict[str, Any] = {}
    for make in asked_for(request.node):
        needed = inspect.signature(make).parameters
        # What a file of tests that commit makes in its own way is a fixture like any other.
        given = {name: made[name] if name in made else request.getfixturevalue(name) for name in needed}
        made[make.__name__] = make(**given)
    return made


@shared
def cast() -> Cast:
    """The named cast, in the database."""
    return assemble()


@shared
def world(cast: Cast) -> "World":
    """One of everything in the cast's district."""
    from tests.permissions.world import build

    return build(cast)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Return a function that gives a client signed in as somebody."""

    def as_user(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_user


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Debian's Chromium under Playwright, without windows where there is one; one a process, for its loop starts once."""
    from playwright.sync_api import expect, sync_playwright

    # As long as a page may take for anything else: a busy machine is no fault.
    expect.set_options(timeout=60_000)
    path = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    assert path, "没有找到 chromium：请先安装（Debian:apt-get install chromium）"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--lang=zh-CN",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()
