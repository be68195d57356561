"""What a docx or xlsx may not be: encrypted, with macros or objects, a bomb, or escaping its folder."""

import re
import zipfile
from typing import BinaryIO

from portal.errors import Invalid

MAX_MEMBERS = 5_000
MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 200
_SMALL = 1024 * 1024  # ratios are only judged above this size: a short XML packs very well
_PART_LIMIT = 20 * 1024 * 1024
_MAIN = {
    "docx": b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_MACROS = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/|intlMacrosheets/)", re.IGNORECASE)
_OBJECTS = re.compile(r"(^|/)(activeX/|embeddings/)", re.IGNORECASE)
_EXTERNAL = re.compile(
    rb"<Relationship\b(?=[^>]*TargetMode\s*=\s*[\"']External)(?=[^>]*Type\s*=\s*[\"'][^\"']*/"
    rb"(attachedTemplate|oleObject|frame|subDocument|mailMergeSource|aFChunk)[\"'])",
    re.IGNORECASE,
)
_ENCRYPTED_FLAG = 0x1
_SYMLINK = 0o120000


def check(file: BinaryIO, name: str, kind: str) -> None:
    """Raise Invalid, naming what was found, unless the file is a plain docx or xlsx."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            members = package.infolist()
            _bounds(members, size, name)
            _names(members, name)
            _parts(package, members, name, kind)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Invalid(f"“{name}”已损坏或不是 {kind} 文件，无法打开。请重新保存后再上传。") from error


def _bounds(members: list[zipfile.ZipInfo], size: int, name: str) -> None:
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise Invalid(f"“{name}”设置了密码。请取消加密后再上传。")
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    overlapping = packed > size
    dense = any(m.file_size > _SMALL and m.file_size > MAX_RATIO * max(m.compress_size, 1) for m in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or overlapping or dense:
        raise Invalid(f"“{name}”解压后的内容异常庞大，为保证安全不能接收。请重新保存或拆分后再上传。")


def _names(members: list[zipfile.ZipInfo], name: str) -> None:
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        linked = (member.external_attr >> 16) & 0o170000 == _SYMLINK
        if ".." in parts or not parts[0] or ":" in parts[0] or linked:
            raise Invalid(f"“{name}”的内部结构不规范，为保证安全不能接收。请重新保存后再上传。")
        if _MACROS.search(member.filename):
            raise Invalid(f"“{name}”带有宏。请另存为不含宏的格式后再上传。")
        if _OBJECTS.search(member.filename):
            raise Invalid(f"“{name}”里嵌入了其他文件或控件。请删除嵌入对象后再上传，附带的文件请单独上传。")


def _parts(package: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str, kind: str) -> None:
    types = _read(package, "[Content_Types].xml", name)
    if b"macroEnabled" in types:
        raise Invalid(f"“{name}”带有宏。请另存为不含宏的格式后再上传。")
    if _MAIN[kind] not in types:
        raise Invalid(f"“{name}”的内容不是 {kind} 文件。请用 Office 或 WPS 重新保存后再上传。")
    for member in members:
        if not member.filename.lower().endswith((".xml", ".rels")):
            continue
        content = _read(package, member.filename, name)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise Invalid(f"“{name}”的内部结构不规范，为保证安全不能接收。请重新保存后再上传。")
        if member.filename.endswith(".rels") and _EXTERNAL.search(content):
            raise Invalid(f"“{name}”引用了外部模板或外部对象。请断开链接后再上传。")


def _read(package: zipfile.ZipFile, member: str, name: str) -> bytes:
    try:
        with package.open(member) as part:
            return part.read(_PART_LIMIT)
    except KeyError as error:
        raise Invalid(f"“{name}”的内容不是 Office 文件。请用 Office 或 WPS 重新保存后再上传。") from error
