"""What the preview of a register's import shows, as plain JSON: made in the request, or by the job of a large workbook."""

from typing import Any

from schools.directory.models import Status
from schools.directory.register import Entry, Plan

MOST = 500
_FACTS = ("name", "kind", "area", "boarding", "status", "group")


def of(plan: Plan) -> dict[str, Any]:
    """Return what would change; counts are of all, lists are cut."""
    return {
        "summary": plan.summary, "digest": plan.digest, "notes": list(plan.notes),
        "assumed_boarding": plan.assumed_boarding, "assumed_new": plan.assumed_new,
        "opens": any(entry.facts.status == Status.OPEN for entry in plan.new),
        "endings": [
            [change.told, [{"where": row.where, "text": row.text} for row in rows]] for change, rows in plan.endings
        ],
        "new_count": len(plan.new), "new": [_entry(entry) | {"sponsor": entry.sponsor} for entry in plan.new[:MOST]],
        "changed_count": len(plan.changed),
        "changed": [_entry(entry) | {"words": entry.words} for entry in plan.changed[:MOST]],
    }  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    return {"code": entry.code} | {name: getattr(entry.facts, name) for name in _FACTS}
