"""The cross-checks a standard may put on its items, by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from indicators.standard.engine import numbers
from indicators.standard.engine.conditions import Ratio
from indicators.standard.engine.data import (
    Answers,
    DistrictData,
    NotApplicable,
    SchoolData,
    TableRow,
    Value,
    figure,
)
from indicators.standard.engine.facts import Facts as DistrictFacts
from indicators.standard.engine.facts import Respondent
from indicators.standard.engine.parsing import within
from indicators.standard.engine.spec import COMPULSORY, Check, Item, Spec

# A message and the table row it belongs to, counted from 1.
Finding = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may look at: sound answers of this year and last year's."""

    spec: Spec
    items: Mapping[str, Item]
    answers: Answers
    last_year: Answers
    own_stages: tuple[str, ...]
    schools: Sequence[SchoolData] = ()

    def field(self, base: str, stage: str) -> Item:
        """The field of this base code in the same stage, or the one without a stage."""
        return self.items.get(f"{base}_{stage}") or self.items[base]

    def number(self, item: Item) -> Fraction | None:
        """The answered figure, None when blank; 不适用 means there is none of it: 0."""
        if isinstance(self.answers.get(item.code), NotApplicable):
            return Fraction(0)
        return figure(self.answers, item.code)

    def rows(self, table: str) -> tuple[TableRow, ...] | None:
        """The rows of a table, None while it is not answered."""
        answer = self.answers.get(table)
        return tuple(answer.value) if isinstance(answer, Value) else None

    def respondents(self, check: Check) -> list[Respondent]:
        """The schools a figure of the district is compared with."""
        district = DistrictFacts(self.spec, DistrictData("", tuple(self.schools)), frozenset())
        found = district.schools(check.who)
        return [who for who in found if who.school and (not check.kinds or who.school.kind in check.kinds)]


def _amount(number: Fraction, item: Item) -> str:
    return f"{numbers.text(number)} {item.unit}".strip()


