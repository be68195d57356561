"""Photos and evidence: checked and put into the store."""

from collections.abc import Collection

from django.core.files.uploadedfile import UploadedFile

from portal.core.accounts.models import User
from portal.core.files import uploads
from portal.core.files.models import Document

_DO = "这里的材料学校和教育局都可以下载，请删去或遮盖后再传。"


def keep(
    upload: UploadedFile, *, by: User, allowed: Collection[str] = uploads.EVIDENCE, public_reason: str = ""
) -> Document:
    """Check a file and store it, in the caller's transaction. Raises Invalid when it is refused."""
    return uploads.keep(uploads.accept(upload, allowed=allowed, public_reason=public_reason), do=_DO, by=by)


def keep_photo(upload: UploadedFile, *, by: User) -> Document:
    """Like `keep`, for photos only; they lose their metadata, so also where they were taken."""
    return keep(upload, by=by, allowed=uploads.PHOTOS)
