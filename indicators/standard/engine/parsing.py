"""Typed and imported text into exact values; what is not one is refused in Chinese."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from indicators.standard.engine.data import Answer, NotApplicable, Value
from indicators.standard.engine.spec import Check, Column, Item
from portal.core.lib import written

LARGEST = Decimal(10) ** 12
# What a spreadsheet and every database we run on store exactly.
MAX_DIGITS = MAX_PLACES = 15
MAX_TEXT = 5000
MAX_TYPED = 100  # no figure is longer; a million characters would keep the arithmetic busy for minutes
MAX_REASON = 200
MAX_NAMED = 3  # bad cells of a table named in one sentence
RATES = frozenset({"%", "％"})
_NOT_APPLICABLE = re.compile(r"不适用\s*[:：]?\s*(.*)", re.DOTALL)
_YES = {"是": True, "有": True, "true": True, "否": False, "无": False, "false": False}


class BadValue(ValueError):
    """The text is not a value of its field; the message says what to do, in Chinese.

    `cells` are the faults of a table by (row from 0, column code).
    """

    def __init__(self, message: str, cells: Mapping[tuple[int, str], str] | None = None) -> None:
        super().__init__(message)
        self.cells = dict(cells or {})


def parse_value(item: Item, raw: Any) -> Answer | None:
    """None when blank, NotApplicable for 「不适用:原因」. Raises BadValue. Tables go through ``parse_rows``."""
    if item.kind == "table":
        raise BadValue(f"“{item.label}”是表格，请在对应的工作表逐行填写")
    if isinstance(raw, str):
        shown = written.bare(raw)
        stated = _NOT_APPLICABLE.fullmatch(shown)
        # Free text may well begin with these words and still be an answer.
        if stated and (item.kind != "text" or shown[3:4] in ("", ":", "：")):
            return parse_reason(stated[1].strip())
    value = parse_cell(item, raw)
    return None if value is None else Value(value)


def parse_reason(reason: str) -> NotApplicable:
    """Raises BadValue."""
    if not reason:
        raise BadValue("选择“不适用”须写明原因，例如“不适用:本校没有初中”")
    if len(reason) > MAX_REASON:
        raise BadValue(f"“不适用”的原因最多 {MAX_REASON} 字，现在有 {len(reason)} 字")
    return NotApplicable(_text(reason, MAX_REASON))


def parse_cell(field: Item | Column, raw: Any) -> Any:
    """The plain value of the field's kind; None when blank. Raises BadValue."""
    if raw is None or (isinstance(raw, str) and not written.bare(raw)):
        return None
    if field.kind in ("number", "decimal"):
        number = _number(field, raw)
        whole, _, places = f"{number:f}".partition(".")
        places = places.rstrip("0")
        if field.kind == "number":
            if places:
                raise BadValue(f"应填整数，填的是“{raw}”；没有半个，请核对")
            return int(number)
        # More digits than are stored exactly are refused, never dropped.
        if len(places) > MAX_PLACES or len((whole + places).lstrip("0")) > MAX_DIGITS:
            raise BadValue(f"“{str(raw)[:40]}”位数过多；最多 {MAX_DIGITS} 位有效数字、{MAX_PLACES} 位小数")
        return number
    if field.kind == "yes_no":
        answer = raw if isinstance(raw, bool) else _YES.get(written.folded(str(raw)).lower())
        if answer is None:
            raise BadValue(f"应填“{field.yes_label}”或“{field.no_label}”，填的是“{str(raw)[:30]}”")
        return answer
    if field.kind == "choice":
        shown = _as_text(raw)
        chosen = written.chosen(shown, field.choices)
        if chosen is None:
            raise BadValue(f"应从“{'、'.join(field.choices)}”中选择，填的是“{shown[:30]}”")
        return chosen
    if field.kind == "date":
        if isinstance(raw, date):
            return raw.date() if isinstance(raw, datetime) else raw
        try:
            return written.day(str(raw))
        except ValueError as error:
            raise BadValue(f"应填日期，如 2026-03-31，填的是“{str(raw)[:30]}”") from error
    return _text(_as_text(raw), getattr(field, "max_length", 0) or MAX_TEXT)


def parse_rows(item: Item, rows: Sequence[Mapping[str, Any]]) -> Value:
    """Drops blank rows. BadValue names row and column of every bad cell."""
    parsed, bad = [], {}
    for position, row in enumerate(rows):
        cells = {}
        for column in item.columns:
            try:
                cells[column.code] = parse_cell(column, row.get(column.code))
            except BadValue as error:
                bad[position, column.code] = str(error)
        if any(cell is not None for cell in cells.values()):
            parsed.append(cells)
    if bad:
        labels = {column.code: column.label for column in item.columns}
        named = [f"第 {row + 1} 行“{labels[code]}”：{message}" for (row, code), message in bad.items()]
        more = f"；共 {len(named)} 格有误" if len(named) > MAX_NAMED else ""
        raise BadValue("；".join(named[:MAX_NAMED]) + more, bad)
    return Value(tuple(parsed))


def _number(field: Item | Column, raw: Any) -> Decimal:
    if isinstance(raw, (bool, date, datetime)):
        raise BadValue(f"应填数字，填的是“{raw}”；请改成数字，并检查单元格格式")
    if isinstance(raw, float):
        # Spreadsheets hold every number as a float: take the 15 digits it shows, not the noise of its sums behind them.
        if raw != raw or abs(raw) >= 10**MAX_DIGITS:
            raise BadValue(f"“{raw}”位数过多，末尾数字可能已丢失；请核对后写出完整的数字")
        return _bounded(Decimal(f"{raw:.{MAX_DIGITS}g}"), raw)
    if isinstance(raw, (int, Decimal)):
        return _bounded(Decimal(raw), raw)
    shown = str(raw).strip()
    if len(shown) > MAX_TYPED:
        raise BadValue(f"应填数字，填的内容有 {len(shown)} 个字；请只填数字")
    try:
        number = written.number(shown, is_rate=field.unit in RATES)
    except ValueError as error:
        raise BadValue(str(error)) from error
    return _bounded(number, shown)


def _bounded(number: Decimal, raw: Any) -> Decimal:
    if not number.is_finite():
        raise BadValue(f"应填数字，填的是“{raw}”")
    if number < 0:
        raise BadValue(f"不能是负数，填的是“{raw}”")
    if number >= LARGEST:
        raise BadValue(f"“{raw}”过大，请核对单位")
    return number


def _as_text(raw: Any) -> str:
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).strip()


def _text(shown: str, longest: int) -> str:
    clean = written.prose(shown).strip()
    if len(clean) > longest:
        raise BadValue(f"最多 {longest} 字，现在有 {len(clean)} 字")
    return clean


def within(field: Item | Column | Check, number: Fraction) -> bool:
    """Both bounds included."""
    low, high = field.minimum, field.maximum
    return (low is None or number >= low) and (high is None or number <= high)
