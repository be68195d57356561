"""A backup each night, and which of the earlier ones stay."""

import re
import shutil
from datetime import datetime, time, timedelta
from pathlib import Path

from portal.core.accounts.models import User
from portal.core.backups import actions, manifest

_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}")
_MONTHS = 12


def due(last: datetime | None, at: time, now: datetime) -> datetime:
    """Return when the next backup is due: at once when the last night's is missing."""
    tonight = datetime.combine(now.date(), at, tzinfo=now.tzinfo)
    last_night = tonight if tonight <= now else tonight - timedelta(days=1)
    if last is None or last < last_night:
        return now
    return last_night + timedelta(days=1)


def run(root: Path, *, keep: int, now: datetime, by: User) -> tuple[Path, manifest.Manifest, list[Path], list[str]]:
    """Take a backup into a folder named by the time, then remove the old ones.

    Returns the folder, what is in it, what went, and in words what could not be removed.

    Nothing is removed unless the new one was written. Raises what `actions.take` raises.
    """
    folder = root / now.strftime("%Y-%m-%dT%H%M%S")
    made = actions.take(folder=folder, by=by)
    gone, stuck = [], []
    for path in outlived(_whole(root), keep):
        try:
            shutil.rmtree(path)
        except OSError as error:
            stuck.append(f"旧备份 {path.name} 没有清理掉：{error.strerror or error}。请检查目录的权限。")
        else:
            gone.append(path)
    return folder, made, gone, stuck


def _whole(root: Path) -> list[Path]:
    """The nightly backups of a folder, oldest first; what somebody else put there is none."""
    return sorted(p for p in root.iterdir() if _NAME.fullmatch(p.name) and (p / manifest.NAME).is_file())


def outlived(backups: list[Path], keep: int) -> list[Path]:
    """Return which of these (oldest first) go: all but the newest `keep` and the first of each of twelve months."""
    firsts: dict[str, Path] = {}
    for path in backups:
        firsts.setdefault(path.name[:7], path)
    staying = {*backups[-keep:], *list(firsts.values())[-_MONTHS:]}
    return [path for path in backups if path not in staying]
