"""Faulty workbooks waiting to be fetched, marked, by the one person who sent them: an hour at most."""

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from portal.core.accounts.models import User
from portal.core.errors import NotFound

log = logging.getLogger(__name__)
KEPT_SECONDS = 3600


def keep(content: bytes, *, by: User) -> uuid.UUID | None:
    """Keep a marked workbook in place of the person's earlier one; the token under which only they can fetch it.

    None when the disk does not take it: the list of faults must be answered all the same.
    """
    forget(by=by)
    token = uuid.uuid4()
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        _path(token, by).write_bytes(content)
    except OSError:
        log.exception("a marked workbook cannot be kept")
        with suppress(OSError):
            _path(token, by).unlink()
        return None
    return token


def fetch(token: uuid.UUID, *, by: User) -> bytes:
    """Return the person's marked workbook. Raises NotFound for anybody else's, and once its hour is over."""
    _sweep()
    try:
        return _path(token, by).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("标注了错误的工作簿只保留一小时，也只有上传的人能下载。请重新上传检查。") from error


def forget(*, by: User) -> None:
    """Drop what the person has not fetched, and everybody's whose hour is over."""
    _sweep()
    for path in _folder().glob(f"{by.pk}-*.xlsx"):
        path.unlink(missing_ok=True)


def _folder() -> Path:
    # Beside the store: no row points here, so no backup carries it away.
    return Path(settings.FILES_ROOT) / "marked"


def _path(token: uuid.UUID, by: User) -> Path:
    return _folder() / f"{by.pk}-{token}.xlsx"


def _old() -> Iterator[Path]:
    for path in _folder().glob("*.xlsx"):
        # Another request may sweep at the same moment.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                yield path


def _sweep() -> None:
    for path in list(_old()):
        path.unlink(missing_ok=True)
