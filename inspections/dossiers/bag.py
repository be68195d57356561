"""A BagIt package (RFC 8493) as one zip: streamed, in constant memory, equal contents give equal bytes."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

ALGORITHMS = ("sha256", "sha512")
CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the package as it was written; `path` begins with data/ for payload."""

    path: str
    size: int
    sha256: str
    sha512: str


class BagWriter:
    """Writes one bag into an open file; `close` adds the manifests, without it the file is no bag.

    Members are stored, not deflated: evidence is compressed already, and deflate's
    bytes differ between versions of zlib.
    """

    def __init__(self, target: BinaryIO, name: str, info: Mapping[str, str]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True, strict_timestamps=True)
        self._name, self._info = name, dict(info)
        self._payload: list[Entry] = []
        self._paths: set[str] = set()

    def add(self, path: str, chunks: Iterable[bytes]) -> Entry:
        """Write one payload file at data/`path`. Raises ValueError when the path is taken."""
        full = f"data/{path}"
        # Windows and macOS take names that differ in case alone for the same.
        if full.casefold() in self._paths:
            raise ValueError(f"two files at {full}")
        self._paths.add(full.casefold())
        entry = self._write(full, chunks)
        self._payload.append(entry)
        return entry

    def close(self) -> None:
        """Write declaration, description, manifests and the manifests of these."""
        size, count = sum(entry.size for entry in self._payload), len(self._payload)
        lines = "".join(f"{key}: {_one_line(value)}\n" for key, value in self._info.items() if value)
        tags = [
            self._write("bagit.txt", [_DECLARATION.encode()]),
            self._write("bag-info.txt", [f"{lines}Payload-Oxum: {size}.{count}\n".encode()]),
        ]
        tags += [self._write(f"manifest-{kind}.txt", _lines(self._payload, kind)) for kind in ALGORITHMS]
        for kind in ALGORITHMS:
            self._write(f"tagmanifest-{kind}.txt", _lines(tags, kind))
        self._zip.close()

    def abandon(self) -> None:
        """Let go of a package that will not be finished."""
        self._zip.fp = None

    def _write(self, path: str, chunks: Iterable[bytes]) -> Entry:
        member = zipfile.ZipInfo(f"{self._name}/{path}", _EPOCH)
        member.create_system, member.external_attr = _UNIX, _PLAIN_FILE
        digests, size = [hashlib.new(kind) for kind in ALGORITHMS], 0
        # The size is not known beforehand; the wider header costs 20 bytes a file.
        with self._zip.open(member, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
                size += len(chunk)
                for digest in digests:
                    digest.update(chunk)
        return Entry(path, size, *(digest.hexdigest() for digest in digests))


def _lines(entries: Iterable[Entry], kind: str) -> Iterator[bytes]:
    for entry in sorted(entries, key=lambda entry: entry.path):
        yield f"{getattr(entry, kind)}  {entry.path}\n".encode()


def _one_line(text: str) -> str:
    return " ".join(text.split())
