"""Reads an .xls or .ods workbook as it stands; what it hides and how its numbers look cannot be seen in it."""

from typing import Any, BinaryIO

import python_calamine

from portal.core.errors import Invalid
from portal.core.files.inspection.workbook import MAX_CELLS, MAX_ROWS, MAX_TEXT, SAVE_AS, UNREADABLE, values

_LOCKED = f"这个工作簿设有打开密码，或者是 WPS 表格（.et）等读不了的格式。请先取消密码。{SAVE_AS}"


def inspect(file: BinaryIO, name: str = "", kind: str = "") -> tuple[Any, bytes]:
    """Return every sheet in order as `workbook.inspect` does. Raises Invalid for what cannot be read."""
    try:
        book = python_calamine.load_workbook(file)
        visible = {one.name: one.visible == python_calamine.SheetVisibleEnum.Visible for one in book.sheets_metadata}
        read = [(title, *values(book, title)) for title in book.sheet_names]
    except UNREADABLE as error:
        raise Invalid(_LOCKED) from error
    if any(rows is None for _, rows, _ in read):
        raise Invalid(_LOCKED)
    _bound([rows for _, rows, _ in read if rows])
    return [
        {
            "name": title,
            "rows": rows,
            "merged": merged,
            "percents": [],
            "faults": [],
            "hidden": [not visible.get(title, True), [], [], False, True],
        }
        for title, rows, merged in read
    ], b""


def _bound(grids: list[list[list[Any]]]) -> None:
    cells = sum(len(rows) * max(map(len, rows), default=0) for rows in grids)
    text = sum(len(value) for rows in grids for row in rows for value in row if isinstance(value, str))
    if cells > MAX_CELLS or max(map(len, grids), default=0) > MAX_ROWS or text > MAX_TEXT:
        raise Invalid("工作表内容过大，已拒绝读取。请删除表格以外的内容，或分成几个文件上传。")
