"""The indicators of one school from whatever is typed so far, in words for its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from indicators.standard.engine import district, district_rules, numbers, parts, school_rules, scope, words
from indicators.standard.engine.conditions import ClassSize, Condition, Holds, Ratio, Rooms, Size, tally, together
from indicators.standard.engine.data import Answers, DistrictData, SchoolData
from indicators.standard.engine.parts import JudgedIndicator
from indicators.standard.engine.recall import Noted, Recall
from indicators.standard.engine.respondents import Respondents
from indicators.standard.engine.spec import Indicator, Spec


@dataclass(frozen=True, slots=True)
class LiveIndicator:
    """One indicator as shown; ``state`` is reached, floor, below or unknown.

    ``exact`` is its value; ``above`` by how many percent it exceeds the threshold, and ``spare`` by how much of the
    numerator, both negative where it falls short.
    """

    code: str
    name: str
    short_name: str
    unit: str
    value: str
    threshold: str
    floor: str
    state: str
    near_limit: bool
    lacking: str
    sentence: str
    formula: str
    missing: tuple[str, ...]
    exact: Fraction | None = None
    above: Fraction | None = None
    spare: Fraction | None = None


@dataclass(frozen=True, slots=True)
class LivePart:
    """One stage with its indicators and a summary sentence."""

    stage: str
    label: str
    pupils: int | None
    passes: bool | None
    summary: str
    indicators: tuple[LiveIndicator, ...]

    @property
    def reached(self) -> int:
        return sum(indicator.state == "reached" for indicator in self.indicators)

    @property
    def short(self) -> list[LiveIndicator]:
        return [indicator for indicator in self.indicators if indicator.lacking]


@dataclass(frozen=True, slots=True)
class LiveDemand:
    """What every school must fulfil by its own figures (B3–B5, C4); ``why`` is given unless it does, else ``shown`` where it rates itself."""

    code: str
    short_name: str
    passes: bool | None
    why: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class OwnRating:
    """What a school's own answers say of everything that is judged by them: ``live``, B–D one by one, vetoes.

    A veto ``passes`` when it did not happen. What only the whole district's figures decide is left out.
    """

    live: "Live"
    demands: tuple[LiveDemand, ...]
    vetoes: tuple[LiveDemand, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """All stages of the school; ``note`` says why when it takes no part in A1–A7."""

    note: str
    parts: tuple[LivePart, ...]
    demands: tuple[LiveDemand, ...] = ()

    @property
    def is_met(self) -> bool | None:
        """None while something cannot be judged yet."""
        return together([*(part.passes for part in self.parts), *(demand.passes for demand in self.demands)])

    @property
    def failed(self) -> list[LiveDemand]:
        return [demand for demand in self.demands if demand.passes is False]

    @property
    def open_codes(self) -> list[str]:
        unknown = [one.code for part in self.parts for one in part.indicators if one.state == "unknown"]
        return list(dict.fromkeys([*unknown, *(demand.code for demand in self.demands if demand.passes is None)]))


def live(spec: Spec, kind: str, answers: Answers, recall: Recall | None = None) -> Live:
    """Raises UnusableData like ``evaluate``. ``recall``: what is known of these answers already, and is now."""
    noted = (recall or Recall(answers)).noted()
    school = SchoolData("", "", kind, answers=noted)
    scoped = scope.of_school(spec, school)
    judged = frozenset[str]() if scoped.excluded else frozenset([school.code])
    demands = tuple(_demands(Respondents(spec, DistrictData("", (school,)), judged), noted))
    if scoped.excluded:
        return Live(scoped.excluded, (), demands)
    shares = parts.shares_of(spec, scoped.pupils)
    rows = [
        noted.once(("indicator", one.code), _indicator, spec, one, noted, scoped.pupils, shares)
        for one in spec.resources
    ]
    stages = zip(shares, zip(*rows, strict=True), strict=True)
    return Live("", tuple(_part(spec, stage, scoped.pupils, results) for stage, results in stages), demands)


def _indicator(spec: Spec, indicator: Indicator, *judged: Any) -> list[tuple[JudgedIndicator, LiveIndicator]]:
    """Each stage as judged, and as it is shown."""
    found = []
    for result in parts.judge(indicator, *judged):
        state = "reached" if result.reaches else "floor" if result.reaches_floor else "below"
        shown = LiveIndicator(
            code=indicator.code,
            name=indicator.name,
            short_name=indicator.short_name,
            unit=indicator.unit,
            value=numbers.printed(result.value, spec.printing["value"]),
            threshold=words.number(result.threshold),
            floor=words.number(result.floor),
            state="unknown" if result.value is None else state,
            near_limit=bool(result.near_limit(spec.printing["near_value"])),
            lacking=words.lacking(spec, result),
            sentence=words.sentence(spec, result),
            formula=words.formula(spec, result),
            missing=tuple(spec.items[code].label for code in result.missing),
            exact=result.value,
            above=None if result.value is None else (result.value / result.threshold - 1) * 100,
            spare=result.spare,
        )
        found.append((result, shown))
    return found


def _part(
    spec: Spec, code: str, pupils: scope.StagePupils, judged: tuple[tuple[JudgedIndicator, LiveIndicator], ...]
) -> LivePart:
    stage, results = spec.stages[code], tuple(result for result, _ in judged)
    label, passes = stage.label if len(pupils) == 1 else stage.part_label, parts.passes(spec, results)
    head = f"{len(results)} 项中 {sum(result.reaches is True for result in results)} 项达标"
    if passes is None:
        counted = tally(result.reaches for result in results)
        others = ((counted.failing, "未达标"), (counted.open, "待定"))
        summary = "，".join([head, *(f"{number} 项{words}" for number, words in others if number)])
    elif passes:
        summary = f"{head}，符合要求"
    else:
        low = sum(result.reaches_floor is False for result in results)
        tail = f"，其中 {low} 项低于标准的 {spec.floor_text}" if low else ""
        need = f"至少 {spec.min_reached} 项达标、其余不低于标准的 {spec.floor_text}"
        summary = f"{head}{tail}，不符合要求（须{need}）"
    return LivePart(code, label, pupils[code], passes, summary, tuple(shown for _, shown in judged))


def own_values(spec: Spec, kind: str, answers: Answers) -> dict[tuple[str, str], Fraction]:
    """A1–A7 by stage and code, those that can be calculated. Raises UnusableData like ``evaluate``."""
    scoped = scope.of_school(spec, SchoolData("", "", kind, answers=answers))
    judged = {} if scoped.excluded else parts.judge_stages(spec, answers, scoped.pupils)
    return {
        (stage, one.indicator.code): one.value
        for stage, results in judged.items()
        for one in results
        if one.value is not None
    }


def own_rating(spec: Spec, school: SchoolData) -> OwnRating:
    """Raises UnusableData like ``evaluate``."""
    found = live(spec, school.kind, school.answers)
    judged = frozenset[str]() if found.note else frozenset([school.code])
    alone, noted = DistrictData("", (school,)), Recall(school.answers).noted()
    demands: dict[str, list[LiveDemand]] = {}
    for one in _demands(Respondents(spec, alone, judged), noted, is_rating=True):
        demands.setdefault(one.code, []).append(one)
    merged = [
        LiveDemand(
            code,
            each[0].short_name,
            together(one.passes for one in each),
            "；".join(one.why for one in each if one.why and not one.passes),
            "；".join(dict.fromkeys(one.shown for one in each if one.shown)),
        )
        for code, each in demands.items()
    ]
    vetoes = [
        LiveDemand(one.veto.code, one.veto.name, None if one.unanswered else not one.schools, "")
        for one in district.vetoes(spec, alone)
    ]
    return OwnRating(found, tuple(merged), tuple(vetoes))


def _demands(alone: Respondents, noted: Noted, *, is_rating: bool = False) -> Iterator[LiveDemand]:
    """``is_rating``: also what the school attests, and each with what it comes to in words."""
    # What every rule knows of the school is read here, before any of them.
    if not alone.schools["all"]:
        return
    for indicator in alone.spec.indicators:
        for n, rule in enumerate(indicator.conditions):
            if (
                isinstance(rule, Rooms | Size | ClassSize)
                or (isinstance(rule, Ratio) and rule.each and rule.judged)
                or (is_rating and isinstance(rule, Holds) and rule.judged)
            ):
                outcome = noted.once(("demand", indicator.code, n), district.RULES[type(rule)], rule, alone)
                for one in outcome.schools:
                    shown = _shown(rule, one.value, alone) if is_rating else ""
                    yield LiveDemand(indicator.code, indicator.short_name, one.passes, one.why, shown)


def _shown(rule: Condition, value: Fraction | None, alone: Respondents) -> str:
    """What a school reaches under a rule, or states of itself."""
    match rule:
        case Holds():
            school = alone.schools[rule.who][0]
            stated = {
                source.label: [school_rules.attested(school, code) for code in school.asked(source)]
                for source in rule.sources
            }
            return "；".join(f"{label}：{'、'.join(each)}" for label, each in stated.items())
        case Size() if value is not None:
            return f"义务教育阶段在校生 {words.number(value)} 人"
        case ClassSize() if value is not None:
            return f"最大班额 {words.number(value)} 人"
        case Rooms() if value is not None:
            return f"应有{'、'.join(kind.label for kind in rule.kinds)}教室各 {words.number(value)} 间"
        case Ratio() if value is not None:
            return f"{rule.label} {district_rules.printed(rule, alone.spec, value)}"
    return ""
