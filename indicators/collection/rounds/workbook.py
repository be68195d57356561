"""The board of a round as .xlsx."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from indicators.collection.rounds.queries import PipelineRow
from indicators.collection.submissions.models import Round
from portal.core.spreadsheets import write
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Style, Value, Workbook
from schools.access.restricted import Persons

_STYLES: dict[str, Style] = {"ok": "good", "warn": "warning", "bad": "bad", "info": "", "muted": "muted"}
_COLUMNS = {
    "学校标识码": 13,
    "单位": 26,
    "类型": 16,
    "城乡": 8,
    "乡镇、街道": 14,
    "状态": 12,
    "必填项": 8,
    "已填": 8,
    "完成%": 8,
    "最近填写": 17,
    "截止日期": 12,
    "剩余天数": 10,
    "提示说明": 10,
    "缺佐证": 8,
    "缺佐证的项目": 40,
    "提交时间": 17,
    "审核人": 12,
    "审核时间": 17,
    "自评报告": 10,
    "自评报告签发": 17,
}


def render(round_: Round, lines: Sequence[PipelineRow], persons: Persons, filtered: str = "") -> bytes:
    """`filtered` says in words how the rows were chosen."""
    today = timezone.localdate()
    notes = [f"导出日期 {today.isoformat()}；剩余天数为负的是已逾期"]
    sheet = Sheet(
        name="填报进度",
        title=f"{round_.name} 填报进度",
        notes=notes + ([f"仅列出：{filtered}"] if filtered else []),
        columns=[
            SheetColumn(width, "@" if number == 0 else "General") for number, width in enumerate(_COLUMNS.values())
        ],
        header=[list(_COLUMNS)],
        rows=[_row(line, persons) for line in lines],
        frozen_columns=2,
        count=True,
        filter=True,
    )
    return write.render(Workbook(f"{round_.name}填报进度", round_.district.signature, today, [sheet]))


def _row(line: PipelineRow, persons: Persons) -> list[Value | SheetCell]:
    row, school, made = line.row, line.row.school, line.progress
    return [
        school.code if school else "",
        row.respondent,
        line.kind,
        school.area if school else "",
        row.township_name or "",  # type: ignore[attr-defined]
        SheetCell(line.stage.label, _STYLES[line.tone]),
        made.compulsory,
        made.filled,
        made.percent,
        _moment(made.touched_at),
        f"{timezone.localtime(line.due):%Y-%m-%d}" if line.due else "",
        line.days_left,
        made.waivers,
        len(made.unproven),
        "、".join(made.unproven),
        _moment(row.submitted_at),
        persons.name(row.reviewer.name) if row.reviewer else "",
        _moment(row.decided_at),
        line.report_stage.label if line.report_stage else "",
        _moment(line.report.issued_at if line.report else None),
    ]


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
