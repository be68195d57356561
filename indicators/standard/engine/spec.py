"""What a standard says, as frozen values: indicators, items, thresholds, weights, scope."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from indicators.standard.engine import numbers
from indicators.standard.engine.conditions import Condition

COMPULSORY = ("primary", "junior")


@dataclass(frozen=True, slots=True)
class Stage:
    """A school stage; only judged stages become parts. ``limit_text`` is the limit with the digits it was written with."""

    code: str
    label: str
    part_label: str
    judged: bool
    cv_limit: Fraction | None
    limit_text: str = ""

    @property
    def limit(self) -> Fraction:
        """ValueError for a stage that is not judged."""
        if self.cv_limit is None:
            raise ValueError(f"学段 {self.label} 没有差异系数上限")
        return self.cv_limit


@dataclass(frozen=True, slots=True)
class SchoolKind:
    """A kind of school: the stages it runs, whether A1–A7 judge it, the sections it is asked.

    ``attached`` sections are asked as well while it has classes of compulsory stages (附设班).
    """

    code: str
    stages: tuple[str, ...]
    judged: bool
    min_pupils: int = 0
    reason: str = ""
    sections: tuple[str, ...] | None = None
    attached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One figure of a numerator; ``code`` is the flat field code."""

    code: str
    label: str
    sign: int


@dataclass(frozen=True, slots=True)
class Formula:
    """Numerator terms by stage, divided by the stage's pupils, times the factor.

    ``shared`` figures are the whole school's and are split over its stages
    (教督〔2017〕6号, weights in the standard); the others are recorded by stage.
    ``trial_step`` of the numerator's unit is what analyses try adding.
    """

    numerator: str
    numerator_unit: str
    terms: Mapping[str, tuple[Term, ...]]
    factor: Fraction
    shared: bool
    gap_step: Fraction
    gap_unit: str
    trial_step: Fraction


@dataclass(frozen=True, slots=True)
class FormTexts:
    """What the official forms say of an indicator, "" where they say nothing of their own.

    ``name`` and ``words`` are for the district's forms, ``school`` and ``school_words`` for
    the school's self-rating; {rate:1} in words is a blank with one decimal.
    """

    name: str = ""
    words: str = ""
    school: str = ""
    school_words: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator; ``formula`` and ``thresholds`` for A1–A7, ``conditions`` for the others."""

    code: str
    name: str
    short_name: str
    group: str
    clause: str
    level: str
    thresholds: Mapping[str, Fraction]
    floors: Mapping[str, Fraction]
    formula: Formula | None
    items: tuple[str, ...]
    definition: str
    evidence: tuple[str, ...]
    errors: tuple[str, ...]
    unit: str = ""
    parameter: str = ""
    conditions: tuple[Condition, ...] = ()
    form: FormTexts = FormTexts()

    @property
    def rule(self) -> Formula:
        """ValueError without a formula."""
        if self.formula is None:
            raise ValueError(f"指标 {self.code} 没有计算公式")
        return self.formula


@dataclass(frozen=True, slots=True)
class Veto:
    """A yes/no matter that blocks recognition when it happened anywhere."""

    code: str
    name: str
    item: str
    clause: str
    definition: str
    evidence: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rising:
    """A district figure of this year and the one before, by flat field code; ``stage`` "" where it is no stage's."""

    item: str
    label: str
    unit: str
    stage: str
    now: str
    before: str


@dataclass(frozen=True, slots=True)
class Growth:
    """One of 三个增长: figures that have to rise, or to grow faster than another one."""

    code: str
    label: str
    clause: str
    rising: tuple[Rising, ...]
    faster_than: Rising | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table item; a cell may be blank where the column ``blank_if`` names has one of its values."""

    code: str
    label: str
    kind: str
    unit: str = ""
    places: int = 2
    choices: tuple[str, ...] = ()
    minimum: Fraction | None = None
    maximum: Fraction | None = None
    yes_label: str = "是"
    no_label: str = "否"
    blank_if: tuple[str, tuple[str, ...]] = ("", ())

    def is_lacking(self, row: Mapping[str, Any]) -> bool:
        column, values = self.blank_if
        return row.get(self.code) in (None, "") and row.get(column) not in values


@dataclass(frozen=True, slots=True)
class Check:
    """A rule on an item as data; which fields count depends on ``rule``."""

    rule: str
    factor: Fraction
    times: Fraction
    percent: Fraction
    length: int = 0
    other: str = ""
    items: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    who: str = "all"
    kinds: tuple[str, ...] = ()
    at_most: bool = False
    stage: str = ""
    grades: tuple[str, ...] = ()
    limit: str = ""
    table: str = ""
    column: str = ""
    columns: tuple[str, ...] = ()
    denominator: str = ""
    unit: str = ""
    minimum: Fraction | None = None
    maximum: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One field that is asked: ``code`` is flat (base and stage), ``base`` is not.

    ``offered`` false: nothing in this standard judges it, so the form has it only where it is answered already.
    """

    code: str
    base: str
    stage: str
    label: str
    base_label: str
    kind: str
    clock: str
    respondent: str
    section: str
    help: str
    unit: str = ""
    places: int = 2
    reference: str = ""
    evidence: str = ""
    required: bool = True
    offered: bool = True
    relaxation: str = ""
    signed: bool = False
    asked_if: tuple[str, bool] | None = None
    choices: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    checks: tuple[Check, ...] = ()
    sheet: str = ""
    sheet_code: str = ""
    sheet_kind: str = ""
    minimum: Fraction | None = None
    maximum: Fraction | None = None
    max_length: int = 0
    yes_label: str = "是"
    no_label: str = "否"