def _le(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    other = facts.field(check.other, item.stage)
    mine, bound = figure(facts.answers, item.code), facts.number(other)
    if mine is not None and bound is not None and mine > bound:
        yield (
            f"“{item.label}”{_amount(mine, item)}，多于“{other.label}”{_amount(bound, other)}，请核对这两项",
            None,
        )


def _sum_equals(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    fields = [facts.field(base, item.stage) for base in check.items]
    figures = [number for field in fields if (number := facts.number(field)) is not None]
    mine, total = figure(facts.answers, item.code), sum(figures, Fraction(0))
    if mine is None or len(figures) < len(fields) or total == mine:
        return
    names = "、".join(field.base_label for field in fields)
    yield (
        f"“{item.label}”{_amount(mine, item)}，与{names}之和 {_amount(total, item)}不相等，请核对",
        None,
    )


def _sum_le(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    fields = [facts.field(base, item.stage) for base in check.items]
    other = facts.field(check.other, item.stage)
    total = sum((facts.number(field) or Fraction(0) for field in fields), Fraction(0))
    bound = facts.number(other)
    if bound is not None and total > bound:
        names = "、".join(field.base_label for field in fields)
        yield (
            f"{names}合计 {_amount(total, item)}，多于“{other.label}”{_amount(bound, other)}，请核对",
            None,
        )


def _table_sum(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    rows = facts.rows(check.table)
    if rows is None:
        return
    stage = facts.spec.stages[item.stage].label
    total = sum((Fraction(r[check.column]) for r in rows if r["stage"] == stage), Fraction(0))
    table = facts.items[check.table].label
    mine = facts.number(item)
    if mine is None:
        if total and item.stage not in facts.own_stages:
            yield f"{table}里有{stage}班级，但没有填“{item.label}”，请补填或删除这些班级", None
    elif mine != total:
        yield (
            f"“{item.label}”{_amount(mine, item)}，{table}{stage}合计 {_amount(total, item)}，"
            f"相差 {_amount(abs(mine - total), item)}，请核对",
            None,
        )


def _change(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    now, before = figure(facts.answers, item.code), figure(facts.last_year, item.code)
    if now is None or before is None or now == before:
        return
    if abs(now - before) * 100 <= check.percent * before:
        return
    way = "增加" if now > before else "减少"
    change = f" {numbers.printed(abs(now - before) * 100 / before, 1)}%" if before else ""
    yield (
        f"“{item.label}”{_amount(now, item)}，比上年 {_amount(before, item)}{way}{change}，"
        f"变化超过 {numbers.text(check.percent)}%，请核对",
        None,
    )


def _per_unit(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    mine, count = figure(facts.answers, item.code), _denominator(facts, check)
    if mine is None or not count:
        return
    each = mine * check.factor / count
    if not within(check, each):
        low, high = numbers.text(check.minimum), numbers.text(check.maximum)
        yield (
            f"“{item.label}”{_amount(mine, item)}，折合 {numbers.printed(each, 2)} {check.unit}，"
            f"不在常见的 {low} 到 {high} 之间，请检查单位是不是{item.unit}",
            None,
        )


def _denominator(facts: Facts, check: Check) -> Fraction | None:
    """Σ over the stages; None while a stage the school runs is still blank."""
    fields = [i for i in facts.items.values() if i.base == check.denominator]
    known = Fraction(0)
    for field in fields:
        number = facts.number(field)
        if number is None and (not field.stage or field.stage in facts.own_stages):
            return None
        known += number or 0
    return known


def _rows_multiple(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    mine, rows = figure(facts.answers, item.code), facts.rows(check.table)
    if mine is None or not rows or mine <= check.times * len(rows):
        return
    yield (
        f"“{item.label}”{_amount(mine, item)}，超过班级数 {len(rows)} 的 {numbers.text(check.times)} 倍，请核对",
        None,
    )


def _unique(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], int] = {}
    for position, row in enumerate(facts.rows(item.code) or (), 1):
        key = tuple(row.get(column) for column in check.columns)
        if key in seen:
            shown = " ".join(str(cell) for cell in key)
            yield (
                f"“{item.label}”第 {position} 行与第 {seen[key]} 行重复（{shown}），请删除或更正",
                position,
            )
        else:
            seen[key] = position


def _min_length(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    answer = facts.answers.get(item.code)
    if not isinstance(answer, Value):
        return
    length = len("".join(str(answer.value).split()))
    if length < check.length:
        yield f"“{item.label}”不少于 {check.length} 字，现在 {length} 字，请补充", None


def _reaches_limit(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    """A figure below the share of another one that a condition asks for, whether that condition judges it or not."""
    other = facts.field(check.other, item.stage)
    mine, whole = figure(facts.answers, item.code), facts.number(other)
    code, _, name = check.limit.partition(".")
    conditions = [c for i in facts.spec.indicators if i.code == code for c in i.conditions]
    rule = next((c for c in conditions if isinstance(c, Ratio) and c.code == name), None)
    if mine is None or not whole or rule is None or mine * rule.factor / whole >= rule.limit:
        return
    yield (
        f"“{item.label}”{_amount(mine, item)}，是“{other.label}”{_amount(whole, other)}的 "
        f"{numbers.printed(mine * 100 / whole, 1)}%，低于{code}要求的 {numbers.text(rule.limit)}{rule.unit}，请核对",
        None,
    )


@dataclass(frozen=True, slots=True)
class _Summed:
    """What the schools reported, added up in the unit of the district's figure; ``silent`` have not reported it."""

    label: str
    total: Fraction
    schools: int
    silent: int


def _summed(facts: Facts, check: Check) -> _Summed | None:
    """The schools' figures a check names, added up; None where there is no school it is about."""
    items = facts.spec.items.values()
    fields = [i for base in check.schools for i in items if base in (i.code, i.base) and i.stage in ("", *COMPULSORY)]
    label = "、".join(dict.fromkeys(i.label if i.code in check.schools else i.base_label for i in fields))
    found = [_reported(facts, who, fields, check) for who in facts.respondents(check)]
    asked = [own for own in found if own]
    known = [amount for own in asked for amount in own if amount is not None]
    silent = sum(None in own for own in asked)
    return _Summed(label, sum(known, Fraction(0)) / check.factor, len(asked), silent) if asked else None


def _reported(facts: Facts, who: Respondent, fields: Sequence[Item], check: Check) -> list[Fraction | None]:
    """The figures a school is asked for, None for one it has not given; 不适用 means there is none of it: 0."""
    if check.grades:
        return _in_grades(facts, who, fields, check)
    own = [field for field in fields if field.stage in ("", *who.pupils)]
    return [
        Fraction(0) if isinstance(who.answer(field.code), NotApplicable) else figure(who.answers, field.code)
        for field in own
    ]


def _in_grades(facts: Facts, who: Respondent, tables: Sequence[Item], check: Check) -> list[Fraction | None]:
    """Column totals over a stage's rows of these grades; a table that names its grades otherwise says nothing."""
    if check.stage not in who.pupils:
        return []
    stage = facts.spec.stages[check.stage].label
    found: list[Fraction | None] = []
    for table in tables:
        rows = who.rows(table.code) or ()
        own = [row[check.column] for row in rows if row["stage"] == stage and row["grade"] in check.grades]
        found.append(sum(map(Fraction, own), Fraction(0)) if own else None)
    return found


def _schools_sum(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    mine, theirs = figure(facts.answers, item.code), _summed(facts, check)
    # While schools are silent their sum can only grow: it contradicts a smaller figure already.
    if mine is None or theirs is None or (theirs.silent and (check.at_most or mine >= theirs.total)):
        return
    if abs(mine - theirs.total) * 100 <= check.percent * theirs.total or (check.at_most and mine < theirs.total):
        return
    whose = f"{theirs.schools - theirs.silent} 所学校已填的" if theirs.silent else f"{theirs.schools} 所学校填报的"
    way = "多于 " if mine > theirs.total else "少于 "
    yield (
        f"“{item.label}”{_amount(mine, item)}，{way}{whose}“{theirs.label}”合计 {_amount(theirs.total, item)}，"
        f"相差 {_amount(abs(mine - theirs.total), item)}，请核对",
        None,
    )


def _schools_share(facts: Facts, item: Item, check: Check) -> Iterator[Finding]:
    mine, theirs = figure(facts.answers, item.code), _summed(facts, check)
    if mine is None or theirs is None or theirs.silent or not theirs.total:
        return
    share = mine * 100 / theirs.total
    if not within(check, share):
        low, high = numbers.text(check.minimum), numbers.text(check.maximum)
        yield (
            f"“{item.label}”{_amount(mine, item)}，是 {theirs.schools} 所学校填报的“{theirs.label}”合计 "
            f"{_amount(theirs.total, item)}的 {numbers.printed(share, 1)}%，不在常见的 {low}% 到 {high}% 之间，"
            "请核对",
            None,
        )


Rule = Callable[[Facts, Item, Check], Iterator[Finding]]
RULES: Mapping[str, tuple[str, Rule]] = {
    "le": ("error", _le),
    "sum_equals": ("error", _sum_equals),
    "sum_le": ("error", _sum_le),
    "table_sum": ("error", _table_sum),
    "unique_rows": ("error", _unique),
    "min_length": ("error", _min_length),
    "change_warning": ("warning", _change),
    "per_unit_range": ("warning", _per_unit),
    "rows_multiple": ("warning", _rows_multiple),
    "reaches_limit": ("warning", _reaches_limit),
    "schools_sum": ("warning", _schools_sum),
    "schools_share": ("warning", _schools_share),
}
