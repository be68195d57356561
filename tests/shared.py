"""Rows and files made once and shared by the tests in a row that ask for them.

They stand below the transaction of each test, level upon level as fixtures need each other. Before a test what it does
not ask for is rolled back, and what was made under another clock or other settings than it has, so it finds what it
would find had everything been made for it alone.
"""

import inspect
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

Make = Callable[..., Any]
# What it sets up every test has.
_COMMON = "tests.conftest"


def shared(make: Make) -> Any:
    """A fixture of rows, files, and plain values that lead to them; its arguments are such fixtures too.

    Each test gets objects and files of its own.
    """

    def given(_shared: dict[str, Any], **_: Any) -> Any:
        return _shared[make.__name__]

    needs = [*inspect.signature(make).parameters, "db", "_shared"]
    given.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in needs
    )
    given.__doc__, given.make = make.__doc__, make  # type: ignore[attr-defined]
    return pytest.fixture(name=make.__name__)(given)


def asked_for(item: Any) -> list[Make]:
    """What a test wants of these, each after those it is made with."""
    known, wanted = item._fixtureinfo.name2fixturedefs, []

    def want(name: str) -> None:
        make = getattr(known[name][-1].func, "make", None) if name in known else None
        if make and make not in wanted:
            for needed in inspect.signature(make).parameters:
                want(needed)
            wanted.append(make)

    for name in sorted(item.fixturenames):
        want(name)
    return wanted


def is_transactional(item: pytest.Item) -> bool:
    """Whether a test commits: nothing can stand below it."""
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in item.fixturenames  # type: ignore[attr-defined]


def circumstances(request: Any) -> frozenset[Make]:
    """What a file or a folder of tests has set up for a test up to now: a clock, settings, replaced functions."""
    ready = [fixture.func for fixture in request._fixture_defs.values() if not hasattr(fixture.func, "make")]
    return frozenset(func for func in ready if func.__module__.startswith("tests.") and func.__module__ != _COMMON)


@dataclass
class _Level:
    make: Make
    opened: transaction.Atomic
    files: Path
    values: bytes


class Levels:
    """What stands now."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.levels, self.under = folder, list[_Level](), frozenset[Make]()

    def stand(self, wanted: list[Make], under: frozenset[Make] = frozenset()) -> None:
        """Roll back what is not wanted or was made under other circumstances; make what is missing."""
        same = 0
        for level, make in zip(self.levels, wanted, strict=False):
            if level.make is not make or under != self.under:
                break
            same += 1
        self.under = under
        while len(self.levels) > same:
            self._roll_back(self.levels.pop())
        for make in wanted[same:]:
            self._add(make)

    def give(self, files: Path) -> dict[str, Any]:
        """Copies: of the values, and of the files into a folder."""
        if not self.levels:
            return {}
        top = self.levels[-1]
        if top.files.exists():
            shutil.copytree(top.files, files)
        return pickle.loads(top.values)

    def _add(self, make: Make) -> None:
        files = self.folder / str(len(self.levels))
        values = self.give(files)
        level = _Level(make, transaction.atomic(), files, b"")
        level.opened.__enter__()
        self.levels.append(level)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(settings, "FILES_ROOT", files)
                values[make.__name__] = make(**{name: values[name] for name in inspect.signature(make).parameters})
            level.values = pickle.dumps(values)
        except BaseException:
            self._roll_back(self.levels.pop())
            raise

    def _roll_back(self, level: _Level) -> None:
        transaction.set_rollback(True)
        level.opened.__exit__(None, None, None)
        shutil.rmtree(level.files, ignore_errors=True)
