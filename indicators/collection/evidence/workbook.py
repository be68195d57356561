"""Respondents by required proof as .xlsx."""

from django.utils import timezone

from indicators.collection.evidence.queries import Cover, EvidenceMatrix
from indicators.collection.submissions.models import Round
from portal.core.spreadsheets import write
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Style, Value, Workbook

_STYLES: dict[str, Style] = {"ok": "good", "warn": "warning", "bad": "bad"}


def render(round_: Round, shown: EvidenceMatrix, filtered: str = "") -> bytes:
    """`filtered` says in words how the rows were chosen."""
    today = timezone.localdate()
    notes = [
        f"导出日期 {today.isoformat()}；往年：与本单位往年的是同一个文件；重复：别的单位也用，或用于几项而没有写明页码；空白：不要求"
    ]
    rows: list[list[Value | SheetCell]] = []
    for row in shown.rows:
        covers = [row.covers.get(item.base) for item in shown.slots]
        cells = [SheetCell(str(cover.label), _STYLES[cover.tone]) if cover else "" for cover in covers]
        rows.append([row.code, row.submission.respondent, row.kind, *(number for _, number in row.counts), *cells])
    heads = ["代码", "单位", "类型", *Cover.labels, *(item.base_label for item in shown.slots)]
    widths = [13, 26, 16, *(6 for _ in Cover), *(10 for _ in shown.slots)]
    sheet = Sheet(
        name="佐证情况",
        title=f"{round_.name} 佐证情况",
        notes=notes + ([f"仅列出：{filtered}"] if filtered else []),
        columns=[SheetColumn(width, "@" if number == 0 else "General") for number, width in enumerate(widths)],
        header=[heads],
        rows=rows,
        frozen_columns=2,
        count=True,
        filter=True,
    )
    return write.render(Workbook(f"{round_.name}佐证情况", round_.district.signature, today, [sheet]))
