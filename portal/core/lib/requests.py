"""Reads the JSON a script of ours sends; whatever else arrives is no reason for a server fault."""

import json
from typing import Any

from django.http import HttpRequest, RawPostDataException


def of(request: HttpRequest) -> bytes:
    """Return a request's body; empty when it was an ordinary form, whose body is gone once its token was looked for."""
    try:
        return request.body
    except RawPostDataException:
        return b""


def read(body: bytes) -> dict[str, Any]:
    """Return the object a request's body holds; raises ValueError for anything else.

    Half characters (an emoji cut in two by a script) become question marks, as
    browsers do in ordinary forms: no database and no answer can hold them.
    """
    try:
        content = json.loads(body)
        # Almost every body is sound as it is; the detour mends all texts and names of the others at once.
        if rb"\ud" in body.lower():
            content = json.loads(json.dumps(content, ensure_ascii=False).encode(errors="replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content
