"""The child: `python -m portal.core.files.inspection KIND NAME` looks into the file on standard input, within limits.

Writes one line of JSON ({"found": …} or {"refused": "…"}) to standard output, bytes worth keeping after it.
Imports neither Django nor settings: it knows no secret and starts in a tenth of a second.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from portal.core.errors import Invalid

MEMORY = 270 * 1024 * 1024
# A file may cost two seconds of one core, a larger one three; the figures of 3 000 schools need one and a half.
SECONDS = 3
_LARGEST_ANSWER = 64 * 1024 * 1024
TOO_MUCH = 3
_SPELT: dict[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


def limit(size: int) -> None:
    """Memory, seconds of CPU, open files, bytes written."""
    seconds = min(2 + (size >> 18), SECONDS)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_ANSWER, _LARGEST_ANSWER))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)


def _inspector(kind: str) -> Callable[[BinaryIO, str, str], tuple[Any, bytes]]:
    if kind == "pdf":
        from portal.core.files.inspection import pdf

        return pdf.inspect
    if kind == "picture":
        from portal.core.files.inspection import pictures

        return pictures.inspect
    if kind == "look":
        from portal.core.files.inspection import pictures

        return pictures.look
    if kind in ("workbook", "older"):
        from portal.core.files.inspection import workbook

        return workbook.inspect if kind == "workbook" else workbook.inspect_older
    from portal.core.files.inspection import office

    return office.inspect


def spelt(value: date | time | timedelta) -> dict[str, Any]:
    return {type(value).__name__: value.total_seconds() if isinstance(value, timedelta) else value.isoformat()}


def unspelt(found: dict[str, Any]) -> Any:
    if len(found) == 1 and (kind := next(iter(found))) in _SPELT:
        return _SPELT[kind](found[kind])
    return found


def main(kind: str, name: str) -> int:
    file, answer = sys.stdin.buffer, sys.stdout.buffer
    limit(file.seek(0, os.SEEK_END))
    file.seek(0)
    content = b""
    try:
        found, content = _inspector(kind)(file, name, kind)
        result = {"found": found}
    except Invalid as refusal:
        result = {"refused": refusal.message}
    except MemoryError:
        return TOO_MUCH
    answer.write(json.dumps(result, ensure_ascii=False, default=spelt).encode() + b"\n" + content)
    answer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
