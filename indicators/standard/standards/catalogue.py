"""A standard as people read it: groups of indicators, formulas in words, a worked example."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from indicators.standard.engine import Indicator, Item, Spec, Value, live
from indicators.standard.engine.explain import demand
from indicators.standard.engine.live import LiveIndicator
from indicators.standard.engine.spec import Veto
from indicators.standard.engine.words import number

# A nine-year school large enough that every indicator is reached, one with a little to spare.
_EXAMPLE_KIND = "九年一贯制学校"
_EXAMPLE = {
    "pupils_primary": 500,
    "pupils_junior": 300,
    "backbone_teachers": 4,
    "pe_teachers": 3,
    "music_teachers": 1,
    "art_teachers": 1,
    "arts_teachers": 0,
    "teachers_doctor": 0,
    "teachers_master": 1,
    "teachers_bachelor": 18,
    "teachers_associate": 2,
    "teaching_area": Decimal(5200),
    "indoor_sports_area": Decimal(600),
    "sports_ground_area": Decimal(7600),
    "equipment_value": Decimal("186.5"),
    "multimedia_rooms": 20,
}


@dataclass(frozen=True, slots=True)
class StageLimit:
    """A threshold of one stage in words."""

    stage: str
    threshold: str
    floor: str


@dataclass(frozen=True, slots=True)
class StageFormula:
    """How one stage is computed, in words."""

    stage: str
    words: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What one condition of an indicator asks, in words."""

    label: str
    words: str
    judged: bool


@dataclass(frozen=True, slots=True)
class ListedIndicator:
    """An indicator in the list: thresholds in figures, or what its conditions demand."""

    indicator: Indicator
    limits: tuple[StageLimit, ...]
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class IndicatorGroup:
    """A group of the standard: its indicators in order."""

    name: str
    entries: tuple[ListedIndicator, ...]


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """Everything the page of one indicator shows."""

    indicator: Indicator
    limits: tuple[StageLimit, ...]
    formulas: tuple[StageFormula, ...]
    demands: tuple[Demand, ...]
    items: tuple[Item, ...]
    examples: tuple[tuple[str, LiveIndicator], ...]


def groups(spec: Spec) -> list[IndicatorGroup]:
    """In the order of the national text."""
    found: dict[str, list[ListedIndicator]] = {}
    for indicator in spec.indicators:
        judged = tuple(one for one in _demands(indicator) if one.judged)
        found.setdefault(indicator.group, []).append(ListedIndicator(indicator, limits(spec, indicator), judged))
    return [IndicatorGroup(name, tuple(entries)) for name, entries in found.items()]


def limits(spec: Spec, indicator: Indicator) -> tuple[StageLimit, ...]:
    """Thresholds and floors by stage; empty when the indicator has none in figures."""
    # In the order of the stages: a JSON column of PostgreSQL does not keep the order of keys.
    return tuple(
        StageLimit(stage.label, number(indicator.thresholds[code]), number(indicator.floors[code]))
        for code, stage in spec.stages.items()
        if code in indicator.thresholds
    )


def page(spec: Spec, code: str) -> IndicatorPage | None:
    """None when the standard has no such indicator."""
    indicator = next((i for i in spec.indicators if i.code == code), None)
    if indicator is None:
        return None
    items = []
    for reference in indicator.items:
        respondent, _, base = reference.partition(".")
        asked = spec.items if respondent == "school" else spec.district_items
        items += [item for item in asked.values() if item.base == base][:1]
    examples = []
    if indicator.formula:
        answers = {
            item.code: Value(_EXAMPLE[key])
            for item in spec.items.values()
            for key in (item.code, item.base)
            if key in _EXAMPLE and item.stage in ("", "primary", "junior")
        }
        parts = live(spec, _EXAMPLE_KIND, answers).parts
        examples = [(part.label, next(i for i in part.indicators if i.code == code)) for part in parts]
    return IndicatorPage(
        indicator,
        limits(spec, indicator),
        tuple(_formulas(spec, indicator)),
        tuple(_demands(indicator)),
        tuple(items),
        tuple(examples),
    )


def veto(spec: Spec, code: str) -> Veto | None:
    return next((v for v in spec.vetoes if v.code == code), None)


def _formulas(spec: Spec, indicator: Indicator) -> Iterator[StageFormula]:
    rule = indicator.formula
    if rule is None:
        return
    for stage, terms in rule.terms.items():
        parts = [f"{'－' if t.sign < 0 else '＋' if n else ''}{t.label}" for n, t in enumerate(terms)]
        top = "".join(parts)
        top = f"（{top}）" if len(parts) > 1 else top
        split = " × 本学段拆分比例" if rule.shared else ""
        factor = "" if rule.factor == 1 else f" × {number(rule.factor)}"
        yield StageFormula(spec.stages[stage].label, f"{top}{split} ÷ 本学段在校生数{factor}")


def _demands(indicator: Indicator) -> Iterator[Demand]:
    for condition in indicator.conditions:
        yield Demand(condition.label, demand(condition), condition.judged)
