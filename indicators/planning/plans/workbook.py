"""A plan as a workbook: by year, every measure, every school's figures without and with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any

from django.utils import timezone

from indicators.planning.plans import pages
from indicators.planning.plans.facts import YearFacts
from indicators.planning.plans.models import PlanRun
from indicators.planning.plans.pages import EARLIER, PlanShown
from portal.core.lib import written
from portal.core.spreadsheets.write import Sheet, SheetColumn, Workbook

# Head of a column → what it shows of a line.
Columns = Mapping[str, Callable[[Any], Any]]


def build(plan: PlanRun, shown: PlanShown) -> Workbook:
    notes = [f"测算，不是核定数据。依据{plan.round.name}", *shown.notes, pages.pupils_of(plan, written.initial)]
    notes.append("；".join(pages.checksums(plan)))
    figures = [
        (school, stage, turn, one) for school in shown.schools for stage, turn, rows in school.parts for one in rows
    ]
    money = {f"其中：{lever}": lambda one, at=at: Decimal(one.levers[at][1]) for at, lever in enumerate(shown.levers)}
    sheets = [
        _table(
            "逐年",
            {
                "年度": attrgetter("year"),
                "费用（万元）": lambda one: Decimal(one.cost),
                **money,
                "达标": lambda one: int(one.passing),
                "共": lambda one: int(one.parts),
                "当年新达标": lambda one: "、".join(one.newly),
            },
            shown.years,
            notes,
        ),
        _table("下一步的价格", _STEPS, shown.steps, notes),
        _table("措施", _MEASURES, shown.measures, notes),
        _table("一校一案", _FIGURES, figures, notes),
    ]
    if shown.earlier:
        rows = [[year, *(Decimal(amount) for amount in amounts)] for year, *amounts in shown.earlier.rows]
        sheets.insert(2, _sheet("提前一年", EARLIER, rows, [shown.earlier.words, *notes]))
    return _book(plan, str(plan), sheets)


_STEPS: Columns = {"下一步": itemgetter(0), "再要（万元）": lambda step: Decimal(step[1])}
_MEASURES: Columns = {
    "年度": attrgetter("year"),
    "学校标识码": attrgetter("school_code"),
    "学校": attrgetter("school"),
    "学段": attrgetter("stage"),
    "手段": attrgetter("lever"),
    "措施": attrgetter("label"),
    "来自": attrgetter("giver"),
    "数量": attrgetter("quantity"),
    "费用（万元）": lambda one: Decimal(one.cost),
    "责任单位": attrgetter("responsible"),
}
# Of a school, one of its stages, its verdict in words, and a figure.
_FIGURES: Columns = {
    "学校标识码": lambda line: line[0].code,
    "学校": lambda line: line[0].name,
    "学段": itemgetter(1),
    "结论": itemgetter(2),
    "指标": lambda line: line[3].code,
    "标准": lambda line: line[3].threshold,
    "现状": lambda line: line[3].before,
    "差距": lambda line: line[3].gap,
    "达标后": lambda line: line[3].after,
}
_FACTS: Columns = {
    "学校标识码": attrgetter("school_code"),
    "学校": attrgetter("school"),
    "学段": attrgetter("stage"),
    "指标": attrgetter("indicator"),
    "措施": attrgetter("measures"),
    "现状": attrgetter("before"),
    "应达到": attrgetter("planned"),
    "实际": attrgetter("actual"),
    "完成情况": attrgetter("state"),
}


def progress(plan: PlanRun, years: Sequence[YearFacts]) -> Workbook:
    """计划与实际, a sheet for each year."""
    sheets = []
    for year in years:
        against = f"对照{year.evaluation}最近一次评估" if year.evaluation else "这一年还没有评估，全部待填"
        if year.trial:
            against = f"实际是{year.evaluation}的试算：{year.trial}"
        name = f"{year.year}（试算）" if year.trial else str(year.year)
        sheets.append(_table(name, _FACTS, year.facts, [f"计划是测算，不是核定数据。{against}"]))
    return _book(plan, f"{plan}计划与实际", sheets)


def _book(plan: PlanRun, title: str, sheets: Sequence[Sheet]) -> Workbook:
    created = timezone.localtime(plan.created_at).date()
    return Workbook(title=title, author=plan.round.district.signature, created=created, sheets=sheets)


def _table(name: str, columns: Columns, lines: Iterable[Any], notes: list[str]) -> Sheet:
    return _sheet(name, list(columns), [[shown(line) for shown in columns.values()] for line in lines], notes)


def _sheet(name: str, header: list[str], rows: Iterable[Sequence[Any]], notes: list[str]) -> Sheet:
    widths = {"学校": 26.0, "来自": 26.0, "措施": 26.0, "当年新达标": 60.0, "结论": 20.0, "下一步": 60.0}
    columns = [SheetColumn(widths.get(head, 14)) for head in header]
    return Sheet(name=name, columns=columns, header=[header], rows=list(rows), notes=notes, count=True)
