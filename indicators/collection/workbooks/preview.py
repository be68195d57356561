"""What the preview of an import shows, as plain JSON: made in the request, or by the job of a large workbook."""

from typing import Any

from indicators.collection.workbooks.actions import Outcome

MOST_ENTRIES, MOST_WARNINGS = 400, 200


def of(outcome: Outcome) -> dict[str, Any]:
    """Return what would change, first what has to be looked at; counts are of all, lists are cut."""
    warnings, entries = outcome.plan.warnings, outcome.plan.by_change
    return {
        "saved": outcome.saved,
        "submitted": outcome.submitted,
        "approved": outcome.approved,
        "changed_answers": outcome.changed_answers,
        "notes": list(outcome.plan.notes[:MOST_WARNINGS]),
        "warnings": [str(warning) for warning in warnings[:MOST_WARNINGS]],
        "warning_count": len(warnings),
        "entries": [
            {
                "respondent": entry.submission.respondent,
                "place": entry.place,
                "changed": len(entry.changed),
                "changes": [{"label": c.label, "old": c.old, "new": c.new} for c in entry.changes],
                "hidden_changes": entry.hidden_changes,
            }
            for entry in entries[:MOST_ENTRIES]
        ],
        "more_entries": max(0, len(entries) - MOST_ENTRIES),
    }
