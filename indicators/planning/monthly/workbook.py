"""A district's monthly updates as a workbook."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils import timezone

from indicators.planning.monthly import pages, queries
from indicators.results.evaluations.queries import case_of
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
    columns = _COEFFICIENTS | dict.fromkeys(months, _NUMBER)
    schools = [[shown(one) for _, shown in _SCHOOLS.values()] for one in found.schools]
    widths = {head: column for head, (column, _) in _SCHOOLS.items()}
    return Workbook(
        title=f"{place}月度动态",
        author=place.signature,
        created=timezone.localdate(),
        sheets=[
            _sheet("差异系数", columns, coefficients, title=f"{place}月度动态", notes=notes),
            _sheet("学校", widths, schools, notes=notes, filter=True),
            _sheet("报送记录", _REPORTS, _reports(place, found), filter=True),
        ],
    )


_TEXT, _NAME, _NUMBER = SheetColumn(16), SheetColumn(30), SheetColumn(12, align="right")
_COEFFICIENTS = {"学段": _TEXT, "指标": _NAME, "限值": _NUMBER, "核定": _NUMBER, "动态测算": _NUMBER}
# Each with what it shows of a school.
_SCHOOLS: Mapping[str, tuple[SheetColumn, Callable[[Any], Any]]] = {
    "学校标识码": (_TEXT, attrgetter("school_code")),
    "学校": (_NAME, attrgetter("name")),
    "学段": (_TEXT, attrgetter("stage")),
    "本月动态": (_TEXT, attrgetter("said")),
    "达标项数（核定）": (_NUMBER, attrgetter("reached.before")),
    "达标项数（动态测算）": (_NUMBER, attrgetter("reached.after")),
    "结论（核定）": (_TEXT, attrgetter("verdict.before")),
    "结论（动态测算）": (_TEXT, attrgetter("verdict.after")),
}
_REPORTS = {
    "月份": _TEXT,
    "学校": _NAME,
    "项目": _NAME,
    "增加": _NUMBER,
    "减少": _NUMBER,
    "单位": _TEXT,
    "说明": SheetColumn(40),
    "报送人": _TEXT,
    "报送时间": SheetColumn(20),
}


def _sheet(name: str, columns: Mapping[str, SheetColumn], rows: Iterable[list[Any]], **more: Any) -> Sheet:
    return Sheet(name, list(columns.values()), [list(columns)], rows, **more)


def _reports(place: District, found: pages.MonthlyDistrict) -> Iterator[list[Value]]:
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
