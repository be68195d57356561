"""Photos and evidence: checked and kept in the store, handed out safely."""

from collections.abc import Collection

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse

from portal.accounts.models import User
from portal.documents import store, uploads
from portal.documents.models import Document
from portal.errors import NotFound


def keep(upload: UploadedFile, *, by: User, allowed: Collection[str] = uploads.EVIDENCE) -> Document:
    """Check a file and keep it, in the caller's transaction. Raises Invalid when it is refused."""
    accepted = uploads.accept(upload, allowed=allowed)
    return store.save(accepted.chunks(), name=accepted.name, media_type=accepted.media_type, by=by)


def keep_photo(upload: UploadedFile, *, by: User) -> Document:
    """Like `keep`, for photos only; they lose their metadata, so also where they were taken."""
    return keep(upload, by=by, allowed=uploads.PHOTOS)


def attachment(document: Document) -> HttpResponse:
    """Answer with a file that no browser runs or opens in this site's name. Raises NotFound if its bytes vanished."""
    try:
        content = store.open_file(document)
    except FileNotFoundError:
        raise NotFound(f"文件“{document.name}”的内容已丢失，请联系局管理员从备份恢复。") from None
    answer = FileResponse(content, as_attachment=True, filename=document.name, content_type=document.media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    # django-csp leaves a header alone that is already there.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer  # type: ignore[return-value]  # doors are typed for HttpResponse
