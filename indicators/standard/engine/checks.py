"""Checks answers before they are submitted: values that are none, contradictions (errors), oddities (warnings); the rules by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from indicators.standard.engine import grades, numbers, scope, totals
from indicators.standard.engine.conditions import Ratio
from indicators.standard.engine.data import (
    Answer,
    Answers,
    DistrictData,
    NotApplicable,
    SchoolData,
    TableRow,
    Value,
    figure,
)
from indicators.standard.engine.faults import Fault, faults
from indicators.standard.engine.parsing import within
from indicators.standard.engine.recall import Recall
from indicators.standard.engine.respondents import Respondent, Respondents
from indicators.standard.engine.spec import COMPULSORY, Check, Item, Spec
from indicators.standard.engine.words import amount

# A message and the table row it belongs to, counted from 1.
Finding = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class CheckedAnswers:
    """What a rule may look at: sound answers of this year and last year's."""

    spec: Spec
    items: Mapping[str, Item]
    answers: Answers
    last_year: Answers
    own_stages: tuple[str, ...]
    schools: Sequence[SchoolData] = ()

    def field(self, base: str, stage: str) -> Item:
        """In the same stage, or the one without a stage."""
        return self.items.get(f"{base}_{stage}") or self.items[base]

    def number(self, item: Item) -> Fraction | None:
        """None when blank; 不适用 means 0."""
        if isinstance(self.answers.get(item.code), NotApplicable):
            return Fraction(0)
        return figure(self.answers, item.code)

    def rows(self, table: str) -> tuple[TableRow, ...] | None:
        answer = self.answers.get(table)
        return tuple(answer.value) if isinstance(answer, Value) else None

    def total(self, item: Item, check: Check) -> Fraction | None:
        stage = self.spec.stages[item.stage].label if item.stage else ""
        return totals.total(self.items, item, check, self.answers, stage)


def _stated(item: Item, number: Fraction) -> str:
    """“小学教师数”12 人."""
    return f"“{item.label}”{amount(number, item.unit)}"


