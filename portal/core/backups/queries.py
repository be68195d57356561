"""Reads of what became of the backups."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from portal.core.backups.models import Backup

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest attempts, the last one that was written, and what is to be worried about (in Chinese; "" for nothing)."""

    attempts: list[Backup]
    last: Backup | None
    worry: str


def standing() -> Standing:
    """Return how the backups stand."""
    attempts = list(Backup.objects.all()[:_SHOWN])
    last = Backup.objects.filter(error="").first()
    return Standing(attempts, last, _worry(attempts[0] if attempts else None, last))


def worry() -> str:
    """Return what is wrong with the backups where a nightly one is expected (BACKUP_EXPECTED_HOURS); "" for nothing."""
    return standing().worry if settings.BACKUP_EXPECTED_HOURS else ""


def _worry(newest: Backup | None, last: Backup | None) -> str:
    if last is None:
        return "还没有做过备份。"
    if newest is not None and newest.error:
        return f"最近一次备份没有成功：{newest.error}"
    hours = settings.BACKUP_EXPECTED_HOURS or 48
    if last.at < timezone.now() - timedelta(hours=hours):
        return f"最近一次备份是在 {hours} 小时以前。"
    if last.damaged:
        return f"有 {len(last.damaged)} 个文件在存储中缺少或损坏，请从以前的备份里取回。"
    return ""
