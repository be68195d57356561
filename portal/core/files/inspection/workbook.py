"""Reads a workbook: can it be opened safely, what do its cells hold, which hold no usable value, what is hidden."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, BinaryIO
from xml.parsers import expat

import python_calamine

from portal.core.errors import Invalid
from portal.core.files.zips import DAMAGED, OpenedZip

# A reader has each cell in memory with its place; the figures of 3 000 schools are 300 000 cells.
MAX_CELLS, MAX_ROWS = 1_000_000, 200_000
MAX_TEXT = 30_000_000
MAX_CELL_TEXT = 32_767  # Excel's own bound
MAX_FAULTS = 20_000
# What else a reader has in memory one by one; no Excel has more columns, styles (64 000, twice) or formats.
MAX_ELEMENTS = {"mergeCell": 50_000, "col": 16_384, "xf": 150_000, "numFmt": 50_000}
SAVE_AS = "请用 Excel 或 WPS 打开原表，另存为“Excel 工作簿（.xlsx）”后再上传。"
_DAMAGED = f"文件已损坏，无法读取。{SAVE_AS}"
_LOCKED = f"这个工作簿设有打开密码，或者是 WPS 表格（.et）等读不了的格式。请先取消密码。{SAVE_AS}"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# What a format writes in quotation marks or after a backslash is text of its own and no sign.
_QUOTED = re.compile(r'"[^"]*"|\\.')
_PERCENT_FORMATS = ("9", "10")
_TRUE = frozenset({"1", "true", "on"})
_UNREADABLE = (python_calamine.CalamineError, OSError, ValueError)


@dataclass(slots=True)
class Shape:
    """What the scan of one sheet finds: its extent, the text it holds, cells without a usable value, what it hides."""

    rows: int = 0
    columns: int = 0
    text: int = 0
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: list[tuple[int, int]] = field(default_factory=list)
    # What it hides: itself, rows that hold something, columns (first and last), whether by a filter or not known.
    is_hidden: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    is_filtered: bool = False
    is_unknown: bool = False


def inspect(file: BinaryIO, name: str = "", kind: str = "") -> tuple[Any, bytes]:
    """Every sheet: values, merged ranges, and its `Shape`.

    Raises Invalid for what is no .xlsx or would not fit into memory.
    """
    try:
        package = _Workbook(file)
        lengths = package.text_lengths()
        looks = package.percent_looks()
        shapes = {}
        for sheet, (part, is_hidden) in package.sheet_parts().items():
            cells = _Cells(lengths, looks)
            package.walk(part, cells.start, cells.end, cells.text)
            cells.shape.is_hidden = is_hidden
            shapes[sheet] = cells.shape
        file.seek(0)
        with _panics():
            book = python_calamine.load_workbook(file)
    except (*DAMAGED, expat.ExpatError, python_calamine.CalamineError) as error:
        raise Invalid(_DAMAGED) from error
    return [_sheet(title, *_values(book, title), shapes.get(title, Shape())) for title in book.sheet_names], b""


def inspect_older(file: BinaryIO, name: str = "", kind: str = "") -> tuple[Any, bytes]:
    """For .xls and .ods, where hidden parts and number formats cannot be seen."""
    try:
        with _panics():
            book = python_calamine.load_workbook(file)
        visible = {one.name: one.visible == python_calamine.SheetVisibleEnum.Visible for one in book.sheets_metadata}
        sheets = [(title, *_values(book, title)) for title in book.sheet_names]
    except _UNREADABLE as error:
        raise Invalid(_LOCKED) from error
    if any(rows is None for _, rows, _ in sheets):
        raise Invalid(_LOCKED)
    grids = [rows for _, rows, _ in sheets if rows]
    cells = sum(len(rows) * max(map(len, rows), default=0) for rows in grids)
    text = sum(len(value) for rows in grids for row in rows for value in row if isinstance(value, str))
    if cells > MAX_CELLS or max(map(len, grids), default=0) > MAX_ROWS or text > MAX_TEXT:
        raise Invalid("工作表内容过大，已拒绝读取。请删除表格以外的内容，或分成几个文件上传。")
    return [
        _sheet(title, rows, merged, Shape(is_hidden=not visible.get(title, True), is_unknown=True))
        for title, rows, merged in sheets
    ], b""


@contextmanager
def _panics() -> Iterator[None]:
    """A panic of the reader is no Exception."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise python_calamine.CalamineError(str(error)) from error


