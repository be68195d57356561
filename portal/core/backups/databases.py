"""One database at one moment: dumped with its row counts, loaded into an empty one."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from portal.core.errors import Refused

# Rows that `migrate` and `load_standard` make by themselves; those of people and their trail are looked at one by one.
MADE_BY_SETUP = frozenset(
    {
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "indicators_standard",
        "portal_audithead",
    }
)
_BY_PEOPLE = {
    "portal_user": "SELECT COUNT(*) FROM portal_user WHERE NOT is_system",
    "portal_auditevent": "SELECT COUNT(*) FROM portal_auditevent WHERE action <> 'standard.load'",
}
_DOCUMENTS = "SELECT sha256, size, name FROM portal_document ORDER BY id"
_MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


@dataclass(frozen=True)
class Snapshot:
    """What the dump holds: rows per table, migrations, every document's digest, size and name, the trail's end."""

    tables: dict[str, int]
    migrations: list[list[str]]
    documents: list[tuple[str, int, str]]
    audit_end: tuple[int, str]


def vendor() -> str:
    return connection.vendor


def dump_name() -> str:
    return "database.sqlite3" if vendor() == "sqlite" else "database.dump"


def dump(target: Path) -> Snapshot:
    """Work may go on meanwhile. Raises Refused when the tool fails."""
    if vendor() == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target)])
        with _sqlite(target) as cursor:
            return _read(cursor, _sqlite_tables(cursor))
    tool = _tool("pg_dump")
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
        _run([tool, *options, _database()])
        return _read(cursor, connection.introspection.table_names(cursor))


def load(source: Path, tables: dict[str, int]) -> None:
    """Compares the rows. Raises Refused; SQLite is then still empty."""
    if vendor() == "sqlite":
        try:
            with _sqlite(source) as backup:
                problem = backup.execute("PRAGMA integrity_check").fetchone()[0]
                if problem != "ok":
                    raise Refused(f"备份里的数据库已损坏：{problem}。请换一份备份。")
                compare(_counts(backup, _sqlite_tables(backup)), tables)
                connection.close()
                # In one transaction: a process that holds the file open goes on with what was restored.
                with contextlib.closing(sqlite3.connect(_database())) as own:
                    backup.connection.backup(own)
        except sqlite3.Error as error:
            raise Refused(f"数据库没有写入（{error}）。请检查磁盘空间和备份文件后重试。") from error
        return
    tool = _tool("pg_restore")
    with connection.cursor() as cursor:
        # Tables of this version that the backup's did not have yet: `migrate` makes them again.
        names = connection.introspection.table_names(cursor)
        if names:
            cursor.execute(f"DROP TABLE {', '.join(map(connection.ops.quote_name, names))} CASCADE")
    connection.close()
    options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _run([tool, *options, f"--dbname={_database()}", str(source)])
    with connection.cursor() as cursor:
        compare(_counts(cursor, connection.introspection.table_names(cursor)), tables)


def is_empty() -> bool:
    """No rows but those of the set-up."""
    with connection.cursor() as cursor:
        counts = _counts(cursor, connection.introspection.table_names(cursor))
        for name, question in _BY_PEOPLE.items():
            if counts.get(name):
                cursor.execute(question)
                counts[name] = cursor.fetchone()[0]
    return not {name for name, rows in counts.items() if rows} - MADE_BY_SETUP


def _counts(cursor: Any, names: list[str]) -> dict[str, int]:
    found = {}
    for name in sorted(names):
        cursor.execute(f'SELECT COUNT(*) FROM "{name}"')  # noqa: S608 names come from the database itself
        found[name] = cursor.fetchone()[0]
    return found


def _read(cursor: Any, names: list[str]) -> Snapshot:
    tables = _counts(cursor, names)
    cursor.execute(_MIGRATIONS)
    migrations = [list(row) for row in cursor.fetchall()]
    cursor.execute(_DOCUMENTS)
    documents = [(sha256, size, name) for sha256, size, name in cursor.fetchall()]
    cursor.execute("SELECT seq, hash FROM portal_audithead WHERE id = 1")
    return Snapshot(tables, migrations, documents, cursor.fetchone() or (0, "0" * 64))


def compare(found: dict[str, int], wanted: dict[str, int]) -> None:
    """Raises Refused, naming the tables."""
    wrong = [
        f"{name} 应有 {wanted.get(name, 0)} 行，实有 {found.get(name, 0)} 行"
        for name in sorted(found.keys() | wanted.keys())
        if found.get(name, 0) != wanted.get(name, 0)
    ]
    if wrong:
        raise Refused(f"恢复后的数据行数与备份清单不一致：{'；'.join(wrong)}。请换一份备份。")


@contextlib.contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Cursor]:
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
        yield opened.cursor()


def _sqlite_tables(cursor: sqlite3.Cursor) -> list[str]:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [row[0] for row in cursor.fetchall()]


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Refused(
            f"服务器上没有 {name}。请安装与数据库版本相同的 PostgreSQL 客户端工具（postgresql-client）后重试。"
        )
    return found


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _run(command: list[str]) -> None:
    """The password goes by environment, never on the command line."""
    login = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    env = os.environ | {name: str(login[key]) for name, key in names.items() if login.get(key)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 our own command
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-3:]
        raise Refused(f"{Path(command[0]).name} 没有成功：{' / '.join(last)}")
