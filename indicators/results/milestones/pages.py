"""The district on two sides, a milestone or an evaluation each: verdict, coefficients, B–D, vetoes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from django.utils import timezone

from indicators.results.evaluations import judging, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.stored import (
    LABEL,
    Relaxed,
    StoredCoefficient,
    StoredCondition,
    StoredFigure,
    StoredResult,
)
from indicators.standard.engine import Spec, numbers as exact, tally
from indicators.standard.standards import queries as standards
from portal.core.lib import numbers
from portal.core.lib.verdicts import HAPPENED, NOT_APPLICABLE, VERDICTS

NONE = "—"
# What is added to the name of a verdict or figure that is not the strict one.
RELAXED = f"（{LABEL}）"
Judged = StoredFigure | StoredCoefficient
Way = Literal["same", "better", "worse", "other"]
_TONES: dict[Way, str] = {"better": "ok", "worse": "bad", "same": "muted", "other": "muted"}
_SIGNS: dict[Way, str] = {"better": "▲", "worse": "▼", "same": "", "other": ""}


@dataclass(frozen=True, slots=True)
class VerdictTurn:
    """A verdict then and now: 未达标→达标, or 达标 where nothing turned."""

    words: str
    way: Way

    @property
    def tone(self) -> str:
        return _TONES[self.way]

    @property
    def sign(self) -> str:
        # With the words, so that no state is shown by colour alone.
        return _SIGNS[self.way]


SAME = VerdictTurn("不变", "same")


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure then and now, printed, and by how much it changed."""

    then: str
    now: str
    change: str


def turn_of(then: bool | None, now: bool | None) -> VerdictTurn:
    """From or to 无法判定 is neither better nor worse."""
    before, after = VERDICTS[then].words, VERDICTS[now].words
    if then is now:
        return VerdictTurn(after, "same")
    if then is None or now is None:
        return VerdictTurn(f"{before}→{after}", "other")
    return VerdictTurn(f"{before}→{after}", "better" if now else "worse")


def turn_in_words(then: str, now: str) -> VerdictTurn:
    """Words do not say whether it is better or worse."""
    return VerdictTurn(now, "same") if then == now else VerdictTurn(f"{then}→{now}", "other")


def figure(then: str | None, now: str | None, places: int) -> ComparedFigure:
    """Exact decimal strings, printed half up; the change is calculated unrounded."""
    before, after = (NONE if one is None else numbers.text(Decimal(one), places) for one in (then, now))
    if then is None or now is None:
        return ComparedFigure(before, after, NONE)
    difference = Decimal(exact.text(Decimal(now) - Decimal(then)) or "0")
    if not difference:
        return ComparedFigure(before, after, "不变")
    shown = numbers.half_up(difference, places)
    least = f"{'增' if difference > 0 else '减'}不足 {Decimal(1).scaleb(-places):f}"
    return ComparedFigure(before, after, f"{shown:+f}" if shown else least)


def judged_figure(then: Judged | None, now: Judged | None, places: int) -> ComparedFigure:
    """Marked 临界 where rounding would change the verdict."""
    old, new = (
        None if one is None else one.cv if isinstance(one, StoredCoefficient) else one.value for one in (then, now)
    )
    plain = figure(old, new, places)
    near = ["（临界）" if one and one.near_limit else "" for one in (then, now)]
    return replace(plain, then=plain.then + near[0], now=plain.now + near[1])


@dataclass(frozen=True)
class Side:
    """The evaluation of a milestone, or one that is not frozen."""

    key: str
    title: str
    evaluation: Evaluation

    @cached_property
    def spec(self) -> Spec:
        return standards.load_spec(self.evaluation.standard)

    @cached_property
    def result(self) -> StoredResult:
        return stored.of(self.evaluation)

    @cached_property
    def relaxed(self) -> Relaxed | None:
        return stored.relaxed(self.evaluation)

    @cached_property
    def respondents(self) -> dict[str, dict[str, Any]]:
        return judging.respondents(self.evaluation.inputs)

    @cached_property
    def registers(self) -> dict[str, dict[str, Any]]:
        return judging.registers(self.evaluation.inputs)

    @property
    def as_of(self) -> str:
        return f"{timezone.localtime(self.evaluation.data_as_of):%Y-%m-%d %H:%M}"


