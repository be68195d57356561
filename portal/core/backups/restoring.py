"""Restores a backup into an empty installation and proves that it is whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.migrations.loader import MigrationLoader

from portal.core.accounts.queries import system_user
from portal.core.audit import checkpoints
from portal.core.audit import queries as audit
from portal.core.audit.actions import record
from portal.core.audit.checkpoints import Checkpoint
from portal.core.backups import databases
from portal.core.backups import manifest as manifests
from portal.core.backups.manifest import Manifest
from portal.core.backups.taking import digest_of, place_of
from portal.core.errors import Conflict, Invalid, Refused
from portal.core.files import store
from portal.core.files.models import Document

Told = Callable[[str], None]
_HALF = "恢复没有完成，系统现在不可用：{why}。请清空数据库和文件目录后，用完好的备份重新恢复。"


def restore(folder: Path, told: Told) -> Manifest:
    """Restore a backup; `told` hears each step in Chinese.

    Nothing is written before the whole backup was checked. After: database and files of
    the backup's moment, brought to this version's tables, with row counts, audit chain and
    every file's digest verified. Raises Conflict unless the installation is empty, Invalid for
    a damaged, foreign or newer backup, Refused when anything fails while writing.
    """
    manifest = manifests.read(folder)
    _must_fit(manifest)
    _must_be_empty()
    told("正在核对备份")
    _must_be_whole(folder, manifest)
    told(f"备份完好：{sum(manifest.tables.values())} 行数据、{len(manifest.files)} 个文件")
    try:
        _copy_files(folder, manifest)
        databases.load(folder / manifest.dump, manifest.tables)
        told("数据库和文件已写入，行数与清单一致")
        call_command("migrate", verbosity=0, interactive=False)
        _must_have_bytes(manifest)
        told(_verified(manifest))
    except Refused as error:
        raise Refused(_HALF.format(why=error.message.rstrip("。"))) from error
    except OSError as error:
        raise Refused(_HALF.format(why=error.strerror or str(error))) from error
    return manifest


def _must_fit(manifest: Manifest) -> None:
    if manifest.vendor != databases.vendor():
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Invalid(
            f"备份来自 {names[manifest.vendor]}，本机用的是 {names[databases.vendor()]}。请改 DATABASE_URL 后重试。"
        )
    if manifest.audit_key != manifests.key_fingerprint():
        raise Invalid(
            "本机的审计密钥与备份时不同，恢复后审计链将无法核验。请先把 AUDIT_KEY（或 SECRET_KEY）设为原来的值。"
        )
    known = set(MigrationLoader(None).disk_migrations or {})
    newer = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if newer:
        raise Invalid(f"备份来自更新的版本（本系统没有 {'、'.join(newer[:5])}）。请先升级系统再恢复。")


def _must_be_empty() -> None:
    if not databases.is_empty():
        raise Conflict("数据库里已有数据。备份只能恢复到空的系统，以免覆盖；请换一个空数据库（DATABASE_URL）。")
    root = Path(settings.FILES_ROOT)
    if root.exists() and any(root.iterdir()):
        raise Conflict(f"文件目录 {root} 不是空的。备份只能恢复到空的系统；请换一个空目录（FILES_ROOT）。")


def _must_be_whole(folder: Path, manifest: Manifest) -> None:
    """Raise Invalid, naming the files, when the dump or a file is missing or changed."""
    wrong = []
    if _digest(folder / manifest.dump) != (manifest.dump_sha256, manifest.dump_size):
        wrong.append(manifest.dump)
    for sha256, size in manifest.files.items():
        if _digest(place_of(sha256, folder)) != (sha256, size):
            wrong.append(f"files/{sha256}")
    if wrong:
        raise Invalid(
            f"备份不完整，{len(wrong)} 个文件缺少或被改动：{'、'.join(wrong[:10])}。没有恢复任何内容，请换一份备份。"
        )


def _digest(path: Path) -> tuple[str, int] | None:
    try:
        return digest_of(path)
    except OSError:
        return None


def _copy_files(folder: Path, manifest: Manifest) -> None:
    for sha256, size in manifest.files.items():
        target = store.path_of(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place_of(sha256, folder), target)
        if digest_of(target) != (sha256, size):
            raise Refused(f"文件 {sha256} 写入后与备份不一致，请检查磁盘")


def _must_have_bytes(manifest: Manifest) -> None:
    """Raise Refused, naming the files, when a row points to bytes that neither came nor were known to be missing."""
    there = manifest.files.keys() | {entry.rpartition("（")[2].rstrip("）") for entry in manifest.damaged}
    rows = Document.objects.order_by("id").values_list("name", "sha256")
    without = [name for name, sha256 in rows if sha256 not in there]
    if without:
        raise Refused(f"数据库里有 {len(without)} 个文件在备份里没有内容：{'、'.join(without[:10])}")


def _verified(manifest: Manifest) -> str:
    """Walk the restored audit chain; what to report. Raises Refused when it does not hold."""
    marks = [Checkpoint(**manifest.audit_checkpoint)] if manifest.audit_checkpoint else []
    count, breaks = audit.verify(marks)
    if breaks:
        raise Refused(f"审计链不完整：{'；'.join(item.what for item in breaks[:5])}")
    return f"审计链完整（{count} 条），{len(manifest.files)} 个文件的校验值全部一致{_lost()}"


def _lost() -> str:
    """Leave in the trail, and say, what this machine has recorded since the backup and no longer has."""
    last = audit.end()[0]
    later = [mark for mark in checkpoints.kept() if mark.holds and mark.seq > last]
    if not later:
        return ""
    newest = max(later, key=lambda mark: mark.seq)
    with transaction.atomic():
        record(audit.RESTORED, by=system_user(), after={"last": last, "lost_until": newest.seq, "lost_at": newest.at})
    return f"\n注意：本机的检查点在 {newest.day} 已记到第 {newest.seq} 条，第 {last + 1} 条起不在备份里，已写入审计记录"
