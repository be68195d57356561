"""How a figure or a verdict turned between two moments, in words; unrounded until it is printed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.relaxed import LABEL
from indicators.standard.engine import numbers as exact
from portal.core.lib import numbers

NONE = "—"
# What is added to the name of a verdict or figure that is not the strict one.
RELAXED = f"（{LABEL}）"
Way = Literal["same", "better", "worse", "other"]
_TONES: dict[Way, str] = {"better": "ok", "worse": "bad", "same": "muted", "other": "muted"}
_SIGNS: dict[Way, str] = {"better": "▲", "worse": "▼", "same": "", "other": ""}


@dataclass(frozen=True, slots=True)
class Turn:
    """A verdict then and now: 未达标→达标, or 达标 where nothing turned."""

    words: str
    way: Way

    @property
    def tone(self) -> str:
        """The tone that goes with the words."""
        return _TONES[self.way]

    @property
    def sign(self) -> str:
        """A sign beside the words, so that no state is shown by colour alone."""
        return _SIGNS[self.way]


SAME = Turn("不变", "same")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure then and now, printed, and by how much it changed."""

    then: str
    now: str
    change: str


def verdict(then: bool | None, now: bool | None) -> Turn:
    """Return how a verdict turned; from or to 无法判定 is neither better nor worse."""
    before, after = evaluations.verdict_words(then), evaluations.verdict_words(now)
    if then is now:
        return Turn(after, "same")
    if then is None or now is None:
        return Turn(f"{before}→{after}", "other")
    return Turn(f"{before}→{after}", "better" if now else "worse")


def words(then: str, now: str) -> Turn:
    """Return how something said in words turned; better or worse is not for words to say."""
    return Turn(now, "same") if then == now else Turn(f"{then}→{now}", "other")


def figure(then: str | None, now: str | None, places: int) -> Figure:
    """Return a figure then and now (exact decimal strings), printed half up, and its change worked out unrounded."""
    return Figure(_printed(then, places), _printed(now, places), _change(then, now, places))


def judged(then: Mapping[str, Any], now: Mapping[str, Any], key: str, places: int) -> Figure:
    """Return what an evaluation judged under `key` then and now, marked 临界 where rounding would turn its verdict."""
    plain = figure(then.get(key), now.get(key), places)
    return replace(plain, then=plain.then + _near(then), now=plain.now + _near(now))


def _near(told: Mapping[str, Any]) -> str:
    return "（临界）" if told.get("near_limit") else ""


def _printed(value: str | None, places: int) -> str:
    return NONE if value is None else numbers.text(Decimal(value), places)


def _change(then: str | None, now: str | None, places: int) -> str:
    if then is None or now is None:
        return NONE
    difference = Decimal(exact.text(Decimal(now) - Decimal(then)) or "0")
    if not difference:
        return "不变"
    shown = numbers.half_up(difference, places)
    return f"{shown:+f}" if shown else f"{'增' if difference > 0 else '减'}不足 {Decimal(1).scaleb(-places):f}"
