"""The district between two moments: verdict, coefficients, B–D, vetoes."""

from collections.abc import Iterator
from dataclasses import dataclass

from indicators.engine import Indicator
from indicators.evaluations import queries as evaluations
from indicators.milestones.comparison import turns
from indicators.milestones.comparison.sides import Json, Side
from indicators.milestones.comparison.turns import Figure, Turn

Count = tuple[int, str]
# Rates are printed with one decimal.
_PLACES = 1
_HAPPENED = {True: "有", False: "无", None: "未全部确认"}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of the district then and now, told in words; B–D with the change and the arithmetic of both."""

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
    """Return verdict, parts that pass, coefficients within their limit, schools that lack figures, and the rules."""
    told = evaluations.verdict_words
    old, new = then.evaluation.verdict, now.evaluation.verdict
    counted = [("学校达标（分学段）", _passing, 1), ("差异系数达标", _within, 1), ("B、C、D 类指标达标", _fulfilled, 1),
               ("缺数据的学校", _lacking, -1)]  # fmt: skip
    named = [("标准版本", _rules), ("引擎版本", _engine), ("数据截至", _as_of)]
    return (
        Line("全区结论", told(old), told(new), turns.verdict(old, new)),
        *_relaxed(then, now),
        *(_counted(label, count(then), count(now), good) for label, count, good in counted),
        *(_named(label, name(then), name(now)) for label, name in named),
    )


def _relaxed(then: Side, now: Side) -> Iterator[Line]:
    """The verdict with relaxations, as soon as one side has any; the other side's is its strict one."""
    if then.relaxed or now.relaxed:
        old, new = (side.relaxed.verdict if side.relaxed else side.evaluation.verdict for side in (then, now))
        told = evaluations.verdict_words
        yield Line(f"全区结论{turns.RELAXED}", told(old), told(new), turns.verdict(old, new))


def _counted(label: str, then: Count, now: Count, good: int) -> Line:
    """A count then and now; `good` is 1 where more is better, -1 where fewer are."""
    difference = now[0] - then[0]
    turn = Turn(f"{difference:+d}", "better" if difference * good > 0 else "worse") if difference else turns.SAME
    return Line(label, then[1], now[1], turn)


def _named(label: str, then: str, now: str) -> Line:
    return Line(label, then, now, turns.SAME if then == now else Turn("不同", "other"))


def coefficients(then: Side, now: Side) -> tuple[CoefficientLine, ...]:
    """Return the seven coefficients of every stage that is judged now, in the standard's order."""
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
        limit=turns.figure(None, new["limit"], 2).now,
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
    """Return every veto then and now; one that happened is worse, one that no longer stands is better."""
    old = {v["code"]: v["happened"] for v in then.result["vetoes"]}
    return tuple(
        Line(f"{v['code']} {v['name']}", _HAPPENED[old.get(v["code"])], _HAPPENED[v["happened"]],
             _happened(old.get(v["code"]), v["happened"]))
        for v in now.result["vetoes"]
    )  # fmt: skip


def _happened(then: bool | None, now: bool | None) -> Turn:
    words = turns.words(_HAPPENED[then], _HAPPENED[now]).words
    if then is now:
        return Turn(words, "same")
    return Turn(words, "worse" if now else "better" if then and now is False else "other")


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


def _passing(side: Side) -> Count:
    return _out_of([part["passes"] for part in side.result["parts"]], "所（部）")


def _within(side: Side) -> Count:
    return _out_of([c["passes"] for of_stage in side.result["coefficients"].values() for c in of_stage.values()], "项")


def _fulfilled(side: Side) -> Count:
    told = side.result["district_indicators"].values()
    return _out_of([judged["passes"] for judged in told if judged.get("applicable", True)], "项")


def _lacking(side: Side) -> Count:
    schools = len({entry["school_code"] for entry in side.result["missing"]})
    return schools, f"{schools} 校"


def _out_of(verdicts: list[bool | None], unit: str) -> Count:
    passing = sum(passes is True for passes in verdicts)
    return passing, f"{passing} / {len(verdicts)} {unit}"


def _rules(side: Side) -> str:
    return side.evaluation.standard.version


def _engine(side: Side) -> str:
    return side.evaluation.engine


def _as_of(side: Side) -> str:
    return side.as_of
