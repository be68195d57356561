"""The one way in for files of strangers: each is looked into by a process of its own, which may not cost much."""

import atexit
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from portal.core.errors import Invalid
from portal.core.files.inspection.__main__ import BEGUN, DONE, PATIENCE, unspelt

log = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parents[4]
# Seconds to end in.
_LEAVE = 5
_PASSED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TZ")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a look into a file gave: plain values, and the bytes to store instead of the file's own (b"": its own)."""

    facts: Any
    content: bytes


def environment() -> dict[str, str]:
    """No setting and no secret of the portal."""
    passed = {key: os.environ[key] for key in _PASSED_VARIABLES if key in os.environ}
    # One arena, for what threads of a library reserve would count as memory used.
    return passed | {"LANG": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "1"}


class _Inspector:
    """The process that looks into files for this one, and the line to it; it ends when the line does."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 fixed command
                [sys.executable, "-m", "portal.core.files.inspection", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                cwd=_ROOT,
                env=environment(),
                pass_fds=[theirs.fileno()],
                # An interrupt from the keyboard is for those it works for.
                start_new_session=True,
            )

    def look(self, source: BinaryIO, answer: BinaryIO, asked: bytes) -> bytes:
        """What its child said of its work; b"" where there was none. Raises OSError when the inspector has ended."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self.line, [b"x"], [source.fileno(), answer.fileno(), theirs.fileno()])
            ours.sendall(asked)
            # The child ends before; this is for one that is stopped.
            ours.settimeout(PATIENCE + 5)
            said = b""
            with suppress(TimeoutError):
                while piece := ours.recv(65_536):
                    said += piece
            return said

    def stop(self) -> None:
        self.line.close()
        try:
            self.process.wait(_LEAVE)
        except subprocess.TimeoutExpired:
            # It is stopped, or busy; those it has forked need it no more, and others wait for another one.
            self.process.kill()
            self.process.wait()


# By the process it works for: one that was forked has its own.
_inspectors: dict[int, _Inspector] = {}
_starting = threading.Lock()


def inspect(file: BinaryIO, kind: str, name: str) -> Inspected:
    """`kind`: pdf, docx, xlsx, picture, look, workbook, older.

    Raises Invalid for a file that is dangerous, damaged, locked, or costs too much.
    """
    with _on_disk(file) as source, tempfile.TemporaryFile() as answer:
        said = _look(source, answer, json.dumps([kind, name]).encode() + b"\n")
        if said == BEGUN:
            log.warning("inspection of a %s stopped at its limits", kind)
            raise Invalid(
                f"{_this(name)}打开时需要的内存或时间异常多，为保证安全不能接收。请重新保存、压缩或拆分后再上传。"
            )
        if said != BEGUN + DONE:
            # The traceback without its message, which may quote the file.
            lines = said.decode(errors="replace").splitlines()
            places = [line.strip() for line in lines if line.startswith("  File ")]
            where = "; ".join([*places[-8:], *(line.partition(":")[0] for line in lines[-1:])])
            log.error("inspection of a %s failed: %s", kind, where)
            raise Invalid(f"{_this(name)}文件已损坏，无法打开。请重新保存后再上传。")
        answer.seek(0)
        result = json.loads(answer.readline(), object_hook=unspelt)
        if "refused" in result:
            raise Invalid(result["refused"])
        return Inspected(result["found"], answer.read())


def _look(source: BinaryIO, answer: BinaryIO, asked: bytes) -> bytes:
    """An inspector that has ended, idle or killed, is replaced by another one."""
    for _ in range(2):
        with _starting:
            inspector = _inspectors.get(os.getpid()) or _inspectors.setdefault(os.getpid(), _Inspector())
        with suppress(OSError):
            if said := inspector.look(source, answer, asked):
                return said
        stop(inspector)
    raise RuntimeError("no process could be started that looks into files")


def stop(inspector: _Inspector | None = None) -> None:
    """End this one, or whichever works for this process."""
    with _starting:
        present = _inspectors.get(os.getpid())
        if present and inspector in (None, present):
            del _inspectors[os.getpid()]
            present.stop()


atexit.register(stop)


def _this(name: str) -> str:
    return f"“{name}”" if name else "这个"


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[BinaryIO]:
    file.seek(0)
    try:
        file.fileno()
    except OSError:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield copy
    else:
        # The descriptor's place is shared with the child and counts, not Python's own.
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        yield file
    finally:
        file.seek(0)
