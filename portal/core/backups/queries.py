"""What became of the backups, when the next nightly one is due and which of them may go."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from portal.core.backups.models import Backup

_ATTEMPTS = 60
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """The newest attempts, the last one that was written, and what is to be worried about (in Chinese; "" for nothing)."""

    attempts: list[Backup]
    last: Backup | None
    worry: str


def status() -> BackupStatus:
    attempts = list(Backup.objects.all()[:_ATTEMPTS])
    last = Backup.objects.filter(error="").first()
    hours = settings.BACKUP_EXPECTED_HOURS or 48
    worry = ""
    if last is None:
        worry = "还没有做过备份。"
    elif attempts[0].error:
        worry = f"最近一次备份没有成功：{attempts[0].error}"
    elif last.at < timezone.now() - timedelta(hours=hours):
        worry = f"最近一次备份是在 {hours} 小时以前。"
    elif last.damaged:
        worry = f"有 {len(last.damaged)} 个文件在存储中缺少或损坏，请从以前的备份里取回。"
    return BackupStatus(attempts, last, worry)


def worry() -> str:
    """Blank where no nightly backup is expected."""
    return status().worry if settings.BACKUP_EXPECTED_HOURS else ""


def due(last: datetime | None, at: time, now: datetime) -> datetime:
    last_night = began(at, now)
    if last is None or last < last_night:
        return now
    return last_night + timedelta(days=1)


def began(at: time, now: datetime) -> datetime:
    tonight = datetime.combine(now.date(), at, tzinfo=now.tzinfo)
    return tonight if tonight <= now else tonight - timedelta(days=1)


def failed_since(moment: datetime) -> bool:
    newest = Backup.objects.first()
    return newest is not None and bool(newest.error) and newest.at >= moment


def outlived(backups: list[Path], keep: int) -> list[Path]:
    """All but the newest `keep` and the first of each of twelve months; `backups` oldest first."""
    firsts: dict[str, Path] = {}
    for path in backups:
        firsts.setdefault(path.name[:7], path)
    staying = {*backups[-keep:], *list(firsts.values())[-_MONTHS:]}
    return [path for path in backups if path not in staying]
