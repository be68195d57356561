"""Totals that follow from what they add up: 在校生数 from the classes, 专任教师数 from the degrees. Nobody types a sum."""

from collections.abc import Mapping
from fractions import Fraction

from indicators.standard.engine.data import Answer, Answers, NotApplicable, Value, figure
from indicators.standard.engine.scope import kind_of
from indicators.standard.engine.spec import Check, Item, Spec

_RULES = ("sum_equals", "table_sum")


def is_total(item: Item) -> bool:
    return item.kind == "number" and any(check.rule in _RULES for check in item.checks)


def total(items: Mapping[str, Item], item: Item, check: Check, answers: Answers, stage: str) -> Fraction | None:
    """What `item` should be by its check; None while a part is blank, 0 for one that is 不适用. `stage`: its name in tables."""
    parts: list[Fraction | None]
    if check.rule == "table_sum":
        table = answers.get(check.table)
        if not isinstance(table, Value):
            return None
        cells = [row.get(check.column) for row in table.value if row.get("stage") == stage]  # type: ignore[union-attr]
        parts = [None if cell in (None, "") else Fraction(cell) for cell in cells]  # type: ignore[arg-type]
    else:
        codes = _parts(items, item, check)
        parts = [
            Fraction(0) if isinstance(answers.get(code), NotApplicable) else figure(answers, code) for code in codes
        ]
    known = [part for part in parts if part is not None]
    return sum(known, Fraction(0)) if len(known) == len(parts) else None


def _parts(items: Mapping[str, Item], item: Item, check: Check) -> list[str]:
    """The fields it is added up from: of the same stage, or of the item without stages."""
    if check.rule == "table_sum":
        return [check.table]
    return [own if (own := f"{base}_{item.stage}") in items else base for base in check.items]


def following(spec: Spec, kind: str, before: Answers, after: Answers) -> dict[str, Answer | None]:
    """Totals that change with their parts: those that were blank or the sum until now.

    A sum of nothing is blank, not 0: classes are typed one stage after another, and no pupils means no such stage.
    """
    found: dict[str, Answer | None] = {}
    for item in filter(is_total, spec.items.values()):
        mine = after.get(item.code)
        if mine is None and item.stage not in kind_of(spec, kind).stages:
            continue
        check = next(check for check in item.checks if check.rule in _RULES)
        codes = _parts(spec.items, item, check)
        if [before.get(code) for code in codes] == [after.get(code) for code in codes]:
            continue
        stage = spec.stages[item.stage].label if item.stage else ""
        was, now = (total(spec.items, item, check, answers, stage) for answers in (before, after))
        if was != now and (mine is None or (isinstance(mine, Value) and mine.value == was)):
            new = Value(int(now)) if now else None
            if new != mine:
                found[item.code] = new
    return found
