"""The stored result of an evaluation as typed values, whatever engine wrote it: strict and with relaxations."""

import datetime as dt
from collections.abc import Callable, Container, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from indicators.results.evaluations import judging
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import together
from portal.core.lib import dates
from portal.core.lib.bounded import Bounded

Json = Mapping[str, Any]
# Precedes a verdict or figure that is not the strict one.
LABEL = "放宽口径"


@dataclass(frozen=True, slots=True)
class StoredFigure:
    """One of A1–A7 of a part; numbers are exact decimal strings, None = cannot be judged.

    `lacking` is None before engine 2.4; `share` is None before the engine stored how figures were split.
    """

    numerator: str | None = None
    denominator: str | None = None
    share: str | None = None
    value: str | None = None
    threshold: str = ""
    floor: str = ""
    reaches: bool | None = None
    reaches_floor: bool | None = None
    gap: str | None = None
    lacking: str | None = None
    near_limit: bool | None = None
    formula: str = ""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """One stage part of a school with its figures by indicator code."""

    school_code: str
    school_name: str
    stage: str
    pupils: str | None = None
    passes: bool | None = None
    indicators: Mapping[str, StoredFigure] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.school_code, self.stage


@dataclass(frozen=True, slots=True)
class StoredContribution:
    """A school's share of a coefficient's variance, as an exact decimal string."""

    school_code: str
    share: str


