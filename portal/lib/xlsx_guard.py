"""Looks into an .xlsx before it is read: is it one, can it be opened safely, which cells hold no usable value."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import BytesIO

from portal.errors import Invalid
from portal.lib.inspection import door, workbook
from portal.lib.inspection.workbook import MARK as MARK
from portal.lib.inspection.workbook import SAVE_AS, Faults
from portal.lib.inspection.workbook import column_letter as column_letter
from portal.lib.inspection.workbook import column_number as column_number

_OLD, _ODS = b"\xd0\xcf\x11\xe0", b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_here: ContextVar[bool] = ContextVar("inspect_in_this_process", default=False)


@dataclass(frozen=True, slots=True)
class Look:
    """What the look into one sheet found, by (row, column) from 1: unusable cells and why, numbers shown in per cent."""

    faults: Faults = field(default_factory=dict)
    percents: frozenset[tuple[int, int]] = frozenset()


def inspect(data: bytes) -> dict[str, Faults]:
    """Return, per sheet, the cells that hold an error or an uncalculated formula, and why, as `look` does."""
    return {name: found.faults for name, found in look(data).items()}


def look(data: bytes) -> dict[str, Look]:
    """Return what is to be known of each sheet before it is read.

    The door of every workbook that is imported. Raises
    Invalid for what is no .xlsx workbook, and for one that would not fit into memory once
    opened (zip bombs, a lone cell at the far corner, one long text used a million times); such
    a file costs a child process its limits and nothing else.
    """
    _check_kind(data)
    file = BytesIO(data)
    found = workbook.inspect(file)[0] if _here.get() else door.inspect(file, "workbook", "").facts
    return {
        sheet: Look(
            {(row, column): why for row, column, why in told["faults"]}, frozenset(map(tuple, told["percents"]))
        )
        for sheet, told in found.items()
    }


def as_xlsx(data: bytes) -> bytes:
    """Return an .xls or .ods workbook as .xlsx (made in a child process, within its limits), any other as it is.

    Raises Invalid, in Chinese, for one that is locked or cannot be read.
    """
    return door.inspect(BytesIO(data), "older", "").content if data.startswith(_OLD) or _ODS in data[:128] else data


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
