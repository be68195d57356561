"""What the preview of an import of statistics shows, as plain JSON: made in the request, or by the job of a large workbook."""

from typing import Any

from indicators.collection.state_statistics.actions import Outcome
from portal.core.lib import dates

MOST_FIGURES, MOST_NOTES = 100, 30


def of(outcome: Outcome) -> dict[str, Any]:
    """Return what would be taken over; counts are of all, lists are cut."""
    plan, earlier = outcome.plan, outcome.earlier
    return {
        "summary": outcome.summary,
        "forms": list(outcome.forms),
        "notes": list(plan.notes[:MOST_NOTES]),
        "note_count": len(plan.notes),
        "figure_count": len(plan.figures),
        "earlier": f"{earlier.created_by.name}于 {dates.moment(earlier.created_at)} " if earlier else "",
        "figures": [
            {
                "school": str(school),
                "form": found.form,
                "cells": found.cells,
                "header": found.header,
                "raw": f"{found.raw} {found.unit}",
                "shown": str(found.shown),
            }
            for school, found in plan.figures[:MOST_FIGURES]
        ],
    }
