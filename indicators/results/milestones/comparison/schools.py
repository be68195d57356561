"""Schools and their stage parts between two moments, matched by 学校标识码, with the type of each year."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indicators.results.evaluations.relaxed import LABEL
from indicators.results.milestones.comparison import turns
from indicators.results.milestones.comparison.sides import Json, Side
from indicators.results.milestones.comparison.turns import Figure, Turn
from indicators.standard.engine import Indicator
from schools.directory.models import School, Sponsor, Status

_FACTS = {"kind": "类型", "area": "城乡", "status": "办学状态"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One of A1–A7 of a part then and now; `note` where the threshold changed or a relaxation was granted."""

    code: str
    name: str
    figure: Figure
    turn: Turn
    note: str
    then: Json
    now: Json


@dataclass(frozen=True, slots=True)
class Row:
    """One stage part with its verdict and its cells; `notes` say what became of the school."""

    school_code: str
    school: str
    area: str
    stage: str
    stage_label: str
    presence: str
    notes: tuple[str, ...]
    pupils: Figure
    turn: Turn
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A school of which the register says something else than before."""

    school_code: str
    school: str
    notes: tuple[str, ...]


def moved(then: Side, now: Side, register: Mapping[str, School]) -> tuple[Moved, ...]:
    """Return the schools that are new, gone, closed, merged, renamed or of another type, by code."""
    codes = sorted(then.registers.keys() | now.registers.keys())
    found = (Moved(code, _name(then, now, code), _notes(then, now, code, register)) for code in codes)
    return tuple(one for one in found if one.notes)


def rows(then: Side, now: Side, register: Mapping[str, School]) -> tuple[Row, ...]:
    """Return every part of either side, primary before junior, by school code."""
    before, after = _parts(then), _parts(now)
    stages = list(dict.fromkeys((*now.spec.judged_stages, *then.spec.judged_stages)))
    keys = sorted(before.keys() | after.keys(), key=lambda key: (stages.index(key[1]), key[0]))
    return tuple(_row(then, now, key, before.get(key), after.get(key), register) for key in keys)


def register(then: Side, now: Side) -> dict[str, School]:
    """Return the schools of both sides by code, as the register says today, with their successors; one query."""
    codes = then.registers.keys() | now.registers.keys()
    return School.objects.select_related("successor").in_bulk(list(codes), field_name="code")


def _parts(side: Side) -> dict[tuple[str, str], Json]:
    return {(part["school_code"], part["stage"]): part for part in side.result["parts"]}


def _row(
    then: Side, now: Side, key: tuple[str, str], before: Json | None, after: Json | None, register: Mapping[str, School]
) -> Row:
    code, stage = key
    side = now if stage in now.spec.stages else then
    facts = now.registers.get(code) or then.registers[code]
    presence = "both" if before and after else "new" if after else "gone"
    return Row(
        school_code=code,
        school=facts["name"],
        area=facts["area"],
        stage=stage,
        stage_label=side.spec.stages[stage].label,
        presence=presence,
        notes=(
            *_notes(then, now, code, register),
            *_absence(now, code, presence),
            *_relaxed(then, now, before, after),
        ),
        pupils=turns.figure((before or {}).get("pupils"), (after or {}).get("pupils"), 0),
        turn=_verdict(before, after),
        cells=tuple(_cell(then, now, indicator, before, after) for indicator in side.spec.resources),
    )


def _relaxed(then: Side, now: Side, before: Json | None, after: Json | None) -> Iterator[str]:
    """The verdict with relaxations, as soon as the school has any on one side; the other side's is its strict one."""
    old, new = (
        side.relaxed.part(part) if side.relaxed and part else None for side, part in ((then, before), (now, after))
    )
    if old or new:
        yield f"{LABEL}：{_verdict(old or before, new or after).words}"


def _verdict(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Turn:
    if before and after:
        return turns.verdict(before["passes"], after["passes"])
    return Turn(f"新参评：{_words(after)}", "other") if after else Turn(f"{_words(before)}→不再参评", "other")


def _words(part: Mapping[str, Any] | None) -> str:
    return turns.verdict((part or {}).get("passes"), (part or {}).get("passes")).words


def _cell(then: Side, now: Side, indicator: Indicator, before: Json | None, after: Json | None) -> Cell:
    places = now.spec.printing["value"]
    old, new = (((part or {}).get("indicators") or {}).get(indicator.code, {}) for part in (before, after))
    limits = old.get("threshold"), new.get("threshold")
    notes = [f"标准 {limits[0]}→{limits[1]}"] if old and new and limits[0] != limits[1] else []
    granted = [
        side.relaxed.figure(part, indicator.code) if side.relaxed and part else None
        for side, part in ((then, before), (now, after))
    ]
    if any(granted):
        figure = turns.judged(granted[0] or old, granted[1] or new, "value", places)
        notes.append(f"{LABEL} {figure.then}→{figure.now}")
    return Cell(
        code=indicator.code,
        name=indicator.short_name,
        figure=turns.judged(old, new, "value", places),
        turn=turns.verdict(old.get("reaches"), new.get("reaches")) if old and new else Turn("", "other"),
        note="；".join(notes),
        then=old,
        now=new,
    )


def _name(then: Side, now: Side, code: str) -> str:
    return str((now.registers.get(code) or then.registers[code])["name"])


def _notes(then: Side, now: Side, code: str, register: Mapping[str, School]) -> tuple[str, ...]:
    before, after = then.registers.get(code), now.registers.get(code)
    since = _since(after or before or {}, register.get(code))
    if before is None:
        return ("新登记的学校", *since)
    if after is None:
        return (f"已不在名录{_into(code, register)}", *since)
    return (*_changed(before, after, _into(code, register)), *since)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], into: str) -> Iterator[str]:
    if before["name"] != after["name"]:
        yield f"更名，原“{before['name']}”"
    for fact, label in _FACTS.items():
        if before[fact] != after[fact]:
            closed = into if fact == "status" and after[fact] == Status.CLOSED else ""
            yield f"{label}：{before[fact]}→{after[fact]}{closed}"
    if before["sponsor"] != after["sponsor"]:
        yield f"举办者：{Sponsor(before['sponsor']).label}→{Sponsor(after['sponsor']).label}"
    if before["boarding"] != after["boarding"]:
        yield "改为寄宿制" if after["boarding"] else "不再是寄宿制"


def _into(code: str, register: Mapping[str, School]) -> str:
    successor = register[code].successor if code in register else None
    return f"，并入{successor.name}" if successor else ""


def _since(facts: Mapping[str, Any], school: School | None) -> Iterator[str]:
    """What the school is today, where neither side says so."""
    if school and (words := school.since(facts["name"], facts["kind"])):
        yield words


def _absence(now: Side, code: str, presence: str) -> Iterator[str]:
    """Why a part that was judged then is not judged now, where the register alone does not say it."""
    if presence == "gone" and code in now.registers:
        left_out = {entry["school_code"]: entry["reason"] for entry in now.result["excluded"]}
        yield left_out.get(code, "现在没有这个学段的学生")
