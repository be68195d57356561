"""What stands beside the matrix: who lacks what, who takes no part, what was entered for B–E."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.engine import Spec

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lacking:
    """A school with the items A1–A7 still need from it."""

    school_code: str
    school: str
    items: tuple[str, ...]
    has_return: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A school that takes no part in A1–A7, and why."""

    school_code: str
    school: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entered:
    """One of B1–D1 as entered; its verdict is a later step's."""

    code: str
    name: str
    value: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class VetoRow:
    """A veto: whether it happened, where, and who has not said."""

    code: str
    name: str
    answer: str
    tone: str
    schools: tuple[str, ...]
    unanswered: tuple[str, ...]


def lacking(spec: Spec, result: Json, inputs: Json) -> tuple[Lacking, ...]:
    """Return the schools with missing items, in words; 不适用 is told with its reason."""
    found: dict[str, list[str]] = {}
    for entry in result["missing"]:
        label = spec.items[entry["item"]].label
        reason = entry.get("reason")
        found.setdefault(entry["school_code"], []).append(f"{label}(填了不适用:{reason})" if reason else label)
    names = _names(inputs)
    return tuple(
        Lacking(code, names[code], tuple(items), inputs[code]["revision"] is not None) for code, items in found.items()
    )


def left_out(result: Json) -> tuple[Left, ...]:
    """Return the schools that take no part, with the reason."""
    return tuple(Left(e["school_code"], e["school_name"], e["reason"]) for e in result["excluded"])


def entered(spec: Spec, result: Json) -> tuple[Entered, ...]:
    """Return B1–D1 in the standard's order with what was entered."""
    told = result["district_indicators"]
    words = {True: "达标", False: "未达标", None: "由人工评定"}
    return tuple(
        Entered(i.code, i.name, told[i.code]["value"] or "", words[told[i.code]["passes"]], told[i.code]["why"])
        for i in spec.indicators
        if i.code in told
    )


def vetoes(result: Json, inputs: Json) -> tuple[VetoRow, ...]:
    """Return every veto with the schools by name."""
    names = _names(inputs)
    words = {True: ("有", "bad"), False: ("无", "ok"), None: ("未全部确认", "muted")}
    return tuple(
        VetoRow(
            v["code"], v["name"], *words[v["happened"]], _named(v["schools"], names), _named(v["unanswered"], names)
        )
        for v in result["vetoes"]
    )


def _names(inputs: Json) -> dict[str, str]:
    return {code: entry["register"][0] for code, entry in inputs.items() if entry["register"]}


def _named(codes: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[code] for code in codes)
