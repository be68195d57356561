"""Files as downloads that no browser runs or opens in this site's name."""

from typing import BinaryIO

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The media types of what `papers` renders.
PAPERS = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}


def download(content: bytes | str, name: str, media_type: str = XLSX) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)


def show(file: BinaryIO, name: str, media_type: str) -> HttpResponse:
    """In a frame of our own pages. Pictures in a sandbox, where Chrome's PDF reader refuses to start."""
    answer = FileResponse(file, filename=name, content_type=media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Frame-Options"] = "SAMEORIGIN"
    sandbox = "" if media_type == "application/pdf" else "default-src 'none'; sandbox; "
    answer["Content-Security-Policy"] = f"{sandbox}script-src 'none'; frame-ancestors 'self'"
    return answer  # type: ignore[return-value]  # streamed, but an answer all the same


def stream(file: BinaryIO, name: str, media_type: str) -> HttpResponse:
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    # django-csp leaves a header alone that is already there.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer  # type: ignore[return-value]  # streamed, but an answer all the same
