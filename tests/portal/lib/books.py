"""Workbooks for tests, as a stranger would make them."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Return an .xlsx with these rows per sheet; text stays text, numbers are numbers, None is blank."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, tuple):
                        sheet.write_formula(number, column, value[0], None, value[1])
                    else:
                        sheet.write(number, column, value)
    return out.getvalue()
