"""Opens workbooks of strangers: is it one, can it be opened safely, what it holds and hides, which cells are unusable."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from portal.core.errors import Invalid
from portal.core.files import zips
from portal.core.files.inspection import sandbox, workbook
from portal.core.files.inspection.workbook import (
    SAVE_AS,
    column_letter as column_letter,
    column_number as column_number,
)
from portal.core.lib import numbers

# What a web request may read: a district's schools, and their tables.
REQUEST_ROWS, REQUEST_BYTES = 400, 8 * 1024 * 1024
_ROW_TAG = re.compile(rb"<(?:\w+:)?row[\s>]")
_OLD, _ODS = b"\xd0\xcf\x11\xe0", b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_MOST_LISTED = 10
_here: ContextVar[bool] = ContextVar("inspect_in_this_process", default=False)
Source = str | Path | bytes | IO[bytes]
Faults = dict[tuple[int, int], str]
Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What one sheet hides: itself, rows and columns by number (columns as ranges), rows behind a filter."""

    sheet: bool = False
    rows: frozenset[int] = frozenset()
    columns: tuple[tuple[int, int], ...] = ()
    is_filtered: bool = False
    is_unknown: bool = False

    def hides_row(self, number: int) -> bool:
        return number in self.rows

    def hides_column(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.columns)

    def notes(self, name: str, rows: Iterable[int], columns: Iterable[int]) -> Iterator[str]:
        where = f"工作表“{name}”"
        rows, columns = sorted(filter(self.hides_row, rows)), sorted(filter(self.hides_column, columns))
        do = "，照样读取；请取消隐藏核对，不该有的请删除。"
        if self.is_unknown:
            yield f"{where}来自 .xls 或 .ods 文件：隐藏的行列、筛选、百分比格式和出错的公式看不出来（出错的公式按空白读取），请逐项核对；另存为 .xlsx 再导入就能检查。"
        if self.sheet:
            yield f"{where}是隐藏的工作表{do}"
        if rows:
            why = "被筛选隐藏" if self.is_filtered else "是隐藏的"
            yield f"{where}第 {_listed(map(str, rows))} 行{why}（{len(rows)} 行）{do}"
        if columns:
            yield f"{where} {_listed(map(column_letter, columns))} 列是隐藏的{do}"


def _listed(words: Iterable[str]) -> str:
    all_words = list(words)
    return "、".join(all_words[:_MOST_LISTED]) + (" 等" if len(all_words) > _MOST_LISTED else "")


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A sheet as the file holds it; `rows` is None where it cannot be read.

    Merged ranges (top, left, bottom, right), unusable cells and why, numbers shown in per cent by (row, column): from 1.
    """

    name: str
    rows: list[list[Any]] | None
    merged: tuple[Range, ...] = ()
    faults: Faults = field(default_factory=dict)
    percents: frozenset[tuple[int, int]] = frozenset()
    hidden: Hidden = field(default_factory=Hidden)

    def as_shown(self) -> list[list[Any]]:
        """85.5%, not 0.855. Raises Invalid for an unreadable sheet."""
        if (grid := self.rows) is None:
            raise Invalid(f"工作表“{self.name}”已损坏，无法读取。请用 Excel 打开并另存为 .xlsx 后再上传。")
        for row, column in self.percents:
            if (
                row <= len(grid)
                and column <= len(grid[row - 1])
                and isinstance(value := grid[row - 1][column - 1], float)
            ):
                grid[row - 1][column - 1] = f"{numbers.plain(Decimal(f'{value:.15g}') * 100)}%"
        return grid


def load(data: bytes) -> list[RawSheet]:
    """Every imported workbook comes in here: .xlsx, .xls, .ods.

    Raises Invalid for what is none or too much once opened.
    """
    kind = "older" if _is_older(data) else "workbook"
    if kind == "workbook":
        if not data:
            raise Invalid("文件是空的（0 字节）。请确认选对了文件后重新上传。")
        if data.startswith((b"MZ", b"\x7fELF")):
            raise Invalid("这是一个可执行程序，不是 Excel 工作簿，已拒绝读取。请选择 .xlsx 文件。")
        if not data.startswith(b"PK\x03\x04"):
            raise Invalid(f"这不是 Excel 工作簿（.xlsx）。{SAVE_AS}")
    if _here.get():
        found = (workbook.inspect_older if kind == "older" else workbook.inspect)(BytesIO(data))[0]
    else:
        found = sandbox.inspect(BytesIO(data), kind, "").facts
    sheets = []
    for sheet in found:
        is_hidden, rows, columns, is_filtered, is_unknown = sheet["hidden"]
        sheets.append(
            RawSheet(
                sheet["name"],
                sheet["rows"],
                tuple(map(tuple, sheet["merged"])),
                {(row, column): why for row, column, why in sheet["faults"]},
                frozenset(map(tuple, sheet["percents"])),
                Hidden(is_hidden, frozenset(rows), tuple(map(tuple, columns)), is_filtered, is_unknown),
            )
        )
    return sheets


def _is_older(data: bytes) -> bool:
    return data.startswith(_OLD) or _ODS in data[:128]


@contextmanager
def in_this_process() -> Iterator[None]:
    """No child process: for commands that read thousands of their operator's files."""
    token = _here.set(True)
    try:
        yield
    finally:
        _here.reset(token)


def is_large(data: bytes, most_rows: int = 0) -> bool:
    """More rows than a web request may take (or `most_rows`)."""
    most_rows, rows, read = most_rows or REQUEST_ROWS, 0, 0
    try:
        if _is_older(data):
            return sum(len(sheet.rows or ()) for sheet in load(data)) > most_rows
        with zipfile.ZipFile(BytesIO(data)) as package:
            for name in package.namelist():
                if not name.casefold().startswith("xl/worksheets/"):
                    continue
                with package.open(name) as stream:
                    while chunk := stream.read(1 << 20):
                        rows, read = rows + len(_ROW_TAG.findall(chunk)), read + len(chunk)
                        if rows > most_rows or read > REQUEST_BYTES:
                            return True
    except (*zips.DAMAGED, Invalid):
        return len(data) > REQUEST_BYTES
    return False


def content(source: Source) -> bytes:
    """Raises Invalid."""
    limit = settings.WORKBOOK_MAX_BYTES
    if isinstance(source, (str, Path)):
        try:
            with Path(source).open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise Invalid(f"打不开文件“{source}”（{error.strerror or error}）。请检查路径和读取权限。") from error
    else:
        data = source if isinstance(source, bytes) else source.read(limit + 1)
    if len(data) > limit:
        raise Invalid(f"文件超过 {numbers.megabytes(limit)}，未读取。请删除图片和多余的工作表后重新上传。")
    return data
