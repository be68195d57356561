"""Files that only who asked for them may fetch, for a day: first passwords, codes of a survey. Outside the store, where no row
points, so no backup carries them away."""

import time
from pathlib import Path

from django.conf import settings

from portal.core.accounts.models import User
from portal.core.errors import NotFound

HOURS = 24


def save(content: bytes, *, folder: str, name: str, by: User) -> None:
    _sweep()
    path = _path(folder, name, by)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def fetch(*, folder: str, name: str, what: str, by: User) -> bytes:
    """Raises NotFound for anybody else's, and after a day."""
    _sweep()
    try:
        return _path(folder, name, by).read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{what}只保留 {HOURS} 小时，也只有发起人能下载。请重新生成。") from error


def _path(folder: str, name: str, by: User) -> Path:
    return Path(settings.FILES_ROOT) / "short_lived" / folder / f"{by.pk}-{name}"


def _sweep() -> None:
    for path in Path(settings.FILES_ROOT).glob("short_lived/*/*"):
        if path.stat().st_mtime < time.time() - HOURS * 3600:
            path.unlink(missing_ok=True)
