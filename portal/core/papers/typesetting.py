"""Sets a paper as PDF by Typst; a large one in processes of its own, for Typst takes 0.7 MB a page and gives little back.

The child imports this: no Django here.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typst

from portal.core.errors import Refused
from portal.core.files.inspection.sandbox import environment
from portal.core.papers import pieces

TEMPLATES = Path(__file__).parent / "typst"
_ROOT = Path(__file__).resolve().parents[3]
# Characters of words and layout, about 120 pages. The child's start takes a fifth of a second.
LARGE = 400_000
# The child says so where the machine ended a copy of it, as a shell would.
NO_MEMORY = 137


def fonts(folders: Sequence[str]) -> typst.Fonts:
    """Without the machine's own, so that output is the same everywhere."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))


def as_pdf(template: str, data: str, date: datetime.date, book: typst.Fonts) -> bytes:
    """PDF/A-2b; equal data give equal bytes."""
    noon = datetime.datetime.combine(date, datetime.time(12), datetime.timezone(datetime.timedelta(hours=8)))
    made: bytes = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=book,
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=["a-2b"],
        timestamp=noon,
    )
    return made


def in_child(data: str, date: datetime.date, folders: Sequence[str]) -> bytes:
    """The same bytes, from a process that frees its memory. Raises Refused without enough of it."""
    head: dict[str, Any] = {"date": date.isoformat(), "folders": list(folders)}
    child = subprocess.run(  # nothing of the document is an argument
        [sys.executable, "-m", "portal.core.papers.typesetting"],
        input=f"{json.dumps(head)}\n{data}".encode(),
        capture_output=True,
        cwd=_ROOT,
        # What is freed goes back at once: a tenth less at the peak.
        env=environment() | {"MALLOC_MMAP_THRESHOLD_": "65536"},
        check=False,
    )
    if child.returncode < 0 or child.returncode == NO_MEMORY:
        raise Refused("文件太长，服务器内存不够，没有排成 PDF。请缩小范围或时段后再编制，或为服务器增加内存。")
    if child.returncode:
        raise RuntimeError(child.stderr.decode(errors="replace")[-2000:])
    return child.stdout


def _main() -> None:
    head = json.loads(sys.stdin.buffer.readline())
    date, book = datetime.date.fromisoformat(head["date"]), fonts(head["folders"])

    def setting(template: str, data: dict[str, Any]) -> bytes:
        return _apart(lambda: as_pdf(template, json.dumps(data, ensure_ascii=False), date, book))

    sys.stdout.buffer.write(pieces.as_pdf(json.load(sys.stdin.buffer), setting))


def _apart(work: Callable[[], bytes]) -> bytes:
    """In a copy of this process, to free its memory. Typst has no threads before its first work."""
    with tempfile.TemporaryFile() as made:
        copy = os.fork()
        if not copy:
            status = 1
            try:
                made.write(work())
                made.flush()
                status = 0
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(status)
        _, status = os.waitpid(copy, 0)
        if os.WIFSIGNALED(status):
            sys.exit(NO_MEMORY)
        if status:
            raise RuntimeError("a piece could not be set")
        made.seek(0)
        return made.read()


if __name__ == "__main__":
    _main()
