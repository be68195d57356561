"""A district's monthly updates as a workbook."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils import timezone

from indicators.planning.monthly import pages, queries
from indicators.planning.monthly.pages import MonthlyDistrict
from indicators.planning.scenarios.queries import case_of
from portal.core.errors import NotFound
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Value, Workbook, figure
from schools.directory.models import District


def build(place: District) -> Workbook:
    """Raises NotFound while nothing is evaluated."""
    found = pages.district(place)
    if found is None:
        raise NotFound("还没有评估结果，没有月度动态可以导出。请先运行评估。")
    evaluation = found.evaluation
    notes = [f"动态测算，不是核定数据。依据{evaluation.round.name}的评估和各校报送的月度动态。"]
    months = [f"{month:%Y-%m}" for month in queries.months()]
    text, number = SheetColumn(16), SheetColumn(12, align="right")
    coefficients: list[list[Value | SheetCell]] = [
        [
            stage,
            one.figure.label,
            *map(figure, (one.figure.limit, one.figure.before, one.figure.after)),
            *(figure(shown) for _, shown in one.months),
        ]
        for stage, lines, _ in found.stages
        for one in lines
    ]
    schools: list[list[Value | SheetCell]] = [
        [
            one.school_code,
            one.name,
            one.stage,
            one.said,
            one.reached.before,
            one.reached.after,
            one.verdict.before,
            one.verdict.after,
        ]
        for one in found.schools
    ]
    return Workbook(
        title=f"{place}月度动态",
        author=place.signature,
        created=timezone.localdate(),
        sheets=[
            Sheet(
                "差异系数",
                [text, SheetColumn(30), number, number, number, *(number for _ in months)],
                [["学段", "指标", "限值", "核定", "动态测算", *months]],
                coefficients,
                title=f"{place}月度动态",
                notes=notes,
            ),
            Sheet(
                "学校",
                [text, SheetColumn(30), text, text, number, number, text, text],
                [
                    [
                        "学校标识码",
                        "学校",
                        "学段",
                        "本月动态",
                        "达标项数（核定）",
                        "达标项数（动态测算）",
                        "结论（核定）",
                        "结论（动态测算）",
                    ]
                ],
                schools,
                notes=notes,
                filter=True,
            ),
            Sheet(
                "报送记录",
                [text, SheetColumn(30), SheetColumn(30), number, number, text, SheetColumn(40), text, SheetColumn(20)],
                [["月份", "学校", "项目", "增加", "减少", "单位", "说明", "报送人", "报送时间"]],
                _reports(place, found),
                filter=True,
            ),
        ],
    )


def _reports(place: District, found: MonthlyDistrict) -> Iterator[list[Value]]:
    spec = case_of(found.evaluation).result.spec
    for update in queries.reported(place):
        at = timezone.localtime(update.updated_at).strftime("%Y-%m-%d %H:%M")
        known = [f"{update.month:%Y-%m}", update.school.name]
        last = [update.note, update.updated_by.name, at]
        if not update.changes:
            yield [*known, "无变化", None, None, "", *last]
        for code, change in update.changes.items():
            item = spec.items.get(code)
            label, unit = (item.label, item.unit) if item else (code, "")
            yield [*known, label, Decimal(change["plus"]), Decimal(change["minus"]), unit, *last]
