"""The inspector: `python -m portal.core.files.inspection LINE` has imported what reads files, and forks for each one that
comes along the line (a socket's number), so that no look pays for the imports and none sees another's file.

Imports neither Django nor settings: it knows no secret.
"""

import gc
import json
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, NoReturn

from portal.core.errors import Invalid

MEMORY = 270 * 1024 * 1024
# A file may cost two seconds of one core, a larger one three; the figures of 3 000 schools need one and a half.
SECONDS = 3
_LARGEST_ANSWER = 64 * 1024 * 1024
# Its CPU time is bounded; this is for a machine that is busy with other things.
PATIENCE = 60
# Nobody uploads: then its memory is better used by others.
_IDLE = 60
BEGUN, DONE = b"begun\n", b"done\n"
_Inspect = Callable[[BinaryIO, str, str], tuple[Any, bytes]]
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


def inspectors() -> dict[str, _Inspect]:
    """By kind. The portal, which takes names from this file, need not load them."""
    from portal.core.files.inspection import office, pdf, pictures, workbook

    return {
        "pdf": pdf.inspect,
        "docx": office.inspect,
        "xlsx": office.inspect,
        "picture": pictures.inspect,
        "look": pictures.look,
        "workbook": workbook.inspect,
        "older": workbook.inspect_older,
    }


def spelt(value: date | time | timedelta) -> dict[str, Any]:
    return {type(value).__name__: value.total_seconds() if isinstance(value, timedelta) else value.isoformat()}


def unspelt(found: dict[str, Any]) -> Any:
    if len(found) == 1 and (kind := next(iter(found))) in _SPELT:
        return _SPELT[kind](found[kind])
    return found


def serve(line: socket.socket) -> None:
    """Until the other end is closed, or nothing came for a while."""
    by_kind = inspectors()
    # What stays to the end: a child that collects garbage need not copy it.
    gc.freeze()
    line.settimeout(_IDLE)
    with suppress(TimeoutError):
        while files := socket.recv_fds(line, 1, 3)[1]:
            if os.fork() == 0:
                line.close()
                _look(by_kind, *files)
            for file in files:
                os.close(file)
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    with suppress(ChildProcessError):
        while os.wait():
            pass


def _look(by_kind: dict[str, _Inspect], source: int, answer: int, talk: int) -> NoReturn:
    """Reads kind and name from `talk` and says there that it has begun, and that it is done or where it broke.

    Writes one line of JSON ({"found": …} or {"refused": "…"}) to `answer`, bytes worth keeping after it.
    """
    with os.fdopen(source, "rb") as file, os.fdopen(answer, "wb") as written, socket.socket(fileno=talk) as asker:
        try:
            kind, name = json.loads(asker.makefile().readline())
            asker.sendall(BEGUN)
            signal.alarm(PATIENCE)
            # What libraries print may quote the file.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            limit(file.seek(0, os.SEEK_END))
            file.seek(0)
            content = b""
            try:
                found, content = by_kind[kind](file, name, kind)
                result = {"found": found}
            except Invalid as refusal:
                result = {"refused": refusal.message}
            written.write(json.dumps(result, ensure_ascii=False, default=spelt).encode() + b"\n" + content)
            written.flush()
            asker.sendall(DONE)
        except MemoryError:
            pass
        except Exception:
            asker.sendall(traceback.format_exc().encode())
    os._exit(0)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
