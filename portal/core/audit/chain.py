"""What proves the trail: a keyed hash links each event to the one before; signed checkpoints outside the database show a cut end or an old database."""

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
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.core.lib import digests

_FIELDS = (
    "seq",
    "actor_id",
    "actor_name",
    "address",
    "request_id",
    "action",
    "object_type",
    "object_id",
    "object_name",
    "district_code",
    "school_code",
    "before",
    "after",
    "success",
    "previous_hash",
)
# The only objects with a signature in any file that holds checkpoints.
_CHECKPOINT = re.compile(r'\{[^{}]*"signature"[^{}]*\}')


def digest(event: Any) -> str:
    content = {name: getattr(event, name) for name in _FIELDS} | {"at": event.at.isoformat()}
    # Events of before 0.2 have no role; their hashes stay as they were.
    if event.actor_role:
        content["actor_role"] = event.actor_role
    return hmac.new(settings.AUDIT_KEY.encode(), digests.canonical(content), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """At this moment (ISO, UTC) the last event was number `seq` with this hash."""

    at: str
    seq: int
    hash: str
    signature: str = ""

    @property
    def holds(self) -> bool:
        """Signed with this installation's audit key."""
        return hmac.compare_digest(self.signature, _signature(self.at, self.seq, self.hash))

    @property
    def day(self) -> str:
        """By the bureau's clock."""
        return f"{timezone.localtime(dt.datetime.fromisoformat(self.at)):%Y-%m-%d %H:%M}"

    @property
    def line(self) -> str:
        return json.dumps(asdict(self))


def _signature(at: str, seq: int, hash: str) -> str:
    words = f"youheng audit checkpoint {at} {seq} {hash}"
    return hmac.new(settings.AUDIT_KEY.encode(), words.encode(), hashlib.sha256).hexdigest()


def sign(seq: int, hash: str) -> Checkpoint:
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return Checkpoint(at, seq, hash, _signature(at, seq, hash))


def store_checkpoint(seq: int, hash: str) -> None:
    """Lines are shorter than a page, so processes do not mix them. Of earlier days only the last mark stays."""
    folder = Path(settings.AUDIT_CHECKPOINTS)
    today = folder / f"{dt.datetime.now(dt.UTC):%Y-%m-%d}.jsonl"
    if not today.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.jsonl"):
            marks = list(_in_text(path.read_text(errors="replace")))
            if path.name < today.name and len(marks) > 1:
                thinned = path.with_suffix(".thinned")
                thinned.write_text(f"{max(marks, key=lambda mark: mark.seq).line}\n")
                os.replace(thinned, path)
    with today.open("ab", buffering=0) as file:
        file.write(f"{sign(seq, hash).line}\n".encode())


def stored_checkpoints() -> list[Checkpoint]:
    folder = Path(settings.AUDIT_CHECKPOINTS)
    return read_checkpoints(folder) if folder.is_dir() else []


def read_checkpoints(path: Path) -> list[Checkpoint]:
    """From a file or folder of checkpoints, a backup, or a dossier. Raises OSError."""
    if path.is_dir():
        patterns = ("*.jsonl", "manifest.json", "bag-info.txt", "*/bag-info.txt")
        files = [file for pattern in patterns for file in sorted(path.glob(pattern))]
        texts = [file.read_text(errors="replace") for file in files]
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.count("/") < 2 and name.endswith("bag-info.txt")]
            texts = [archive.read(name).decode(errors="replace") for name in names]
    else:
        texts = [path.read_text(errors="replace")]
    return [mark for text in texts for mark in _in_text(text)]


def _in_text(text: str) -> Iterator[Checkpoint]:
    for found in _CHECKPOINT.findall(text):
        try:
            yield Checkpoint(**json.loads(found))
        except (ValueError, TypeError):
            continue