# What is counted on one side: each by what it is compared by.
Verdicts = Mapping[Any, bool | None]
# Rates are printed with one decimal.
_PLACES = 1


@dataclass(frozen=True, slots=True)
class DistrictLine:
    """One fact of the district then and now, in words; B–D with the change and the arithmetic of both."""

    label: str
    then: str
    now: str
    turn: VerdictTurn
    change: str = ""
    then_why: tuple[str, ...] = ()
    now_why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoefficientLine:
    """One coefficient of a stage then and now, with the mean it stands on."""

    stage: str
    stage_label: str
    code: str
    name: str
    mean: ComparedFigure
    cv: ComparedFigure
    limit: str
    turn: VerdictTurn


def headings(then: Side, now: Side) -> tuple[DistrictLine, ...]:
    """Only what was judged on both sides counts: missing figures are no decline and no progress."""
    old, new = then.evaluation.verdict, now.evaluation.verdict
    lines = [DistrictLine("全区结论", VERDICTS[old].words, VERDICTS[new].words, turn_of(old, new))]
    if then.relaxed or now.relaxed:
        # As soon as one side has relaxations; the other side's verdict is its strict one.
        old, new = (side.relaxed.verdict if side.relaxed else side.evaluation.verdict for side in (then, now))
        label = f"全区结论{RELAXED}"
        lines.append(DistrictLine(label, VERDICTS[old].words, VERDICTS[new].words, turn_of(old, new)))
    for label, name, unit in (
        ("学校达标（分学段）", "parts", "所（部）"),
        ("差异系数达标", "coefficients", "项"),
        ("B、C、D 类指标达标", "conditions", "项"),
    ):
        before, after = verdicts(then.result)[name], verdicts(now.result)[name]
        counts = [f"{tally(side.values()).words} {unit}" for side in (before, after)]
        lines.append(DistrictLine(label, counts[0], counts[1], change(before, after, unit)))
    # Fewer schools that lack figures are no progress yet, more of them no decline.
    lacked, lack = then.result.missing_schools, now.result.missing_schools
    turn = SAME if lacked == lack else VerdictTurn(f"{lack - lacked:+d}", "other")
    lines.append(DistrictLine("缺数据的学校", f"{lacked} 校", f"{lack} 校", turn))
    for label, one, other in (
        ("标准版本", then.evaluation.standard.version, now.evaluation.standard.version),
        ("计算程序", then.evaluation.engine, now.evaluation.engine),
        ("数据截至", then.as_of, now.as_of),
    ):
        lines.append(DistrictLine(label, one, other, SAME if one == other else VerdictTurn("不同", "other")))
    return tuple(lines)


def verdicts(result: StoredResult) -> dict[str, Verdicts]:
    """By stage: parts, coefficients and conditions that apply."""
    coefficients = {
        (stage, code): one.passes for stage, by_code in result.coefficients.items() for code, one in by_code.items()
    }
    return {
        "parts": {part.key: part.passes for part in result.parts},
        "coefficients": coefficients,
        "conditions": {code: one.passes for code, one in result.conditions.items() if one.applicable},
    }


def change(then: Verdicts, now: Verdicts, unit: str) -> VerdictTurn:
    """How many more pass, of those judged on both sides."""
    both = [key for key in then if then[key] is not None and now.get(key) is not None]
    apart = len(then.keys() | now.keys()) - len(both)
    compared = f"（{len(both)} {unit}可比，{apart} {unit}不可比）" if apart else ""
    if not both:
        return VerdictTurn("不可比", "other") if apart else SAME
    difference = sum(bool(now[key]) - bool(then[key]) for key in both)
    if not difference:
        return VerdictTurn(f"不变{compared}", "same")
    return VerdictTurn(f"{difference:+d}{compared}", "better" if difference > 0 else "worse")


