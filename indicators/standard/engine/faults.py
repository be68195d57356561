"""What is wrong with one value, without looking at others."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine import numbers
from indicators.standard.engine.parsing import MAX_TEXT, within
from indicators.standard.engine.spec import Column, Item

# (code, table row from 1 or None, message)
Fault = tuple[str, int | None, str]


def faults(item: Item, value: Any) -> Iterator[Fault]:
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
            elif column.is_lacking(row):
                yield "blank_cell", position, f"{where}没有填"


def _faults(field: Item | Column, value: Any) -> Iterator[tuple[str, str]]:
    if field.kind in ("number", "decimal"):
        exact = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        if not exact or (isinstance(value, Decimal) and not value.is_finite()):
            yield "type", f"应为数字，现在是“{value}”"
            return
        number = Fraction(value)
        if number < 0:
            yield "negative", f"不能是负数，现在是 {numbers.text(number)}"
        elif field.kind == "number" and number.denominator != 1:
            yield "fraction", f"应为整数，现在是 {numbers.text(number)}"
        elif not within(field, number):
            low, high = numbers.text(field.minimum), numbers.text(field.maximum)
            if high is None:
                bounds = f"应不小于 {low}"
            elif low is None:
                bounds = f"应不大于 {high}"
            else:
                bounds = f"应在 {low} 到 {high} 之间"
            yield "range", f"为 {numbers.text(number)} {field.unit}，{bounds}，请核对".replace(" ，", "，")
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
