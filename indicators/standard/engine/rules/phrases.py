"""Turns of phrase the rules of B–D share."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from indicators.standard.engine import numbers
from indicators.standard.engine.conditions import Source
from indicators.standard.engine.facts import NOT_SUBMITTED
from indicators.standard.engine.outcomes import DISTRICT, Need, SchoolOutcome, tally
from indicators.standard.engine.spec import Spec

NAMED = 5
VERDICT = {True: "达到", False: "未达到", None: "不能判定"}


def amount(value: Fraction, unit: str) -> str:
    """345 人: exact, without trailing zeros."""
    return f"{numbers.text(value)} {unit}".strip()


def names(found: Sequence[str]) -> str:
    """甲、乙、丙; from the sixth on 甲、乙、丙、丁、戊等 7 所."""
    shown = "、".join(found[:NAMED])
    return shown if len(found) <= NAMED else f"{shown}等 {len(found)} 所"


def side(terms: Iterable[tuple[Source, Fraction]]) -> str:
    """One side of a ratio with its numbers in place."""
    told = [(source.sign, f"{source.label} {amount(value, source.unit)}") for source, value in terms]
    return numbers.signed_sum(told, gap=" ")


def schools(outcomes: Sequence[SchoolOutcome]) -> str:
    """Which schools fail and which cannot be judged; empty when every one holds."""
    failing = [o.school_name for o in outcomes if o.passes is False]
    unknown = [o.school_name for o in outcomes if o.passes is None]
    told = []
    if failing:
        told.append(f"未达到的学校 {len(failing)} 所：{names(failing)}")
    if unknown:
        told.append(f"还不能判定的学校 {len(unknown)} 所：{names(unknown)}")
    return "；".join(told)


def held(outcomes: Sequence[SchoolOutcome]) -> str:
    """学校 42 所，达标 40，未达标 1，待定 1."""
    return f"学校 {len(outcomes)} 所，{tally(o.passes for o in outcomes).words}"


def needed(spec: Spec, needs: Sequence[Need]) -> str:
    """What is lacking, in words: fields by name, and how many schools lack one."""
    own = [_field(spec, need) for need in needs if need.respondent == DISTRICT]
    theirs = list(dict.fromkeys(need.respondent for need in needs if need.respondent != DISTRICT))
    told = []
    if own:
        told.append(f"待填：{'、'.join(own)}")
    if theirs:
        told.append(f"{len(theirs)} 所学校的数据不全")
    return "；".join(told)


def lacking(spec: Spec, needs: Sequence[Need]) -> str:
    """What one school lacks, in words."""
    fields = [_field(spec, need) for need in needs if need.item]
    return f"待填：{'、'.join(fields)}" if fields else NOT_SUBMITTED


def _field(spec: Spec, need: Need) -> str:
    items = spec.district_items if need.respondent == DISTRICT else spec.items
    label = items[need.item].label
    return f"{label}（填了不适用：{need.reason}）" if need.reason else label
