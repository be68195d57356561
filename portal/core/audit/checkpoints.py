"""Signed marks of how far the trail had come, kept outside the database: a cut end or an old database shows against them."""

import datetime as dt
import hashlib
import hmac
import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

# The only objects with a signature in any file that holds checkpoints.
_WRITTEN = re.compile(r'\{[^{}]*"signature"[^{}]*\}')


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """At this moment (ISO, UTC) the last event was number `seq` with this hash."""

    at: str
    seq: int
    hash: str
    signature: str = ""

    @property
    def holds(self) -> bool:
        """Whether it was signed with this installation's audit key."""
        return hmac.compare_digest(self.signature, _signature(self.at, self.seq, self.hash))

    @property
    def day(self) -> str:
        """The moment by the bureau's clock, for messages."""
        return f"{timezone.localtime(dt.datetime.fromisoformat(self.at)):%Y-%m-%d %H:%M}"


def _signature(at: str, seq: int, hash: str) -> str:
    words = f"youheng audit checkpoint {at} {seq} {hash}"
    return hmac.new(settings.AUDIT_KEY.encode(), words.encode(), hashlib.sha256).hexdigest()


def sign(seq: int, hash: str) -> Checkpoint:
    """Return the signed mark that the trail has come to this event now."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Checkpoint(at, seq, hash, _signature(at, seq, hash))


def written(checkpoint: Checkpoint) -> str:
    """Return it as one line of JSON, as it stands in every file."""
    return json.dumps(asdict(checkpoint))


def keep(seq: int, hash: str) -> None:
    """Add a mark to today's file. One write below the size of a page: lines of several processes do not mix."""
    folder = Path(settings.AUDIT_CHECKPOINTS)
    today = folder / f"{dt.datetime.now(dt.UTC):%Y-%m-%d}.jsonl"
    if not today.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _thin(folder, today)
    with today.open("ab", buffering=0) as file:
        file.write(f"{written(sign(seq, hash))}\n".encode())


def _thin(folder: Path, today: Path) -> None:
    """Leave of each earlier day the last mark: the chain proves what lies before it."""
    for path in folder.glob("*.jsonl"):
        marks = list(_in_text(path.read_text(errors="replace")))
        if path.name < today.name and len(marks) > 1:
            last = max(marks, key=lambda mark: mark.seq)
            rest = path.with_suffix(".thinned")
            rest.write_text(f"{written(last)}\n")
            os.replace(rest, path)


def kept() -> list[Checkpoint]:
    """Return every mark of this installation's own files."""
    folder = Path(settings.AUDIT_CHECKPOINTS)
    return read(folder) if folder.is_dir() else []


def read(path: Path) -> list[Checkpoint]:
    """Return the marks in a checkpoint file or folder, a backup, or a dossier (zip or folder); OSError when unreadable."""
    return [mark for text in _texts(path) for mark in _in_text(text)]


def _texts(path: Path) -> Iterator[str]:
    if path.is_dir():
        for name in ("*.jsonl", "manifest.json", "bag-info.txt", "*/bag-info.txt"):
            for file in sorted(path.glob(name)):
                yield file.read_text(errors="replace")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.count("/") < 2 and name.endswith("bag-info.txt"):
                    yield archive.read(name).decode(errors="replace")
    else:
        yield path.read_text(errors="replace")


def _in_text(text: str) -> Iterator[Checkpoint]:
    for found in _WRITTEN.findall(text):
        try:
            yield Checkpoint(**json.loads(found))
        except (ValueError, TypeError):
            continue
