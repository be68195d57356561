"""Writes a frozen catalogue as one BagIt zip (RFC 8493): a piece at a time in constant memory, equal contents give equal bytes."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import pikepdf

from inspections.dossiers import document, pieces, workbook
from inspections.dossiers.pieces import DossierCatalogue, Piece
from portal.core.errors import Refused
from portal.core.files import store

ALGORITHMS = ("sha256", "sha512")
CHUNK = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
CONTENTS = "00 总目录"
_PICTURES = ("jpg", "jpeg", "png")
Make = Callable[[Piece], bytes]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class PackedFile:
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
        self._payload: list[PackedFile] = []
        self._paths: set[str] = set()

    def add(self, path: str, chunks: Iterable[bytes]) -> PackedFile:
        """Raises ValueError when the path is taken."""
        full = f"data/{path}"
        # Windows and macOS take names that differ in case alone for the same.
        if full.casefold() in self._paths:
            raise ValueError(f"two files at {full}")
        self._paths.add(full.casefold())
        entry = self._write(full, chunks)
        self._payload.append(entry)
        return entry

    def close(self) -> None:
        size, count = sum(entry.size for entry in self._payload), len(self._payload)
        lines = "".join(f"{key}: {' '.join(value.split())}\n" for key, value in self._info.items() if value)
        tags = [
            self._write("bagit.txt", [_DECLARATION.encode()]),
            self._write("bag-info.txt", [f"{lines}Payload-Oxum: {size}.{count}\n".encode()]),
        ]
        tags += [self._write(f"manifest-{kind}.txt", _lines(self._payload, kind)) for kind in ALGORITHMS]
        for kind in ALGORITHMS:
            self._write(f"tagmanifest-{kind}.txt", _lines(tags, kind))
        self._zip.close()

    def abandon(self) -> None:
        self._zip.fp = None

    def _write(self, path: str, chunks: Iterable[bytes]) -> PackedFile:
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
        return PackedFile(path, size, *(digest.hexdigest() for digest in digests))


def _lines(entries: Iterable[PackedFile], kind: str) -> Iterator[bytes]:
    for entry in sorted(entries, key=lambda entry: entry.path):
        yield f"{getattr(entry, kind)}  {entry.path}\n".encode()


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written: size, sha256 and pages of every file below data/, and the totals."""

    files: dict[str, dict[str, Any]]
    count: int
    size: int


def readable_json(content: object) -> bytes:
    """Equal contents give equal bytes."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def bag_name(catalogue: DossierCatalogue) -> str:
    heading = catalogue.heading
    return pieces.component(f"{heading['district']}{heading['round_name']}验收档案")


def file_name(catalogue: DossierCatalogue, version: int, *, is_open: bool = False) -> str:
    return f"{bag_name(catalogue)}第{version}版{'（不含个人信息材料）' if is_open else ''}.zip"


def pack(
    catalogue: DossierCatalogue,
    target: BinaryIO,
    *,
    frozen_on: str,
    audit_checkpoint: str = "",
    make: Make,
    progress: Progress,
    is_open: bool = False,
) -> Packed:
    """An open package leaves out personal data and says so.

    Equal catalogues frozen on one day give equal bytes. Raises Refused when stored bytes vanished or changed.
    """
    heading = catalogue.heading
    chosen = [piece for piece in catalogue.with_bytes() if not (is_open and piece.is_restricted)]
    info = {
        "Source-Organization": heading["author"],
        "External-Description": heading["title"],
        "External-Identifier": f"{heading['district_code']}-{heading['round']}-{heading['inputs_sha256'][:16]}",
        "Bagging-Date": frozen_on,
        "Internal-Sender-Description": f"{heading['standard']}，数据截至 {heading['data_as_of']}",
        "Audit-Checkpoint": audit_checkpoint,
        "Left-Out": catalogue.left_out({piece.path for piece in chosen}),
    }
    bag, built = BagWriter(target, bag_name(catalogue), info), dict[str, dict[str, Any]]()
    try:
        group = ""
        for done, piece in enumerate(chosen):
            label = f"学校 {piece.school}" if piece.school else f"{piece.code.split('-')[0]} 卷"
            # Between schools, not between files: each report to the database is a write.
            if label != group:
                progress(done, len(chosen), f"正在装入{label}")
                group = label
            if piece.stored:
                entry, count = _stored(bag, piece)
            else:
                content = make(piece)
                entry, count = bag.add(piece.path, [content]), pages(io.BytesIO(content), piece.path)
            built[piece.path] = {"size": entry.size, "sha256": entry.sha256, "pages": count}
        progress(len(chosen), len(chosen), "正在编制总目录")
        bag.add(f"{CONTENTS}/总目录.xlsx", [workbook.contents(catalogue, built)])
        bag.add(f"{CONTENTS}/总目录.pdf", [document.contents(catalogue, built)])
        bag.add(f"{CONTENTS}/总目录.json", [readable_json(catalogue.as_json() | {"files": dict(built)})])
        bag.close()
    except BaseException:
        bag.abandon()
        raise
    return Packed(built, len(built), sum(one["size"] for one in built.values()))


def _stored(bag: BagWriter, piece: Piece) -> tuple[PackedFile, int | None]:
    """Raises Refused for bytes that vanished, changed or cannot be read."""
    path = store.path_of(piece.stored)

    def chunks() -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except FileNotFoundError:
            raise Refused(_damage(piece, "在服务器上找不到了")) from None
        except OSError as error:
            raise Refused(_damage(piece, f"读取失败（{error.strerror}）")) from error

    entry = bag.add(piece.path, chunks())
    if entry.sha256 != piece.stored:
        raise Refused(_damage(piece, "的内容与上传时不一致，可能已损坏"))
    with path.open("rb") as file:
        return entry, pages(file, piece.path)


def _damage(piece: Piece, what: str) -> str:
    owner = f"{piece.author}（学校标识码 {piece.school}）" if piece.school else piece.author
    return f"{owner}的文件“{piece.name}”（编号 {piece.code}）{what}，没有生成档案。请从备份恢复该文件后点“重新编制”。"


def pages(file: BinaryIO, name: str) -> int | None:
    """1 for a picture; None without fixed pages, or unreadable."""
    extension = pieces.split(name)[1].lower()
    if extension in _PICTURES:
        return 1
    if extension != "pdf":
        return None
    try:
        with pikepdf.open(file, suppress_warnings=True) as opened:
            return len(opened.pages)
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, OSError):
        # Whatever a scanner wrote: the file stays as it is, only its pages stay blank.
        return None
