"""Turns an .xls or .ods workbook into the .xlsx that is read like any other; looks and formulas stay behind."""

import datetime as dt
from io import BytesIO
from typing import Any, BinaryIO

import python_calamine
import xlsxwriter

from portal.errors import Invalid
from portal.lib.inspection.workbook import MARK, MAX_CELLS, MAX_TEXT, SAVE_AS

_LOCKED = f"这个工作簿设有打开密码，或者是 WPS 表格（.et）等读不了的格式。请先取消密码。{SAVE_AS}"
_READ = (python_calamine.CalamineError, OSError, ValueError)


def inspect(file: BinaryIO, name: str = "", kind: str = "") -> tuple[Any, bytes]:
    """Return the same sheets as .xlsx: values, dates, merged ranges, hidden sheets. Raises Invalid for what cannot be read."""
    try:
        held = python_calamine.load_workbook(BytesIO(file.read()))
        seen = {one.name: one.visible == python_calamine.SheetVisibleEnum.Visible for one in held.sheets_metadata}
        sheets = [(name, held.get_sheet_by_name(name)) for name in held.sheet_names]
        grids = [
            (name, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []) for name, sheet in sheets
        ]
    except _READ as error:
        raise Invalid(_LOCKED) from error
    _bound([rows for _, rows, _ in grids])
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"comments": MARK})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows, merged in grids:
            sheet = book.add_worksheet(name)
            if not seen.get(name, True):
                sheet.hide()
            _write(sheet, rows, day)
            for (top, left), (bottom, right) in merged:
                sheet.merge_range(top, left, bottom, right, rows[top][left])
    return {}, made.getvalue()


def _bound(grids: list[list[list[Any]]]) -> None:
    cells = sum(len(rows) * max(map(len, rows), default=0) for rows in grids)
    text = sum(len(value) for rows in grids for row in rows for value in row if isinstance(value, str))
    if cells > MAX_CELLS or text > MAX_TEXT:
        raise Invalid("工作表内容过大，已拒绝读取。请删除表格以外的内容，或分成几个文件上传。")


def _write(sheet: Any, rows: list[list[Any]], day: Any) -> None:
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if isinstance(value, str):
                if value:
                    sheet.write_string(row, column, value)
            elif isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif isinstance(value, (dt.date, dt.time, dt.timedelta)):
                sheet.write_datetime(row, column, value, day)
            else:
                sheet.write_number(row, column, value)
