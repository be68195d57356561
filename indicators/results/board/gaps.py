"""What stands beside the matrix: who lacks what, who takes no part, how B–E came out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.relaxed import Relaxed
from indicators.standard.engine import Spec

Json = Mapping[str, Any]


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
class SchoolReason:
    """A school that does not hold a condition, or cannot be judged on it yet, and why."""

    school_code: str
    school: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One of B1–D1: its conditions, its verdict, the schools in the way; ``relaxed`` where a relaxation was granted."""

    code: str
    name: str
    lines: tuple[str, ...]
    verdict: str
    tone: str
    near: bool
    failing: tuple[SchoolReason, ...]
    unknown: tuple[SchoolReason, ...]
    relaxed: "Judged | None" = None


@dataclass(frozen=True, slots=True)
class VetoRow:
    """A veto: whether it happened, where, and who has not said."""

    code: str
    name: str
    answer: str
    tone: str
    schools: tuple[str, ...]
    unanswered: tuple[str, ...]
    bureau: str = ""

    @property
    def words(self) -> str:
        """At which schools it happened and how many have not said, in one line."""
        told = [f"发生：{'、'.join(self.schools)}"] if self.schools else []
        told += [f"{len(self.unanswered)} 校未确认"] if self.unanswered else []
        return "；".join(told or ["各校均确认没有"])


_BUREAU = {True: "教育局声明有", False: "教育局声明没有", None: "教育局还没有声明"}


def lacking(spec: Spec, result: Json, inputs: Json) -> tuple[Lacking, ...]:
    """Return the schools with missing items, in words; 不适用 is shown with its reason."""
    found: dict[str, list[str]] = {}
    for entry in result["missing"]:
        label = spec.items[entry["item"]].label
        reason = entry.get("reason")
        found.setdefault(entry["school_code"], []).append(f"{label}（填了不适用：{reason}）" if reason else label)
    names = _names(inputs)
    return tuple(
        Lacking(code, names[code], tuple(items), inputs[code]["revision"] is not None) for code, items in found.items()
    )


def left_out(result: Json) -> tuple[Left, ...]:
    """Return the schools that take no part, with the reason."""
    return tuple(Left(e["school_code"], e["school_name"], e["reason"]) for e in result["excluded"])


def judged(spec: Spec, result: Json, inputs: Json, relaxed: Relaxed | None = None) -> tuple[Judged, ...]:
    """Return B1–D1 in the standard's order (教督〔2017〕6号 二至四)."""
    told, names = result["district_indicators"], _names(inputs)

    def one(code: str, name: str) -> Judged:
        other = relaxed.condition(code) if relaxed else None
        strict = _judged(code, name, told[code], names)
        return replace(strict, relaxed=_judged(code, name, other, names)) if other else strict

    return tuple(one(i.code, i.name) for i in spec.indicators if i.code in told)


def _judged(code: str, name: str, told: Json, names: Mapping[str, str]) -> Judged:
    # Evaluations of engine 1.0 keep only what was entered for B to D.
    conditions = told.get("conditions", ())
    lines = tuple(c["why"] for c in conditions if c["why"]) or tuple(filter(None, (told["value"], told["why"])))
    verdict, tone = _VERDICTS[told["passes"]] if told.get("applicable", True) else ("不适用", "muted")
    schools = told.get("schools", ())
    failing, unknown = (tuple(_reasons(schools, names, passes)) for passes in (False, None))
    return Judged(code, name, lines, verdict, tone, told.get("near_limit", False), failing, unknown)


_VERDICTS = {True: ("达标", "ok"), False: ("未达标", "bad"), None: ("还不能判定", "muted")}


def _reasons(schools: Iterable[Json], names: Mapping[str, str], passes: bool | None) -> Iterator[SchoolReason]:
    for entry in schools:
        if entry["passes"] is passes:
            yield SchoolReason(entry["school_code"], names[entry["school_code"]], entry.get("why", ""))


def vetoes(result: Json, inputs: Json) -> tuple[VetoRow, ...]:
    """Return every veto with the schools by name."""
    names = _names(inputs)
    words = {True: ("有", "bad"), False: ("无", "ok"), None: ("未全部确认", "muted")}
    return tuple(
        VetoRow(
            v["code"],
            v["name"],
            *words[v["happened"]],
            _named(v["schools"], names),
            _named(v["unanswered"], names),
            # Evaluations of standards that do not ask the bureau keep nothing of it.
            _BUREAU[v["bureau"]] if "bureau" in v else "",
        )
        for v in result["vetoes"]
    )


def _names(inputs: Json) -> dict[str, str]:
    return {code: entry["register"][0] for code, entry in reading.schools(inputs).items()}


def _named(codes: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[code] for code in codes)
