"""A plan as a workbook: by year, every measure, every school's figures without and with it."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from indicators.planning.plans.facts import YearFacts
from indicators.planning.plans.models import PlanRun
from indicators.planning.plans.pages import EARLIER, PlanShown
from portal.core.spreadsheets.write import Sheet, SheetColumn, Workbook


def build(plan: PlanRun, shown: PlanShown) -> Workbook:
    notes = [f"测算，不是核定数据。依据{plan.round.name}，规划校验值 {plan.sha256}", *shown.notes]
    years = [
        [
            one.year,
            Decimal(one.cost),
            *(Decimal(amount) for _, amount in one.levers),
            int(one.passing),
            int(one.parts),
            "、".join(one.newly),
        ]
        for one in shown.years
    ]
    measures = [
        [
            one.year,
            one.school_code,
            one.school,
            one.stage,
            one.lever,
            one.label,
            one.giver,
            one.quantity,
            Decimal(one.cost),
            one.responsible,
        ]
        for one in shown.measures
    ]
    figures = [
        [school.code, school.name, stage, turn, one.code, one.threshold, one.before, one.gap, one.after]
        for school in shown.schools
        for stage, turn, rows in school.parts
        for one in rows
    ]
    return Workbook(
        title=str(plan),
        author=plan.round.district.signature,
        created=timezone.localtime(plan.created_at).date(),
        sheets=[
            _sheet(
                "逐年",
                ["年度", "费用（万元）", *(f"其中：{lever}" for lever in shown.levers), "达标", "共", "当年新达标"],
                years,
                notes,
            ),
            _sheet(
                "下一步的价格",
                ["下一步", "再要（万元）"],
                [[words, Decimal(cost)] for words, cost in shown.steps],
                notes,
            ),
            *_earlier(shown, notes),
            _sheet(
                "措施",
                ["年度", "学校标识码", "学校", "学段", "手段", "措施", "来自", "数量", "费用（万元）", "责任单位"],
                measures,
                notes,
            ),
            _sheet(
                "一校一案",
                ["学校标识码", "学校", "学段", "结论", "指标", "标准", "现状", "差距", "达标后"],
                figures,
                notes,
            ),
        ],
    )


def _earlier(shown: PlanShown, notes: list[str]) -> Iterator[Sheet]:
    if shown.earlier:
        rows = [[year, *(Decimal(amount) for amount in amounts)] for year, *amounts in shown.earlier.rows]
        yield _sheet("提前一年", EARLIER, rows, [shown.earlier.words, *notes])


def progress(plan: PlanRun, years: Sequence[YearFacts]) -> Workbook:
    """计划与实际, a sheet for each year."""
    header = ["学校标识码", "学校", "学段", "指标", "措施", "现状", "应达到", "实际", "完成情况"]
    sheets = []
    for year in years:
        against = f"对照{year.evaluation}最近一次评估" if year.evaluation else "这一年还没有评估，全部待填"
        if year.trial:
            against = f"实际是{year.evaluation}的试算：{year.trial}"
        rows = [
            [
                one.school_code,
                one.school,
                one.stage,
                one.indicator,
                one.measures,
                one.before,
                one.planned,
                one.actual,
                one.state,
            ]
            for one in year.facts
        ]
        sheets.append(
            _sheet(
                f"{year.year}（试算）" if year.trial else str(year.year),
                header,
                rows,
                [f"计划是测算，不是核定数据。{against}"],
            )
        )
    return Workbook(
        title=f"{plan}计划与实际",
        author=plan.round.district.signature,
        created=timezone.localtime(plan.created_at).date(),
        sheets=sheets,
    )


def _sheet(name: str, header: list[str], rows: Iterable[Sequence[Any]], notes: list[str]) -> Sheet:
    widths = {"学校": 26.0, "来自": 26.0, "措施": 26.0, "当年新达标": 60.0, "结论": 20.0, "下一步": 60.0}
    columns = [SheetColumn(widths.get(head, 14)) for head in header]
    return Sheet(name=name, columns=columns, header=[header], rows=list(rows), notes=notes, count=True)
