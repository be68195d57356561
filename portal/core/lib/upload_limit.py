"""Stops keeping an uploaded file at the limit, so that a huge one fills neither memory nor disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest


class LimitHandler(FileUploadHandler):
    """Lets a file through up to UPLOAD_MAX_BYTES; of a longer one the rest is read past, and its name noted."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the chunk on, or give the whole file up."""
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            # Read past rather than cut off: a browser still sending would show no answer at all.
            self.request._too_large = self.file_name  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Leave the keeping to the handlers that follow."""
        return None


def too_large(request: HttpRequest) -> str:
    """Return the name of a file of a request that was given up; "" when all were within the limit."""
    name: Any = getattr(request, "_too_large", "")
    return str(name)
