"""Looks into an .xlsx before it is read: is it one, can it be opened safely, which cells hold no usable value."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO

from portal.errors import Invalid
from portal.lib.inspection import door, workbook
from portal.lib.inspection.workbook import SAVE_AS, Faults
from portal.lib.inspection.workbook import column_letter as column_letter
from portal.lib.inspection.workbook import column_number as column_number

_here: ContextVar[bool] = ContextVar("inspect_in_this_process", default=False)


def inspect(data: bytes) -> dict[str, Faults]:
    """Return, per sheet, the cells (row, column from 1) that hold an error or an uncalculated formula, and why.

    The door of every workbook that is imported (name and signature stay as they are). Raises
    Invalid for what is no .xlsx workbook, and for one that would not fit into memory once
    opened (zip bombs, a lone cell at the far corner, one long text used a million times); such
    a file costs a child process its limits and nothing else.
    """
    _check_kind(data)
    file = BytesIO(data)
    found = workbook.inspect(file)[0] if _here.get() else door.inspect(file, "workbook", "").facts
    return {sheet: {(row, column): why for row, column, why in faults} for sheet, faults in found.items()}


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
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(f"这是旧版 .xls 文件，或设有打开密码的工作簿。请先取消密码。{SAVE_AS}")
    if data.startswith((b"MZ", b"\x7fELF")):
        raise Invalid("这是一个可执行程序，不是 Excel 工作簿，已拒绝读取。请选择 .xlsx 文件。")
    if not data.startswith(b"PK\x03\x04"):
        raise Invalid(f"这不是 Excel 工作簿（.xlsx）。{SAVE_AS}")