def le(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    other = given.field(check.other, item.stage)
    mine, bound = figure(given.answers, item.code), given.number(other)
    if mine is not None and bound is not None and mine > bound:
        yield f"{_stated(item, mine)}，多于{_stated(other, bound)}，请核对这两项", None


def sum_equals(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    mine, total = figure(given.answers, item.code), given.total(item, check)
    if mine is not None and total is not None and total != mine:
        names = "、".join(given.field(base, item.stage).base_label for base in check.items)
        yield f"{_stated(item, mine)}，与{names}之和 {amount(total, item.unit)}不相等，请核对", None


def sum_le(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    fields = [given.field(base, item.stage) for base in check.items]
    other = given.field(check.other, item.stage)
    total = sum((given.number(field) or Fraction(0) for field in fields), Fraction(0))
    bound = given.number(other)
    if bound is not None and total > bound:
        names = "、".join(field.base_label for field in fields)
        yield f"{names}合计 {amount(total, item.unit)}，多于{_stated(other, bound)}，请核对", None


def table_sum(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    total = given.total(item, check)
    if total is None:
        return
    stage, table = given.spec.stages[item.stage].label, given.items[check.table].label
    mine = given.number(item)
    if mine is None:
        if total and item.stage not in given.own_stages:
            yield f"{table}里有{stage}班级，但没有填“{item.label}”，请补填或删除这些班级", None
    elif mine != total:
        sums = f"{table}{stage}合计 {amount(total, item.unit)}，相差 {amount(abs(mine - total), item.unit)}"
        yield f"{_stated(item, mine)}，{sums}，请核对", None


def change_warning(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    now, before = figure(given.answers, item.code), figure(given.last_year, item.code)
    if now is None or before is None or abs(now - before) * 100 <= check.percent * before:
        return
    way = "增加" if now > before else "减少"
    change = f" {numbers.printed(abs(now - before) * 100 / before, 1)}%" if before else ""
    yield (
        f"{_stated(item, now)}，比上年 {amount(before, item.unit)}{way}{change}，"
        f"变化超过 {numbers.text(check.percent)}%，请核对",
        None,
    )


def per_unit_range(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    mine, count = figure(given.answers, item.code), Fraction(0)
    for field in (i for i in given.items.values() if i.base == check.denominator):
        number = given.number(field)
        if number is None and (not field.stage or field.stage in given.own_stages):
            return
        count += number or 0
    if mine is None or not count:
        return
    each = mine * check.factor / count
    if not within(check, each):
        low, high = numbers.text(check.minimum), numbers.text(check.maximum)
        yield (
            f"{_stated(item, mine)}，折合 {numbers.printed(each, 2)} {check.unit}，"
            f"不在常见的 {low} 到 {high} 之间，请检查单位是不是{item.unit}",
            None,
        )


def rows_multiple(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    mine, rows = figure(given.answers, item.code), given.rows(check.table)
    if mine is not None and rows and mine > check.times * len(rows):
        yield f"{_stated(item, mine)}，超过班级数 {len(rows)} 的 {numbers.text(check.times)} 倍，请核对", None


def unique_rows(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], int] = {}
    for position, row in enumerate(given.rows(item.code) or (), 1):
        key = tuple(row.get(column) for column in check.columns)
        first = seen.setdefault(key, position)
        if first != position:
            shown = " ".join(str(cell) for cell in key)
            yield f"“{item.label}”第 {position} 行与第 {first} 行重复（{shown}），请删除或更正", position


def grades_fit(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    """A class of another stage would be judged by the wrong limit."""
    label = given.spec.stages[check.stage].label
    years = range(int(check.minimum or 0), int(check.maximum or 0) + 1)
    for position, row in enumerate(given.rows(item.code) or (), 1):
        stage, grade = (str(row.get(column) or "") for column in check.columns)
        if stage == label and not grades.fits(label, years, grade):
            yield f"“{item.label}”第 {position} 行：{label}没有“{grade}”，请核对学段和年级", position


def min_length(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    answer = given.answers.get(item.code)
    if not isinstance(answer, Value):
        return
    length = len("".join(str(answer.value).split()))
    if length < check.length:
        yield f"“{item.label}”不少于 {check.length} 字，现在 {length} 字，请补充", None


def reaches_limit(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    """Below the share a condition asks for, even where that condition does not judge it."""
    other = given.field(check.other, item.stage)
    mine, whole = figure(given.answers, item.code), given.number(other)
    code, _, name = check.limit.partition(".")
    conditions = [c for i in given.spec.indicators if i.code == code for c in i.conditions]
    rule = next((c for c in conditions if isinstance(c, Ratio) and c.code == name), None)
    if mine is None or not whole or rule is None or mine * rule.factor / whole >= rule.limit:
        return
    yield (
        f"{_stated(item, mine)}，是{_stated(other, whole)}的 "
        f"{numbers.printed(mine * 100 / whole, 1)}%，低于{code}要求的 {numbers.text(rule.limit)}{rule.unit}，请核对",
        None,
    )


@dataclass(frozen=True, slots=True)
class SchoolsTotal:
    """What the schools reported, added up in the unit of the district's figure; ``silent`` have not reported it."""

    label: str
    total: Fraction
    schools: int
    silent: int


def _total_of_schools(given: CheckedAnswers, check: Check) -> SchoolsTotal | None:
    """None if the check is about no school here."""
    items = given.spec.items.values()
    fields = [i for base in check.schools for i in items if base in (i.code, i.base) and i.stage in ("", *COMPULSORY)]
    label = "、".join(dict.fromkeys(i.label if i.code in check.schools else i.base_label for i in fields))
    everyone = Respondents(given.spec, DistrictData("", tuple(given.schools)), frozenset())
    asked = []
    for who in everyone.schools[check.who]:
        if who.school and (not check.kinds or who.school.kind in check.kinds):
            own = _reported(given.spec, who, fields, check)
            if own:
                asked.append(own)
    known = [number for own in asked for number in own if number is not None]
    silent = sum(None in own for own in asked)
    return SchoolsTotal(label, sum(known, Fraction(0)) / check.factor, len(asked), silent) if asked else None


def _reported(spec: Spec, who: Respondent, fields: Sequence[Item], check: Check) -> list[Fraction | None]:
    """None for a figure not given, 0 for 不适用. With ``grades``: column totals over a stage's rows of these grades."""
    found: list[Fraction | None] = []
    if not check.grades:
        for field in fields:
            if field.stage in ("", *who.pupils):
                is_none = isinstance(who.answer(field.code), NotApplicable)
                found.append(Fraction(0) if is_none else figure(who.answers, field.code))
    elif check.stage in who.pupils:
        stage = spec.stages[check.stage].label
        for table in fields:
            rows = [r for r in who.whole_rows(table.code) or () if r["stage"] == stage and r["grade"] in check.grades]
            found.append(sum((Fraction(row[check.column]) for row in rows), Fraction(0)) if rows else None)
    return found


def schools_sum(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    mine, theirs = figure(given.answers, item.code), _total_of_schools(given, check)
    # While schools are silent their sum can only grow: it contradicts a smaller figure already.
    if mine is None or theirs is None or (theirs.silent and (check.at_most or mine >= theirs.total)):
        return
    if abs(mine - theirs.total) * 100 <= check.percent * theirs.total or (check.at_most and mine < theirs.total):
        return
    whose = f"{theirs.schools - theirs.silent} 所学校已填的" if theirs.silent else f"{theirs.schools} 所学校填报的"
    way = "多于 " if mine > theirs.total else "少于 "
    yield (
        f"{_stated(item, mine)}，{way}{whose}“{theirs.label}”合计 {amount(theirs.total, item.unit)}，"
        f"相差 {amount(abs(mine - theirs.total), item.unit)}，请核对",
        None,
    )


def schools_share(given: CheckedAnswers, item: Item, check: Check) -> Iterator[Finding]:
    mine, theirs = figure(given.answers, item.code), _total_of_schools(given, check)
    if mine is None or theirs is None or theirs.silent or not theirs.total:
        return
    share = mine * 100 / theirs.total
    if not within(check, share):
        low, high = numbers.text(check.minimum), numbers.text(check.maximum)
        yield (
            f"{_stated(item, mine)}，是 {theirs.schools} 所学校填报的“{theirs.label}”合计 "
            f"{amount(theirs.total, item.unit)}的 {numbers.printed(share, 1)}%，"
            f"不在常见的 {low}% 到 {high}% 之间，请核对",
            None,
        )


Rule = Callable[[CheckedAnswers, Item, Check], Iterator[Finding]]
RULES: Mapping[str, tuple[str, Rule]] = {
    "le": ("error", le),
    "sum_equals": ("error", sum_equals),
    "sum_le": ("error", sum_le),
    "table_sum": ("error", table_sum),
    "unique_rows": ("error", unique_rows),
    "grades_fit": ("error", grades_fit),
    "min_length": ("error", min_length),
    "change_warning": ("warning", change_warning),
    "per_unit_range": ("warning", per_unit_range),
    "rows_multiple": ("warning", rows_multiple),
    "reaches_limit": ("warning", reaches_limit),
    "schools_sum": ("warning", schools_sum),
    "schools_share": ("warning", schools_share),
}


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


def check_school(
    spec: Spec, kind: str, answers: Answers, last_year: Answers, recall: Recall | None = None
) -> list[DataProblem]:
    """In form order. ``recall``: what is known of these answers already, and is now."""
    own = scope.kind_of(spec, kind).stages
    return _check(spec, spec.items, answers, last_year, own, recall=recall)


def check_district(
    spec: Spec, answers: Answers, last_year: Answers, schools: Sequence[SchoolData] = ()
) -> list[DataProblem]:
    return _check(spec, spec.district_items, answers, last_year, (), schools)


def _check(
    spec: Spec,
    items: Mapping[str, Item],
    answers: Answers,
    last_year: Answers,
    own_stages: tuple[str, ...],
    schools: Sequence[SchoolData] = (),
    recall: Recall | None = None,
) -> list[DataProblem]:
    unknown = [
        DataProblem("error", code, "unknown_item", f"标准中没有填报项“{code}”，请删除")
        for code in answers
        if code not in items
    ]
    problems: list[DataProblem] = []
    # A cross-check on a malformed figure would only repeat the message.
    sound: dict[str, Answer] = {}
    recall = recall or Recall(answers)
    noted = recall.noted()
    for item in items.values():
        if item.code in answers:
            own = noted.once(("faults", item.code), _own_problems, noted, item)
            problems += own
            if not own:
                sound[item.code] = answers[item.code]
    noted = recall.noted(sound)
    checked = CheckedAnswers(spec, items, noted, last_year, own_stages, schools)
    for item in items.values():
        if item.checks:
            problems += noted.once(("checks", item.code), _crossed, checked, item)
    order = {code: position for position, code in enumerate(items)}
    # Rows come in their order already, and sorting keeps it.
    return unknown + sorted(problems, key=lambda p: (order[p.item], p.level))


def _own_problems(answers: Answers, item: Item) -> list[DataProblem]:
    answer, own = answers[item.code], list[Fault]()
    if isinstance(answer, Value):
        own = list(faults(item, answer.value))
    elif not answer.reason.strip():
        own = [("reason", None, f"“{item.label}”选了不适用，须写明原因")]
    return [DataProblem("error", item.code, code, message, row) for code, row, message in own]


def _crossed(checked: CheckedAnswers, item: Item) -> list[DataProblem]:
    return [
        DataProblem(level, item.code, check.rule, message, row)
        for check in item.checks
        for level, rule in [RULES[check.rule]]
        for message, row in rule(checked, item, check)
    ]