@dataclass(frozen=True, slots=True)
class RelaxationCase:
    """One way to fulfil a relaxation's condition, with the limits it brings; what is None or empty asks nothing.

    ``built_until`` is about the school, ``room_built_until`` about each room by itself;
    ``migrants_over`` is a percentage of the pupils that must be exceeded; ``limits`` are ㎡ by room
    table (rooms) or pupils by ``single`` and ``combined`` (size).
    """

    label: str
    areas: tuple[str, ...] = ()
    min_pupils: int | None = None
    max_pupils: int | None = None
    single_stage: bool = False
    only_stage: str = ""
    built_until: int | None = None
    room_built_until: int | None = None
    max_class: int | None = None
    migrants_over: Fraction | None = None
    limits: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelaxationRule:
    """One relaxation (规程 2019); ``rule`` is count, rooms or size, empty where the standard has no rule for it.

    count adds ``items`` to the indicator's numerator; rooms and size put other limits in its
    conditions. ``classes`` is the class list, ``migrants`` the item its cases look at.
    """

    code: str
    indicator: str
    label: str
    clause: str
    text: str
    rule: str = ""
    items: tuple[str, ...] = ()
    classes: str = ""
    migrants: str = ""
    cases: tuple[RelaxationCase, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields on the form."""

    code: str
    respondent: str
    label: str
    help: str


@dataclass(frozen=True, eq=False)
class Spec:
    """A whole standard, ready to judge with. Compared by identity, hashed by content."""

    code: str
    name: str
    rule_version: str
    content_sha256: str
    clause: str
    min_reached: int
    floor_ratio: Fraction
    stages: Mapping[str, Stage]
    split_weights: Mapping[frozenset[str], Mapping[str, Fraction]]
    kinds: Mapping[str, SchoolKind]
    printing: Mapping[str, int]
    parameters: Mapping[str, Fraction]
    sections: tuple[Section, ...]
    indicators: tuple[Indicator, ...]
    vetoes: tuple[Veto, ...]
    items: Mapping[str, Item]
    district_items: Mapping[str, Item]
    relaxations: Mapping[str, RelaxationRule] = field(default_factory=dict)
    rural_areas: tuple[str, ...] = ()
    growths: tuple[Growth, ...] = ()
    # What the official forms say, by name, with {blanks}.
    sentences: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def resources(self) -> tuple[Indicator, ...]:
        """A1–A7: those with a formula, judged for every part."""
        return tuple(i for i in self.indicators if i.formula is not None)

    @property
    def paper(self) -> str:
        """The clause without its chapter."""
        return self.clause.partition("“")[0]

    @cached_property
    def floor_text(self) -> str:
        """With all its digits, e.g. 85%."""
        return f"{numbers.text(self.floor_ratio * 100)}%"

    @cached_property
    def judged_stages(self) -> tuple[str, ...]:
        """Stages that become parts, primary before junior."""
        return tuple(s.code for s in self.stages.values() if s.judged)

    @cached_property
    def stage_by_label(self) -> Mapping[str, str]:
        """小学 → primary."""
        return {s.label: s.code for s in self.stages.values()}

    @cached_property
    def item_order(self) -> Mapping[str, int]:
        return {code: position for position, code in enumerate(self.items)}

    @cached_property
    def summed_fields(self) -> frozenset[str]:
        """School fields that the district's figures are compared with, and pupils."""
        named = {base for item in self.district_items.values() for check in item.checks for base in check.schools}
        if not named:
            return frozenset()
        return frozenset(i.code for i in self.items.values() if {i.code, i.base} & {*named, "pupils"})

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Code → code and short name, of indicators and vetoes: A1 每百名学生拥有…"""
        short = {i.code: i.short_name for i in self.indicators} | {v.code: v.name for v in self.vetoes}
        return {code: f"{code} {name}" for code, name in short.items()}

    @cached_property
    def uses(self) -> Mapping[str, tuple[str, ...]]:
        """ "school.base" or "district.base" → indicators and vetoes that need it, in words."""
        found: dict[str, list[str]] = {}
        for indicator in self.indicators:
            for reference in indicator.items:
                found.setdefault(reference, []).append(self.names[indicator.code])
        for veto in self.vetoes:
            for respondent in ("school", "district"):
                found.setdefault(f"{respondent}.{veto.item}", []).append(self.names[veto.code])
        return {reference: tuple(names) for reference, names in found.items()}

    def indicator(self, code: str) -> Indicator:
        """KeyError."""
        return self._by_code[code]

    @cached_property
    def _by_code(self) -> Mapping[str, Indicator]:
        return {i.code: i for i in self.indicators}