@dataclass(frozen=True, slots=True)
class StoredCoefficient:
    """A coefficient of a stage; without one `reason` is a code and `why` its words."""

    mean: str | None = None
    sd: str | None = None
    cv: str | None = None
    limit: str = ""
    passes: bool | None = None
    near_limit: bool | None = None
    reason: str | None = None
    why: str = ""
    contributions: tuple[StoredContribution, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """One condition of an indicator."""

    code: str
    passes: bool | None = None
    applicable: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class StoredSchoolOutcome:
    """What one school came to under a condition."""

    school_code: str
    passes: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class StoredNeed:
    """An item a condition needs and does not have."""

    respondent: str
    item: str


@dataclass(frozen=True, slots=True)
class StoredCondition:
    """One of B1–D1. Engine 1.0 stored only `value`, `passes` and `why`: what was entered, not judged."""

    value: str | None = None
    passes: bool | None = None
    why: str = ""
    applicable: bool = True
    near_limit: bool = False
    figures: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[StoredOutcome, ...] = ()
    schools: tuple[StoredSchoolOutcome, ...] = ()
    missing: tuple[StoredNeed, ...] = ()

    def of_school(self, code: str) -> bool | None:
        """Over all conditions; None while one cannot be judged."""
        return together(one.passes for one in self.schools if one.school_code == code)


@dataclass(frozen=True, slots=True)
class StoredVeto:
    """A veto; `bureau` counts only where the standard asks the bureau (`asks_bureau`)."""

    code: str
    name: str
    happened: bool | None
    schools: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    bureau: bool | None = None
    asks_bureau: bool = False


@dataclass(frozen=True, slots=True)
class StoredMissing:
    """A field A1–A7 need; `reason` where it was marked 不适用."""

    school_code: str
    item: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredExcluded:
    """A school that takes no part in A1–A7, and why."""

    school_code: str
    school_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class StoredGrowthFigure:
    """One figure of 三个增长 over two years."""

    passes: bool | None
    why: str


Kind = TypeVar("Kind")


def _read(kind: type[Kind], entry: Json, **own: Any) -> Kind:
    """The known keys; the class's defaults for what an older engine did not store."""
    known = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return kind(**{name: value for name, value in entry.items() if name in known} | own)


class StoredResult:
    """One judgement of a district, as `Result.as_json` gives it, of whatever engine; each part is read when it is asked for."""

    def __init__(self, content: Json) -> None:
        self._content = content

    @property
    def verdict(self) -> bool | None:
        found: bool | None = self._content.get("verdict")
        return found

    @cached_property
    def blocking(self) -> tuple[str, ...]:
        return tuple(blocker["text"] for blocker in self._content.get("blocking", ()))

    @cached_property
    def parts(self) -> tuple[StoredPart, ...]:
        return tuple(map(_part, self._content.get("parts", ())))

    def parts_of(self, schools: Container[str]) -> list[StoredPart]:
        return [_part(part) for part in self._content.get("parts", ()) if part["school_code"] in schools]

    @cached_property
    def coefficients(self) -> Mapping[str, Mapping[str, StoredCoefficient]]:
        return {
            stage: {
                code: _read(
                    StoredCoefficient,
                    one,
                    contributions=tuple(_read(StoredContribution, share) for share in one.get("contributions", ())),
                )
                for code, one in by_code.items()
            }
            for stage, by_code in self._content.get("coefficients", {}).items()
        }

    @cached_property
    def conditions(self) -> Mapping[str, StoredCondition]:
        return {
            code: _read(
                StoredCondition,
                one,
                conditions=tuple(_read(StoredOutcome, outcome) for outcome in one.get("conditions", ())),
                schools=tuple(_read(StoredSchoolOutcome, school) for school in one.get("schools", ())),
                missing=tuple(_read(StoredNeed, need) for need in one.get("missing", ())),
            )
            for code, one in self._content.get("district_indicators", {}).items()
        }

    @cached_property
    def vetoes(self) -> tuple[StoredVeto, ...]:
        return tuple(
            _read(
                StoredVeto,
                veto,
                schools=tuple(veto["schools"]),
                unanswered=tuple(veto["unanswered"]),
                asks_bureau="bureau" in veto,
            )
            for veto in self._content.get("vetoes", ())
        )

    @cached_property
    def missing(self) -> tuple[StoredMissing, ...]:
        return tuple(_read(StoredMissing, entry) for entry in self._content.get("missing", ()))

    @cached_property
    def excluded(self) -> tuple[StoredExcluded, ...]:
        return tuple(_read(StoredExcluded, entry) for entry in self._content.get("excluded", ()))

    @cached_property
    def growth(self) -> tuple[tuple[StoredGrowthFigure, ...], ...]:
        """Of each condition of 三个增长."""
        return tuple(
            tuple(_read(StoredGrowthFigure, line) for line in growth["lines"])
            for growth in self._content.get("growth", ())
        )

    @property
    def by_key(self) -> dict[tuple[str, str], StoredPart]:
        return {part.key: part for part in self.parts}

    @property
    def missing_schools(self) -> int:
        return len({entry.school_code for entry in self.missing})

    def coefficient(self, stage: str, code: str) -> StoredCoefficient | None:
        """None where the stage or indicator was not judged."""
        return self.coefficients.get(stage, {}).get(code)


def _part(part: Json) -> StoredPart:
    figures = {code: _read(StoredFigure, figure) for code, figure in part["indicators"].items()}
    return _read(StoredPart, part, indicators=figures)


def of(evaluation: Evaluation) -> StoredResult:
    return StoredResult(evaluation.result)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A relaxation granted to a school, as it was judged; where not `applied`, `why` says what it lacked."""

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
        term = f"，有效期至{dates.day(self.until)}" if self.until else ""
        effect = "已适用" if self.applied else "未适用"
        return f"{self.school} {self.indicator} {self.label}（依据 {self.basis}{term}；{effect}：{self.why}）"


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The judgement with the relaxations granted; only what a grant is about is shown, the rest is as the strict one."""

    result: StoredResult
    allowed: tuple[Allowed, ...]

    @property
    def verdict(self) -> bool | None:
        return self.result.verdict

    @property
    def why(self) -> tuple[str, ...]:
        """What prevents that verdict, or leaves it open."""
        return self.result.blocking

    def of_school(self, code: str) -> tuple[Allowed, ...]:
        return tuple(one for one in self.allowed if one.school_code == code)

    def part(self, strict: StoredPart) -> StoredPart | None:
        """None where its school has no relaxation for A1–A7."""
        if not any(one.indicator in strict.indicators for one in self.of_school(strict.school_code)):
            return None
        return next((part for part in self.result.parts if part.key == strict.key), None)

    def figure(self, strict: StoredPart, code: str) -> StoredFigure | None:
        """One of A1–A7 of a part; None where its school has no relaxation for it."""
        part = self.part(strict)
        if part is None or not any(one.indicator == code for one in self.of_school(strict.school_code)):
            return None
        return part.indicators[code]

    def coefficient(self, stage: str, code: str) -> StoredCoefficient | None:
        """None where no school has a relaxation for the indicator."""
        return self.result.coefficient(stage, code) if self._touches(code) else None

    def condition(self, code: str) -> StoredCondition | None:
        """One of B1–D1; None where no school has a relaxation for it."""
        return self.result.conditions.get(code) if self._touches(code) else None

    def _touches(self, code: str) -> bool:
        return any(one.indicator == code for one in self.allowed)


def relaxed(evaluation: Evaluation) -> Relaxed | None:
    """None where no relaxation was granted."""
    content = evaluation.result.get("relaxed")
    if content is None:
        return None
    names = judging.school_names(evaluation.inputs)
    allowed = tuple(
        _read(
            Allowed,
            grant,
            school=names.get(grant["school_code"], grant["school_code"]),
            until=dt.date.fromisoformat(grant["until"]) if grant["until"] else None,
        )
        for grant in content["grants"]
    )
    return Relaxed(StoredResult(content), allowed)


Built = TypeVar("Built")
_NOT_BUILT = object()


class Cache(Generic[Built]):
    """At most `size` things built from evaluations, which never change, for this process; emptied when full."""

    def __init__(self, size: int) -> None:
        self._built: Bounded[tuple[Hashable, ...], Built] = Bounded(size)

    def get(self, evaluation: Evaluation, make: Callable[[], Built], *further: Hashable) -> Built:
        # A key alone could be another evaluation's after a database was restored.
        key = (evaluation.pk, evaluation.inputs_sha256, evaluation.created_at, *further)
        # Asked once: another thread may empty it in between.
        if (found := self._built.get(key, _NOT_BUILT)) is not _NOT_BUILT:
            return cast("Built", found)
        built = self._built[key] = make()
        return built

    def clear(self) -> None:
        self._built.clear()
