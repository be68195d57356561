"""Looks into an .xlsx before it is read: is it one, can it be opened safely, which cells hold no usable value."""

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO
from xml.parsers import expat

from portal.errors import Invalid

MAX_UNPACKED = 300 * 1024 * 1024
MAX_MEMBERS = 2_000
MAX_CELLS = 4_000_000
MAX_TEXT = 200_000_000
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SAVE_AS = "请用 Excel 或 WPS 打开原表，另存为“Excel 工作簿（.xlsx）”后再上传。"
_DAMAGED = f"文件已损坏，无法读取。{_SAVE_AS}"
Faults = dict[tuple[int, int], str]


@dataclass(slots=True)
class _Shape:
    """What the scan of one sheet finds: its extent, the text it holds, cells without a usable value."""

    rows: int = 0
    columns: int = 0
    text: int = 0
    faults: Faults = field(default_factory=dict)


def inspect(data: bytes) -> dict[str, Faults]:
    """Return, per sheet, the cells (row, column from 1) that hold an error or an uncalculated formula, and why.

    Raises Invalid for what is no .xlsx workbook, and for one that would not
    fit into memory once opened (zip bombs, a lone cell at the far corner, one
    long text used a million times).
    """
    _check_kind(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            _check_package(package)
            lengths = _text_lengths(package)
            return {name: _scan(package, part, lengths).faults for name, part in _parts(package).items()}
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError, EOFError, NotImplementedError, OSError,
            zlib.error) as error:  # fmt: skip
        raise Invalid(_DAMAGED) from error


def column_letter(number: int) -> str:
    """Return the letters of a column counted from 1 (28 → AB)."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number, from 1, of a column named by letters (AB → 28); 0 for none."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _check_kind(data: bytes) -> None:
    if not data:
        raise Invalid("文件是空的（0 字节）。请确认选对了文件后重新上传。")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(f"这是旧版 .xls 文件，或设有打开密码的工作簿。请先取消密码。{_SAVE_AS}")
    if data.startswith((b"MZ", b"\x7fELF")):
        raise Invalid("这是一个可执行程序，不是 Excel 工作簿，已拒绝读取。请选择 .xlsx 文件。")
    if not data.startswith(b"PK\x03\x04"):
        raise Invalid(f"这不是 Excel 工作簿（.xlsx）。{_SAVE_AS}")


def _check_package(package: zipfile.ZipFile) -> None:
    members = package.infolist()
    names = {member.filename.casefold() for member in members}
    if "xl/workbook.xml" not in names:
        raise Invalid(f"这不是 Excel 工作簿（.xlsx）。{_SAVE_AS}")
    if any("vbaproject" in name for name in names):
        raise Invalid(f"工作簿中含有宏，已拒绝读取。{_SAVE_AS}")
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Invalid("工作簿解压后过大，已拒绝读取。请删除图片和多余的工作表，或分成几个文件上传。")


def _walk(stream: IO[bytes], start: Callable, end: Callable, text: Callable | None = None) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if text:
        parser.CharacterDataHandler = text
    parser.ParseFile(stream)


def _refuse_doctype(*_: object) -> None:
    # Office never writes one; entities are how small XML grows without end.
    raise Invalid(_DAMAGED)


def _open(package: zipfile.ZipFile, part: str) -> IO[bytes]:
    for name in package.namelist():
        if name.casefold() == part.casefold():
            return package.open(name)
    raise KeyError(part)


def _parts(package: zipfile.ZipFile) -> dict[str, str]:
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes["Id"]] = attributes["Target"]

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            key = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            sheets.append((attributes["name"], key))

    with _open(package, "xl/_rels/workbook.xml.rels") as stream:
        _walk(stream, relation, lambda name: None)
    with _open(package, "xl/workbook.xml") as stream:
        _walk(stream, sheet, lambda name: None)
    return {name: _resolve(targets[key]) for name, key in sheets if key in targets}


def _resolve(target: str) -> str:
    path = target.replace("\\", "/").lstrip("/")
    return path if path.casefold().startswith("xl/") else f"xl/{path}"


def _text_lengths(package: zipfile.ZipFile) -> list[int]:
    lengths: list[int] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            lengths.append(0)

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    if any(name.casefold() == "xl/sharedstrings.xml" for name in package.namelist()):
        with _open(package, "xl/sharedStrings.xml") as stream:
            _walk(stream, start, lambda name: None, text)
    return lengths


class _Cells:
    """Follows the cells of one sheet; only cells that hold something count."""

    def __init__(self, lengths: list[int]) -> None:
        self.shape, self.lengths = _Shape(), lengths
        self.row = self.column = 0
        self.kind, self.formula, self.value, self.reading = "", False, "", False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
        elif name == "c":
            self._place(attributes.get("r", ""))
            self.kind, self.formula, self.value = attributes.get("t", "n"), False, ""
        elif name == "f":
            self.formula = True
        elif name in ("v", "is"):
            self.reading = True

    def text(self, data: str) -> None:
        if self.reading:
            self.value += data

    def end(self, name: str) -> None:
        if name in ("v", "is"):
            self.reading = False
        elif name == "c":
            self._close()

    def _place(self, reference: str) -> None:
        self.column += 1
        if match := _CELL.fullmatch(reference):
            self.row, self.column = int(match[2]), column_number(match[1])

    def _close(self) -> None:
        shape = self.shape
        if self.formula and not self.value and self.kind != "str":
            shape.faults[self.row, self.column] = "公式没有计算结果"
        elif self.kind == "e":
            shape.faults[self.row, self.column] = f"公式结果是错误值 {self.value}"
        elif not self.value:
            return
        if self.kind == "s":
            shape.text += self.lengths[int(self.value)] if int(self.value) < len(self.lengths) else 0
        shape.rows, shape.columns = max(shape.rows, self.row), max(shape.columns, self.column)
        if shape.rows * shape.columns > MAX_CELLS or shape.text > MAX_TEXT:
            raise Invalid(
                f"工作表内容过大（用到第 {shape.rows} 行、{column_letter(shape.columns)} 列），已拒绝读取。"
                "请删除表格以外的内容，或分成几个文件上传。"
            )


def _scan(package: zipfile.ZipFile, part: str, lengths: list[int]) -> _Shape:
    cells = _Cells(lengths)
    with _open(package, part) as stream:
        _walk(stream, cells.start, cells.end, cells.text)
    return cells.shape