def _sheet(title: str, rows: list[list[Any]] | None, merged: list[list[int]], shape: Shape) -> dict[str, Any]:
    return {
        "name": title,
        "rows": rows,
        "merged": merged,
        "percents": shape.percents,
        "faults": [[*place, why] for place, why in shape.faults.items()],
        "hidden": [shape.is_hidden, shape.hidden_rows, shape.hidden_columns, shape.is_filtered, shape.is_unknown],
    }


def _values(book: python_calamine.CalamineWorkbook, title: str) -> tuple[list[list[Any]] | None, list[list[int]]]:
    """The cells, None when unreadable, and the merged ranges."""
    try:
        with _panics():
            sheet = book.get_sheet_by_name(title)
        ranges = sheet.merged_cell_ranges or []
        return sheet.to_python(skip_empty_area=False), [
            [top + 1, left + 1, bottom + 1, right + 1] for (top, left), (bottom, right) in ranges
        ]
    except _UNREADABLE:
        return None, []


@lru_cache
def column_letter(number: int) -> str:
    """28 → AB."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@lru_cache
def column_number(letters: str) -> int:
    """AB → 28; 0 for none."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


class _Workbook(OpenedZip):
    """A package that is a workbook; its parts are found by name, whatever the case of its letters."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, "工作簿")
        self.parts = {member.filename.casefold(): member for member in self.members}
        if "xl/workbook.xml" not in self.parts:
            raise Invalid(f"这不是 Excel 工作簿（.xlsx）。{SAVE_AS}")
        if any("vbaproject" in name for name in self.parts):
            raise Invalid(f"工作簿中含有宏，已拒绝读取。{SAVE_AS}")

    def too_large(self) -> Invalid:
        return Invalid("工作簿解压后过大，已拒绝读取。请删除图片和多余的工作表，或分成几个文件上传。")

    def irregular(self) -> Invalid:
        return Invalid(_DAMAGED)

    def walk(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Raises KeyError for a part that is not there."""

        def refuse_doctype(*_: object) -> None:
            # Office never writes one; entities are how small XML grows without end.
            raise Invalid(_DAMAGED)

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.StartDoctypeDeclHandler = refuse_doctype
        if text:
            parser.CharacterDataHandler = text
        for chunk in self.chunks(self.parts[part.casefold()]):
            parser.Parse(chunk)
        parser.Parse(b"", True)

    def sheet_parts(self) -> dict[str, tuple[str, bool]]:
        targets: dict[str, str] = {}
        sheets: list[tuple[str, str, bool]] = []

        def relation(name: str, attributes: dict[str, str]) -> None:
            if _own(name) == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
                targets[attributes["Id"]] = attributes["Target"]

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if _own(name) == "sheet":
                key = next((value for key, value in attributes.items() if _own(key) == "id"), "")
                sheets.append((attributes["name"], key, attributes.get("state", "visible") != "visible"))

        self.walk("xl/_rels/workbook.xml.rels", relation)
        self.walk("xl/workbook.xml", sheet)
        parts = {}
        for name, key, is_hidden in sheets:
            if key in targets:
                path = targets[key].replace("\\", "/").lstrip("/")
                parts[name] = (path if path.casefold().startswith("xl/") else f"xl/{path}", is_hidden)
        return parts

    def text_lengths(self) -> list[int]:
        lengths: list[int] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "si" or _own(name) == "si":
                lengths.append(0)

        def text(data: str) -> None:
            if lengths:
                lengths[-1] += len(data)
                if lengths[-1] > MAX_CELL_TEXT:
                    raise _too_long()

        if "xl/sharedstrings.xml" in self.parts:
            self.walk("xl/sharedStrings.xml", start, None, text)
        return lengths

    def percent_looks(self) -> frozenset[str]:
        """Styles that show per cent: built-in formats 9 and 10, own ones with a %."""
        own: set[str] = set(_PERCENT_FORMATS)
        formats: list[str] = []
        inside = [False]
        others: Counter[str] = Counter()

        def start(name: str, attributes: dict[str, str]) -> None:
            name = _own(name)
            if name in MAX_ELEMENTS:
                _count(name, others)
            if name == "numFmt" and "%" in _QUOTED.sub("", attributes.get("formatCode", "")):
                own.add(attributes.get("numFmtId", ""))
            elif name == "cellXfs":
                inside[0] = True
            elif name == "xf" and inside[0]:
                formats.append(attributes.get("numFmtId", ""))

        def end(name: str) -> None:
            if _own(name) == "cellXfs":
                inside[0] = False

        if "xl/styles.xml" in self.parts:
            self.walk("xl/styles.xml", start, end)
        return frozenset(str(position) for position, code in enumerate(formats) if code in own)


