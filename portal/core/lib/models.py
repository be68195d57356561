"""Model bases every slice uses; what PostgreSQL gave up (a deadlock, a serialization failure) is done again."""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import IntegrityError, OperationalError, models, transaction
from django.db.models.query_utils import DeferredAttribute

from portal.core.errors import Conflict

T = TypeVar("T")
# How long to wait at most before the next try, so that the other is through.
PAUSES = (0.1, 0.3, 0.9)


class Stamped(models.Model):
    """Who made a row and who changed it last, each with its time."""

    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="创建人", on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="更新人", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        abstract = True


class _Undecoded(str):
    """JSON as the database gave it."""


class _DecodedWhenRead(DeferredAttribute):
    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, _Undecoded):
            value = instance.__dict__[self.field.attname] = json.loads(value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class LateJSONField(models.JSONField):
    """For what is large, comes with many rows that lead to it, and is read from few: decoded once it is read.

    Not for `values` and `values_list`, which would give the text.
    """

    descriptor_class = _DecodedWhenRead

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else _Undecoded(value)

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.JSONField", args, options


class ImmutableError(Exception):
    """Somebody tried to change or delete a row that may only be added."""


class ImmutableQuerySet(models.QuerySet):
    """Rows may be added and read, never changed or deleted."""

    def update(self, **kwargs: Any) -> int:
        raise ImmutableError(f"{self.model.__name__} rows are never updated")

    def delete(self) -> Any:
        raise ImmutableError(f"{self.model.__name__} rows are never deleted")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        raise ImmutableError(f"{self.model.__name__} rows are never updated")


class Immutable(models.Model):
    """A frozen fact: inserted once, never changed or deleted."""

    objects = ImmutableQuerySet.as_manager()
    frozen_allows: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            changed = kwargs.get("update_fields")
            if changed is None or not set(changed) <= self.frozen_allows:
                raise ImmutableError(f"{type(self).__name__} rows are never updated")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ImmutableError(f"{type(self).__name__} rows are never deleted")


@contextmanager
def one_of_each(what: str, do: str) -> Iterator[None]:
    """The second of two people who write the same at once sees a message, not an error page: what the first did, what to do."""
    try:
        # A savepoint, so that a refusal leaves the transaction in order.
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict(f"刚刚有人{what}，您的操作没有保存。{do}") from error


def is_given_up(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", "") in ("40P01", "40001")


def do_again(do: Callable[[], T], *, may: Callable[[], bool] = lambda: True) -> T:
    """Repeats what PostgreSQL gave up for another transaction, while it `may`; raises the last error."""
    for pause in PAUSES:
        try:
            return do()
        except OperationalError as error:
            if not (is_given_up(error) and may()):
                raise
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 two that met must not meet again
    return do()
