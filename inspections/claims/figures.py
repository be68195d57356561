"""A figure as a school claims it: value, unit, day, limit of the standard, tolerance; and one found on site judged by it."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from django.conf import settings

from indicators.standard.engine import Indicator, NotApplicable, Spec, Veto, numbers as exact
from inspections.claims.models import CheckedFigure, Direction
from portal.core.errors import Problem
from portal.core.lib import numbers
from portal.core.lib.verdicts import NOT_APPLICABLE

FILE = Path(__file__).parent / "tolerances.toml"
_EXACT = {"tolerance": "0", "source": "没有设定允许误差，须一致"}
# The extremes of a column a claim may name, with their words.
_EXTREMES = (("smallest", "最小"), ("largest", "最大"))
_LARGEST, _PLACES = Decimal(10) ** 12, 4
# A number or 不适用; blank is None.
Amount: TypeAlias = Decimal | NotApplicable
Answers: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ClaimedFigure:
    """One figure of a question. `items` are the fields it is made of, `stage` "" for the whole school's.

    `year` is the day or year it is counted for, `standard` the limit in words; `tolerance` is 2 or 2%, of the claim.
    `less_is_better`: the standard sets a most, as for the pupils of a class.
    """

    code: str
    label: str
    unit: str
    amount: Amount | None
    is_whole: bool
    tolerance: str
    source: str
    items: tuple[str, ...]
    stage: str
    year: str
    standard: str
    less_is_better: bool = False

    @classmethod
    def of(cls, frozen: Mapping[str, Any]) -> "ClaimedFigure":
        return cls(**{**frozen, "items": tuple(frozen["items"]), "amount": thawed(frozen["amount"])})

    def as_dict(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"items": list(self.items), "amount": frozen(self.amount)}

    @property
    def words(self) -> str:
        return words(self.amount, self.unit)

    def judge(self, found: Amount | None) -> Direction | None:
        """Unrounded; None where one is blank. 不适用 counts as none there."""
        if self.amount is None or found is None:
            return None
        claimed, seen = _number(self.amount), _number(found)
        limit, is_percent = Decimal(self.tolerance.removesuffix("%")), self.tolerance.endswith("%")
        room = limit * abs(claimed) / 100 if is_percent else limit
        if abs(seen - claimed) <= room:
            return Direction.SAME
        return Direction.OVER if seen < claimed else Direction.UNDER

    def fault(self, found: Decimal) -> str:
        """Why it cannot have been found: below zero, not whole, too large; "" for nothing."""
        if found < 0 or found >= _LARGEST:
            return f"现场值应在 0 和 {numbers.plain(_LARGEST)} 之间"
        places = len(numbers.plain(found).partition(".")[2])
        if self.is_whole and places:
            return "现场值应是整数"
        return f"现场值最多 {_PLACES} 位小数" if places > _PLACES else ""


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A claimed figure next to what was found of it, blank while nobody looked."""

    figure: ClaimedFigure
    found: Amount | None

    @property
    def value(self) -> str:
        return numbers.plain(self.found) if isinstance(self.found, Decimal) else ""

    @property
    def is_none(self) -> bool:
        return isinstance(self.found, NotApplicable)

    @property
    def claimed_value(self) -> str:
        return numbers.plain(self.figure.amount) if isinstance(self.figure.amount, Decimal) else ""

    @property
    def words(self) -> str:
        return words(self.found, self.figure.unit)

    @property
    def direction(self) -> Direction | None:
        return self.figure.judge(self.found)

    @property
    def is_different(self) -> bool:
        return self.direction in (Direction.OVER, Direction.UNDER)

    @property
    def difference(self) -> str:
        """多报 2 间; "" where nothing differs."""
        return self.as_checked().words if self.is_different else ""

    def as_checked(self) -> CheckedFigure:
        """For the record, without visit, question and finding; not saved."""
        one, claimed, found = self.figure, self.figure.amount, self.found
        return CheckedFigure(
            claimed=claimed if isinstance(claimed, Decimal) else None,
            found=found if isinstance(found, Decimal) else None,
            direction=self.direction or "",
            items=list(one.items),
            **{
                name: getattr(one, name)
                for name in ("code", "label", "stage", "unit", "year", "standard", "tolerance", "less_is_better")
            },
        )


