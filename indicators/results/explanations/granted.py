"""What granted relaxations make of a place, shown above its strict explanation."""

from dataclasses import dataclass
from typing import Any

from indicators.results.board.figures import VERDICTS, printed
from indicators.results.evaluations import relaxed as reading
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.relaxed import Allowed, Json, Relaxed
from indicators.standard.engine import Spec, together
from indicators.standard.engine.conditions import tally
from indicators.standard.engine.explain import Place


@dataclass(frozen=True, slots=True)
class Beside:
    """The verdict with relaxations as words and tone, the figure behind it, and the relaxations it rests on."""

    words: str
    tone: str
    figure: str
    allowed: tuple[Allowed, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"verdict": self.words, "figure": self.figure, "grants": [one.words for one in self.allowed]}


def of(evaluation: Evaluation, spec: Spec, place: Place) -> Beside | None:
    """Return what relaxations make of a place; None where none is about it. A school sees only its own."""
    relaxed = reading.of(evaluation)
    if relaxed is None:
        return None
    own = tuple(one for one in relaxed.allowed if _is_about(one, spec, place))
    if not own and place.kind != "district":
        return None
    found = _found(evaluation.result, relaxed, spec, place)
    if found is None:
        return None
    verdict, figure = found
    return Beside(*VERDICTS[verdict], figure, own)


def _is_about(one: Allowed, spec: Spec, place: Place) -> bool:
    resources = {indicator.code for indicator in spec.resources}
    codes = {place.code} if place.code else resources if place.kind in ("stage", "part") else None
    return place.school in ("", one.school_code) and (codes is None or one.indicator in codes)


def _found(strict: Json, relaxed: Relaxed, spec: Spec, place: Place) -> tuple[bool | None, str] | None:
    """The verdict of a place with relaxations and the figure it stands on, if it has one."""
    if place.kind == "district":
        return relaxed.verdict, ""
    if place.kind == "coefficient":
        told = relaxed.coefficient(place.stage, place.code)
        return (told["passes"], f"差异系数 {printed(told['cv'], spec.printing['cv'])}") if told else None
    if place.kind in ("condition", "school"):
        told = relaxed.condition(place.code)
        if told is None:
            return None
        return (reading.of_schools(told, place.school), "") if place.school else (told["passes"], "")
    return _part(strict, relaxed, spec, place)


def _part(strict: Json, relaxed: Relaxed, spec: Spec, place: Place) -> tuple[bool | None, str] | None:
    parts = [part for part in strict["parts"] if part["stage"] == place.stage]
    if place.kind == "stage":
        passing = [relaxed.part(part) or part for part in parts]
        verdicts = [part["passes"] for part in passing]
        spreads = [
            relaxed.coefficient(place.stage, code) or own for code, own in strict["coefficients"][place.stage].items()
        ]
        verdict = together((*verdicts, *(one["passes"] for one in spreads if one["reason"] != "no_parts")))
        return verdict, f"{len(verdicts)} 所（部）：{tally(verdicts).words}"
    own = next((part for part in parts if part["school_code"] == place.school), None)
    if own is None:
        return None
    if place.kind == "part":
        told = relaxed.part(own)
        return (told["passes"], "") if told else None
    figure = relaxed.figure(own, place.code)
    return (figure["reaches"], figure["formula"]) if figure else None
