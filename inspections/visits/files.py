"""Photos and evidence: checked and kept in the store."""

from collections.abc import Collection

from django.core.files.uploadedfile import UploadedFile

from portal.accounts.models import User
from portal.documents import store, uploads
from portal.documents.models import Document

_DO = "这里的材料学校和教育局都可以下载，请删去或遮盖后再传。"


def keep(upload: UploadedFile, *, by: User, allowed: Collection[str] = uploads.EVIDENCE) -> Document:
    """Check a file and keep it, in the caller's transaction. Raises Invalid when it is refused."""
    accepted = uploads.accept(upload, allowed=allowed)
    store.ensure_quota(by)
    uploads.refuse_personal(accepted, _DO)
    return store.save(accepted.chunks(), name=accepted.name, media_type=accepted.media_type, by=by)


def keep_photo(upload: UploadedFile, *, by: User) -> Document:
    """Like `keep`, for photos only; they lose their metadata, so also where they were taken."""
    return keep(upload, by=by, allowed=uploads.PHOTOS)
