"""The one way in for files of strangers: each is looked into by a process of its own, which may not cost much."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from portal.core.errors import Invalid
from portal.core.files.inspection.__main__ import TOO_MUCH, unspelt

log = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parents[4]
# Its CPU time is bounded by the child itself; this is for a machine that is busy with other things.
_PATIENCE = 60
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


def inspect(file: BinaryIO, kind: str, name: str) -> Inspected:
    """`kind`: pdf, docx, xlsx, picture, look, workbook, older.

    Raises Invalid for a file that is dangerous, damaged, locked, or costs too much.
    """
    with _on_disk(file) as source, tempfile.TemporaryFile() as answer:
        try:
            # Faults come through a pipe: its end says at once that the child is done, without asking every 50 ms.
            child = subprocess.run(  # noqa: S603 fixed command; the name is an argument, not a command
                [sys.executable, "-m", "portal.core.files.inspection", kind, name],
                stdin=source,
                stdout=answer,
                stderr=subprocess.PIPE,
                cwd=_ROOT,
                env=environment(),
                timeout=_PATIENCE,
                check=False,
            )
            status, faults = child.returncode, child.stderr
        except subprocess.TimeoutExpired:
            status, faults = TOO_MUCH, b""
        if status < 0 or status == TOO_MUCH:
            log.warning("inspection of a %s stopped at its limits (%s)", kind, status)
            raise Invalid(
                f"{_this(name)}打开时需要的内存或时间异常多，为保证安全不能接收。请重新保存、压缩或拆分后再上传。"
            )
        if status:
            log.error("inspection of a %s failed: %s", kind, _where(faults))
            raise Invalid(f"{_this(name)}文件已损坏，无法打开。请重新保存后再上传。")
        answer.seek(0)
        result = json.loads(answer.readline(), object_hook=unspelt)
        if "refused" in result:
            raise Invalid(result["refused"])
        return Inspected(result["found"], answer.read())


def _where(faults: bytes) -> str:
    """The traceback without its message, which may quote the file."""
    lines = faults.decode(errors="replace").splitlines()
    places = [line.strip() for line in lines if line.startswith("  File ")]
    return "; ".join([*places[-8:], *(line.partition(":")[0] for line in lines[-1:])])


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
