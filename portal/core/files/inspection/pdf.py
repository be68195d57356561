"""What a PDF may not hold: a password, scripts, programs to start, attached files, forms that send.

Every object is visited, also those no page mentions. Actions are allow-listed (ISO 32000-2, 12.6).
"""

import json
import math
import os
import re
import resource
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pikepdf
import pypdfium2
from pikepdf import ObjectType

from portal.core.errors import Invalid
from portal.core.lib import written

_MAX_OBJECTS = 400_000
_MAX_DEPTH = 60
_ACTIONS = {
    "/JavaScript": "JavaScript 脚本",
    "/Launch": "启动外部程序的动作",
    "/ImportData": "导入数据的动作",
    "/SubmitForm": "向外发送数据的动作",
    "/GoToE": "打开内嵌文件的动作",
    "/GoToR": "打开其他文件的动作",
    "/Rendition": "多媒体动作",
    "/Movie": "多媒体动作",
    "/Sound": "多媒体动作",
    "/RichMediaExecute": "多媒体动作",
}
_KEYS = {
    "/JS": "JavaScript 脚本",
    "/JavaScript": "JavaScript 脚本",
    "/EmbeddedFiles": "内嵌附件",
    "/EF": "内嵌附件",
    "/XFA": "动态表单（XFA）",
    "/RichMedia": "富媒体内容",
    "/RichMediaContent": "富媒体内容",
    "/OnInstantiate": "JavaScript 脚本",
    "/AdditionalStreams": "内嵌附件",
}
# Annotations and drawings that are programs or play something.
_SUBTYPES = {
    "/FileAttachment": "内嵌附件",
    "/Movie": "多媒体内容",
    "/Sound": "多媒体内容",
    "/3D": "多媒体内容",
    "/RichMedia": "多媒体内容",
    "/PS": "PostScript 程序",
}
# Where actions are; those of the last start without a click and may only turn pages.
_CLICKED = ("/A", "/PA", "/Next")
_QUIET = ("/GoTo", "/Named", "/SetOCGState", "/Hide", "/Trans", "/ResetForm", "/Thread", "/GoToDp")
_HARMLESS_LINK = re.compile(
    rb"\s*(?:https?:|mailto:|ftp:|tel:|file:(?!/{0,5}[\\]{2}|//[^/])|[^:]*$|"
    rb"(?:javascript:\s*(?:void\(0\))?\s*;?|about:blank)\s*$)",
    re.IGNORECASE,
)
# Only long names: three letters turn up by chance in the compressed pages of a large scan.
_RAW = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)(?=[\s\0/<(\[>)\]%])")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECT_STREAM = re.compile(
    rb"/%s\b.{0,400}?stream\r?\n" % b"".join(b"(?:%c|#%02x|#%02X)" % (letter, letter, letter) for letter in b"ObjStm"),
    re.DOTALL,
)
_BEGINNING = re.compile(rb"(\d{1,10})\s{1,9}(\d{1,5})\s{1,9}obj\b")
_FILTER = re.compile(rb"/Filter\s*(?:/FlateDecode\b|\[\s*/FlateDecode\s*\])")
_MAX_HIDDEN = 8 * 1024 * 1024
_MAX_READ, _READER_MEMORY = 4_000_000, 200 * 1024 * 1024
_WINDOW = 1024 * 1024
_NESTED = (ObjectType.array, ObjectType.dictionary)
_BLANK = b"\0\t\n\f\r \xef\xbb\xbf"
_DO = "请用“打印 → 另存为 PDF”重新生成后再上传"


def inspect(file: BinaryIO, name: str, kind: str) -> tuple[Any, bytes]:
    """Raises Invalid, naming what was found."""
    head = file.read(1024).lstrip(_BLANK)
    if not head.startswith(b"%PDF-") or b"<script" in head.lower() or b"<html" in head.lower():
        raise Invalid(f"“{name}”的开头混有其他内容，不是规范的 PDF 文件。{_DO}。")
    file.seek(-min(file.seek(0, 2), 4096), 2)
    if b"%%EOF" not in file.read():
        raise Invalid(f"“{name}”文件已损坏或不完整（缺少结尾）。请重新生成或重新传输后再上传。")
    file.seek(0)
    known: set[tuple[int, int]] = set()
    found = _walk(file, name, known) or _scan(file, known)
    if found:
        raise Invalid(f"“{name}”里有{found}，为保证安全不能接收。{_DO}。")
    return {"personal": _numbers(file)}, b""


def _numbers(file: BinaryIO) -> dict[str, int]:
    """In pages, comments and form fields, by a process that answers after each page.

    Drawings too heavy for it leave the rest unread; the file is not refused.
    """
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    seconds = resource.getrlimit(resource.RLIMIT_CPU)[0] - math.ceil(used)
    if seconds < 1:
        return {}
    reading, writing = os.pipe()
    reader = os.fork()
    if not reader:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_DATA, (_READER_MEMORY, _READER_MEMORY))
            text, counts = "", dict[str, int]()
            for more in _texts(file):
                text += f"\n{more}"
                if (now := written.personal_numbers(more)) and (now := written.personal_numbers(text)) != counts:
                    counts = now
                    os.write(writing, json.dumps(counts).encode() + b"\n")
                if len(text) > _MAX_READ:
                    break
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        lines = answer.read().splitlines(keepends=True)
    os.waitpid(reader, 0)
    whole = [line for line in lines if line.endswith(b"\n")]
    return json.loads(whole[-1]) if whole else {}


def _texts(file: BinaryIO) -> Iterator[str]:
    file.seek(0)
    with pikepdf.open(file, suppress_warnings=True) as document:
        dictionaries = (one for one in document.objects if _is(one, ObjectType.dictionary))
        typed = (one.get(key) for one in dictionaries for key in ("/V", "/Contents"))
        yield "\n".join(str(one) for one in typed if _is(one, ObjectType.string))
    file.seek(0)
    for page in pypdfium2.PdfDocument(file):
        yield page.get_textpage().get_text_range()


