"""A scenario as a workbook: its measures, and every figure before and after."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from indicators.planning.scenarios.models import Scenario
from indicators.planning.scenarios.queries import BeforeAfter, Trial
from portal.core.lib import dates
from portal.core.spreadsheets.write import Sheet, SheetCell, SheetColumn, Value, Workbook, figure

_TURNS = {"better": "变好", "worse": "变差", "": ""}


def build(scenario: Scenario, trial: Trial) -> Workbook:
    evaluation = scenario.evaluation
    names = {school.school.code: school.school.name for school in (*trial.before.parts, *trial.after.parts)}
    notes = [
        f"测算，不是核定数据。依据{evaluation.round.name}截至{dates.moment(evaluation.data_as_of)}的评估",
        f"评估的填报校验值 {evaluation.inputs_sha256}，计算程序 {trial.before.engine}",
    ]
    wanted = [
        [
            names.get(one.school_code, one.school_code),
            trial.before.spec.stages[one.stage].label if one.stage else "全校",
            one.kind.lever,
            one.kind.label,
            one.kind.of_labels.get(one.of, ""),
            names.get(one.from_school_code, one.from_school_code),
            one.quantity,
            one.kind.unit,
            one.year,
            one.cost,
        ]
        for one in trial.measures
    ]
    parts = [
        [part.school_code, part.school, part.stage, *_compared(one)]
        for part in trial.parts
        for one in (part.pupils, part.verdict, *part.figures)
    ]
    district = [["全区", *_compared(one)] for one in trial.headings]
    district += [[stage, *_compared(one)] for stage, rows in trial.coefficients for one in rows]
    district += [["全区", *_compared(one)] for one in trial.conditions]
    heads = ["学校", "学段", "手段", "措施", "对象", "来自", "数量", "单位", "年度", "费用（万元）"]
    return Workbook(
        title=scenario.name,
        author=evaluation.round.district.signature,
        created=timezone.localtime(scenario.updated_at).date(),
        sheets=[
            _sheet("措施", heads, wanted, notes),
            _sheet("全区前后", ["学段", "项目", "前", "后", "限值", "变化"], district, notes),
            _sheet("学校前后", ["学校标识码", "学校", "学段", "项目", "前", "后", "标准", "变化"], parts, notes),
        ],
    )


def _compared(one: BeforeAfter) -> list[Value | SheetCell]:
    return [one.label, *map(figure, (one.before, one.after, one.limit)), _TURNS[one.turn]]


def _sheet(name: str, header: list[str], rows: Iterable[Sequence[Any]], notes: list[str]) -> Sheet:
    widths = {"学校": 26.0, "来自": 26.0, "项目": 26.0, "措施": 20.0, "前": 30.0, "后": 30.0}
    columns = [SheetColumn(widths.get(head, 12)) for head in header]
    return Sheet(name=name, columns=columns, header=[header], rows=list(rows), notes=notes, count=True)
