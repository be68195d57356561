"""Fixtures every test may use."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
from django.test import Client
from pytest_socket import socket_allow_hosts

from portal.accounts.models import User
from tests.cast import Cast, assemble

# `make test` installs no browser driver; `make test-integration` does.
collect_ignore = [] if find_spec("playwright") else ["browser"]

# A busy machine must not make a property test fail for its pace.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_runtest_setup() -> None:
    """No test talks to any other machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path: Path) -> None:
    """Each test keeps its files in a folder of its own."""
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def cast(db: None) -> Cast:
    """The named cast, in the database."""
    return assemble()


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """Return a function that gives a client signed in as somebody."""

    def as_user(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_user
