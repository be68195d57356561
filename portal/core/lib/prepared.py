"""Queries whose SQL is written once a process: for a small one Django writes longer than the database reads (docs/adr/0016)."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Expression, Field, IntegerField, Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, UpdateQuery


class Slot(Expression):
    """Stands in the query for a value that each call brings; in its parameters it is found again by name."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]


@dataclass(frozen=True, slots=True)
class _Written:
    """A query with its SQL, for one kind of database."""

    rows: Any
    compiler: Any
    sql: str
    params: tuple[Any, ...]


class Prepared:
    """`build` makes the query from its slots, one per named field; called with their values it gives the rows.

    No slot may be None: its SQL would be another. What is fetched with `prefetch_related` is not.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **slots: "Field[Any, Any]") -> None:
        self._build, self._slots = build, slots
        self._known: dict[str, _Written] = {}

    def __call__(self, **values: Any) -> list[Any]:
        if values.keys() != self._slots.keys() or None in values.values():
            raise TypeError(f"asks for {', '.join(self._slots)}, each with a value")
        connection = connections[DEFAULT_DB_ALIAS]
        known = self._known.get(connection.vendor) or self._write(connection.vendor)
        if known.rows.query.select_for_update and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("rows are locked within a transaction only")
        if any(_is_beyond(values[name], field, connection) for name, field in self._slots.items()):
            return []
        sent = {name: self._slots[name].get_db_prep_value(values[name], connection) for name in values}
        params = tuple(sent[one.name] if isinstance(one, Slot) else one for one in known.params)
        # Copies: other threads ask the same query with values and connections of their own.
        compiler, query = copy.copy(known.compiler), copy.copy(known.rows.query)
        compiler.connection, compiler.query = connection, query
        compiler.as_sql = lambda *args, **options: (known.sql, params)
        query.get_compiler = lambda *args, **options: compiler  # type: ignore[method-assign]
        rows = type(known.rows)(known.rows.model, query, DEFAULT_DB_ALIAS)
        rows._iterable_class, rows._fields = known.rows._iterable_class, known.rows._fields
        return list(rows)

    def _write(self, vendor: str) -> _Written:
        rows = self._build(**{name: Slot(name, field) for name, field in self._slots.items()})
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        known = self._known[vendor] = _Written(rows, compiler, sql, tuple(params))
        return known


class PreparedInsert:
    """Adds rows of a model, or writes over the one that is the same by `unique` fields; one row by SQL that is known.

    What the database numbers is not read back.
    """

    def __init__(self, model: type[Model], unique: Sequence[str] = (), update: Sequence[str] = ()) -> None:
        self._model, self._unique, self._update = model, unique, update
        self._fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        self._known: dict[str, str] = {}

    def __call__(self, rows: Sequence[Model], batch_size: int | None = None) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        if len(rows) != 1:
            options: dict[str, Any] = (
                {"unique_fields": self._unique, "update_fields": self._update} if self._unique else {}
            )
            self._model._base_manager.bulk_create(rows, batch_size, update_conflicts=bool(options), **options)
            return
        sql = self._known.get(connection.vendor) or self._write(connection.vendor, rows)
        values = [(field, field.pre_save(rows[0], add=True)) for field in self._fields]
        with connection.cursor() as cursor:
            cursor.execute(sql, [field.get_db_prep_save(value, connection) for field, value in values])

    def _write(self, vendor: str, rows: Sequence[Model]) -> str:
        named = self._model._meta.get_field
        query = InsertQuery(
            self._model,
            on_conflict=OnConflict.UPDATE if self._unique else None,
            unique_fields=[named(name) for name in self._unique],
            update_fields=[named(name) for name in self._update],
        )
        query.insert_values(self._fields, list(rows))
        [(sql, _)] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        return self._known.setdefault(vendor, sql)


class PreparedUpdate:
    """Sets fields of the row with a key, by SQL that is known."""

    def __init__(self, model: type[Model], *names: str) -> None:
        self._model = model
        self._fields: dict[str, Any] = {"pk": model._meta.pk} | {name: model._meta.get_field(name) for name in names}
        self._known: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def __call__(self, **values: Any) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        sql, params = self._known.get(connection.vendor) or self._write(connection.vendor)
        sent = {name: field.get_db_prep_save(values[name], connection) for name, field in self._fields.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, [sent[one.name] for one in params])

    def _write(self, vendor: str) -> tuple[str, tuple[Any, ...]]:
        slots: dict[str, Any] = {name: Slot(name, field) for name, field in self._fields.items()}
        query: Any = self._model._base_manager.filter(pk=slots.pop("pk")).query.chain(UpdateQuery)
        query.add_update_values(slots)
        return self._known.setdefault(vendor, query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


def _is_beyond(value: Any, field: "Field[Any, Any]", connection: Any) -> bool:
    """Whether no column of this kind can hold the number, as one in an address may be: it is found nowhere."""
    if not isinstance(field, IntegerField):
        return False
    least, most = connection.ops.integer_field_range(field.get_internal_type())
    return (least is not None and value < least) or (most is not None and value > most)
