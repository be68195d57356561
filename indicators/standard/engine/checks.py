"""Checks answers before they are submitted: values that are none, contradictions (errors), oddities (warnings)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import check_rules, numbers, scope
from indicators.standard.engine.data import Answer, Answers, SchoolData, Value
from indicators.standard.engine.parsing import MAX_TEXT, within
from indicators.standard.engine.spec import Column, Item, Spec

# (code, table row from 1 or None, message)
Fault = tuple[str, int | None, str]


@dataclass(frozen=True, slots=True)
class DataProblem:
    """Something wrong (error) or unlikely (warning) at a field; the message is Chinese.

    ``row`` counts table rows from 1. A warning may be waived with a reason, an error not.
    """

    level: str
    item: str
    code: str
    message: str
    row: int | None = None


def check_school(spec: Spec, kind: str, answers: Answers, last_year: Answers) -> list[DataProblem]:
    """In form order; ``last_year`` may be empty."""
    own = scope.kind_of(spec, kind).stages
    return _check(spec, spec.items, answers, last_year, own)


def check_district(
    spec: Spec, answers: Answers, last_year: Answers, schools: Sequence[SchoolData] = ()
) -> list[DataProblem]:
    """Compared with what its schools have reported so far."""
    return _check(spec, spec.district_items, answers, last_year, (), schools)


def _check(
    spec: Spec,
    items: Mapping[str, Item],
    answers: Answers,
    last_year: Answers,
    own_stages: tuple[str, ...],
    schools: Sequence[SchoolData] = (),
) -> list[DataProblem]:
    unknown = [
        DataProblem("error", code, "unknown_item", f"标准中没有填报项“{code}”，请删除")
        for code in answers
        if code not in items
    ]
    problems: list[DataProblem] = []
    # A cross-check on a malformed figure would only repeat the message.
    sound: dict[str, Answer] = {}
    for item in items.values():
        answer = answers.get(item.code)
        if answer is None:
            continue
        own: list[Fault] = []
        if isinstance(answer, Value):
            own = list(faults(item, answer.value))
        elif not answer.reason.strip():
            own = [("reason", None, f"“{item.label}”选了不适用，须写明原因")]
        problems.extend(DataProblem("error", item.code, code, message, row) for code, row, message in own)
        if not own:
            sound[item.code] = answer
    checked = check_rules.CheckedAnswers(spec, items, sound, last_year, own_stages, schools)
    for item in items.values():
        for check in item.checks:
            level, rule = check_rules.RULES[check.rule]
            found = rule(checked, item, check)
            problems.extend(DataProblem(level, item.code, check.rule, message, row) for message, row in found)
    order = {code: position for position, code in enumerate(items)}
    # Rows come in their order already, and sorting keeps it.
    return unknown + sorted(problems, key=lambda p: (order[p.item], p.level))


def faults(item: Item, value: Any) -> Iterator[Fault]:
    """What is wrong with one value apart from all others."""
    if item.kind != "table":
        for code, message in _faults(item, value):
            yield code, None, f"“{item.label}”{message}"
        return
    if not isinstance(value, (tuple, list)):
        yield "type", None, f"“{item.label}”应为表格"
        return
    for position, row in enumerate(value, 1):
        for column in item.columns:
            cell = row.get(column.code)
            where = f"“{item.label}”第 {position} 行“{column.label}”"
            if cell not in (None, ""):
                for code, message in _faults(column, cell):
                    yield code, position, f"{where}{message}"
            elif row.get(column.blank_if[0]) not in column.blank_if[1]:
                yield "blank_cell", position, f"{where}没有填"


def _faults(field: Item | Column, value: Any) -> Iterator[tuple[str, str]]:
    if field.kind in ("number", "decimal"):
        yield from _faults_of_number(field, value)
    elif field.kind == "yes_no" and not isinstance(value, bool):
        yield "type", f"应为“{field.yes_label}”或“{field.no_label}”"
    elif field.kind == "choice" and value not in field.choices:
        yield "choice", f"应从“{'、'.join(field.choices)}”中选择"
    elif field.kind == "date" and not isinstance(value, date):
        yield "type", "应为日期"
    elif field.kind == "text":
        longest = getattr(field, "max_length", 0) or MAX_TEXT
        if not isinstance(value, str):
            yield "type", "应为文字"
        elif len(value) > longest:
            yield "max_length", f"最多 {longest} 字，现在有 {len(value)} 字"


def _faults_of_number(field: Item | Column, value: Any) -> Iterator[tuple[str, str]]:
    exact = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if not exact or (isinstance(value, Decimal) and not value.is_finite()):
        yield "type", f"应为数字，现在是“{value}”"
        return
    number = Fraction(value)
    shown = numbers.text(number)
    if number < 0:
        yield "negative", f"不能是负数，现在是 {shown}"
    elif field.kind == "number" and number.denominator != 1:
        yield "fraction", f"应为整数，现在是 {shown}"
    elif not within(field, number):
        low, high = numbers.text(field.minimum), numbers.text(field.maximum)
        if high is None:
            bounds = f"应不小于 {low}"
        elif low is None:
            bounds = f"应不大于 {high}"
        else:
            bounds = f"应在 {low} 到 {high} 之间"
        yield "range", f"为 {shown} {field.unit}，{bounds}，请核对".replace(" ，", "，")