def coefficient_lines(then: Side, now: Side) -> tuple[CoefficientLine, ...]:
    """Of every stage judged now; a relaxation on either side follows the strict line."""
    lines = []
    for stage in now.spec.judged_stages:
        for indicator in now.spec.resources:
            code, name = indicator.code, indicator.short_name
            old = then.result.coefficient(stage, code) or StoredCoefficient()
            new = now.result.coefficients[stage][code]
            lines.append(_coefficient_line(now, stage, code, name, old, new))
            before, after = (side.relaxed.coefficient(stage, code) if side.relaxed else None for side in (then, now))
            if before or after:
                relaxed = name + RELAXED
                lines.append(_coefficient_line(now, stage, code, relaxed, before or old, after or new))
    return tuple(lines)


def _coefficient_line(
    now: Side, stage: str, code: str, name: str, old: StoredCoefficient, new: StoredCoefficient
) -> CoefficientLine:
    places = now.spec.printing
    return CoefficientLine(
        stage=stage,
        stage_label=now.spec.stages[stage].label,
        code=code,
        name=name,
        mean=figure(old.mean, new.mean, places["mean"]),
        cv=judged_figure(old, new, places["cv"]),
        limit=now.spec.stages[stage].limit_text,
        turn=turn_of(old.passes, new.passes),
    )


def condition_lines(then: Side, now: Side) -> tuple[DistrictLine, ...]:
    old, new = then.result.conditions, now.result.conditions
    lines = []
    for indicator in now.spec.indicators:
        if (code := indicator.code) in new:
            label = f"{code} {indicator.name}"
            lines.append(_condition_line(label, old.get(code), new[code]))
            before, after = (side.relaxed.condition(code) if side.relaxed else None for side in (then, now))
            if before or after:
                lines.append(_condition_line(f"{label}{RELAXED}", before or old.get(code), after or new[code]))
    return tuple(lines)


def _condition_line(label: str, old: StoredCondition | None, new: StoredCondition) -> DistrictLine:
    before, after = _number(old), _number(new)
    printed = figure(before, after, _PLACES)
    if new.applicable and (old is None or old.applicable):
        turn = turn_of(old.passes if old else None, new.passes)
    else:
        turn = turn_in_words(_conclusion(old), _conclusion(new))
    return DistrictLine(
        label=label,
        then=printed.then if before else (old.value if old else None) or NONE,
        now=printed.now if after else new.value or NONE,
        turn=turn,
        change=printed.change if before and after else "",
        then_why=tuple(one.why for one in old.conditions if one.why) if old else (),
        now_why=tuple(one.why for one in new.conditions if one.why),
    )


def _number(condition: StoredCondition | None) -> str | None:
    """The exact value as text; None for words."""
    value = (condition.value if condition else None) or ""
    return value if value.lstrip("-").replace(".", "", 1).isdecimal() else None


def _conclusion(condition: StoredCondition | None) -> str:
    if condition is None:
        return NONE
    return (VERDICTS[condition.passes] if condition.applicable else NOT_APPLICABLE).words


def veto_lines(then: Side, now: Side) -> tuple[DistrictLine, ...]:
    old = {veto.code: veto.happened for veto in then.result.vetoes}
    lines = []
    for veto in now.result.vetoes:
        was, happened = old.get(veto.code), veto.happened
        before, after = HAPPENED[was].words, HAPPENED[happened].words
        way: Way = "worse" if happened else "better"
        if was is happened:
            way = "same"
        elif was is None or happened is None:
            way = "other"
        lines.append(
            DistrictLine(
                f"{veto.code} {veto.name}", before, after, VerdictTurn(turn_in_words(before, after).words, way)
            )
        )
    return tuple(lines)
