"""The district between two moments: verdict, coefficients, B–D, vetoes."""

from dataclasses import dataclass

from indicators.evaluations import queries as evaluations
from indicators.milestones.comparison import turns
from indicators.milestones.comparison.sides import Json, Side
from indicators.milestones.comparison.turns import Figure, Turn

_HAPPENED = {True: "有", False: "无", None: "未全部确认"}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of the district then and now, told in words."""

    label: str
    then: str
    now: str
    turn: Turn


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
    """Return verdict, parts that pass, coefficients within their limit, schools that lack figures."""
    old, new = then.evaluation.verdict, now.evaluation.verdict
    told = evaluations.verdict_words
    verdict = Line("全区结论", told(old), told(new), turns.verdict(old, new))
    counts = [
        ("学校达标（分学段）", _passing), ("差异系数达标", _within), ("B、C、D 类指标达标", _fulfilled),
        ("缺数据的学校", _lacking), ("标准版本", _rules), ("引擎版本", lambda side: side.evaluation.engine),
        ("数据截至", lambda side: side.as_of),
    ]  # fmt: skip
    lines = [(label, count(then), count(now)) for label, count in counts]
    return (verdict, *(Line(label, before, after, turns.words(before, after)) for label, before, after in lines))


def coefficients(then: Side, now: Side) -> tuple[CoefficientLine, ...]:
    """Return the seven coefficients of every stage that is judged now, in the standard's order."""
    return tuple(
        _coefficient(then, now, stage, indicator.code, indicator.short_name)
        for stage in now.spec.judged_stages
        for indicator in now.spec.resources
    )


def _coefficient(then: Side, now: Side, stage: str, code: str, name: str) -> CoefficientLine:
    old: Json = then.result["coefficients"].get(stage, {}).get(code, {})
    new: Json = now.result["coefficients"][stage][code]
    places = now.spec.printing
    return CoefficientLine(
        stage=stage,
        stage_label=now.spec.stages[stage].label,
        code=code,
        name=name,
        mean=turns.figure(old.get("mean"), new["mean"], places["mean"]),
        cv=turns.figure(old.get("cv"), new["cv"], places["cv"]),
        limit=turns.figure(None, new["limit"], 2).now,
        turn=turns.verdict(old.get("passes"), new["passes"]),
    )


def entered(then: Side, now: Side) -> tuple[Line, ...]:
    """Return B1–D1 in the standard's order: what was found then and now, and how the conclusion turned."""
    old, new = then.result["district_indicators"], now.result["district_indicators"]
    return tuple(
        Line(f"{i.code} {i.name}", _said(old.get(i.code)), _said(new[i.code]), _judged(old.get(i.code), new[i.code]))
        for i in now.spec.indicators
        if i.code in new
    )


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


def _passing(side: Side) -> str:
    parts = side.result["parts"]
    return f"{sum(part['passes'] is True for part in parts)} / {len(parts)} 所（部）"


def _within(side: Side) -> str:
    told = [c for by_code in side.result["coefficients"].values() for c in by_code.values()]
    return f"{sum(c['passes'] is True for c in told)} / {len(told)} 项"


def _fulfilled(side: Side) -> str:
    told = [d for d in side.result["district_indicators"].values() if d.get("applicable", True)]
    return f"{sum(d['passes'] is True for d in told)} / {len(told)} 项"


def _lacking(side: Side) -> str:
    return f"{len({entry['school_code'] for entry in side.result['missing']})} 校"


def _rules(side: Side) -> str:
    return side.evaluation.standard.version
