"""Small workbooks made by hand, as an office outside would make them."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


def book(sheets: Mapping[str, Table]) -> bytes:
    """Make a workbook: per sheet its codes and its rows; row 1 gets made-up Chinese headers."""
    package = io.BytesIO()
    with xlsxwriter.Workbook(package) as made:
        for name, (codes, rows) in sheets.items():
            sheet = made.add_worksheet(name)
            sheet.write_row(0, 0, [f"表头{code}" for code in codes])
            sheet.write_row(1, 0, codes)
            for number, row in enumerate(rows, start=2):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, column, value)
    return package.getvalue()


def schools(codes: Sequence[str], *rows: Sequence[Any], **others: Table) -> bytes:
    """Make a workbook with sheet 学校数据 (and others by name)."""
    return book({"学校数据": (codes, rows), **others})


def with_readme(data: Mapping[str, Table], facts: Mapping[str, Any]) -> bytes:
    """Make a workbook that also has a sheet 说明 with facts in columns A and B."""
    package = io.BytesIO()
    with xlsxwriter.Workbook(package) as made:
        readme = made.add_worksheet("说明")
        for number, fact in enumerate(facts.items()):
            readme.write_row(number, 0, fact)
        for name, (codes, rows) in data.items():
            sheet = made.add_worksheet(name)
            sheet.write_row(1, 0, codes)
            for number, row in enumerate(rows, start=2):
                sheet.write_row(number, 0, row)
    return package.getvalue()
