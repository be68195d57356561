"""Takes a backup: the database of one moment first, then exactly the files its rows point to."""

import hashlib
import os
import shutil
from dataclasses import asdict
from pathlib import Path

from django.db import DatabaseError
from django.utils import timezone

from portal.core.audit import checkpoints
from portal.core.backups import databases
from portal.core.backups.manifest import Manifest, key_fingerprint
from portal.core.errors import Invalid, Refused
from portal.core.files import store


def take(folder: Path) -> Manifest:
    """Write a whole backup to a new folder.

    Files are named by their digest and never change, and bytes are written before rows:
    whatever the dump points to is there afterwards. The folder gets its name last, so an
    interrupted backup never looks like one. Files missing or changed in the store are
    listed in `damaged`; everything else is kept. Raises Invalid when the folder is taken,
    Refused when disk, database or its tool fail.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"“{folder}”已经存在且不是空目录。请换一个目录，旧备份不会被覆盖。")
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        made = _fill(partial)
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


def _fill(folder: Path) -> Manifest:
    now = timezone.localtime().isoformat(timespec="seconds")
    dump = folder / databases.dump_name()
    snapshot = databases.dump(dump)
    dump_sha256, dump_size = digest_of(dump)
    files, damaged = {}, []
    for sha256, size, name in snapshot.documents:
        if sha256 not in files and not _copied(sha256, size, folder):
            damaged.append(f"{name}（{sha256}）")
        else:
            files[sha256] = size
    manifest = Manifest(
        now,
        databases.vendor(),
        dump.name,
        dump_sha256,
        dump_size,
        snapshot.tables,
        snapshot.migrations,
        files,
        key_fingerprint(),
        damaged,
        asdict(checkpoints.sign(*snapshot.audit_end)),
    )
    manifest.write(folder)
    _sync(folder)
    return manifest


def _copied(sha256: str, size: int, folder: Path) -> bool:
    """Copy a stored file; False when it is gone or is not what its name says."""
    target = place_of(sha256, folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source = store.path_of(sha256).open("rb")
    except FileNotFoundError:
        return False
    with source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy, store.CHUNK)
    if digest_of(target) == (sha256, size):
        return True
    target.unlink()
    return False


def place_of(sha256: str, folder: Path) -> Path:
    """Return where a backup keeps the file with this digest."""
    return folder / "files" / sha256[:2] / sha256[2:4] / sha256


def digest_of(path: Path) -> tuple[str, int]:
    """Return sha256 and size of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _sync(folder: Path) -> None:
    """Ask the disk to keep everything before the folder gets its name."""
    for path in [folder, *folder.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
