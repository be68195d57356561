"""The content-addressed store: bytes named by their sha256, never overwritten."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.http import HttpResponse
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.errors import NotFound, Refused
from portal.core.files import views as downloads
from portal.core.files.models import Document
from portal.core.lib import numbers

CHUNK = 1024 * 1024


class BytesMissing(NotFound, FileNotFoundError):
    """A document's bytes are no longer in the store."""


def path_of(sha256: str) -> Path:
    return Path(settings.FILES_ROOT) / sha256[:2] / sha256[2:4] / sha256


def save(chunks: Iterable[bytes], *, name: str, media_type: str, by: User, restricted: bool = False) -> Document:
    """In the caller's transaction; bytes are synced before their row. `restricted`: 含个人信息. Raises Refused when the disk is full."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("store.save needs the transaction of the action that stores the file")
    sha256, size = _write(chunks)
    return Document.objects.create(
        name=name[-255:], sha256=sha256, size=size, media_type=media_type, restricted=restricted, created_by=by
    )


def ensure_quota(by: User) -> None:
    """UPLOAD_QUOTA_BYTES within 24 hours: one account must not fill the disk."""
    since, limit = timezone.now() - timedelta(days=1), settings.UPLOAD_QUOTA_BYTES
    # Packages are the portal's own; nobody can upload one.
    uploads = Document.objects.filter(created_by=by, created_at__gte=since).exclude(media_type="application/zip")
    stored = uploads.aggregate(size=Sum("size"))["size"] or 0
    if stored >= limit:
        raise Refused(
            f"您在 24 小时内已上传 {numbers.megabytes(stored)}，达到上限 {numbers.megabytes(limit)}，文件没有保存。"
            "请明天再传，或把材料压缩、合并；确有需要请联系局管理员。"
        )


def _write(chunks: Iterable[bytes]) -> tuple[str, int]:
    root = Path(settings.FILES_ROOT)
    try:
        root.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=root, prefix="incoming-")
        try:
            with os.fdopen(handle, "wb") as file:
                digest, size = hashlib.sha256(), 0
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            target = path_of(digest.hexdigest())
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                os.replace(temporary, target)
                _sync_folder(target.parent)
            return digest.hexdigest(), size
        finally:
            if os.path.exists(temporary):
                os.unlink(temporary)
    except OSError as error:
        raise Refused(
            "文件没有保存成功（服务器存储空间不足或不可写）。已填写的数字和文字不受影响，请联系管理员后重新上传。"
        ) from error


def adopt(finished: Path) -> tuple[str, int]:
    """A file under FILES_ROOT too large for a transaction; `point_to` adds its row. Raises Refused."""
    try:
        with finished.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        target = path_of(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(finished, target)
        _sync_folder(target.parent)
        return sha256, target.stat().st_size
    except OSError as error:
        raise Refused("文件没有保存成功（服务器存储空间不足或不可写）。请联系管理员处理后重试。") from error


def point_to(sha256: str, size: int, *, name: str, media_type: str, by: User) -> Document:
    """In the caller's transaction. Raises FileNotFoundError without the bytes."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("store.point_to needs the transaction of the action that stores the file")
    if path_of(sha256).stat().st_size != size:
        raise FileNotFoundError(sha256)
    return Document.objects.create(name=name[-255:], sha256=sha256, size=size, media_type=media_type, created_by=by)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_file(document: Document) -> BinaryIO:
    """Raises BytesMissing."""
    try:
        return path_of(document.sha256).open("rb")
    except FileNotFoundError as error:
        raise BytesMissing(
            f"文件“{document.name}”的内容在服务器上找不到了。请联系管理员从备份恢复，或重新上传。"
        ) from error


def read(document: Document) -> Iterator[bytes]:
    with open_file(document) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def shown(document: Document) -> HttpResponse:
    """In a frame of our own pages. Raises NotFound, BytesMissing."""
    if not document.can_be_shown:
        raise NotFound("这个文件不能在页面里看，请下载后打开。")
    return downloads.show(open_file(document), document.name, document.media_type)


def attachment(document: Document) -> HttpResponse:
    """Raises BytesMissing."""
    return downloads.stream(open_file(document), document.name, document.media_type)
