"""What schools and the district answered, in three states: blank, value, not applicable."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

NOT_SUBMITTED = "还没有审核通过的填报"
# A blank answer is simply absent from the mapping: it is neither 0 nor 不适用.
TableRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """An answer: int or Decimal, bool, str, or a tuple of rows for a table."""

    # The item's kind decides which; narrowed where it is used.
    value: Any


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """不适用, always with its reason."""

    reason: str


Answer = Value | NotApplicable
Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class SchoolData:
    """One school's register entry and its answers by flat field code."""

    code: str
    name: str
    kind: str
    area: str = ""
    sponsor: str = ""
    boarding: bool = False
    status: str = "在办"
    answers: Answers = field(default_factory=dict)
    has_submission: bool = True

    @property
    def given(self) -> Answers:
        """Empty while no submission is approved."""
        return self.answers if self.has_submission else {}


@dataclass(frozen=True, slots=True)
class Grant:
    """A relaxation of the standard granted to a school and in force; each is judged as well as the strict rule.

    ``alternative`` is the most (a room: the least) that was granted, in the figure's own unit; None
    grants what the rule allows. ``built_year`` is the register's, for conditions that ask for it.
    ``basis`` (blank: the standard's clause) and ``until``, its last day, are shown and never judged by.
    """

    code: str
    school_code: str
    alternative: Fraction | None = None
    built_year: int | None = None
    basis: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class DistrictData:
    """All schools of a district, the answers of its departments, and the relaxations granted."""

    district_code: str
    schools: tuple[SchoolData, ...] = ()
    answers: Answers = field(default_factory=dict)
    relaxations: tuple[Grant, ...] = ()


class UnusableData(ValueError):
    """The data cannot be evaluated; the message says where and why in Chinese."""


def figure(answers: Answers, code: str) -> Fraction | None:
    """Exact; None when blank or 不适用. UnusableData for a float."""
    answer = answers.get(code)
    if not isinstance(answer, Value):
        return None
    number = answer.value
    if isinstance(number, bool) or not isinstance(number, (int, Decimal, Fraction)):
        raise UnusableData(f"填报项 {code} 的值 {number!r} 不是准确的数字，请重新填报")
    if isinstance(number, Decimal) and not number.is_finite():
        raise UnusableData(f"填报项 {code} 的值 {number!r} 不是有限的数字，请重新填报")
    return _whole(number) if isinstance(number, int) else Fraction(number)


# Counts of people and rooms recur in every school: stored once, they cost neither time nor memory again.
_whole = lru_cache(maxsize=4096)(Fraction)


def encode(answer: Answer) -> dict[str, Any]:
    """Equal figures give equal text (12.50 and 12.5)."""
    if isinstance(answer, NotApplicable):
        return {"not_applicable": answer.reason}
    return {"value": _plain(answer.value)}


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, int):
        return {"n": str(value)}
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return {"n": (text.rstrip("0").rstrip(".") or "0") if "." in text else text}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Fraction):
        return {"n": str(value)}
    if isinstance(value, (tuple, list)):
        return [{key: _plain(cell) for key, cell in row.items()} for row in value]
    raise UnusableData(f"不支持的值类型：{type(value).__name__}")


def fingerprint(answers: Answers) -> dict[str, Any]:
    """Plain JSON, whatever the order of a table's rows."""
    found = {}
    for code, answer in answers.items():
        if isinstance(answer, Value) and isinstance(answer.value, (tuple, list)):
            answer = Value(in_order(answer.value))
        found[code] = encode(answer)
    return found


def in_order(rows: Iterable[TableRow]) -> tuple[TableRow, ...]:
    """By content, whichever row was entered first."""
    return tuple(sorted(rows, key=lambda row: json.dumps(_plain([row]), ensure_ascii=False, sort_keys=True)))


def decode(data: Mapping[str, Any]) -> Answer:
    if "not_applicable" in data:
        return NotApplicable(data["not_applicable"])
    return Value(_rich(data["value"]))


def _rich(data: Any) -> Any:
    if isinstance(data, dict) and data.keys() == {"n"}:
        text = data["n"]
        return int(text) if text.lstrip("-").isdigit() else Decimal(text)
    if isinstance(data, dict) and data.keys() == {"d"}:
        return date.fromisoformat(data["d"])
    if isinstance(data, list):
        return tuple({key: _rich(cell) for key, cell in row.items()} for row in data)
    return data
