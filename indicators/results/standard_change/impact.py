"""What two judgements of the same inputs conclude otherwise: schools, coefficients, indicators, verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.standard.engine import Spec

Published = Mapping[str, Any]

_PASSES = {True: "达标", False: "未达标", None: "无法判定"}
_HAPPENED = {True: "有发生", False: "无", None: "未全部确认"}
ABSENT = "本版没有"


@dataclass(frozen=True, slots=True)
class Turn:
    """One conclusion before and after; `detail` says what it rests on afterwards."""

    subject: str
    before: str
    after: str
    detail: str = ""

    @property
    def tone(self) -> str:
        """The badge tone of what it turns to."""
        return {"达标": "ok", "无": "ok", "未达标": "bad", "有发生": "bad"}.get(self.after, "warn")


@dataclass(frozen=True, slots=True)
class Impact:
    """Every conclusion that changes; `verdict` is given whether it changes or not.

    `parts` are the schools whose conclusion changes, `within` those that keep
    theirs although one of the indicators changes.
    """

    verdict: Turn
    parts: tuple[Turn, ...]
    within: tuple[Turn, ...]
    coefficients: tuple[Turn, ...]
    indicators: tuple[Turn, ...]
    vetoes: tuple[Turn, ...]
    schools: int

    @property
    def changes(self) -> int:
        """How many conclusions change, the verdict included."""
        turned = self.verdict.before != self.verdict.after
        lists = self.parts, self.within, self.coefficients, self.indicators, self.vetoes
        return sum(map(len, lists)) + turned


def between(old: Spec, new: Spec, before: Published, after: Published) -> Impact:
    """Compare two published results of the same inputs, judged by `old` and by `new`."""
    parts = list(_parts(old, new, before, after))
    return Impact(
        verdict=Turn("区县结论", _PASSES[before["verdict"]], _PASSES[after["verdict"]]),
        parts=tuple(turn for turn in parts if turn.before != turn.after),
        within=tuple(turn for turn in parts if turn.before == turn.after),
        coefficients=tuple(_coefficients(new, before, after)),
        indicators=tuple(_indicators(old, new, before, after)),
        vetoes=tuple(_vetoes(before, after)),
        schools=len({part["school_code"] for part in after["parts"]}),
    )


def _word(entry: Published | None, words: Mapping[bool | None, str], key: str) -> str:
    return ABSENT if entry is None else words[entry[key]]


def _parts(old: Spec, new: Spec, before: Published, after: Published) -> Iterator[Turn]:
    one = {(part["school_code"], part["stage"]): part for part in before["parts"]}
    other = {(part["school_code"], part["stage"]): part for part in after["parts"]}
    for key in sorted(one.keys() | other.keys()):
        was, now = one.get(key), other.get(key)
        words = _word(was, _PASSES, "passes"), _word(now, _PASSES, "passes")
        detail = "；".join(_reached(new, was or {}, now or {}))
        if words[0] != words[1] or detail:
            part = now or was or {}
            stage = (new if now else old).stages[part["stage"]].label
            yield Turn(f"{part['school_name']}（{stage}）", *words, detail)


def _reached(new: Spec, was: Published, now: Published) -> Iterator[str]:
    """`A1 达标 → 未达标（标准 5.3 → 6）` for every indicator of a part that turns, or crosses the floor below it."""
    one, other = was.get("indicators", {}), now.get("indicators", {})
    for indicator in new.resources:
        first, then = one.get(indicator.code), other.get(indicator.code)
        if first is None or then is None or _standing(first) == _standing(then):
            continue
        words = f"{indicator.code} {_standing(first)} → {_standing(then)}"
        yield f"{words}（标准 {first['threshold']} → {then['threshold']}）"


def _standing(indicator: Published) -> str:
    """Where a value stands: the conclusion of a part rests on the floor below a standard too."""
    word = _PASSES[indicator["reaches"]]
    return f"{word}且未过底线" if indicator["reaches_floor"] is False else word


def _coefficients(new: Spec, before: Published, after: Published) -> Iterator[Turn]:
    for stage, by_code in after["coefficients"].items():
        for code, now in by_code.items():
            was = before["coefficients"].get(stage, {}).get(code)
            if was is None or was["passes"] is not now["passes"]:
                subject = f"{new.stages[stage].label} {code} {new.indicator(code).short_name}差异系数"
                limit = f"上限 {was['limit']} → {now['limit']}" if was else f"上限 {now['limit']}"
                yield Turn(subject, _word(was, _PASSES, "passes"), _PASSES[now["passes"]], limit)


def _indicators(old: Spec, new: Spec, before: Published, after: Published) -> Iterator[Turn]:
    one, other = before["district_indicators"], after["district_indicators"]
    for code in [*one, *(code for code in other if code not in one)]:
        was, now = one.get(code), other.get(code)
        words = _judged(was), _judged(now)
        if words[0] != words[1]:
            name = (new if now else old).indicator(code).name
            yield Turn(f"{code} {name}", *words, now["why"] if now else "")


def _judged(entry: Published | None) -> str:
    if entry is not None and not entry["applicable"]:
        return "不适用"
    return _word(entry, _PASSES, "passes")


def _vetoes(before: Published, after: Published) -> Iterator[Turn]:
    one, other = ({veto["code"]: veto for veto in result["vetoes"]} for result in (before, after))
    for code in [*one, *(code for code in other if code not in one)]:
        was, now = one.get(code), other.get(code)
        words = _word(was, _HAPPENED, "happened"), _word(now, _HAPPENED, "happened")
        if words[0] != words[1]:
            yield Turn(f"{code} {(now or was or {})['name']}", *words)
