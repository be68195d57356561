"""What a PDF may not hold: a password, scripts, programs to start, attached files, forms that send."""

import re
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from portal.errors import Invalid

_MAX_OBJECTS = 500_000
_MAX_DEPTH = 60
_ACTIONS = {
    "/JavaScript": "JavaScript 脚本", "/Launch": "启动外部程序的动作", "/ImportData": "导入数据的动作",
    "/SubmitForm": "向外发送数据的动作", "/GoToE": "打开内嵌文件的动作",
}  # fmt: skip
_KEYS = {
    "/JS": "JavaScript 脚本", "/JavaScript": "JavaScript 脚本", "/EmbeddedFiles": "内嵌附件", "/EF": "内嵌附件",
    "/XFA": "动态表单（XFA）", "/RichMedia": "富媒体内容",
}  # fmt: skip
# Only long names: three letters turn up by chance in the compressed pages of a large scan.
_RAW = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)(?=[\s/<(\[>])")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_DO = "请用“打印 → 另存为 PDF”重新生成后再上传"


def check(file: BinaryIO, name: str) -> None:
    """Raise Invalid, naming what was found, unless the PDF is a plain document."""
    head = file.read(1024)
    if not head.startswith(b"%PDF-") or b"<script" in head.lower() or b"<html" in head.lower():
        raise Invalid(f"“{name}”的内容不是规范的 PDF 文件。{_DO}。")
    file.seek(0)
    found = _walk(file, name) or _scan(file)
    if found:
        raise Invalid(f"“{name}”里有{found}，为保证安全不能接收。{_DO}。")


def _walk(file: BinaryIO, name: str) -> str:
    try:
        reader = PdfReader(file)
        if reader.is_encrypted:
            raise Invalid(f"“{name}”设置了密码或权限限制。请取消加密后再上传。")
        pages = len(reader.pages)
        listed = {(n, generation) for generation, table in reader.xref.items() for n in table}
        listed |= {(n, 0) for n in reader.xref_objStm}
        if len(listed) > _MAX_OBJECTS:
            raise Invalid(f"“{name}”的结构过于复杂。{_DO}。")
        objects = (reader.get_object(IndirectObject(n, generation, reader)) for n, generation in sorted(listed))
        found = _danger(reader.trailer, 0) or next((what for one in objects if (what := _danger(one, 0))), "")
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError) as error:
        raise Invalid(f"“{name}”已损坏或不完整，无法打开。{_DO}。") from error
    if not pages:
        raise Invalid(f"“{name}”里没有页面。{_DO}。")
    return found


def _danger(value: Any, depth: int) -> str:
    """Name the first dangerous thing in an object; references are followed by the caller's walk."""
    if depth > _MAX_DEPTH or isinstance(value, IndirectObject):
        return ""
    if isinstance(value, DictionaryObject):
        action = value.raw_get("/S") if "/S" in value else None
        if action in _ACTIONS:
            return _ACTIONS[action]
        for key, inner in value.items():
            if key in _KEYS:
                return _KEYS[key]
            if found := _danger(inner, depth + 1):
                return found
    elif isinstance(value, (ArrayObject, list)) and not isinstance(value, StreamObject):
        return next((found for inner in value if (found := _danger(inner, depth + 1))), "")
    return ""


def _scan(file: BinaryIO) -> str:
    """Look for the same names in the bytes: objects no table lists are still run by some readers."""
    file.seek(0)
    kept = b""
    while chunk := file.read(1024 * 1024):
        window = kept + chunk
        if b"#" in window:
            window = _HEX.sub(lambda match: bytes([int(match[1], 16)]), window)
        if _RAW.search(window):
            return "脚本、附件或外部动作"
        kept = chunk[-64:]
    return ""
