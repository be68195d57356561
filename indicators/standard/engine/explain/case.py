"""A result together with the returns it was judged on, and the fields both speak of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from indicators.standard.engine import numbers
from indicators.standard.engine.data import Answer, DistrictData, NotApplicable, SchoolData
from indicators.standard.engine.district import DistrictIndicator, describe
from indicators.standard.engine.explain.tree import BLANK, NOT_APPLICABLE, VALUE, ZERO, Input
from indicators.standard.engine.facts import NOT_SUBMITTED, Facts, Respondent
from indicators.standard.engine.outcomes import DISTRICT
from indicators.standard.engine.parts import PartResult
from indicators.standard.engine.result import Result
from indicators.standard.engine.spec import Column, Item, Spec


@dataclass(frozen=True, eq=False)
class Case:
    """What is explained: ``result`` must be the judgement of ``returns``."""

    result: Result
    data: DistrictData

    @property
    def spec(self) -> Spec:
        """The standard judged by."""
        return self.result.spec

    @cached_property
    def schools(self) -> Mapping[str, SchoolData]:
        """Every school by code."""
        return {school.code: school for school in self.data.schools}

    @cached_property
    def facts(self) -> Facts:
        """The returns as the conditions of B–D saw them."""
        left_out = {excluded.school_code for excluded in self.result.excluded}
        return Facts(self.spec, self.data, frozenset(self.schools) - left_out)

    @cached_property
    def asked(self) -> Mapping[str, Respondent]:
        """Every school that had to send a return, by code."""
        return {who.code: who for who in self.facts.schools("all")}

    @cached_property
    def parts(self) -> Mapping[tuple[str, str], PartResult]:
        """Every part by school code and stage."""
        return {(part.school.code, part.stage): part for part in self.result.parts}

    @cached_property
    def indicators(self) -> Mapping[str, DistrictIndicator]:
        """B1–D1 by code."""
        return {judged.indicator.code: judged for judged in self.result.district_indicators}

    def name_of(self, part: PartResult) -> str:
        """甲学校小学部; the school's bare name when it is the only part."""
        return part.school.name if part.single else f"{part.school.name}{self.spec.stages[part.stage].part_label}"

    def of_school(self, code: str, fields: Iterable[str]) -> tuple[Input, ...]:
        """A school's answers at these fields."""
        school = self.schools[code]
        silent = "" if school.has_submission else NOT_SUBMITTED
        given = school.given
        return tuple(given_at(code, school.name, self.spec.items[f], given.get(f), silent) for f in fields)

    def of_district(self, fields: Iterable[str]) -> tuple[Input, ...]:
        """The district's own answers at these fields."""
        items, answers = self.spec.district_items, self.data.answers
        return tuple(given_at(DISTRICT, "区县", items[f], answers.get(f)) for f in fields)


def given_at(respondent: str, name: str, item: Item, answer: Answer | None, silent: str = "") -> Input:
    """One field as it was answered; ``silent`` says why nothing could be."""
    if answer is None:
        return Input(respondent, name, item.code, item.label, silent, item.unit, BLANK)
    if isinstance(answer, NotApplicable):
        return Input(respondent, name, item.code, item.label, answer.reason, item.unit, NOT_APPLICABLE)
    value = answer.value
    if item.kind in ("number", "decimal"):
        state = VALUE if value else ZERO
        return Input(respondent, name, item.code, item.label, numbers.text(Fraction(value)) or "", item.unit, state)
    rows = tuple(_row(item, row) for row in value) if item.kind == "table" else ()
    return Input(respondent, name, item.code, item.label, describe(item, answer), "", VALUE, rows)


def _row(item: Item, row: Mapping[str, Any]) -> str:
    cells = ((column, row.get(column.code)) for column in item.columns)
    return "，".join(_cell(column, cell) for column, cell in cells if cell not in (None, ""))


def _cell(column: Column, cell: Any) -> str:
    if isinstance(cell, bool):
        return f"{column.label} {column.yes_label if cell else column.no_label}"
    if isinstance(cell, (str, date)):
        return f"{column.label} {cell}"
    return f"{column.label} {numbers.text(Fraction(cell))} {column.unit}".strip()
