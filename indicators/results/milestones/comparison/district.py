"""The district between two moments: verdict, coefficients, B–D, vetoes."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass

from indicators.results.evaluations import queries as evaluations
from indicators.results.milestones.comparison import turns
from indicators.results.milestones.comparison.sides import Json, Side
from indicators.results.milestones.comparison.turns import Figure, Turn
from indicators.standard.engine import Indicator
from indicators.standard.engine.conditions import tally

# What is counted on one side: each by what it is compared by.
Verdicts = Mapping[Hashable, bool | None]
# Rates are printed with one decimal.
_PLACES = 1
_HAPPENED = {True: "有", False: "无", None: "未全部确认"}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of the district then and now, in words; B–D with the change and the arithmetic of both."""

    label: str
    then: str
    now: str
    turn: Turn
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
    mean: Figure
    cv: Figure
    limit: str
    turn: Turn


def headings(then: Side, now: Side) -> tuple[Line, ...]:
    """Return the verdict, how many parts, coefficients and indicators hold, schools that lack figures, and the rules.

    What was not judged on both sides is counted on neither: missing figures are no decline and no progress.
    """
    told = evaluations.verdict_words
    old, new = then.evaluation.verdict, now.evaluation.verdict
    counted: list[tuple[str, Callable[[Side], Verdicts], str]] = [
        ("学校达标（分学段）", _parts, "所（部）"),
        ("差异系数达标", _coefficients, "项"),
        ("B、C、D 类指标达标", _indicators, "项"),
    ]
    named = [("标准版本", _rules), ("计算程序", _engine), ("数据截至", _as_of)]
    return (
        Line("全区结论", told(old), told(new), turns.verdict(old, new)),
        *_relaxed(then, now),
        *(_counted(label, verdicts(then), verdicts(now), unit) for label, verdicts, unit in counted),
        _lacking(then, now),
        *(_named(label, name(then), name(now)) for label, name in named),
    )


def _relaxed(then: Side, now: Side) -> Iterator[Line]:
    """The verdict with relaxations, as soon as one side has any; the other side's is its strict one."""
    if then.relaxed or now.relaxed:
        old, new = (side.relaxed.verdict if side.relaxed else side.evaluation.verdict for side in (then, now))
        told = evaluations.verdict_words
        yield Line(f"全区结论{turns.RELAXED}", told(old), told(new), turns.verdict(old, new))


def _counted(label: str, then: Verdicts, now: Verdicts, unit: str) -> Line:
    """The three numbers then and now; the change is that of what was judged on both sides."""
    told = [f"{tally(side.values()).words} {unit}" for side in (then, now)]
    return Line(label, told[0], told[1], _change(then, now, unit))


def _change(then: Verdicts, now: Verdicts, unit: str) -> Turn:
    both = [key for key in then if then[key] is not None and now.get(key) is not None]
    apart = len(then.keys() | now.keys()) - len(both)
    beside = f"（{len(both)} {unit}可比，{apart} {unit}不可比）" if apart else ""
    if not both:
        return Turn("不可比", "other") if apart else turns.SAME
    difference = sum(bool(now[key]) - bool(then[key]) for key in both)
    if not difference:
        return Turn(f"不变{beside}", "same")
    return Turn(f"{difference:+d}{beside}", "better" if difference > 0 else "worse")


def _lacking(then: Side, now: Side) -> Line:
    """Schools that lack figures; fewer of them is no progress yet, more of them no decline."""
    old, new = (len({entry["school_code"] for entry in side.result["missing"]}) for side in (then, now))
    turn = turns.SAME if old == new else Turn(f"{new - old:+d}", "other")
    return Line("缺数据的学校", f"{old} 校", f"{new} 校", turn)


def _named(label: str, then: str, now: str) -> Line:
    return Line(label, then, now, turns.SAME if then == now else Turn("不同", "other"))


def coefficients(then: Side, now: Side) -> tuple[CoefficientLine, ...]:
    """Return the coefficients of every stage that is judged now, in the standard's order."""
    return tuple(
        line
        for stage in now.spec.judged_stages
        for indicator in now.spec.resources
        for line in _both(then, now, stage, indicator)
    )