@dataclass(frozen=True, slots=True)
class Claims:
    """A school's answers and what its figures are read by.

    `years` are the days of the round by the clocks of the items; `fill` puts the standard's figures into a text.
    """

    answers: Answers
    spec: Spec
    kind: str
    years: Mapping[str, str]
    fill: Callable[[str], str]

    def figures(self, about: Indicator | Veto, claim: Mapping[str, Any]) -> Iterator[ClaimedFigure]:
        """Of one claim: a sum, or the rows of a table with the smallest or largest of a column.

        No figures for words, or for a stage the school does not run.
        """
        if "value" in claim:
            return
        items = [self.spec.items[field] for field in claim.get("sum") or [claim["rows"]]]
        first, code, label = items[0], items[0].code, items[0].label
        if first.stage and not self.runs(first.stage):
            return
        if "rows" in claim:
            label = claim["label"]
        elif len(items) > 1:
            code = "-".join(filter(None, (about.code.lower(), first.stage)))
            label = (
                f"{claim['label']}{about.formula.numerator if isinstance(about, Indicator) and about.formula else ''}"
            )
        shared: dict[str, Any] = {
            "items": tuple(item.code for item in items),
            "stage": first.stage,
            "year": self.years.get(first.clock, ""),
            "standard": self.fill(claim["standard"]) if "standard" in claim else self.limit(about, first.stage),
        }
        is_whole = all(item.kind in ("number", "table") for item in items)
        unit, amount = claim["unit"], amount_of(claim, self.answers)
        yield ClaimedFigure(code, label, unit, amount, is_whole, **tolerance_of(code, unit), **shared)
        for extreme, name in _EXTREMES:
            if extreme in claim:
                column = next(one for one in first.columns if one.code == claim[extreme])
                part, unit, amount = f"{code}-{column.code}", claim["of"], amount_of(claim, self.answers, extreme)
                name, is_whole = f"{label}{name}{column.label}", column.kind == "number"
                more = {"less_is_better": claim.get("less_is_better", False)} | shared
                yield ClaimedFigure(part, name, unit, amount, is_whole, **tolerance_of(part, unit), **more)

    def runs(self, stage: str) -> bool:
        """By the pupils stated; if nothing is stated, by the school's kind."""
        stated = self.answers.get(f"pupils_{stage}")
        if stated is None:
            return stage in self.spec.kinds[self.kind].stages
        return Decimal(stated.get("value") or 0) > 0

    def limit(self, about: Indicator | Veto, stage: str) -> str:
        """每百名学生拥有…数：小学不低于 4.2 人; without a threshold its name."""
        if isinstance(about, Veto) or not about.thresholds:
            return about.name
        stages = [stage] if stage else self.spec.kinds[self.kind].stages
        bounds = [
            f"{self.spec.stages[code].label}不低于 {exact.text(about.thresholds[code])} {about.unit}"
            for code in stages
            if code in about.thresholds
        ]
        return f"{about.name}：{'，'.join(bounds)}"


def amount_of(claim: Mapping[str, Any], answers: Answers, extreme: str = "") -> Amount | None:
    """A sum is blank when any part is; a part that is 不适用 adds nothing; if all are, so is the sum."""
    fields = claim.get("sum") or [claim["rows"]]
    given = [answers.get(field, {}) for field in fields]
    waived = [one["not_applicable"] for one in given if "not_applicable" in one]
    values = [one["value"] for one in given if one.get("value") is not None]
    if len(waived) == len(given):
        return NotApplicable("；".join(dict.fromkeys(waived)))
    if len(waived) + len(values) < len(given):
        return None
    if "sum" in claim:
        return sum((Decimal(value) for value in values), Decimal(0))
    if not extreme:
        return Decimal(len(values[0]))
    cells = [Decimal(row[claim[extreme]]) for row in values[0] if row.get(claim[extreme])]
    return (min(cells) if extreme == "smallest" else max(cells)) if cells else None


def words_of(claim: Mapping[str, Any], answers: Answers) -> str:
    """ "" for a blank, which is neither a zero nor 不适用."""
    if "value" in claim:
        given = answers.get(claim["value"], {})
        return NOT_APPLICABLE.words if "not_applicable" in given else str(given.get("value") or "")
    found = words(amount_of(claim, answers), claim["unit"])
    for extreme, name in _EXTREMES:
        if extreme in claim and isinstance(amount := amount_of(claim, answers, extreme), Decimal):
            found += f"，{name} {words(amount, claim['of'])}"
    return found


def tolerance_of(code: str, unit: str) -> Mapping[str, Any]:
    """With its source: the bureau's setting by figure, then by unit, then the list's."""
    for name in (code, unit):
        if name in settings.VISIT_TOLERANCES:
            return {"tolerance": settings.VISIT_TOLERANCES[name], "source": "本局设置"}
    return _load()["items"].get(code) or _load()["units"].get(unit) or _EXACT


@cache
def _load() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def words(amount: Amount | None, unit: str) -> str:
    """24 间, 不适用, or "" for a blank."""
    if isinstance(amount, NotApplicable):
        return NOT_APPLICABLE.words
    return "" if amount is None else f"{numbers.plain(amount)} {unit}".rstrip()


def in_words(asked: Sequence[ClaimedFigure], held: Mapping[str, Any]) -> str:
    """`held` by code as JSON: 网络多媒体教室 22 间；…"""
    shown = [(one, thawed(held[one.code])) for one in asked if one.code in held]
    return "；".join(f"{one.label} {words(amount, one.unit)}" for one, amount in shown)


def frozen(amount: Amount | None) -> dict[str, str] | None:
    """As JSON, in the shape of a revision's answers."""
    if isinstance(amount, NotApplicable):
        return {"not_applicable": amount.reason}
    return None if amount is None else {"value": numbers.plain(amount)}


def thawed(data: Mapping[str, str] | None) -> Amount | None:
    if not data:
        return None
    return NotApplicable(data["not_applicable"]) if "not_applicable" in data else Decimal(data["value"])


def problems(asked: Sequence[ClaimedFigure], found: Mapping[str, Amount]) -> list[Problem]:
    """Why figures cannot be stored: of another question, below zero, not whole, too large."""
    figures = {figure.code: figure for figure in asked}
    faults = []
    for code, amount in found.items():
        figure = figures.get(code)
        if figure is None:
            faults.append(Problem("这一题没有这个数据", code, "请刷新页面后再填"))
        elif isinstance(amount, Decimal) and (fault := figure.fault(amount)):
            faults.append(Problem(fault, figure.label, "请核对现场值"))
    return faults


def _number(amount: Amount) -> Decimal:
    return amount if isinstance(amount, Decimal) else Decimal(0)
