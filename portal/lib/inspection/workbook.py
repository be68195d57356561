"""Looks into a workbook that is to be read: can it be opened safely, which cells hold no usable value."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.parsers import expat

from portal.errors import Invalid
from portal.lib.inspection.packages import DAMAGED, Package

MAX_CELLS = 2_000_000
MAX_TEXT = 30_000_000
MAX_CELL_TEXT = 32_767  # Excel's own bound
MAX_FAULTS = 20_000
# What else a reader keeps one by one; no Excel has more columns, styles (64 000, twice) or formats.
MAX_ELEMENTS = {"mergeCell": 50_000, "col": 16_384, "xf": 150_000, "numFmt": 50_000}
# What a workbook made from an .xls or .ods says of itself (its comment).
MARK = "made from .xls or .ods"
SAVE_AS = "请用 Excel 或 WPS 打开原表，另存为“Excel 工作簿（.xlsx）”后再上传。"
_DAMAGED = f"文件已损坏，无法读取。{SAVE_AS}"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# What a format writes in quotation marks or after a backslash is text of its own and no sign.
_QUOTED = re.compile(r'"[^"]*"|\\.')
_PERCENT_FORMATS = ("9", "10")
Faults = dict[tuple[int, int], str]


@dataclass(slots=True)
class _Shape:
    """What the scan of one sheet finds: its extent, the text it holds, cells without a usable value."""

    rows: int = 0
    columns: int = 0
    text: int = 0
    faults: Faults = field(default_factory=dict)
    percents: list[tuple[int, int]] = field(default_factory=list)


def inspect(file: BinaryIO, name: str = "", kind: str = "") -> tuple[Any, bytes]:
    """Return, per sheet, [row, column, why] of the cells that hold an error or an uncalculated formula,
    and [row, column] of the numbers that are shown in per cent.

    Raises Invalid for what is no .xlsx workbook, and for one that would not fit into memory once opened.
    """
    try:
        package = _Workbook(file)
        lengths = _text_lengths(package)
        looks = _percent_looks(package)
        found = {sheet: _scan(package, part, lengths, looks) for sheet, part in _parts(package).items()}
    except (*DAMAGED, expat.ExpatError) as error:
        raise Invalid(_DAMAGED) from error
    return {
        sheet: {"faults": [[*place, why] for place, why in shape.faults.items()], "percents": shape.percents}
        for sheet, shape in found.items()
    }, b""


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


class _Workbook(Package):
    """A package that is a workbook; its parts are found by name, whatever the case of its letters."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, "工作簿")
        self.parts = {member.filename.casefold(): member for member in self.members}
        if "xl/workbook.xml" not in self.parts:
            raise Invalid(f"这不是 Excel 工作簿（.xlsx）。{SAVE_AS}")
        if any("vbaproject" in name for name in self.parts):
            raise Invalid(f"工作簿中含有宏，已拒绝读取。{SAVE_AS}")

    def too_large(self) -> Invalid:
        """Return the refusal of a bomb."""
        return Invalid("工作簿解压后过大，已拒绝读取。请删除图片和多余的工作表，或分成几个文件上传。")

    def irregular(self) -> Invalid:
        """Return the refusal of a package no spreadsheet program writes."""
        return Invalid(_DAMAGED)

    def walk(
        self, part: str, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None],
        text: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        """Parse a part; names come without prefix. Raises KeyError for one that is not there."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        parser.StartDoctypeDeclHandler = _refuse_doctype
        if text:
            parser.CharacterDataHandler = text
        for chunk in self.chunks(self.parts[part.casefold()]):
            parser.Parse(chunk)
        parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    # Office never writes one; entities are how small XML grows without end.
    raise Invalid(_DAMAGED)


def _parts(package: _Workbook) -> dict[str, str]:
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes["Id"]] = attributes["Target"]

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            key = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            sheets.append((attributes["name"], key))

    package.walk("xl/_rels/workbook.xml.rels", relation, lambda name: None)
    package.walk("xl/workbook.xml", sheet, lambda name: None)
    return {name: _resolve(targets[key]) for name, key in sheets if key in targets}


def _resolve(target: str) -> str:
    path = target.replace("\\", "/").lstrip("/")
    return path if path.casefold().startswith("xl/") else f"xl/{path}"


def _too_long() -> Invalid:
    return Invalid(f"有单元格的文字超过 {MAX_CELL_TEXT} 字（Excel 的上限），已拒绝读取。{SAVE_AS}")


def _text_lengths(package: _Workbook) -> list[int]:
    lengths: list[int] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            lengths.append(0)

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)
            if lengths[-1] > MAX_CELL_TEXT:
                raise _too_long()

    if "xl/sharedstrings.xml" in package.parts:
        package.walk("xl/sharedStrings.xml", start, lambda name: None, text)
    return lengths


def _percent_looks(package: _Workbook) -> frozenset[str]:
    """The styles, as cells name them, that show a number in per cent: built-in formats 9 and 10, own ones with a %."""
    own: set[str] = set(_PERCENT_FORMATS)
    formats: list[str] = []
    inside = [False]
    others: Counter[str] = Counter()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name in MAX_ELEMENTS:
            _count(name, others)
        if name == "numFmt" and "%" in _QUOTED.sub("", attributes.get("formatCode", "")):
            own.add(attributes.get("numFmtId", ""))
        elif name == "cellXfs":
            inside[0] = True
        elif name == "xf" and inside[0]:
            formats.append(attributes.get("numFmtId", ""))

    def end(name: str) -> None:
        if name == "cellXfs":
            inside[0] = False

    if "xl/styles.xml" in package.parts:
        package.walk("xl/styles.xml", start, end)
    return frozenset(str(position) for position, code in enumerate(formats) if code in own)


def _count(name: str, others: Counter[str]) -> None:
    others[name] += 1
    if others[name] > MAX_ELEMENTS[name]:
        raise Invalid(f"工作簿里的合并单元格、列设置或样式超过 {MAX_ELEMENTS[name]} 处，已拒绝读取。{SAVE_AS}")


class _Cells:
    """Follows the cells of one sheet; only cells that hold something count."""

    def __init__(self, lengths: list[int], looks: frozenset[str]) -> None:
        self.shape, self.lengths, self.looks = _Shape(), lengths, looks
        self.look = ""
        self.row = self.column = 0
        self.kind, self.formula, self.reading = "", False, False
        self.value: list[str] = []
        self.length = 0
        self.others: Counter[str] = Counter()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
        elif name == "c":
            self._place(attributes.get("r", ""))
            self.kind, self.formula, self.look = attributes.get("t", "n"), False, attributes.get("s", "0")
            self.value, self.length = [], 0
        elif name == "f":
            self.formula = True
        elif name in ("v", "is"):
            self.reading = True
        elif name in MAX_ELEMENTS:
            _count(name, self.others)

    def text(self, data: str) -> None:
        if self.reading:
            self.value.append(data)
            self.length += len(data)
            if self.length > MAX_CELL_TEXT:
                raise _too_long()

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
        shape, value = self.shape, "".join(self.value)
        if self.formula and not value and self.kind != "str":
            shape.faults[self.row, self.column] = "公式没有计算结果"
        elif self.kind == "e":
            shape.faults[self.row, self.column] = f"公式结果是错误值 {value[:20]}"
        elif not value:
            return
        elif self.kind == "n" and self.look in self.looks:
            shape.percents.append((self.row, self.column))
            if len(shape.percents) > MAX_FAULTS:
                raise Invalid(f"百分比格式的单元格超过 {MAX_FAULTS} 个，已停止读取。请改为常规格式后重新上传。")
        if len(shape.faults) > MAX_FAULTS:
            raise Invalid(f"出错的单元格超过 {MAX_FAULTS} 个，已停止读取。请检查是否选错了文件，改正公式后重新上传。")
        if self.kind == "s":
            shape.text += self.lengths[int(value)] if int(value) < len(self.lengths) else 0
        else:
            shape.text += self.length
        shape.rows, shape.columns = max(shape.rows, self.row), max(shape.columns, self.column)
        if shape.rows * shape.columns > MAX_CELLS or shape.text > MAX_TEXT:
            raise Invalid(
                f"工作表内容过大（用到第 {shape.rows} 行、{column_letter(shape.columns)} 列），已拒绝读取。"
                "请删除表格以外的内容，或分成几个文件上传。"
            )


def _scan(package: _Workbook, part: str, lengths: list[int], looks: frozenset[str]) -> _Shape:
    cells = _Cells(lengths, looks)
    package.walk(part, cells.start, cells.end, cells.text)
    return cells.shape
