"""Answers as the audit trail shows them: short, but enough to see what changed."""

from typing import Any

from indicators.collection.submissions import answers
from indicators.standard.engine import Answer, Item, NotApplicable

_LONGEST = 300
_MAX_ROWS = 20


def change(item: Item, old: Answer | None, new: Answer | None) -> tuple[Any, Any]:
    """Return one answer before and after; of a table only the rows that differ."""
    if item.kind == "table" and not isinstance(old, NotApplicable) and not isinstance(new, NotApplicable):
        return _rows(item, old, new)
    return _short(item, old), _short(item, new)


def _short(item: Item, answer: Answer | None) -> str:
    text = answers.shown(item, answer)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…（共 {len(text)} 字）"


def _rows(item: Item, old: Answer | None, new: Answer | None) -> tuple[Any, Any]:
    before, after = (answers.frozen(item, side)["value"] if side is not None else [] for side in (old, new))
    gone = [row for row in before if row not in after]
    come = [row for row in after if row not in before]
    return (
        {"rows": None if old is None else len(before), "changed": gone[:_MAX_ROWS]},
        {"rows": None if new is None else len(after), "changed": come[:_MAX_ROWS]},
    )
