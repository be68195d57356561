"""An evaluation's outcome: parts, coefficients, what is missing, and the verdict with its reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from indicators.standard.engine import blocking, numbers, report
from indicators.standard.engine.blocking import Blocker
from indicators.standard.engine.coefficients import Coefficient
from indicators.standard.engine.district import DistrictIndicator, VetoResult
from indicators.standard.engine.growth import Grown
from indicators.standard.engine.parts import PartResult
from indicators.standard.engine.relaxing import Granted
from indicators.standard.engine.spec import Spec

# Part of every fingerprint: raise it whenever the same inputs could be judged otherwise.
ENGINE_VERSION = "2.5"


@dataclass(frozen=True, slots=True)
class Missing:
    """A field A1–A7 need and do not have; ``reason`` when it was marked 不适用."""

    school_code: str
    item: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A school that takes no part in A1–A7, and why."""

    school_code: str
    school_name: str
    reason: str


@dataclass(frozen=True, eq=False)
class Result:
    """The outcome of one evaluation. Immutable; the same inputs give an equal JSON.

    Strict, always; ``relaxed`` is the same judgement with the relaxations granted, None without
    any. ``granted`` says of a relaxed result what it was judged with.
    """

    spec: Spec
    inputs_sha256: str
    parts: tuple[PartResult, ...]
    coefficients: Mapping[str, Mapping[str, Coefficient]]
    district_indicators: tuple[DistrictIndicator, ...]
    vetoes: tuple[VetoResult, ...]
    missing: tuple[Missing, ...]
    excluded: tuple[Excluded, ...]
    engine: str = ENGINE_VERSION
    relaxed: Result | None = None
    granted: tuple[Granted, ...] = ()
    growth: tuple[Grown, ...] = ()

    @cached_property
    def complete(self) -> bool:
        """Whether every part in scope could be judged on all of A1–A7."""
        return bool(self.parts) and not self.missing

    @cached_property
    def verdict(self) -> bool | None:
        """False when something fails, True when everything holds, None while undecided.

        A missing return blocks the verdict altogether.
        """
        if not self.complete:
            return None
        if self.failures:
            return False
        undecided = any(d.passes is None and d.applicable for d in self.district_indicators)
        undecided |= any(c.passes is None for c in self.all_coefficients())
        undecided |= any(v.happened is None for v in self.vetoes)
        return None if undecided else True

    @cached_property
    def blocking(self) -> tuple[Blocker, ...]:
        """The shortest list of what blocks the verdict: causes only, never what follows from them."""
        return tuple(blocking.blockers(self))

    @cached_property
    def failures(self) -> tuple[str, ...]:
        """What stands against recognition, in Chinese."""
        return tuple(blocker.text for blocker in self.blocking if blocker.fails)

    @cached_property
    def why(self) -> tuple[str, ...]:
        """The reasons for the verdict, in Chinese: what blocks it, or that nothing does."""
        return tuple(blocker.text for blocker in self.blocking) or ("各项均达到标准",)

    def all_coefficients(self) -> Iterator[Coefficient]:
        """Every coefficient, primary before junior, skipping stages without a school."""
        for by_code in self.coefficients.values():
            yield from (c for c in by_code.values() if c.reason != "no_parts")

    def composite(self, stage: str) -> Decimal | None:
        """Mean of the stage's coefficients: shown in 表Ⅲ, never judged."""
        coefficients = self.coefficients[stage].values()
        values = [c.cv for c in coefficients if c.cv is not None]
        return numbers.mean(values) if len(values) == len(coefficients) else None

    def as_json(self, *, round: str, district: str) -> dict[str, Any]:
        """The published JSON of an evaluation: exact decimal strings, null for unjudgeable."""
        return report.as_json(self, round, district)
