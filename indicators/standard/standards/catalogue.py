"""A standard as people read it: groups of indicators, formulas in words, a worked example."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from indicators.standard.engine import Answer, Indicator, Item, Spec, Value, live
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
class Limit:
    """A threshold of one stage in words."""

    stage: str
    threshold: str
    floor: str


@dataclass(frozen=True, slots=True)
class Formula:
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
class Entry:
    """An indicator in the list: thresholds in figures, or what its conditions demand."""

    indicator: Indicator
    limits: tuple[Limit, ...]
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the standard: its indicators in order."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the page of one indicator shows."""

    indicator: Indicator
    limits: tuple[Limit, ...]
    formulas: tuple[Formula, ...]
    demands: tuple[Demand, ...]
    items: tuple[Item, ...]
    examples: tuple[tuple[str, LiveIndicator], ...]


def groups(spec: Spec) -> list[Group]:
    """Return the 32 indicators by group, as the national text orders them."""
    names = list(dict.fromkeys(indicator.group for indicator in spec.indicators))
    return [Group(name, tuple(_entry(spec, i) for i in spec.indicators if i.group == name)) for name in names]


def _entry(spec: Spec, indicator: Indicator) -> Entry:
    judged = tuple(one for one in _demands(indicator) if one.judged)
    return Entry(indicator, limits(spec, indicator), judged)


def limits(spec: Spec, indicator: Indicator) -> tuple[Limit, ...]:
    """Return thresholds and 85 % floors by stage; empty when the indicator has none in figures."""
    # In the order of the stages: a JSON column of PostgreSQL does not keep the order of keys.
    return tuple(
        Limit(stage.label, number(indicator.thresholds[code]), number(indicator.floors[code]))
        for code, stage in spec.stages.items()
        if code in indicator.thresholds
    )


def page(spec: Spec, code: str) -> Page | None:
    """Return the page of an indicator; None when the standard has none of this code."""
    indicator = next((i for i in spec.indicators if i.code == code), None)
    if indicator is None:
        return None
    return Page(
        indicator,
        limits(spec, indicator),
        tuple(_formulas(spec, indicator)),
        tuple(_demands(indicator)),
        tuple(_items(spec, indicator)),
        tuple(_examples(spec, code)) if indicator.formula else (),
    )


def veto(spec: Spec, code: str) -> Veto | None:
    """Return a veto of this code; None when there is none."""
    return next((v for v in spec.vetoes if v.code == code), None)


def _formulas(spec: Spec, indicator: Indicator) -> Iterator[Formula]:
    rule = indicator.formula
    if rule is None:
        return
    for stage, terms in rule.terms.items():
        parts = [f"{'－' if t.sign < 0 else '＋' if n else ''}{t.label}" for n, t in enumerate(terms)]
        top = "".join(parts)
        top = f"（{top}）" if len(parts) > 1 else top
        split = " × 本学段拆分比例" if rule.shared else ""
        factor = "" if rule.factor == 1 else f" × {number(rule.factor)}"
        yield Formula(spec.stages[stage].label, f"{top}{split} ÷ 本学段在校生数{factor}")


def _demands(indicator: Indicator) -> Iterator[Demand]:
    for condition in indicator.conditions:
        yield Demand(condition.label, demand(condition), condition.judged)


def _items(spec: Spec, indicator: Indicator) -> Iterator[Item]:
    """The items an indicator needs, one per base code."""
    for reference in indicator.items:
        respondent, _, base = reference.partition(".")
        items = spec.items if respondent == "school" else spec.district_items
        found = next((item for item in items.values() if item.base == base), None)
        if found is not None:
            yield found


def _examples(spec: Spec, code: str) -> Iterator[tuple[str, LiveIndicator]]:
    for part in live(spec, _EXAMPLE_KIND, _example_answers(spec)).parts:
        yield part.label, next(i for i in part.indicators if i.code == code)


def _example_answers(spec: Spec) -> Mapping[str, Answer]:
    return {
        item.code: Value(_EXAMPLE[key])
        for item in spec.items.values()
        for key in (item.code, item.base)
        if key in _EXAMPLE and item.stage in ("", "primary", "junior")
    }
