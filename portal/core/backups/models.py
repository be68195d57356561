"""Backups: when they were taken and how they ended, and what each promises (manifest.json)."""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from portal.core.errors import Invalid
from portal.core.lib.models import Immutable

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"


class Backup(Immutable):
    """One attempt at a backup; without `error` it was written whole, but for the files listed in `damaged`."""

    at = models.DateTimeField("时间", db_index=True)
    folder = models.CharField("目录", max_length=300)
    rows = models.PositiveBigIntegerField("行数", default=0)
    files = models.PositiveIntegerField("文件数", default=0)
    size = models.PositiveBigIntegerField("文件字节数", default=0)
    damaged = models.JSONField("缺少或损坏的文件", default=list)
    error = models.TextField("失败原因", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "备份"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.folder


@dataclass(frozen=True)
class Manifest:
    """Database dump, rows per table, files by digest, migrations, the end of the audit chain."""

    made_at: str
    vendor: str
    dump: str
    dump_sha256: str
    dump_size: int
    tables: dict[str, int]
    migrations: list[list[str]]
    files: dict[str, int]
    audit_key: str
    damaged: list[str] = field(default_factory=list)
    # The signed end of the audit trail (portal.core.audit.chain); backups of before 0.2 have none.
    audit_checkpoint: dict[str, Any] | None = None
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        content = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True).encode()
        (folder / MANIFEST).write_bytes(content)
        (folder / SEAL).write_text(f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n", encoding="ascii")


def read_manifest(folder: Path) -> Manifest:
    """Raises Invalid when there is no manifest or it was changed."""
    try:
        content, seal = (folder / MANIFEST).read_bytes(), (folder / SEAL).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"“{folder}”不是完整的备份：读不到 {MANIFEST} 或 {SEAL}。请核对目录，或换一份备份。") from error
    if seal.split(" ")[0] != hashlib.sha256(content).hexdigest():
        raise Invalid(f"备份清单 {MANIFEST} 与校验值不一致，备份可能已损坏或被改动。请换一份备份。")
    fields: dict[str, Any] = json.loads(content)
    if fields.get("format") != FORMAT:
        raise Invalid(f"备份的格式是 {fields.get('format')}，本系统只认识格式 {FORMAT}。请用对应版本的系统恢复。")
    return Manifest(**fields)


def key_fingerprint() -> str:
    return hmac.new(settings.AUDIT_KEY.encode(), b"youheng backup", hashlib.sha256).hexdigest()[:16]


def path_of(sha256: str, folder: Path) -> Path:
    return folder / "files" / sha256[:2] / sha256[2:4] / sha256


def digest_of(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
