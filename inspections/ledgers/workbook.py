"""A ledger from elsewhere as a workbook: its header row found by words, its rows checked cell by cell."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from inspections.rectification.models import Finding
from portal.core.errors import Invalid, Problem
from portal.core.lib import written
from portal.core.spreadsheets import read as sheets
from portal.core.spreadsheets.write import Sheet, SheetColumn, Workbook, render

COLUMNS: Mapping[str, list[str]] = tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))
NEEDED = ("unit", "problem")
SHEET = "问题台账"
_HEADER_ROWS = 10
_CLOSED = {"已销号", "销号", "已完成", "完成", "是"}
_OPEN = {"", "整改中", "未完成", "进行中", "待派发", "申请销号", "核查", "核查中", "退回", "退回整改", "未销号", "否"}
_CODE = re.compile(r"[A-Ea-e]\d{1,2}")
_LENGTHS = {
    "number": 60,
    "current_value": 60,
    "standard_value": 60,
    "goal": 200,
    "leader": 60,
    "responsible": 60,
    "problem": 2000,
    "requirement": 2000,
}


@dataclass(slots=True)
class LedgerRow:
    """One problem of the sheet: its texts by column (absent columns blank), its days, and where each stands."""

    texts: dict[str, str]
    cells: Mapping[str, sheets.ReadCell]
    days: dict[str, date | None] = field(default_factory=dict)
    is_closed: bool = False

    def __getitem__(self, code: str) -> str:
        return self.texts.get(code, "")

    def problem(self, code: str, what: str, do: str) -> Problem:
        return (self.cells.get(code) or self.cells["problem"]).problem(what, do)


def read(source: sheets.Source, notes: list[str]) -> tuple[list[LedgerRow], list[Problem]]:
    """Raises Invalid for no ledger."""
    problems: list[Problem] = []
    rows: list[LedgerRow] = []
    found = [(grid, header) for grid in sheets.grids(source) if (header := _header(grid))]
    if not found:
        names = "、".join(f"“{COLUMNS[code][0]}”" for code in NEEDED)
        do = f"前 {_HEADER_ROWS} 行里要有一行表头，至少有{names}两列；可以下载模板对照。"
        raise Invalid("没有找到问题台账的表头，没有导入。", [Problem("没有表头", "工作簿", do)])
    for grid, (top, columns) in found:
        for number in range(top + 1, len(grid.rows) + 1):
            cells = {code: grid.cell(number, column, name) for code, (column, name) in columns.items()}
            texts = {code: sheets.text(cell) for code, cell in cells.items()}
            if not any(texts.values()):
                continue
            if not texts["problem"] and written.is_aside([cell.value for cell in cells.values()]):
                notes.append(f"工作表“{grid.name}”第 {number} 行像是合计或说明，没有导入。")
                continue
            row = LedgerRow(texts, cells)
            before = len(problems)
            problems += _checked(row)
            if len(problems) == before:
                rows.append(row)
    if not rows and not problems:
        problems.append(Problem("没有任何问题", f"工作表“{found[0][0].name}”", "请在表头下面每行填写一个问题。"))
    return rows, problems


def _header(grid: sheets.Grid) -> tuple[int, dict[str, tuple[int, str]]] | None:
    """Its row, and by column code the column with its header."""
    for number in range(1, min(_HEADER_ROWS, len(grid.rows)) + 1):
        found: dict[str, tuple[int, str]] = {}
        named: dict[str, tuple[int, str]] = {}
        for column in range(1, grid.width + 1):
            header = written.folded(sheets.shown(grid.value(number, column)))
            named.setdefault(re.sub(r"\(.*?\)|\s", "", header), (column, header))
        for code, names in COLUMNS.items():
            if hit := next((named[name] for name in names if name in named), None):
                found[code] = hit
        if all(code in found for code in NEEDED):
            return number, found
    return None


def _checked(row: LedgerRow) -> list[Problem]:
    found = [
        row.problem(code, f"超过 {longest} 字", "请精简。")
        for code, longest in _LENGTHS.items()
        if len(row[code]) > longest
    ]
    found += [row.problem(code, "没有填写", "请补上。") for code in NEEDED if not row[code]]
    for code in ("raised_on", "due_on", "closed_on"):
        try:
            cell = row.cells.get(code)
            row.days[code] = None if cell is None or cell.value is None else sheets.day(cell)
        except ValueError:
            found.append(row.problem(code, f"看不懂日期“{row[code][:20]}”", "请写成 2026-03-31 这样。"))
    state = row["state"]
    row.is_closed = state in _CLOSED or (not state and bool(row.days.get("closed_on")))
    if state not in _CLOSED | _OPEN:
        found.append(
            row.problem("state", f"不认识的状态“{state[:20]}”", "请填“整改中”或“已销号”；作废的请删去这一行。")
        )
    if row.is_closed and "closed_on" in row.days and not row.days["closed_on"]:
        found.append(row.problem("closed_on", "已销号的没有销号时间", "请补上销号时间。"))
    if row.is_closed and (day := row.days.get("closed_on")) and day > date.today():
        found.append(row.problem("closed_on", "销号时间在今天以后", "请核对日期。"))
    if not row.is_closed and "due_on" in row.days and not row.days["due_on"]:
        found.append(row.problem("due_on", "没有销号的没有整改期限", "请补上整改期限。"))
    for code, choices in (("severity", Finding.Severity), ("category", Finding.Category)):
        row.texts[code] = value = {label: value for value, label in choices.choices}.get(row[code], "")
        if not value and row.cells.get(code) and sheets.text(row.cells[code]):
            found.append(
                row.problem(code, "不在可选的几项里", f"可填：{'、'.join(map(str, choices.labels))}，或留空。")
            )
    if cited := _CODE.search(row["indicator"]):
        row.texts["indicator"] = cited[0].upper()
    return found


def template() -> bytes:
    """An empty ledger to import; other ledgers with such headers work too."""
    header: Sequence[str] = [names[0] for names in COLUMNS.values()]
    columns = [SheetColumn(40 if name in ("问题描述", "措施", "进展") else 14) for name in header]
    return render(Workbook(SHEET, "优衡", date.today(), [Sheet(SHEET, columns, [header], [], frozen_columns=1)]))