def _walk(file: BinaryIO, name: str, known: set[tuple[int, int]]) -> str:
    """Adds the object streams read to `known`."""
    try:
        with pikepdf.open(file, suppress_warnings=True) as document:
            if len(document.objects) > _MAX_OBJECTS:
                raise Invalid(f"“{name}”的结构过于复杂。{_DO}。")
            if not len(document.pages):
                raise Invalid(f"“{name}”里没有页面。{_DO}。")
            objects = (document.trailer, *document.objects)
            if found := next((found for one in objects if (found := _danger(one))), ""):
                return found
            # What an object stream holds beyond its table, or held before a later version of the file.
            streams = [one for one in objects if _is(one, ObjectType.stream) and one.get("/Type") == "/ObjStm"]
            known.update(one.objgen for one in streams)
            if any(_suspicious(one.read_bytes()) for one in streams):
                return "脚本、附件或外部动作"
    except pikepdf.PasswordError as error:
        raise Invalid(f"“{name}”设置了密码，系统无法打开。请取消加密后再上传。") from error
    except (
        pikepdf.PdfError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        RuntimeError,
        OSError,
    ) as error:
        if "encrypt" in str(error).lower():
            raise Invalid(f"“{name}”用专门的软件加了密，系统无法打开。请取消加密后再上传。") from error
        raise Invalid(f"“{name}”文件已损坏或不完整，无法打开。{_DO}。") from error
    return ""


def _is(value: Any, *kinds: ObjectType) -> bool:
    return isinstance(value, pikepdf.Object) and value._type_code in kinds


def _danger(top: Any) -> str:
    """The caller's walk follows references."""
    waiting = [(top, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            return "嵌套过深的内容"
        if _is(value, ObjectType.array):
            waiting += [(one, depth + 1) for one in _nested(value)]
        elif _is(value, ObjectType.dictionary, ObjectType.stream):
            if found := _of_dictionary(value):
                return found
            if _is(value, ObjectType.stream) and "/F" in value:
                return "保存在别处、打开时才去取的内容"
            waiting += [(one, depth + 1) for one in _nested(one for _, one in value.items())]
    return ""


def _nested(values: Iterable[Any]) -> list[Any]:
    return [
        one for one in values if isinstance(one, pikepdf.Object) and not one.is_indirect and one._type_code in _NESTED
    ]


def _of_dictionary(value: Any) -> str:
    keys = value.keys()
    for key in keys:
        if key in _KEYS:
            return _KEYS[key]
    if "/Subtype" in keys and (subtype := str(value["/Subtype"])) in _SUBTYPES:
        return _SUBTYPES[subtype]
    if "/S" in keys and str(value["/S"]) in _ACTIONS:
        return _ACTIONS[str(value["/S"])]
    for key in _CLICKED:
        if key in keys:
            for action in _actions(value[key]):
                kind, address = str(action["/S"]), action.get("/URI")
                if kind == "/URI":
                    if address is not None and not _HARMLESS_LINK.match(bytes(address)):
                        return "打开外部程序的链接"
                # Attributes of structure elements are under /A, too; their owner sets them apart.
                elif kind not in _QUIET and "/O" not in action:
                    return _ACTIONS.get(kind, f"不允许的动作（{kind}）")
    started = [value["/OpenAction"]] if "/OpenAction" in keys else []
    if "/AA" in keys and _is(value["/AA"], ObjectType.dictionary):
        started += [one for _, one in value["/AA"].items()]
    for one in started:
        for action in _actions(one):
            if (kind := str(action["/S"])) not in _QUIET:
                return _ACTIONS.get(kind, "打开文件时自动执行的动作")
    return ""


def _actions(value: Any) -> Iterator[Any]:
    """Other things under the same key are none."""
    for one in list(value) if _is(value, ObjectType.array) else [value]:
        if _is(one, ObjectType.dictionary) and "/S" in one and _is(one["/S"], ObjectType.name_):
            yield one


def _scan(file: BinaryIO, known: set[tuple[int, int]]) -> str:
    """Objects no table lists are still run by some readers."""
    if zipfile.is_zipfile(file):
        return "附在后面的压缩包"
    before_window, place = b"", 0
    while chunk := _at(file, place, _WINDOW):
        window, start = before_window + chunk, place - len(before_window)
        if _suspicious(window):
            return "脚本、附件或外部动作"
        for match in _OBJECT_STREAM.finditer(window):
            before = window[max(0, match.start() - 400) : match.start()]
            beginnings = list(_BEGINNING.finditer(before))
            named = (int(beginnings[-1][1]), int(beginnings[-1][2])) if beginnings else None
            head = before[beginnings[-1].end() :] + match[0] if beginnings else match[0]
            if named not in known and (found := _hidden(head, _at(file, start + match.end(), _WINDOW))):
                return found
        before_window, place = chunk[-4096:], place + len(chunk)
    return ""


def _at(file: BinaryIO, place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)


def _suspicious(data: bytes) -> bool:
    if b"#" in data:
        data = _HEX.sub(lambda match: bytes([int(match[1], 16)]), data)
    return bool(_RAW.search(data))


def _hidden(head: bytes, packed: bytes) -> str:
    if b"/Filter" not in head:
        return ""
    if not _FILTER.search(head) or b"/DecodeParms" in head:
        return "看不懂的内容"
    try:
        held = zlib.decompressobj().decompress(packed, _MAX_HIDDEN)
    except zlib.error:
        return ""
    return "脚本、附件或外部动作" if _suspicious(held) else ""
