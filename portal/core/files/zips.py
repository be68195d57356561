"""Zip packages: those of strangers are unpacked within bounds, ours depend on their contents alone.

The child that inspects uploads imports this: no Django here.
"""

import io
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from portal.core.errors import Invalid

MAX_MEMBERS = 5_000
MAX_PART = 150 * 1024 * 1024
MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 200
_SMALL = 1024 * 1024  # ratios are only judged above this size: a short XML packs very well
_CHUNK = 256 * 1024
_ENCRYPTED_FLAG, _SYMLINK, _LOCAL_HEADER = 0x1, 0o120000, 30
_EPOCH = (1980, 1, 1, 0, 0, 0)
# How zipfile and the disk say that bytes cannot be read.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    UnicodeError,
)


class OpenedZip:
    """An opened zip, read member by member. `left` is what may still be unpacked, shared with the packages embedded in it.

    Raises Invalid for one that is encrypted, a bomb, or built to be read differently by different programs;
    errors of DAMAGED for one that is broken.
    """

    def __init__(self, file: BinaryIO, name: str, left: int = MAX_UNPACKED) -> None:
        self.name, self.left, self._file = name, left, file
        size = file.seek(0, 2)
        self.zip = zipfile.ZipFile(file)
        self.members = [member for member in self.zip.infolist() if not member.is_dir()]
        members = self.members
        if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
            raise Invalid(f"“{self.name}”设置了密码，系统无法打开。请取消加密后再上传。")
        overlapping = sum(member.compress_size for member in members) > size
        dense = any(m.file_size > _SMALL and m.file_size > MAX_RATIO * max(m.compress_size, 1) for m in members)
        if len(members) > MAX_MEMBERS or overlapping or dense or sum(m.file_size for m in members) > self.left:
            raise self.too_large()
        seen = set()
        for member in members:
            parts = member.filename.replace("\\", "/").split("/")
            linked = (member.external_attr >> 16) & 0o170000 == _SYMLINK
            packed_otherwise = member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            # Two members of one name: which of them a program opens is its own choice.
            twice = member.filename.casefold() in seen
            if ".." in parts or not parts[0] or ":" in parts[0] or linked or packed_otherwise or twice:
                raise self.irregular()
            seen.add(member.filename.casefold())

    def chunks(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """Counts what it unpacks and does not believe the zip's own sizes."""
        self.zip.open(member).close()  # compares the names of both headers
        self._file.seek(member.header_offset)
        head = self._file.read(_LOCAL_HEADER)
        self._file.seek(sum(struct.unpack("<HH", head[26:30])), 1)
        size = check = 0
        for chunk in self._inflated(member):
            size, check = size + len(chunk), zlib.crc32(chunk, check)
            self.left -= len(chunk)
            if size > MAX_PART or self.left < 0:
                raise self.too_large()
            yield chunk
        if size != member.file_size or check != member.CRC:
            raise zipfile.BadZipFile(member.filename)

    def read(self, member: zipfile.ZipInfo) -> bytes:
        return b"".join(self.chunks(member))

    def too_large(self) -> Invalid:
        return Invalid(f"“{self.name}”解压后的内容异常庞大，为保证安全不能接收。请重新保存或拆分后再上传。")

    def irregular(self) -> Invalid:
        return Invalid(f"“{self.name}”的内部结构不规范，为保证安全不能接收。请重新保存后再上传。")

    def _inflated(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        left = member.compress_size
        inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == zipfile.ZIP_DEFLATED else None
        while left > 0:
            packed = self._file.read(min(left, _CHUNK))
            if not packed:
                raise EOFError(member.filename)
            left -= len(packed)
            if inflate is None:
                yield packed
                continue
            while packed:
                yield inflate.decompress(packed, _CHUNK)
                packed = inflate.unconsumed_tail
        if inflate and not inflate.eof:
            raise EOFError(member.filename)


def normalised(package: bytes, replace: dict[str, bytes] | None = None) -> bytes:
    """All times are the earliest a zip can hold; `replace` by member name."""
    replace = replace or {}
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            member = zipfile.ZipInfo(info.filename, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            # Piece by piece: one sheet of a large workbook may be a hundred megabytes unpacked.
            with target.open(member, "w", force_zip64=info.file_size >= 2**31) as writer:
                if info.filename in replace:
                    writer.write(replace[info.filename])
                else:
                    with source.open(info) as reader:
                        shutil.copyfileobj(reader, writer)
    return result.getvalue()