def _own(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _too_long() -> Invalid:
    return Invalid(f"有单元格的文字超过 {MAX_CELL_TEXT} 字（Excel 的上限），已拒绝读取。{SAVE_AS}")


def _count(name: str, others: Counter[str]) -> None:
    others[name] += 1
    if others[name] > MAX_ELEMENTS[name]:
        raise Invalid(f"工作簿里的合并单元格、列设置或样式超过 {MAX_ELEMENTS[name]} 处，已拒绝读取。{SAVE_AS}")


class _Cells:
    """Follows the cells of one sheet; only cells that hold something count."""

    def __init__(self, lengths: list[int], looks: frozenset[str]) -> None:
        self.shape, self.lengths, self.looks = Shape(), lengths, looks
        self.look = ""
        self.row = self.column = 0
        self.kind, self.formula, self.reading, self.row_is_hidden = "", False, False, False
        self.value: list[str] = []
        self.length = 0
        self.others: Counter[str] = Counter()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        # Two of these for every cell: the names without a prefix come first.
        if name not in ("c", "v"):
            name = _own(name)
        if name == "c":
            self.place(attributes.get("r", ""))
            self.kind, self.formula, self.look = attributes.get("t", "n"), False, attributes.get("s", "0")
            self.value, self.length = [], 0
        elif name in ("v", "is"):
            self.reading = True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            self.row_is_hidden = _is_hidden(attributes, "ht", "customHeight")
        else:
            self.about_the_sheet(name, attributes)

    def text(self, data: str) -> None:
        if self.reading:
            self.value.append(data)
            self.length += len(data)
            if self.length > MAX_CELL_TEXT:
                raise _too_long()

    def end(self, name: str) -> None:
        if name not in ("c", "v"):
            name = _own(name)
        if name in ("v", "is"):
            self.reading = False
        elif name == "c":
            self.close()

    def about_the_sheet(self, name: str, attributes: dict[str, str]) -> None:
        if name in MAX_ELEMENTS:
            _count(name, self.others)
        if name == "autoFilter":
            self.shape.is_filtered = True
        elif name == "col" and _is_hidden(attributes, "width", "customWidth"):
            self.shape.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))

    def place(self, reference: str) -> None:
        self.column += 1
        if match := _CELL.fullmatch(reference):
            self.row, self.column = int(match[2]), column_number(match[1])

    def close(self) -> None:
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
        if self.row_is_hidden and shape.hidden_rows[-1:] != [self.row]:
            shape.hidden_rows.append(self.row)
        shape.rows, shape.columns = max(shape.rows, self.row), max(shape.columns, self.column)
        if shape.rows * shape.columns > MAX_CELLS or shape.rows > MAX_ROWS or shape.text > MAX_TEXT:
            raise Invalid(
                f"工作表内容过大（用到第 {shape.rows} 行、{column_letter(shape.columns)} 列），已拒绝读取。"
                "请删除表格以外的内容，或分成几个文件上传。"
            )


def _is_hidden(attributes: dict[str, str], size: str, is_own: str) -> bool:
    if attributes.get("hidden") in _TRUE:
        return True
    return size in attributes and attributes.get(is_own) in _TRUE and float(attributes[size]) == 0
