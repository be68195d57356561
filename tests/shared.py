"""Rows and files made once and shared by the tests in a row that ask for them.

They stand below the transaction of each test, level upon level as fixtures need each other. Before a test what it does
not ask for is rolled back, so it finds what it would find had everything been made for it alone. What a conftest has
made is put back row by row when it is asked for again: a world takes seconds to make.
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
from django.db import connection, transaction

Make = Callable[..., Any]
Rows = dict[str, set[tuple[Any, ...]]]


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


def place_of(item: Any) -> Path:
    """The file of a test if it has a clock or settings for all its tests, under which rows are made for it alone."""
    known = item._fixtureinfo.name2fixturedefs
    autouse = [known[name][-1].func.__module__ for name in item.session._fixturemanager._getautousenames(item)]
    own = any(module.startswith("tests.") and module != "tests.conftest" for module in autouse)
    return item.path if own else Path()


def _columns(table: str) -> list[tuple[str, bool]]:
    """The columns, and whether each is the key."""
    return [(f'"{row[1]}"', bool(row[5])) for row in connection.connection.execute(f'PRAGMA table_info("{table}")')]


def all_rows() -> Rows:
    """Every row of every table as SQLite stores it: Python converts no expression."""
    raw = connection.connection
    tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {table: ", ".join(f"+{name}" for name, _ in _columns(table)) for table in tables}
    return {table: set(raw.execute(f'SELECT {columns[table]} FROM "{table}"')) for table in tables}


def _added(before: Rows, after: Rows) -> Rows | None:
    """What is new or changed, the counters of keys as a whole; None where a row is gone."""
    counters = {"sqlite_sequence": after["sqlite_sequence"]}
    added = {table: rows - before[table] for table, rows in after.items() if table not in counters}
    for table in added:
        keys = [place for place, (_, is_key) in enumerate(_columns(table)) if is_key]
        present = {tuple(row[place] for place in keys) for row in after[table]}
        if any(tuple(row[place] for place in keys) not in present for row in before[table] - after[table]):
            return None
    # Last, for what is put into a table with a counter moves it.
    return {table: rows for table, rows in added.items() if rows} | counters


def _put_back(added: Rows) -> None:
    raw = connection.connection
    for table, rows in added.items():
        if table == "sqlite_sequence":
            raw.execute("DELETE FROM sqlite_sequence")
        names = [name for name, _ in _columns(table)]
        into = f'"{table}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
        raw.executemany(f"INSERT OR REPLACE INTO {into}", rows)


@dataclass
class _Made:
    rows: Rows
    files: Path
    values: bytes


@dataclass
class _Level:
    make: Make
    opened: transaction.Atomic
    files: Path
    values: bytes


class Levels:
    """What stands now."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.levels, self.place = folder, list[_Level](), Path()
        self.made = dict[tuple[Any, ...], _Made]()

    def stand(self, wanted: list[Make], place: Path) -> None:
        """Roll back what is not wanted or was made for another place, under its clock and settings; make what is missing."""
        same = 0
        for level, make in zip(self.levels, wanted, strict=False):
            if level.make is not make or place != self.place:
                break
            same += 1
        self.place = place
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
        key = self.place, *(level.make for level in self.levels), make
        files = self.folder / str(len(self.levels))
        values = {} if key in self.made else self.give(files)
        level = _Level(make, transaction.atomic(), files, b"")
        level.opened.__enter__()
        self.levels.append(level)
        try:
            if made := self.made.get(key):
                _put_back(made.rows)
                level.values = made.values
                if made.files.exists():
                    shutil.copytree(made.files, files)
                return
            is_for_many = make.__module__.endswith("conftest") and connection.vendor == "sqlite"
            before = all_rows() if is_for_many else {}
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(settings, "FILES_ROOT", files)
                values[make.__name__] = make(**{name: values[name] for name in inspect.signature(make).parameters})
            level.values = pickle.dumps(values)
            if is_for_many and (rows := _added(before, all_rows())) is not None:
                self.made[key] = _Made(rows, self.folder / f"made-{len(self.made)}", level.values)
                if files.exists():
                    shutil.copytree(files, self.made[key].files)
        except BaseException:
            self._roll_back(self.levels.pop())
            raise

    def _roll_back(self, level: _Level) -> None:
        transaction.set_rollback(True)
        level.opened.__exit__(None, None, None)
        shutil.rmtree(level.files, ignore_errors=True)
