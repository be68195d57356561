"""What a request carries: the JSON of our scripts, uploaded files up to the limit."""

import json
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, RawPostDataException


def json_body(request: HttpRequest) -> bytes:
    """Empty when it was an ordinary form, whose body is gone once its token was looked for."""
    try:
        return request.body
    except RawPostDataException:
        return b""


def read_json(body: bytes) -> dict[str, Any]:
    """Raises ValueError for anything but an object.

    Half characters (an emoji cut in two by a script) become question marks: no database and no answer can hold them.
    """
    try:
        content = json.loads(body)
        # Almost every body is sound as it is; the detour corrects all texts and names of the others at once.
        if rb"\ud" in body.lower():
            content = json.loads(json.dumps(content, ensure_ascii=False).encode(errors="replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


class LimitHandler(FileUploadHandler):
    """Lets a file through up to UPLOAD_MAX_BYTES; of a longer one the rest is read past, and its name noted."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            # Read past rather than cut off: a browser still sending would show no answer at all.
            self.request._too_large = self.file_name  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """None: the handlers that follow store it."""
        return None


def too_large(request: HttpRequest) -> str:
    name: Any = getattr(request, "_too_large", "")
    return str(name)
