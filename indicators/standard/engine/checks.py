"""Checks a return before it is submitted: contradictions are errors, oddities warnings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indicators.standard.engine import check_rules, check_values, scope
from indicators.standard.engine.data import Answer, Answers, NotApplicable, SchoolData
from indicators.standard.engine.spec import Item, Spec


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong (error) or unlikely (warning) at a field; the message is Chinese.

    ``row`` counts table rows from 1. A warning may be waived with a reason, an error not.
    """

    level: str
    item: str
    code: str
    message: str
    row: int | None = None


def check_school(spec: Spec, kind: str, answers: Answers, last_year: Answers) -> list[Problem]:
    """All problems of a school's return, in form order. ``last_year`` may be empty."""
    own = scope.kind_of(spec, kind).stages
    return _check(spec, spec.items, answers, last_year, own)


def check_district(
    spec: Spec, answers: Answers, last_year: Answers, schools: Sequence[SchoolData] = ()
) -> list[Problem]:
    """All problems of the district's own answers, compared with what its schools have reported so far."""
    return _check(spec, spec.district_items, answers, last_year, (), schools)


def _check(
    spec: Spec,
    items: Mapping[str, Item],
    answers: Answers,
    last_year: Answers,
    own_stages: tuple[str, ...],
    schools: Sequence[SchoolData] = (),
) -> list[Problem]:
    unknown = [
        Problem("error", code, "unknown_item", f"标准中没有填报项“{code}”，请删除")
        for code in answers
        if code not in items
    ]
    problems: list[Problem] = []
    # A cross-check on a malformed figure would only repeat the message.
    sound: dict[str, Answer] = {}
    for item in items.values():
        if item.code not in answers:
            continue
        own = list(_value(item, answers))
        problems.extend(own)
        if not own:
            sound[item.code] = answers[item.code]
    facts = check_rules.Facts(spec, items, sound, last_year, own_stages, schools)
    for item in items.values():
        problems.extend(_rules(item, facts))
    order = {code: position for position, code in enumerate(items)}
    # Rows come in their order already, and sorting keeps it.
    return unknown + sorted(problems, key=lambda p: (order[p.item], p.level))


def _value(item: Item, answers: Answers) -> Iterator[Problem]:
    answer = answers[item.code]
    if isinstance(answer, NotApplicable):
        if not answer.reason.strip():
            yield Problem("error", item.code, "reason", f"“{item.label}”选了不适用，须写明原因")
        return
    for code, row, message in check_values.faults(item, answer.value):
        yield Problem("error", item.code, code, message, row)


def _rules(item: Item, facts: check_rules.Facts) -> Iterator[Problem]:
    for check in item.checks:
        level, rule = check_rules.RULES[check.rule]
        for message, row in rule(facts, item, check):
            yield Problem(level, item.code, check.rule, message, row)
