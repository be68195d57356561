"""The sheet of relaxations: each with its legal basis and term, and both verdicts side by side."""

from collections.abc import Iterator

from indicators.results.board.queries import District
from indicators.results.evaluations.relaxed import LABEL, Allowed
from portal.core.spreadsheets.write import Column, Sheet, Value

_HEADS = {
    "学校标识码": 13,
    "学校名称": 26,
    "指标": 8,
    "放宽口径": 34,
    "依据": 24,
    "有效期至": 12,
    "是否适用": 10,
    "条件": 44,
    "判定对象": 16,
    "严格口径": 30,
    "放宽口径结论": 30,
}


def sheets(district: District) -> list[Sheet]:
    """Return the sheet, or none where no relaxation was granted."""
    allowed = district.content.allowed
    if not allowed:
        return []
    return [
        Sheet(
            name=LABEL,
            columns=[Column(width, "@") for width in _HEADS.values()],
            header=[list(_HEADS)],
            rows=[row for one in allowed for row in _rows(district, one)],
            notes=["全区和各校的结论以严格口径为准；放宽口径只并列说明，到期后不再适用"],
            frozen_columns=2,
            count=True,
        )
    ]


def _rows(district: District, one: Allowed) -> Iterator[list[Value]]:
    until = f"{one.until:%Y-%m-%d}" if one.until else None
    head: list[Value] = [
        one.school_code,
        one.school,
        one.indicator,
        one.label,
        one.basis,
        until,
        "已适用" if one.applied else "未适用",
        one.why,
    ]
    told = list(_verdicts(district, one)) or [("不参评", "", "")]
    for what, strict, relaxed in told:
        yield [*head, what, strict, relaxed]


def _verdicts(district: District, one: Allowed) -> Iterator[tuple[str, str, str]]:
    """What the relaxation is about: the school's parts, or the whole district under one of B1–D1."""
    for stage in district.content.stages:
        for row in stage.rows:
            if row.school_code != one.school_code or row.relaxed is None:
                continue
            for cell in row.cells:
                if cell.code == one.indicator and cell.relaxed:
                    yield f"{stage.label} {cell.code}", cell.words, cell.relaxed.words
                    yield f"{stage.label}综合", row.verdict, row.relaxed.verdict
    for judged in district.content.judged:
        if judged.code == one.indicator and judged.relaxed:
            yield f"全区 {judged.code}", judged.verdict, judged.relaxed.verdict
