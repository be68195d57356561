"""Registers for tests: rows of the sheet 学校名录."""

from collections.abc import Mapping
from typing import Any

from schools.directory.workbook import COLUMNS, SHEET
from tests.portal.lib.books import workbook

SOUND = {
    "school_code": "4102020009", "school_name": "戊小学", "district_code": "410202", "kind": "小学", "area": "乡村",
    "sponsor": 7, "boarding": "否", "built_year": 1999, "status": "在办", "latitude": 34.79, "longitude": 114.34,
    "group": "育才教育集团",
}  # fmt: skip


def register(*rows: Mapping[str, Any], columns: tuple[str, ...] = tuple(COLUMNS)) -> bytes:
    """Return a register with these rows, each over a sound one."""
    lines = [[{**SOUND, **row}.get(code) for code in columns] for row in rows]
    return workbook({SHEET: [[COLUMNS.get(code, code) for code in columns], list(columns), *lines]})
