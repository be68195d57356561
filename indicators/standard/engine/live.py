"""The indicators of one school from whatever is typed so far, in words for its page."""

from dataclasses import dataclass

from indicators.standard.engine import numbers, parts, scope, words
from indicators.standard.engine.conditions import tally
from indicators.standard.engine.data import Answers, SchoolData
from indicators.standard.engine.parts import JudgedIndicator
from indicators.standard.engine.spec import Spec


@dataclass(frozen=True, slots=True)
class LiveIndicator:
    """One indicator as shown; ``state`` is reached, floor, below or unknown."""

    code: str
    name: str
    short_name: str
    unit: str
    value: str
    threshold: str
    floor: str
    state: str
    near_limit: bool
    sentence: str
    formula: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LivePart:
    """One stage with its indicators and a summary sentence."""

    stage: str
    label: str
    pupils: int | None
    passes: bool | None
    summary: str
    indicators: tuple[LiveIndicator, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """All stages of the school; ``note`` says why when it takes no part in A1–A7."""

    note: str
    parts: tuple[LivePart, ...]


def live(spec: Spec, kind: str, answers: Answers) -> Live:
    """Raises UnusableData like ``evaluate``."""
    scoped = scope.of_school(spec, SchoolData("", "", kind, answers=answers))
    if scoped.excluded:
        return Live(scoped.excluded, ())
    found = []
    for code, results in parts.judge_stages(spec, answers, scoped.pupils).items():
        stage, passes = spec.stages[code], parts.passes(spec, results)
        label = stage.label if len(scoped.pupils) == 1 else stage.part_label
        indicators = tuple(_indicator(spec, result) for result in results)
        found.append(LivePart(code, label, scoped.pupils[code], passes, _summary(spec, results, passes), indicators))
    return Live("", tuple(found))


def _summary(spec: Spec, results: tuple[JudgedIndicator, ...], passes: bool | None) -> str:
    if passes is None:
        return f"{len(results)} 项：{tally(result.reaches for result in results).words}"
    head = f"{len(results)} 项中 {sum(result.reaches is True for result in results)} 项达标"
    if passes:
        return f"{head}，符合要求"
    low = sum(result.reaches_floor is False for result in results)
    tail = f"，其中 {low} 项低于标准的 {spec.floor_text}" if low else ""
    need = f"至少 {spec.min_reached} 项达标、其余不低于标准的 {spec.floor_text}"
    return f"{head}{tail}，不符合要求（须{need}）"


def _indicator(spec: Spec, result: JudgedIndicator) -> LiveIndicator:
    indicator = result.indicator
    state = "reached" if result.reaches else "floor" if result.reaches_floor else "below"
    return LiveIndicator(
        code=indicator.code,
        name=indicator.name,
        short_name=indicator.short_name,
        unit=indicator.unit,
        value=numbers.printed(result.value, spec.printing["value"]),
        threshold=words.number(result.threshold),
        floor=words.number(result.floor),
        state="unknown" if result.value is None else state,
        near_limit=bool(result.near_limit(spec.printing["near_value"])),
        sentence=words.sentence(spec, result),
        formula=words.formula(spec, result),
        missing=tuple(spec.items[code].label for code in result.missing),
    )
