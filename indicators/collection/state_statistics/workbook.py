"""The comparison as a workbook: the same rows as the page, and where each figure stands."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from indicators.collection.rounds.models import Round
from indicators.collection.state_statistics import queries
from indicators.collection.state_statistics.queries import NOT_APPLICABLE, Line
from portal.core.lib import numbers
from portal.core.spreadsheets.write import Cell, Column, Sheet, Style, Value, Workbook
from schools.access.restricted import Persons

_STYLES: dict[str, Style] = {"ok": "good", "warn": "warning", "bad": "bad", "info": "", "muted": "muted"}
_COLUMNS = {
    "学校标识码": 13,
    "学校名称": 26,
    "项目": 24,
    "单位": 8,
    "填报数": 14,
    "统计数": 14,
    "相差": 14,
    "状态": 10,
    "统计来源": 22,
    "表头": 30,
    "原文": 14,
    "说明": 40,
    "说明人": 12,
    "说明时间": 17,
}


def build(round_: Round, lines: Sequence[Line], persons: Persons, filtered: str = "") -> Workbook:
    """Return the workbook of a comparison; `filtered` says in words how the rows were chosen."""
    today = timezone.localdate()
    percent = numbers.plain(queries.tolerance())
    notes = [
        f"与 {queries.year_of(round_)} 年教育事业统计核对；人数、间数、班数须完全相同，面积和资产值相差不超过统计数的 {percent}% 为一致",
        f"导出日期 {today.isoformat()}",
    ]
    sheet = Sheet(
        name="统计核对",
        title=f"{round_.name} 与教育事业统计核对",
        notes=notes + ([f"仅列出：{filtered}"] if filtered else []),
        columns=[Column(width, "@" if number == 0 else "General") for number, width in enumerate(_COLUMNS.values())],
        header=[list(_COLUMNS)],
        rows=[_row(line, persons) for line in lines],
        frozen_columns=2,
        count=True,
        filter=True,
    )
    return Workbook(f"{round_.name}统计核对", round_.district.signature, today, [sheet])


def _row(line: Line, persons: Persons) -> list[Value | Cell]:
    school, figure, said = line.submission.school, line.figure, line.explanation
    return [
        school.code if school else "",
        str(school or ""),
        line.item.label,
        line.item.unit,
        _number(line.reported),
        _number(line.statistics),
        _number(line.difference),
        Cell(line.label, _STYLES[line.tone]),
        figure.source if figure else "",
        figure.header if figure else "",
        figure.raw if figure else "",
        persons.text(said.reason) if said else "",
        persons.name(said.created_by.name) if said else "",
        f"{timezone.localtime(said.created_at):%Y-%m-%d %H:%M}" if said else "",
    ]


def _number(shown: str) -> Value:
    return shown if shown in ("", NOT_APPLICABLE) else Decimal(shown)
