"""What the preview of a register's import shows, as plain JSON: made in the request, or by the job of a large workbook."""

from typing import Any

from schools.directory import queries
from schools.directory.models import Status
from schools.directory.register import Entry, Plan

MOST = 500
_FACTS = ("name", "kind", "area", "boarding", "status", "group")


def of(plan: Plan) -> dict[str, Any]:
    """Return what would change; counts are of all, lists are cut."""
    names = _names(plan)
    return {
        "summary": plan.summary,
        "digest": plan.digest,
        "notes": list(plan.notes),
        "assumed_boarding": plan.assumed_boarding,
        "assumed_new": plan.assumed_new,
        "opens": any(entry.facts.status == Status.OPEN for entry in plan.new),
        "endings": [
            [change.told, [{"where": row.where, "text": row.text} for row in rows]] for change, rows in plan.endings
        ],
        "new_count": len(plan.new),
        "new": [_entry(entry) | {"sponsor": entry.sponsor} for entry in plan.new[:MOST]],
        "changed_count": len(plan.changed),
        "changed": [_entry(entry) | {"words": _words(entry, names)} for entry in plan.changed[:MOST]],
    }


def _names(plan: Plan) -> dict[str, str]:
    """What codes stand for in the changes: 并入学校 and townships, names that people know."""
    schools = {entry.code: entry.facts.name for entry in (*plan.new, *plan.changed)}
    schools |= {change.successor.code: change.successor.name for change, _ in plan.endings if change.successor}
    townships = any("township" in entry.changed for entry in plan.changed)
    places = queries.townships(plan.districts.values()) if townships else ()
    return {code: f"{name}（{code}）" for code, name in schools.items()} | {row.code: row.name for row in places}


def _words(entry: Entry, names: dict[str, str]) -> list[dict[str, str]]:
    sides = ("before", "after")
    return [row | {side: names.get(row[side], row[side]) for side in sides} for row in entry.words]


def _entry(entry: Entry) -> dict[str, Any]:
    return {"code": entry.code} | {name: getattr(entry.facts, name) for name in _FACTS}
