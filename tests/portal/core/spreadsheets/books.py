"""Workbooks for tests, as a stranger would make them."""

import struct
import zipfile
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


def ods(name: str, rows: list[list[str | int | float]]) -> bytes:
    """One sheet as LibreOffice would write it, in as few elements as will do."""
    cells = "".join(
        "<table:table-row>" + "".join(_ods_cell(value) for value in row) + "</table:table-row>" for row in rows
    )
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet><table:table table:name="{name}">{cells}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"/>')
    return out.getvalue()


def _ods_cell(value: str | int | float) -> str:
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def xls(name: str, rows: list[list[str | int | float]]) -> bytes:
    """One sheet as Excel 97 would write it ([MS-XLS] BIFF8)."""
    cells = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                cells += record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                cells += record(0x0203, place + struct.pack("<d", value))
    begin, end = [record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0)) for kind in (5, 16)], record(0x0A)
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    first = len(begin[0]) + 4 + 6 + len(title) + len(end)
    return compound(begin[0] + record(0x0085, struct.pack("<IH", first, 0) + title) + end + begin[1] + cells + end)


def compound(stream: bytes) -> bytes:
    """The compound file ([MS-CFB]) that holds a workbook; its table of sectors is as long as it must be."""
    stream += bytes(max(4096 - len(stream), -len(stream) % 512))
    sectors = len(stream) // 512
    tables = (sectors + 1) // 127 + 1
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE, *range(tables + 2, tables + 1 + sectors), 0xFFFFFFFE]
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6xII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables)
        + struct.pack("<IIIIIII", tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        + struct.pack(f"<{tables}I", *range(tables))
    )
    folder = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, tables + 1, len(stream))
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512 * tables, b"\xff")
    return head.ljust(512, b"\xff") + fat + folder.ljust(512, b"\0") + stream


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    words = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBBIII", len(words), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return words.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