def _both(then: Side, now: Side, stage: str, indicator: Indicator) -> Iterator[CoefficientLine]:
    """The strict coefficient and, where a relaxation was granted on either side, the one with it."""
    code, name = indicator.code, indicator.short_name
    old: Json = then.result["coefficients"].get(stage, {}).get(code, {})
    new: Json = now.result["coefficients"][stage][code]
    yield _coefficient(now, stage, code, name, old, new)
    before, after = (side.relaxed.coefficient(stage, code) if side.relaxed else None for side in (then, now))
    if before or after:
        yield _coefficient(now, stage, code, name + turns.RELAXED, before or old, after or new)


def _coefficient(now: Side, stage: str, code: str, name: str, old: Json, new: Json) -> CoefficientLine:
    places = now.spec.printing
    return CoefficientLine(
        stage=stage,
        stage_label=now.spec.stages[stage].label,
        code=code,
        name=name,
        mean=turns.figure(old.get("mean"), new["mean"], places["mean"]),
        cv=turns.judged(old, new, "cv", places["cv"]),
        limit=now.spec.stages[stage].limit_text,
        turn=turns.verdict(old.get("passes"), new["passes"]),
    )


def entered(then: Side, now: Side) -> tuple[Line, ...]:
    """Return B1–D1 in the standard's order: what was found then and now, and how the conclusion turned."""
    old, new = then.result["district_indicators"], now.result["district_indicators"]
    lines = []
    for indicator in now.spec.indicators:
        if (code := indicator.code) in new:
            lines.append(_entered(f"{code} {indicator.name}", old.get(code), new[code]))
            before, after = (side.relaxed.condition(code) if side.relaxed else None for side in (then, now))
            if before or after:
                label = f"{code} {indicator.name}{turns.RELAXED}"
                lines.append(_entered(label, before or old.get(code), after or new[code]))
    return tuple(lines)


def _entered(label: str, old: Json | None, new: Json) -> Line:
    before, after = _figure(old), _figure(new)
    numbers = turns.figure(before, after, _PLACES)
    return Line(
        label=label,
        then=numbers.then if before else _said(old),
        now=numbers.now if after else _said(new),
        turn=_judged(old, new),
        change=numbers.change if before and after else "",
        then_why=_why(old),
        now_why=_why(new),
    )


def _figure(told: Json | None) -> str | None:
    """The value where it is a figure (exact, as text), not words."""
    value = (told or {}).get("value") or ""
    return value if value.lstrip("-").replace(".", "", 1).isdecimal() else None


def _why(told: Json | None) -> tuple[str, ...]:
    return tuple(condition["why"] for condition in (told or {}).get("conditions", ()) if condition["why"])


def vetoes(then: Side, now: Side) -> tuple[Line, ...]:
    """Return every veto then and now; one that newly happened is worse, one that no longer stands is better."""
    old = {v["code"]: v["happened"] for v in then.result["vetoes"]}
    return tuple(
        Line(
            f"{v['code']} {v['name']}",
            _HAPPENED[old.get(v["code"])],
            _HAPPENED[v["happened"]],
            _happened(old.get(v["code"]), v["happened"]),
        )
        for v in now.result["vetoes"]
    )


def _happened(then: bool | None, now: bool | None) -> Turn:
    words = turns.words(_HAPPENED[then], _HAPPENED[now]).words
    if then is now:
        return Turn(words, "same")
    if then is None or now is None:
        return Turn(words, "other")
    return Turn(words, "worse" if now else "better")


def _judged(old: Json | None, new: Json) -> Turn:
    before, after = _conclusion(old), _conclusion(new)
    applies = all(told is None or told.get("applicable", True) for told in (old, new))
    return turns.verdict(old["passes"] if old else None, new["passes"]) if applies else turns.words(before, after)


def _conclusion(told: Json | None) -> str:
    if told is None:
        return turns.NONE
    return evaluations.verdict_words(told["passes"]) if told.get("applicable", True) else "不适用"


def _said(told: Json | None) -> str:
    return (told or {}).get("value") or turns.NONE


def _parts(side: Side) -> Verdicts:
    return {(part["school_code"], part["stage"]): part["passes"] for part in side.result["parts"]}


def _coefficients(side: Side) -> Verdicts:
    told = side.result["coefficients"]
    return {(stage, code): one["passes"] for stage, by_code in told.items() for code, one in by_code.items()}


def _indicators(side: Side) -> Verdicts:
    told = side.result["district_indicators"].items()
    return {code: judged["passes"] for code, judged in told if judged.get("applicable", True)}


def _rules(side: Side) -> str:
    return side.evaluation.standard.version


def _engine(side: Side) -> str:
    return side.evaluation.engine


def _as_of(side: Side) -> str:
    return side.as_of
