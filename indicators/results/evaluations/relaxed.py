"""What granted relaxations made of a kept evaluation: everything that stands beside the strict verdict is read here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import together
from portal.core.lib import dates

Json = Mapping[str, Any]
# What stands before a verdict or figure that is not the strict one.
LABEL = "放宽口径"


@dataclass(frozen=True, slots=True)
class Allowed:
    """A relaxation granted to a school, as it was judged; where not ``applied``, ``why`` says what it lacked."""

    school_code: str
    school: str
    indicator: str
    label: str
    basis: str
    until: dt.date | None
    applied: bool
    why: str

    @property
    def words(self) -> str:
        """School, indicator, legal basis, until when, and whether it took effect."""
        term = f"，有效期至{dates.day(self.until)}" if self.until else ""
        effect = "已适用" if self.applied else "未适用"
        return f"{self.school} {self.indicator} {self.label}（依据 {self.basis}{term}；{effect}：{self.why}）"


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The judgement with the relaxations granted; only what a grant is about is shown, the rest is as the strict one."""

    told: Json
    allowed: tuple[Allowed, ...]

    @property
    def verdict(self) -> bool | None:
        """The district's verdict."""
        found: bool | None = self.told["verdict"]
        return found

    @property
    def why(self) -> tuple[str, ...]:
        """What still stands against that verdict, or leaves it open."""
        return tuple(blocker["text"] for blocker in self.told["blocking"])

    def of_school(self, code: str) -> tuple[Allowed, ...]:
        """The relaxations of one school."""
        return tuple(one for one in self.allowed if one.school_code == code)

    def part(self, strict: Json) -> Json | None:
        """The part with its relaxations, beside the strict one; None where its school has none for A1–A7."""
        if not any(one.indicator in strict["indicators"] for one in self.of_school(strict["school_code"])):
            return None
        key = (strict["school_code"], strict["stage"])
        return next((p for p in self.told["parts"] if (p["school_code"], p["stage"]) == key), None)

    def figure(self, strict: Json, code: str) -> Json | None:
        """One of A1–A7 of a part; None where its school has no relaxation for it."""
        part = self.part(strict)
        if part is None or not any(one.indicator == code for one in self.of_school(strict["school_code"])):
            return None
        found: Json = part["indicators"][code]
        return found

    def coefficient(self, stage: str, code: str) -> Json | None:
        """A coefficient of a stage; None where no school has a relaxation for the indicator."""
        if not self._touches(code):
            return None
        found: Json | None = self.told["coefficients"].get(stage, {}).get(code)
        return found

    def condition(self, code: str) -> Json | None:
        """One of B1–D1; None where no school has a relaxation for it."""
        found: Json | None = self.told["district_indicators"].get(code) if self._touches(code) else None
        return found

    def _touches(self, code: str) -> bool:
        return any(one.indicator == code for one in self.allowed)


def of(evaluation: Evaluation) -> Relaxed | None:
    """Return the judgement with relaxations that an evaluation keeps; None where none was granted."""
    told = evaluation.result.get("relaxed")
    if told is None:
        return None
    names = {code: entry["register"][0] for code, entry in reading.schools(evaluation.inputs).items()}
    return Relaxed(told, tuple(_allowed(grant, names) for grant in told["grants"]))


def _allowed(grant: Json, names: Mapping[str, str]) -> Allowed:
    code, until = grant["school_code"], grant["until"]
    return Allowed(
        school_code=code,
        school=names.get(code, code),
        indicator=grant["indicator"],
        label=grant["label"],
        basis=grant["basis"],
        until=dt.date.fromisoformat(until) if until else None,
        applied=grant["applied"],
        why=grant["why"],
    )


def of_schools(told: Json, school_code: str) -> bool | None:
    """Return a school's own verdict under one of B1–B6, over all its conditions; None while one cannot be judged."""
    return together(one["passes"] for one in told.get("schools", ()) if one["school_code"] == school_code)
