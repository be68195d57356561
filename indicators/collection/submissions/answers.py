"""One answer in its three shapes: engine value, database columns, frozen JSON.

Blank is None everywhere; zero, an empty table and 不适用 are answers."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from indicators.collection.submissions import models
from indicators.standard.engine import Answer, BadValue, Item, NotApplicable, Spec, Value, parse_rows, parse_value
from portal.core.lib import numbers, written

YES, NO = "是", "否"
Columns = dict[str, Any]


def columns(item: Item, answer: Answer | None) -> Columns:
    """All empty for a blank one."""
    empty: Columns = {"number": None, "text": "", "rows": None, "not_applicable": False, "reason": ""}
    if answer is None:
        return empty
    if isinstance(answer, NotApplicable):
        return empty | {"not_applicable": True, "reason": answer.reason}
    value = answer.value
    if item.kind in ("number", "decimal"):
        return empty | {"number": Decimal(value)}  # type: ignore[arg-type]
    if item.kind == "yes_no":
        return empty | {"text": YES if value else NO}
    if item.kind == "table":
        return empty | {"rows": [_plain_row(row) for row in value]}  # type: ignore[union-attr]
    return empty | {"text": str(value)}


def of_row(item: Item, row: "models.Answer") -> Answer | None:
    """None when it is blank."""
    if row.not_applicable:
        return NotApplicable(row.reason)
    if item.kind in ("number", "decimal"):
        return None if row.number is None else Value(_number(item.kind, row.number))
    if item.kind == "table":
        return None if row.rows is None else Value(tuple(_rich_row(item, entry) for entry in row.rows))
    if not row.text:
        return None
    return Value(row.text == YES if item.kind == "yes_no" else row.text)


def of_rows(items: Mapping[str, Item], rows: Iterable["models.Answer"]) -> dict[str, Answer]:
    found = {}
    for row in rows:
        item = items.get(row.field)
        answer = of_row(item, row) if item else None
        if answer is not None:
            found[row.field] = answer
    return found


def frozen(item: Item, answer: Answer) -> dict[str, Any]:
    """Figures as decimal strings, yes/no as 是/否."""
    if isinstance(answer, NotApplicable):
        return {"not_applicable": answer.reason}
    if item.kind == "table":
        return {"value": [_plain_row(row) for row in answer.value]}  # type: ignore[union-attr]
    if item.kind == "yes_no":
        return {"value": YES if answer.value else NO}
    return {"value": _plain(answer.value)}


def thawed(item: Item, data: Mapping[str, Any]) -> Answer:
    """The inverse of `frozen`."""
    if "not_applicable" in data:
        return NotApplicable(data["not_applicable"])
    value = data["value"]
    if item.kind == "table":
        return Value(tuple(_rich_row(item, row) for row in value))
    if item.kind == "yes_no":
        return Value(value == YES)
    return Value(_number(item.kind, Decimal(value)) if item.kind in ("number", "decimal") else value)


def of_content(spec: Spec, content: Mapping[str, Any]) -> dict[str, Answer]:
    items = items_of(spec, is_school=content.get("school") is not None)
    return {code: thawed(items[code], data) for code, data in content["answers"].items() if code in items}


def items_of(spec: Spec, *, is_school: bool) -> Mapping[str, Item]:
    return spec.items if is_school else spec.district_items


def shown(item: Item, answer: Answer | None) -> str:
    """One line for lists, conflicts and the audit trail."""
    if answer is None:
        return ""
    if isinstance(answer, NotApplicable):
        return f"不适用（{answer.reason}）"
    if item.kind == "yes_no":
        return item.yes_label if answer.value else item.no_label
    if item.kind == "table":
        count = len(answer.value)  # type: ignore[arg-type]
        return f"{count} 行" if count else "没有"
    return _plain(answer.value)


def personal_in(answer: Answer | None) -> str:
    """Why it is not stored: numbers of persons in its texts; "" when it may be."""
    if answer is None:
        return ""
    if isinstance(answer, NotApplicable):
        held: Iterable[Any] = [answer.reason]
    elif isinstance(answer.value, tuple):
        held = (cell for row in answer.value for cell in row.values())
    else:
        held = [answer.value]
    return next(filter(None, (written.refusal(text) for text in held if isinstance(text, str))), "")


def invalid_now(item: Item, answer: Answer) -> str:
    """Why an answer of an earlier year would not be taken today; "" when it would."""
    if isinstance(answer, NotApplicable):
        return ""
    try:
        if item.kind == "table":
            parse_rows(item, frozen(item, answer)["value"])
        else:
            parse_value(item, frozen(item, answer)["value"])
    except BadValue as error:
        return str(error)
    return personal_in(answer)


def cells(item: Item, row: Mapping[str, str]) -> list[str]:
    """By columns: a database keeps keys in an order of its own."""
    return [cell for column in item.columns if (cell := row.get(column.code))]


def table(item: Item, answer: Answer | None) -> list[list[str]]:
    """Rows of texts, by columns; none for other answers."""
    if item.kind != "table" or not isinstance(answer, Value):
        return []
    return [[row.get(column.code, "") for column in item.columns] for row in frozen(item, answer)["value"]]


def _number(kind: str, number: Decimal) -> int | Decimal:
    return int(number) if kind == "number" else Decimal(numbers.plain(number))


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return numbers.plain(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _plain_row(row: Mapping[str, Any]) -> dict[str, str]:
    return {code: "" if cell is None else _plain(cell) for code, cell in row.items()}


def _rich_row(item: Item, row: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in item.columns:
        text, kind = row.get(column.code, ""), column.kind
        if text == "":
            found[column.code] = None
        elif kind in ("number", "decimal"):
            found[column.code] = _number(kind, Decimal(text))
        else:
            found[column.code] = dt.date.fromisoformat(text) if kind == "date" else text
    return found


_LONGEST = 300
_MAX_ROWS = 20


def traced(item: Item, old: Answer | None, new: Answer | None) -> tuple[Any, Any]:
    """Before and after; of a table only the rows that differ."""
    if item.kind == "table" and not isinstance(old, NotApplicable) and not isinstance(new, NotApplicable):
        before, after = (frozen(item, side)["value"] if side is not None else [] for side in (old, new))
        gone = [row for row in before if row not in after]
        come = [row for row in after if row not in before]
        return (
            {"rows": None if old is None else len(before), "changed": gone[:_MAX_ROWS]},
            {"rows": None if new is None else len(after), "changed": come[:_MAX_ROWS]},
        )
    return _traced_text(item, old), _traced_text(item, new)


def _traced_text(item: Item, answer: Answer | None) -> str:
    text = shown(item, answer)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…（共 {len(text)} 字）"
