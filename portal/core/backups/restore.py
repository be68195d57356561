"""Restores a backup into an empty installation and proves that it is whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.migrations.loader import MigrationLoader

from portal.core.accounts.queries import system_user
from portal.core.audit import actions as audit, chain, queries as trail
from portal.core.backups import databases, models
from portal.core.errors import Conflict, Invalid, Refused
from portal.core.files import store
from portal.core.files.models import Document

_HALF = "恢复没有完成，系统现在不可用：{why}。请清空数据库和文件目录后，用完好的备份重新恢复。"


def restore(folder: Path, report: Callable[[str], None]) -> models.Manifest:
    """Checks the whole backup before it writes;

    `report` gets each step. Raises Conflict unless the installation is empty, Invalid, Refused.
    """
    manifest = models.read_manifest(folder)
    _ensure_fitting(manifest)
    report("正在核对备份")
    _ensure_whole(folder, manifest)
    report(f"备份完好：{sum(manifest.tables.values())} 行数据、{len(manifest.files)} 个文件")
    try:
        for sha256, size in manifest.files.items():
            target = store.path_of(sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(models.path_of(sha256, folder), target)
            if models.digest_of(target) != (sha256, size):
                raise Refused(f"文件 {sha256} 写入后与备份不一致，请检查磁盘")
        databases.load(folder / manifest.dump, manifest.tables)
        report("数据库和文件已写入，行数与清单一致")
        call_command("migrate", verbosity=0, interactive=False)
        report(_verify(manifest))
    except Refused as error:
        raise Refused(_HALF.format(why=error.message.rstrip("。"))) from error
    except OSError as error:
        raise Refused(_HALF.format(why=error.strerror or str(error))) from error
    return manifest


def _ensure_fitting(manifest: models.Manifest) -> None:
    if manifest.vendor != databases.vendor():
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise Invalid(
            f"备份来自 {names[manifest.vendor]}，本机用的是 {names[databases.vendor()]}。请改 DATABASE_URL 后重试。"
        )
    if manifest.audit_key != models.key_fingerprint():
        raise Invalid(
            "本机的审计密钥与备份时不同，恢复后审计链将无法核验。请先把 AUDIT_KEY（或 SECRET_KEY）设为原来的值。"
        )
    known = set(MigrationLoader(None).disk_migrations or {})
    newer = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if newer:
        raise Invalid(f"备份来自更新的版本（本系统没有 {'、'.join(newer[:5])}）。请先升级系统再恢复。")
    if not databases.is_empty():
        raise Conflict("数据库里已有数据。备份只能恢复到空的系统，以免覆盖；请换一个空数据库（DATABASE_URL）。")
    root = Path(settings.FILES_ROOT)
    if root.exists() and any(root.iterdir()):
        raise Conflict(f"文件目录 {root} 不是空的。备份只能恢复到空的系统；请换一个空目录（FILES_ROOT）。")


def _ensure_whole(folder: Path, manifest: models.Manifest) -> None:
    files = {manifest.dump: (folder / manifest.dump, manifest.dump_sha256, manifest.dump_size)}
    for sha256, size in manifest.files.items():
        files[f"files/{sha256}"] = (models.path_of(sha256, folder), sha256, size)
    wrong = []
    for name, (path, sha256, size) in files.items():
        try:
            is_whole = models.digest_of(path) == (sha256, size)
        except OSError:
            is_whole = False
        if not is_whole:
            wrong.append(name)
    if wrong:
        raise Invalid(
            f"备份不完整，{len(wrong)} 个文件缺少或被改动：{'、'.join(wrong[:10])}。没有恢复任何内容，请换一份备份。"
        )


def _verify(manifest: models.Manifest) -> str:
    """What holds, and what was recorded here since the backup, in words. Raises Refused."""
    present = manifest.files.keys() | {entry.rpartition("（")[2].rstrip("）") for entry in manifest.damaged}
    rows = Document.objects.order_by("id").values_list("name", "sha256")
    missing = [name for name, sha256 in rows if sha256 not in present]
    if missing:
        raise Refused(f"数据库里有 {len(missing)} 个文件在备份里没有内容：{'、'.join(missing[:10])}")
    marks = [chain.Checkpoint(**manifest.audit_checkpoint)] if manifest.audit_checkpoint else []
    count, breaks = trail.verify(marks)
    if breaks:
        raise Refused(f"审计链不完整：{'；'.join(item.what for item in breaks[:5])}")
    words = f"审计链完整（{count} 条），{len(manifest.files)} 个文件的校验值全部一致"
    last = trail.end()[0]
    later = [mark for mark in chain.stored_checkpoints() if mark.holds and mark.seq > last]
    if not later:
        return words
    newest = max(later, key=lambda mark: mark.seq)
    after = {"last": last, "lost_until": newest.seq, "lost_at": newest.at}
    with transaction.atomic():
        audit.record(trail.RESTORED, by=system_user(), after=after)
    return (
        f"{words}\n注意：本机的检查点在 {newest.day} 已记到第 {newest.seq} 条，"
        f"第 {last + 1} 条起不在备份里，已写入审计记录"
    )
