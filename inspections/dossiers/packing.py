"""Writes a frozen catalogue as one BagIt zip, a piece at a time; memory does not grow with the files."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf

from inspections.dossiers import contents, naming
from inspections.dossiers.bag import CHUNK, BagWriter, Entry
from inspections.dossiers.pieces import Catalogue, Piece
from portal.core.errors import Refused
from portal.core.files import store

_PICTURES = ("jpg", "jpeg", "png")
Make = Callable[[Piece], bytes]
Told = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written: size, sha256 and pages of every file below data/, and the totals."""

    files: dict[str, dict[str, Any]]
    count: int
    size: int


def bag_name(catalogue: Catalogue) -> str:
    """Return the package's folder and file name, without extension."""
    heading = catalogue.heading
    return naming.component(f"{heading['district']}{heading['round_name']}验收档案")


def file_name(catalogue: Catalogue, version: int, *, is_open: bool = False) -> str:
    """Return the name under which the package is kept and handed out."""
    return f"{bag_name(catalogue)}第{version}版{'（不含个人信息材料）' if is_open else ''}.zip"


def pack(
    catalogue: Catalogue,
    target: BinaryIO,
    *,
    frozen_on: str,
    audit_checkpoint: str = "",
    make: Make,
    told: Told,
    is_open: bool = False,
) -> Packed:
    """Write the whole package into an open file; an open one leaves out what holds personal data and says so.

    Equal catalogues frozen on the same day give equal bytes. `told` hears done, total and a
    note between pieces. Raises Refused, naming file and school, when stored bytes vanished or changed.
    """
    heading = catalogue.heading
    pieces = [piece for piece in catalogue.kept() if not (is_open and piece.is_restricted)]
    info = {
        "Source-Organization": heading["author"],
        "External-Description": heading["title"],
        "External-Identifier": f"{heading['district_code']}-{heading['round']}-{heading['inputs_sha256'][:16]}",
        "Bagging-Date": frozen_on,
        "Internal-Sender-Description": f"{heading['standard']}，数据截至 {heading['data_as_of']}",
        "Audit-Checkpoint": audit_checkpoint,
        "Left-Out": contents.left_out(catalogue, {piece.path: {} for piece in pieces}),
    }
    bag, built = BagWriter(target, bag_name(catalogue), info), dict[str, dict[str, Any]]()
    try:
        group = ""
        for done, piece in enumerate(pieces):
            label = f"学校 {piece.school}" if piece.school else f"{piece.code.split('-')[0]} 卷"
            # Between schools, not between files: each report to the database is a write.
            if label != group:
                told(done, len(pieces), f"正在装入{label}")
                group = label
            entry, pages = _stored(bag, piece) if piece.stored else _made(bag, piece, make(piece))
            built[piece.path] = {"size": entry.size, "sha256": entry.sha256, "pages": pages}
        told(len(pieces), len(pieces), "正在编制总目录")
        for path, content in contents.files(catalogue, built).items():
            bag.add(path, [content])
        bag.close()
    except BaseException:
        bag.abandon()
        raise
    return Packed(built, len(built), sum(one["size"] for one in built.values()))


def _made(bag: BagWriter, piece: Piece, content: bytes) -> tuple[Entry, int | None]:
    return bag.add(piece.path, [content]), pages(io.BytesIO(content), piece.path)


def _stored(bag: BagWriter, piece: Piece) -> tuple[Entry, int | None]:
    path = store.path_of(piece.stored)
    entry = bag.add(piece.path, _read(path, piece))
    if entry.sha256 != piece.stored:
        raise Refused(_damage(piece, "的内容与上传时不一致，可能已损坏"))
    with path.open("rb") as file:
        return entry, pages(file, piece.path)


def _read(path: Path, piece: Piece) -> Iterator[bytes]:
    """The bytes of a stored piece in chunks. Raises Refused when they cannot be read."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except FileNotFoundError:
        raise Refused(_damage(piece, "在服务器上找不到了")) from None
    except OSError as error:
        raise Refused(_damage(piece, f"读取失败（{error.strerror}）")) from error


def _damage(piece: Piece, what: str) -> str:
    owner = f"{piece.author}（学校标识码 {piece.school}）" if piece.school else piece.author
    return f"{owner}的文件“{piece.name}”（编号 {piece.code}）{what}，没有生成档案。请从备份恢复该文件后点“重新编制”。"


def pages(file: BinaryIO, name: str) -> int | None:
    """Return how many pages a PDF has, 1 for a picture; None where a file has no fixed pages or cannot be read."""
    extension = naming.split(name)[1].lower()
    if extension in _PICTURES:
        return 1
    if extension != "pdf":
        return None
    try:
        with pikepdf.open(file, suppress_warnings=True) as document:
            return len(document.pages)
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, OSError):
        # Whatever a scanner wrote: the file is kept as it is, only its pages stay blank.
        return None
