"""Taking a backup: the database of one moment first, then exactly the files its rows point to."""

import os
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.audit import actions as audit, chain
from portal.core.backups import databases, models, queries
from portal.core.errors import Invalid, Refused
from portal.core.files import store


def take(*, folder: Path, by: User, night: datetime | None = None) -> models.Manifest:
    """Failure is recorded too, once a `night` (when it began); `damaged` lists files missing or changed.

    Raises Invalid when the folder is taken, Refused when disk or database fail.
    """
    try:
        made = _write(folder)
    except Refused as refusal:
        if night is None or not queries.failed_since(night):
            _record(models.Backup(at=timezone.now(), folder=str(folder), error=refusal.message), by)
        raise
    size = sum(made.files.values())
    counts = {"rows": sum(made.tables.values()), "files": len(made.files), "size": size, "damaged": made.damaged}
    _record(models.Backup(at=timezone.now(), folder=str(folder), **counts), by)
    return made


@transaction.atomic
def _record(row: models.Backup, by: User) -> None:
    row.save()
    after = {"folder": row.folder, "rows": row.rows, "files": row.files, "damaged": row.damaged, "error": row.error}
    audit.record("backup.take", by=by, obj=row, after=after, success=not row.error)


def _write(folder: Path) -> models.Manifest:
    """The folder gets its name last, so an interrupted backup never looks like one."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"“{folder}”已经存在且不是空目录。请换一个目录，旧备份不会被覆盖。")
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        made = _fill(partial)
        for path in [partial, *partial.rglob("*")]:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
    except DatabaseError as error:
        raise Refused(f"数据库没有导出：{error}。请检查磁盘空间和数据库。") from error
    except OSError as error:
        raise Refused(f"备份没有写成：{error.strerror or error}（目录 {partial}）。请检查磁盘空间和权限。") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return made


def _fill(folder: Path) -> models.Manifest:
    """Files come before rows: whatever the dump points to is there."""
    now = timezone.localtime().isoformat(timespec="seconds")
    dump = folder / databases.dump_name()
    snapshot = databases.dump(dump)
    dump_sha256, dump_size = models.digest_of(dump)
    files, damaged = {}, []
    for sha256, size, name in snapshot.documents:
        if sha256 not in files and not _copied(sha256, size, folder):
            damaged.append(f"{name}（{sha256}）")
        else:
            files[sha256] = size
    made = models.Manifest(
        now,
        databases.vendor(),
        dump.name,
        dump_sha256,
        dump_size,
        snapshot.tables,
        snapshot.migrations,
        files,
        models.key_fingerprint(),
        damaged,
        asdict(chain.sign(*snapshot.audit_end)),
    )
    made.write(folder)
    return made


def _copied(sha256: str, size: int, folder: Path) -> bool:
    """False when gone or damaged."""
    target = models.path_of(sha256, folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source = store.path_of(sha256).open("rb")
    except FileNotFoundError:
        return False
    with source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy, store.CHUNK)
    if models.digest_of(target) == (sha256, size):
        return True
    target.unlink()
    return False
