"""Reads workbooks of strangers: is it one, can it be opened safely, what it holds, which cells hold no usable value."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from portal.core.errors import Invalid
from portal.core.files.inspection import door, older, workbook
from portal.core.files.inspection.workbook import SAVE_AS
from portal.core.files.inspection.workbook import column_letter as column_letter
from portal.core.files.inspection.workbook import column_number as column_number
from portal.core.spreadsheets.hidden import Hidden

_OLD, _ODS = b"\xd0\xcf\x11\xe0", b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_here: ContextVar[bool] = ContextVar("inspect_in_this_process", default=False)
Faults = dict[tuple[int, int], str]
Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Held:
    """A sheet as it stands; rows are None where it cannot be read.

    Merged ranges (top, left, bottom, right), unusable cells and why, numbers shown in per cent by (row, column): from 1.
    """

    name: str
    rows: list[list[Any]] | None
    merged: tuple[Range, ...] = ()
    faults: Faults = field(default_factory=dict)
    percents: frozenset[tuple[int, int]] = frozenset()
    hidden: Hidden = field(default_factory=Hidden)


def read(data: bytes) -> list[Held]:
    """Return the sheets of a workbook (.xlsx, .xls, .ods) in their order.

    The door of every workbook that is imported. Raises
    Invalid for what is no workbook, and for one that would not fit into memory once
    opened (zip bombs, a lone cell at the far corner, one long text used a million times); such
    a file costs a child process its limits and nothing else.
    """
    kind = "older" if is_older(data) else "workbook"
    if kind == "workbook":
        _check_kind(data)
    if _here.get():
        found = (older if kind == "older" else workbook).inspect(BytesIO(data))[0]
    else:
        found = door.inspect(BytesIO(data), kind, "").facts
    return [
        Held(
            sheet["name"],
            sheet["rows"],
            tuple(map(tuple, sheet["merged"])),
            {(row, column): why for row, column, why in sheet["faults"]},
            frozenset(map(tuple, sheet["percents"])),
            Hidden.of(*sheet["hidden"]),
        )
        for sheet in found
    ]


def is_older(data: bytes) -> bool:
    """Whether a file is an .xls or .ods workbook."""
    return data.startswith(_OLD) or _ODS in data[:128]


@contextmanager
def in_this_process() -> Iterator[None]:
    """Within, workbooks are looked into without a child process: for a command that reads thousands of its
    operator's own files. The bounds of cells, texts and sizes hold all the same."""
    token = _here.set(True)
    try:
        yield
    finally:
        _here.reset(token)


def _check_kind(data: bytes) -> None:
    if not data:
        raise Invalid("文件是空的（0 字节）。请确认选对了文件后重新上传。")
    if data.startswith((b"MZ", b"\x7fELF")):
        raise Invalid("这是一个可执行程序，不是 Excel 工作簿，已拒绝读取。请选择 .xlsx 文件。")
    if not data.startswith(b"PK\x03\x04"):
        raise Invalid(f"这不是 Excel 工作簿（.xlsx）。{SAVE_AS}")
