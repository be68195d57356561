"""What makes the thousands of tests of one process cheaper, and no test less strict."""

import gc
import hashlib
import os
import pickle
import threading
from collections.abc import Sequence
from typing import Any, BinaryIO

from _pytest.runner import CallInfo
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.expressions import BaseExpression, Col
from django.template.base import Template
from django.template.context import Context
from django.test.client import ClientHandler
from django.test.signals import setting_changed
from django.test.utils import instrumented_test_render

from portal.core.errors import Invalid
from portal.core.files.inspection import sandbox

_LARGEST = 1_000_000
_WORDS = 70_000
# Where a test stores its files: no middleware asks.
_OF_EACH_TEST = ("FILES_ROOT", "AUDIT_CHECKPOINTS")
_rendering = threading.local()


def render_page(template: Template, context: Context) -> str:
    """Django's own of the tests remembers the context of each widget too; tests ask for that of the page alone."""
    if getattr(_rendering, "is_inside", False):
        return template.nodelist.render(context)
    _rendering.is_inside = True
    try:
        return instrumented_test_render(template, context)
    finally:
        _rendering.is_inside = False


class LookedInto:
    """`sandbox.inspect`, which starts a process each time: what it once found in the same bytes it finds again."""

    def __init__(self) -> None:
        self.inspect, self.found = sandbox.inspect, dict[tuple[str, str, bytes], bytes]()

    def __call__(self, file: BinaryIO, kind: str, name: str) -> sandbox.Inspected:
        file.seek(0)
        content = file.read(_LARGEST + 1)
        file.seek(0)
        if len(content) > _LARGEST:
            return self.inspect(file, kind, name)
        key = kind, name, hashlib.sha256(content).digest()
        if key not in self.found:
            try:
                self.found[key] = pickle.dumps(self.inspect(file, kind, name))
            except Invalid as refusal:
                self.found[key] = pickle.dumps(refusal.message)
        found = pickle.loads(self.found[key])
        if isinstance(found, str):
            raise Invalid(found)
        return found


def load_middleware_once() -> None:
    """Django's loads it anew for each client, of which tests make thousands. As in production one answers every request,
    until a setting changes: middleware may read it when it is made.
    """
    load, loaded = ClientHandler.load_middleware, list[ClientHandler]()

    def load_middleware(self: ClientHandler, is_async: bool = False) -> None:
        if not loaded:
            load(self, is_async)
            loaded.append(self)
        for name in ("_view_middleware", "_template_response_middleware", "_exception_middleware", "_middleware_chain"):
            setattr(self, name, getattr(loaded[0], name))

    def forget(*, setting: str, **_: Any) -> None:
        if setting not in _OF_EACH_TEST:
            loaded.clear()

    ClientHandler.load_middleware = load_middleware
    setting_changed.connect(forget, weak=False)


def hash_columns_by_name() -> None:
    """Django binds the signature of the constructor for each column of each ordered query; what is equal here is so there."""
    Col.__hash__ = lambda self: hash((self.alias, self.target.name))  # type: ignore[method-assign]


def copy_expressions_at_once() -> None:
    """Django copies each expression of a query by way of pickling's protocol; here its state is taken over directly."""

    def copied(self: BaseExpression) -> BaseExpression:
        made = object.__new__(type(self))
        made.__dict__.update(self.__getstate__())
        return made

    BaseExpression.copy = copied  # type: ignore[method-assign]


def empty_by_rows() -> None:
    """TRUNCATE gives each of hundreds of tables and indexes a new file, after each test that commits: seconds."""

    def sql_flush(self: DatabaseOperations, style: Any, tables: Sequence[str], **_: Any) -> list[str]:
        deletes = "; ".join(f"DELETE FROM {self.quote_name(table)}" for table in tables)
        # Without triggers: neither keys nor rows that are never deleted stand in the way.
        return [f"SET session_replication_role = replica; {deletes}; SET session_replication_role = origin"]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign,assignment]


def leave_disks_to_the_system() -> None:
    """No test cuts the power of its own process; those that kill others start them anew, and they sync."""
    os.fsync = lambda fd: None


def collect_seldom() -> None:
    """What stays to the end is no garbage, and of what tests leave behind most is freed without the collector."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def give_frames_one_chunk() -> None:
    """Python takes memory for frames in chunks of 16 KB and returns it at once: where a loop calls across the edge of a
    chunk, each call maps memory anew. One large frame below each test leaves in its chunk room for all that follow.
    """
    call = CallInfo.from_call.__func__  # type: ignore[attr-defined]
    call.__code__ = call.__code__.replace(co_stacksize=_WORDS)
