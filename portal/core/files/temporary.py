"""Files that are here for a time, outside the store, where no row points, so no backup carries them away.

Those that arrive in parts stay with their person until the whole is taken or two days are over; they are named by the
sha256 the browser counted, so a file whose line was cut goes on where it stopped. Those that only who asked for them may
fetch, such as first passwords or the codes of a survey, stay for a day.
"""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from portal.core.accounts.models import User
from portal.core.errors import Conflict, Invalid, NotFound, Refused
from portal.core.files import store
from portal.core.lib import numbers

# What a browser sends at once; the last of a file is smaller.
PART = 2 * 1024 * 1024
_STORED_SECONDS = 2 * 24 * 3600
# Unfinished files of one person.
_MOST = 20
# Of files made for one person.
HOURS = 24
_ANEW = "请重新选择文件后再上传。"


def _folder() -> Path:
    return Path(settings.FILES_ROOT) / "parts"


def _part(by: User, sha256: str) -> Path:
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise Invalid(f"浏览器发来的文件校验值有误。{_ANEW}")
    return _folder() / f"{by.pk}-{sha256}"


def received(by: User, sha256: str) -> int:
    """Bytes of the person's file that are there."""
    try:
        return _part(by, sha256).stat().st_size if sha256 else 0
    except FileNotFoundError:
        return 0


def append(by: User, sha256: str, *, size: int, offset: int, part: UploadedFile) -> int:
    """Bytes that are there now; a part that does not follow on is ignored, so twice is once. Raises Refused."""
    path = _part(by, sha256)
    if size > settings.UPLOAD_MAX_BYTES:
        limit = numbers.megabytes(settings.UPLOAD_MAX_BYTES)
        raise Invalid(f"文件有 {numbers.megabytes(size, 1)}，超过 {limit}。请压缩或拆分后再上传。")
    if (part.size or 0) > PART or offset + (part.size or 0) > size:
        raise Invalid(f"发来的部分比文件还大。{_ANEW}")
    if not path.exists():
        store.ensure_quota(by)
        if len(list(_folder().glob(f"{by.pk}-*"))) >= _MOST:
            raise Conflict(f"您有 {_MOST} 个文件没有传完。请先传完，或明天再传：没有传完的两天后自动清除。")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            there = file.seek(0, os.SEEK_END)
            if there == offset:
                for chunk in part.chunks():
                    file.write(chunk)
            return file.tell()
    except OSError as error:
        raise Refused("文件没有保存成功（服务器存储空间不足或不可写）。请联系管理员后重新上传。") from error


@contextmanager
def whole(by: User, sha256: str, name: str) -> Iterator[UploadedFile]:
    """The complete file; deleted afterwards, accepted or refused. Raises Conflict while incomplete, Invalid."""
    path = _part(by, sha256)
    if not path.exists():
        raise Conflict(f"“{name[:100]}”没有传完，或已清除。{_ANEW}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != sha256:
            path.unlink(missing_ok=True)
            raise Invalid(f"“{name[:100]}”传到的内容与原文件不一致，没有保存。{_ANEW}")
        file.seek(0)
        try:
            yield UploadedFile(file, name, size=path.stat().st_size)
        finally:
            path.unlink(missing_ok=True)


def clear_parts() -> int:
    """Those that nobody went on sending; returns how many."""
    old = [path for path in _folder().glob("*") if path.stat().st_mtime < time.time() - _STORED_SECONDS]
    for path in old:
        with suppress(FileNotFoundError):
            path.unlink()
    return len(old)


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
