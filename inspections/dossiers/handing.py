"""Hands a package or one of its pieces to a browser: streamed, as an attachment nothing can run in."""

import io
import zipfile
from typing import BinaryIO

from django.http import FileResponse, HttpResponse

from inspections.dossiers import packing, pieces
from inspections.dossiers.models import Dossier
from inspections.dossiers.pieces import Piece
from portal.core.errors import NotFound
from portal.core.files import store
from portal.core.files.models import Document

_GONE = "在服务器上找不到了，请联系局管理员从备份恢复。记录和校验值仍在。"


def package(document: Document) -> HttpResponse:
    """Answer with the whole package. Raises NotFound if its bytes vanished."""
    try:
        return _attachment(store.open_file(document), document.name, document.media_type)
    except FileNotFoundError:
        raise NotFound(f"档案包“{document.name}”{_GONE}") from None


def piece(dossier: Dossier, held: Piece) -> HttpResponse:
    """Answer with one piece: a stored file from the store, a made one out of the package."""
    name = held.path.rpartition("/")[2]
    try:
        if held.stored:
            return _attachment(store.path_of(held.stored).open("rb"), name, "application/octet-stream")
        return _attachment(io.BytesIO(_made(dossier, held)), name, "application/octet-stream")
    except (FileNotFoundError, KeyError, zipfile.BadZipFile):
        raise NotFound(f"材料“{held.title}”（编号 {held.code}）{_GONE}") from None


def _made(dossier: Dossier, held: Piece) -> bytes:
    assert dossier.package is not None  # noqa: S101 the action before refuses a dossier without package
    folder = packing.bag_name(pieces.from_json(dossier.catalogue))
    with zipfile.ZipFile(store.path_of(dossier.package.sha256)) as archive:
        return archive.read(f"{folder}/data/{held.path}")


def _attachment(content: BinaryIO, name: str, media_type: str) -> HttpResponse:
    answer = FileResponse(content, as_attachment=True, filename=name, content_type=media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    # django-csp leaves a header alone that is already there.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer  # type: ignore[return-value]  # doors are typed for HttpResponse
